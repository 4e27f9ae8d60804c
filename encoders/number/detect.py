"""Numbers in running text: signs, units, currencies and percent around bare numbers, then ranges of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from typing import Any

from omnimodal.encoders.number.entity import Number
from omnimodal.encoders.number.parse import Found, numbers, power
from omnimodal.encoders.number.units import currency_after, currency_before, table, unit_at
from omnimodal.errors import InvalidEntityError


@dataclass(frozen=True)
class Span:
    """A number in a text: text[start:end] names `number`; `parts` are the bounds of a range, in the same form."""

    start: int
    end: int
    number: Number
    parts: tuple[Span, ...] = ()


def find(text: str) -> list[Span]:
    """All numbers and ranges of a text, left to right, none overlapping. Never raises; time linear in the text."""
    quantities: list[_Quantity] = []
    for found in numbers(text):
        floor = quantities[-1].end if quantities else 0
        if found.start < floor:  # the exponent of 2^10, the inches of 5 ft 2 in
            continue
        quantity = _quantity(text, found, floor)
        if quantity is not None:
            quantities.append(quantity)
    return [span for span in map(_span, _ranges(text, quantities)) if span is not None]


def parse(text: str) -> Number:
    """The number that a whole text says. Raises InvalidEntityError where it says none, or more than one."""
    shown = text if len(text) <= 80 else f"{text[:77]}…"
    spans = find(text) if len(text) <= 2000 else []
    if len(spans) == 1:
        span = spans[0]
        before, after = text[: span.start].strip().lower(), text[span.end :].strip()
        if not after and (not before or before in table("en")["context"]["approximate"]):
            return span.number
    raise InvalidEntityError(f"value is {shown!r}: not a number", encoder="number")


@dataclass(frozen=True)
class _Quantity:
    """A number with what stands around it; `low`/`high` once it is a range."""

    start: int
    end: int
    value: Fraction
    kind: str
    unit: str | None = None
    currency: str | None = None
    scale: Fraction = Fraction(1)
    approximate: bool = False
    low: Fraction | None = None
    high: Fraction | None = None
    bounds: str = "[]"
    parts: tuple[_Quantity, ...] = field(default=())


def _span(quantity: _Quantity) -> Span | None:
    q = quantity
    try:
        if q.kind == "range":
            unit = "percent" if any(p.kind == "percent" for p in q.parts) else q.unit
            number = Number(None, unit, "range", q.currency, q.low, q.high, q.approximate, q.bounds)
        else:
            number = Number(q.value, q.unit, q.kind, q.currency, approximate=q.approximate)
    except InvalidEntityError:  # beyond the bounds of a Number: it stays plain text
        return None
    return Span(q.start, q.end, number, tuple(p for p in map(_span, q.parts) if p))


# one quantity

_suffix_at = re.compile(r"([A-Za-z]{1,3})(?![^\W_])")
_ordinal_at = re.compile(r"(?i:st|nd|rd|th)(?!\w)")
_power_at = re.compile(r"\^([+-]?[0-9]{1,4})(?![\w.])")
_inches_at = re.compile(r"(?:\s(?:and\s)?)?([0-9]{1,2})\s?(?:inches|inch|in|″|\")(?!\w)")
_sign_before = re.compile(r"(?:(?<![\w)\]%°])[-−+]|(?<!\w)(?i:minus|negative)\s{1,2})$")


def _quantity(text: str, found: Found, floor: int) -> _Quantity | None:
    """The bare number with sign, suffix, unit and currency; None where it turns out to be part of a word."""
    value, start, end, kind, scale = found.value, found.start, found.end, found.kind, found.scale
    start, value = _signed(text, start, value, floor)
    money = currency_before(text, start, floor)
    if money:
        start = money[1]
        start, value = _signed(text, start, value, floor) if value >= 0 else (start, value)
    code = money[0] if money else None
    if found.digits:
        raised = _power_at.match(text, end)
        result = power(abs(value), Fraction(raised[1])) if raised else None
        if raised and result is not None:
            value, end = result if value > 0 else -result, raised.end()
        factor, end = _suffix(text, end, bool(code))
        value, scale = value * factor, scale * factor
        ordinal = _ordinal_at.match(text, end)
        if ordinal and kind == "cardinal" and factor == 1 and value.denominator == 1:
            kind, end = "ordinal", ordinal.end()
    if kind in ("cardinal", "fraction") and (percent := _percent_at().match(text, end)):
        kind, end = "percent", percent.end()
    unit = None
    if code is None and kind in ("cardinal", "fraction"):
        if (after := currency_after(text, end)) and text[end : end + 2] != "- ":
            code, value, end = after[0], value * Fraction(after[1]), after[2]
        elif measure := unit_at(text, end):
            unit, end = measure[0].name, measure[1]
            inches = _inches_at.match(text, end) if unit == "foot" else None
            if inches:
                value, end = value + Fraction(int(inches[1]), 12), inches.end()
    if found.digits and end == found.end and re.match(r"\w|\.[^\W\d]", text[end : end + 2]):
        return None
    about = _approximate_before().search(text, max(0, start - 16), start) is not None
    return _Quantity(start, end, value, kind, unit, code, scale, about)


def _signed(text: str, start: int, value: Fraction, floor: int) -> tuple[int, Fraction]:
    sign = _sign_before.search(text, max(floor, start - 10), start)
    if sign is None:
        return start, value
    return sign.start(), value if sign.group() == "+" else -value


def _suffix(text: str, end: int, money: bool) -> tuple[Fraction, int]:
    """Directly after digits: 10k, 3.2bn, $5m."""
    match = _suffix_at.match(text, end) or (
        _suffix_at.match(text, end + 1) if text[end : end + 1] in " \u00a0" else None
    )
    if match is None:
        return Fraction(1), end
    words = table("en")["suffix"] | (table("en")["money_suffix"] if money else {})
    factor = words.get(match[1])
    if factor is None or (match.start() > end and not money and len(match[1]) == 1):
        return Fraction(1), end
    return Fraction(factor), match.end()


# ranges


def _ranges(text: str, quantities: Sequence[_Quantity]) -> Iterator[_Quantity]:
    """The same quantities, with those that a comparison or a pair of bounds makes a range put together."""
    done: list[_Quantity] = []
    i = 0
    while i < len(quantities):
        floor = done[-1].end if done else 0
        pair = _pair(text, quantities, i, floor)
        if pair is not None:
            done.append(pair)
            i += 2
            continue
        single = _comparison(
            text, quantities[i], floor, quantities[i + 1].start if i + 1 < len(quantities) else len(text)
        )
        joined = _both(text, done[-1], single) if done else None
        if joined is not None:
            done[-1] = joined
        else:
            done.append(single)
        i += 1
    return iter(done)


def _pair(text: str, quantities: Sequence[_Quantity], i: int, floor: int) -> _Quantity | None:
    """between 5 and 7 km; from 20 to 30; 1000–5000."""
    if i + 1 == len(quantities):
        return None
    a, b = quantities[i], quantities[i + 1]
    if b.start - a.end > 14:
        return None
    middle = " ".join(text[a.end : b.start].lower().split()).removesuffix(" the")
    opening = _opening_before().search(text, max(floor, a.start - 14), a.start)
    word = opening[1].lower() if opening else ""
    if middle not in table("en")["between"][word]:
        if not word or middle not in table("en")["between"][""]:
            return None
        word = ""
    if "fraction" in (a.kind, b.kind) and not word:
        return None
    unit, currency = b.unit or a.unit, b.currency or a.currency
    if (a.unit or unit, a.currency or currency) != (unit, currency) or {a.kind, b.kind} == {"ordinal", "cardinal"}:
        return None
    low = a.value * b.scale if a.scale == 1 < b.scale and a.value < b.value / b.scale else a.value
    if low >= b.value:
        return None
    low_part = replace(a, value=low, unit=unit, currency=currency, kind=b.kind if b.kind == "percent" else a.kind)
    high_part = replace(b, currency=currency, unit=unit)
    start = opening.start(1) if opening and word else a.start
    return _Quantity(start, b.end, low, "range", unit, currency, approximate=a.approximate, low=low, high=b.value,
                     parts=(low_part, high_part))  # fmt: skip


def _comparison(text: str, q: _Quantity, floor: int, ceiling: int) -> _Quantity:
    """more than 5; 5 or more; or the quantity as it is."""
    before = _comparison_before().search(text, max(floor, q.start - 48), q.start)
    after = _comparison_after().match(text, q.end, ceiling)
    rules = table("en")
    if before:
        side, how = rules["before"][" ".join(before[1].lower().split())].split()
    elif after and rules["after"][" ".join(after[1].lower().split())] != "close":
        side, how = rules["after"][" ".join(after[1].lower().split())].split()
    else:
        return q
    closing = after is not None and rules["after"][" ".join(after[1].lower().split())] == "close"
    closed = how == "closed" or closing
    start, end = before.start(1) if before else q.start, after.end() if after and (closing or not before) else q.end
    low, high = (q.value if side in ("low", "both") else None), (q.value if side in ("high", "both") else None)
    return replace(
        q, start=start, end=end, kind="range", low=low, high=high, bounds="[]" if closed else "()", parts=(q,)
    )


def _both(text: str, a: _Quantity, b: _Quantity) -> _Quantity | None:
    """higher than 10 but lower than 15: two comparisons that meet are one range."""
    if {(a.low is None), (b.low is None)} != {True, False} or a.kind != "range" or b.kind != "range":
        return None
    if {(a.high is None), (b.high is None)} != {True, False} or (a.unit or b.unit, a.currency) != (
        b.unit or a.unit,
        b.currency,
    ):
        return None
    if b.start - a.end > 12 or text[a.end : b.start].strip(" ,").lower() not in ("and", "but", "and is", "but is"):
        return None
    bottom, top = (a, b) if a.low is not None else (b, a)
    if bottom.low is None or top.high is None or bottom.low >= top.high:
        return None
    return replace(
        a, end=b.end, low=bottom.low, high=top.high, bounds=bottom.bounds[0] + top.bounds[1], parts=a.parts + b.parts
    )


# patterns of the language


def _phrases(words: Any) -> str:
    """An alternation of phrases, longest first, with any space between their words."""
    return "|".join(r"\s{1,2}".join(map(re.escape, w.split())) for w in sorted(words, key=len, reverse=True))


@cache
def _comparison_before() -> re.Pattern[str]:
    return re.compile(
        rf"(?:\b|(?=\W))({_phrases(table('en')['before'])})\s{{0,2}}(?:(?i:the|about)\s)?$", re.IGNORECASE
    )


@cache
def _comparison_after() -> re.Pattern[str]:
    return re.compile(rf"\s{{1,2}}({_phrases(table('en')['after'])})(?!\w)", re.IGNORECASE)


@cache
def _opening_before() -> re.Pattern[str]:
    words = _phrases(w for w in table("en")["between"] if w)
    return re.compile(rf"(?<!\w)({words})\s{{1,2}}(?:the\s|about\s)?$", re.IGNORECASE)


@cache
def _approximate_before() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_phrases(table('en')['context']['approximate'])})\s?$", re.IGNORECASE)


@cache
def _percent_at() -> re.Pattern[str]:
    return re.compile(rf"\s{{0,2}}-?(?:{_phrases(table('en')['context']['percent'])})(?!\w)", re.IGNORECASE)
