"""Questions about numbers, short enough to train on without an accelerator."""

from __future__ import annotations

import random

from omnimodal.encoders.number.entity import Number
from omnimodal.train.task import Draw, Example, Task

DIGITS = (" zero", " one", " two", " three", " four", " five", " six", " seven", " eight", " nine")


def log_uniform(rng: random.Random, low: float, high: float) -> Number:
    """An integer whose magnitude, not whose value, is uniform in 10^low … 10^high."""
    return Number(round(10 ** rng.uniform(low, high)))


class Compare(Task):
    """Which of two integers is larger; half of the pairs are of one magnitude. `low`, `high`: powers of ten."""

    name = "number/compare"

    def __init__(self, low: float = 0, high: float = 6):
        self.low, self.high = low, high

    def example(self, rng: random.Random, draw: Draw) -> Example:
        a = draw(lambda: log_uniform(rng, self.low, self.high))
        near = rng.random() < 0.5

        def other() -> Number:
            if not near:
                return log_uniform(rng, self.low, self.high)
            return Number(max(1, round(float(a.value) * rng.uniform(0.5, 2))))

        b = draw(other)
        while b == a:
            near = False
            b = draw(other)
        larger, smaller = (a, b) if a.value > b.value else (b, a)
        first = rng.random() < 0.5
        parts = ("Larger of ", larger if first else smaller, " and ", smaller if first else larger, "?")
        return Example(self.name, parts, " first" if first else " second", (" first", " second"))


class Add(Task):
    """The sum of two integers of up to three digits, as text."""

    name = "number/add"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        a, b = (draw(lambda: Number(rng.randint(0, 999))) for _ in range(2))
        return Example(self.name, ("", a, " + ", b, " ="), f" {a.value + b.value}")


class Magnitude(Task):
    """How many digits an integer has; each count equally often."""

    name = "number/magnitude"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        count = rng.randint(2, 9)
        a = draw(lambda: Number(rng.randrange(10 ** (count - 1), 10**count)))
        return Example(self.name, ("Digits in ", a, ":"), DIGITS[count], DIGITS[2:])


class LastDigit(Task):
    """The units digit of an integer."""

    name = "number/last_digit"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        last = rng.randrange(10)
        a = draw(lambda: Number(log_uniform(rng, 1, 5).value // 10 * 10 + last))
        return Example(self.name, ("Last digit of ", a, ":"), DIGITS[last], DIGITS)
