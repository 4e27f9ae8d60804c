"""Numbers in text: values, units, ranges, formats of locales, what is none; always to the end."""

from __future__ import annotations

import random
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnimodal.context import Context, reading
from omnimodal.encoders.number import Number, NumberEncoder, find, parse
from omnimodal.encoders.number.roman import roman
from omnimodal.encoders.number.units import FACTORS
from omnimodal.entity import Mention
from omnimodal.errors import InvalidEntityError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234,567.89", "1234567.89"),
        ("12,34,567.89", "1234567.89"),
        ("1.234.567,8", "1234567.8"),
        ("1 234 567", "1 234 567"),
        ("-127.32e13", "-1273200000000000"),
        ("two hundred and thirty-four thousand", "234000"),
        ("3.2 million", "3200000"),
        ("twenty-one trillion three hundred", "21000000000300"),
        ("minus one", "-1"),
        ("five and a half million", "5500000"),
        ("two hundred point zero three", "200.03"),
        ("3/4", "0.75"),
        ("2½", "2.5"),
        ("10k", "10000"),
        ("half a million", "500000"),
        ("1 over twenty", "0.05"),
        ("three dozen", "36"),
        ("2^10", "1024"),
        ("three hundred and two dozens", "324"),
        ("one hundred thirty fifths", "2.857142857142857142857142857142857"),
        ("one one hundred and fifth", "0.009523809523809523809523809523809524"),
        ("0.1", "0.1"),
    ],
)
def test_values_in_text(text: str, value: str) -> None:
    assert parse(text.replace(" ", "\u202f") if value == "1 234 567" else text).value == Decimal(value.replace(" ", ""))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 5 km run", Number(5, "kilometre")),
        ("12 °C today", Number(12, "degree Celsius")),
        ("at 90 km/h", Number(90, "km/h")),
        ("3 square metres", Number(3, "square metre")),
        ("€ 5 million", Number(5_000_000, currency="EUR")),
        ("US$3.2bn", Number("3.2e9", currency="USD")),
        ("34 cents", Number("0.34", currency="USD")),
        ("1st", Number(1, kind="ordinal")),
        ("the twenty-fifth", Number(25, kind="ordinal")),
        ("4.5 percent", Number("4.5", kind="percent")),
        ("between 5 and 7 kg", Number(unit="kg", low=5, high=7)),
        ("more than 1,000", Number(low=1000, bounds="()")),
        ("at most 5%", Number(unit="percent", high=5)),
        ("1000-5000", Number(low=1000, high=5000)),
        ("over 10 but below 15", Number(low=10, high=15, bounds="()")),
        ("about 7", Number(7, approximate=True)),
        ("five hundred or more", Number(low=500)),
        ("2.5 parsecs", Number("2.5", "parsec")),
        ("he is 5 ft 2 in tall", Number(Fraction(31, 6), "foot")),
        ("6′2″", Number(Fraction(37, 6), "foot")),
        ("3 hours and 20 minutes", Number(Fraction(10, 3), "hour")),
        ("-2 lb 4 oz", Number("-2.25", "pound")),
        ("24 degrees north", Number(24, "degree")),
        ("set the oven to 24 degrees", Number(24, "temperature degree")),
        ('a pen 10 " long', Number(10, "inch")),
        ("that one mile", Number(1, "mile")),
        ("5 pounds of sugar", Number(5, "pound")),
        ("361 million pounds", Number(361_000_000, currency="GBP")),
        ("it cost 5 pounds", Number(5, currency="GBP")),
        ("two pounds 50 pence", Number("2.5", currency="GBP")),
        ("3 dollars 50 cents", Number("3.5", currency="USD")),
        ("it costs 15 dollars and 50.", Number("15.5", currency="USD")),
        ("30 MUSD", Number(30_000_000, currency="USD")),
        ("75 USD million", Number(75_000_000, currency="USD")),
        ("c $ 5", Number(5, currency="CAD")),
        ("ALL 5 of them", Number(5)),
        ("Euro 2012", Number(2012)),
        ("percent of 10", Number(10, kind="percent")),
        ("what percent of 10", Number(10)),
        ("the second to last", Number(-2, kind="ordinal")),
        ("the one before the last one", Number(-2, kind="ordinal")),
        ("came third last year", Number(3, kind="ordinal")),
        ("$5–7bn", Number(currency="USD", low=5 * 10**9, high=7 * 10**9)),
        ("There were １２３ people.", Number(123)),
        ("१，२३४", Number(1234)),
        ("５０％", Number(50, kind="percent")),
        ("١٢٫٥ km", Number("12.5", "km")),
        ("1.4 x 10^9 people", Number(1_400_000_000)),
        ("3×10^8 m/s", Number(300_000_000, "m/s")),
        ("6.022 × 10²³", Number("6.022e23")),
        ("-1.6 × 10⁻¹⁹", Number("-1.6e-19")),
        ("1 000 000 people", Number(1_000_000)),
        ("€1 000 000", Number(1_000_000, currency="EUR")),
        ("10 000 m", Number(10_000, "metre")),
        ("3.5m euros", Number(3_500_000, currency="EUR")),
        ("3.5 m dollars", Number(3_500_000, currency="USD")),
        ("a 3.5 m pole", Number("3.5", "metre")),
        ("12M users", Number(12_000_000)),
        ("between 10M and 20M people", Number(low=10**7, high=2 * 10**7)),
        ("valued at 3.2B", Number(3_200_000_000)),
        ("12 B", Number(12, "byte")),
        ("1½ million", Number(1_500_000)),
        ("1/2 million", Number(500_000)),
        ("a thrust of 7.6 MN", Number("7.6", "meganewton")),
        ("5 MN euros", Number(5_000_000, currency="EUR")),
        ("65 Myr ago", Number(65, "megayear")),
        ("a genome of 3.2 Gbp", Number("3.2", "gigabase pair")),
    ],
)
def test_units_currencies_kinds_and_ranges(text: str, expected: Number) -> None:
    assert [span.number for span in find(text)] == [expected]


