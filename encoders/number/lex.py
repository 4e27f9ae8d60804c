"""Lexing: the tokens of a text that can be part of a number; what only looks like one (URL, phone) is skipped."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from omnimodal.encoders.number.digits import VULGAR, Rational, digit_format, figures, locale_scales, vulgar, writings
from omnimodal.encoders.number.lookalikes import not_numbers
from omnimodal.encoders.number.patterns import table
from omnimodal.encoders.number.units import unit_forms


@cache
def _scanner(spaced: bool) -> re.Pattern[str]:
    kinds = {"skip": not_numbers(), "literal": writings(spaced), "vulgar": f"[{VULGAR}]", "word": r"[^\W\d_]++"}
    return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in kinds.items()), re.VERBOSE)


class Token(NamedTuple):
    """`kind`: literal, vulgar (½), from_end, ones, tens, hundred, scale, ordinal, ordinals (plural), part,
    or a word's role."""

    kind: str
    value: Rational
    start: int
    end: int


@cache
def vocabulary(language: str = "en") -> dict[str, tuple[str, int]]:
    """Word → (kind, value)."""
    words = table(language)
    found = {
        w: (kind, v)
        for kind in ("ones", "tens", "hundred", "scale", "counted", "part", "ordinal")
        for w, v in words[kind].items()
    }
    found |= {w + coin: ("coin", v) for w, v in words["ones"].items() for coin in ("pence", "penny")}  # sixpence
    found |= {f"{w}s": ("ordinals", v) for w, v in words["ordinal"].items() if v != 2}
    return found | {w: (role, 0) for w, role in words["word"].items()}


@cache
def _from_end(language: str = "en") -> tuple[frozenset[str], re.Pattern[str]]:
    """The first words of the phrases that count from the end and of those that count nothing, and the phrases."""
    phrases = [*table(language)["from_end"], *table(language)["idiom"]["plain"]]
    forms = (re.escape(p).replace(r"\ ", r"[\s-]") for p in sorted(phrases, key=len, reverse=True))
    return frozenset(p.split()[0] for p in phrases), re.compile(rf"(?:{'|'.join(forms)})(?!\w)", re.IGNORECASE)


def tokens(text: str, locale: str = "en") -> list[Token]:
    """All tokens that may be part of a number, left to right."""
    words, (openings, phrase_at) = vocabulary(), _from_end()
    decimal, spaced = digit_format(locale)
    scales = locale_scales(locale)
    found: list[Token] = []
    done = 0  # a phrase has more than one word
    for match in _scanner(spaced).finditer(text):
        kind, (start, end) = match.lastgroup, match.span()
        if kind == "skip" or start < done:
            continue
        if kind == "word":
            word = match.group().lower()
            if word in openings and (phrase := phrase_at.match(text, start)):
                done = phrase.end()
                place = table("en")["from_end"].get(re.sub(r"[\s-]", " ", phrase.group().lower()))
                if place is not None:
                    found.append(Token("from_end", place, start, done))
            elif word in scales:
                found.append(Token("scale", scales[word], start, end + (text[end : end + 1] == "." and len(word) == 3)))
            elif (known := words.get(word)) and not (known[0] == "scale" and match.group() in unit_forms()):  # 7.6 MN
                before = text[start - 1 : start]
                if known[0] == "coin":  # the coin itself is a currency
                    found.append(Token("ones", known[1], start, end - 5))
                elif before == "-" and known[0] in ("ones", "tens") and _is_hyphened(text, start, found):
                    if found and found[-1].end == start - 1:  # 7-Eleven is neither 7 nor 11
                        found.pop()
                elif not (before.isdigit() or before == "_") or known[0] == "scale":
                    found.append(Token(*known, start, end))
        elif kind == "vulgar":
            found.append(Token("vulgar", vulgar(match.group()), start, end))
        elif " " in (written := match.group()) and _is_row(written):
            found += (
                Token("literal", int(m.group()), start + m.start(), start + m.end()) for m in _run.finditer(written)
            )
        elif _stands_alone(text, start) and (value := figures(text, start, end, decimal)) is not None:
            found.append(Token("literal", value, start, end))
    return found


_run = re.compile(r"[0-9]+")


def _is_row(written: str) -> bool:
    """Whether groups of three digits with blanks between are numbers one after the other: 100 200 300; 101 102 103."""
    groups = written.split(" ")
    if len(groups[0]) < 3 or not all(len(group) == 3 and group.isdigit() for group in groups):
        return False
    if len(groups) > 5:
        return True
    steps = {int(b) - int(a) for a, b in pairwise(groups)}
    even = len(groups) > 2 and len(steps) == 1 and (abs(max(steps)) <= 10 or max(steps) % 50 == 0)
    return even or (min(steps) > 0 and all(group.endswith("00") for group in groups))


_measured_before = re.compile(r"(?<![\w-])[0-9][0-9.,]{0,8}[^\W\d_]{1,4}-$|(?<![\w-])[0-9]{1,4}-by-$")
_identifier_before = re.compile(r"[^\W\d_]-?[0-9]{1,8}-$")


def _stands_alone(text: str, start: int) -> bool:
    """Not the digits of a word, an identifier or a path: x1, COVID-19, B52-3, F_3, a/5, 555/1234."""
    before = text[start - 1 : start]
    if before in ("", " ", "\n", ",", "$", "("):
        return True
    if before in (")", "]"):  # Fe(SCN)3
        return False
    if before.isalnum() or before == "_":
        return before.isupper() and _code_before(text, start)
    earlier = text[max(start - 2, 0) : start - 1]
    if before == "-" and earlier.isdigit() and _identifier_before.search(text, max(start - 10, 0), start):
        return False
    if before == "-" and earlier.isalpha() and _measured_before.search(text, max(start - 16, 0), start):
        return True  # 5kg-7kg; 3-by-5-foot
    return not ((before in ("-", "/", "\\") and earlier.isalpha()) or (before in ("/", ":") and earlier.isdigit()))


def _code_before(text: str, start: int) -> bool:
    """Whether the code of a currency hangs at the digits: USD3.5."""
    if start > 3 and (text[start - 4].isalnum() or text[start - 4] in "_-"):
        return False
    return start >= 3 and text[start - 3 : start] in table("currencies")["currency"]


_word_before = re.compile(r"(?<![\w-])[^\W\d_]{3,12}-$")


def _is_hyphened(text: str, start: int, found: list[Token]) -> bool:
    """Whether the hyphen before a number word makes it part of a name: 7-Eleven, an inline-six; not twenty-six."""
    if text[max(start - 2, 0) : start - 1].isdigit():
        return text[start].isupper()
    joined = found and found[-1].end == start - 1
    return not joined and _word_before.search(text, max(start - 14, 0), start) is not None
