"""Any text through all sources at once: rules, the default store, and a tagger that says much and knows nothing."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from counting import calls_of
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_tagger import tiny

import omnimodal
from omnimodal.standoff import mention_json

MODES = ["flat", "nested", "all"]
PIECES = [
    *("Paris, Texas", "Theresa May", "Siemens AG", "Apple's", "12 May 2020", "5½ km", "$3.2bn", "٣ км", "１２３"),
    *("in ", " of ", "the", "’", "\u0301", "\u200d", "\u202e", "😀", "\U0001f469\u200d\U0001f467", "\x00", "\r\n"),
    *("ABC Inc. (AI)", "http://x.org/5", "`a 1`", "04/05/2021 at 5", "between 5 and 7", "IV", "1e400", "0x1F"),
    *("London", "\u2028", "\U0001f1eb\U0001f1f7", "ß", "\ufb01", "İ", "中国", "दिल्ली", "-", "–", ",", "."),
]  # fmt: skip
ANY = st.text(max_size=40) | st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=8).map("".join)

UNICODE = st.text() | st.text("Paris,TexasInc.0123456789½٣１°NE\u0301\u200d😀אבعर्दि中-–'’ \n€$%()", max_size=60)


@pytest.fixture(scope="module")
def tagger():
    """Of random weights, with so low a threshold that it marks a good part of what there is, crossing spans too."""
    tagger = tiny(modalities={"where": "place"}, shift=4.5, threshold=0.55, crossing=True)
    return tagger.eval()


def every(mentions):
    for m in mentions:
        yield m
        yield from every(m.children)


def told(mentions):
    """All but the scores, which depend on the company in which a tagger reads, in their last digits."""
    return [(m.span, m.modality, m.source, m.entity, told(m.children)) for m in mentions]


def check(text, mentions, mode):
    """What holds of the mentions of any text."""
    for m in every(mentions):
        assert text[m.start : m.end] == m.text != ""
        assert 0 <= m.score <= 1
        assert m.probability is None or 0 <= m.probability <= 1
        assert all(m.start <= child.start and child.end <= m.end for child in m.children)
        assert all(one.end <= two.start for one, two in pairwise(m.children))
        assert mention_json(m)["text"] == m.text
    assert [m.span for m in mentions] == sorted((m.span for m in mentions), key=lambda s: (s[0], -s[1]))
    for one, two in combinations(mentions, 2):
        if mode == "flat":
            assert not one.overlaps(two)
        elif mode == "nested":
            assert not one.overlaps(two) or one.contains(two) or two.contains(one)


@settings(max_examples=30)
@given(ANY, st.sampled_from(MODES))
@example("Paris, Texas" * 10, "nested")
@example("", "all")
@example("0A\x00 Inc", "flat")  # a short name with a NUL
def test_every_mention_is_where_it_says_and_in_its_place(tagger, text, mode):
    mentions = omnimodal.detect(text, overlaps=mode, sources=[tagger])
    check(text, mentions, mode)
    assert told(mentions) == told(omnimodal.detect(text, overlaps=mode, sources=[tagger])), "the same again"


def test_the_tagger_of_these_tests_says_much(tagger):
    text = "".join(PIECES)
    found = omnimodal.detect(text, overlaps="all", sources=[tagger])
    crossing = [1 for a, b in combinations(found, 2) if a.overlaps(b) and not (a.contains(b) or b.contains(a))]
    assert len(found) > 100
    assert len(crossing) > 100


@settings(max_examples=15)
@given(st.lists(ANY, max_size=3), st.sampled_from(MODES))
def test_a_list_gives_what_its_texts_give_alone(tagger, texts, mode):
    alone = [told(omnimodal.detect(text, overlaps=mode, sources=[tagger])) for text in texts]
    assert [told(mentions) for mentions in omnimodal.detect(texts, overlaps=mode, sources=[tagger])] == alone


@settings(max_examples=25)
@given(ANY)
def test_flat_is_a_part_of_nested_and_nested_of_all(tagger, text):
    flat, nested, everything = (
        {(m.span, m.modality) for m in omnimodal.detect(text, overlaps=mode, sources=[tagger])} for mode in MODES
    )
    assert flat <= nested <= everything


@settings(max_examples=40)
@given(ANY, st.integers(0, 60), st.integers(1, 20))
def test_nothing_is_found_across_what_is_given(text, start, length):
    end = min(start + length, len(text))
    if start >= end:
        return
    given = omnimodal.Mention(start, end, "place", text[start:end])
    for m in omnimodal.detect([omnimodal.document.Document(text, (given,))])[0]:
        assert m.source == "markup" or not m.overlaps(given)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES[1:])
@pytest.mark.parametrize("unit", ["Ada of Lyon met Bob. ", "\u0301", "\U0001f469\u200d\U0001f467 ", "１２ "])
def test_all_sources_together_take_time_in_proportion(tagger, unit, mode):
    """By counting what the interpreter does, not seconds: twice the text is at most 2.6 times the calls."""
    calls = [
        calls_of(lambda n=n: omnimodal.detect((unit * n)[:n], sources=[tagger], overlaps=mode)) for n in (500, 1000)
    ]
    assert calls[1] < 2.6 * calls[0] + 500


# without a tagger


@settings(max_examples=200)
@given(UNICODE, st.sampled_from(["flat", "nested", "all"]))
def test_every_mention_of_any_text_stands_where_it_says(text, mode):
    for m in every(omnimodal.detect(text, overlaps=mode)):
        assert text[m.start : m.end] == m.text != ""
        assert 0 <= m.probability <= 1


@settings(max_examples=40)
@given(st.lists(UNICODE, max_size=4))
def test_texts_of_a_batch_do_not_disturb_each_other(texts):
    assert omnimodal.detect(texts) == [omnimodal.detect(text) for text in texts]


@pytest.mark.parametrize(
    "unit", ["1", "1 2 ", "the ", "([{", "a\u0301", "Paris, Texas, ", "12 May 2020, ", "Foo Inc. ", "1-", "`"]
)
def test_long_texts_take_time_in_proportion(unit):
    """By counting what the interpreter does, not seconds: twice the text is at most 2.6 times the calls."""
    calls = [calls_of(lambda n=n: omnimodal.detect((unit * n)[:n])) for n in (2000, 4000)]
    assert calls[1] < 2.6 * calls[0] + 500


def test_a_long_text_is_read_like_its_parts():
    part = "In Paris, Texas, 5 km from Foo Widgets Inc., it rained on 4 July 1976.\n\n"
    single = [(m.start, m.text, m.modality) for m in omnimodal.detect(part)]
    whole = omnimodal.detect(part * 50)
    assert [(m.start % len(part), m.text, m.modality) for m in whole] == single * 50
