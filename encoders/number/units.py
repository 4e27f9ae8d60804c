"""Units and currencies: the tables of data/number/units.toml, read once, and the expressions built from them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

POWERS = {"square": 2, "sq": 2, "cubic": 3, "cu": 3, "²": 2, "³": 3, "2": 2, "3": 3}


@dataclass(frozen=True)
class Unit:
    """`dims`: exponents over `dimensions()`; a value v in this unit is v·si + offset in SI base units."""

    name: str
    symbol: str
    dims: tuple[int, ...]
    si: float
    offset: float = 0.0

    def power(self, n: int) -> Unit:
        name = {1: "", 2: "square ", 3: "cubic "}[n] + self.name
        return Unit(name, self.symbol + {1: "", 2: "²", 3: "³"}[n], tuple(n * d for d in self.dims), self.si**n)

    def per(self, other: Unit) -> Unit:
        dims = tuple(a - b for a, b in zip(self.dims, other.dims, strict=True))
        return Unit(f"{self.name} per {other.name}", f"{self.symbol}/{other.symbol}", dims, self.si / other.si)


@cache
def table(name: str) -> dict[str, Any]:
    """A data table of this room: "units", or a language."""
    return tomllib.loads((files("omnimodal") / "data" / "number" / f"{name}.toml").read_text("utf-8"))


def dimensions() -> list[str]:
    return table("units")["dimensions"]


@lru_cache(maxsize=4096)
def find_unit(text: str) -> Unit | None:
    """The unit an expression names ("km", "Kilometres per hour", "m²"), or None where the table has none."""
    match = _grammar().expression.fullmatch(text.strip())
    return _read(match) if match else None


def unit_at(text: str, start: int) -> tuple[Unit, int] | None:
    """The unit that follows a number ending at `start`, and where it ends."""
    match = _grammar().following.match(text, start)
    return (_read(match), match.end()) if match else None


def find_currency(text: str) -> str | None:
    """The ISO 4217 code of a currency's sign, name or code, or None."""
    names, text = _currencies().names, text.strip()
    found = names.get(text) or names.get(text.lower())
    return found[0] if found else None


def currency_before(text: str, end: int, floor: int = 0) -> tuple[str, int] | None:
    """The currency that stands directly before a number starting at `end`, and where it starts."""
    match = _currencies().before.search(text, max(floor, end - 12), end)
    return (_currencies().names[match[1]][0], match.start(1)) if match else None


def currency_after(text: str, start: int) -> tuple[str, Decimal, int] | None:
    """The currency that follows a number, the worth of one (a cent is 0.01 dollars), and where it ends."""
    match = _currencies().after.match(text, start)
    if match is None:
        return None
    names = _currencies().names
    code, worth = names.get(match[1]) or names[match[1].lower()]
    return code, worth, match.end()


@dataclass(frozen=True)
class _Grammar:
    units: dict[str, Unit]
    expression: re.Pattern[str]
    following: re.Pattern[str]


@dataclass(frozen=True)
class _Currencies:
    names: dict[str, tuple[str, Decimal]]
    before: re.Pattern[str]
    after: re.Pattern[str]


def _one_of(words: Iterable[str]) -> str:
    """An alternation that takes the longest."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


@cache
def _grammar() -> _Grammar:
    words: dict[str, Unit] = {}
    symbols: dict[str, Unit] = {}
    weak: dict[str, Unit] = {}
    prefixes = table("units")["prefix"]
    for name, row in table("units")["unit"].items():
        dims = tuple(row["dim"].get(d, 0) for d in dimensions())
        own, frail = row.get("symbols", []), row.get("weak", [])
        for prefix in ["", *row.get("prefixes", [])]:
            letter, factor = prefixes[prefix] if prefix else ("", 1)
            symbol = letter + (own + frail + [name])[0]
            unit = Unit(prefix + name, symbol, dims, row["si"] * factor, row.get("offset", 0.0))
            singular = [prefix + form.lower() for form in [name, *row.get("forms", [])]]
            plural = [prefix + form for form in row.get("plurals", [])]
            for form in [*plural, *singular, *(f"{form}s" for form in singular)]:
                words.setdefault(form, unit)
            for s in own:
                symbols.setdefault(letter + s, unit)
            for s in frail:  # with a prefix, "kW", it can be no word any more
                (symbols if prefix else weak).setdefault(letter + s, unit)
    symbols |= {"μ" + s[1:]: u for s, u in symbols.items() if s[0] == "µ"}  # the Greek letter for the micro sign
    atom = rf"(?:(?i:{_one_of(words)})|{_one_of(symbols)}|(?:{_one_of(weak)})(?!\s?\w))"
    power = (
        r"(?:(?i:(?P<{0}>square|sq|cubic|cu)\.?[ -]))?(?P<{1}>" + atom + r")(?:(?P<{2}>[²³])|\^?(?P<{3}>[23]))?(?!\w)"
    )
    link = r"(?:\s?/\s?|\s(?:per|an?)\s)"
    whole = power.format("p1", "u1", "s1", "d1") + f"(?:{link}{power.format('p2', 'u2', 's2', 'd2')})?"
    following = rf"(?:[ \t\u00a0\u202f\u2009]{{0,2}}|-|\s-\s)(?P<open>[(\[])?{whole}(?(open)[)\]])"
    return _Grammar({**words, **symbols, **weak}, re.compile(whole), re.compile(following))


def _read(match: re.Match[str]) -> Unit:
    units = _grammar().units

    def part(i: str) -> Unit:
        word = match["u" + i]
        unit = units.get(word) or units[word.lower()]
        how = (match["p" + i] or match["s" + i] or match["d" + i] or "").lower()
        return unit.power(POWERS[how]) if how else unit

    return part("1").per(part("2")) if match["u2"] else part("1")


@cache
def _currencies() -> _Currencies:
    names: dict[str, tuple[str, Decimal]] = {}
    for code, row in table("units")["currency"].items():
        full = [code, *row["symbols"], *row["names"], *(f"{n}s" for n in row["names"] if len(n) > 3)]
        cents = [form for cent in row.get("cent", []) for form in (cent, f"{cent}s")]
        names |= {form: (code, Decimal(1)) for form in full} | {form: (code, Decimal("0.01")) for form in cents}
    signs = [form for form in names if not form.islower() and names[form][1] == 1]
    words = [form for form in names if form.islower()]
    before = re.compile(rf"(?<![^\W_])({_one_of(signs)})[ \u00a0\u202f]?$")
    after = re.compile(rf"[ \t\u00a0\u202f-]?({_one_of(signs)}|¢|(?i:{_one_of(words)}))(?![^\W_])")
    return _Currencies(names, before, after)
