"""Training tasks on dates: short questions whose answers a calendar knows, from 1000 to 2999."""

from __future__ import annotations

import random

from omnimodal.encoders.date.calendar import DAY, MONTH_NAMES, WEEKDAYS, days_from_civil, format_instant, weekday
from omnimodal.encoders.date.entity import Date
from omnimodal.train.task import Draw, Example, Task

FIRST, LAST = int(days_from_civil(1000, 1, 1)), int(days_from_civil(3000, 1, 1))


def on(day: int) -> Date:
    """The date that many days from 2000-01-01."""
    return Date(format_instant(day * DAY))


def day_of(date: Date) -> int:
    assert date.interval[0] is not None  # `on` makes days
    return date.interval[0] // DAY


def distance(rng: random.Random) -> int:
    """1 day to some 200 years, every magnitude equally likely."""
    return max(1, round(10 ** rng.uniform(0, 4.9)))


class Earlier(Task):
    """Which of two dates is the earlier?"""

    name = "date/earlier"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        sign, answer = rng.choice(((1, " first"), (-1, " second")))
        a = draw(lambda: on(rng.randrange(FIRST, LAST)))
        b = draw(lambda: on(day_of(a) + sign * distance(rng)))
        return Example(self.name, (a, " or ", b, ", earlier:"), answer, (" first", " second"))


class Weekday(Task):
    """What day of the week is it?"""

    name = "date/weekday"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        wday = rng.randrange(7)
        monday = FIRST + 7 - weekday(FIRST)
        date = draw(lambda: on(monday + 7 * rng.randrange((LAST - FIRST) // 7 - 1) + wday))
        return Example(self.name, (date, ", weekday:"), f" {WEEKDAYS[wday]}", tuple(f" {w}" for w in WEEKDAYS))


class Month(Task):
    """Which month is it?"""

    name = "date/month"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        month = rng.randrange(12)
        date = draw(lambda: on(int(days_from_civil(rng.randrange(1000, 3000), month + 1, rng.randrange(1, 29)))))
        return Example(self.name, (date, ", month:"), f" {MONTH_NAMES[month]}", tuple(f" {m}" for m in MONTH_NAMES))


class DaysBetween(Task):
    """How many days lie between two dates?"""

    name = "date/days_between"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        a = draw(lambda: on(rng.randrange(FIRST, LAST)))
        b = draw(lambda: on(day_of(a) + rng.choice((-1, 1)) * distance(rng)))
        return Example(self.name, (a, " to ", b, ", days:"), f" {abs(day_of(b) - day_of(a))}")
