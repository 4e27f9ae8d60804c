"""Number: an exact value with its kind, unit and currency, or a range of values."""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, ClassVar

from omnimodal.encoders.number.currencies import currency_codes, find_currency, name_of_word_code
from omnimodal.encoders.number.patterns import table
from omnimodal.encoders.number.units import find_unit, unit_words
from omnimodal.entity import Entity
from omnimodal.errors import InvalidEntityError

KINDS = ("cardinal", "ordinal", "percent", "fraction", "range")
MAX_EXPONENT = 400  # 10^-400 ≤ |value| < 10^401
MAX_DIGITS = 802  # significant digits: enough for both ends of the exponent range
_exact = Context(prec=2 * MAX_DIGITS, Emin=-9999, Emax=9999)
_repeating = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-9999, Emax=9999)  # 34 digits, as IEEE 754 decimal128
_short = Context(prec=6, rounding=ROUND_HALF_EVEN, Emin=-9999, Emax=9999)
NOTHING = Fraction(1, 10**20)  # below it, what is left of a value is its rounding
_plain = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]{1,9})?")

NumberLike = int | str | float | Decimal | Fraction


@dataclass(frozen=True, init=False, eq=False)
class Number(Entity):
    """A number. Equal values are equal entities: `Number("1.50") == Number("1.5")`; 5 km and 5000 m stay distinct.

    value: Decimal; given as int, str, Decimal, Fraction (repeating ones are rounded to 34 digits), or a float, which is
    read through its repr. A string may be anything `parse` reads: "1,234", "two thirds", "$3.2bn". In a range it is the
    midpoint, or the one bound there is. A percentage keeps its figure: 12 % is 12.
    unit: canonical name ("km" → "kilometre"); an unknown one raises, naming the nearest. currency: ISO 4217.
    kind: cardinal, ordinal, percent, fraction or range. low, high: the bounds of a range, None where open; `bounds`
    tells which of them belong to it, in the notation of intervals: "[]", "[)", "(]", "()".

    Raises InvalidEntityError for anything else: NaN, infinity, |exponent| > 400, over 802 digits, low > high.
    """

    modality: ClassVar[str] = "number"
    value: Decimal
    unit: str | None = None
    kind: str = "cardinal"
    currency: str | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    approximate: bool = False
    bounds: str = "[]"

    def __init__(
        self,
        value: NumberLike | None = None,
        unit: str | None = None,
        kind: str = "cardinal",
        currency: str | None = None,
        low: NumberLike | None = None,
        high: NumberLike | None = None,
        approximate: bool = False,
        bounds: str = "[]",
    ):
        if isinstance(value, str) and not _plain.fullmatch(value.strip()):
            from omnimodal.encoders.number.detect import parse

            read = parse(value)
            value, unit, currency = read.value, unit or read.unit, currency or read.currency
            kind = read.kind if kind == "cardinal" else kind
            low, high = read.low if low is None else low, read.high if high is None else high
            approximate = approximate or read.approximate
            bounds = read.bounds if bounds == "[]" else bounds
        least, most = (None if x is None else to_decimal(x, name) for x, name in ((low, "low"), (high, "high")))
        ends = [x for x in (least, most) if x is not None]
        kind = "range" if ends and kind == "cardinal" else kind
        if kind not in KINDS:
            raise InvalidEntityError(f"kind {kind!r} is none of {', '.join(KINDS)}", encoder="number")
        if (kind == "range") != bool(ends):
            raise InvalidEntityError(f"low and high belong to kind 'range', and one of them is needed; kind {kind!r}, "
                                     f"low {low!r}, high {high!r}", encoder="number")  # fmt: skip
        if least is not None and most is not None and least > most:
            raise InvalidEntityError(f"low {least} is greater than high {most}", encoder="number")
        if bounds not in ("[]", "[)", "(]", "()"):
            raise InvalidEntityError(f"bounds {bounds!r} is none of [], [), (], ()", encoder="number")
        # The same range is written one way: an open end is outside, and what is no range has no bounds to leave out.
        bounds = ("(" if least is None else bounds[0]) + (")" if most is None else bounds[1]) if ends else "[]"
        exact = to_decimal(_midpoint(ends) if ends else value, "value")
        if len(ends) == 2 and value is not None and not ends[0] <= to_decimal(value, "value") <= ends[1]:
            raise InvalidEntityError(f"value {value} is outside low {least} … high {most}", encoder="number")
        for name, item in zip(
            ("value", "unit", "kind", "currency", "low", "high", "approximate", "bounds"),
            (exact, _unit(unit), kind, _currency(currency), least, most, bool(approximate), bounds),
            strict=True,
        ):
            object.__setattr__(self, name, item)

    @property
    def surface(self) -> str:
        """Text that `parse` reads back as this number."""
        about = "about " if self.approximate else ""
        if self.kind != "range":
            return about + self._quantity(self.value)
        if self.low is None or self.high is None:
            word = {"[": "at least", "]": "at most"}.get(self.bounds[self.low is None])
            word = word or ("more than" if self.high is None else "less than")
            return f"{about}{word} {self._quantity(self.value)}"
        if self.low == self.high:
            return f"{about}equal to {self._quantity(self.low)}"
        if self.bounds == "[]":
            return f"{about}between {self._quantity(self.low)} and {self._quantity(self.high)}"
        word = "at least" if self.bounds[0] == "[" else "more than"
        also = "at most" if self.bounds[1] == "]" else "less than"
        return f"{about}{word} {self._quantity(self.low)} and {also} {self._quantity(self.high)}"

    @property
    def label(self) -> str:
        """What people read: 80 kg, ≥ 3, 5–7 km, ≈ 1,990, 21st, USD 3,200,000,000, 6 ft 2 in, 0.3333…"""
        about = "≈ " if self.approximate else ""
        low, high = (None if x is None else self._shown(x) for x in (self.low, self.high))
        if low is None and high is None:
            return about + self._measured(self._shown(self.value))
        if low is not None and high is not None and self.bounds == "[]":
            joined = f"{low}–{high}" if self.low is not None and self.low >= 0 else f"{low} to {high}"
            return about + self._measured(low if low == high else joined)
        signs = {"[": "≥ ", "(": "> ", "]": "≤ ", ")": "< "}
        ends = ((low, self.bounds[0]), (high, self.bounds[1]))
        return about + ", ".join(signs[side] + self._measured(end) for end, side in ends if end is not None)

    def _shown(self, value: Decimal) -> str:
        parts = self._in_parts(value)
        if parts:
            return parts
        if abs(value.adjusted()) > 15 or len(value.as_tuple().digits) > 20:
            near = Fraction(value).limit_denominator(1000)
            if near.denominator > 1 and to_decimal(near, "value") == value:
                return f"{near.numerator}/{near.denominator}"
            short = str(_short.create_decimal(value).normalize()).lower()
            return short if "e" in short else short + "…"
        text = f"{value:,f}"
        if self.kind != "ordinal" or value != value.to_integral_value():
            return text
        if value < 0:  # counted from the end
            return "last" if value == -1 else f"{text[1:]}{_ordinal_suffix(text)} to last"
        return text + _ordinal_suffix(text)

    def _measured(self, text: str) -> str:
        """The figures with percent sign, currency and unit, unless they have these already."""
        if self.kind == "percent" or self.unit == "percent":
            return f"{text}%"
        if self.currency:
            text = f"{self.currency} {text}"
        if self.unit and not text[-1].isalpha():
            sign = _sign(self.unit)
            text += sign if sign[0] == "/" else f" {sign}"
        return text

    def _in_parts(self, value: Decimal) -> str:
        """6 ft 2 in for 6.1666… ft, of which there is no exact decimal; "" where a decimal does, or nothing fits."""
        if len(value.as_tuple().digits) <= 30 or self.currency or self.kind not in ("cardinal", "range"):
            return ""
        found = _parts(Fraction(value.copy_abs()), self.unit or "")
        if not found or to_decimal(found[0], "value") != value.copy_abs():
            return ""
        return ("-" if value < 0 else "") + found[1]

    def _quantity(self, value: Decimal) -> str:
        if parts := self._in_parts(value):
            return parts
        text = str(value) if abs(value.adjusted()) > 30 else f"{value:f}"
        if self.kind == "ordinal" and value == value.to_integral_value():
            text += _ordinal_suffix(text)
        elif self.kind == "fraction":
            near = Fraction(value).limit_denominator(1000)
            n, m = near.numerator, near.denominator
            if (self.unit or self.currency or self.approximate) and ((n, m) in ((24, 7), (9, 11)) or n >= 1500):
                n, m = 2 * n, 2 * m  # within a text these would be a date or a season
            text = f"{n}/{m}" if to_decimal(near, "value") == value else text
        elif self.kind == "percent":
            text += "%"
        if self.currency:
            name = name_of_word_code(self.currency)
            text = f"{text} {name}" if name else f"{self.currency} {text}"
        if self.unit:
            text += f" {_symbol(self.unit)}"
        return text


