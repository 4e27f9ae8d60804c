"""Numbers, units and currencies read from Microsoft's Recognizers-Text English cases: all values of a case exact.

    python benchmarks/number_text.py    # needs OMNIMODAL_REAL_DATA (default ../shared/data); --failures lists them
    python benchmarks/number_text.py --peers   # beside recognizers-text, quantulum3, number-parser and text2num
    python benchmarks/number_text.py --own     # our own marked paragraphs, tests/number_paragraphs.txt, by the detector

Each suite is asked for its own kind of value: numbers and fractions, percentages, ordinals, ranges (low and high);
amounts of money, measures, temperatures, and times for ages, each a value with a unit. But for ranges a range counts by
the numbers in it. Values are compared to the 15 digits the suites give, units and currencies by the name both stand for
(the suite's "34 Cent" is 0.34 USD). An ordinal counted from the end is negative (the suite's "end-1" is -2); "next",
"previous" and a unit without a number have no value here, and their cases count as failed.

Peers answer only for the suites they can speak to, which their share is of; a peer that raises fails the case. They are
no dependencies: install recognizers-text-suite (with emoji<2), quantulum3, number-parser and text2num.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import _suites

import omnimodal
from omnimodal.encoders.number.currencies import currency_after, find_currency
from omnimodal.encoders.number.detect import Span, find
from omnimodal.encoders.number.entity import Number
from omnimodal.encoders.number.units import find_unit

Value = tuple[Decimal | str | None, ...]
NUMBERS = {
    "NumberModel": {"cardinal", "fraction"},
    "PercentModel": {"percent"},
    "OrdinalModel": {"ordinal"},
    "NumberRangeModel": {"range"},
}
UNITS = ("CurrencyModel", "DimensionModel", "TemperatureModel", "AgeModel")
TEMPERATURES = {"F": "degree Fahrenheit", "C": "degree Celsius", "Degree": "temperature degree"}
_digits15 = Context(prec=14)  # the suites round to 15 digits
_digits = re.compile(r"(?<![\w.])-?[0-9]+(?:\.[0-9]+)?(?!\w)")  # in what a peer has written out


def leaves(spans: Iterable[Span]) -> Iterator[Span]:
    for span in spans:
        yield from leaves(span.parts) if span.parts else (span,)


def wanted(result: dict[str, Any]) -> Value:
    resolution = result["resolution"] or {}
    value = resolution.get("value") or ""
    if result["type"] == "numberrange":
        return tuple(Decimal(x) if x else None for x in value[1:-1].split(","))
    if value.startswith("end-") or value == "end+0":
        return (Decimal(value[3:]) - 1,)
    if "." in result["type"] or value in ("", "null"):  # relative to the current one, a bare "%" or unit
        return (None, value, resolution.get("unit"))
    if "unit" in resolution:
        return named(Decimal(value), resolution["unit"], result["type"])
    return (_digits15.plus(Decimal(value.rstrip("%"))),)


def named(value: Decimal, unit: str, kind: str) -> Value:
    """A suite's value and unit in our names."""
    if kind != "currency":
        unit = TEMPERATURES[unit] if kind == "temperature" else unit
        known = find_unit(unit)
        return _digits15.plus(value), known.name if known else unit
    money = currency_after(unit, 0)
    if money and money.edge == len(unit):
        return _digits15.plus(value * money.worth.numerator / money.worth.denominator), money.code
    return _digits15.plus(value), find_currency(unit) or unit


def suite_of(number: Number) -> str | None:
    """The suite that asks for such a quantity."""
    unit = find_unit(number.unit) if number.unit else None
    if number.currency:
        return "CurrencyModel"
    if unit is None or not any(unit.dims):
        return None
    length, mass, time, current, temperature, *rest = unit.dims
    if temperature:
        return "TemperatureModel"
    return "AgeModel" if time == 1 and not any((length, mass, current, *rest)) else "DimensionModel"


def ours(text: str, suite: str) -> list[Value]:
    spans = find(text)
    if suite in UNITS:
        found = [s.number for s in leaves(spans) if suite_of(s.number) == suite]
        return [(_digits15.plus(n.value), n.currency or n.unit) for n in found]
    if suite == "NumberRangeModel":
        return [(s.number.low, s.number.high) for s in spans if s.number.kind == "range"]
    return [(_digits15.plus(s.number.value),) for s in leaves(spans) if s.number.kind in NUMBERS[suite]]


# peers: suite → the values they find, in the same form


def recognizers(text: str, suite: str) -> list[Value]:
    word = suite.removesuffix("Model").lower()
    module = importlib.import_module("recognizers_number_with_unit" if suite in UNITS else "recognizers_number")
    recognize = getattr(module, "recognize_" + {"percent": "percentage"}.get(word, word))
    results = recognize(text, "en-us")
    return [wanted({"type": r.type_name, "resolution": r.resolution}) for r in results]


