"""Text → mentions: overlaps are settled for the best sum, explicit entities win, broken encoders are named."""

from __future__ import annotations

from itertools import combinations

import pytest
from conftest import Colour, ColourEncoder, Thing, ThingEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from pieces import Pieces

import omnimodal
from omnimodal import Mention, context
from omnimodal.detection import detect, settle
from omnimodal.document import Document, documents
from omnimodal.errors import (
    EncodingError,
    InvalidEntityError,
    OmnimodalError,
    OmnimodalWarning,
    SpanError,
    UnknownNameError,
)
from omnimodal.read import find_mentions
from omnimodal.resolve import resolve
from omnimodal.store import Record, open_store

SPANS = st.tuples(st.integers(0, 12), st.integers(0, 6), st.integers(0, 8))  # start, length, score in eighths


def mention(start, length, eighths=8, modality="colour"):
    return Mention(start, start + length, modality, "x" * length, score=eighths / 8)


def weight(mentions):
    return sum(m.score * len(m.text) for m in mentions)


def apart(mentions):
    return not any(a.overlaps(b) for a, b in combinations(mentions, 2))


@settings(max_examples=300)
@given(st.lists(SPANS, max_size=8))
def test_settled_mentions_are_the_best_set_without_overlaps(spans):
    mentions = [mention(*span) for span in spans]
    chosen = settle(mentions)
    assert apart(chosen)
    assert set(map(id, chosen)) <= set(map(id, mentions))
    assert chosen == sorted(chosen, key=lambda m: m.span)
    subsets = (s for n in range(len(mentions) + 1) for s in combinations(mentions, n) if apart(s))
    assert weight(chosen) == max(map(weight, subsets))


@given(st.lists(SPANS, max_size=8), st.randoms())
def test_the_order_of_asking_does_not_matter(spans, random):
    mentions = [mention(*span) for span in spans]
    shuffled = random.sample(mentions, len(mentions))
    assert settle(mentions) == settle(shuffled)


def test_a_long_mention_beats_the_fragments_in_it():
    date, day, year = mention(0, 12), mention(0, 2), mention(8, 4)
    assert settle([day, date, year]) == [date]
    assert settle([mention(0, 12, 1), day, year]) == [day, year]  # but not where it is unlikely
    assert settle([]) == []


def test_explicit_entities_win_over_detected_ones(encoders):
    text = "#ff0000 and #00ff00"
    docs, _ = documents(text, [(5, 9, Thing("0 an"))])
    [found] = detect(docs, encoders, None)
    assert [(m.span, m.modality) for m in found] == [((5, 9), "thing"), ((12, 19), "colour")]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=4))
def test_no_detected_mention_touches_an_explicit_one(marks):
    text = "#ff0000 #00ff00 #0000ff"
    marks = [(min(m), max(m), Thing("")) for m in marks]
    try:
        docs, _ = documents(text, marks)
    except SpanError:
        return
    [found] = detect(docs, {"colour": ColourEncoder(), "thing": ThingEncoder()}, None)
    assert apart(found)
    assert sum(m.source == "markup" for m in found) == len(marks)
    free = [
        m.span
        for m in ColourEncoder().detect(text)
        if not any((s < m.end and m.start < e) or m.start < s == e < m.end for s, e, _ in marks)
    ]
    assert [m.span for m in found if m.source == "rule"] == free


def test_names_of_the_store_are_found_and_what_is_inside_them_is_kept(encoders):
    store = open_store(":memory:")
    name = "House #ff0000 Ltd"
    store.put([Record("thing", "1", name, Thing("house").content(), ((name, 1.0),))])
    store.put([Record("unheard", "1", "the", {}, (("the", 1.0),))])  # a modality that is not loaded
    [found] = detect([Document(f"the {name}")], encoders, store)
    assert [(m.text, m.modality, m.source) for m in found] == [(name, "thing", "gazetteer")]
    assert [m.text for m in found[0].children] == ["#ff0000"]
    [resolved] = resolve(found, encoders, store)
    assert resolved.entity == Thing("house")
    assert resolved.children[0].entity == Colour("#ff0000")


def test_an_entity_without_an_encoder_raises(encoders):
    docs, _ = documents(["a", Thing("x")])
    with pytest.raises(UnknownNameError, match=r"'thing'; known: colour") as info:
        detect(docs, {"colour": encoders["colour"]}, None)
    assert info.value.span == (1, 1)


