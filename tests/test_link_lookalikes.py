"""Names that only look like the store's: clubs, papers, persons, works, codes, words; and those that do mean it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import omnimodal
from omnimodal.link.context import around
from omnimodal.link.lookalikes import OF_LOOKALIKES, of_lookalikes


def linked(text):
    """The names of a text that were linked, with the ids of their records."""
    return {m.text: m.record.id for m in omnimodal.detect(text) if m.record}


@pytest.mark.parametrize(
    "text",
    [
        "The Phoenix Suns have won nine games in a row.",
        "The New York Times said the talks had failed.",
        "She studied at Oxford University.",
        "Wall Street and Oxford Street were empty.",
        "The Paris Agreement was signed.",
        "The Duke of York was mad.",
        "Paris Hilton opened the club.",
        "Chad met Chelsea at the gym.",
        "Theresa May met Chad.",
        "Austin told his sister that it was late.",
        "The album Nebraska was recorded at home.",
        "The Court relied on Roe v. Wade, 410 U.S. 113 (1973).",
        "The claim is covered by U.S. Pat. No. 5,123,456.",
        "Smith v. Maryland was decided in 1979.",
        "Apple pie is best with a little salt.",
        "Cork floors are warm.",
        "He ordered a Manhattan and left.",
        "lol chad is such a clown, ask jordan",
        "i moved from ontario last year",
    ],
)
def test_what_only_looks_like_a_name_is_left_alone(text):
    assert linked(text) == {}


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ("Chad closed its border with Sudan.", {"Chad": "country:TD", "Sudan": "country:SD"}),
        ("Rebels in Chad attacked a town.", {"Chad": "country:TD"}),
        ("Jordan took in refugees from Syria.", {"Jordan": "country:JO", "Syria": "country:SY"}),
        ("Tesla Opens New Factory in Ohio as Sales Slow", {"Tesla": "company:tesla", "Ohio": "region:US-OH"}),
        ("The U.S. and the UK signed it.", {"U.S.": "country:US", "UK": "country:GB"}),
        ("Nice is warmer than Lyon in winter.", {"Nice": "geonames:2990440", "Lyon": "geonames:2996944"}),
        ("I love Paris.", {"Paris": "geonames:2988507"}),
        ("The road from Dallas to Paris was closed.", {"Dallas": "geonames:4684888", "Paris": "geonames:4717560"}),
        ("Jack London was born in San Francisco.", {"San Francisco": "geonames:5391959"}),
        ("He writes for the Houston Chronicle and lives in Galveston.", {"Galveston": "geonames:4692883"}),
    ],
)
def test_and_what_is_one_is_found(text, records):
    assert linked(text) == records


def test_a_name_before_a_region_that_has_none_such_is_another_one():
    assert "geonames:2950159" not in linked("They settled in Berlin, New Hampshire, where the mill was.").values()


@given(st.text(max_size=60), st.text(min_size=1, max_size=12), st.text(max_size=60))
def test_any_text_has_the_same_number_of_features(before, name, after):
    here = around(before + name + after, len(before), len(before) + len(name))
    seen = of_lookalikes(here, name, frozenset(), frozenset(), False, False, False, False, False)
    assert len(seen) == len(OF_LOOKALIKES)
    assert set(seen) <= {0.0, 1.0}


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ("They sailed up the Nile.", {"Nile": "large:nile"}),
        ("A castle on the Rhine.", {"Rhine": "large:rhine"}),
        ("They hiked in the Black Forest.", {"Black Forest": "large:black-forest"}),
        ("Nessie lives in Loch Ness.", {"Loch Ness": "large:loch-ness"}),
        ("He drank the Evian and the Bordeaux.", {}),
    ],
)
def test_an_article_belongs_to_some_names(text, records):
    assert linked(text) == records


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A house in Bath, Somerset", "Bath"),  # which is run apart from it
        ("A flat in Reading, Berkshire", "Reading"),
        ("The bus stopped near Bath.", "Bath"),
        ("There are trains from Bath to Bristol.", "Bath"),
        ("The road from London to Reading is closed.", "Reading"),
        ("Between Mobile and Birmingham there is nothing.", "Mobile"),
    ],
)
def test_towns_that_are_words_are_found_where_the_text_says_so(text, name):
    assert name in linked(text)


@pytest.mark.parametrize("text", ["I drove near God.", "He went from Reading to Writing.", "Stand near Central Park."])
def test_and_words_are_left_alone_there(text):
    assert linked(text) == {}
