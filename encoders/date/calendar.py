"""The proleptic Gregorian calendar in integers: any year, before and after Christ, scalars or numpy arrays alike.

Time is counted in seconds, or days, from 2000-01-01T00:00. Years are astronomical: 0 is 1 BC, −299 is 300 BC.
Day arithmetic after Howard Hinnant, "chrono-compatible low-level date algorithms".
"""

from __future__ import annotations

import re
from typing import Any

from omnimodal.errors import InvalidEntityError

DAY = 86_400
MAX_YEAR = 10**12  # keeps days in 64 bits with room; the universe needs 10 digits
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = {"month": 1, "quarter": 3, "season": 3, "half": 6, "year": 12, "decade": 120, "century": 1200}
MONTHS["millennium"] = 12_000
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": DAY, "week": 7 * DAY}
_EPOCH = 719_468 + 10_957  # days from 0000-03-01 to 1970-01-01, and on to 2000-01-01


def days_from_civil(year: Any, month: Any, day: Any) -> Any:
    """Days from 2000-01-01; ints or int64 arrays that broadcast."""
    year = year - (month <= 2)
    of_era = year % 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return year // 400 * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - _EPOCH


def civil_from_days(days: Any) -> tuple[Any, Any, Any]:
    """(year, month, day) of days from 2000-01-01; the inverse of `days_from_civil`."""
    days = days + _EPOCH
    era, of_era = days // 146_097, days % 146_097
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = (month + 2) % 12 + 1
    return year + era * 400 + (month <= 2), month, day


def weekday(days: Any) -> Any:
    """0 Monday … 6 Sunday."""
    return (days + 5) % 7  # 2000-01-01 was a Saturday


def month_length(year: int, month: int) -> int:
    """Days of a month; ints."""
    return int(days_from_civil(year + month // 12, month % 12 + 1, 1) - days_from_civil(year, month, 1))


def easter(year: int) -> tuple[int, int]:
    """(month, day) of Western Easter (Meeus/Jones/Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    month, day = divmod(h + k - 7 * ((a + 11 * h + 22 * k) // 451) + 114, 31)
    return month, day + 1


def instant(year: int, month: int = 1, day: int = 1, seconds: int = 0) -> int:
    """Seconds from 2000-01-01T00:00. Raises InvalidEntityError, naming the field, for what no calendar has."""
    if abs(year) > MAX_YEAR:
        raise InvalidEntityError(f"year {year} is beyond ±{MAX_YEAR}", encoder="date")
    if not 1 <= month <= 12:
        raise InvalidEntityError(f"month {month} is not in 1..12", encoder="date")
    if not 1 <= day <= month_length(year, month):
        raise InvalidEntityError(f"day {day}: {year}-{month:02} has {month_length(year, month)} days", encoder="date")
    return int(days_from_civil(year, month, day)) * DAY + seconds


def clock(hour: int, minute: int = 0, second: int = 0) -> int:
    """Seconds after midnight. Raises InvalidEntityError naming the field; 24:00 is the end of the day."""
    if not (0 <= hour <= 23 or (hour, minute, second) == (24, 0, 0)):
        raise InvalidEntityError(f"hour {hour} is not in 0..23", encoder="date")
    for name, value in (("minute", minute), ("second", second)):
        if not 0 <= value <= 59:
            raise InvalidEntityError(f"{name} {value} is not in 0..59", encoder="date")
    return hour * 3600 + minute * 60 + second


def shift(time: int, unit: str, n: int) -> int:
    """`time` moved by n units; a day that the target month does not have becomes its last."""
    if unit in SECONDS:
        return time + n * SECONDS[unit]
    days, rest = divmod(time, DAY)
    year, month, day = civil_from_days(days)
    year, month = divmod(year * 12 + month - 1 + n * MONTHS[unit], 12)
    return instant(year, month + 1, min(day, month_length(year, month + 1)), rest)


def floor(time: int, unit: str) -> int:
    """The start of the unit that `time` falls in: weeks begin on Monday, winter on 1 December."""
    if unit == "week":
        return floor(time, "day") - int(weekday(time // DAY)) * DAY
    if unit in SECONDS:
        return time // SECONDS[unit] * SECONDS[unit]
    year, month, _ = civil_from_days(time // DAY)
    offset = 1 if unit == "season" else 0
    months = (year * 12 + month - 1 + offset) // MONTHS[unit] * MONTHS[unit] - offset
    return instant(months // 12, months % 12 + 1)


def format_year(year: int) -> str:
    """ISO 8601: 1889, -0299, +12000."""
    return f"{year:04}" if 0 <= year <= 9999 else f"{year:+05}"


def format_clock(seconds: int) -> str:
    """ "14:50", with seconds only where they are not 0."""
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
    return f"{text}:{seconds % 60:02}" if seconds % 60 else text


def format_instant(time: int) -> str:
    """ISO 8601, without the time of day at midnight."""
    days, seconds = divmod(time, DAY)
    year, month, day = civil_from_days(days)
    date = f"{format_year(year)}-{month:02}-{day:02}"
    return f"{date}T{format_clock(seconds)}" if seconds else date


_INSTANT = re.compile(r"([+-]?\d{4,13})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?|T(\d\d):(\d\d)(?::(\d\d))?")


def read_instant(text: str, field: str) -> tuple[int, bool]:
    """(seconds, whether it is a time of day only) of "1889-03-31", "1889-03-31T14:50" or "T14:50"."""
    found = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise InvalidEntityError(f"{field} {text!r} is not an ISO 8601 date, date and time, or T-time", encoder="date")
    year, month, day, *rest = found.groups()
    if year is None:
        return clock(*(int(v or 0) for v in rest[3:])), True
    return instant(int(year), int(month), int(day), clock(*(int(v or 0) for v in rest[:3]))), False
