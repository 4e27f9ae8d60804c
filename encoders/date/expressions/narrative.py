"""What a date owes to the text before it: "the next day" counts from the date that was told last, "on Tuesday" lies in
the past where its clause does, and "in March" has the year of the story.

The two ways of temporal taggers to read what is incomplete (Strötgen & Gertz 2013, HeidelTime): by the tense, against
the reference where there is one, as in news; by the date told before where there is none, as in a biography.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from omnimodal.encoders.date.calendar import floor, shift
from omnimodal.encoders.date.expressions import words
from omnimodal.encoders.date.expressions.compose import find
from omnimodal.encoders.date.expressions.found import Found
from omnimodal.encoders.date.expressions.meaning import Setting, unit_of
from omnimodal.encoders.date.expressions.reading import FINE, GRANULARITIES, Reading, template, unit_at
from omnimodal.encoders.date.expressions.tense import past

REACH = 400  # characters from a date to what counts from it
KEPT = 8  # dates before that are looked at
_STEPPED = re.compile(r"(?P<step>next|following|previous|same)\s(?P<unit>[a-z]+)\b", re.IGNORECASE)
_COUNTED = re.compile(r".*?(?P<unit>[a-z]+)\s(?:later|earlier|after(?:wards)?|before|previously)", re.IGNORECASE)
_SEASON = re.compile(r"\b(?P<step>that|same|(?<=the )next|following|previous)\s(?P<season>[a-z]+)$", re.IGNORECASE)
_AWAY = {"that": (0, 1, -1, 2), "same": (0, 1, -1, 2), "previous": (-1, -2, -3, -4)}  # seasons from the date before
_AWAY |= dict.fromkeys(("next", "following"), (1, 2, 3, 4))
_DAYS = ("day", "morning", "afternoon", "evening", "night")  # "next morning" counts from a story without "the" too


def narrate(text: str, found: Iterable[Found], s: Setting) -> list[Found]:
    """What was found in an English text, from left to right, read against what the text said before."""
    told: list[Found] = []
    narrated = []
    for one in found:
        reading = _owed(text, one, told, s)
        ends = tuple(end._replace(reading=_owed(text, end, told, s) or end.reading) for end in one.ends)
        one = one._replace(reading=reading or one.reading, ends=ends)
        if _is_told(one.reading) and (reading or not _COUNTED.fullmatch(text, one.start, one.end)):
            told = [*told[1 - KEPT :], one]
        narrated.append(one)
    return narrated


def _owed(text: str, one: Found, told: list[Found], s: Setting) -> Reading | None:
    """What a date says after those told before it, None where that is what it says alone."""
    reading = _season(text, one, told) or _counted(text, one, told, s)
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


def _season(text: str, one: Found, told: list[Found]) -> Reading | None:
    """ "That winter", "the following spring": the nearest one of the date before, or the first after or before it."""
    said = _SEASON.search(text, max(0, one.start - 5), one.end) if one.reading.granularity == "season" else None
    before = said and _last(text, one.start, told, "season")
    if not said or not before:
        return None
    here, code = _here(before, "season"), words.look_up("seasons", said["season"])
    seasons = (unit_at(shift(here, "season", n), "season") for n in _AWAY[said["step"].lower()])
    there = next((season for season in seasons if season.timex.endswith(code)), None)
    return there and there.but(relative=before.reading.relative, prior=one.reading.prior)


def _counted(text: str, one: Found, told: list[Found], s: Setting) -> Reading | None:
    """ "The next day", "the same year", "two years later": from the date before, in whole units."""
    said = text[one.start : one.end]
    led = text[max(0, one.start - 4) : one.start].lower() == "the "
    if stepped := _STEPPED.match(said):
        step, word = stepped["step"].lower(), stepped["unit"].lower()
        if step == "next" and not led and word not in _DAYS:
            return None  # "next year" is said of the reader's
    elif counted := _COUNTED.fullmatch(said):
        step, word = "", counted["unit"].lower()
    else:
        return None
    unit = "day" if word in _DAYS else unit_of(word)
    before = _last(text, one.start, told, unit) if unit in GRANULARITIES else None
    if before is None:
        return None
    here = _here(before, unit)
    if said.lower() == f"same {word}":
        return unit_at(here, unit).but(relative=before.reading.relative, prior=one.reading.prior)
    again = find(said, Setting(here, s.day_first))
    if len(again) != 1 or not again[0].reading.spans:
        return None
    reading = again[0].reading
    start = reading.spans[0][0]
    if not step and unit not in FINE and start is not None and reading.granularity == "day":
        reading = unit_at(floor(start, unit), unit)
    return reading.but(relative=before.reading.relative, prior=one.reading.prior)


def _looking_back(text: str, one: Found, s: Setting) -> Reading | None:
    """A date that has an occurrence ahead and one behind, as "Tuesday", with the one behind first."""
    r = one.reading
    if s.now is None or not r.fields or r.modifier or len(r.spans) != 2 or not past(text, one.start, one.end):
        return None
    (start, _), behind = r.spans
    return r.but(spans=(behind, r.spans[0])) if start is not None and start > s.now else None


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
