"""Time zones behind a time of day: "EST", "UTC+2", "+02:00", "Pacific Time", "Tokyo time".

What abbreviations mean is dateparser's table, what regions and cities mean the tz database's (zoneinfo). An offset is
kept as "+02:00", a region, whose offset depends on the day, by its name in the tz database, as "US/Pacific".
"""

from __future__ import annotations

import re
from functools import cache

from omnimodal.encoders.date.expressions import words

_OFFSET = re.compile(r"(?:\s?\(?(?:UTC|GMT)\s?|\s)?([+\-−])(1[0-4]|0?\d)(?::?([0-5]\d))?(?!\d|[:.,/-]\d|\s?%)")
# "14:00-05:00" and "9:00 -10:30" are ranges: west of Greenwich without a name it takes the form of a mail's date.
_BARE_OFFSET = re.compile(r"\s?\+(?:1[0-4]|0\d):?[0-5]\d(?![\d:])|\s[-−](?:1[0-2]|0\d)(?:00|30|45)(?![\d:])")
_IN_BRACKETS = re.compile(r"\s\([A-Z]{2,5}\)")
_ABBREVIATION = re.compile(r"\s?\(?(?P<name>[A-Za-z]{1,5})\b")
_REGION = re.compile(
    r"\s\(?(?P<us>eastern|central|mountain|pacific)\b(?!\s(?:europe|america|africa|asia|australia|north|south))"
    r"(?:\s(?:standard|daylight))?(?:\s?time(?:\s?zone)?\b)?",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\s\(?(?P<name>(?:[A-Z][a-z]+\s){1,3})(?:local\s)?[Tt]ime\b")


def behind(text: str, at: int) -> tuple[int, str] | None:
    """The end and the name of the zone that stands at `at`, right behind a time; None where there is none."""
    follows = text[at : at + 2]
    if not follows or follows[0] in ",;!?\n\t" or follows == ". ":
        return None
    found = _offset(text, at) or _abbreviated(text, at) or _named(text, at)
    if not found:
        return None
    end, name = found
    opened = "(" in text[at : at + 2] and ")" not in text[at:end]
    return (end + (text[end : end + 1] == ")") * opened, name) if not opened or text[end : end + 1] == ")" else None


def offset(text: str) -> str:
    """ "Z", "+0200", "-5" as "+00:00", "+02:00", "-05:00"."""
    if text.upper() in ("Z", ""):
        return "+00:00"
    sign, digits = "-" if text[0] in "-−" else "+", text[1:].replace(":", "")
    hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    return f"{sign}{int(hours):02}:{int(minutes):02}"


def _offset(text: str, at: int) -> tuple[int, str] | None:
    m = _OFFSET.match(text, at)
    named = m and m[0].strip(" (")[:1].isalpha()
    if not m or not (named or (_BARE_OFFSET.match(text, at) and text[at - 3 : at - 2] in ":T ")):
        return None
    end, zone = m.end(), offset(m[0][m.start(1) - at :])
    again = _IN_BRACKETS.match(text, end)  # "-0700 (PDT)"
    return (again.end() if again else end), zone


def _abbreviated(text: str, at: int) -> tuple[int, str] | None:
    m = _ABBREVIATION.match(text, at)
    if not m:
        return None
    name, t = m["name"], words.table()
    if not name.isupper() and name.lower() not in t["small_zones"]:
        return None
    upper = name.upper()
    if upper in t["no_zones"]:
        return None
    if upper == "Z":
        return (m.end(), "+00:00") if m[0] == "Z" and name == "Z" else None
    if upper in t["zones"]:
        return (m.end(), t["zones"][upper]) if name.isupper() and m[0][0] in " (" else None
    zone = _table().get(upper) if len(upper) > 2 else None
    return (m.end(), zone) if zone else None


def _named(text: str, at: int) -> tuple[int, str] | None:
    """ "Pacific", "Eastern Daylight Time", "Central European Time", "Tokyo time"."""
    if m := _REGION.match(text, at):
        return m.end(), f"US/{m['us'].capitalize()}"
    m = _NAMED.match(text, at)
    if not m:
        return None
    name = m["name"].strip()
    initials = "".join(word[0] for word in name.split()) + "T"
    zone = words.table()["zone_cities"].get(name.lower()) or _cities().get(name.replace(" ", "_"))
    zone = zone or (_table().get(initials) if len(initials) > 2 else None)
    return (m.end(), zone) if zone else None


@cache
def _table() -> dict[str, str]:
    """dateparser's abbreviations: "EST" → "-05:00"."""
    from dateparser.timezones import timezone_info_list  # slow to load, and seldom needed

    zones: dict[str, str] = {}
    for group in timezone_info_list:
        for name, seconds in group["timezones"]:
            if re.fullmatch(r"[A-Z]{3,5}", name):
                sign, minutes = "-" if seconds < 0 else "+", abs(int(seconds)) // 60
                zones.setdefault(name, f"{sign}{minutes // 60:02}:{minutes % 60:02}")
    return zones


@cache
def _cities() -> dict[str, str]:
    """The tz database's names by their last part: "Tokyo" → "Asia/Tokyo"."""
    from zoneinfo import available_timezones

    return {name.rsplit("/", 1)[1]: name for name in sorted(available_timezones()) if "/" in name}
