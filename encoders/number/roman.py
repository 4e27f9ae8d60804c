"""Roman numerals where a word says that they are numbers: Chapter IV, World War II, Louis XIV, the XIX century."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from omnimodal.encoders.number.units import table

_values = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_form = "m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
_numeral = rf"(?P<numeral>(?=[ivxlcdm])(?:{_form.upper()}|{_form}))(?!\w|[.'’]\w)"


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
    for pattern, kind in _patterns():
        for match in pattern.finditer(text):
            numeral = match["numeral"]
            value = roman(numeral)
            label = set("IVX").isdisjoint(numeral.upper()) or (numeral == "I" and match[0][0].islower())
            label = label or numeral in ("v", "x", "i")
            if value is not None and not label:  # Figure C, a level CD player, "the class I like", figure x
                yield *match.span("numeral"), value, kind


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    words = table("en")["roman"]
    before, rulers, after = ("|".join(map(re.escape, words[key])) for key in ("before", "rulers", "after"))
    upper = _numeral.replace(f"(?:{_form.upper()}|{_form})", _form.upper()).replace("[ivxlcdm]", "[IVXLCDM]")
    either = _numeral.replace("[ivxlcdm]", "[IVXLCDMivxlcdm]")
    return (
        (re.compile(rf"(?<!\w)(?i:{before})\s{either}"), "cardinal"),
        (re.compile(rf"(?<!\w)(?:{rulers})\s(?!I(?!\w)(?!\s?[,.;:)]|\s?$|\sof\b)){upper}"), "ordinal"),
        (re.compile(rf"(?<![\w.])(?!I\s){upper}(?=(?:\s|-)(?:{after})\b)"), "ordinal"),
    )
