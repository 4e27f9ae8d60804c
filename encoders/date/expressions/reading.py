"""What an expression says, before it becomes a Date: a template of calendar fields, or spans of time, and their union.

`now` is the reference in seconds from 2000, None where unknown; expressions that need one then have no spans.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from omnimodal.encoders.date.calendar import (
    DAY,
    MONTHS,
    SECONDS,
    civil_from_days,
    clock,
    days_from_civil,
    floor,
    format_year,
    instant,
    month_length,
    shift,
    weekday,
)
from omnimodal.errors import InvalidEntityError

Span = tuple[int | None, int | None]
Amount = tuple[tuple[Fraction, str], ...]  # ((1, "hour"), (30, "minute"))
# From the finest to the coarsest; ranges have the finer granularity of their ends.
GRANULARITIES = (
    *("second", "minute", "hour", "daypart", "day", "weekend", "week", "month", "quarter", "season", "half", "year"),
    *("decade", "century", "millennium", "era"),
)
DURATION = "duration"  # how long, not when: "three weeks"; has no place among the granularities
UNIT_LETTERS = {"second": "S", "minute": "M", "hour": "H", "day": "D", "weekend": "WE", "week": "W", "month": "M"}
UNIT_LETTERS |= {"year": "Y", "decade": "DE", "century": "CE", "millennium": "ML", "season": "SE", "quarter": "Q"}
LETTER_UNITS = {letter: unit for unit, letter in UNIT_LETTERS.items() if unit != "minute"}  # behind "T" M is a minute
FINE = ("second", "minute", "hour")
WEAK = 0.3  # the prior of what is a date only beside another: "at 5", "a day" in "three times a day"


class Fields(NamedTuple):
    """Calendar fields that an expression fixes; weekday 0 is Monday."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None

    def fill(self, other: Fields) -> Fields:
        """Own fields, and those of `other` where they are missing."""
        return Fields(*(b if a is None else a for a, b in zip(self, other, strict=True)))


@dataclass(frozen=True)
class Reading:
    """`spans` are the intervals it may mean, the likeliest first, in seconds from 2000, or from midnight if `clock`."""

    granularity: str
    timex: str
    spans: tuple[Span, ...] = ()
    fields: Fields | None = None
    clock: bool = False
    approximate: bool = False
    uncertain: bool = False  # 1985?
    modifier: str | None = None
    recurrence: str | None = None
    relative: bool = False  # the reference was needed
    others: tuple[Reading, ...] = ()  # other readings of the same text: 04/01 as 4 January
    size: Amount | None = None  # of a duration
    half_unsaid: bool = False  # a time on a twelve-hour clock: 5:30 may be in the afternoon
    edges: tuple[int, ...] = ()  # of "the end of May": where May ends, of each of the spans
    zone: str | None = None  # of a time: "+02:00", "US/Pacific"
    prior: float = 0.9  # how sure one is that the text means a date at all

    def but(self, **changes: object) -> Reading:
        """The same with some fields changed, without the checks of `dataclasses.replace`: it is called a lot."""
        new = object.__new__(Reading)
        new.__dict__.update(self.__dict__, **changes)
        return new

    @property
    def is_date(self) -> bool:
        """A day, to which a time of day can be added."""
        return self.granularity == "day" and not self.clock and not self.modifier and self.timex[:1] != "("


def template(fields: Fields, now: int | None = None) -> Reading:
    """The reading of calendar fields, some of which may be missing. Raises InvalidEntityError for impossible ones."""
    year, month, day, wday, hour, minute, second = fields
    seconds = clock(hour, minute or 0, second or 0) if hour is not None else 0
    if month is not None:  # a leap year where the year is missing, so that 29 February can be said
        instant(2000 if year is None else year, month, day or 1)
    if day is not None and not 1 <= day <= 31:
        raise InvalidEntityError(f"day {day} is not in 1..31", encoder="date")
    unit = next((u for u, v in (("second", second), ("minute", minute), ("hour", hour)) if v is not None), "")
    unit = unit or ("day" if day or wday is not None else "month" if month else "year")
    starts: list[int] = []
    if (year, month, day, wday) == (None,) * 4:
        return Reading(unit, _timex(fields), ((seconds, seconds + SECONDS[unit]),), fields, clock=True)
    if year is not None:
        starts = [instant(year, month or 1, day or 1)]
    elif now is not None:
        starts = _occurrences(fields, now)
    spans: list[Span] = [(s + seconds, shift(s + seconds, unit, 1)) for s in starts]
    return Reading(unit, _timex(fields), tuple(spans), fields, relative=year is None and bool(starts))


