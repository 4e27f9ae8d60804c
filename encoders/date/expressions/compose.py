"""Text → date expressions: rules at the tokens they begin with, then the joints between neighbours.

Linear in the text: one pass over its tokens, a bounded look from each, one pass over what was found.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from omnimodal.encoders.date.calendar import DAY, civil_from_days
from omnimodal.encoders.date.expressions import words
from omnimodal.encoders.date.expressions.atoms import atoms
from omnimodal.encoders.date.expressions.clock import in_part
from omnimodal.encoders.date.expressions.feasts import feast_in
from omnimodal.encoders.date.expressions.found import Found, standing
from omnimodal.encoders.date.expressions.larger import larger
from omnimodal.encoders.date.expressions.lists import spread
from omnimodal.encoders.date.expressions.meaning import Setting
from omnimodal.encoders.date.expressions.prefixes import parted, prefixed
from omnimodal.encoders.date.expressions.ranges import between
from omnimodal.encoders.date.expressions.reading import DURATION, Fields, Reading, settled, template, timex_year
from omnimodal.encoders.date.expressions.times import join_times
from omnimodal.encoders.date.expressions.within import counted_from, lasting_from
from omnimodal.encoders.date.notation import read_iso
from omnimodal.errors import InvalidEntityError

Joint = Callable[[str, Found, Found, Setting], Found | None]


def find(text: str, setting: Setting) -> list[Found]:
    """The date expressions of a text, left to right, not overlapping, each as long as it can be."""
    found = larger(text, spread(text, list(atoms(text, setting)), setting))
    for joint in (_join_parts, _join_clocks, _join_counted, _join_weekdays, join_times, _join_years, _join_lasting):
        found = _joined(text, found, joint, setting)
    found = [parted(text, f, found[i - 1].end if i else 0, setting) for i, f in enumerate(found)]
    found = _joined(text, found, _join_ranges, setting)
    found = [prefixed(text, f, found[i - 1].end if i else 0, setting) for i, f in enumerate(found)]
    found = _joined(text, found, join_times, setting)  # "Thursday" + "before 5 pm"
    return [_without_article(text, f._replace(reading=settled(f.reading))) for f in found]


def _without_article(text: str, f: Found) -> Found:
    """ "The first week of July", in which the date begins behind the article."""
    led = not f.ends and text[f.start : f.start + 4].lower() == "the "
    return f._replace(ends=(f._replace(start=f.start + 4),)) if led else f


def _joined(text: str, found: list[Found], joint: Joint, setting: Setting) -> list[Found]:
    out: list[Found] = []
    for right in found:
        while out and right.start - out[-1].end <= 20:
            try:
                both = joint(text, out[-1], right, setting)
            except InvalidEntityError:
                both = None
            if both is None:
                break
            out.pop()
            right = both
        out.append(right)
    return out


_WEEKDAY_GAP = re.compile(r"\.?\s?,?\s{1,2}(?:the\s)?|\.?-|\s[-–—]\s|\s?\(")


def _join_weekdays(text: str, a: Found, b: Found, s: Setting) -> Found | None:
    """ "Tuesday," + "4 July", "this Friday" + "5/12", "Friday" + "(June 15)", "22 May" + "(Tue)": one day."""
    if not a.reading.is_date or not b.reading.is_date or not (gap := _WEEKDAY_GAP.fullmatch(text, a.end, b.start)):
        return None
    if "(" in gap[0] and text[b.end : b.end + 1] != ")":
        return None
    end, weekday = b.end + ("(" in gap[0]), _ends_in_weekday(text, a)
    x, y = a.reading.fields or Fields(), b.reading.fields or Fields()
    if weekday and not y.month and y.day and y.day == x.day and a.reading.relative:
        return Found(a.start, end, a.reading)  # next Tuesday the 21st
    if weekday and y.day and y.month:
        return Found(a.start, end, _nearest(b.reading, a.reading))
    if y.day and y.month and _same_feast(text[a.start : a.end], a.reading, b.reading):
        return Found(a.start, end, b.reading)  # Easter Monday, 24 April 1916
    if x.day and x.month and "(" in gap[0] and re.fullmatch(r"XXXX-WXX-\d", b.reading.timex):
        return Found(a.start, end, a.reading)
    return None


def _same_feast(name: str, feast: Reading, day: Reading) -> bool:
    """Whether a day is what the name beside it says; "Christmas Day, 1 January" are two."""
    assert day.fields is not None
    if day.fields.year is None:
        return bool(feast.fields and feast.fields.month and feast.fields == day.fields)
    there = feast_in(name, day.fields.year)
    return there is not None and there.spans == day.spans


def _nearest(r: Reading, to: Reading) -> Reading:
    """A day of no year in the year that brings it nearest to another, where that one is known: this Friday 5/12."""
    start, fields = to.spans[0][0] if to.spans else None, r.fields
    if start is None or fields is None or fields.year is not None or (to.fields and to.fields.year is None):
        return r
    this = civil_from_days(start // DAY)[0]
    there = [template(fields._replace(year=this + n)) for n in (-1, 0, 1)]
    return min(there, key=lambda t: abs((t.spans[0][0] or 0) - start)).but(relative=True)


def _ends_in_weekday(text: str, f: Found) -> bool:
    words_ = re.findall(r"[^\W\d_]+", text[f.start : f.end].lower())
    if not words_ or words_[-1] not in words.table()["weekdays"]:
        return False
    return len(words_) == 1 or (words_[0] in words.table()["steps"] and len(words_) < 4)


_OF_YEAR = re.compile(r"\s(?:(?:of|in)\s(?:the\syear\s)?)?|['’]s\s", re.I)
_YEARLESS = re.compile(r"(?:XXXX|\d{4}(?=-[QH]))-((?:[QH]\d|SP|SU|FA|WI|\d\d(?:-\d\d)?)(?:T\d\d(?::\d\d){0,2})?)")


def _join_years(text: str, a: Found, b: Found, s: Setting) -> Found | None:
    """ "Q1" + "of next year", "this year" + "'s summer", "26 Oct 15:50" + "2016": a year for what has none."""
    gap, x, y = text[a.end : b.start], a.reading, b.reading
    named, (x, y) = (b, (y, x)) if x.granularity == "year" else (a, (x, y))
    less = _YEARLESS.fullmatch(x.timex)
    if y.granularity != "year" or not y.spans or x.modifier or y.modifier or x.recurrence:
        return None
    if y.relative and y.spans[0][0] is not None and _OF_YEAR.fullmatch(gap):
        there = feast_in(text[named.start : named.end], civil_from_days(y.spans[0][0] // DAY)[0])
        if there:  # "Thanksgiving" + "next year"
            return Found(a.start, b.end, there.but(relative=True))
    if not less:
        return None
    bare = not y.relative and gap == " " and not (x.fields and x.fields.hour is not None) and x.granularity != "season"
    if not _OF_YEAR.fullmatch(gap) or bare or y.spans[0][0] is None or not (y.relative or x.relative or x.spans == ()):
        return None
    reading = read_iso(f"{timex_year(civil_from_days(y.spans[0][0] // DAY)[0])}-{less[1]}")
    return Found(a.start, b.end, reading.but(relative=y.relative)) if reading else None


def _join_parts(text: str, a: Found, b: Found, s: Setting) -> Found | None:
    """ "yesterday" + "afternoon"; the rest of times comes when clocks have found each other."""
    near = a.reading.is_date and b.reading.clock and b.reading.timex in words.daypart_codes()
    return join_times(text, a, b, s) if near and not a.reading.recurrence else None


def _join_clocks(text: str, a: Found, b: Found, s: Setting) -> Found | None:
    """Times of day among themselves: "5" + "to 6 pm", "7 o'clock" + "in the evening", "in the morning" + "at 7"."""
    gap, x, y = text[a.end : b.start], a.reading, b.reading
    if not (x.clock and y.clock) or x.recurrence or y.recurrence:
        return None
    if (
        y.timex in words.daypart_codes()
        and x.timex not in words.daypart_codes()
        and re.fullmatch(r"\s(?:in\sthe\s)?", gap)
    ):
        return Found(a.start, b.end, in_part(x, y.timex))
    if x.timex in words.daypart_codes() and y.timex not in words.daypart_codes() and re.fullmatch(r"\sat\s", gap):
        return Found(a.start, b.end, in_part(y, x.timex))
    return _join_ranges(text, a, b, s)


_TO = re.compile(r"\s?(?:-|–|—)\s?|\s{1,2}(?:to|until|till|through|thru)\s{1,2}(?:the\s)?", re.I)
_AND = re.compile(r"\s{1,2}and\s{1,2}(?:the\s)?", re.I)
_BETWEEN = re.compile(r"between\s{1,2}(?:the\s)?$", re.I)


def _join_ranges(text: str, a: Found, b: Found, s: Setting) -> Found | None:
    """1914 "to" 1918; "and" makes a range only after "between"."""
    gap = text[a.end : b.start]
    if not _TO.fullmatch(gap) and not (_AND.fullmatch(gap) and _BETWEEN.search(text, max(0, a.start - 14), a.start)):
        return None
    reading = between(a.reading, b.reading, s.now)
    return Found(a.start, b.end, reading, standing(a, b)) if reading else None


_COUNTED = {"from": 1, "after": 1, "before": -1, "prior to": -1, "following": 1}
_STARTING = re.compile(r"\s{1,2}(?:starting|beginning|commencing|from)\s(?:on\s)?(?:the\s)?", re.I)
_FROM = re.compile(r"\b(?:from|starting|beginning)\b", re.I)
_LASTING = re.compile(r"\s{1,2}(?:for|lasting)\s(?:about\s)?", re.I)


def _join_counted(text: str, a: Found, b: Found, s: Setting) -> Found | None:
    """ "three weeks" + "after Easter"."""
    if a.reading.granularity != DURATION:
        return None
    sign = _COUNTED.get(text[a.end : b.start].lower().strip().removesuffix(" the"))
    reading = counted_from(b.reading, a.reading, sign) if sign else None
    return Found(a.start, b.end, reading) if reading else None


def _join_lasting(text: str, a: Found, b: Found, s: Setting) -> Found | None:
    """ "two weeks" + "starting May 20th", "from 9" + "for 2.5 hours"."""
    gap, x, y = text[a.end : b.start], a.reading, b.reading
    reading: Reading | None = None
    if x.granularity == DURATION and _STARTING.fullmatch(gap):
        reading = lasting_from(y, x)
    elif y.granularity == DURATION and _LASTING.fullmatch(gap) and _FROM.search(text[max(0, a.start - 12) : a.end]):
        reading = lasting_from(x, y)
    return Found(a.start, b.end, reading) if reading else None
