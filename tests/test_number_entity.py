"""The Number: what makes one, what is refused, and how it is written; what its unit is, pint knows."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimodal.encoders.number import Number, find, parse
from omnimodal.encoders.number.patterns import table
from omnimodal.encoders.number.units import dimensions, find_unit
from omnimodal.entity import from_json
from omnimodal.errors import InvalidEntityError

decimals = st.decimals(
    allow_nan=False, allow_infinity=False, min_value="-1e30", max_value="1e30", places=12
) | st.builds(lambda m, e: Decimal(m).scaleb(e), st.integers(-(10**15), 10**15), st.integers(-300, 300))


@pytest.mark.parametrize(
    ("given_value", "value"),
    [
        (5, "5"),
        ("1.50", "1.5"),
        (0.1, "0.1"),
        (Decimal("1E+3"), "1000"),
        (Fraction(3, 8), "0.375"),
        ("-0", "0"),
        ("1,234.5", "1234.5"),
        ("two thirds", "0.6666666666666666666666666666666667"),
        ("$3.2bn", "3200000000"),
    ],
)
def test_a_number_is_made_of_what_people_type(given_value: object, value: str) -> None:
    assert str(Number(given_value).value) == value  # type: ignore[arg-type]


def test_equal_values_are_one_entity() -> None:
    assert Number(Decimal("1.50")) == Number("1.5") == Number(1.5) == Number(Fraction(3, 2))
    assert Number("5", unit="km") == Number(5, unit="kilometres")
    assert Number(5, unit="km") != Number(5000, unit="m")
    assert Number(5, currency="$") == Number("$5")
    assert Number(low=5, high=7) != Number(low=5, high=7, bounds="[)")


@pytest.mark.parametrize(
    "bad",
    [
        "NaN",
        "inf",
        float("nan"),
        float("-inf"),
        "1e999999",
        "1e999999999999999999999",
        10**401,
        "1e-401",
        True,
        None,
        "",
        "abc",
        "5 and 6",
        "9" * 5000,
        [5],
        "9" * 900,
        Fraction(1, 3**10_000),
    ],
)
def test_what_is_no_number_is_refused(bad: object) -> None:
    with pytest.raises(InvalidEntityError, match="value"):
        Number(bad)  # type: ignore[arg-type]


def test_impossible_fields_are_refused() -> None:
    ranges = [{"low": 7, "high": 5}, {"low": 6, "high": 7}, {"kind": "range"}, {"kind": "percent", "low": 3}]
    for fields in (*ranges, {"low": 1, "bounds": "<>"}, {"kind": "prime"}, {"unit": " "}, {"currency": "money"}):
        with pytest.raises(InvalidEntityError):
            Number(5, **fields)  # type: ignore[arg-type]


@given(decimals)
def test_content_goes_through_json_and_back(value: Decimal) -> None:
    for number in (Number(value, unit="km"), Number(low=value, approximate=True), Number(value, kind="percent")):
        assert Number.from_content(from_json(json.loads(json.dumps(number.content())))) == number


@given(decimals)
def test_the_surface_reads_back(value: Decimal) -> None:
    single = [Number(value), Number(value, unit="km/h"), Number(value, kind="percent"), Number(value, currency="EUR")]
    ranges = [Number(low=value), Number(high=value, bounds="()"), Number(low=value, high="1e320")]
    for number in single + ranges:
        assert parse(number.surface) == number


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("1990", "1,990"),
        ("80 kg", "80 kg"),
        ("at least 3", "≥ 3"),
        ("below 5%", "< 5%"),
        ("between 5 and 7 km", "5–7 km"),
        ("between -5 and 5", "-5 to 5"),
        ("above 10 but below 15", "> 10, < 15"),
        ("$3.2bn", "USD 3,200,000,000"),
        ("twenty-first", "21st"),
        ("second to last", "2nd to last"),
        ("two thirds", "2/3"),
        ("6.022e23", "6.022e+23"),
        ("12 inches", "12 in"),
        ("-6 ft 2 in", "-6 ft 2 in"),
        ("3 hours 20 minutes", "3 h 20 min"),
        ("144/km2", "144/km²"),
        ("about 7", "≈ 7"),
        ("about at most 7", "≈ ≤ 7"),
        ("roughly 5 to 7", "≈ 5–7"),
        ("equal to 7", "7"),
        ("65 megayears", "65 Myr"),
    ],
)
def test_a_label_is_for_readers_and_the_surface_reads_back(text: str, label: str) -> None:
    number = parse(text)
    assert number.label == label
    assert parse(number.surface) == number


@pytest.mark.parametrize("code", table("en")["context"]["no_code"])
def test_money_whose_code_is_a_word_is_written_by_its_name(code: str) -> None:
    for number in (Number(5, currency=code), Number("0.5", currency=code), Number(low=5, high=7, currency=code)):
        assert parse(number.surface) == number


def test_what_a_text_means_otherwise_is_a_fraction_by_itself() -> None:
    for number in (Number("9/11"), Number("24/7", unit="km"), Number("2019/20", approximate=True)):
        assert parse(number.surface) == number


def test_an_unknown_currency_is_refused_with_those_near_it() -> None:
    assert Number(5, currency="try").currency == "TRY"
    assert Number(5, currency="AOA").currency == "AOA"
    with pytest.raises(InvalidEntityError, match=r"'EUE'.*did you mean .*EUR"):
        Number(5, currency="EUE")
    with pytest.raises(InvalidEntityError, match="not an ISO 4217 code"):
        Number(5, currency=5)  # type: ignore[arg-type]


def test_an_unknown_unit_is_refused_with_those_near_it() -> None:
    with pytest.raises(InvalidEntityError, match=r"'kilometr'.*did you mean kilometre"):
        Number(5, unit="kilometr")


@pytest.mark.parametrize(
    ("name", "dims", "si", "offset"),
    [
        ("km/h", {"length": 1, "time": -1}, 0.2777777777777778, 0.0),
        ("degrees Fahrenheit", {"temperature": 1}, 0.5555555555555556, 255.3722222222222),
        ("megabyte", {"information": 1}, 8e6, 0.0),
        ("degree", {"angle": 1}, 0.017453292519943295, 0.0),
        ("barrel", {"length": 3}, 0.158987294928, 0.0),
        ("month", {"time": 1}, 2629746.0, 0.0),
        ("per mille", {}, 0.001, 0.0),
    ],
)
def test_pint_knows_what_a_unit_is(name: str, dims: dict[str, int], si: float, offset: float) -> None:
    unit = find_unit(name)
    assert unit is not None
    assert unit.dims == tuple(dims.get(d, 0) for d in dimensions())
    assert (unit.si, unit.offset) == pytest.approx((si, offset), rel=1e-12)


def test_what_is_written_otherwise_is_the_same_unit() -> None:
    for alias, meant in table("units")["alias"].items():
        assert find_unit(alias) == find_unit(meant) is not None
    density = find_unit("/km²")
    assert density is not None
    assert (density.name, density.dims[0], density.si) == ("per square kilometre", -2, pytest.approx(1e-6))
    assert [span.number for span in find("3/kg, 480 cm−1")] == [Number(3), Number(480, "per centimetre")]


def test_every_unit_of_the_table_is_known_to_pint() -> None:
    for name, row in table("units")["unit"].items():
        for prefix in ["", *row.get("prefixes", [])]:
            unit = find_unit(prefix + name)
            assert unit is not None
            assert unit.si > 0
            assert unit.name == prefix + name
            assert len(unit.dims) == len(dimensions())
