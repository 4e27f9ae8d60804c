"""Units that signs stand for only here and there: 5'11", a 10" screen, 98.6 F, 37.5C; and words that stand near."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache

from omnimodal.encoders.number.patterns import phrases, said, table
from omnimodal.encoders.number.quantity import Quantity

LINE = 300  # characters of a line that are looked through for the other quotation mark
LEAST_WARMTH = Fraction(1, 1000)  # 1.6e-19 C is a charge
TEMPERATURES = {"c": "degree Celsius", "f": "degree Fahrenheit"}
FEET = r"(['’])(?:\sWORDS(?!\w)|(?=\s?[0-9]{1,2}(?:\.[0-9]{1,2})?(?:[\"”″]|''|’’)))"  # 5' wide, 5'11"
_degrees_at = re.compile(r"\s?([CFcf])(?![\w'’&-]|\.\w|\s?\d|\s[A-Z])")


def marked(text: str, start: int, end: int, q: Quantity) -> tuple[str | None, int]:
    """Feet and inches written with quotes, and degrees without their sign: 5'11", a 10" screen, 98.6 F, 37.5C."""
    char = text[end : end + 1]
    if char in "'’" and (feet := said(FEET, "context", "extent").match(text, end)) and q.value < 1000:
        return "foot", feet.end(1)
    if (inches := _inches_at().match(text, end)) or (char == '"' and not _is_closing(text, end)):
        return "inch", inches.end(inches.lastindex or 0) if inches else end + 1
    if (
        (degrees := _degrees_at.match(text, end))
        and degrees[1] == "C"
        and q.value
        and -LEAST_WARMTH < q.value < LEAST_WARMTH
    ):
        return "coulomb", degrees.end()
    if degrees and -10_000 < q.value < 10_000:
        told = degrees[1].isupper() and (q.value.denominator > 1 or q.value < 0)
        if told or near(text, start, end + 20, "warm"):
            return TEMPERATURES[degrees[1].lower()], degrees.end()
    return None, end


def _is_closing(text: str, at: int) -> bool:
    """Whether the quotation mark at `at` closes one that its line has opened; where the line begins far off, it may."""
    floor = max(at - LINE, 0)
    line = text.rfind("\n", floor, at) + 1 or floor
    return (line == floor > 0) or text.count('"', line, at) % 2 == 1


def near(text: str, start: int, end: int, kind: str) -> bool:
    """Whether a word of the context `kind` stands near."""
    return said(r"(?<!\w)WORDS(?!\w)", "context", kind).search(text, max(start - 60, 0), end + 20) is not None


@cache
def _inches_at() -> re.Pattern[str]:
    words = table("en")["context"]["extent"]
    adjectives = phrases(word for word in words if len(word) > 2)  # 12 in wide; but 12 in by
    return re.compile(rf"\s?(\")\s(?:{phrases(words)})(?!\w)|\s(in)\s(?:{adjectives})(?!\w)")
