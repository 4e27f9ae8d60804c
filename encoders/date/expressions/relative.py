"""What expressions say that count from somewhere: from the reference, from another date, or within a longer period."""

from __future__ import annotations

import re
from fractions import Fraction

from omnimodal.encoders.date.calendar import DAY, civil_from_days, floor, instant, shift, weekday
from omnimodal.encoders.date.expressions import duration, words
from omnimodal.encoders.date.expressions.meaning import Setting, next_word, previous_word, unit_of, year
from omnimodal.encoders.date.expressions.ranges import part
from omnimodal.encoders.date.expressions.reading import (
    FINE,
    WEAK,
    Fields,
    Reading,
    at_time,
    length,
    span_timex,
    template,
    unit_at,
    unresolved,
)
from omnimodal.encoders.date.expressions.tense import told


def relative(n: int, unit: str, s: Setting, *, whole: bool) -> Reading:
    """n units from the reference: the whole unit there ("last month"), or the point ("two months ago").

    Without a reference it is known only by its offset, "PRESENT_REF-P2M".
    """
    factor, unit = (2, "week") if unit == "fortnight" else (1, unit)
    n *= factor
    step = "week" if unit == "weekend" else unit
    point_unit = unit if whole or unit in FINE else "day"
    if s.now is None:
        return Reading(point_unit, unresolved(n, duration.timex(((Fraction(abs(n)), unit),))))
    at = shift(floor(s.now, step), step, n) if whole else shift(s.now, step, n)
    if unit == "weekend":
        return unit_at(at + 5 * DAY, "weekend").but(relative=True)
    if point_unit != unit:
        at = floor(at, "day")
    return unit_at(at, "second" if point_unit in ("minute", "hour") and not whole else point_unit).but(relative=True)


def _hours(part_of_day: str) -> Reading:
    timex, start, end = words.look_up("dayparts", part_of_day)
    return Reading("daypart", timex, ((start * 3600, end * 3600),), clock=True)


def daypart(m: re.Match[str], s: Setting) -> Reading:
    """ "In the morning", "last night"; "the morning" alone is weak, "one morning" hardly."""
    if step := m.groupdict().get("step"):
        return at_time(relative(words.look_up("steps", step), "day", s, whole=True), _hours(m["p"]), s.now)
    counted = previous_word(m) in words.table()["before_dayparts"] or re.search(
        r"\b\d\s$", m.string[max(0, m.start() - 3) : m.start()]
    )
    return _hours(m["p"]).but(prior=0.8 if m[0] != m["p"] else 0.55 if counted else 0.4)


def this_weekend(m: re.Match[str], s: Setting) -> Reading:
    """ "The weekend"."""
    return relative(0, "weekend", s, whole=True).but(prior=0.6)


def the_unit(m: re.Match[str], s: Setting) -> Reading:
    """ "The month", of which one counts a part: the end of the month, the last Friday of the year, later in the day."""
    led = m.string[max(0, m.start() - 8) : m.start()].lower().endswith(("for the ", "in the "))
    alone = led and not re.match(r"\s?[^\W\d_,]", m.string[m.end() : m.end() + 2])
    return relative(0, m["unit"].lower(), s, whole=True).but(prior=0.55 if alone else WEAK)


def beside(m: re.Match[str], s: Setting) -> Reading:
    """ "What happened the day before?\""""
    n = 1 if m["way"].lower() == "after" else -1
    return relative(n, m["unit"].lower(), s, whole=True).but(prior=0.6)


def same(m: re.Match[str], s: Setting) -> Reading:
    """ "The same year": as one that was named before."""
    unit = m["unit"].lower()
    timex = {"day": "XXXX-XX-XX", "week": "XXXX-WXX", "month": "XXXX-XX", "year": "XXXX"}[unit]
    return Reading(unit, timex, prior=0.6)


def weekdays_away(m: re.Match[str], s: Setting) -> Reading:
    """ "Two Mondays ago": the last Monday is one Monday ago."""
    n, wday = words.number(m["n"]), words.weekday(m["w"])
    sign = words.look_up("directions", m["way"])
    if s.now is None:
        return Reading("day", unresolved(sign, f"P{n}W-{wday + 1}"))
    today = s.now // DAY
    away = int((wday - weekday(today)) % 7) or 7
    at = today + away + 7 * (n - 1) if sign > 0 else today + (away - 7 or -7) - 7 * (n - 1)
    return unit_at(at * DAY, "day").but(relative=True)


def end_of(m: re.Match[str], s: Setting) -> Reading:
    """ "EOY", "EOM"."""
    unit = {"y": "year", "q": "quarter", "m": "month", "w": "week", "d": "day"}[m["unit"].lower()]
    today = relative(0, "day", s, whole=True)
    if unit == "day" and today.spans:
        ends = tuple((e - 1, e) for _, e in today.spans if e is not None)
        return Reading("second", f"{today.timex}T23:59:59", ends, relative=today.relative)
    return part("end", relative(0, unit, s, whole=True))


