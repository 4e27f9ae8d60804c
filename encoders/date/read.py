"""A whole text as one date: ISO 8601, EDTF and TIMEX3, English expressions, and those of other languages."""

from __future__ import annotations

import re

from omnimodal import context
from omnimodal.encoders.date import calendar, notation
from omnimodal.encoders.date.expressions import languages, words
from omnimodal.encoders.date.expressions.compose import find
from omnimodal.encoders.date.expressions.meaning import Setting
from omnimodal.encoders.date.expressions.reading import Reading
from omnimodal.encoders.date.timex import read_timex
from omnimodal.errors import InvalidEntityError


def setting() -> Setting:
    """The current context: its reference, and day before month for every locale but American English."""
    now = context.current()
    at = now.reference
    seconds = (
        None if at is None else calendar.instant(at.year, at.month, at.day, at.hour * 3600 + at.minute * 60 + at.second)
    )
    return Setting(seconds, day_first=now.locale not in ("en", "en-US"))


_LED = re.compile(r"(?:(?:on|in|at|during|by|of|for)\s)?(?:the\s)?", re.IGNORECASE)


def read(text: str) -> Reading:
    """The reading of a whole text. Raises InvalidEntityError where it is not one date expression."""
    clean, against = text.strip(), setting()
    reading = notation.read_iso(clean, against.now)
    if reading is None:
        reading = read_timex(clean, against)
    if reading is None and (bare := re.fullmatch(r"(?:the\s)?(?:year\s)?(\d{3,4})", clean, re.IGNORECASE)):
        reading = notation.read_iso(f"{int(bare[1]):04}")
    if reading:
        return reading
    led = _LED.match(clean).end()  # type: ignore[union-attr]
    for candidate, starts in ((clean, (0, led)), (clean[led:].rstrip("."), (0,))):
        found = find(candidate, against)
        if len(found) == 1 and found[0].start in starts and found[0].end >= len(candidate.rstrip(".")):
            return found[0].reading
    _reject(clean)
    if reading := languages.read(clean, against) or _other_language(clean):
        return reading
    raise InvalidEntityError(f"text {text!r} is not a date that can be read", encoder="date")


def _other_language(text: str) -> Reading | None:
    """What dateparser reads of the languages that our grammar does not know: "12 мая 2020"."""
    if not re.search(r"\d{4}", text) or not re.search(r"[^\W\d_]{3}", text):
        return None
    from dateparser.date import DateDataParser  # slow to load, and so only for a text that is said to be a date

    settings = {"PARSERS": ["absolute-time"], "REQUIRE_PARTS": ["month", "year"], "PREFER_DAY_OF_MONTH": "first"}
    found = DateDataParser(settings=settings).get_date_data(text)
    if found is None or found.date_obj is None or found.locale in (None, "en"):
        return None
    return notation.read_iso(f"{found.date_obj:%Y-%m}" if found.period == "month" else f"{found.date_obj:%Y-%m-%d}")


def _reject(text: str) -> None:
    """Name the field of a well-formed but impossible date or time."""
    if m := re.fullmatch(r"(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?(?:\s?[ap]m)?", text, re.IGNORECASE):
        calendar.clock(*(int(v or 0) for v in m.groups()))
    if m := re.fullmatch(r"(\d{1,2})([/.-])(\d{1,2})[/.-](\d{4})", text):
        a, b = (int(m[3]), int(m[1])) if setting().day_first or m[2] == "." else (int(m[1]), int(m[3]))
        calendar.instant(int(m[4]), a, b)
    month, day = words.fragments()["month"], r"(\d{1,2})(?:st|nd|rd|th)?"
    for pattern, d, name, y in (
        (rf"{day}\s(?:of\s)?({month})(?:,?\s(\d{{4}}))?", 1, 2, 3),
        (rf"({month})\s{day}(?:,?\s(\d{{4}}))?", 2, 1, 3),
    ):
        if m := re.fullmatch(pattern, text, re.IGNORECASE):
            calendar.instant(int(m[y] or 2000), words.month(m[name]), int(m[d]))
