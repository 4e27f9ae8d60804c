"""Numbers in running text: bare ones are found by `parse`, read with what is `around`, and put together by `ranges`."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from omnimodal.context import current
from omnimodal.encoders.number.around import quantity
from omnimodal.encoders.number.compounds import compounds
from omnimodal.encoders.number.digits import Rational, plain_digits
from omnimodal.encoders.number.entity import Number
from omnimodal.encoders.number.neighbours import among_others, with_sides
from omnimodal.encoders.number.parse import numbers
from omnimodal.encoders.number.patterns import table
from omnimodal.encoders.number.quantity import Quantity
from omnimodal.encoders.number.ranges import in_ranges
from omnimodal.encoders.number.roman import find_roman
from omnimodal.errors import InvalidEntityError


@dataclass(frozen=True, slots=True)
class Span:
    """A number in a text: text[start:end] names `number`; `parts` are the bounds of a range, in the same form."""

    start: int
    end: int
    number: Number
    parts: tuple[Span, ...] = ()


def find(text: str) -> list[Span]:
    """All numbers and ranges of a text, left to right, none overlapping. Never raises; time linear in the text.

    Digits are read in the format of the locale of `omnimodal.context.current()`.
    """
    text = plain_digits(text)
    blanks = sorted({at for mark in _set_apart.finditer(text) for at in (mark.start() - 1, mark.end())})
    if blanks:
        joined = "".join(text[a + 1 : b] for a, b in pairwise([-1, *blanks, len(text)]))
        cuts = [at - i for i, at in enumerate(blanks)]
        return [_moved(span, cuts) for span in find(joined)]
    quantities: list[Quantity] = []
    for found in numbers(text, current().locale):
        floor = quantities[-1].end if quantities else 0
        if found.start < floor:  # the exponent of 2^10
            continue
        if (read := quantity(text, found, floor)) is not None:
            quantities.append(read)
    amounts = with_sides(text, in_ranges(text, compounds(text, among_others(text, quantities))))
    spans = [span for span in map(_span, amounts) if span is not None]
    starts, ends = [span.start for span in spans], [span.end for span in spans]
    free = [r for r in _romans(text) if bisect_right(ends, r.start) == bisect_left(starts, r.end)]
    return sorted([*spans, *free], key=lambda span: span.start)


# Blanks that a tokenizer set around a mark: 6 – 4, 10 ^ 6, 38 : 1, kg ⋅ m, Gb / s, L / 100 km.
_set_apart = re.compile(r"[–:^](?<=[0-9] .)(?= [0-9])|[⋅·/](?<=[A-Za-z] .)(?= (?:[A-Za-z]|100 ))")


def _moved(span: Span, cuts: list[int]) -> Span:
    """The span in the text that has a blank more at each of `cuts`."""
    start, end = span.start + bisect_right(cuts, span.start), span.end + bisect_left(cuts, span.end)
    return replace(span, start=start, end=end, parts=tuple(_moved(part, cuts) for part in span.parts))


def _romans(text: str) -> list[Span]:
    found = find_roman(text)
    return [Span(start, end, _number(Fraction(value), None, kind, None, False)) for start, end, value, kind in found]


_ratio = re.compile(r"([0-9]{1,6})[/⁄]([0-9]{1,6})")


def parse(text: str) -> Number:
    """The number that a whole text says. Raises InvalidEntityError where it says none, or more than one."""
    shown = text if len(text) <= 80 else f"{text[:77]}…"
    ratio = _ratio.fullmatch(plain_digits(text).strip())
    if ratio and int(ratio[2]):  # 9/11 too, that a text means otherwise
        return Number(Fraction(int(ratio[1]), int(ratio[2])), kind="fraction")
    spans = find(text) if len(text) <= 2000 else []
    if len(spans) == 1:
        span = spans[0]
        before, after = text[: span.start].strip().lower(), text[span.end :].strip()
        if not after and (not before or before in table("en")["context"]["approximate"]):
            return replace(span.number, approximate=True) if before else span.number  # about at most 5
    raise InvalidEntityError(f"value is {shown!r}: not a number", encoder="number")


def _span(q: Quantity) -> Span | None:
    try:
        if q.kind == "range":
            unit = "percent" if any(p.kind == "percent" for p in q.parts) else q.unit
            number = _number(None, unit, "range", q.currency, q.approximate, q.low, q.high, q.bounds)
        else:
            number = _number(q.value, q.unit, q.kind, q.currency, q.approximate)
    except InvalidEntityError:  # beyond the bounds of a Number: it stays plain text
        return None
    return Span(q.start, q.end, number, tuple(p for p in map(_span, q.parts) if p))


@lru_cache(maxsize=4096)
def _number(
    value: Rational | None,
    unit: str | None,
    kind: str,
    currency: str | None,
    approximate: bool,
    low: Rational | None = None,
    high: Rational | None = None,
    bounds: str = "[]",
) -> Number:
    return Number(value, unit, kind, currency, low, high, approximate, bounds)
