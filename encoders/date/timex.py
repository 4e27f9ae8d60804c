"""TIMEX3 values back to readings: what `Date.timex` writes and ISO 8601 and EDTF do not know.

Durations ("P3W"), parts of the day ("2024-05-01TMO"), centuries and decades in two and three digits ("18", "199"), the
reference ("PRESENT_REF", "PRESENT_REF-P2D"), and triples "(begin,end,length)". A triple of years, months or days
includes its last one, as "from 1914 to 1918" does; one of weeks, decades, centuries or working days does not.
"""

from __future__ import annotations

import re
from fractions import Fraction

from omnimodal.encoders.date.calendar import DAY, floor, instant
from omnimodal.encoders.date.expressions import duration, words
from omnimodal.encoders.date.expressions.meaning import Setting
from omnimodal.encoders.date.expressions.ranges import between
from omnimodal.encoders.date.expressions.reading import (
    DURATION,
    FINE,
    GRANULARITIES,
    UNIT_LETTERS,
    Amount,
    Reading,
    at_time,
    unit_at,
)
from omnimodal.encoders.date.notation import read_iso
from omnimodal.errors import InvalidEntityError

_N = r"\d{1,9}(?:\.\d{1,9})?"
_SIZE = re.compile(rf"P((?:{_N}(?:WE|DE|CE|ML|SE|[YMWDQ]))*)(?:T((?:{_N}[HMS])+))?")
_ONE = re.compile(rf"({_N})(WE|DE|CE|ML|SE|[YMWDHSQ])")
_TRIPLE = re.compile(r"\(([^,()]+),([^,()]+),(P[^,()]+)\)")
_CLOCK = r"T(?:\d\d(?::\d\d){0,2}|[A-Z]{2,3})"
_COUNTED = re.compile(
    rf"PRESENT_REF(?:(?P<sign>[+-])(?P<size>P(?:{_N}(?:WE|DE|CE|ML|SE|[YMWDQ]))*(?:T(?:{_N}[HMS])+)?)"
    rf"(?P<rest>-(?P<season>SP|SU|FA|WI)|(?:-[1-7])?(?P<clock>{_CLOCK})?))?"
)
_BEFORE_CHRIST = {"P10Y": "P1DE", "P100Y": "P1CE", "P1000Y": "P1ML"}  # those have no digits of their own
_WHOLE = {3: "decade", 2: "century", 1: "millennium"}
_DATE_UNITS = {letter: unit for unit, letter in UNIT_LETTERS.items() if unit not in FINE}
_CLOCK_UNITS = {letter: unit for unit, letter in UNIT_LETTERS.items() if unit in FINE}


def read_timex(text: str, s: Setting) -> Reading | None:
    """The reading of a TIMEX3 value; None where it is none. Raises InvalidEntityError for one no calendar has."""
    if re.fullmatch(r"\d{1,3}", text):
        return unit_at(instant(int(text.ljust(4, "0"))), _WHOLE[len(text)])
    if size := read_size(text):
        return Reading(DURATION, duration.timex(size), size=size)
    if triple := _TRIPLE.fullmatch(text):
        return _range(text, triple, s)
    if counted := _COUNTED.fullmatch(text):
        return _counted(counted, s)
    if counted := re.fullmatch(r"XXXX-(?:(?:XX|\d\d)-W0[1-5](?P<day>-[1-7]|-WE|)|[A-Z]{3,})", text):
        return Reading({"": "week", "-WE": "weekend"}.get(counted["day"], "day"), text)
    return _part_of_day(text, s)


def read_size(text: str) -> Amount | None:
    """ "P1Y6M" → ((1, "year"), (6, "month")); None for what is no duration."""
    found = _SIZE.fullmatch(text)
    if not found or text in ("P", "PT"):
        return None
    dates = [(Fraction(n), _DATE_UNITS[letter]) for n, letter in _ONE.findall(found[1])]
    return tuple(dates + [(Fraction(n), _CLOCK_UNITS[letter]) for n, letter in _ONE.findall(found[2] or "")])


