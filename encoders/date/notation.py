"""ISO 8601, its extension EDTF (ISO 8601-2), and TIMEX3 values: read and written.

One reader serves all three, since they agree on years, months, days, weeks and times. EDTF's sub-year groupings 21–24
are the seasons, 33–36 the quarters; `197X` is a decade, `18XX` a century, `Y12000` a year beyond four digits.
"""

from __future__ import annotations

import re

from omnimodal.encoders.date.calendar import (
    DAY,
    civil_from_days,
    days_from_civil,
    floor,
    format_year,
    instant,
    shift,
    weekday,
)
from omnimodal.encoders.date.expressions import zones
from omnimodal.encoders.date.expressions.ranges import bounded
from omnimodal.encoders.date.expressions.reading import FINE, Fields, Reading, length, span_timex, template, unit_at
from omnimodal.errors import InvalidEntityError

_CLOCK = (
    r"(?:(?P<hour>\d\d)(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:\.\d{1,9})?)?)?(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)"
)
_POINT = re.compile(
    r"(?:(?P<year>[+-]?\d{4}|Y[+-]?\d{5,13}|[+-]\d{5,13}|BC\d{4,13}|XXXX|-?\d{3}X|-?\d\dXX|-?\dXXX)"
    r"(?:-(?:(?P<month>\d\d|XX)(?:-(?P<day>\d\d|XX))?|W(?P<week>\d\d|XX)(?:-(?P<weekday>[1-7]|WE))?"
    r"|(?P<group>Q[1-4]|H[12]|SP|SU|FA|WI)))?"
    rf")?(?:(?:T|(?<=\d) ){_CLOCK})?"
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_GROUPS = {"SP": ("season", 3), "SU": ("season", 6), "FA": ("season", 9), "WI": ("season", 12)}
_GROUPS |= {f"Q{n}": ("quarter", 3 * n - 2) for n in range(1, 5)} | {f"H{n}": ("half", 6 * n - 5) for n in (1, 2)}
_EDTF_GROUPS = {21: "SP", 22: "SU", 23: "FA", 24: "WI", **{32 + n: f"Q{n}" for n in range(1, 5)}, 40: "H1", 41: "H2"}
_EDTF_CODES = {code: number for number, code in _EDTF_GROUPS.items()}


def read_iso(text: str, now: int | None = None) -> Reading | None:
    """The reading of an ISO 8601, EDTF or TIMEX3 string; None where it is none of them.

    Raises InvalidEntityError, naming the field, for a date or time that no calendar has.
    """
    if "/" in text and (sides := text.split("/")) and len(sides) == 2:
        return _interval(sides[0].strip(), sides[1].strip(), now)
    qualified = text.rstrip("~?%")
    compact = _COMPACT.fullmatch(qualified)
    found = _POINT.fullmatch("-".join(compact.groups()) if compact else qualified)
    if not found:
        return None
    reading = _point(found, now)
    marks = text[len(qualified) :]
    if not reading or not marks:
        return reading
    return reading.but(approximate=marks.strip("?") != "", uncertain=marks.strip("~") != "")


def _point(m: re.Match[str], now: int | None) -> Reading | None:
    year, group, week = m["year"], m["group"], m["week"]
    if year and re.fullmatch(r"-?\d{1,3}X{1,3}", year):
        unit = {1: "decade", 2: "century", 3: "millennium"}[year.count("X")]
        first = year.replace("X", "9" if year.startswith("-") else "0")  # -02XX is −299 … −200
        return None if m[0] != year else unit_at(instant(int(first)), unit)
    value = None if year in (None, "XXXX") else 1 - int(year[2:]) if year.startswith("BC") else int(year.lstrip("Y"))
    month, day = (None if v in (None, "XX") else int(v) for v in (m["month"], m["day"]))
    group = group or _EDTF_GROUPS.get(month or 0)
    if group:
        unit, first = _GROUPS[group]
        return Reading(unit, f"XXXX-{group}") if value is None else unit_at(instant(value, first), unit)
    wday = None
    if week:
        if week != "XX":
            return None if value is None else _week(value, int(week), m["weekday"])
        wday = int(m["weekday"]) - 1 if m["weekday"] not in (None, "WE") else None
    clock = (None if v is None else int(v) for v in (m["hour"], m["minute"], m["second"]))
    fields = Fields(value, month, day, wday, *clock)
    if fields == Fields():
        return None
    reading = template(fields, now)
    return reading.but(zone=zones.offset(m["zone"])) if m["zone"] else reading


def _week(year: int, week: int, wday: str | None) -> Reading:
    fourth = days_from_civil(year, 1, 4)
    start = fourth - weekday(fourth) + 7 * (week - 1)
    reading = unit_at(int(start) * DAY, "week")
    if not reading.timex.endswith(f"{year:04}-W{week:02}"[-8:]):
        raise InvalidEntityError(f"week {week}: {year} has no such week", encoder="date")
    if wday == "WE":
        return unit_at((start + 5) * DAY, "weekend")
    return unit_at((start + int(wday) - 1) * DAY, "day") if wday else reading


def _interval(left: str, right: str, now: int | None) -> Reading | None:
    """EDTF intervals include their last year, month or day; ".." or nothing is an open end."""
    a, b = (None if side in ("", "..") else read_iso(side, now) for side in (left, right))
    if (a is None) != (left in ("", "..")) or (b is None) != (right in ("", "..")) or (a is None and b is None):
        return None
    if a is None or b is None:
        known = a or b
        assert known is not None
        return bounded("since" if b is None else "until", known)
    if not a.spans or not b.spans or a.clock != b.clock:
        return None
    (start, _), (last, end) = a.spans[0], b.spans[0]
    if b.granularity in FINE:
        end = last  # an hour is the moment it begins
    if start is None or end is None or last is None:
        return None  # an interval of intervals
    if end <= start:
        raise InvalidEntityError(f"end {right!r} comes before the start {left!r}", encoder="date")
    finest = b.granularity
    size = length(start, last, finest)
    timex = span_timex(start, last, finest) if not a.clock else f"({a.timex},{b.timex},{size})"
    reading = Reading(finest, timex, ((start, end),), clock=a.clock, approximate=a.approximate or b.approximate)
    return reading.but(uncertain=a.uncertain or b.uncertain)


def edtf(start: int | None, end: int | None, granularity: str, timex: str, clock: bool, mark: str = "") -> str | None:
    """The EDTF string of what is known, qualified by `mark`: "~", "?", "%", or nothing.

    None where the notation has nothing for it (an unresolved "last week").
    """
    if (start is None and end is None) or clock or timex.startswith("XXXX"):
        return _template_edtf(timex, mark, start is None and end is not None, end is None and start is not None)
    unit = granularity if granularity not in ("weekend", "daypart", "era") else {"era": "year"}.get(granularity, "day")
    if start is None:
        return f"../{_unit_edtf(_last(end, unit), unit)}{mark}"
    if end is None:
        return f"{_unit_edtf(start, unit)}{mark}/.."
    try:
        one = unit_at(start, unit).spans[0] == (start, end)
    except IndexError:
        one = False
    if one:
        return _unit_edtf(start, unit) + mark
    if unit in ("decade", "century", "millennium", "quarter", "half", "season", "week") and granularity != "week":
        unit = "year" if _whole(start, end, "year") else "month"
    if unit in ("week", "quarter", "half", "season") or not _whole(start, end, unit):
        unit = next((u for u in ("month", "day", "minute", "second") if _whole(start, end, u)), "second")
    last = _last(end, unit)
    return f"{_unit_edtf(start, unit)}{mark}/{_unit_edtf(last, unit)}{mark}"


def _whole(start: int, end: int, unit: str) -> bool:
    return floor(start, unit) == start and floor(end, unit) == end


def _last(end: int | None, unit: str) -> int:
    """The last unit that ends there; of hours, minutes and seconds, the moment itself."""
    assert end is not None
    return end if unit in FINE else shift(end, unit, -1)


def _unit_edtf(time: int, unit: str) -> str:
    """One calendar unit as an EDTF point."""
    year, month, day = civil_from_days(time // DAY)
    y = format_year(year) if abs(year) <= 9999 else f"Y{year}"
    match unit:
        case "year":
            return y
        case "month":
            return f"{y}-{month:02}"
        case "decade" | "century" | "millennium":
            digits = {"decade": 1, "century": 2, "millennium": 3}[unit]
            return y[:-digits] + "X" * digits
        case "quarter" | "half" | "season":
            return f"{y}-{_EDTF_CODES[unit_at(time, unit).timex[-2:]]}"
        case "week":
            return unit_at(time, unit).timex
    seconds = time % DAY
    parts = {"hour": 1, "minute": 2, "second": 3}.get(unit, 0)
    clock = ":".join(f"{v:02}" for v in (seconds // 3600, seconds // 60 % 60, seconds % 60)[:parts])
    return f"{y}-{month:02}-{day:02}" + (f"T{clock}" if clock else "")


def _template_edtf(timex: str, mark: str, open_start: bool, open_end: bool) -> str | None:
    if timex.startswith("(T"):
        a, b, _ = timex[1:-1].split(",")
        return f"{a}{mark}/{b}{mark}"
    if code := re.fullmatch(r"XXXX-([QHS][1-4PU]|FA|WI)", timex):
        return f"XXXX-{_EDTF_CODES[code[1]]}{mark}"
    if not _POINT.fullmatch(timex):
        return None
    return f"../{timex}{mark}" if open_start else f"{timex}{mark}/.." if open_end else timex + mark
