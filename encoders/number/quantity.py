"""A number with what stands around it, as the steps of reading hand it on."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from omnimodal.encoders.number.digits import Rational


class Quantity(NamedTuple):
    """A number with what stands around it; `low`/`high` once it is a range. `before`: the word or mark before it;
    `worth`: of one of its currency (a cent is 0.01); `maybe`: the currency that its unit may be as well; `least`: the
    smallest unit of a compound, that may be divided further, and how many of it are one of `unit`."""

    start: int
    end: int
    value: Rational
    kind: str
    unit: str | None = None
    currency: str | None = None
    scale: Rational = 1
    approximate: bool = False
    low: Rational | None = None
    high: Rational | None = None
    bounds: str = "[]"
    parts: tuple[Quantity, ...] = ()
    before: str = ""
    worth: Rational = 1
    maybe: str | None = None
    least: tuple[str, Fraction] | None = None