def _parts(value: Fraction, unit: str) -> tuple[Fraction, str] | None:
    """The value near by that whole parts of ever smaller units make, and how it is best written: 6 ft 2 in."""
    count = round(value)
    if abs(value - count) < NOTHING:
        return Fraction(count), f"{count} {_sign(unit)}"
    count = math.floor(value)
    found = []
    for name, per in table("units")["compound"].get(unit, {}).items():
        if count and (rest := _parts((value - count) * Fraction(per), name)):
            found.append((count + rest[0] / Fraction(per), f"{count} {_sign(unit)} {rest[1]}"))
    return min(found, key=lambda parts: len(parts[1]), default=None)


def _symbol(unit: str) -> str:
    """The symbol of a unit where it names just this one, else its name."""
    known = find_unit(unit)
    return known.symbol if known and known.symbol[0] != "/" and find_unit(known.symbol) == known else unit


def _sign(unit: str) -> str:
    """How a unit is written behind figures, where nothing else can be meant by it."""
    known = find_unit(unit)
    weak = table("units")["unit"].get(unit, {}).get("weak")
    return weak[0] if weak else known.symbol if known else unit


def to_decimal(value: Any, field: str) -> Decimal:
    """An exact Decimal in one form (no trailing zeros, no exponent above 0), so that equal values look equal.

    Raises InvalidEntityError, naming value and field, for what is no finite number within the bounds.
    """
    try:
        if isinstance(value, bool) or not isinstance(value, int | str | float | Decimal | Fraction):
            raise InvalidEntityError(f"{field} is {value!r}: not a number", encoder="number")
        if isinstance(value, int) and value.bit_length() <= 1300:  # below 10^392, and in that one form
            return Decimal(value)
        if isinstance(value, int | Fraction):
            found = _divide(Fraction(value), field)
        else:
            text = repr(value) if isinstance(value, float) else value
            if isinstance(text, str) and len(text) > 2 * MAX_DIGITS:
                raise _outside(f"{text[:20]}…", field)
            found = Decimal(text)
    except (InvalidOperation, OverflowError) as error:
        raise InvalidEntityError(f"{field} is {value!r}: not a number", encoder="number") from error
    if not found.is_finite():
        raise InvalidEntityError(f"{field} is {value!r}: not a finite number", encoder="number")
    if not found:
        return Decimal(0)
    sign, digits, exponent = found.as_tuple()
    assert isinstance(exponent, int)  # finite
    if abs(found.adjusted()) > MAX_EXPONENT or len(digits) > 2 * MAX_DIGITS:
        raise _outside(f"{found:.6e}", field)
    last = max(i for i, d in enumerate(digits) if d) + 1
    exponent += len(digits) - last
    if last > MAX_DIGITS:
        raise _outside(f"{found:.6e}", field)
    digits = digits[:last] + (0,) * max(exponent, 0)
    return Decimal((sign, digits, min(exponent, 0)))


