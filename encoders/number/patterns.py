"""What the patterns of this room are made of: phrases of the language, the word before, a plural behind."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from omnimodal.encoders.number.units import table


def phrases(words: Iterable[str]) -> str:
    """An alternation of phrases, longest first, with any space between their words."""
    return "|".join(r"\s{1,2}".join(map(re.escape, w.split())) for w in sorted(words, key=len, reverse=True))


def word_before(text: str, start: int, floor: int) -> str:
    """The word, in lower case, or else the mark that stands before; "" where it is a digit, a comma, or nothing."""
    last = start - 1
    while last >= floor and start - last <= 3 and text[last].isspace():
        last -= 1
    if last < floor or (char := text[last]) in ",;" or char.isdigit():
        return ""
    if not char.isalpha():
        return char
    first = last
    while first > floor and last - first < 14 and text[first - 1].isalpha():
        first -= 1
    return text[first : last + 1].lower()


@cache
def plural_at() -> re.Pattern[str]:
    """A noun in the plural behind a number, of which there are so many."""
    return re.compile(rf"\s(?!this|does)[a-z]{{3,30}}s(?!\w)|\s(?:{phrases(table('en')['context']['plural'])})(?!\w)")
