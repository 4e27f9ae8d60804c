"""The number room on phrases we wrote down with what they say, and on lines that hold no number."""

from __future__ import annotations

import re
from decimal import Context
from pathlib import Path

import pytest

import omnimodal
from omnimodal.encoders.number import Number, find
from omnimodal.encoders.number.currencies import currency_codes
from omnimodal.encoders.number.units import find_unit

HERE = Path(__file__).parent
_digits14 = Context(prec=14)
_mark = re.compile(r"\{([^{}]*?[^{}<>=\s])=((?:<=?)?[#%]?-?\d[^{}]*)\}")
_figure = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
_value = re.compile(rf"(?P<kind>[#%]?)(?P<value>{_figure})")
_between = re.compile(rf"(?P<low>{_figure})(?P<join>\.\.|<\.\.|<)(?P<high>{_figure})")
_one_sided = re.compile(rf"(?P<low>{_figure})<(?P<least>=)?|<(?P<most>=)?(?P<high>{_figure})")
BOUNDS = {"..": "[]", "<..": "(]", "<": "()"}
KINDS = {"": "cardinal", "#": "ordinal", "%": "percent"}


def sections() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (HERE / "number_phrases.txt").read_text("utf-8").splitlines():
        if line.startswith("## "):
            lines = found.setdefault(line[3:], [])
        elif line and not line.startswith("# "):
            lines.append(line)
    return found


def expected(line: str) -> tuple[str, list[tuple[str, Number]]]:
    """The text of a line without its marks, and what is to be found in it."""
    found = [(m[1], number(m[2])) for m in _mark.finditer(line)]
    return _mark.sub(lambda m: m[1], line), found


def number(written: str) -> Number:
    figures, _, unit = written.partition(" ")
    rest = {"currency": unit} if unit in currency_codes() else {"unit": unit or None}
    if match := _value.fullmatch(figures):
        return Number(match["value"], kind=KINDS[match["kind"]], **rest)
    if match := _between.fullmatch(figures):
        return Number(low=match["low"], high=match["high"], bounds=BOUNDS[match["join"]], **rest)
    match = _one_sided.fullmatch(figures)
    assert match is not None, written
    bounds = "[]" if match["least"] or match["most"] else "()"
    return Number(low=match["low"], high=match["high"], bounds=bounds, **rest)


def said(n: Number) -> tuple[object, ...]:
    """What a number says, to 14 digits, a fraction being a number like others."""
    value, low, high = (None if x is None else _digits14.plus(x) for x in (n.value, n.low, n.high))
    kind = "cardinal" if n.kind == "fraction" else n.kind
    return kind, value, low, high, n.bounds, n.currency, n.unit


@pytest.mark.parametrize("section", [name for name in sections() if name != "Not yet"])
def test_phrases_say_what_a_careful_reader_takes_them_to_say(section: str) -> None:
    wrong = []
    for line in sections()[section]:
        text, wanted = expected(line)
        got = [(text[span.start : span.end], said(span.number)) for span in find(text)]
        if got != [(words, said(number)) for words, number in wanted]:
            wrong.append((line, got))
    assert not wrong


def test_the_notation_of_the_phrases() -> None:
    assert number("-2.5 kilometre") == Number("-2.5", "km")
    assert number("3<..8") == Number(low=3, high=8, bounds="(]")
    assert number("<=4 USD") == Number(high=4, currency="USD")
    assert expected("a {5 km=5 kilometre} run") == ("a 5 km run", [("5 km", Number(5, "km"))])
    assert sum(map(len, sections().values())) > 1000
    assert all(
        find_unit(n.unit)
        for lines in sections().values()
        for line in lines
        for _, n in expected(line)[1]
        if n.unit not in (None, "percent")
    )


@pytest.mark.parametrize("line", (HERE / "number_free.txt").read_text("utf-8").splitlines())
def test_lines_without_numbers_have_none(line: str) -> None:
    assert [m.text for m in omnimodal.detect(line) if m.modality == "number"] == []
