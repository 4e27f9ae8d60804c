"""What quantities say of those beside them: 3–1 is a score, 15 × 8 km two lengths, 2023 dollars money of a year."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from omnimodal.encoders.number.labels import is_label
from omnimodal.encoders.number.patterns import table
from omnimodal.encoders.number.quantity import Quantity

_plain = re.compile(r"[0-9]{1,5}")
_word_after = re.compile(r"\s([^\W\d_]+)")
_times = re.compile(r"\s?[x×]\s?|\sby\s|-by-")
_year = re.compile(r"(?:1[789]|20)[0-9]{2}(?![0-9.,])")
_sign_at = re.compile(r"\s?[^\W\d_]{1,3}$")
_of_year = re.compile(r"(?<!\w)(?i:in|constant|current|chained|real)\s$")
_in_brackets = re.compile(r"[^()]{0,40}\((?i:in\s)?")
_pressures = re.compile(r"([0-9]{2,3})/([0-9]{2,3})(?![0-9])")
MERCURY = "millimetre of mercury"
COUNT = 12  # up to so many there may be of a thing that is told by its size: 4 × 100 m, 2 × 20 mm guns


def among_others(text: str, quantities: Sequence[Quantity]) -> list[Quantity]:
    """The same quantities, without scores and the years of money, and pressures of blood as two."""
    quantities = _without_scores(text, quantities)
    done: list[Quantity] = []
    for q in quantities:
        if (q.currency or q.maybe) and _is_year_of_money(text, done[-1] if done else None, q):
            continue
        pressures = _pressures.match(text, q.start) if q.unit == MERCURY else None
        if pressures:
            middle = pressures.end(1)
            done.append(q._replace(end=middle, value=int(pressures[1]), kind="cardinal"))
            q = q._replace(start=middle + 1, value=int(pressures[2]), kind="cardinal", before="/")
        done.append(q)
    return done


def _without_scores(text: str, quantities: Sequence[Quantity]) -> Sequence[Quantity]:
    """Without pairs like 112-98, 3–1, "Italy 1–2" and "by Decree 2005-981": two plain numbers joined by a dash, the
    greater first or a name before them, are no range."""
    score = set()
    for i, (a, b) in enumerate(pairwise(quantities)):
        if b.start != a.end + 1 or text[a.end] not in "-–" or not all(_plain.fullmatch(text, *q[:2]) for q in (a, b)):
            continue
        length = b.end - a.start
        told = (b.value < a.value and length <= 7) or (a.value == b.value and length == 3)
        if told or is_label(text, a.start, a.end) or (length <= 5 and _is_game(text, a, b)):
            score |= {i, i + 1}
    return [q for i, q in enumerate(quantities) if i not in score] if score else quantities


def _is_game(text: str, a: Quantity, b: Quantity) -> bool:
    """Whether words of games stand around two numbers: "lost 3–6 to", "a 1–3 defeat"; but not "lost 3–6 men"."""
    games = table("en")["games"]
    after = _word_after.match(text, b.end)
    follows = after[1].lower() if after else ""
    if a.before in games["verbs"]:
        return not follows or follows in games["between"]
    return follows in games["nouns"]


def _is_year_of_money(text: str, last: Quantity | None, q: Quantity) -> bool:
    """Whether an amount is the year whose money is meant: "in 2023 dollars", "$1.5 million (1992 USD)"."""
    if not _year.match(text, q.start):
        return False
    if _of_year.search(text, max(q.start - 12, 0), q.start):
        return True
    return bool(last and last.currency and _in_brackets.fullmatch(text, last.end, q.start))


def _with_sign_of(text: str, a: Quantity, b: Quantity) -> Quantity:
    """The side b with the unit of a, if the same sign follows it: "in" alone may be a word."""
    sign = _sign_at.search(text, a.start, a.end)
    end = b.end + len(sign[0]) if sign else b.end
    if sign is None or text[b.end : end] != sign[0] or text[end : end + 1].isalnum():
        return b
    return b._replace(end=end, unit=a.unit)


def with_sides(text: str, quantities: Iterable[Quantity]) -> list[Quantity]:
    """Sides have the unit of the last of them: 15 × 8 km, 6–12 × 1–2 cm; in spans of their own."""
    quantities = list(quantities)
    sides = table("units")["sides"]
    for i in range(len(quantities) - 2, -1, -1):  # from the last, whose unit goes on to the one before it
        a, b = quantities[i], quantities[i + 1]
        if a.unit in sides and not b.unit and _times.fullmatch(text, a.end, b.start):  # 18 in × 26 in cylinders
            b = quantities[i + 1] = _with_sign_of(text, a, b)
        if (
            b.unit is None
            or a.unit
            or a.currency
            or a.kind not in ("cardinal", "fraction", "range")
            or b.start - a.end > 4
        ):
            continue
        if b.unit.split(" ")[-1] not in sides or not _times.fullmatch(text, a.end, b.start):
            continue
        chained = (
            i > 0 and quantities[i - 1].end >= a.start - 4 and _times.fullmatch(text, quantities[i - 1].end, a.start)
        )
        counts = a.value.denominator == 1 and 0 < a.value <= COUNT and b.value >= 4 * a.value
        if chained or not counts:
            quantities[i] = a._replace(unit=b.unit, parts=tuple(part._replace(unit=b.unit) for part in a.parts))
    return quantities