@pytest.mark.parametrize(("below", "unit"), [("/s", " per second"), (" per s", " per second"), (" s−1", " per second")])
def test_a_unit_has_only_so_many_below_it(below: str, unit: str) -> None:
    for n in (2, FACTORS + 1, 50):
        found = find("5 J/kg" + below * n)[0]
        assert found.number.unit == "joule per kilogram" + unit * min(n, FACTORS)
        assert found.end == len("5 J/kg" + below * min(n, FACTORS))


@pytest.mark.parametrize(
    ("locale", "values"),
    [
        ("en", ["1.234", "1234", "12", "345.6", "1.5", "1234.5"]),
        ("de-AT", ["1234", "1.234", "12", "345.6", "1.5", "1234.5"]),
        ("fr", ["1234", "1.234", "12345.6", "1.5", "1234.5"]),
        ("de-CH", ["1.234", "1234", "12", "345.6", "1.5", "1234.5"]),
    ],
)
def test_digits_are_read_in_the_format_of_the_locale(locale: str, values: list[str]) -> None:
    with reading(Context(locale=locale)):
        assert [str(span.number.value) for span in find("1.234; 1,234; 12 345,6; 1,5; 1.234,5")] == values


def test_a_capital_makes_a_name_in_english_only() -> None:
    text = "Er zahlte Berlin 300 und der Stadt 20"
    assert find(text) == []
    with reading(Context(locale="de")):
        assert [span.number for span in find(text)] == [Number(300), Number(20)]


def test_german_abbreviates_its_millions() -> None:
    with reading(Context(locale="de")):
        for text, euros in (
            ("3,5 Mrd. Euro", 3_500_000_000),
            ("EUR 3,5 Mio.", 3_500_000),
            ("20 Millionen Euro", 2 * 10**7),
        ):
            assert [(span.number, span.end) for span in find(text)] == [(Number(euros, currency="EUR"), len(text))]


def test_a_word_that_is_cut_tells_no_language() -> None:
    for far in range(60, 90):
        (found,) = find(f"wonder {'Q' * far} : 628.718 : {'Q' * far} desks")
        assert found.number == Number("628.718")


def test_spans_of_digits_of_other_scripts_are_those_of_the_text() -> None:
    text = "５ km and １，２３４ men"
    assert [text[span.start : span.end] for span in find(text)] == ["５ km", "１，２３４"]
    assert Number("１２３") == Number(123)


