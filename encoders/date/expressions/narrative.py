"""What a date owes to the text before it: "the next day" counts from the date that was told last, "on Tuesday" lies in
the past where its clause does, and "in March" has the year of the story.

The two ways of temporal taggers to read what is incomplete (Strötgen & Gertz 2013, HeidelTime): by the tense, against
the reference where there is one, as in news; by the date told before where there is none, as in a biography.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from omnimodal.encoders.date.calendar import floor, shift
from omnimodal.encoders.date.expressions import words
from omnimodal.encoders.date.expressions.compose import find
from omnimodal.encoders.date.expressions.found import Found
from omnimodal.encoders.date.expressions.meaning import Setting, unit_of
from omnimodal.encoders.date.expressions.reading import (
    FINE,
    GRANULARITIES,
    Fields,
    Reading,
    Span,
    at_time,
    template,
    unit_at,
)
from omnimodal.encoders.date.expressions.tense import past

REACH = 400  # characters from a date to what counts from it
KEPT = 8  # dates before that are looked at
_COUNTED_IN = {"weekend": "week", "fortnight": "day"}  # what the calendar has no unit of
# Which seasons from the date before come first: for "that summer", "the next" and "the previous" one.
_AWAY = {0: (0, 1, -1, 2), 1: (1, 2, 3, 4), -1: (-1, -2, -3, -4)}
_OF_YEAR = (0, -1, -2, -3)  # that summer, of a year: from the winter in which it ends


def narrate(text: str, found: Iterable[Found], s: Setting) -> list[Found]:
    """What was found in an English text, from left to right, read against what the text said before."""
    told: list[Found] = []
    narrated = []
    for one in found:
        reading = _owed(text, one, told, s)
        whole = reading or one.reading
        ends = (end._replace(reading=_owed(text, end, told, s) or end.reading) for end in one.ends)
        one = one._replace(reading=whole, ends=tuple(_end(end, whole) for end in ends))
        if _is_told(one.reading) and (reading or not _counting().fullmatch(text, one.start, one.end)):
            told = [*told[1 - KEPT :], one]
        narrated.append(one)
    return narrated


def _owed(text: str, one: Found, told: list[Found], s: Setting) -> Reading | None:
    """What a date says after those told before it, None where that is what it says alone."""
    reading = None
    if step := _step(text, one):
        reading = _season(text, one, told, step) or _named(text, one, told, step) or _counted(text, one, told, step, s)
    return reading or _looking_back(text, one, s) or _of_story(text, one, told, s)


def _is_told(r: Reading) -> bool:
    """A date from which one can count: with both ends, and not a bound, a time of day or a recurrence."""
    whole = bool(r.spans) and None not in r.spans[0] and not (r.clock or r.recurrence or r.size)
    return whole and r.modifier in (None, "start", "mid", "end")


def _last(text: str, at: int, told: list[Found], unit: str) -> Found | None:
    """The nearest date before `at`, in the same paragraph, that is at least as exact as the unit."""
    rank = GRANULARITIES.index(unit)
    for one in reversed(told):
        if at - one.end > REACH or "\n\n" in text[one.end : at]:
            return None
        if GRANULARITIES.index(one.reading.granularity) <= rank:
            return one
    return None


def _here(before: Found, unit: str) -> int:
    """Where the unit begins in which that date ends."""
    end = before.reading.spans[0][1]
    assert end is not None  # it is told
    return floor(end - 1, unit)


@cache
def _stepping() -> re.Pattern[str]:
    """ "Next morning" at 7, "that summer"."""
    return re.compile(rf"(?P<step>{words.any_of(words.table()['story_steps'])})\s(?P<unit>[a-z]+)\b", re.IGNORECASE)


@cache
def _counting() -> re.Pattern[str]:
    """ "Two years later"."""
    return re.compile(rf".*?(?P<unit>[a-z]+)\s(?:{words.any_of(words.table()['story_ways'])})", re.IGNORECASE)


class Step(NamedTuple):
    """How far from the date before, None for an amount; of what; and whether that is all that is said."""

    n: int | None
    word: str
    whole: bool


def _step(text: str, one: Found) -> Step | None:
    """ "Next morning at 7" is 1 morning and more. "Next year" and "previous Monday" are the reader's, without "the"."""
    at = one.start - 5 if text[max(0, one.start - 5) : one.start].lower() == "that " else one.start
    if m := _stepping().match(text, at, one.end):
        table, step, word = words.table(), m["step"].lower(), m["unit"].lower()
        if (
            step in table["story_articles"]
            and word not in table["story_days"]
            and text[max(0, at - 4) : at].lower() != "the "
        ):
            return None
        return Step(table["story_steps"][step], word, m.end() == one.end)
    if m := _counting().fullmatch(text, one.start, one.end):
        return Step(None, m["unit"].lower(), True)
    return None