def test_a_mention_and_its_entity_are_of_one_modality(encoders):
    docs, _ = documents("abc", [Mention(0, 3, "thing", "abc", entity=Colour("#000000"))])
    with pytest.raises(SpanError, match="A colour is given for a thing"):
        detect(docs, encoders, None)


class Broken(ColourEncoder):
    def __init__(self, found):
        super().__init__()
        self.found = found

    def detect(self, text):
        yield from self.found() if callable(self.found) else self.found


@pytest.mark.parametrize(
    "found",
    [
        [Mention(0, 2, "colour", "zz")],
        [Mention(4, 9, "colour", "efghi")],
        [Mention(0, 1, "thing", "a")],
        lambda: [1 / 0],
    ],
)
def test_a_broken_detect_names_the_encoder(found):
    with pytest.raises(EncodingError, match="detect") as info:
        detect([Document("abcdef")], {"colour": Broken(found)}, None)
    assert info.value.encoder == "colour"


class Fixed(ColourEncoder):
    def __init__(self, result):
        super().__init__()
        self.result = result

    def resolve(self, mention, store):
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@pytest.mark.parametrize("result", [KeyError("x"), InvalidEntityError("bad"), Thing("x"), "red"])
def test_a_broken_resolve_names_encoder_and_span(result):
    kind = InvalidEntityError if isinstance(result, InvalidEntityError) else EncodingError
    with pytest.raises(kind) as info:
        resolve([mention(3, 2)], {"colour": Fixed(result)}, None)
    assert (info.value.encoder, info.value.span) == ("colour", (3, 5))


def test_what_is_given_in_markup_is_not_resolved_again():
    docs, _ = documents("red", [(0, 3, Colour("#ff0000"))])
    [found] = resolve(docs[0].mentions, {"colour": Fixed(Colour("#000000"))}, None)
    assert found.entity == Colour("#ff0000")


def test_without_a_record_or_a_store_there_is_no_entity(encoders):
    unknown = Mention(0, 3, "thing", "abc")
    assert resolve([unknown], encoders, None) == [unknown]
    [found] = resolve([unknown], encoders, open_store(":memory:"))
    assert (found.entity, found.record, found.probability) == (None, None, 1.0)


def test_an_explicit_mention_stays_what_it_is_and_is_linked(encoders):
    store = open_store(":memory:")
    store.put([Record("colour", "c", "Ruby", Colour("#ff0000").content(), (("Ruby", 9.0),))])
    store.put([Record("thing", "t", "Ruby", Thing("gem").content(), (("Ruby", 1.0),))])
    for source in ("markup", "rule"):
        doc = Document("the Ruby", (Mention(4, 8, "thing", "Ruby", source=source),))
        [[found]] = find_mentions([doc], encoders, store)
        assert (found.modality, found.entity, found.source) == ("thing", Thing("gem"), "markup")
    [[found]] = find_mentions([Document("the Ruby")], encoders, store)
    assert (found.modality, [a.record.modality for a in found.alternatives]) == ("colour", ["thing"])


def test_resolving_keeps_every_mention_and_their_order(encoders):
    store = open_store(":memory:")
    store.put([Record("thing", "t", "Ruby", Thing("gem").content(), (("Ruby", 1.0),))])
    ruby, again = Mention(9, 13, "thing", "Ruby"), Mention(0, 4, "thing", "Ruby")
    other = Mention(9, 13, "colour", "Ruby")
    found = resolve([ruby, again, other, ruby, again.replace(modality="unheard")], encoders, store)
    assert [(m.start, m.modality, m.entity) for m in found] == [
        (9, "thing", Thing("gem")),
        (0, "thing", Thing("gem")),
        (9, "colour", None),
        (9, "thing", Thing("gem")),
        (0, "unheard", None),
    ]


def test_a_changed_mention_still_fits_its_span():
    one = Mention(0, 3, "thing", "abc")
    assert one.replace(start=1, end=4).span == (1, 4)
    assert one.replace(score=0.5) == Mention(0, 3, "thing", "abc", 0.5)
    for changes in ({"end": 4}, {"text": "ab"}, {"start": -1}):
        with pytest.raises(SpanError):
            one.replace(**changes)
    with pytest.raises(TypeError, match="no field colour"):
        one.replace(colour=1)


# modes of overlaps


def spans(mentions):
    return [(m.start, m.end) for m in mentions]