def _occurrences(fields: Fields, now: int) -> list[int]:
    """The first day on or after `now` that fits, and the last before it."""
    _, month, day, wday, *_ = fields
    today = now // DAY
    year, this_month, _ = civil_from_days(today)
    if month is None and day is None and wday is not None:
        ahead = int((wday - weekday(today)) % 7)
        return [(today + ahead) * DAY, (today + ahead - 7) * DAY]

    def fits(step: int) -> int | None:
        y, m = divmod(year * 12 + this_month - 1 + step, 12)
        if month not in (None, m + 1) or (day or 1) > month_length(y, m + 1):
            return None
        at = int(days_from_civil(y, m + 1, day or 1))
        return at if wday is None or month is not None or weekday(at) == wday else None

    # A month that has begun is this one, not next year's.
    from_ = today if day else floor(now, "month") // DAY
    ahead_days = (at for at in map(fits, range(0, 12 * 9)) if at is not None and at >= from_)
    past_days = (at for at in map(fits, range(0, -12 * 9, -1)) if at is not None and at < from_)
    return [at * DAY for at in (next(ahead_days, None), next(past_days, None)) if at is not None]


def _timex(fields: Fields) -> str:
    year, month, day, wday, hour, minute, second = fields
    y = "XXXX" if year is None else timex_year(year)
    if day is not None:
        date = f"{y}-{f'{month:02}' if month else 'XX'}-{day:02}"
    elif month is not None:
        date = f"{y}-{month:02}"
    elif wday is not None:
        date = f"{y}-WXX-{wday + 1}"
    else:
        date = "" if year is None else y
    parts = [f"{v:02}" for v in (hour, minute, second) if v is not None]
    return f"{date}T{':'.join(parts)}" if parts else date


def timex_year(year: int) -> str:
    """TIMEX3 writes 300 BC as BC0300."""
    return f"BC{1 - year:04}" if year <= 0 else format_year(year)


