"""Numbers → features. Digit strings are read once from the Decimals; all the rest is numpy over the whole batch.

A magnitude is given three ways, because each serves what the others cannot: *ladder* coordinates,
sign·log10(1 + |x|/10^k) for several k, are monotone in the value and never saturate, so that a comparison learnt on
small numbers holds for unseen large ones; sines and cosines of the logarithm separate near magnitudes; one-hot exponent
and digits are exact.

The scales of the blocks are the design. Columns that are constant in the training range (the one-hot of an unseen
exponent) or change their meaning beyond it (the 10^5 digit, once there are millions) must be quiet beside the ladder,
or a comparison trained on 1 … 10^6 falls to chance on 10^6 … 10^8. For the same reason no rung of the ladder lies
above 1 (it would only come alive outside the training range), and there are no radial bases. `benchmarks/number.py`
measures it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

import numpy as np
from numpy.typing import NDArray

from omnimodal.encoders.number.entity import KINDS, Number
from omnimodal.encoders.number.units import dimensions, find_unit

Array = NDArray[np.float64]

KEPT = 40  # leading digits read from a Decimal
LEADING = 15  # digits aligned at the leading digit
PLACES = range(11, -7, -1)  # powers of ten aligned at the units place: 18 digits
EXPONENTS = range(-12, 20)  # one-hot, the ends standing for all beyond
SCALES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)  # periods of log10|x|
LADDER = (0, -1, -2, -3, -4, -6, -9, -12)
LOUD, MIDDLE, QUIET = 3.0, 0.5, 0.1  # scales of the ladder; periodic log and leading digits; exponent and places
BOUND_DIGITS = 6  # leading digits of low, high and the value in SI units
HASHES = 1024  # rows for hashed units and currencies; 0 stands for none


_context = Context(prec=34, Emin=-9999, Emax=9999)  # not the caller's, so that features are pure


@dataclass(frozen=True)
class Digits:
    """n values: sign [n] in −1, 0, 1; exponent [n] of the leading digit, 0 for zero; digits [n, KEPT] from there."""

    sign: NDArray[np.int64]
    exponent: NDArray[np.int64]
    digits: NDArray[np.uint8]

    @property
    def log10(self) -> Array:
        """log10 |x|, 0 for zero."""
        mantissa = self.digits[:, :17] @ (10.0 ** -np.arange(17))
        return np.where(self.sign == 0, 0.0, self.exponent + np.log10(np.maximum(mantissa, 1.0)))


def read_digits(values: Sequence[Decimal]) -> Digits:
    """The digits of finite Decimals, with no way through a binary float."""
    parts = [value.as_tuple() for value in values]
    rows = b"".join(bytes(p.digits[:KEPT]).ljust(KEPT, b"\0") for p in parts)
    digits = np.frombuffer(rows, dtype=np.uint8).reshape(len(parts), KEPT)
    ends = [(1 - 2 * p.sign, len(p.digits) + int(p.exponent) - 1) for p in parts]
    sign, exponent = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    nonzero = digits.any(axis=1)
    return Digits(sign * nonzero, exponent * nonzero, digits)


def value_features(values: Sequence[Decimal]) -> Array:
    """n values → [n, VALUE]: ladder, periodic log, exponent one-hot, digits aligned both ways."""
    d = read_digits(values)
    log = d.log10[:, None]
    nonzero = (d.sign != 0)[:, None]
    phase = 2 * np.pi * log / np.array(SCALES)
    exponent = np.clip(d.exponent, EXPONENTS[0], EXPONENTS[-1])[:, None] == np.array(EXPONENTS)
    at = d.exponent[:, None] - np.array(PLACES)  # which of the leading digits stands at each place
    there = (at >= 0) & (at < KEPT) & nonzero
    placed = np.take_along_axis(d.digits, np.clip(at, 0, KEPT - 1), axis=1) * there
    return np.concatenate(
        [
            ladder(d),
            MIDDLE * np.sin(phase) * nonzero,
            MIDDLE * np.cos(phase) * nonzero,
            QUIET * exponent * nonzero,
            MIDDLE * (d.digits[:, :LEADING] / 4.5 - 1),
            MIDDLE * _circle(d.digits[:, :LEADING]),
            QUIET * _circle(placed),
        ],
        axis=1,
    )


def ladder(d: Digits) -> Array:
    """[n, 8]: sign·log10(1 + |x|/10^k), monotone in x, exact for any exponent, and never saturated."""
    shifted = (d.log10[:, None] - np.array(LADDER)) * np.log(10.0)
    return LOUD * d.sign[:, None] * np.logaddexp(0.0, shifted) / np.log(10.0)


def features(numbers: Sequence[Number]) -> tuple[Array, NDArray[np.int64]]:
    """n numbers → floats [n, SIZE] and ids [n, 2] of unit and currency."""
    if not numbers:
        return np.zeros((0, SIZE)), np.zeros((0, 2), dtype=np.int64)
    units = [find_unit(n.unit) if n.unit else None for n in numbers]
    none = (0,) * len(dimensions())
    dims = np.array([u.dims if u else none for u in units]) / 2.0
    si = [
        _context.fma(n.value, Decimal(repr(u.si)), Decimal(repr(u.offset))) if u else Decimal(0)
        for n, u in zip(numbers, units, strict=True)
    ]
    floats = np.concatenate(
        [
            _flags(numbers),
            value_features([n.value for n in numbers]),
            dims,
            *(_bound_features(x) for x in ([n.low for n in numbers], [n.high for n in numbers], si)),
        ],
        axis=1,
    )
    ids = np.array([(_hashed(n.unit), _hashed(n.currency)) for n in numbers], dtype=np.int64)
    return floats, ids


def _flags(numbers: Sequence[Number]) -> Array:
    rows = [
        (n.value > 0, n.value < 0, not n.value, n.value.as_tuple().exponent == 0, n.approximate,
         n.unit is not None, n.currency is not None, n.low is not None, n.high is not None,
         n.bounds[0] == "[", n.bounds[1] == "]", n.kind == "range" and n.low == n.high,
         *(n.kind == kind for kind in KINDS))
        for n in numbers
    ]  # fmt: skip
    return np.array(rows, dtype=np.float64)


def _bound_features(values: Sequence[Decimal | None]) -> Array:
    """Ladder and leading digits, for what comes beside the value; zeros where there is none."""
    d = read_digits([Decimal(0) if x is None else x for x in values])
    there = np.array([x is not None for x in values])[:, None]
    return np.concatenate([ladder(d), d.exponent[:, None] / 4.0, d.digits[:, :BOUND_DIGITS] / 9.0], axis=1) * there


def _circle(digits: NDArray) -> Array:
    """[n, k] digits → [n, 2k]: their places on a circle of ten, where 9 and 0 are neighbours."""
    phase = 2 * np.pi * digits / 10
    return np.concatenate([np.sin(phase), np.cos(phase)], axis=1)


def _hashed(name: str | None) -> int:
    if name is None:
        return 0
    return 1 + int.from_bytes(hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()) % (
        HASHES - 1
    )


FLAGS = 12 + len(KINDS)  # columns of `_flags`
VALUE = len(LADDER) + 2 * len(SCALES) + len(EXPONENTS) + 3 * LEADING + 2 * len(PLACES)
_rungs = [1 / (2 * LOUD)] * len(LADDER)
_bounds = [*_rungs, 1.0, *[1.0] * BOUND_DIGITS]
# Factors [SIZE] that bring every block to about unit size, for a network whose output is normalised: it reads digits as
# well as magnitude, where the scales above leave the digits too quiet to be learned soon.
BALANCE = np.array(
    [1.0] * FLAGS
    + _rungs
    + [1 / MIDDLE] * (2 * len(SCALES))
    + [1 / QUIET] * len(EXPONENTS)
    + [1 / MIDDLE] * (3 * LEADING)
    + [1 / QUIET] * (2 * len(PLACES))
    + [1.0] * len(dimensions())
    + 3 * _bounds
)
SIZE = FLAGS + VALUE + len(dimensions()) + 3 * (len(LADDER) + 1 + BOUND_DIGITS)
