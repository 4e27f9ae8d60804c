"""Feasts: of a fixed day, of a weekday of a month, from Easter (Western or Orthodox), or from another calendar.

The names are in data/date/en.json. Islamic, Jewish, Hindu and Chinese feasts are looked up in the package `holidays`,
in a country that keeps them; where it knows none (before 1948 or so), they are found but have neither start nor end.
"""

from __future__ import annotations

import re
import warnings
from functools import cache

from omnimodal.encoders.date.calendar import DAY, civil_from_days, days_from_civil, easter, floor, weekday
from omnimodal.encoders.date.expressions import words
from omnimodal.encoders.date.expressions.meaning import Setting, year
from omnimodal.encoders.date.expressions.ranges import between
from omnimodal.encoders.date.expressions.reading import Fields, Reading, template, unit_at

TABLES = ("holidays", "nth_weekday_holidays", "easter_holidays", "orthodox_holidays", "listed_holidays")


def plain(name: str) -> str:
    """ "St. Patrick’s Day" as it stands in the tables: "st patricks day"."""
    return re.sub(r"[\s-]+", " ", re.sub(r"['’.,]", "", name.lower()))


@cache
def names() -> dict[str, str]:
    """Every feast and the table it is in."""
    return {name: table for table in TABLES for name in words.table()[table]}


def pattern() -> str:
    """An alternation of the names, the longest first, with or without their apostrophes and full stops."""

    def spelled(word: str) -> str:
        if word in ("st", "jr"):
            return r"(?:st\.?|saint)" if word == "st" else r",?jr\.?"
        return word[:-1] + "['’]?s['’]?" if word.endswith("s") and len(word) > 3 else word

    return "|".join(r"[\s,-]{1,3}".join(map(spelled, name.split())) for name in sorted(names(), key=len, reverse=True))


def first_words() -> set[str]:
    """What names begin with, as tokens of a text: "presidents" of "Presidents'", "president" of "President's"."""
    firsts = {name.split()[0] for name in names()}
    return firsts | {w[:-1] for w in firsts if w.endswith("s") and len(w) > 3} | {"saint"}


def feast(m: re.Match[str], s: Setting) -> Reading | None:
    """A feast of a given year, or the nearest ones to the reference."""
    name = plain(re.sub(r"\bsaint\b", "st", m["name"], flags=re.IGNORECASE))  # not "All Saints' Day"
    table, step = names()[name], m.groupdict().get("step")
    if m[0].lower().startswith(("every ", "each ")):
        fixed = words.table()["holidays"].get(name)
        there = template(Fields(None, *fixed)) if fixed else Reading("day", f"XXXX-{_code(name)}")
        return there.but(recurrence="P1Y", spans=(), relative=False)
    if m["name"].islower() and name in words.table()["capital_holidays"]:
        return None  # "advent" is no feast
    if y := year(m.groupdict().get("y")):
        return _in_year(name, y) or Reading("day", f"{y:04}-{_code(name)}")
    if table == "holidays" and not step:
        return template(Fields(None, *words.table()["holidays"][name]), s.now)
    if s.now is None:
        return Reading("day", f"XXXX-{_code(name)}")
    n, today = words.look_up("steps", step) if step else 0, floor(s.now, "day")
    this = civil_from_days(s.now // DAY)[0]
    near = {k: reading.but(relative=True) for k in (-1, 0, 1) if (reading := _in_year(name, this + k))}
    if len(near) < 3:
        return Reading("day", f"XXXX-{_code(name)}")
    past = [f for f in near.values() if (f.spans[0][0] or 0) < today]
    ahead = [f for f in near.values() if (f.spans[0][0] or 0) >= today]
    if step:
        return past[-1] if n < 0 else next(f for f in ahead if f.spans[0][0] != today) if n > 0 else near[0]
    return ahead[0].but(spans=ahead[0].spans + past[-1].spans)


def feast_in(text: str, y: int) -> Reading | None:
    """The feast of that name in a year; None for what is no feast's name."""
    name = plain(text.replace("Saint", "st"))
    return _in_year(name, y) if name in names() else None


def _code(name: str) -> str:
    return re.sub(r"[^A-Z]", "", name.upper())


def _in_year(name: str, y: int) -> Reading | None:
    """None where the package does not know when it was."""
    table = words.table()
    match names()[name]:
        case "holidays":
            return template(Fields(y, *table["holidays"][name]))
        case "easter_holidays":
            at = days_from_civil(y, *easter(y)) + table["easter_holidays"][name]
        case "orthodox_holidays":
            from dateutil.easter import EASTER_ORTHODOX
            from dateutil.easter import easter as of_church  # slow to load

            if not 1583 <= y <= 4099:
                return None
            sunday = of_church(y, EASTER_ORTHODOX)
            at = days_from_civil(sunday.year, sunday.month, sunday.day) + table["orthodox_holidays"][name]
        case "nth_weekday_holidays":
            number, wday, nth, plus = table["nth_weekday_holidays"][name]
            first = days_from_civil(y, number + (nth < 0), 1)
            at = first + (wday - weekday(first)) % 7 + 7 * (nth - (nth > 0)) + plus
        case _:
            country, label, *until = table["listed_holidays"][name]
            first_, last = _listed(country, label, y), _listed(country, until[0], y) if until else None
            if first_ is None:
                return None
            if last is not None and last > first_:
                return between(unit_at(first_ * DAY, "day"), unit_at((last - 1) * DAY, "day"), None)
            at = first_
    return unit_at(int(at) * DAY, "day")


@cache
def _listed(country: str, label: str, y: int) -> int | None:
    """The first day in a year that a country keeps a feast of that name, in days from 2000."""
    if not 1900 <= y <= 2200:
        return None
    import holidays  # slow to load

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a year beyond its tables
        classes = ("public", "school", "optional") if country == "IL" else ("public",)
        kept = holidays.country_holidays(country, years=y, language="en_US", categories=classes, observed=False)
        days = [d for d in kept.get_named(label, lookup="startswith") if d.year == y]
    return int(days_from_civil(days[0].year, days[0].month, days[0].day)) if days else None