def quantulum(text: str, suite: str) -> list[Value]:
    found: list[Value] = []
    for q in importlib.import_module("quantulum3.parser").parse(text):
        value = _digits15.plus(Decimal(repr(q.value)))
        if q.unit.name == "percentage":
            found += [(value,)] if suite == "PercentModel" else []
        elif suite == "NumberModel":
            found.append((value,))
        elif suite in UNITS and q.unit.name != "dimensionless":
            unit = q.unit.name
            known = find_currency(unit) if q.unit.entity.name == "currency" else find_unit(unit)
            number = Number(q.value, **{"currency" if isinstance(known, str) else "unit": unit if known else None})
            found += [(value, number.currency or number.unit)] if suite_of(number) == suite else []
    return found


def number_parser(text: str, suite: str) -> list[Value]:
    read = importlib.import_module("number_parser").parse(text, language="en")
    return [(_digits15.plus(Decimal(x)),) for x in _digits.findall(read)]


def text2num(text: str, suite: str) -> list[Value]:
    read = importlib.import_module("text_to_num").alpha2digit(text, "en")
    return [(_digits15.plus(Decimal(x)),) for x in _digits.findall(read)]


PEERS: dict[str, tuple[Callable[[str, str], list[Value]], tuple[str, ...]]] = {
    "recognizers-text": (recognizers, ("NumberModel", "PercentModel", "OrdinalModel", *UNITS)),
    "quantulum3": (quantulum, ("NumberModel", "PercentModel", *UNITS)),
    "number-parser": (number_parser, ("NumberModel",)),
    "text2num": (text2num, ("NumberModel",)),
}


def measure(
    cases: list[dict[str, Any]], read: Callable[[str, str], list[Value]], suites: Iterable[str], failures: bool
) -> dict[str, list[bool]]:
    right: dict[str, list[bool]] = {}
    for case in cases:
        suite, text = case["suite"], case["text"]
        if suite not in suites:
            continue
        want = [wanted(r) for r in case["results"]]
        try:
            got: list[Value] | None = read(text, suite)
        except Exception as error:
            if read is ours:
                raise
            got = None
            if failures:
                print(f"{text!r}: {error!r}")
        right.setdefault(suite, []).append(want == got)
        if failures and want != got:
            print(f"{suite} {text!r}: want {want}, got {got}")
    return right


_marked = re.compile(r"\{(.*?)\}|\[(.*?)\]")
_before = re.compile(
    r"(?:about|an estimated|at least|c\.|fewer than|more than|only|over|roughly|some|up to)\s", re.IGNORECASE
)
_time = re.compile(r"year|month|week|day|hour|minute|second")


def own(path: Path, failures: bool) -> None:
    """Exact spans of the whole detector on marked paragraphs: all numbers, and those with unit, amount or percentage.

    A comparison counts with or without its words ("more than 5 km"), an ordinal not at all, and a time that the date
    room takes as well ("30 minutes") as found.
    """
    hits, found, given = [0, 0], [0, 0], [0, 0]
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        text, spans, end = "", {}, 0
        for m in _marked.finditer(line):
            text += line[end : m.start()]
            words, end = m[1] or m[2], m.end()
            spans[len(text), len(text) + len(words)] = m[1] is not None
            text += words
        text += line[end:]
        core = {(s + (m.end() - m.start() if (m := _before.match(text, s, e)) else 0), e): (s, e) for s, e in spans}
        missed = set(spans)
        for mention in omnimodal.detect(text):
            shapes = [mention.span, *(child.span for child in mention.children if len(mention.children) == 1)]
            hit = next((core.get(s) or s for s in shapes if s in core or s in spans), None)
            if mention.modality == "number" and mention.entity.kind != "ordinal":
                measured = bool(mention.entity.unit or mention.entity.currency or mention.entity.kind == "percent")
                found[0], found[1] = found[0] + 1, found[1] + measured
                if failures and hit is None:
                    print(f"not wanted: {mention.text!r} in {text[:60]!r}")
            elif not (mention.modality == "date" and _time.search(mention.text)):
                continue
            if hit in missed:
                missed.remove(hit)
                hits[0], hits[1] = hits[0] + 1, hits[1] + spans[hit]
                if mention.modality == "date":
                    found[0], found[1] = found[0] + 1, found[1] + spans[hit]
        given[0], given[1] = given[0] + len(spans), given[1] + sum(spans.values())
        if failures and missed:
            print(f"missed: {[text[s:e] for s, e in sorted(missed)]} in {text[:60]!r}")
    for name, h, f, w in zip(("all numbers", "quantities"), hits, found, given, strict=True):
        print(f"{name}: exact F1 {2 * h / (f + w):.3f}, precision {h / f:.3f}, recall {h / w:.3f} of {w}")


def main() -> None:
    options = _suites.options(__doc__)
    if options.own:
        return own(Path(__file__).parents[1] / "tests" / "number_paragraphs.txt", options.failures)
    for name in ("number", "unit"):
        cases = _suites.cases(name)
        results = measure(cases, ours, (*NUMBERS, *UNITS), options.failures)
        print(name, report(results))
        for peer, (read, suites) in PEERS.items() if options.peers else ():
            if results := measure(cases, read, suites, False):
                print(name, peer, report(results))


def report(right: dict[str, list[bool]]) -> str:
    everything = [r for results in right.values() for r in results]
    each = ", ".join(f"{suite.removesuffix('Model')} {sum(r)}/{len(r)}" for suite, r in right.items())
    return f"{sum(everything) / len(everything):.1%} ({each})"


if __name__ == "__main__":
    main()
