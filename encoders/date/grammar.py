"""The rules: what a date expression looks like, and what it says. Each is tried where a word of its kind begins.

A rule is a pattern, in which <name> stands for a piece from words.py, and a function from its match to a Reading
(None: not a date after all). Rules compose in compose.py: dates with times, ranges, "before …".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from omnimodal.encoders.date import words
from omnimodal.encoders.date.calendar import (
    DAY,
    civil_from_days,
    days_from_civil,
    easter,
    floor,
    instant,
    shift,
    weekday,
)
from omnimodal.encoders.date.notation import read_iso
from omnimodal.encoders.date.reading import UNIT_LETTERS, Fields, Reading, span_timex, template, timex_year, unit_at


@dataclass(frozen=True)
class Setting:
    """What expressions are read against: the reference in seconds from 2000, and which comes first in 04/01."""

    now: int | None = None
    day_first: bool = False


@dataclass(frozen=True)
class Rule:
    pattern: str
    build: Callable[[re.Match[str], Setting], Reading | None]
    regex: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "regex", words.expand(self.pattern))


def month(text: str) -> int:
    return words.look_up("months", text.rstrip("."))


def year(text: str | None) -> int | None:
    """ "1976", "'76", "76": two digits are of 1950 to 2049."""
    if text is None:
        return None
    value = int(text.strip("'’"))
    return value if len(text) > 3 else value + (2000 if value < 50 else 1900)


def relative(n: int, unit: str, s: Setting, *, whole: bool) -> Reading:
    """n units from the reference: the whole unit there ("last month"), or the point ("two months ago").

    Without a reference it is known only by its offset, "PRESENT_REF-P2M".
    """
    factor, unit = (2, "week") if unit == "fortnight" else (1, unit)
    n *= factor
    step = "week" if unit == "weekend" else unit
    point_unit = unit if whole or unit in ("second", "minute", "hour") else "day"
    if s.now is None:
        size = f"P{'T' if unit in ('second', 'minute', 'hour') else ''}{abs(n)}{UNIT_LETTERS[unit]}"
        return Reading(point_unit, f"PRESENT_REF{'-' if n < 0 else '+'}{size}")
    at = shift(floor(s.now, step), step, n) if whole else shift(s.now, step, n)
    if unit == "weekend":
        return unit_at(at + 5 * DAY, "weekend").but(relative=True)
    if point_unit != unit:
        at = floor(at, "day")
    return unit_at(at, "second" if point_unit in ("minute", "hour") and not whole else point_unit).but(relative=True)


def previous_word(m: re.Match[str]) -> str:
    before = re.search(r"([^\W\d_]+)[\s.(]{0,2}$", m.string[max(0, m.start() - 16) : m.start()])
    return before[1].lower() if before else ""


def day_month_year(m: re.Match[str], s: Setting) -> Reading | None:
    a, b, y = int(m["a"]), int(m["b"]), year(m["y"])
    if previous_word(m) in words.table()["not_year_before"]:
        return None  # version 1.2.2019
    orders = [(b, a), (a, b)] if s.day_first else [(a, b), (b, a)]
    readings = [template(Fields(y, month_, day), s.now) for month_, day in orders if month_ <= 12 and day <= 31]
    if not readings:
        return template(Fields(y, a, b), s.now)  # raises, naming the field
    return readings[0].but(others=tuple(readings[1:]) if a != b else ())


def named_day(m: re.Match[str], s: Setting) -> Reading:
    return template(Fields(year(m["y"]), month(m["m"]), words.number(m["d"])), s.now)


def days_of_month(m: re.Match[str], s: Setting) -> Reading | None:
    from omnimodal.encoders.date.reading import between

    ends = [template(Fields(year(m["y"]), month(m["m"]), words.number(m[d])), s.now) for d in ("d", "e")]
    return between(ends[0], ends[1], s.now)


def named_month(m: re.Match[str], s: Setting) -> Reading | None:
    word = m["m"].rstrip(".")
    if (
        m["y"] is None
        and word.lower() in words.table()["ambiguous"]
        and not ((word[0].isupper() and len(word) > 3) or word == "May")
    ):
        return None
    if m["y"] is None and len(word) <= 4 and not word[0].isupper() and word.lower() not in ("june", "july"):
        return None
    return template(Fields(year(m["y"]), month(word)), s.now).but(prior=0.9 if m["y"] else 0.7)


def plain_year(m: re.Match[str], s: Setting) -> Reading | None:
    """Four digits that stand as a year does: not "2019 people", "2019 km", "page 1950", "1,950", "$1999"."""
    value, text = int(m[0]), m.string
    if not 1000 <= value <= 2100:
        return None
    after = re.match(r"\s?[\s-]([^\W\d_]+)", text[m.end() : m.end() + 16])
    previous, table = previous_word(m), words.table()
    if previous in table["not_year_before"] or (after and after[1].lower() in table["not_year_after"]):
        return None
    if (text[max(0, m.start() - 1) : m.start()] in "$€£¥#/" and m.start()) or text[m.end() : m.end() + 1] in ("%", "°"):
        return None
    return template(Fields(value)).but(prior=0.9 if previous in table["year_cues"] else 0.75)


def historic_year(m: re.Match[str], s: Setting) -> Reading:
    value = int(re.sub(r"[,\s]", "", m["n"]))
    return template(Fields(1 - value if m["era"].upper().startswith("B") else value))


def years_abbreviated(m: re.Match[str], s: Setting) -> Reading | None:
    """ "1914–18"."""
    a, b = int(m["y"]), int(m["y"][:2] + m["z"])
    if not (1000 <= a <= 2100 and a < b):
        return None
    start, end = instant(a), instant(b)
    return Reading("year", span_timex(start, end, "year"), ((start, instant(b + 1)),))


def decade(m: re.Match[str], s: Setting) -> Reading | None:
    text = m["n"]
    value = int(text) if text.isdigit() else words.look_up("decades", text)
    if value % 10 or (text.isdigit() and len(text) == 4 and not 1000 <= value <= 2100):
        return None
    if value >= 1000:  # "the 1800s" is a century, "the 2000s" a decade
        return unit_at(instant(value), "century" if value % 100 == 0 and value != 2000 else "decade")
    value += (int(m["c"]) * 100 if m["c"] else 1900 if value >= 30 else 2000) if text.isdigit() else 1900
    return unit_at(instant(value), "decade").but(prior=0.9 if not text.isdigit() else 0.8)


def century(m: re.Match[str], s: Setting) -> Reading:
    n, unit = words.number(m["n"]), m["unit"].lower().rstrip("s")
    size = 1000 if unit.startswith("millen") else 100
    if m["era"] and m["era"].upper().startswith("B"):
        start, end = instant(1 - n * size), instant(1 - (n - 1) * size)
        return Reading("century" if size == 100 else "millennium", span_timex(start, end, "year"), ((start, end),))
    return unit_at(instant((n - 1) * size), "century" if size == 100 else "millennium")


def quarter(m: re.Match[str], s: Setting) -> Reading | None:
    groups = m.groupdict()
    n = words.number(groups["n"])
    unit, months, top = ("half", 6, 2) if (groups.get("kind") or "q").lower()[0] == "h" else ("quarter", 3, 4)
    if not 1 <= n <= top:
        return None
    y = year(groups.get("y"))
    if y is None:
        if s.now is None:
            return Reading(unit, f"XXXX-{'H' if unit == 'half' else 'Q'}{n}")
        y = civil_from_days(s.now // DAY)[0]
        return unit_at(instant(y, (n - 1) * months + 1), unit).but(relative=True)
    return unit_at(instant(y, (n - 1) * months + 1), unit)


_SEASON_MONTH = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}


def season(m: re.Match[str], s: Setting) -> Reading | None:
    groups = m.groupdict()
    code, step = words.look_up("seasons", m["season"]), groups.get("step")
    y = year(groups.get("y"))
    if y is None and step is None:
        if m["season"].lower() in ("spring", "fall") and not re.search(
            r"\b(?:in|the|by|until|of)\s(?:the\s)?$", m.string[: m.start()][-10:]
        ):
            return None
        return Reading("season", f"XXXX-{code}", prior=0.7)
    if y is None:
        if s.now is None:
            return Reading(
                "season",
                f"PRESENT_REF{'-+'[words.look_up('steps', step) >= 0]}P{abs(words.look_up('steps', step))}Y-{code}",
            )
        y = civil_from_days(s.now // DAY)[0] + words.look_up("steps", step)
    return unit_at(instant(y, _SEASON_MONTH[code]), "season").but(relative=step is not None)


def time_of_day(m: re.Match[str], s: Setting) -> Reading:
    """ "14:50", "2:50 pm", "2 pm", "five o'clock"."""
    parts = [words.number(p) for p in re.split(r"[:.]", m["t"])]
    half = m.groupdict().get("half")
    if half and parts[0] <= 12:
        parts[0] = parts[0] % 12 + (12 if half[0].lower() == "p" else 0)
    return template(Fields(None, None, None, None, *parts, *(None,) * (3 - len(parts))), s.now)


def times_of_day(m: re.Match[str], s: Setting) -> Reading | None:
    """ "5-6 pm": the first hour takes its half of the day from the second."""
    from omnimodal.encoders.date.reading import between

    ends = []
    for t in ("t", "u"):
        parts = [int(p) for p in re.split(r"[:.]", m[t])]
        if parts[0] > 12:
            return None
        parts[0] = parts[0] % 12 + (12 if m["half"][0].lower() == "p" else 0)
        ends.append(parts)
    if ends[0] > ends[1]:
        ends[0][0] -= 12  # "11-1 pm"
    if ends[0][0] < 0:
        return None
    a, b = (template(Fields(None, None, None, None, *p, *(None,) * (3 - len(p)))) for p in ends)
    return between(a, b, s.now)


def moment(m: re.Match[str], s: Setting) -> Reading:
    return template(Fields(hour=words.look_up("moments", m["w"]), minute=0))


def daypart(m: re.Match[str], s: Setting) -> Reading:
    timex, start, end = words.look_up("dayparts", m["p"])
    reading = Reading("daypart", timex, ((start * 3600, end * 3600),), clock=True, prior=0.6)
    step = m.groupdict().get("step")
    if not step:
        return reading
    from omnimodal.encoders.date.reading import at_time

    return at_time(relative(words.look_up("steps", step), "day", s, whole=True), reading, s.now)


def near_day(m: re.Match[str], s: Setting) -> Reading:
    day = relative(words.look_up("days", m["w"]), "day", s, whole=True)
    if not m["w"].lower().startswith("toni"):
        return day
    from omnimodal.encoders.date.reading import at_time

    timex, start, end = words.look_up("dayparts", "night")
    return at_time(day, Reading("daypart", timex, ((start * 3600, end * 3600),), clock=True), s.now)


def now(m: re.Match[str], s: Setting) -> Reading:
    return Reading(
        "second", "PRESENT_REF", () if s.now is None else ((s.now, s.now + 1),), relative=s.now is not None, prior=0.6
    )


def stepped(m: re.Match[str], s: Setting) -> Reading | None:
    """ "last Tuesday", "next month", "this July": the weekday of the week, the month of the year, that many away."""
    n, word = words.look_up("steps", m["step"]), m["w"].lower().rstrip(".")
    table = words.table()
    if word in table["weekdays"]:
        wday = table["weekdays"][word]
        if s.now is None:
            return Reading("day", f"PRESENT_REF{'-+'[n >= 0]}P{abs(n)}W-{wday + 1}")
        monday = floor(s.now, "week") // DAY
        at = monday + 7 * n + wday
        if n and m["step"].lower() != "next" and abs(at - s.now // DAY) > 7:
            at -= 7 * n  # "last Friday", said on a Saturday, is yesterday
        return unit_at(at * DAY, "day").but(relative=True)
    if word in table["months"]:
        if s.now is None:
            return Reading("month", f"PRESENT_REF{'-+'[n >= 0]}P{abs(n)}Y-{table['months'][word]:02}")
        this_year, this_month, _ = civil_from_days(s.now // DAY)
        number = table["months"][word]
        y = this_year + n - (n > 0 and number > this_month) + (n < 0 and number < this_month)
        return unit_at(instant(y, number), "month").but(relative=True)
    unit = table["units"].get(word, table["units"].get(word.removesuffix("s"), ""))
    if unit in ("second", "minute", "") or (word == "night" and n != -1):
        return None
    if word == "night":
        return daypart(words.expand(r"(?P<step>last)\s(?P<p>night)").match("last night"), s)  # type: ignore[arg-type]
    return relative(n, unit, s, whole=unit != "hour")


def stretch(m: re.Match[str], s: Setting) -> Reading | None:
    """ "the last three months", "next 5 days": a span that ends, or begins, at the reference."""
    n, word = words.look_up("steps", m["step"]), m["unit"].lower()
    units = words.table()["units"]
    unit = units.get(word, units.get(word.removesuffix("s"), ""))
    count = words.number(m["count"]) * (2 if unit == "fortnight" else 1)
    unit = {"fortnight": "week", "weekend": "week", "night": "day"}.get(unit, unit)
    if n == 0:
        return None
    fine = unit in ("second", "minute", "hour")
    size = f"P{'T' if fine else ''}{count}{UNIT_LETTERS[unit]}"
    if s.now is None:
        there = f"PRESENT_REF{'-+'[n > 0]}{size}"
        return Reading(unit, f"({there},PRESENT_REF,{size})" if n < 0 else f"(PRESENT_REF,{there},{size})")
    base = s.now if fine else floor(s.now, "day") + (DAY if n > 0 else 0)
    start, end = sorted((base, shift(base, unit, n * count)))
    ends = [unit_at(t, "second" if fine else "day").timex for t in (start, end)]
    return Reading(unit, f"({ends[0]},{ends[1]},{size})", ((start, end),), relative=True)


def offset(m: re.Match[str], s: Setting) -> Reading | None:
    """ "two days ago", "in three weeks", "5 minutes later"."""
    groups = m.groupdict()
    sign = words.look_up("directions", groups["way"]) if groups.get("way") else 1
    units, word = words.table()["units"], m["unit"].lower()
    unit = units.get(word, units.get(word.removesuffix("s"), ""))
    return relative(sign * words.number(m["count"]), "week" if unit == "weekend" else unit, s, whole=False)


def weekday_alone(m: re.Match[str], s: Setting) -> Reading | None:
    word = m["w"].rstrip(".")
    if (
        len(word) <= 5
        and word.lower() in words.table()["ambiguous"]
        and (not word[0].isupper() or word in ("Sun", "Sat", "Mar"))
    ):
        return None
    wday = words.look_up("weekdays", word)
    reading = template(Fields(weekday=wday), s.now)
    return reading.but(recurrence="P1W", spans=(), relative=False) if m["s"] else reading.but(prior=0.8)


def weekday_with_day(m: re.Match[str], s: Setting) -> Reading:
    return template(Fields(weekday=words.look_up("weekdays", m["w"].rstrip(".")), day=words.number(m["d"])), s.now)


def recurring(m: re.Match[str], s: Setting) -> Reading | None:
    """ "every Monday", "every two weeks", "daily"."""
    groups = m.groupdict()
    if groups.get("single"):
        size = words.look_up("every", m["single"])
        unit = {v: k for k, v in UNIT_LETTERS.items() if k != "minute"}[size.lstrip("P0123456789")]
        return Reading(unit, size, recurrence=size, prior=0.6)
    if groups.get("w"):
        return template(Fields(weekday=words.look_up("weekdays", m["w"].rstrip(".")))).but(recurrence="P1W")
    units, word = words.table()["units"], m["unit"].lower()
    unit = units.get(word, units.get(word.removesuffix("s"), ""))
    count = 2 if (groups.get("count") or "") == "other" else words.number(groups.get("count") or "1")
    count, unit = (count * 2, "week") if unit == "fortnight" else (count, unit)
    size = f"P{'T' if unit in ('second', 'minute', 'hour') else ''}{count}{UNIT_LETTERS[unit]}"
    return Reading(unit, size, recurrence=size)


def era(m: re.Match[str], s: Setting) -> Reading:
    first, last = words.look_up("eras", m["era_name"])
    start, end = instant(first), instant(last)
    return Reading(
        "era", f"({timex_year(first)},{timex_year(last)},P{last - first}Y)", ((start, end),), approximate=True
    )


def holiday(m: re.Match[str], s: Setting) -> Reading:
    """A feast of a given year, or the nearest ones to the reference."""
    name, table = re.sub(r"[\s-]+", " ", m["name"].lower().replace("’", "'")), words.table()

    def in_year(y: int) -> tuple[int, int, int]:
        if name in table["holidays"]:
            return (y, *table["holidays"][name])
        if name in table["easter_holidays"]:
            return civil_from_days(days_from_civil(y, *easter(y)) + table["easter_holidays"][name])
        number, wday, nth, plus = table["nth_weekday_holidays"][name]
        first = days_from_civil(y, number + (nth < 0), 1)
        at = first + (wday - weekday(first)) % 7 + 7 * (nth - (nth > 0))
        return civil_from_days(at + plus)

    if y := year(m["y"]):
        return template(Fields(*in_year(y)))
    if name in table["holidays"]:
        return template(Fields(None, *table["holidays"][name]), s.now)
    if s.now is None:
        return Reading("day", f"XXXX-{re.sub(r'[^A-Z]', '', name.upper())}")
    this = civil_from_days(s.now // DAY)[0]
    days = [unit_at(instant(*in_year(this + n)), "day") for n in (-1, 0, 1)]
    ahead = [d for d in days if d.spans[0][0] >= floor(s.now, "day")]  # type: ignore[operator]
    past = [d for d in days if d not in ahead]
    return ahead[0].but(spans=ahead[0].spans + past[-1].spans, relative=True)


def iso(m: re.Match[str], s: Setting) -> Reading | None:
    return read_iso(m[0], s.now)


_OF = r"(?:\s?,\s?|\s{1,3}(?:of\s{1,3}|in\s{1,3})?|\s?[-/.]\s?)"
_YEAR = rf"(?:{_OF}(?:the\s(?:year\s)?)?(?P<y><year>))?"


@cache
def rules() -> dict[str, tuple[Rule, ...]]:
    """Rules by the kind of the token they begin with, see `kind_of`. The longest match at a place wins, then the first."""
    t = words.table()
    return {
        "digits": (
            Rule(r"\d{4}-\d\d-\d\d(?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])", iso),
            Rule(r"\d{4}-(?:0[1-9]|1[0-2])(?![\w-]|\.\d)", iso),
            Rule(r"\d{4}-(?:W\d\d(?:-\d)?|Q[1-4])(?![\w-])", iso),
            Rule(r"(?P<y>\d{4})(?P<s>[/.])(?P<a>\d{1,2})(?P=s)(?P<b>\d{1,2})(?![\w/]|\.\d)", lambda m, s: day_month_year(m, Setting(s.now))),
            Rule(r"(?P<a>\d{1,2})(?P<s>[/.-])(?P<b>\d{1,2})(?P=s)(?P<y>\d{4}|\d{2})(?![\w/-]|\.\d)", day_month_year),
            Rule(r"(?P<a>\d{1,2})/(?P<b>\d{1,2})(?P<y>)?(?![\w/]|[.,]\d)", slashed),
            Rule(rf"(?P<d><day>)\s?(?:<dash>|to|and)\s?(?P<e><day>)\s(?:of\s)?(?P<m><month>){_YEAR}", days_of_month),
            Rule(rf"(?P<d><day>)(?:\s?-\s?|\s{{0,3}}(?:day\s)?(?:of\s)?)(?P<m><month>){_YEAR}", named_day),
            Rule(r"(?P<y>\d{4})[\s/-](?P<m><month>)[\s/-](?P<d><day>)", named_day),
            Rule(r"(?P<y>\d{4})\s(?P<m><month>)", named_month),
            Rule(r"(?P<n>\d{1,3}(?:,\d{3}){1,3}|\d{1,10})\s?(?P<era><era>)", historic_year),
            Rule(r"(?P<y>\d{4})[-–](?P<z>\d\d)(?![\w-]|[.,]\d)", years_abbreviated),
            Rule(r"\d{4}(?!\w|[.,:]\d|[-–/]\d{1,3}(?!\d))", plain_year),
            Rule(r"(?P<n>(?P<c>)\d{4}|(?:\d0))['’]?s(?!\w)", decade),
            Rule(r"(?P<n><ordinal>)[\s-]{1,2}(?P<unit>century|millennium)(?:\s(?P<era><era>))?", century),
            Rule(r"(?P<n>[1-4])Q\s?(?P<y>\d{4}|['’]?\d\d)(?!\w)", quarter),
            Rule(r"(?P<n>[1-4](?:st|nd|rd|th))\s(?P<kind>quarter|half)(?:\s(?:of\s)?(?P<y><year>))?", quarter),
            Rule(r"(?P<t><clock>)\s?(?P<half><meridiem>)", time_of_day),
            Rule(r"(?P<t>(?:2[0-4]|1\d|0?\d)[:.][0-5]\d(?:[:.][0-5]\d)?)\s?(?P<half><meridiem>)(?!\w)", time_of_day),
            Rule(r"(?P<t>(?:2[0-4]|1\d|0?\d):[0-5]\d(?::[0-5]\d)?)(?!\w|[.:]\d)", time_of_day),
            Rule(r"(?P<t>\d{1,2})\so['’]?clock", time_of_day),
            Rule(r"(?P<t>\d{1,2}(?:[:.][0-5]\d)?)(?:<dash>|\s(?:to|till|until|and)\s)(?P<u>\d{1,2}(?:[:.][0-5]\d)?)\s?(?P<half><meridiem>)", times_of_day),
            Rule(rf"(?P<count><count>)\s?(?P<unit><unit>)\s(?P<way>{words.any_of(t['directions'])})\b", offset),
        ),
        "number": (
            Rule(rf"(?P<count><count>)\s(?P<unit><unit>)\s(?P<way>{words.any_of(t['directions'])})\b", offset),
            Rule(rf"(?P<d><day>)\s(?:day\s)?(?:of\s)?(?P<m><month>){_YEAR}", named_day),
            Rule(r"(?P<n><ordinal>)[\s-]{1,2}(?P<unit>century|millennium)(?:\s(?P<era><era>))?", century),
            Rule(r"(?P<n><ordinal>)\s(?P<kind>quarter|half)\s(?:of\s)(?P<y><year>)", quarter),
            Rule(r"(?P<n><ordinal>)\s(?P<kind>quarter)(?P<y>)?\b(?!\s(?:of|mile))", quarter),
            Rule(r"(?P<t><hour>)\s(?:o['’]?clock)(?:\s(?P<half><meridiem>))?", time_of_day),
            Rule(r"(?P<t><hour>)\s(?P<half>[ap]\.?m\b\.?)", time_of_day),
        ),
        "month": (
            Rule(rf"(?P<m><month>)\s(?:the\s)?(?P<d><day>)\s?(?:<dash>|to|through|and)\s?(?P<e><day>)(?!\s(?:<month>|years?\b|(?:a|p)\.?m)){_YEAR}", days_of_month),
            Rule(rf"(?P<m><month>)[\s/-]{{1,2}}(?:the\s)?(?P<d><day>){_YEAR}", named_day),
            Rule(rf"(?P<m><month>){_YEAR}", named_month),
        ),
        "weekday": (
            Rule(r"(?P<w><weekday>)(?:\s|,\s)(?:the\s)?(?P<d>\d{1,2}(?:st|nd|rd|th))\b(?!\s(?:of\s)?<month>)", weekday_with_day),
            Rule(r"(?P<w><weekday>)(?P<s>)?", weekday_alone),
        ),
        "weekdays": (Rule(rf"(?P<w>{words.any_of(w for w in t['weekdays'] if len(w) > 5)})(?P<s>s)\b", weekday_alone),),
        "season": (
            Rule(r"(?P<season><season>)\s(?:of\s)?(?:the\syear\s)?(?P<y><year>)", season),
            Rule(r"(?P<season><season>)", season),
        ),
        "quarter": (Rule(r"(?P<kind>[qh])(?P<n>[1-4])(?:[\s/-]?\s?(?:of\s)?(?P<y><year>|\d\d\b))?", quarter),),
        "era": (
            Rule(r"(?P<era>AD|A\.D\.)\s?(?P<n>\d{1,4})\b", historic_year),
            Rule(rf"(?P<era_name>{words.any_of(t['eras'])})\b", era),
        ),
        "decade": (Rule(rf"(?P<n>{words.any_of(t['decades'])})\b(?P<c>)?", decade),),
        "daypart": (Rule(r"(?P<p><daypart>)\b", daypart),),
        "in": (
            Rule(r"in\s(?P<count><count>)\s(?P<unit><unit>)(?!\s(?:of|ago|later|before|after)\b)", offset),
            Rule(r"(?:in\s(?:the\s)?|at\s)(?P<p><daypart>)", daypart),
            Rule(rf"(?P<w>{words.any_of(t['now'])})\b", now),
        ),
        "moment": (Rule(rf"(?:12\s)?(?P<w>{words.any_of(t['moments'])})\b", moment),),
        "relative": (
            Rule(rf"(?P<w>{words.any_of(t['days'])})\b", near_day),
            Rule(rf"(?P<w>{words.any_of(t['now'])})\b", now),
            Rule(r"(?P<step><step>)\s(?P<p><daypart>)", lambda m, s: None if m["step"].lower() not in ("this", "last") else daypart(m, s)),
            Rule(r"(?P<step><step>)\s(?P<season><season>)(?P<y>)?", season),
            Rule(r"(?P<step><step>)\s(?P<w><weekday>|<month>|<unit>)", stepped),
            Rule(r"(?P<step><step>)\s(?P<count><count>)\s(?P<unit><unit>)", stretch),
            Rule(r"(?:every|each)\s(?:(?P<count>other|<count>)\s)?(?P<unit><unit>)", recurring),
            Rule(r"(?:every|each)\s(?P<w><weekday>)", recurring),
            Rule(rf"(?P<single>{words.any_of(t['every'])})\b", recurring),
        ),
        "holiday": (
            Rule(rf"(?P<name>{words.any_of([*t['holidays'], *t['nth_weekday_holidays'], *t['easter_holidays']])})\b{_YEAR}", holiday),
        ),
    }  # fmt: skip


def slashed(m: re.Match[str], s: Setting) -> Reading | None:
    """ "22/04", but not the fraction 3/4: two digits on one side, or a word before that only a date follows."""
    likely = (
        len(m["a"]) == 2
        or len(m["b"]) == 2
        or re.search(r"\b(?:on|until|by|since)\s$", m.string[max(0, m.start() - 8) : m.start()])
    )
    return day_month_year(m, s).but(prior=0.6) if likely and max(int(m["a"]), int(m["b"])) <= 31 else None  # type: ignore[union-attr]


@cache
def kinds() -> dict[str, tuple[str, ...]]:
    """The kinds of tokens that rules begin with, by lower-case word."""
    t = words.table()
    found: dict[str, list[str]] = {}

    def add(kind: str, names: object) -> None:
        for name in names:  # type: ignore[attr-defined]
            first = re.match(r"[^\W\d_]+", name)
            if first and kind not in found.setdefault(first[0], []):
                found[first[0]].append(kind)

    add("month", t["months"])
    add("weekday", t["weekdays"])
    add("weekdays", (w + "s" for w in t["weekdays"] if len(w) > 5))
    add("season", t["seasons"])
    add("number", [*t["numbers"], *t["ordinals"]])
    add("quarter", ["q", "h"])
    add("era", [*t["eras"], "ad", "a.d."])
    add("decade", t["decades"])
    add("daypart", t["dayparts"])
    add("in", ["in", "at"])
    add("moment", t["moments"])
    add("relative", [*t["days"], *t["now"], *t["steps"], *t["every"], "every", "each"])
    add("holiday", [*t["holidays"], *t["nth_weekday_holidays"], *t["easter_holidays"]])
    return {word: tuple(kinds) for word, kinds in found.items()}
