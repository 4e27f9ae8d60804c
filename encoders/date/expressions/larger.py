"""What is counted within a longer period, or beside a day: "the first Monday of" May, "the week of" 3 June."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache

from omnimodal.encoders.date.calendar import DAY, weekday
from omnimodal.encoders.date.expressions import words
from omnimodal.encoders.date.expressions.found import Found, led
from omnimodal.encoders.date.expressions.reading import DURATION, Reading, unit_at
from omnimodal.encoders.date.expressions.within import counted_from, nth_of, week_around

_WEEK_OF = re.compile(r"(?<!\w)(?:the\s)?week\s(?:of|commencing|starting|beginning)\s(?:the\s)?$", re.I)


_BEHIND = re.compile(r"\sweekend\b", re.I)
_WEEKEND_OF = re.compile(r"(?<!\w)weekend\sof\s(?:the\s)?$", re.I)


_NEXT_TO = re.compile(
    r"(?<!\w)(?:the\s)?(?P<unit>day|week|month|year)\s(?P<way>after|before|following)\s(?:the\s)?$", re.I
)
_BESIDE = {f"{unit} {way}" for unit in ("day", "week", "month", "year") for way in ("before", "after")}
_BESIDE |= {"day", "week", "month"}
_DAY_ONLY = re.compile(r"\(?XXXX-XX-\d\d")
_LARGER = re.compile(r"(?:\b(?:of|in)\s(?:the\s)?|\d(?:st|nd|rd|th)\s)$", re.I)


@cache
def _nth() -> re.Pattern[str]:
    return words.expand(
        r"\b(?:the\s)?(?:(?P<day>\d{1,2}(?:st|nd|rd|th))(?:\sof)?"
        r"|(?P<nth><ordinal>|last|final|former|latter)\s(?:(?P<many><count>)\s)?(?P<of><unit>|half|third|<weekday>)\s(?:of|in))\s(?:the\s)?$"
    )


def _weekend(text: str, f: Found) -> Found:
    """ "Labor Day weekend", "the weekend of Thanksgiving": that of the feast's week, of a Monday the one before it."""
    of = _WEEKEND_OF.search(text, max(0, f.start - 16), f.start)
    behind = _BEHIND.match(text, f.end)
    if not (of or behind):
        return f
    days = [start // DAY for start, _ in f.reading.spans if start is not None]
    if not days or text[f.start : f.end].lower() in words.table()["weekdays"]:
        return f
    firsts = [day - int(weekday(day)) + 5 - 7 * int(weekday(day) < 2) for day in days]
    spans = tuple((min(day, at) * DAY, max(day + 1, at + 2) * DAY) for day, at in zip(days, firsts, strict=True))
    reading = unit_at(firsts[0] * DAY, "weekend").but(spans=spans, relative=f.reading.relative)
    return Found(of.start() if of else f.start, behind.end() if behind else f.end, reading)


def larger(text: str, found: list[Found]) -> list[Found]:
    """ "The first Monday of" a month: what is counted within the date found."""
    out: list[Found] = []
    for f in found:
        if not led(text, f.start):
            out.append(_weekend(text, f) if f.reading.is_date else f)
            continue
        if f.reading.is_date and (week := _WEEK_OF.search(text, max(0, f.start - 24), f.start)):
            f = Found(week.start(), f.end, week_around(f.reading))
        if f.reading.is_date and (near := _NEXT_TO.search(text, max(0, f.start - 24), f.start)):
            size = Reading(DURATION, "", size=((Fraction(1), near["unit"].lower()),))
            there = counted_from(f.reading, size, 1 if near["way"].lower() != "before" else -1)
            f = Found(near.start(), f.end, there) if there else f
        f = _weekend(text, f) if f.reading.is_date else f
        beside = f.reading.prior > 0.5 and text[f.start : f.end].lower() in _BESIDE
        if (beside or _DAY_ONLY.match(f.reading.timex)) and text[max(0, f.start - 4) : f.start].lower() == "the ":
            f = Found(f.start - 4, f.end, f.reading)  # the day before, the 18th
        low = max(0, f.start - 48)
        match = _nth().search(text, low, f.start) if _LARGER.search(text, low, f.start) else None
        reading = match and nth_of(f.reading, match)
        if match and reading:
            f = Found(match.start(), f.end, reading)
        while out and out[-1].end > f.start:  # "last Friday" of "last Friday of May"
            out.pop()
        out.append(f)
    return out