def _divide(value: Fraction, field: str) -> Decimal:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > 4 * MAX_DIGITS * 2:
        raise _outside(f"an integer ratio of {value.numerator.bit_length()} bits", field)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    context = _exact if rest == 1 else _repeating
    return context.divide(Decimal(value.numerator), Decimal(value.denominator))


def _outside(value: str, field: str) -> InvalidEntityError:
    return InvalidEntityError(
        f"{field} is {value}: outside 10^±{MAX_EXPONENT} or longer than {MAX_DIGITS} digits", encoder="number"
    )


def _midpoint(ends: list[Decimal]) -> Fraction:
    return sum((Fraction(x) for x in ends), Fraction(0)) / len(ends)


def _unit(unit: str | None) -> str | None:
    if unit is None:
        return None
    if not isinstance(unit, str) or not unit.strip() or len(unit) > 100:
        raise InvalidEntityError(f"unit is {unit!r}: not a name of 1 to 100 characters", encoder="number")
    if unit.strip() == "percent":
        return "percent"  # of a range, whose kind is range
    known = find_unit(unit)
    if known is None:
        near = difflib.get_close_matches(unit.strip().lower(), unit_words(), n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise InvalidEntityError(f"unit {unit!r} is none that is known{hint}", encoder="number")
    return known.name


def _currency(currency: str | None) -> str | None:
    if currency is None:
        return None
    code = find_currency(currency) if isinstance(currency, str) else None
    if code is not None:
        return code
    near: list[str] = []
    if isinstance(currency, str):
        known = currency_codes()
        if currency.strip().upper() in known:
            return currency.strip().upper()
        near = difflib.get_close_matches(currency[:100].strip().upper(), known, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise InvalidEntityError(f"currency is {currency!r}: not an ISO 4217 code{hint}", encoder="number")


def _ordinal_suffix(digits: str) -> str:
    teen = digits[-2:-1] == "1"
    return "th" if teen else {"1": "st", "2": "nd", "3": "rd"}.get(digits[-1], "th")