def test_what_is_left_apart() -> None:
    for text in (
        "he paid $15 and 20 people",
        "15 dollars and 3 people",
        "7.5% to $3bn",
        "2 hours, 20 km",
        "1 h 30 bpm",
        "$3 to 5 km",
        "$5 ± 2 kg",
        "a tank of 2000 L 5 m high",
    ):
        assert len(find(text)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "v2.0.1",
        "version 3.11",
        "192.168.0.1",
        "+49 30 1234567",
        "555-1234",
        "ISBN 978-3-16-148410-0",
        "COVID-19",
        "x1",
        "3f786850e387550fdab836ed7e6dc881de23001b",
        "https://a.org/5?n=7",
        "me5@x.com",
        "14:50",
        "2021-05-04",
        "1990s",
        "0xff",
        "550e8400-e29b-41d4-a716-446655440000",
        "the one you mean",
        "per second",
        "1e999999999",
        "9e399 million",
        "sha256_12",
        "(030) 123 4567",
        "H1N1",
        "in Room 12B",
        "a 5G network",
        "a 7-Eleven",
        "won in 3:15.92",
        "17:30:05.123",
        "open 24/7",
        "after 9/11",
        "the 2019/20 season",
    ],
)
def test_what_only_looks_like_a_number_is_left_alone(text: str) -> None:
    assert find(text) == []


@given(st.text() | st.text("0123456789.,-+eE/^ %$€½one hundredandakmQ²\u202f'"))
@settings(max_examples=400)
def test_detection_never_raises_and_spans_fit(text: str) -> None:
    end = 0
    for mention in NumberEncoder(dim=16, hidden=16).detect(text):
        assert text[mention.start : mention.end] == mention.text
        assert mention.start >= end
        assert isinstance(mention.entity, Number)
        end = mention.end


def test_a_range_holds_its_bounds_and_markup_is_parsed() -> None:
    encoder = NumberEncoder(dim=16, hidden=16)
    (mention,) = encoder.detect("from 5 to 7 million people")
    assert [child.entity for child in mention.children] == [Number(5_000_000), Number(7_000_000)]
    assert encoder.resolve(Mention(0, 9, "number", "5 hundred"), None) == Number(500)
    with pytest.raises(InvalidEntityError, match="no number here"):
        encoder.resolve(Mention(0, 14, "number", "no number here"), None)


def test_a_long_text_of_half_numbers_is_read_to_its_end() -> None:
    rng = random.Random(0)
    for piece in (
        "1,111",
        "one hundred and ",
        "1.1.",
        "+1 ",
        "a half ",
        "a.b@",
        "more than ",
        "(",
        "1 1/",
        "½ ",
        "last but ",
        "1-",
        "$1 and ",
        "1 000 ",
        "1x10^",
        "5M-",
        "3 x 10 ",
        "1 – ",
        "1 ± ",
        "10−1",
        "12(a)",
        "1 J/(kg·K)",
        "5 ft 2 in ",
        "2 years 3 days ",
        "No. 1-",
        "Nos. 1, ",
        "list number ",
        "12 Wall ",
        '"12 Men of ',
    ):
        text = piece * 5000 + " then 7 km"
        assert find(text)[-1].number in (Number(7, "km"), Number(low=7, unit="km", bounds="()"))
    with localcontext() as context:  # the values do not depend on the caller's decimal precision
        context.prec = 3
        n = rng.randrange(10**20)
        assert parse(f"{n:,}").value == Number(n).value


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Chapter IV of World War II", [("IV", 4), ("II", 2)]),
        ("Louis XIV was king; John Paul II was pope.", [("XIV", 14), ("II", 2)]),
        ("Act III, Scene ii", [("III", 3), ("ii", 2)]),
        ("Super Bowl XLVIII, type II, Part I", [("XLVIII", 48), ("II", 2), ("I", 1)]),
        ("the XIX century", [("XIX", 19)]),
        ("Elizabeth I, queen of England", [("I", 1)]),
        ("Charles I think you are right; I saw Part IIII, MIX, CV, DC and Chapter Mix.", []),
        ("the class I like, a level ID, a level CD player, Figure C, figure x", []),
    ],
)
def test_roman_numerals_where_a_word_says_so(text, wanted):
    assert [(text[s.start : s.end], s.number.value) for s in find(text)] == wanted


@given(st.integers(1, 3999))
def test_a_roman_numeral_and_its_value(value):
    tens = [("M", 1000), ("CM", 900), ("D", 500), ("CD", 400), ("C", 100), ("XC", 90), ("L", 50), ("XL", 40)]
    numeral, rest = "", value
    for sign, worth in [*tens, ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1)]:
        numeral, rest = numeral + sign * (rest // worth), rest % worth
    assert roman(numeral) == roman(numeral.lower()) == value
