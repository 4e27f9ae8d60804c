"""What is counted from a date, or within one: "three weeks after" it, "the last Friday of", "the second half of"."""

from __future__ import annotations

import re

from omnimodal.encoders.date import calendar
from omnimodal.encoders.date.calendar import DAY, floor, shift, weekday
from omnimodal.encoders.date.expressions import duration, words
from omnimodal.encoders.date.expressions.meaning import unit_of
from omnimodal.encoders.date.expressions.reading import (
    DURATION,
    UNIT_LETTERS,
    Fields,
    Reading,
    span_timex,
    template,
    unit_at,
)
from omnimodal.encoders.date.expressions.relative import limited


def counted_from(r: Reading, size: Reading, sign: int) -> Reading | None:
    """ "three weeks after" a day: the day that far away."""
    if (
        r.clock
        and r.fields
        and r.spans
        and size.size
        and not size.modifier
        and duration.point_unit(size.size) == "second"
    ):
        at = duration.moved(r.spans[0][0] or 0, size.size, sign) % DAY  # 5 minutes before noon
        return template(Fields(hour=at // 3600, minute=at // 60 % 60)).but(half_unsaid=r.half_unsaid, zone=r.zone)
    if not r.is_date or not r.spans or r.recurrence or r.spans[0][0] is None or not size.size:
        return None
    there = unit_at(duration.moved(r.spans[0][0], size.size, sign), duration.point_unit(size.size))
    there = there.but(relative=r.relative)
    return limited(there, r, sign, size.modifier) if size.modifier else there


def week_around(r: Reading) -> Reading:
    """ "The week of April 10th": the one that day is in."""
    weeks = [floor(start, "week") for start, _ in r.spans if start is not None]
    timex = unit_at(weeks[0], "week").timex if len(weeks) == 1 else r.timex
    return Reading("week", timex, tuple((w, w + 7 * DAY) for w in weeks), relative=r.relative)


def lasting_from(r: Reading, size: Reading) -> Reading | None:
    """From a day or a time, for so long: "from 9:30 for 7 hours", "two weeks starting 20 May"."""
    if not size.size or size.modifier or r.recurrence or r.modifier in ("before", "until") or r.granularity == DURATION:
        return None
    unit = duration.point_unit(size.size)
    if r.clock and unit == "day":
        return None
    starts = [start for start, _ in r.spans if start is not None]
    spans = [(start, duration.moved(start, size.size)) for start in starts]
    if not spans:
        return None
    clocks = [calendar.format_clock(t % DAY) for t in spans[0]]
    there = f"T{clocks[1]}" if r.clock else unit_at(spans[0][1], unit).timex
    timex = f"({r.timex},{there},{size.timex})"
    grain = size.size[-1][1]
    return Reading(grain, timex, tuple(spans), clock=r.clock, relative=r.relative, half_unsaid=r.half_unsaid)


_OF_YEARS = ("decade", "century", "millennium")  # their halves and quarters are counted in years
_QUARTERED = (*_OF_YEARS, "quarter", "month")  # a quarter of these is a fourth, that of a year is on the calendar
_LAST = ("last", "final", "latter")


def _fraction(r: Reading, m: re.Match[str], parts: int) -> Reading | None:
    """ "The second half of" a century, "the last quarter of" it."""
    (start, end), nth = r.spans[0], (m["nth"] or "").lower()
    assert start is not None
    assert end is not None
    n = parts if nth in _LAST else 1 if nth == "former" else words.number(nth)
    if not 1 <= n <= parts or m["many"]:
        return None
    grain = "year" if r.granularity in _OF_YEARS else "month" if r.granularity == "year" else "day"
    near = 0 if grain == "day" else DAY  # a fourth of a century has some hours less than 25 years
    a, b = (floor(start + (end - start) * k // parts + near, grain) for k in (n - 1, n))
    if r.granularity == "year" and parts == 2:
        return unit_at(a, "half").but(relative=r.relative)
    return Reading(grain, span_timex(a, b, grain), ((a, b),), relative=r.relative)


def _of_no_year(month: Fields, m: re.Match[str]) -> Reading | None:
    """ "The first week of" July of some year is XXXX-07-W01, W05 the last."""
    there, of = nth_of(template(month._replace(year=2001)), m), (m["of"] or "").lower()
    if there is None:
        return None
    wday = of.rstrip(".") in words.table()["weekdays"]
    if not wday and there.granularity not in ("week", "weekend"):
        return there.but(timex=there.timex.replace("2001-", "XXXX-"), spans=(), fields=None)
    if m["many"]:
        return None  # which days the first two weeks are depends on the year
    nth = 5 if m["nth"].lower() in _LAST else words.number(m["nth"])
    behind = f"-{words.weekday(of) + 1}" if wday else "-WE" if there.granularity == "weekend" else ""
    return there.but(timex=f"XXXX-{month.month:02}-W{nth:02}{behind}", spans=(), fields=None)


def nth_of(r: Reading, m: re.Match[str]) -> Reading | None:
    """ "The first Monday of" a month, "the last two weeks of" a year; a week is where its Thursday is (ISO 8601)."""
    if not r.spans and r.fields and r.fields.month and not r.modifier:
        return _of_no_year(r.fields, m)
    if not r.spans or r.clock or r.modifier or (r.fields and r.fields.day) or None in r.spans[0]:
        return None
    if m["day"] and r.granularity != "month":
        return None
    (start, end), unit = r.spans[0], "day" if m["day"] else unit_of(m["of"])
    fraction = {"half": 2, "third": 3}.get(
        (m["of"] or "").lower(), 4 if unit == "quarter" and r.granularity in _QUARTERED else 0
    )
    if fraction:
        return _fraction(r, m, fraction)
    assert start is not None
    assert end is not None
    nth = (m["nth"] or m["day"]).lower()
    last = nth in _LAST
    n = 0 if last else words.number(nth) - 1
    many = words.number(m["many"] or "1")
    if not unit:
        wday = words.weekday(m["of"])
        day = start // DAY + (wday - weekday(start // DAY)) % 7 + 7 * n
        if last:
            day = end // DAY - 7 + (wday - weekday(end // DAY)) % 7
        return unit_at(day * DAY, "day").but(relative=r.relative) if start <= day * DAY < end else None
    if unit == "weekend" and many == 1:
        saturday = start // DAY + (5 - weekday(start // DAY)) % 7 + 7 * n
        if last:
            saturday = end // DAY - 1 - (weekday(end // DAY - 1) - 5) % 7
        inside = start <= saturday * DAY < end
        return unit_at(saturday * DAY, "weekend").but(relative=r.relative) if inside else None
    if unit not in ("day", "week", "month", "quarter", "year", "decade", "century"):
        return None
    if unit == "week":
        start, end = floor(start + 3 * DAY, "week"), floor(end + 3 * DAY, "week")
    first = shift(end, unit, -many) if last else shift(start, unit, n * many)
    if not start <= first < end or floor(first, unit) != first:
        return None
    if many == 1:
        return unit_at(first, unit).but(relative=r.relative)
    stop = shift(first, unit, many)
    timex = span_timex(first, stop, unit, f"P{many}{UNIT_LETTERS[unit]}")
    return Reading(unit, timex, ((first, stop),), relative=r.relative)