def _part_of_day(text: str, s: Setting) -> Reading | None:
    day, mark, code = text.partition("T")
    hours = {entry[0]: entry[1:] for entry in words.table()["dayparts"].values()}.get(f"T{code}") if mark else None
    if hours is None:
        return None
    part = Reading("daypart", f"T{code}", ((hours[0] * 3600, hours[1] * 3600),), clock=True)
    date = read_iso(day, s.now) if day else None
    if not day:
        return part
    return at_time(date, part, s.now) if date and date.is_date else None


def _counted(m: re.Match[str], s: Setting) -> Reading | None:
    """The reference itself, or what is that far from it: known only against a reference.

    A weekday, a season or a time within what is that far away is not resolved: it is written only where there is none.
    """
    size = read_size(m["size"]) if m["size"] else None
    if m["size"] and not size:
        return None
    if m["rest"]:
        finest = ("hour", "minute", "second")
        clock = m["clock"] and (finest[m["clock"].count(":")] if m["clock"][1].isdigit() else "daypart")
        return Reading("season" if m["season"] else clock or "day", m[0])
    if s.now is None:
        return Reading(size[-1][1] if size else "second", m[0])
    if size is None:
        return Reading("second", m[0], ((s.now, s.now + 1),), relative=True)
    grain = duration.point_unit(size)
    there = duration.moved(s.now, size, -1 if m["sign"] == "-" else 1)
    return unit_at(floor(there, grain), grain).but(relative=True)


def _range(text: str, m: re.Match[str], s: Setting) -> Reading | None:
    size = m[3]
    if m[1].startswith("BC") and size in _BEFORE_CHRIST:
        size = _BEFORE_CHRIST[size]
    unit = {"DE": "decade", "CE": "century", "ML": "millennium"}.get(size[-2:], "")
    a, b = (_end(m[i], size, s) for i in (1, 2))
    if a is None or b is None:
        return None
    if s.now is None and m[2].startswith("PRESENT_REF") and m[1].startswith("PRESENT_REF"):
        known = read_size(size)
        return Reading(known[-1][1] if known else a.granularity, text)
    exclusive = unit or ("week" if size.endswith("W") else "day" if size.endswith("BD") else "")
    if re.fullmatch(r"(?:BC)?\d{4,}", m[1]) and b.granularity == "year":
        exclusive = "era"
    if not exclusive:
        return between(a, b, s.now) or _overnight(text, a, b)
    if not a.spans or not b.spans:
        return Reading(exclusive, text)
    start, end = a.spans[0][0], b.spans[0][0]
    if start is None or end is None or end <= start:
        raise InvalidEntityError(f"end {m[2]!r} does not come after the start {m[1]!r}", encoder="date")
    return Reading(exclusive, text, ((start, end),), approximate=exclusive == "era")


def _overnight(text: str, a: Reading, b: Reading) -> Reading | None:
    """From 22:00 to 02:00 of one day: the end is on the next."""
    if not a.spans or not b.spans or not (a.fields and b.fields and b.fields.hour is not None):
        return None
    start, end = a.spans[0][0], b.spans[0][0]
    if start is None or end is None or start // DAY != end // DAY:
        return None
    finest = min(a.granularity, b.granularity, key=GRANULARITIES.index)
    return Reading(finest, text, ((start, end + DAY),), relative=a.relative)


def _end(text: str, size: str, s: Setting) -> Reading | None:
    """An end of a triple: 1914-01-01 of one that is counted in years is the year."""
    reading = _counted(m, s) if (m := _COUNTED.fullmatch(text)) else read_iso(text, s.now)
    if reading is None or reading.clock or reading.granularity != "day" or not reading.spans:
        return reading
    start = reading.spans[0][0]
    unit = {"Y": "year", "M": "month"}.get(size[-1], "day") if "T" not in size else "day"
    whole = start is not None and floor(start, unit) == start and start % DAY == 0
    return unit_at(start, unit) if whole and start is not None and unit != "day" else reading