def unit_at(time: int, unit: str) -> Reading:
    """The calendar unit that begins at `time`: the year 1889, the third quarter of 2021, the 1990s, …"""
    year, month, day = civil_from_days(time // DAY)
    if unit in ("year", "month", "day"):
        return template(Fields(year, month if unit != "year" else None, day if unit == "day" else None))
    if unit in FINE:
        s = time % DAY
        parts = (s // 3600, s // 60 % 60 if unit != "hour" else None, s % 60 if unit == "second" else None)
        return template(Fields(year, month, day, None, *parts))
    end = shift(time, "day", 2) if unit == "weekend" else shift(time, unit, 1)
    y = timex_year(year)
    match unit:
        case "quarter":
            timex = f"{y}-Q{month // 3 + 1}"
        case "half":
            timex = f"{y}-H{month // 6 + 1}"
        case "season":
            timex = f"{y}-{('SP', 'SU', 'FA', 'WI')[month // 3 - 1]}"
        case "week" | "weekend":
            # A week belongs to the year of its Thursday (ISO 8601).
            thursday = (floor(time, "week")) // DAY + 3
            of_year = civil_from_days(thursday)[0]
            number = (thursday - days_from_civil(of_year, 1, 1)) // 7 + 1
            timex = f"{timex_year(of_year)}-W{number:02}" + ("-WE" if unit == "weekend" else "")
        case _:
            digits = {"decade": 3, "century": 2, "millennium": 1}[unit]
            timex = format_year(year)[: -(4 - digits)] if year >= 0 else span_timex(time, end, unit)
    return Reading(unit, timex, ((time, end),))


def unresolved(n: int, there: str) -> str:
    """The TIMEX3 value of what is so far from a reference that nobody knows: "PRESENT_REF-P2M", n telling the side."""
    return f"PRESENT_REF{'-' if n < 0 else '+'}{there}"


_AMOUNTS = re.compile(r"(T)|(\d+(?:\.\d+)?)(WE|DE|CE|ML|SE|[YMWDHSQ])")


def amount(timex: str) -> tuple[float, float]:
    """(months, seconds) of a TIMEX3 or ISO 8601 duration: "P1Y6M" is (18, 0), "PT1H30M" is (0, 5400)."""
    months, seconds, timed = 0.0, 0.0, False
    for t, number, letter in _AMOUNTS.findall(timex):
        timed = timed or bool(t)
        if t:
            continue
        unit = "minute" if timed and letter == "M" else LETTER_UNITS[letter]
        months += float(number) * MONTHS.get(unit, 0)
        seconds += float(number) * (2 * DAY if unit == "weekend" else SECONDS.get(unit, 0))
    return months, seconds


def span_timex(start: int, end: int, unit: str, size: str = "", grain: str = "day") -> str:
    """The TIMEX3 value of what lies between two days, or moments of a grain: "(2020-05-01,2020-06-01,P1M)"."""
    a, b = (unit_at(t, grain).timex for t in (start, end))
    return f"({a},{b},{size or length(start, end, unit)})"


def year_span(first: int, last: int) -> Reading:
    """From a year to another, which is included."""
    start, end = instant(first), instant(last)
    return Reading("year", span_timex(start, end, "year"), ((start, instant(last + 1)),))


def length(start: int, end: int, unit: str) -> str:
    """A TIMEX3 duration between two instants, in years, months, days or hours."""
    if end < start:
        return "PXD"
    if unit in MONTHS:
        (y0, m0, _), (y1, m1, _) = civil_from_days(start // DAY), civil_from_days(end // DAY)
        months = (y1 - y0) * 12 + m1 - m0
        return f"P{months}M" if months % 12 or unit == "month" else f"P{months // 12}Y"
    if unit in ("second", "minute", "hour", "daypart"):
        minutes = (end - start) // 60
        return "PT" + (f"{minutes // 60}H" if minutes >= 60 else "") + (f"{minutes % 60}M" if minutes % 60 else "")
    return f"P{(end - start) // DAY}D"


def later_half(r: Reading) -> Reading:
    """A time, or a range of times, of one half of the day in the other: 5:30 is 17:30, 12:30 is 0:30."""
    back = any(v is not None and v % DAY >= DAY // 2 for v in r.spans[0][:1])
    move = -DAY // 2 if back else DAY // 2

    def turned(m: re.Match[str]) -> str:
        return f"T{(int(m[1]) + 12) % 24:02}"

    spans = tuple((None if a is None else a + move, None if b is None else b + move) for a, b in r.spans)
    fields = r.fields and r.fields._replace(hour=((r.fields.hour or 0) + 12) % 24)
    timex = re.sub(r"(?<!P)T(\d\d)", turned, r.timex)
    return r.but(spans=spans, fields=fields, timex=timex, half_unsaid=False, others=())


def settled(r: Reading) -> Reading:
    """With the other half of the day among the alternatives where it may be meant."""
    if not r.half_unsaid or not r.spans:
        return r.but(half_unsaid=False)
    late = later_half(r)
    if r.clock and any(v is not None and v < 0 for v in late.spans[0]):
        return r.but(half_unsaid=False)
    return r.but(half_unsaid=False, others=(*r.others, *(late.but(spans=(span,)) for span in late.spans)))


def at_time(date: Reading, time: Reading, now: int | None) -> Reading:
    """A day with a time of day, or a part of the day, or a range of times in it."""
    if date.fields and time.fields and not time.modifier:
        return template(date.fields.fill(time.fields), now).but(
            relative=date.relative, approximate=time.approximate, half_unsaid=time.half_unsaid, zone=time.zone
        )
    spans: list[Span] = []
    for start, _ in date.spans:
        for first, last in time.spans[:1]:
            assert start is not None  # a day has a beginning
            overnight = DAY if first is not None and last is not None and last < first else 0
            spans.append((None if first is None else start + first, None if last is None else start + last + overnight))
    timex = date.timex + time.timex
    if time.timex.startswith("("):
        a, b, size = time.timex[1:-1].split(",")
        timex = f"({date.timex}{a},{date.timex}{b},{size})"
    reading = Reading(time.granularity, timex, tuple(spans), approximate=time.approximate, modifier=time.modifier)
    return reading.but(relative=date.relative, half_unsaid=time.half_unsaid, zone=time.zone)
