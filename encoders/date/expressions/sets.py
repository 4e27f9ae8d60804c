"""Recurrences: "every Monday at 5", "the 19th of every month", "weekly"."""

from __future__ import annotations

import re
from fractions import Fraction

from omnimodal.encoders.date.expressions import duration, words
from omnimodal.encoders.date.expressions.clock import in_part
from omnimodal.encoders.date.expressions.meaning import Setting, next_word, unit_of
from omnimodal.encoders.date.expressions.reading import LETTER_UNITS, Fields, Reading, template


def every_part(m: re.Match[str], s: Setting) -> Reading:
    """ "every night", "Friday mornings"."""
    code, wday = words.look_up("dayparts", m["p"])[0], m.groupdict().get("w")
    if not wday:
        return Reading("daypart", code, recurrence="P1D")
    number = words.weekday(wday) + 1
    return Reading("daypart", f"XXXX-WXX-{number}{code}", recurrence="P1W")


def every_month(m: re.Match[str], s: Setting) -> Reading:
    """ "the 19th of every month", "every May"."""
    groups = m.groupdict()
    if groups.get("m"):
        day = words.number(m["d"]) if groups.get("d") else None
        return template(Fields(None, words.month(m["m"]), day)).but(recurrence="P1Y")
    return template(Fields(day=words.number(m["d"]))).but(recurrence="P1M")


def every_season(m: re.Match[str], s: Setting) -> Reading:
    """ "Every summer"."""
    return Reading("season", f"XXXX-{words.look_up('seasons', m['season'])}", recurrence="P1Y")


def every_nth(m: re.Match[str], s: Setting) -> Reading | None:
    """ "the first Monday of every month" is XXXX-XX-W01-1; W05 is the last."""
    nth = 5 if m["nth"].lower() == "last" else words.number(m["nth"])
    if nth > 4 and m["nth"].lower() != "last":
        return None
    wday = words.weekday(m["w"])
    return Reading("day", f"XXXX-XX-W{nth:02}-{wday + 1}", recurrence="P1M")


def at_each(r: Reading, time: Reading) -> Reading | None:
    """ "every Monday" + "at 5": the time of a recurrence; that of "every day" alone is just the time."""
    if r.granularity == "daypart" and r.recurrence == "P1D":
        return r.but(timex=in_part(time, r.timex).timex, granularity=time.granularity)
    if (
        r.recurrence
        and (span := re.fullmatch(r"\((T[\d:]+),(T[\d:]+),(P[^,]+)\)", time.timex))
        and re.match("XXXX-|P1D$", r.timex)
    ):
        day = r.timex.removeprefix("P1D")
        timex = f"({day}{span[1]},{day}{span[2]},{span[3]})"
        return r.but(timex=timex, granularity=time.granularity, fields=None)
    if not re.fullmatch(r"XXXX-(?:WXX|XX-W0\d)-\d|XXXX(?:-\d\d|-XX)-\d\d|P1D", r.timex) or not time.timex.startswith(
        "T"
    ):
        return None
    return r.but(timex=r.timex.removeprefix("P1D") + time.timex, granularity=time.granularity, fields=None)


def recurring(m: re.Match[str], s: Setting) -> Reading | None:
    """ "every Monday", "every two weeks", "daily"."""
    groups = m.groupdict()
    if groups.get("single"):
        size = words.look_up("every" if m[0] == m["single"] else "each", m["single"])
        if m[0][0].isupper() and re.search(r"\w\s$", m.string[max(0, m.start() - 2) : m.start()]):
            return None  # the New York Daily News
        if next_word(m).lower() in words.table()["no_events"]:
            return None  # a weekly newspaper, annual rainfall: what does not happen then
        unit = LETTER_UNITS.get(size.lstrip("PT0123456789."), "day")
        return Reading(unit, size, recurrence=size, prior=0.6)
    word = (groups.get("count") or "1").lower()
    count = 2 if word in ("other", "second") else words.number(word)
    if groups.get("w"):
        wday = words.weekday(m["w"])
        if word in ("first", "1st"):  # of the month, though it does not say so
            return Reading("day", f"XXXX-XX-W01-{wday + 1}", recurrence="P1M")
        weekly = template(Fields(weekday=wday))
        return weekly.but(recurrence=f"P{count}W")
    unit = unit_of(m["unit"])
    count, unit = (count * 2, "week") if unit == "fortnight" else (count, unit)
    size = duration.timex(((Fraction(count), unit),))
    return Reading(unit, size, recurrence=size)
