"""Roman numerals where a word says that they are numbers: Chapter IV, World War II, Louis XIV, the XIX century."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from omnimodal.encoders.number.patterns import table

_values = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_form = "m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
_candidate = re.compile(rf"(?<!\w)(?=[ivxlcdmIVXLCDM])(?:{_form.upper()}|{_form})(?!\w|[.'’]\w)")
_plain_i = re.compile(r"\s?[,.;:)]|\s?$|\sof\b")  # "Charles I, king": the sentence does not go on with a verb
LONGEST = 24  # characters of the words before


def roman(text: str) -> int | None:
    """The value of a numeral from 1 to 3999 in its usual form, upper or lower case; None for anything else."""
    if not text or not re.fullmatch(_form, text.lower()):
        return None
    values = [_values[letter] for letter in text.lower()]
    return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))


def find_roman(text: str) -> Iterator[tuple[int, int, int, str]]:
    """(start, end, value, kind) of the numerals that a word before or after says are numbers; linear in the text.

    After a chapter, part or war they count (cardinal), after a ruler's name and before a century they rank (ordinal). A
    lone "I" after a name is the ruler only where the sentence does not go on with a verb: "Charles I think".
    """
    before, ruler, after = _patterns()
    for match in _candidate.finditer(text):
        numeral, (start, end) = match.group(), match.span()
        label = numeral in ("v", "x", "i") or set("IVX").isdisjoint(numeral.upper())  # figure x, Figure C
        upper, kind = numeral.isupper(), ""
        if (
            upper
            and after.match(text, end)
            and text[start - 1 : start] != "."
            and not (numeral == "I" and text[end].isspace())
        ):
            kind = "ordinal"
        elif start and text[start - 1].isspace():
            if upper and ruler.search(text, max(start - LONGEST, 0), start):
                kind = "ordinal" if numeral != "I" or _plain_i.match(text, end) else ""
            if not kind and (word := before.search(text, max(start - LONGEST, 0), start)):
                kind = "cardinal"
                label = label or (numeral == "I" and word[0][0].islower())  # "the class I like"
        value = roman(numeral) if kind and not label else None
        if value is not None:
            yield start, end, value, kind


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What may stand before a numeral that counts and one that ranks, and what behind one that ranks."""
    words = table("en")["roman"]
    before, rulers, after = ("|".join(map(re.escape, words[key])) for key in ("before", "rulers", "after"))
    return (
        re.compile(rf"(?<!\w)(?i:{before})\s$"),
        re.compile(rf"(?<!\w)(?:{rulers})\s$"),
        re.compile(rf"[\s-](?:{after})\b"),
    )
