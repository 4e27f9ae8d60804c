"""Text → mentions: overlaps are settled for the best sum, explicit entities win, broken encoders are named."""

from __future__ import annotations

from itertools import combinations

import pytest
from conftest import Colour, ColourEncoder, Thing, ThingEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from omnimodal import Mention
from omnimodal.detection import detect, settle
from omnimodal.document import Document, documents
from omnimodal.errors import EncodingError, InvalidEntityError, SpanError, UnknownNameError
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
