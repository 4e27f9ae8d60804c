"""A day and a time of day that stand beside each other: "4 July" + "at 3 pm", "3 pm" + "on 4 July"."""

from __future__ import annotations

import re

from omnimodal.encoders.date.calendar import DAY, floor
from omnimodal.encoders.date.expressions import words
from omnimodal.encoders.date.expressions.clock import in_part
from omnimodal.encoders.date.expressions.found import Found
from omnimodal.encoders.date.expressions.meaning import Setting
from omnimodal.encoders.date.expressions.reading import Reading, at_time, unit_at
from omnimodal.encoders.date.expressions.sets import at_each

_OF_WEEK = re.compile(r"\s(?:(?:on|of)\s)?|\s-\s|['’]s\s", re.I)
_AT_EACH = re.compile(r",?\s(?:at\s|around\s|in\sthe\s|from\s|between\s)?", re.I)
_DAY_TO_TIME = re.compile(
    r"(?:\s?,?\s{1,2}|,)(?P<cue>(?:at|um|in the|in|around|from|between|by|for|@)\s{1,2})?(?:about\s)?|\s?@\s?", re.I
)
_TIME_TO_DAY = re.compile(r"\s?[,·•|]?\s{1,2}(?:(?:on|of|in)\s(?:the\s)?)?", re.I)


def join_times(text: str, a: Found, b: Found, s: Setting) -> Found | None:
    """ "Tuesday" + "4 July", "4 July" + "at 3 pm", "3 pm" + "on 4 July"."""
    gap, x, y = text[a.end : b.start], a.reading, b.reading
    if x.recurrence or y.recurrence:
        r, time = (x, y) if x.recurrence else (y, x)
        reading = at_each(r, time) if time.clock and not time.recurrence and _AT_EACH.fullmatch(gap) else None
    elif gap == " " and text[a.end - 4 : a.end].lower() == " ago":
        near = text[b.start : b.end].lower() in ("today", "tomorrow", "yesterday")
        reading = _moved(x, y, s) if near else None
    elif "week" in (x.granularity, y.granularity):
        reading = _day_of_week(x, y) if _OF_WEEK.fullmatch(gap) else None
    elif "," in gap and _apart(text, a, b):
        reading = None
    elif "TMEL" in (x.timex, y.timex) and not y.modifier and "lunchtime" not in text[a.start : b.end].lower():
        reading = None  # "lunch tomorrow": what is done, not when
    else:
        reading = _day_then_time(text, a, b, s) or _time_then_day(text, a, b, s)
    return Found(a.start, b.end, reading) if reading else None


def _day_of_week(x: Reading, y: Reading) -> Reading | None:
    """ "Next week" + "Wednesday", "Wednesday" + "next week"."""
    week, day = (x, y) if x.granularity == "week" else (y, x)
    if not week.spans or not re.fullmatch(r"XXXX-WXX-\d", day.timex):
        return None
    return unit_at((week.spans[0][0] or 0) + (int(day.timex[9]) - 1) * DAY, "day").but(relative=week.relative)


def _apart(text: str, a: Found, b: Found) -> bool:
    """Two things said, with a comma between: "last Tuesday, before midnight", "Monday to Saturday, 9 to 5",
    "opening night, 23 January", "midnight, a fortnight ago"."""
    y = b.reading
    rising = y.timex.startswith("(T") and _TO_END.search(text, max(0, a.start - 9), a.start)
    party = a.reading.granularity == "daypart" and not y.clock
    return bool(rising or y.modifier or party or (not y.clock and _COUNTED_BACK.search(text, b.start, b.end)))


def _day_then_time(text: str, a: Found, b: Found, s: Setting) -> Reading | None:
    """ "4 July" + "at 3 pm", "Monday morning" + "at 9"."""
    y, gap = b.reading, _DAY_TO_TIME.fullmatch(text, a.end, b.start)
    if not y.clock or not gap:
        return None
    day, code = _day_and_part(a.reading)
    rises = y.timex.startswith("(") and a.reading.relative and text[a.start : a.end].islower()  # tomorrow 8-10
    sure = not _weak(y) or gap["cue"] or "@" in gap[0] or code or rises
    if not day or not sure or (code and y.timex in words.daypart_codes()):
        return None
    return at_time(day, in_part(y, code), s.now)


def _time_then_day(text: str, a: Found, b: Found, s: Setting) -> Reading | None:
    """ "3 pm" + "on 4 July"; not the score "2-3" + "on Monday"."""
    x = a.reading
    scored = _weak(x) and _score(text, a.start, b.start)
    if not x.clock or scored or not _TIME_TO_DAY.fullmatch(text, a.end, b.start):
        return None
    day, code = _day_and_part(b.reading)
    sure = not _weak(x) or x.timex.startswith("(") or _CUED.search(text, max(0, a.start - 8), a.start)
    if not day or not sure or (code and x.timex in words.daypart_codes()):
        return None
    return at_time(day, in_part(x, code), s.now)


def _moved(x: Reading, y: Reading, s: Setting) -> Reading:
    """ "A year ago" + "tomorrow": as far from then as tomorrow is from now."""
    if s.now is None or not x.is_date or not x.spans or not y.spans:
        return x
    by = (y.spans[0][0] or 0) - floor(s.now, "day")
    return unit_at(floor((x.spans[0][0] or 0) + by, "day"), "day").but(relative=True)


_TO_END = re.compile(r"(?:\b(?:to|through|till|until)\s|[-–]\s?)$", re.I)
_COUNTED_BACK = re.compile(r"\b(?:ago|earlier|later|hence)$", re.I)
_SCORE = re.compile(r"\d{1,2}\s?[-–—]\s?\d{1,2}\son\s(?:the\s)?", re.I)
_TIMED = re.compile(r"\b(?:at|from|between|by|around|@)\s$", re.I)
_CUED = re.compile(r"\b(?:at|by|around|@)\s$", re.I)


def _score(text: str, start: int, end: int) -> bool:
    """ "2-3 on" Monday, with nothing before it that says a time: the score of a match."""
    return bool(_SCORE.fullmatch(text, start, end)) and not _TIMED.search(text, max(0, start - 9), start)


def _weak(r: Reading) -> bool:
    return r.prior < 0.5 and r.timex not in words.daypart_codes()


def _day_and_part(r: Reading) -> tuple[Reading | None, str]:
    """A day; and of "Monday morning" the Monday, and the code of the morning."""
    if r.is_date:
        return r, ""
    if r.granularity != "daypart" or r.clock or r.modifier or "T" not in r.timex:
        return None, ""
    timex, code = r.timex.split("T", 1)
    days = tuple((start // DAY * DAY, (start // DAY + 1) * DAY) for start, _ in r.spans if start is not None)
    return Reading("day", timex, days, relative=r.relative), f"T{code}"
