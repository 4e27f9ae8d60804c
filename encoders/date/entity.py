"""Date: an interval of time, as exactly as an expression says it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Self

from omnimodal import context
from omnimodal.encoders.date import calendar, notation
from omnimodal.encoders.date.calendar import DAY
from omnimodal.encoders.date.expressions.reading import DURATION, GRANULARITIES, Reading, Span, unit_at
from omnimodal.encoders.date.label import label
from omnimodal.encoders.date.read import read
from omnimodal.entity import Entity
from omnimodal.errors import InvalidEntityError

MODIFIERS = ("before", "until", "since", "after", "start", "mid", "end")
LIMITS = ("more", "less")  # of durations: "more than 4 days"
FIELDS = ("year", "month", "day", "hour", "minute", "second")


@dataclass(frozen=True)
class Date(Entity):
    """A date, a time, a period or an open span: `Date("1889")`, `Date("4 July 1976, 14:50")`, `Date("before 300 BC")`.

    `text` is an English expression, an ISO 8601, EDTF or TIMEX3 string, or a `datetime.date` or `datetime.datetime`;
    relative and incomplete ones are read against `omnimodal.context.current().reference`. Or give `start` and `end`.

    start, end: ISO 8601, `end` exclusive, signed years beyond four digits, year 0 is 1 BC; times of day alone are
    "T14:50". None for an open end, and both None where the expression does not fix them (no reference, no year).
    granularity: one of `reading.GRANULARITIES`. timex: the TIMEX3 value, "XXXX-05" where the year is missing,
    "PRESENT_REF-P2D" for "two days ago" without a reference. modifier: before, until, since, after; start, mid, end.
    A duration, "three weeks", has granularity "duration", timex "P3W", no ends, and may be "more" or "less" than that.
    approximate, uncertain: EDTF's "~" and "?", and "%" for both; "c. 1850" is approximate.
    recurrence: an ISO 8601 duration, "P1W" for "every Monday". reference: what it was read against, if it mattered.

    zone: the time zone that was said, as an offset "+02:00" or, where the offset depends on the day, a name of the tz
    database ("US/Pacific"); start and end are what the clock on the wall there says, without fractions of a second.

    Raises InvalidEntityError for text that is no date, and for impossible ones, naming the field.
    """

    modality: ClassVar[str] = "date"
    text: str | datetime.date | None = field(default=None, compare=False)
    start: str | None = None
    end: str | None = None
    granularity: str | None = None
    timex: str | None = None
    approximate: bool = False
    modifier: str | None = None
    recurrence: str | None = None
    reference: str | None = None
    uncertain: bool = False
    zone: str | None = None
    alternatives: tuple[Date, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.granularity is None or self.timex is None:
            self._set(self._read())
        if self.granularity not in (*GRANULARITIES, DURATION):
            raise InvalidEntityError(
                f"granularity {self.granularity!r} is none of {', '.join(GRANULARITIES)}", encoder="date"
            )
        if self.modifier not in (None, *MODIFIERS, *LIMITS):
            known = ", ".join(MODIFIERS + LIMITS)
            raise InvalidEntityError(f"modifier {self.modifier!r} is none of {known}", encoder="date")
        first, last = self.interval
        if first is not None and last is not None and last <= first and not self.clock:
            raise InvalidEntityError(f"end {self.end!r} does not come after start {self.start!r}", encoder="date")

    @classmethod
    def of(cls, reading: Reading, text: str | None = None) -> Date:
        """The Date of a reading, with its alternatives. Raises InvalidEntityError as the constructor does."""
        # What a reading says needs no reading again: a text that is all dates is found twice as fast.
        date = object.__new__(cls)
        start, end = reading.spans[0] if reading.spans else (None, None)
        if reading.clock:
            start, end = (None if t is None else _of_day(t) for t in (start, end))
        elif start is not None and end is not None and end <= start:
            raise InvalidEntityError("its end does not come after its start", encoder="date")
        date.__dict__.update(_content(reading), text=text, alternatives=_alternatives(reading), interval=(start, end))
        return date

    @property
    def clock(self) -> bool:
        """A time of day without a date."""
        return any(t is not None and t.startswith("T") for t in (self.start, self.end))

    @cached_property
    def interval(self) -> Span:
        """(start, end) in seconds from 2000-01-01T00:00, or after midnight where only a time is known; None: open."""
        ends = [
            None if t is None else calendar.read_instant(t, name)[0]
            for name, t in (("start", self.start), ("end", self.end))
        ]
        return ends[0], ends[1]

    @cached_property
    def edtf(self) -> str | None:
        """EDTF, ISO 8601-2; None for what it cannot say, as "two days ago" without a reference."""
        assert self.granularity
        assert self.timex
        mark = {(True, False): "~", (False, True): "?", (True, True): "%"}.get((self.approximate, self.uncertain), "")
        return notation.edtf(*self.interval, self.granularity, self.timex, self.clock, mark)

    @cached_property
    def known(self) -> dict[str, int]:
        """The calendar fields that are fixed, by name: year, month, day, weekday, hour, minute, second."""
        assert self.granularity
        assert self.timex
        if re.match(r"XXXX|T\d", self.timex):
            m = _TEMPLATE.match(self.timex)
            fields = {k: int(v) for k, v in m.groupdict().items() if v and v != "XX"} if m else {}
            return fields | ({"weekday": fields["weekday"] - 1} if "weekday" in fields else {})
        time = self.interval[0] if self.interval[0] is not None else self.interval[1]
        if time is None or self.clock:
            return {}
        days, seconds = divmod(time, DAY)
        year, month, day = calendar.civil_from_days(days)
        values = (year, month, day, seconds // 3600, seconds // 60 % 60, seconds % 60)
        fields = dict(list(zip(FIELDS, values, strict=True))[: _DEPTH[self.granularity]])
        return fields | ({"weekday": int(calendar.weekday(days))} if "day" in fields else {})

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields that are not fixed: month to second for a year, year to day for "14:50"."""
        return tuple(name for name in FIELDS if name not in self.known)

    @property
    def surface(self) -> str:
        return self.text if isinstance(self.text, str) else self.edtf or self.timex or ""

    @property
    def label(self) -> str:
        return label(self)

    def content(self) -> dict[str, Any]:
        """As of any entity; `uncertain` and `zone` only where there is one, which keeps the keys of other dates."""
        return {k: v for k, v in super().content().items() if v or k not in ("uncertain", "zone")}

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Self:
        return super().from_content({k: v for k, v in content.items() if k != "text"})

    def _read(self) -> Reading:
        given = self.text if self.text is not None else self.timex
        if given is None:
            return self._from_ends()
        if isinstance(given, datetime.datetime):
            given = given.replace(microsecond=0).isoformat()
        elif isinstance(given, datetime.date):
            given = given.isoformat()
        if not isinstance(given, str):
            raise InvalidEntityError(
                f"text {given!r} of type {type(given).__name__} is not a date expression", encoder="date"
            )
        return read(given)

    def _from_ends(self) -> Reading:
        first, last = self.interval
        if first is None and last is None:
            raise InvalidEntityError("A date needs a text, a start or an end", encoder="date")
        if first is None or last is None:
            known = first if first is not None else last
            unit = self.granularity or ("second" if known % DAY else "day")  # type: ignore[operator]
            if self.clock:
                return Reading(
                    unit,
                    str(self.start or self.end),
                    ((first, last),),
                    clock=True,
                    modifier="since" if last is None else "before",
                )
            return unit_at(known, unit).but(spans=((first, last),), modifier="since" if last is None else "before")  # type: ignore[arg-type]
        if self.clock:
            return Reading(self.granularity or "minute", f"({self.start},{self.end},PX)", ((first, last),), clock=True)
        for unit in _UNITS:
            if (
                self.granularity in (None, unit)
                and calendar.floor(first, unit) == first
                and calendar.shift(first, unit, 1) == last
            ):
                return unit_at(first, unit)
        text = f"{self.start}/{calendar.format_instant(last - (1 if last % DAY else DAY))}"
        reading = notation.read_iso(text)
        if reading is None:
            raise InvalidEntityError(f"start {self.start!r} and end {self.end!r} make no interval", encoder="date")
        return reading.but(spans=((first, last),), granularity=self.granularity or reading.granularity)

    def _set(self, reading: Reading) -> None:
        names = ("approximate", "uncertain", "modifier", "recurrence", "reference", "zone")
        given = {name: getattr(self, name) for name in names}
        content = _content(reading) | {name: value for name, value in given.items() if value}
        for name, value in (content | {"alternatives": _alternatives(reading)}).items():
            object.__setattr__(self, name, value)
        self.__dict__.pop("interval", None)


