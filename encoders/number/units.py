"""Units: the words of data/number/units.toml; what a unit is (dimension, SI factor), pint knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache, reduce
from typing import Any, NamedTuple

from omnimodal.encoders.number.patterns import one_of, table

_PRODUCT = (" ", "\u00a0", "\u202f", "⋅", "·")
FACTORS = 4  # units that may stand below another: each makes the name longer, so endless ones would take quadratic time
POWERS = {"square": 2, "sq": 2, "cubic": 3, "cu": 3, "¹": 1, "²": 2, "³": 3, "1": 1, "2": 2, "3": 3}


@dataclass(frozen=True)
class Unit:
    """`terms`: (pint's name, power), whose product the unit is."""

    name: str
    symbol: str
    terms: tuple[tuple[str, int], ...]

    def power(self, n: int) -> Unit:
        name = {1: "", 2: "square ", 3: "cubic "}[n] + self.name
        return Unit(name, self.symbol + {1: "", 2: "²", 3: "³"}[n], tuple((term, n * p) for term, p in self.terms))

    def per(self, other: Unit) -> Unit:
        terms = self.terms + tuple((term, -p) for term, p in other.terms)
        return Unit(f"{self.name} per {other.name}", f"{self.symbol}/{other.symbol}", terms)

    def inverse(self) -> Unit:
        return Unit(f"per {self.name}", f"/{self.symbol}", tuple((term, -p) for term, p in self.terms))

    @property
    def dims(self) -> tuple[int, ...]:
        """Exponents over `dimensions()`."""
        return tuple(sum(each) for each in zip(*([p * d for d in _pint(t)[0]] for t, p in self.terms), strict=True))

    @property
    def si(self) -> float:
        """A value v in this unit is v·si + offset in SI base units."""
        size = 1.0
        for term, p in self.terms:
            size = size * _pint(term)[1] ** p if p > 0 else size / _pint(term)[1] ** -p
        return size

    @property
    def offset(self) -> float:
        return _pint(self.terms[0][0])[2] if len(self.terms) == 1 == self.terms[0][1] else 0.0


def dimensions() -> list[str]:
    return table("units")["dimensions"]


@cache
def _registry() -> Any:
    import pint  # only what a unit weighs needs it, no text

    registry: Any = pint.UnitRegistry(non_int_type=Decimal, on_redefinition="ignore")
    for definition in table("units")["define"]:
        registry.define(definition)
    return registry


@cache
def _pint(name: str) -> tuple[tuple[int, ...], float, float]:
    """Dimensions, size and offset in SI base units of what pint calls `name`."""
    registry = _registry()
    zero, one = (registry.Quantity(Decimal(n), registry.parse_units(name)).to_base_units() for n in (0, 1))
    roots = table("units")["roots"]
    exponents = {f"[{roots[unit]}]": n for unit, n in one.unit_items() if unit in roots} | dict(one.dimensionality)
    dims = tuple(int(exponents.get(f"[{d}]", 0)) for d in dimensions())
    return dims, float(one.magnitude - zero.magnitude), float(zero.magnitude)


@lru_cache(maxsize=4096)
def find_unit(text: str) -> Unit | None:
    """The unit an expression names ("km", "Kilometres per hour", "m²"), or None where the table has none."""
    return _quotient(text.strip(), _grammar().expression, _grammar().units)


@cache
def unit_words() -> list[str]:
    """The names of all simple units, as they may be written."""
    return sorted({form for form in unit_forms() if form.isascii() and len(form) > 1})


def unit_at(text: str, start: int) -> tuple[Unit, int] | None:
    """The unit that follows a number ending at `start`, and where it ends."""
    grammar = _grammar()
    match = grammar.following.match(text, start)
    unit = _read(match, grammar.units) if match else None
    if match and unit and (not match["u3"] or _has_extent(unit, "/" in match[0])):
        return _divided(text, unit, match.end())
    factor = grammar.factor.match(text, start)  # 480 cm−1
    if factor is None or "-" in factor[0]:
        return None
    return _divided(text, grammar.units[factor[1]].power(POWERS[factor[2]]).inverse(), factor.end())


def _divided(text: str, unit: Unit, end: int) -> tuple[Unit, int]:
    """The unit that ends at `end`, and all that it is divided by behind it."""
    grammar = _grammar()
    for _ in range(FACTORS):
        if text.startswith("/(", end) and (product := _bracketed.match(text, end)):  # J/(kg·K)
            parts = [_quotient(part, grammar.expression, grammar.units) for part in re.split("[⋅·]", product[1])]
            known = [part for part in parts if part]
            if len(known) < len(parts):
                break
            unit, end = reduce(Unit.per, known, unit), product.end()
        elif text[end : end + 1] in _PRODUCT and (factor := grammar.factor.match(text, end)):  # m s−2
            unit, end = unit.per(grammar.units[factor[1]].power(POWERS[factor[2]])), factor.end()
        elif len(unit.terms) > 1 and text.startswith((" per ", "/"), end) and (below := grammar.below.match(text, end)):
            unit, end = unit.per(_part(below, "2", grammar.units)), below.end()  # mg/kg per day
        else:
            break
    return unit, end


def unit_forms() -> Iterable[str]:
    """All words and signs of units."""
    return _grammar().units


class _Forms(NamedTuple):
    """How units are written: words, in small letters; symbols; `weak` and `firm` symbols, which may be words."""

    words: dict[str, Unit]
    symbols: dict[str, Unit]
    weak: dict[str, Unit]
    firm: dict[str, Unit]


def _forms() -> _Forms:
    forms = _Forms({}, {}, {}, {})
    prefixes = {"": "", **table("units")["prefix"]}
    for name, row in table("units")["unit"].items():
        own, weak, firm = row.get("symbols", []), row.get("weak", []), row.get("firm", [])
        pint_name = row.get("pint") or name.replace("metre", "meter").replace("litre", "liter").replace(" ", "_")
        for prefix in ["", *row.get("prefixes", [])]:
            letter = prefixes[prefix]
            short = row.get("prefixed", []) if prefix else []  # kbp, µF, that mean other things without
            unit = Unit(prefix + name, letter + (own + weak + firm + short + [name])[0], ((prefix + pint_name, 1),))
            singular = [prefix + form.lower() for form in [name, *row.get("forms", [])]]
            plural = [prefix + form for form in row.get("plurals", [])] or [f"{form}s" for form in singular]
            with_prefix = [*weak, *firm] if prefix else []  # "kW" can be no word any more
            for written, into in (
                ([*plural, *singular], forms.words),
                ([letter + s for s in [*own, *short, *with_prefix]], forms.symbols),
                ([] if prefix else weak, forms.weak),
                ([] if prefix else firm, forms.firm),
            ):
                for form in written:
                    into.setdefault(form, unit)
    micro = {"μ" + s[1:]: unit for s, unit in forms.symbols.items() if s[0] == "µ"}  # the Greek letter for the sign
    forms.symbols.update(micro)
    return forms


class _Grammar(NamedTuple):
    """All units by their forms, and the patterns of a unit by itself, behind a number, as a factor below (m s−2), and
    behind a stroke."""

    units: dict[str, Unit]
    expression: re.Pattern[str]
    following: re.Pattern[str]
    factor: re.Pattern[str]
    below: re.Pattern[str]


@cache
def _grammar() -> _Grammar:
    words, symbols, weak, firm = _forms()
    aliases = table("units")["alias"]
    letters = one_of(s for s in weak if s.isupper() and s != "B")
    ways = [
        rf"(?i:{one_of(words)})",
        one_of([*symbols, *aliases]),
        rf"{one_of(firm)}(?!\s?(?![AD]C(?!\w))[A-Z\d])",
        rf"{one_of(weak)}(?:(?=[²³]|[23](?!\w))|(?!\s?\.?\w|-[^\W\d]))",
        r"st(?=\s[0-9][0-9]?\s?lbs?(?!\w))",
        rf"(?:(?<=[.][0-9][ ])|(?<=[.][0-9][0-9][ ])){letters}(?=\s[a-z])",  # a 1.5 T magnet is no letter of a name
    ]

    def power(i: int) -> str:
        """The pattern of a unit, u, with its power: p, a word before it, or s, a sign, or d, a digit behind it."""
        return (
            rf"(?:(?i:(?P<p{i}>square|sq|cubic|cu)\.?(?:[ -]|\s-\s)))?(?P<u{i}>{'|'.join(ways)})"
            rf"(?:(?P<s{i}>[²³])|\^?(?<![′″°])(?P<d{i}>[23]))?"
            r"(?:(?<=[′″°])|(?!\w|[-−⁻][0-9¹²³]++(?!\.?[0-9]*+\s?[^\W\d_])))"
        )

    # "miles an hour", but no rate of "a barrel a day"
    whole = rf"{power(1)}(?:(?:\s?/\s?|\sper\s|\san?\s(?=hour|minute|second)){power(2)})?"
    density = rf"(?:\s?/\s?|\s?per\s){power(3)}"  # 144/km², with nothing before
    following = rf"(?:[ \t\u00a0\u202f\u2009]{{0,2}}|-|\s-\s)(?P<open>[(\[])?{whole}(?(open)[)\]])|{density}"
    factor = rf"[ \u00a0\u202f⋅·]({one_of([*symbols, *weak, *firm])})\^?[−⁻-]([123¹²³])(?!\w)"
    below = rf"(?:/|\sper\s){power(2)}"  # J/kg/K
    expression = re.compile(f"{whole}|{density}")
    known = {**words, **symbols, **firm, **weak}
    for alias, meant in aliases.items():
        unit = _quotient(meant, expression, known)
        if unit is None:
            raise ValueError(f"The alias {alias!r} of units.toml stands for {meant!r}, which is no unit")
        known[alias] = unit
    return _Grammar(known, expression, re.compile(following), re.compile(factor), re.compile(below))


_bracketed = re.compile(r"/\(([^()\s⋅·]{1,8}[⋅·][^()\s]{1,16})\)")


def _quotient(text: str, expression: re.Pattern[str], units: Mapping[str, Unit]) -> Unit | None:
    """The unit of a whole text, that may have more than one "per": cubic metre per kilogram per square second, or a
    product below: J/(kg·K)."""
    text = _bracketed.sub(lambda m: " per " + re.sub("[⋅·]", " per ", m[1]), text)
    first, *others = text.split(" per ") if text.count(" per ") > 1 else [text]
    match = expression.fullmatch(first)
    unit = _read(match, units) if match else None
    for other in others:
        match = expression.fullmatch(other)
        below = _read(match, units) if match else None
        unit = unit.per(below) if unit and below else None
    return unit


def _has_extent(density: Unit, stroke: bool) -> bool:
    """Whether there may be so many in one of the unit below, as in a square: 144/km², 5,400/min; but not 3/kg."""
    units = table("units")
    wide = [*units["extents"], *units["rates"]] if stroke else units["extents"]
    return density.terms[0][1] < -1 or density.name.removeprefix("per ") in wide


def _read(match: re.Match[str], units: Mapping[str, Unit]) -> Unit:
    """The unit of an expression."""
    if match["u3"]:
        return _part(match, "3", units).inverse()
    first = _part(match, "1", units)
    return first.per(_part(match, "2", units)) if match["u2"] else first


def _part(match: re.Match[str], i: str, units: Mapping[str, Unit]) -> Unit:
    word = match["u" + i]
    unit = units.get(word) or units[word.lower()]
    how = (match["p" + i] or match["s" + i] or match["d" + i] or "").lower()
    return unit.power(POWERS[how]) if how else unit
