"""One amount in several units: 5 ft 2 in, 3 hours and 20 minutes, 3 dollars 50 cents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import cache

from omnimodal.encoders.number.currencies import is_cent
from omnimodal.encoders.number.patterns import table
from omnimodal.encoders.number.quantity import Quantity

# What a sign alone, right behind the first part, means otherwise than by itself: 5h 20m, 39°30′15″.
OTHERWISE = {
    ("hour", "m"): "minute",
    ("degree", "′"): "arcminute",
    ("degree", "'"): "arcminute",
    ("arcminute", "″"): "arcsecond",
    ("arcminute", '"'): "arcsecond",
}
_shillings = re.compile(r"(?<=[0-9])s$")
_closes = re.compile(r"\s?(?:$|[.;:!?)](?!\w)|and\s)")  # no noun follows, of which there could be so many


def compounds(text: str, quantities: Sequence[Quantity]) -> list[Quantity]:
    """The same quantities, with those put together that name one amount in two units."""
    done: list[Quantity] = []
    for q in quantities:
        joined = _joined(text, done[-1], q) if done else None
        if joined is not None:
            done[-1] = joined
        else:
            done.append(q)
    return done


def _joined(text: str, a: Quantity, b: Quantity) -> Quantity | None:
    if not (a.unit or a.currency) or a.kind != "cardinal" or b.kind in ("range", "ordinal") or b.value < 0:
        return None
    if b.start - a.end > 5 or text[a.end : b.start].strip(" ,").lower() not in ("", "and"):
        return None
    return _measure(text, a, b) or _money(text, a, b) or _sterling(text, a, b)


def _measure(text: str, a: Quantity, b: Quantity) -> Quantity | None:
    """5 ft 2 in; 3 hours, 20 minutes and 15 seconds."""
    finest, fold = a.least or (a.unit or "", Fraction(1))
    if a.least is None and a.value.denominator > 1:
        return None
    gap, last = text[a.end : b.start], text[b.end - 1]
    sign = "" if gap.strip() or text[b.end - 2].isalpha() else last  # 2 hours, 20 km
    if a.unit in table("units")["spoken"] and (gap != " " or not last.isalpha()):  # 2 m 30 cm; but 2 m, 30 cm
        return None
    for name, per, weak in _smaller().get(finest, ()):
        end = b.end if name in (b.unit, OTHERWISE.get((finest, sign))) else 0
        if not b.unit and not b.currency:
            if symbol := weak.match(text, b.end):
                end = symbol.end()  # "5 ft 2 in tall", where "in" alone could be a word
            elif name == "inch" and gap == " " and _closes.match(text, b.end):
                end = b.end  # "he is 5 foot 10"
        if end and b.value < per:
            value = a.value + (-1 if a.value < 0 else 1) * b.value / (fold * per)
            whole = name if b.value.denominator == 1 else ""  # 2 min 7.5 s has no smaller part
            return a._replace(end=end, value=value, least=(whole, fold * per))
    return None


def _money(text: str, a: Quantity, b: Quantity) -> Quantity | None:
    """3 dollars 50 cents; 15 dollars and 50."""
    money = a.currency or a.maybe
    if money is None or a.worth != 1 or a.scale > 1 or b.unit or a.value.denominator > 1:
        return None
    sign = -1 if a.value < 0 else 1
    if b.worth < 1 and b.value < 1 and (b.currency == money or is_cent(text[b.start : b.end], money)):
        return a._replace(end=b.end, value=a.value + sign * b.value, currency=money, unit=None)
    bare = a.currency and b.currency is None and b.kind == "cardinal" and b.value.denominator == 1 and b.value < 100
    named = text[a.end - 1].isalpha() and not (a.before and a.before in table("en")["between"])
    if not (bare and named and _closes.match(text, b.end)):
        return None
    return a._replace(end=b.end, value=a.value + sign * Fraction(b.value, 100))


def _sterling(text: str, a: Quantity, b: Quantity) -> Quantity | None:
    """£3 10s: shillings, twenty to the pound."""
    if a.currency != "GBP" or b.value >= 20 or not _shillings.search(text, b.start, b.end):
        return None
    return a._replace(end=b.end, value=a.value + Fraction(b.value, 20))


@cache
def _smaller() -> dict[str, list[tuple[str, Fraction, re.Pattern[str]]]]:
    """Unit → the units that divide it further, how many times, and their symbols, the weak ones included."""
    units = table("units")
    found: dict[str, list[tuple[str, Fraction, re.Pattern[str]]]] = {}
    for unit, name, per in ((unit, *small) for unit, row in units["compound"].items() for small in row.items()):
        row = units["unit"].get(name, {})  # a centimetre is one of metre
        symbols = "|".join(map(re.escape, [*row.get("symbols", []), *row.get("weak", []), '"', "”", "''", "’’"]))
        found.setdefault(unit, []).append((name, Fraction(per), re.compile(rf"\s?(?:{symbols})(?!\w)")))
    return found