_TEMPLATE = re.compile(
    r"(?:XXXX(?:-(?P<month>\d\d|XX)(?:-(?P<day>\d\d|XX))?|-WXX-(?P<weekday>[1-7]))?)?"
    r"(?:T(?P<hour>\d\d)(?::(?P<minute>\d\d)(?::(?P<second>\d\d))?)?)?"
)
# How many of FIELDS a date of that granularity fixes.
_DEPTH = {"second": 6, "minute": 5, "hour": 4, "daypart": 3, "day": 3, "weekend": 3, "week": 3, "month": 2}
_DEPTH |= dict.fromkeys(("quarter", "season", "half", "year"), 1)
_DEPTH |= dict.fromkeys(("decade", "century", "millennium", "era", DURATION), 0)
# What a start and an end are taken to say where they fit, the longest first.
_UNITS = ("millennium", "century", "decade", "year", "quarter", "month", "week", "day", "hour", "minute", "second")


def _content(reading: Reading) -> dict[str, Any]:
    start, end = reading.spans[0] if reading.spans else (None, None)
    reference = context.current().reference if reading.relative else None
    return {
        "start": _format(start, reading.clock),
        "end": _format(end, reading.clock),
        "granularity": reading.granularity,
        "timex": reading.timex,
        "approximate": reading.approximate,
        "uncertain": reading.uncertain,
        "modifier": reading.modifier,
        "recurrence": reading.recurrence,
        "zone": reading.zone,
        "reference": reference and reference.replace(microsecond=0, tzinfo=None).isoformat(),
    }


def _format(time: int | None, clock: bool) -> str | None:
    if time is None:
        return None
    return "T" + calendar.format_clock(_of_day(time)) if clock else calendar.format_instant(time)


def _of_day(time: int) -> int:
    return time if time <= DAY else time % DAY


def _alternatives(reading: Reading) -> tuple[Date, ...]:
    if len(reading.spans) < 2 and not reading.others:
        return ()
    spans = [reading.but(spans=(span,), others=()) for span in reading.spans[1:]]
    return tuple(Date.of(other.but(others=(), spans=other.spans[:1])) for other in (*spans, *reading.others))
