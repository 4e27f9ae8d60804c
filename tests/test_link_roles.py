"""Whether a name is a town, a person or a word in its text, by what it does and where it stands; misspelt names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import omnimodal
from omnimodal import Mention
from omnimodal.link.candidates import skeleton
from omnimodal.link.context import around
from omnimodal.link.linker import linker_of
from omnimodal.link.roles import OF_ROLES, Role, of_roles, roles
from omnimodal.resolve import default_store


def linked(text):
    return [m.text for m in omnimodal.detect(text) if m.record]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (
            "Wellington was tired. In Brussels nobody slept, and Wellington wrote home. He had lost a friend.",
            ["Brussels"],
        ),
        (
            "Houston sang in a choir. Critics loved Houston's voice. She died in Beverly Hills.",
            ["Beverly Hills"],
        ),
        ("He leaves two daughters, Savannah and Madison, of Toledo.", ["Toledo"]),
        ("In London Burton slept on sofas. It rained, and Burton went back to Wales.", ["London", "Wales"]),
        ("Dalton, 91, taught in Manchester. Dalton never married.", ["Manchester"]),
    ],
)
def test_persons_with_the_names_of_towns_are_left_alone(text, places):
    assert linked(text) == places


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Houston has no zoning laws. In Houston a tower may rise next to a bungalow.", ["Houston", "Houston"]),
        ("Wellington's mayor asked people to stay at home. No ferries left from Wellington.", ["Wellington"] * 2),
        ("The road from Lincoln to Omaha is flat. Lincoln grew after the war.", ["Lincoln", "Omaha", "Lincoln"]),
        ("Charlotte has doubled in size. Many came to Charlotte from Boston.", ["Charlotte", "Charlotte", "Boston"]),
    ],
)
def test_towns_with_the_names_of_persons_are_found(text, places):
    assert linked(text) == places


def test_the_role_of_a_name_counts_all_its_mentions():
    text = "Houston laughed. Snow fell in Houston. Sam Houston came. To Houston it was new."
    starts = [i for i in range(len(text)) if text.startswith("Houston", i)]
    found = roles(("houston", around(text, i, i + 7), ()) for i in starts)
    assert found == {"houston": Role(mentions=3, placed=1, approached=0, acts=1)}


@given(st.text(max_size=60), st.text(min_size=1, max_size=12), st.text(max_size=60))
def test_any_text_has_the_same_number_of_features(before, name, after):
    here = around(before + name + after, len(before), len(before) + len(name))
    seen = of_roles(here, name, (), Role(1), False)
    assert len(seen) == len(OF_ROLES)
    assert all(0 <= value <= 1 for value in seen)


def known(name):
    """The record of a span that is known to be a company's name."""
    text = f"The contract went to {name} on Monday."
    start = text.index(name)
    [mention] = linker_of(default_store()).link(
        text, [Mention(start, start + len(name), "corporation", name, source="tagger")]
    )
    return mention.record and mention.record.id


@pytest.mark.parametrize(
    ("written", "record"),
    [
        ("Starbucks Corp", "company:starbucks"),
        ("Microsft Inc.", "company:microsoft"),
        ("Goldman Sacks", "company:goldman-sachs"),
        ("Proctor & Gamble", "company:procter-gamble"),
        ("Twitter, Inc.", None),
        ("Siemers AG", None),
        ("Volvon AB", None),
        ("Pepper Inc.", None),
    ],
)
def test_misspelt_companies_are_known_and_others_are_not(written, record):
    assert known(written) == record


def test_a_skeleton_is_what_misspellings_leave():
    assert skeleton("Microsft Inc.") == skeleton("Microsoft Corporation") == skeleton("Mickrosoft")
    assert skeleton("Johnson and Johnson") == skeleton("Johnson & Johnson")
    assert skeleton("Siemens") != skeleton("Siemers")


@given(st.text(max_size=30))
def test_any_name_has_a_skeleton(name):
    assert len(skeleton(name)) <= 2 * len(name) + 8


READING, BATH, TEXAS = ("Reading", "geonames:2639577"), ("Bath", "geonames:2656173"), ("Texas", "region:US-TX")


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ("They live in Reading. Trains to Reading are late.", [READING, READING]),
        ("She lives in Reading's centre. From Reading she flies.", [READING, READING]),
        ("The University of Bath is old. She lives in Bath. People of Bath know.", [BATH, BATH]),
        ("He was born in Reading, Pennsylvania.", [("Reading", "geonames:5207728"), ("Pennsylvania", "region:US-PA")]),
        ("Tyler, Texas, is flat.", [("Tyler", "geonames:4738214"), TEXAS]),
        ("The mayor of Split resigned.", [("Split", "geonames:3190261")]),
        ("Reading is fun. He lives in Hope. She moved to Central London.", []),
        ("Of course, Texas won. Still, Texas lost.", [TEXAS, TEXAS]),
    ],
)
def test_towns_that_are_words_are_found_where_the_text_says_so(text, records):
    assert [(m.text, m.record.id) for m in omnimodal.detect(text) if m.record] == records


def test_where_a_company_has_its_seat_tells_nothing_of_the_next_sentence():
    found = omnimodal.detect("Ford recalled trucks last week. The man was in Wyoming.")
    assert [m.record.id for m in found if m.text == "Wyoming"] == ["region:US-WY"]
