"""A date in a few words for a reader: "5 May 2025", "15:00 UTC-05:00", "every Monday", "before 2019", "3 weeks"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from omnimodal.encoders.date import calendar
from omnimodal.encoders.date.calendar import DAY, MONTH_NAMES, MONTHS, WEEKDAYS, civil_from_days, floor, shift
from omnimodal.encoders.date.expressions.reading import DURATION, FINE, LETTER_UNITS
from omnimodal.encoders.date.expressions.words import ordinal

if TYPE_CHECKING:
    from omnimodal.encoders.date.entity import Date

_SEASONS = {3: "spring", 6: "summer", 9: "autumn", 12: "winter"}
_MODIFIERS = {"start": "early", "end": "late", "more": "more than", "less": "less than"}
_AMOUNT = re.compile(r"(T)?(\d+(?:\.\d+)?)(BD|WE|DE|CE|ML|SE|[YMWDHSQ])")
_DAY_UNITS = LETTER_UNITS | {"BD": "working day"}
_TEMPLATE = re.compile(
    r"(?:XXXX-(?:WXX-(?P<wday>\d)|(?P<month>\d\d|XX)(?:-(?P<day>\d\d))?))?(?:T(?P<clock>\d\d(?::\d\d)*))?"
)
_CHRIST = calendar.instant(1)
_PLURAL = {"century": "centuries", "millennium": "millennia"}


def label(date: Date) -> str:
    """What a date says, resolved where it could be; else the words it was read from."""
    said = _said(date)
    if said is None:
        return date.surface
    if date.modifier:
        said = f"{_MODIFIERS.get(date.modifier, date.modifier)} {said}"
    marks = "c. " * date.approximate
    zone = "" if not date.zone else f" {date.zone}" if "/" in date.zone else f" UTC{date.zone.replace('+00:00', '')}"
    return f"{marks}{said}{zone}{'?' * date.uncertain}"


def _said(date: Date) -> str | None:
    timex = date.timex or ""
    if date.granularity == DURATION:
        return _amount(timex)
    if date.recurrence:
        return _recurrence(timex, date.recurrence)
    start, end = date.interval
    if start is None and end is None:
        return _template(timex)
    if date.clock and date.modifier in ("start", "mid", "end"):
        return None
    if date.clock:
        times = [calendar.format_clock(t) for t in (start, end) if t is not None]
        one = len(times) == 1 or not timex.startswith("(T")
        return times[0] if one and timex[1:2].isdigit() else "–".join(times)
    if date.modifier in ("start", "mid", "end"):
        whole = _whole(start, str(date.granularity)) if start is not None else None
        return whole and _unit(whole[0], str(date.granularity))
    if start is None or end is None:
        # "Until 2030" ends where 2030 does, "after 2010" begins where 2010 ended: both name the year itself.
        inside = start if start is not None else end
        assert inside is not None
        back = date.modifier in ("until", "after") and date.granularity not in FINE
        unit = (
            "year" if inside < _CHRIST and date.granularity in ("decade", "century", "millennium") else date.granularity
        )
        return _unit(inside - back, str(unit))
    whole = _whole(start, str(date.granularity))
    if whole == (start, end):
        return _unit(start, str(date.granularity))
    return _range(start, end)


def _whole(time: int, unit: str) -> tuple[int, int] | None:
    """The calendar unit that a moment is in."""
    if unit in ("weekend", "daypart", "era"):
        return None
    first = floor(time, unit)
    return first, shift(first, unit, 1)


def _unit(time: int, unit: str) -> str:
    year, month, day = civil_from_days(time // DAY)
    y, seconds = _year(year), time % DAY
    match unit:
        case "year" | "era":
            return y
        case "month":
            return f"{MONTH_NAMES[month - 1]} {y}"
        case "quarter":
            return f"Q{(month + 2) // 3} {y}"
        case "half":
            return f"H{(month + 5) // 6} {y}"
        case "season":
            return f"{_SEASONS[_season_month(time)]} {_year(civil_from_days(floor(time, 'season') // DAY)[0])}"
        case "decade":
            return f"{_year(year // 10 * 10)}s" if year > 0 else _range(*_whole(time, unit) or (time, time + 1))
        case "century" if year >= 0:
            return f"{ordinal(year // 100 + 1)} century"
        case "week":
            return f"week of {_unit(floor(time, 'week'), 'day')}"
        case "second" | "minute" | "hour" if seconds:
            return f"{_unit(time - seconds, 'day')}, {calendar.format_clock(seconds)}"
    return (
        f"{day} {MONTH_NAMES[month - 1]} {y}" if unit not in MONTHS else _range(*_whole(time, unit) or (time, time + 1))
    )


def _season_month(time: int) -> int:
    return int(civil_from_days(floor(time, "season") // DAY)[1])


def _year(year: int) -> str:
    return str(year) if year > 0 else f"{1 - year} BC"


def _range(start: int, end: int) -> str:
    """From the first to the last, in the coarsest unit that both keep: "1914–1918", "3 June 2024 – 9 June 2024"."""
    unit = next((u for u in ("year", "month", "day") if floor(start, u) == start and floor(end, u) == end), "minute")
    last = shift(end, unit, -1) if unit != "minute" else end
    a, b = _unit(start, unit), _unit(last, unit)
    if unit == "minute" and start // DAY == last // DAY:
        return f"{a}–{calendar.format_clock(last % DAY)}"
    if a == b or unit != "year":
        return a if a == b else f"{a} – {b}"
    return f"{a.removesuffix(' BC')}–{b}" if b.endswith("BC") else f"{a}–{b}"


def _amount(timex: str) -> str | None:
    parts, timed = [], False
    for t, number, letter in _AMOUNT.findall(timex.removeprefix("P")):
        timed = timed or bool(t)
        unit = "minute" if timed and letter == "M" else _DAY_UNITS[letter]
        parts.append(f"{number} {unit if number == '1' else _PLURAL.get(unit, unit + 's')}")
    return " ".join(parts) or None


def _template(timex: str) -> str | None:
    """ "XXXX-05-01" → "1 May"; None for what is no template."""
    m = _TEMPLATE.fullmatch(timex)
    if not m or not timex:
        return None
    if m["wday"]:
        day = WEEKDAYS[int(m["wday"]) - 1]
    elif m["month"] == "XX":
        day = f"the {ordinal(int(m['day']))}" if m["day"] else ""
    else:
        day = " ".join(
            p for p in (str(int(m["day"] or 0) or ""), MONTH_NAMES[int(m["month"]) - 1] if m["month"] else "") if p
        )
    clock = m["clock"] and (m["clock"] if ":" in m["clock"] else f"{m['clock']}:00")
    return ", ".join(p for p in (day, clock) if p) or None


def _recurrence(timex: str, period: str) -> str | None:
    n, unit = (m[2], m[0]) if (m := _AMOUNT.search(period)) else ("1", "")
    every = _amount(period)
    when = _template(timex) if not timex.startswith("P") else None
    if when and re.match(r"T\d", timex):
        return f"every day, {when}"
    if when and period in ("P1W", "P1D"):
        return f"every {when}"
    if when and timex.startswith("XXXX-XX-"):
        return f"{when} of every month"
    if when:
        return f"{when} every {every[2:] if every and every.startswith('1 ') else every}" if every else None
    if timex != period or not unit or every is None:
        return None
    return f"every {every[2:] if n == '1' else every}"