def _season(text: str, one: Found, told: list[Found], step: Step) -> Reading | None:
    """ "That winter", "the following spring": the nearest one of the date before, or the first after or before it."""
    if one.reading.granularity != "season" or step.n is None:
        return None
    before = _last(text, one.start, told, "year")
    if before is None:
        return None
    here, code = _here(before, "season"), words.look_up("seasons", step.word)
    away = _OF_YEAR if step.n == 0 and before.reading.granularity == "year" else _AWAY[step.n]
    seasons = (unit_at(shift(here, "season", n), "season") for n in away)
    there = next((season for season in seasons if season.timex.endswith(code)), None)
    return there and there.but(relative=before.reading.relative, prior=one.reading.prior)


def _named(text: str, one: Found, told: list[Found], step: Step) -> Reading | None:
    """ "The following Friday", "that September": the first of the name from the date before on, or the last before."""
    table = words.table()
    if step.n is None or not step.whole:
        return None
    if step.word in table["weekdays"]:
        fields, unit, known = Fields(weekday=words.weekday(step.word)), "day", "day"
    elif step.word in table["months"]:
        fields, unit, known = Fields(month=words.month(step.word)), "month", "year"
    else:
        return None
    before = _last(text, one.start, told, known)
    if before is None:
        return None
    here = _here(before, unit)
    ahead, behind = template(fields, shift(here, unit, 1) if step.n > 0 else here).spans
    start, _ = behind if step.n < 0 else ahead
    assert start is not None  # weeks and years have all of them
    return unit_at(start, unit).but(relative=before.reading.relative, prior=one.reading.prior)


def _counted(text: str, one: Found, told: list[Found], step: Step, s: Setting) -> Reading | None:
    """ "The next day", "that night", "the same year", "two years later": from the date before, in whole units."""
    unit = "day" if step.word in words.table()["story_days"] else unit_of(step.word)
    unit = _COUNTED_IN.get(unit, unit)
    before = _last(text, one.start, told, unit) if unit in GRANULARITIES else None
    if before is None:
        return None
    here = _here(before, unit)
    if step.n == 0 and (one.reading.clock or step.whole):
        day = unit_at(here, unit)
        there = at_time(day, one.reading, None) if one.reading.clock else day
        return there.but(relative=before.reading.relative, prior=one.reading.prior)
    again = find(text[one.start : one.end], Setting(here, s.day_first))
    if len(again) != 1 or not again[0].reading.spans:
        return None
    reading = again[0].reading
    start = reading.spans[0][0]
    if step.n is None and unit not in FINE and start is not None and reading.granularity == "day":
        reading = unit_at(floor(start, unit), unit)
    return reading.but(relative=before.reading.relative, prior=one.reading.prior)


def _looking_back(text: str, one: Found, s: Setting) -> Reading | None:
    """A date that has an occurrence ahead and one behind, as "Tuesday morning", with the one behind first where the
    clause tells of the past, and with the one that goes on now first in any case."""
    r = one.reading
    if s.now is None or len(r.spans) != 2 or not r.timex.lstrip("(").startswith("XXXX"):
        return None
    (start, _), (_, end) = r.spans
    if r.modifier not in (None, "since") or start is None or start <= s.now:
        return None
    goes_on = r.modifier == "since" or (end is not None and end > s.now)
    return r.but(spans=r.spans[::-1]) if goes_on or past(text, one.start, one.end) else None


def _end(end: Found, whole: Reading) -> Found:
    """An end of a range, first where it lies in what the range is first."""
    start, stop = whole.spans[0] if whole.spans else (None, None)
    spans = sorted(end.reading.spans, key=lambda span: (not _lies_within(span, start, stop), span[0] != start))
    return end._replace(reading=end.reading.but(spans=tuple(spans)))


def _lies_within(span: Span, start: int | None, stop: int | None) -> bool:
    return not (
        (start is not None and span[0] is not None and span[0] < start)
        or (stop is not None and span[1] is not None and span[1] > stop)
    )


def _of_story(text: str, one: Found, told: list[Found], s: Setting) -> Reading | None:
    """Without a reference, "in March he left" is the first March that begins after the date before did."""
    r = one.reading
    if s.now is not None or not r.fields or r.modifier or r.fields.year is not None or r.fields.month is None:
        return None
    before = _last(text, one.start, told, "year")
    if before is None or not past(text, one.start, one.end):
        return None
    start = before.reading.spans[0][0]
    assert start is not None  # it is told
    there = template(r.fields, start)
    return there.but(others=r.others, prior=r.prior, approximate=r.approximate) if there.spans else None
