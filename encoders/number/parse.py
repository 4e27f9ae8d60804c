"""Spelled-out numbers: a recursive descent over the tokens, English order, exact fractions throughout.

number   = fraction | cardinal [point | over | "and" fraction | ordinal]
cardinal = group scale* (["and"] group scale*)*          with falling scales
group    = small ["hundred" ["and"] small]
small    = literal | ones | tens [ones]
fraction = (cardinal | "a") denominator | "half" …       then scale*
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from omnimodal.encoders.number.digits import Rational
from omnimodal.encoders.number.lex import tokens
from omnimodal.encoders.number.words import Words

Read = tuple[Rational, int]  # a value, and the index of the next token


class Found(NamedTuple):
    """A bare number of a text, before signs, units and ranges. `digits`: it ends in digits, so a suffix may follow;
    `scale`: that of its last scale word."""

    value: Rational
    start: int
    end: int
    kind: str
    digits: bool
    scale: Rational = 1


def numbers(text: str, locale: str = "en") -> Iterator[Found]:
    """The bare numbers of a text, left to right, none overlapping."""
    reader = _Reader(text, tokens(text, locale))
    i = 0
    while i < len(reader.tokens):
        token = reader.tokens[i]
        if reader.alone(i):
            yield Found(token.value, token.start, token.end, "fraction" if token.kind == "vulgar" else "cardinal", True)
            i += 1
            continue
        found = reader.number(i)
        if found is None:
            i += 1
            continue
        yield found[0]
        i = found[1]


class _Reader(Words):
    # number

    def number(self, i: int) -> tuple[Found, int] | None:
        """The number that begins at token i, and the next token; None for none."""
        first = self.tokens[i]
        fraction = self.fraction(i)
        if fraction is not None:
            return self._found(i, *fraction, "fraction")
        if (year := self._year(i)) is not None:
            return self._found(i, *year, "cardinal")
        if first.kind in ("hundred", "scale"):  # hundred and first
            return self._ordinal(i, first.value, i + 1, first.value)
        if first.kind == "from_end":
            if first.value == -1 and not self.is_last(i):
                return None
            return self._found(i, first.value, i + 1, "ordinal")
        if first.kind == "ordinal":
            return None if self.is_time(i) else self._ordinal(i, 0, i, 10**30)
        if first.kind == "tens":
            tail = self._ordinal_tail(i)
            if tail is not None:
                return self._found(i, *tail, "ordinal")
        if first.kind == "literal" and first.value.denominator > 1 and self.is_ratio(first):
            return self._found(i, *self._scales(first.value, self._of_a(i + 1))[:2], "fraction")
        read = self.cardinal(i)
        if read is None:
            return None
        value, j, least, scale = read
        if self.is_pronoun(i, j):
            return None
        more = self._point(value, j) or self._over(value, j) or self._mixed(value, j, least, scale)
        if more is not None:
            if not self.kind(j, "point"):
                return self._found(i, *more, "fraction")
            value, j, scale = self._scales(*more)  # two point six million
            return self._found(i, value, j, "cardinal", scale)
        if first.kind != "literal" or j > i + 1:
            ordinal = self._ordinal(i, value, j, least)
            if ordinal is not None:
                return ordinal
        return self._found(i, value, j, "cardinal", scale)

    def _found(self, i: int, value: Rational, j: int, kind: str, scale: Rational = 1) -> tuple[Found, int]:
        start, last = self.tokens[i].start, self.tokens[j - 1]
        if scale == 1 and last.kind == "scale":
            scale = last.value
        return Found(value, start, last.end, kind, last.kind in ("literal", "vulgar"), scale), j

    # cardinals

    def small(self, i: int) -> Read | None:
        """Below a hundred, or digits: five, twenty-one, 12."""
        token = self.tokens[i]
        if token.kind == "tens":
            if self.kind(i + 1, "ones") and 0 < self.tokens[i + 1].value < 10:
                return token.value + self.tokens[i + 1].value, i + 2
            tail = self._ordinal_tail(i)  # "thirty-fifths" is a denominator, "thirty-fifth" an ordinal
            return None if tail else (token.value, i + 1)
        return (token.value, i + 1) if token.kind in ("ones", "literal", "vulgar") else None

    def group(self, i: int) -> Read | None:
        """`small`, or the "a" of "a hundred"."""
        if self.tokens[i].kind == "a":
            return (1, i + 1) if self.kind(i + 1, "hundred", "scale") and not self.tight(i + 1) else None
        return self.small(i)

    def cardinal(self, i: int) -> tuple[Rational, int, Rational, Rational] | None:
        """Value, next index, the smallest multiplier (what may follow is less), the scale of the last part."""
        total: Rational = 0
        limit: Rational | None = None
        start = i
        while True:
            part = self._part(i, limit, first=i == start)
            if part is None:
                break
            value, i, limit, scale = part
            total += value
            last = scale
            if limit == 1:
                break
            following = i + 1 if self.kind(i, "and") else i
            if not (following < len(self.tokens) and self.near[following]) or self.near[i] is False:
                break
            if self.tokens[following].kind == "literal" and (limit == 10 or not self.adds(start, following)):
                break  # twenty 5-inch guns
            follow = self._part(following, limit, first=False)
            if follow is None or follow[0] == 0 or (following > i and self.is_denominator(follow[1])):
                break
            i = following
        if limit is None:
            return None
        return total, i, limit, last

    def _part(self, i: int, limit: Rational | None, first: bool) -> tuple[Rational, int, Rational, Rational] | None:
        """One "two hundred (and) five thousand" below `limit`: value, next, its own smallest multiplier, its scale."""
        read = self.group(i)
        if read is None:
            return None
        value, j = read
        lone = self.tokens[i].kind == "literal" and not self.kind(j, "hundred", "scale")
        if lone and first:
            return value, j, 1, 1
        least: Rational = 10 if self.tokens[i].kind == "tens" and j == i + 1 else 1
        if self.kind(j, "hundred"):
            value, j, least = value * 100, j + 1, 100
            k = j + 1 if self.kind(j, "and") else j
            if k < len(self.tokens) and self.near[k] and self.near[j]:
                rest = self.small(k)
                if rest and 0 < rest[0] < 100 and not (k > j and self._begins_another(k, rest[1])):
                    value, j, least = value + rest[0], rest[1], 1
        scaled, j, scale = self._scales(value, j)
        if limit is not None and scaled >= limit:
            return None
        return scaled, j, scale if scale > 1 else least, scale

    def _begins_another(self, k: int, j: int) -> bool:
        """Whether what tokens k … j say after "hundred and" is a number by itself: two hundred and three fifths."""
        if self.kind(j, "hundred") or self.is_denominator(j) or self.is_dozen(j):
            return True
        return self.tokens[k].kind == "literal" and self.kind(j, "scale")

    def _year(self, i: int) -> Read | None:
        """nineteen eighty-four, twenty twenty: two halves said one after the other."""
        first = self.tokens[i]
        if first.kind not in ("ones", "tens") or not 11 <= first.value <= 20 or not self.kind(i + 1, "ones", "tens"):
            return None
        rest = self.small(i + 1)
        spoken = self.text[first.end : self.tokens[i + 1].start] == " "  # twelve-thirteen is from one to the other
        if (
            rest is None
            or rest[0] < 10
            or not spoken
            or self.kind(rest[1], "hundred", "scale", "point", "ordinal", "ordinals")
        ):
            return None
        return first.value * 100 + rest[0], rest[1]

    def _scales(self, value: Rational, j: int) -> tuple[Rational, int, Rational]:
        scale: Rational = 1
        while self.kind(j, "scale", "counted") and scale < 10**60:
            scale *= self.tokens[j].value
            j += 1
        return value * scale, j, scale

    # what may follow a cardinal

    def _point(self, value: Rational, j: int) -> Read | None:
        if not self.kind(j, "point") or value.denominator > 1:
            return None
        digits, k = "", j + 1
        while len(digits) < 100 and self.kind(k, "ones", "tens") and (read := self.small(k)):
            digits, k = digits + str(read[0].numerator), read[1]
        return (value + Fraction(int(digits), 10 ** len(digits)), k) if digits else None

    def _over(self, value: Rational, j: int) -> Read | None:
        """2 over 3; two out of five; 1 in twenty; one in a million; 3 in 5 teachers."""
        if self.kind(j, "out") and self.kind(j + 1, "of"):
            j, most = j + 2, True
        elif self.kind(j, "over"):
            j, most = j + 1, False
        elif self.kind(j, "in") and (value == 1 or self.is_share(j + 1)):
            j, most = j + 1, True
        else:
            return None
        article = self.kind(j, "a") and self.kind(j + 1, "scale", "hundred")
        if not article and not self.kind(j, "literal", "ones", "tens"):
            return None
        under = self.cardinal(j)
        if under is None or under[0] == 0 or (most and value >= under[0]):
            return None
        if not most and self.is_counted(under[1]):  # 8 million over three years
            return None
        return Fraction(value) / under[0], under[1]

    def _mixed(self, value: Rational, j: int, least: Rational, scale: Rational) -> Read | None:
        """five and a half (million); 2 1/4; six million and two thirds (of a million)."""
        if self.kind(j, "vulgar") or (
            self.kind(j, "literal") and value.denominator == 1 and self.is_ratio(self.tokens[j])
        ):
            part = self.tokens[j].value
            return (*self._scales(value + part, j + 1)[:2],) if part < 1 else None
        if not self.kind(j, "and") or not self.near[min(j + 1, len(self.tokens))]:
            return None
        fraction = self.fraction(j + 1)
        if fraction is None:
            return None
        part, k = fraction
        if part >= 1 and part < least:
            return value + part, k
        if self.tokens[k - 1].kind == "scale":
            own = self.tokens[k - 1].value
            return (value + part, k) if value >= own else (value * own + part, k)
        return (value + part * max(scale, 1), k) if part < 1 else None

    # fractions and ordinals

    def fraction(self, i: int) -> Read | None:
        """half, a third, three fifths, ½, and the scale after them."""
        first = self.tokens[i]
        if first.kind == "vulgar":
            return self._scales(first.value, i + 1)[:2]
        if first.kind == "part":
            if first.value == 2 and not (i and self.kind(i, "part") and self.tokens[i - 1].kind == "ordinal"):
                return self._scales(Fraction(1, 2), self._of_a(i + 1))[:2] if not self.is_hyphenated(i) else None
            j = self._of_a(i + 1)
            return self._scales(Fraction(1, 4), j)[:2] if self.kind(j, "scale") else None
        if first.kind == "a":
            if self.kind(i + 1, "ordinal") and not self.is_part(i + 1):
                return None
            under = self._denominator(i + 1, one=True)
            return self._scales(Fraction(1) / under[0], self._of_a(under[1]))[:2] if under else None
        if first.kind not in ("ones", "tens", "literal"):
            return None
        over = self.cardinal(i)
        if over is None or over[0].denominator > 1:
            return None
        if (
            over[0] == 1
            and self.kind(i + 1, "ordinal")
            and self.tokens[i + 1].value >= 100
            and self.word_before(i) == "the"
        ):
            return None  # the one millionth customer
        under = self._denominator(over[1], one=over[0] == 1)
        if under is None or (first.kind == "literal" and under[0] > 100):
            return None
        return self._scales(Fraction(over[0]) / under[0], self._of_a(under[1]))[:2]

    def _of_a(self, j: int) -> int:
        """The index of the scale after "(of) a": half a million, three quarters of a billion; else `j`."""
        k = j + 1 if self.kind(j, "of") else j
        return k + 1 if self.kind(k, "a") and self.kind(k + 1, "scale") else j

    def _denominator(self, i: int, one: bool) -> Read | None:
        if self.kind(i, "part"):
            return None if self.is_half_word(i) else (self.tokens[i].value, i + 1)
        tens = self.tokens[i].value if self.kind(i, "tens") else 0
        k = i + 1 if tens else i
        kinds = ("ordinals", "ordinal") if one else ("ordinals",)
        if self.kind(k, *kinds) and self.tokens[k].value + tens > 2 and (not tens or self.tokens[k].value < 10):
            return self.tokens[k].value + tens, k + 1
        if one and self.kind(i, "ones") and self.tokens[i - 1].kind == "ones":  # one one-hundred-and-fifth
            under = self.cardinal(i)
            ordinal = self._ordinal(i, under[0], under[1], under[2]) if under else None
            return (ordinal[0].value, ordinal[1]) if ordinal else None
        return None

    def _ordinal_tail(self, i: int) -> Read | None:
        """twenty-first(s), fifth: the last words of an ordinal or of a denominator."""
        token = self.tokens[i]
        ending = self.kind(i + 1, "ordinal") or (self.kind(i + 1, "ordinals") and self.joins(i))
        if token.kind == "tens" and ending and self.tokens[i + 1].value < 10:
            return token.value + self.tokens[i + 1].value, i + 2
        return (token.value, i + 1) if token.kind == "ordinal" else None

    def _ordinal(self, i: int, value: Rational, j: int, least: Rational) -> tuple[Found, int] | None:
        k = j + 1 if value and self.kind(j, "and") else j
        if k >= len(self.tokens) or (value and not (self.near[j] and self.near[k])):
            return None
        tail = self._ordinal_tail(k)
        if tail is None or self.tokens[tail[1] - 1].kind == "ordinals":
            return None
        if value and tail[0] >= 100 and value < tail[0]:
            return self._found(i, value * tail[0], tail[1], "ordinal")
        return self._found(i, value + tail[0], tail[1], "ordinal") if tail[0] < least else None
