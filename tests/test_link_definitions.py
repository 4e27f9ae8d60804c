"""Short names that a text defines in parentheses, and the "a" that is no article."""

from __future__ import annotations

import pytest

import omnimodal


@pytest.mark.parametrize(
    ("definition", "short"),
    [
        ('("Acme")', "Acme"),
        ("(“Acme”)", "Acme"),
        ("(„Acme“)", "Acme"),
        ('("the Acme Group")', "Acme Group"),
        ('(hereinafter "Acme")', "Acme"),
        ('(hereinafter referred to as "Acme" or the "Seller")', "Seller"),
        ('(the "Apple")', "Apple"),  # whatever the store has of that name
    ],
)
def test_a_name_defined_in_quotation_marks_means_the_full_one(definition: str, short: str) -> None:
    text = f"Acme Widgets Ltd. {definition} shall pay. {short} shall also sign."
    found = [m for m in omnimodal.detect(text) if m.text == short]
    assert [m.start for m in found][-1] == text.index(short, text.index("pay"))
    assert all(m.entity is not None and m.entity.surface == "Acme Widgets" for m in found)


@pytest.mark.parametrize("aside", ['(formerly "Bolt")', '("Bolt is great")', '("bolt")', '(see "Bolt" in the annex)'])
def test_other_things_in_quotation_marks_define_nothing(aside: str) -> None:
    text = f"Acme Widgets Ltd. {aside} shall pay. Bolt shall sign."
    assert [m.text for m in omnimodal.detect(text) if m.modality == "corporation"] == ["Acme Widgets Ltd."]


@pytest.mark.parametrize(
    ("text", "name"),
    [("Né à Lyon.", "Lyon"), ("Abita a Roma.", "Roma"), ("Fue a Madrid.", "Madrid"), ("Il vit à Paris.", "Paris")],
)
def test_a_preposition_a_is_no_article(text: str, name: str) -> None:
    assert [m.text for m in omnimodal.detect(text)] == [name]


@pytest.mark.parametrize("text", ["Bought a Toyota.", "She is a Chester.", "It was a Dallas."])
def test_an_article_tells_that_no_name_follows(text: str) -> None:
    assert omnimodal.detect(text) == []