def test_the_modes_tell_which_overlaps_may_stay():
    text = "abcdefghij"
    sources = [Pieces("abcdef", "bcd", "cd", "fg")]
    [flat] = detect([Document(text)], {}, None, sources=sources)
    [nested] = detect([Document(text)], {}, None, "nested", sources)
    [everything] = detect([Document(text)], {}, None, "all", sources)
    assert spans(flat) == [(0, 6)]
    assert spans(nested) == [(0, 6), (1, 4), (2, 4)]
    assert [spans(m.children) for m in nested] == [[(1, 4)], [(2, 4)], []]
    assert spans(everything) == [(0, 6), (1, 4), (2, 4), (5, 7)]
    with pytest.raises(UnknownNameError, match=r"'flatt'.*Did you mean 'flat'"):
        detect([Document(text)], {}, None, "flatt")


@given(st.lists(SPANS, max_size=10))
def test_nested_mentions_never_cross_and_hold_the_flat_ones(given_spans):
    class Given:
        name = "given"

        def detect(self, texts):
            return [[m for m in (mention(*span) for span in given_spans) if m.end > m.start] for _ in texts]

    doc = Document("x" * 20)
    [flat], [nested], [everything] = (detect([doc], {}, None, mode, [Given()]) for mode in ("flat", "nested", "all"))
    assert set(spans(flat)) <= set(spans(nested)) <= set(spans(everything))
    for a, b in combinations(nested, 2):
        assert not a.overlaps(b) or a.contains(b) or b.contains(a)
    assert all(parent.contains(child) for parent in nested for child in parent.children)


def test_a_tagged_mention_that_cannot_be_read_has_no_entity(encoders):
    encoders = {"colour": Fixed(InvalidEntityError("no colour"))}
    [found] = detect([Document("greenish")], encoders, None, sources=[Pieces("greenish", modality="colour")])
    assert [m.entity for m in resolve(found, encoders, None)] == [None]


# what is given wrongly


class Nameless:
    def detect(self, texts):
        return [[] for _ in texts]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"sources": [3]}, r"sources is a list of .*; 3 has not both"),
        ({"sources": "tagger"}, r"sources is a list of .*, not 'tagger'"),
        ({"sources": Pieces()}, "sources is a list of"),
        ({"sources": [Nameless()]}, r"Nameless.* has not both"),
        ({"sources": None}, "sources is a list of"),
        ({"overlaps": "x"}, "Unknown mode of overlaps 'x'; known: flat, nested, all"),
        ({"overlaps": None}, "known: flat, nested, all"),
        ({"reference": "yesterday"}, "'yesterday' is no ISO date, like 2024-05-01"),
        ({"reference": 5}, "an ISO date like 2024-05-01, not 5"),
        ({"store": "/nowhere.sqlite"}, "no store '/nowhere.sqlite': the file is not there"),
        ({"store": "/"}, "no store '/': the file is a folder"),
        ({"store": ""}, "no store ''"),
        ({"store": __file__}, "test_detection.py cannot be opened: file is not a database"),
        ({"store": 5}, "A store is a Store, the path or URL of one, or 'default', not 5"),
        ({"locale": "german"}, "a language tag like 'de' or 'en-GB', not 'german'; did you mean 'de'"),
        ({"locale": 5}, "a language tag like 'de' or 'en-GB', not 5"),
    ],
)
def test_an_argument_that_cannot_be_is_told_with_what_would_be_right(options, told):
    with pytest.raises((OmnimodalError, TypeError), match=told):
        omnimodal.detect("They met yesterday for 1,5 hours in Paris.", **options)


@pytest.mark.parametrize(("given", "told"), [(None, "not NoneType"), ([1], "not int"), (b"x", "not bytes")])
def test_what_is_no_text_is_told(given, told):
    with pytest.raises(TypeError, match=told):
        omnimodal.detect(given)


def test_a_locale_of_no_language_is_warned_of():
    context._check.cache_clear()
    with pytest.warns(OmnimodalWarning, match="'xx' is of no known language"):
        omnimodal.detect("1.5", locale="xx")


@pytest.mark.parametrize("mode", ["nested", "all"])
def test_the_parts_of_a_mention_are_found_too(mode):
    found = omnimodal.detect("10 to 12 dollars", overlaps=mode)
    assert [m.text for m in found] == ["10 to 12 dollars", "10", "12 dollars"]
