"""A bare number with all that stands around it, or none, where it is part of a word or a name."""

from __future__ import annotations

import re
from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache

from omnimodal.encoders.number.after import followed
from omnimodal.encoders.number.before import preceded, qualified
from omnimodal.encoders.number.digits import Rational
from omnimodal.encoders.number.labels import is_named
from omnimodal.encoders.number.parse import Found
from omnimodal.encoders.number.patterns import word_before
from omnimodal.encoders.number.quantity import Quantity

_power = re.compile(r"\^([+-]?[0-9]{1,4})(?![\w.])")


def quantity(text: str, found: Found, floor: int) -> Quantity | None:
    """The bare number with sign, suffix, unit and currency; None where it turns out to be part of a word or a name."""
    before = word_before(text, found.start, floor)
    q = Quantity(found.start, found.end, found.value, found.kind, scale=found.scale, before=before)
    q = preceded(text, q, floor)
    if found.digits:
        q = _raised(text, q)
    q = followed(text, q, found.digits)
    if q.kind == "fraction" and q.value.denominator == 1:
        q = q._replace(kind="cardinal")  # 1½ million
    if found.digits and (_is_glued(text, found, q) or is_named(text, found, q)):
        return None
    return qualified(text, q, floor)


def _raised(text: str, q: Quantity) -> Quantity:
    """2^10, the sign outside the power."""
    power = _power.match(text, q.end)
    result = _to_the(abs(q.value), int(power[1])) if power else None
    if power is None or result is None:
        return q
    return q._replace(value=result if q.value > 0 else -result, end=power.end())


@lru_cache(maxsize=4096)
def _to_the(base: Rational, exponent: int) -> Fraction | None:
    """base ^ exponent to 34 digits, None where it has no value within the bounds."""
    if abs(exponent) > 1000:
        return None
    context = Context(prec=34, Emin=-999, Emax=999)
    try:
        result = context.power(context.divide(Decimal(base.numerator), Decimal(base.denominator)), exponent)
    except (InvalidOperation, ArithmeticError):
        return None
    return Fraction(result) if result.is_finite() else None


def _is_glued(text: str, found: Found, q: Quantity) -> bool:
    """Whether letters hang at the digits that are no suffix: 3rds, 5_a, 12.x; but 3x faster."""
    if q.end != found.end:
        return False
    first, second = text[q.end : q.end + 1], text[q.end + 1 : q.end + 2]
    if first == "x":
        return second.isalnum()
    return first.isalnum() or first == "_" or (first == "." and second.isalpha())
