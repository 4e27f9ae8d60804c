"""Tokens as a reader goes over them: which belong together, and which are numbers in some company only."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from omnimodal.encoders.number.currencies import currency_before
from omnimodal.encoders.number.lex import Token
from omnimodal.encoders.number.patterns import phrases, plural_at, table
from omnimodal.encoders.number.units import unit_at

_slash = re.compile("[/⁄]")
_next_word = re.compile(r"(?:\s-\s|[\s-])([^\W\d_]{1,30})")


class Words:
    """Tokens of a text; `kind` and `tight` ask for what stands directly behind another."""

    def __init__(self, text: str, tokens: list[Token]):
        self.text, self.tokens = text, tokens
        # Which tokens follow their predecessor with nothing but space or a hyphen between.
        self.near = [False]
        for i, (a, b) in enumerate(pairwise(tokens), 2):
            gap = text[a.end : b.start] if b.start - a.end <= 4 else "…"
            joins = gap == " " or gap.strip() in ("", "-", "‑")
            if gap == ", " and a.kind == "scale":  # one thousand, two hundred
                joins = b.kind in ("ones", "tens") and i < len(tokens) and tokens[i].kind in ("hundred", "scale")
            self.near.append(joins)
        self.near.append(False)

    def is_ratio(self, token: Token) -> bool:
        """Whether a literal is written as a fraction: 3/4."""
        return _slash.search(self.text, token.start, token.end) is not None

    def kind(self, i: int, *kinds: str) -> bool:
        """Whether token i directly continues the number and is of one of these kinds."""
        return i < len(self.tokens) and self.near[i] and self.tokens[i].kind in kinds

    def tight(self, i: int) -> bool:
        """Whether a hyphen joins token i to the one before."""
        return self.near[i] and "-" in self.text[self.tokens[i - 1].end : self.tokens[i].start]

    def alone(self, i: int) -> bool:
        """Whether token i is a number in digits that nothing continues."""
        token = self.tokens[i]
        if token.kind == "vulgar":
            return not self.kind(i + 1, "scale")
        if token.kind != "literal" or self.is_ratio(token):
            return False
        following = self.tokens[i + 1] if self.near[i + 1] else None
        return following is None or (following.kind == "literal" and not self.is_ratio(following))

    def is_dozen(self, i: int) -> bool:
        """Whether token i is a scale of few: dozen, score."""
        return self.kind(i, "scale") and self.tokens[i].value < 100

    def adds(self, i: int, k: int) -> bool:
        """Whether the digits at k may go on with the number at i: 30 thousand and 5; but not €1.2 billion and 80."""
        first, digits = self.tokens[i], self.tokens[k]
        amount = currency_before(self.text, first.start) is not None
        return not amount and first.value.denominator == 1 and (digits.value < 1000 or self.kind(k + 1, "scale"))

    def is_counted(self, j: int) -> bool:
        """Whether a unit or a noun in the plural follows the number that ends before token j."""
        end = self.tokens[j - 1].end
        return plural_at().match(self.text, end) is not None or unit_at(self.text, end) is not None

    def is_denominator(self, i: int) -> bool:
        """Whether token i can only be a denominator: fifths, half."""
        return self.kind(i, "ordinals") or self.kind(i, "part")

    def joins(self, i: int) -> bool:
        """Whether the tens at i and the plural ordinal after it are one denominator: one hundred thirty fifths."""
        return self.tight(i + 1) or (self.near[i] and self.tokens[i - 1].kind in ("hundred", "scale"))

    # words that are numbers only sometimes

    def is_time(self, i: int) -> bool:
        """Whether "second" is the unit of time: a second later, per second."""
        context, before = table("en")["context"], self.word_before(i)
        if self.tokens[i].value != 2 or before not in context["second_after"]:
            return False
        end = self.tokens[i].end
        after = _next_word.match(self.text, end)
        return before != "a" or after is None or after[1].lower() in context["second_before"]

    def is_last(self, i: int) -> bool:
        """Whether "last" counts: the last (two) chapters; but not last week, the last five years, to last long."""
        context, end = table("en")["context"], self.tokens[i].end
        if self.word_before(i) not in context["last_after"]:
            return False
        match = _counted_at().match(self.text, end)
        return match is not None and match[1] not in context["last"]

    def is_pronoun(self, i: int, j: int) -> bool:
        """Whether "one", the tokens i … j, counts nothing: the one who, this one."""
        token = self.tokens[i]
        if j > i + 1 or token.kind != "ones" or token.value != 1 or self.kind(j, "ordinal"):
            return False
        after = self.text[token.end : token.end + 12].split()[:1]
        context = table("en")["context"]
        if after and after[0] in context["pronoun_before"]:
            if self.word_before(i) in context["sum"]:
                return False
            return after[0] != "day" or self.word_before(i) not in context["counted_after"]
        if self.near[i] and self.tokens[i - 1].kind in ("ordinal", "from_end"):  # the second one
            return True
        return self.word_before(i) in context["pronoun_after"] and unit_at(self.text, token.end) is None

    def word_before(self, i: int) -> str:
        """The word before token i, in small letters; "" for a mark or nothing."""
        words = self.text[max(self.tokens[i].start - 14, 0) : self.tokens[i].start].lower().split(" ")
        return words[-2] if len(words) > 1 and not words[-1] else ""

    def is_hyphenated(self, i: int) -> bool:
        """Whether a word that is no scale hangs at token i: half-hearted, half - life."""
        end = self.tokens[i].end
        return self.text.startswith(("-", " - "), end) and not self.kind(i + 1, "scale")

    def is_half_word(self, i: int) -> bool:
        """Whether the part is one of a noun: a half-life, three quarter-finals; but not a half-hour."""
        return self.is_hyphenated(i) and unit_at(self.text, self.tokens[i].end) is None

    def is_part(self, j: int) -> bool:
        """Whether the ordinal at j after "a" is a share: "a third of", "fell by a third"; but not "a third party"."""
        end = self.tokens[j].end
        after = _next_word.match(self.text, end)
        if after is None or self.kind(j + 1, "ordinal", "ordinals", "part", "scale", "hundred"):
            return True
        if "-" in after[0]:
            return False
        context, word = table("en")["context"], after[1].lower()
        return (
            word in context["share_before"] or word.endswith("ly") or self.word_before(j - 1) in context["share_after"]
        )

    def is_share(self, j: int) -> bool:
        """Whether token j is the round whole of a share, of which more than one is only told of what is counted: 3 in 5
        teachers."""
        if not self.kind(j, "literal", "ones"):
            return False
        _, whole, _, end = self.tokens[j]
        if self.tokens[j].kind == "ones" == self.tokens[j - 2].kind:
            return 3 <= whole <= 10 and unit_at(self.text, end) is None
        counted = plural_at().match(self.text, end) is not None and unit_at(self.text, end) is None
        return counted and whole in (4, 5, 10, 100, 1000)


@cache
def _counted_at() -> re.Pattern[str]:
    """What is counted behind "last", with or without a number between."""
    numerals = phrases(w for kind in ("ones", "tens", "hundred", "scale") for w in table("en")[kind])
    return re.compile(rf"\s(?:(?:\d{{1,3}}|{numerals})\s)?([a-z]{{2,30}})(?!\w)")