def rest_of(m: re.Match[str], s: Setting) -> Reading | None:
    """ "The rest of the week": from now, or today, to its end."""
    unit = m["unit"].lower()
    if s.now is None:
        return None
    start, end = s.now if unit == "day" else floor(s.now, "day"), shift(floor(s.now, unit), unit, 1)
    grain = "second" if unit == "day" else "day"
    return Reading(grain, span_timex(start, end, grain, grain=grain), ((start, end),), relative=True)


def next_but_one(m: re.Match[str], s: Setting) -> Reading | None:
    """ "the week after next", "the month before last"."""
    unit = unit_of(m["unit"])
    n = 2 if m["way"].lower().startswith("after") else -2
    return relative(n, unit, s, whole=True) if unit in ("week", "weekend", "month", "quarter", "year") else None


def kind_of_year(m: re.Match[str], s: Setting) -> Reading | None:
    """ "The fiscal year 2008", "FY08", "last fiscal year": whose beginning nobody says; calendar years are years."""
    groups, kind = m.groupdict(), m["kind"][0].upper()
    y, step = year(groups["y"]), groups.get("step")
    if y is None and step and s.now is not None:
        y = civil_from_days(s.now // DAY)[0] + words.look_up("steps", step)
    if kind == "C":
        if y is None:
            return None
        return template(Fields(y)).but(relative=bool(step))
    if y is None and step:
        return None
    timex = f"{'S' if kind == 'S' else 'F'}Y{'XXXX' if y is None else f'{y:04}'}"
    # "The school year runs from September" tells of school years at large.
    return Reading("year", timex, relative=bool(step), prior=0.4 if kind == "S" and y is None else 0.9)


def near_day(m: re.Match[str], s: Setting) -> Reading:
    """ "Tomorrow", "tomorrow pm", "tonight"."""
    day = relative(words.look_up("days", m["w"]), "day", s, whole=True)
    if half := m.groupdict().get("half"):
        return at_time(day, _hours("afternoon" if half.lower() == "pm" else "morning"), s.now)
    return at_time(day, _hours("night"), s.now) if m["w"].lower().startswith("toni") else day


_DISCOURSE = re.compile(r"(?:\s?,|\sthat\b|\s(?:and|or)\s(?:again|then)\b)", re.IGNORECASE)


def now(m: re.Match[str], s: Setting) -> Reading | None:
    """ "We leave now"; not "Now, as I said", "every now and then", "it is now a museum"."""
    word, before = m[0].lower(), previous_word(m)
    aside = word == "now" and before in ("", "every") and _DISCOURSE.match(m.string, m.end())
    state = word == "now" and before in words.table()["is_or_was"] and next_word(m)
    if m[0] == "Now" or aside or state:
        return None
    return Reading(
        "second", "PRESENT_REF", () if s.now is None else ((s.now, s.now + 1),), relative=s.now is not None, prior=0.6
    )


def present(m: re.Match[str], s: Setting) -> Reading:
    """ "1990 to the present": only the end of a range."""
    return Reading(
        "second", "PRESENT_REF", () if s.now is None else ((s.now, s.now + 1),), relative=s.now is not None, prior=0.2
    )


def stepped(m: re.Match[str], s: Setting) -> Reading | None:
    """ "last Tuesday", "next month", "this July": the weekday of the week, the month of the year, that many away."""
    n, word = words.look_up("steps", m["step"]), m["w"].lower().rstrip(".")
    table = words.table()
    if word in table["weekdays"]:
        wday = table["weekdays"][word]
        if s.now is None:
            return Reading("day", unresolved(n, f"P{abs(n)}W-{wday + 1}"))
        monday = floor(s.now, "week") // DAY
        at = monday + 7 * n + wday
        if m["step"].lower().split()[-1] in ("past", "coming") and abs(at - s.now // DAY) > 7:
            at -= 7 * n  # "this past Friday", said on a Saturday, is yesterday; "last Friday" is of last week
        return unit_at(at * DAY, "day").but(relative=True)
    if m["w"] in ("may", "march", "mar") or (word == "day" and n < 0 and previous_word(m) == "the"):
        return None  # the last day
    if word in table["months"]:
        if s.now is None:
            return Reading("month", unresolved(n, f"P{abs(n)}Y-{table['months'][word]:02}"))
        this_year, this_month, _ = civil_from_days(s.now // DAY)
        number = table["months"][word]
        y = this_year + n - (n > 0 and number > this_month) + (n < 0 and number < this_month)
        return unit_at(instant(y, number), "month").but(relative=True)
    unit = "week" if word.startswith("work") else unit_of(word)
    if unit == "fortnight" and s.now is not None and n:
        today = floor(s.now, "day")
        start, end = sorted((today, today + n * 14 * DAY))
        return Reading("week", span_timex(start, end, "week"), ((start, end),), relative=True)
    if unit in ("second", "minute", "") or (word == "night" and n != -1):
        return None
    if word == "night":
        return at_time(relative(n, "day", s, whole=True), _hours("night"), s.now)
    return relative(n, unit, s, whole=unit != "hour")


def stepped_day(m: re.Match[str], s: Setting) -> Reading | None:
    """ "Next March 3rd"."""
    month = stepped(m, s)
    if month is None or not month.fields or month.fields.year is None:
        return None
    return template(month.fields._replace(day=words.number(m["d"]))).but(relative=True)


def stretch(m: re.Match[str], s: Setting) -> Reading | None:
    """ "the last three months", "next 5 days", "within 3 minutes": a span that ends, or begins, at the reference."""
    groups = m.groupdict()
    if not groups.get("step") and m[0].lower().startswith("within") and told(m.string, m.start()):
        return None
    if (groups.get("step") or "").lower() == "last" and previous_word(m) in words.table()["before_verbs"]:
        return None  # it will last three weekends
    n = words.look_up("steps", m["step"]) if groups.get("step") else 1
    amount = duration.parse(f"{m['n']} {m['of']}" if groups.get("n") else m["amount"])
    if n == 0 or not amount:
        return None
    grain, unit, size = duration.point_unit(amount), amount[-1][1], duration.timex(amount)
    if s.now is None:
        there = unresolved(n, size)
        return Reading(unit, f"({there},PRESENT_REF,{size})" if n < 0 else f"(PRESENT_REF,{there},{size})")
    base = s.now if grain == "second" else floor(s.now, "day") + (DAY if n > 0 and groups.get("step") else 0)
    if unit == "quarter":
        base = shift(floor(s.now, unit), unit, int(n > 0))
    start, end = sorted((base, duration.moved(base, amount, n)))
    return Reading(unit, span_timex(start, end, unit, size, grain), ((start, end),), relative=True)


def working_days(m: re.Match[str], s: Setting) -> Reading | None:
    """ "the next 4 business days": from the next of them to the last."""
    n, count = words.look_up("steps", m["step"]), words.number(m["count"])
    if s.now is None or n == 0:
        return None
    days: list[int] = []
    at = s.now // DAY
    while len(days) < min(count, 1000):
        at += n
        if weekday(at) < 5:
            days.append(at)
    start, end = min(days) * DAY, (max(days) + 1) * DAY
    return Reading("day", span_timex(start, end, "day", f"P{count}BD"), ((start, end),), relative=True)


def _taken(m: re.Match[str]) -> bool:
    """ "Finished in 10.61 seconds": how long something took, not what is to come."""
    return bool(re.search(r"\d\.\d", m["amount"])) or told(m.string, m.start())


def offset(m: re.Match[str], s: Setting) -> Reading | None:
    """ "two days ago", "in three weeks", "5 minutes later", "more than 2 weeks ago"."""
    groups = m.groupdict()
    if "way" not in groups and _taken(m):
        return None
    sign = words.look_up("directions", groups["way"]) if groups.get("way") else 1
    amount = duration.parse(m["amount"])
    if not amount:
        return None
    if len(amount) == 1 and amount[0][0].denominator == 1:
        (n, unit), *_ = amount
        there = relative(sign * int(n), "week" if unit == "weekend" else unit, s, whole=False)
    elif s.now is None:
        there = Reading(amount[-1][1], unresolved(sign, duration.timex(amount)))
    else:
        grain = duration.point_unit(amount)
        there = unit_at(floor(duration.moved(s.now, amount, sign), grain), grain).but(relative=True)
    limit = words.look_up("limits", groups["limit"]) if groups.get("limit") else None
    if not limit or not there.spans:
        return there
    return limited(there, unit_at(floor(s.now or 0, "day"), "day"), sign, limit)


def limited(there: Reading, here: Reading, sign: int, limit: str) -> Reading | None:
    """ "More than" two days after is open beyond that day; "less than" lies between."""
    start = there.spans[0][0]
    if limit == "more":
        span = (start, None) if sign > 0 else (None, start)
        return there.but(spans=(span,), modifier="after" if sign > 0 else "before", fields=None)
    a, b = (here, there) if sign > 0 else (there, here)
    (first, _), (last, _) = a.spans[0], b.spans[0]
    assert first is not None
    assert last is not None
    if first >= last:
        return None
    return Reading("day", f"({a.timex},{b.timex},{length(first, last, 'day')})", ((first, last),), relative=True)
