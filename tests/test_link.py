"""Linking: which record a name means, through the default store."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import omnimodal
from omnimodal.context import Context, reading
from omnimodal.errors import OmnimodalError
from omnimodal.fold import fold
from omnimodal.link.candidates import forms, plain
from omnimodal.link.context import around
from omnimodal.link.features import COHERENCE, FEATURES, OF_NONE, OF_RECORD
from omnimodal.link.lexicon import initials, lexicon
from omnimodal.link.ranker import Ranker, load, shipped
from omnimodal.resolve import default_store


def found(text):
    """What was found in a text: (words, record or surface)."""
    return {m.text: m.record.id if m.record else m.entity and m.entity.surface for m in omnimodal.detect(text)}


@pytest.mark.parametrize(
    ("text", "name", "inside"),
    [
        ("They live in Paris, Texas.", "Paris", "region:US-TX"),
        ("Springfield, Illinois is the capital.", "Springfield", "region:US-IL"),
        ("Springfield, Massachusetts", "Springfield", "region:US-MA"),
        ("She studied in Cambridge, Massachusetts.", "Cambridge", "region:US-MA"),
        ("The Paris near Dallas is in Texas.", "Paris", "region:US-TX"),
        ("She lives in Paris, not far from Dallas.", "Paris", "region:US-TX"),
        ("London is 190 km from Toronto.", "London", "region:CA-ON"),
        ("In Paris they speak French.", "Paris", "country:FR"),
        ("They drove from Boston to Worcester and on to Springfield.", "Springfield", "region:US-MA"),
    ],
)
def test_a_place_is_the_one_that_its_neighbours_tell(text, name, inside):
    record = default_store().get("place", found(text)[name])
    assert inside in [edge.id for edge in record.edges]


@pytest.mark.parametrize(
    ("text", "name", "record"),
    [
        ("Washington state has two senators.", "Washington", "region:US-WA"),
        ("Seattle, Washington", "Washington", "region:US-WA"),
        ("She flew from Seattle to Spokane, both in Washington.", "Washington", "region:US-WA"),
        ("He met Congress in Washington, D.C.", "Washington, D.C.", "geonames:4140963"),
        ("The train from Baltimore to Washington and Richmond", "Washington", "geonames:4140963"),
        ("Tbilisi is the capital of Georgia.", "Georgia", "country:GE"),
        ("Atlanta is the capital of Georgia.", "Georgia", "region:US-GA"),
        ("Jordan and Israel signed a treaty.", "Jordan", "country:JO"),
        ("Apple fell after Apple Inc. announced earnings.", "Apple", "company:apple"),
        ("Apple Inc. announced earnings.", "Apple Inc.", "company:apple"),
        ("AAPL closed at $180.", "AAPL", "company:apple"),
        ("Apple's CEO visited Berlin.", "Apple", "company:apple"),
        ("Amazon said on Monday that it will hire.", "Amazon", "company:amazon"),
        ("Shares of Meta and Alphabet rose.", "Meta", "company:meta"),
    ],
)
def test_a_name_means_what_its_context_says(text, name, record):
    assert found(text)[name] == record


@pytest.mark.parametrize(
    "text",
    [
        "I baked an Apple pie.",
        "The Amazon rainforest burns.",
        "Paris Hilton sang.",
        "A Meta analysis of trials.",
        "Barack Obama spoke. Obama won.",
        "Georgia Meloni spoke first.",
        "Michael Jordan scored.",
        "We ate turkey sandwiches and drank from china cups.",
        "JFK flew to the EU; the Federal Reserve and the Eiffel Tower.",
        "The Smiths own several Fords.",
        "Nice day! Reading is fun.",
    ],
)
def test_what_only_looks_like_a_name_is_left_alone(text):
    assert [m for m in omnimodal.detect(text) if m.source == "gazetteer"] == []


@pytest.mark.parametrize(
    "text",
    [
        "221B Baker Street",
        "No 10 said nothing.",
        "They won 112-98.",
        "on 31 February 2020",
        "2023-13-45",
        "version 2.3.1, 10.0.0.1, ISBN 978-0-13-110362-8, +49 30 123456",
        "https://example.com/Paris/1889 and paris@example.com and /usr/share/Paris",
        "d41d8cd98f00b204e9800998ecf8427e",
        "x = foo(1, 2)",
        "`Paris 1889`",
        "```\nIn Paris there are 5 towers.\n```",
        "int x = 5;",
        "import os",
    ],
)
def test_ordinary_and_machine_text_names_nothing(text):
    assert omnimodal.detect(text) == []


def test_a_bare_pair_of_exact_decimals_is_a_position():
    [m] = omnimodal.detect("at 48.8584, 2.2945")
    assert (m.modality, m.entity.point.x, m.entity.point.y) == ("place", 2.2945, 48.8584)
    assert {m.modality for m in omnimodal.detect("48.8584, 2.2945, 3.4444")} == {"number"}
    assert {m.modality for m in omnimodal.detect("48.85, 2.29")} == {"number"}


def test_a_link_carries_its_probability_margin_and_alternatives():
    [m] = omnimodal.detect("They met in Springfield.")
    assert 0 < m.margin < m.probability < 1
    odds = [a.probability for a in m.alternatives]
    assert len(odds) == 5
    assert odds == sorted(odds, reverse=True)
    assert m.probability + sum(odds) < 1.0001
    assert m.record not in [a.record for a in m.alternatives]
    assert m.why
    assert m.probability < m.score < 1  # the score is that of its being any of them
    [number] = omnimodal.detect("It is 5 km long.")
    assert number.why == "read from the text"
    assert (number.record, number.alternatives) == (None, ())
    assert number.probability == number.score
    probabilities = {m.text: m.probability for m in omnimodal.detect("Springfield, Illinois. They met in Springfield.")}
    assert probabilities["Illinois"] > 0.9


def test_a_text_goes_on_with_short_names():
    text = "Foo left. Foo Widgets Inc. (FWI) grew. Foo Widgets hired. FWI fell, foo widgets too."
    mentions = omnimodal.detect(text)
    assert [(m.text, m.start) for m in mentions] == [
        ("Foo Widgets Inc.", 10),
        ("FWI", 28),
        ("Foo Widgets", 39),
        ("FWI", 58),
    ]
    assert len({m.entity for m in mentions}) == 1
    assert [m.why for m in mentions][1:] == ["short for 'Foo Widgets Inc.'"] * 3
    assert mentions[0].why == "read from the text"
    assert mentions[0].probability == mentions[0].score > mentions[1].probability > 0.5
    assert [m.text for m in omnimodal.detect("Foo Widgets Inc. (XYZ) grew. XYZ fell.")] == ["Foo Widgets Inc."]


# names and their neighbourhood


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("the USA", "USA"),
        ("USI 's", "USI"),
        ("Apple’s", "Apple"),
        ("Lee Cheuk - yan", "Lee Cheuk-yan"),
        ("James'", "James"),
        ("Theodore", "Theodore"),
        ("A", "A"),
    ],
)
def test_names_are_freed_of_articles_and_genitives(name, bare):
    assert plain(name) == bare
    assert forms(name)[0] == (name, "name")


def test_initials_leave_small_words_out():
    assert initials("United States of America") == "usa"
    assert initials("Georgia (country)") == "g"
    assert initials("") == ""


def test_the_neighbourhood_of_a_name():
    text = "He went to Paris, Texas. Dr. Paris Hilton-like people"
    one, two = around(text, 11, 16), around(text, 29, 34)
    assert (one.before, one.after, one.opens, "texas" in one.encloses) == ("to", "", False, True)
    assert (two.before, two.after, two.left_capital, two.right_capital) == ("Dr.", "Hilton", True, True)
    assert around("Paris", 0, 5).opens
    assert not around("In Paris", 3, 8).left_capital  # an opener says nothing


def test_the_words_are_folded_and_named_once():
    said = json.loads(omnimodal_data("link/words.json"))
    for words in (*said.values(), *(words for cue in said["cues"].values() for words in cue.values())):
        if isinstance(words, str):
            assert [fold(word) for word in dict.fromkeys(words.split())] == words.split()
    assert "pie" in lexicon().plain["apple"]


# the ranker


def test_what_ships_was_learned_and_says_how_well():
    said = json.loads(omnimodal_data("link/ranker.json"))
    assert said["by"] == "python -m omnimodal.link.learn"
    assert said["held_out"]["titles"]["accuracy_of_linkable"] >= 0.65
    assert said["held_out"]["store"]["accuracy"] > said["prior"]["store"]["accuracy"]
    assert set(said["first"]) == set(said["second"]) == set(FEATURES)
    assert all(said["first"][name] == 0 for name in OF_RECORD[COHERENCE:])


def omnimodal_data(name):
    from importlib.resources import files

    return files("omnimodal.data").joinpath(name).read_text("utf-8")


@given(st.lists(st.lists(st.floats(-3, 3), min_size=len(OF_RECORD), max_size=len(OF_RECORD)), max_size=5))
def test_probabilities_sum_to_one(rows):
    odds = shipped().probabilities(rows, [1.0] * len(OF_NONE), second=True)
    assert len(odds) == len(rows) + 1
    assert odds.sum() == pytest.approx(1)
    assert (odds >= 0).all()


def test_a_file_that_is_no_ranker_is_named(tmp_path):
    path = tmp_path / "ranker.json"
    for content in ("", "{}", '{"format": 0}', '{"format": 1, "first": {}, "second": {}, "threshold": 0}'):
        path.write_text(content)
        with pytest.raises(OmnimodalError, match=r"ranker|learn it again"):
            load(path)
    with pytest.raises(OmnimodalError, match="nowhere"):
        load(tmp_path / "nowhere")
    assert isinstance(shipped(), Ranker)


def test_the_page_prints_what_it_shows():
    page = Path(__file__).parents[1] / "docs" / "linking.md"
    shown = doctest.testfile(str(page), module_relative=False)
    assert shown.attempted
    assert not shown.failed
    assert doctest.testfile(str(page), module_relative=False).failed == 0


@pytest.mark.parametrize("text", ["He lives in Springfield, IL.", "He lives in Cambridge, MA."])
def test_the_postal_code_of_a_state_tells_which_town(text):
    town = omnimodal.detect(text)[0]
    state = {"IL": "region:US-IL", "MA": "region:US-MA"}[text[-3:-1]]
    assert state in {parent.id for parent in town.entity.parents}


def test_the_locale_is_that_of_the_call_or_of_the_context():
    def start(**options):
        return omnimodal.detect("04/05/2024", **options)[0].entity.start

    assert start(locale="de") == start(locale="de_DE") == start(locale="DE") == "2024-05-04"
    assert start(locale="en_US") == "2024-04-05"
    with reading(Context(locale="de")):
        assert start() == "2024-05-04"
    assert start() == "2024-04-05"
