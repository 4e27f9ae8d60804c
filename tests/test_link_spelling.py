"""Misspelt names with a legal form are told from the names of other companies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import omnimodal
from omnimodal.link.spelling import misspelt, parted, wrong_letters

letters = st.text("abc", max_size=8)


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("Volkswagon AG", "Volkswagen"),
        ("JP Morgan Chase & Co.", "JPMorgan Chase"),
        ("Goldman Sacks Inc.", "Goldman Sachs"),
        ("Proctor and Gamble Co.", "Procter & Gamble"),
        ("Novatris AG", "Novartis"),
    ],
)
def test_a_misspelt_name_is_the_same(name: str, record: str) -> None:
    assert misspelt(name, [record])


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("Bolt & Sohn GmbH", "Bosch"),
        ("Volkmann AG", "Volkswagen"),
        ("Golden Sachs LLC", "Goldman Sachs"),
        ("Morgan Stanton LLC", "Morgan Stanley"),
        ("Nestle Homes Ltd.", "Nestlé"),
        ("Holdings Ltd.", "Seven & I Holdings"),
        ("Intell Ltd.", "Intel"),
    ],
)
def test_another_name_is_another_company(name: str, record: str) -> None:
    assert not misspelt(name, [record])


def test_its_own_legal_form_excuses_a_letter() -> None:
    assert misspelt("Amazom Inc.", ["Amazon", "Amazon Inc"])
    assert not misspelt("Amazom GmbH", ["Amazon", "Amazon Inc"])


def test_names_are_parted_from_their_forms() -> None:
    assert parted("The Foo and Bar Co., Ltd.") == (("foo", "bar"), ("co", "ltd"))
    assert parted("Nestlé S.p.A.") == (("nestle",), ("spa",))
    assert parted("Company") == (("company",), ())


@given(letters, letters)
def test_wrong_letters_are_the_same_from_both_sides(one: str, two: str) -> None:
    assert wrong_letters(one, two, 20) == wrong_letters(two, one, 20)
    assert (wrong_letters(one, two, 20) == 0) == (one == two)


@pytest.mark.parametrize("name", ["Boch Tools GmbH", "Toyoda Holdings Ltd.", "Sonny Electric Corp."])
def test_invented_companies_are_none_of_the_store(name: str) -> None:
    [m] = [m for m in omnimodal.detect(f"{name} sells cars in Germany.") if m.modality == "corporation"]
    assert (m.text, m.record) == (name, None)
