"""Linking to small stores: candidates, features and coherence where every record is known."""

from __future__ import annotations

import gc
import weakref

import pytest
from conftest import Thing, ThingEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

import omnimodal
from omnimodal import Mention
from omnimodal.document import Document
from omnimodal.errors import OmnimodalError
from omnimodal.link import Linker
from omnimodal.link.candidates import compared
from omnimodal.read import find_mentions
from omnimodal.resolve import resolve
from omnimodal.store import Edge, Record, open_store


def thing(id, *names, **more):
    aliases = tuple((name, 1.0) if isinstance(name, str) else name for name in names)
    return Record("thing", id, aliases[0][0], Thing(aliases[0][0]).content(), aliases, **more)


@pytest.fixture
def store():
    store = open_store(":memory:")
    yield store
    store.close()


def linked(store, text, *names):
    """The ids of the records that explicit mentions of these names mean."""
    at, mentions = 0, []
    for name in names:
        at = text.index(name, at)
        mentions.append(Mention(at, at + len(name), "thing", name, source="markup"))
        at += len(name)
    done = Linker(store).link(text, mentions)
    return [m.record and m.record.id for m in sorted(done, key=lambda m: m.span)]


def test_initials_that_a_text_explains_mean_the_record(store):
    store.put([thing("usi", "University of Southern Indiana")])
    doc = Document("at the University of Southern Indiana (USI) and at USI")
    [found] = find_mentions([doc], {"thing": ThingEncoder()}, store)
    assert [(m.text, m.record.id) for m in found] == [
        ("University of Southern Indiana", "usi"),
        ("USI", "usi"),
        ("USI", "usi"),
    ]


def test_initials_and_parts_of_names_are_found(store):
    store.put(
        [
            thing("usi", "University of Southern Indiana"),
            thing("warhol", "Andy Warhol"),
            thing("factory", "The Silver Factory Museum of Modern Things"),
            thing("eu", "Electric Union"),
        ]
    )
    text = "The University of Southern Indiana ( USI ) showed Andy Warhol . Warhol 's prints are at USI ."
    names = ("University of Southern Indiana", "USI", "Andy Warhol", "Warhol 's", "USI")
    assert linked(store, text, *names) == ["usi", "usi", "warhol", "warhol", "usi"]
    assert linked(store, "the University of Southern Indiana's", "the University of Southern Indiana's") == ["usi"]
    assert linked(store, "Somebody Else went home", "Somebody Else") == [None]
    assert linked(store, "she", "she") == [None]


def test_what_a_name_lies_in_tells_namesakes_apart(store):
    store.put([thing("n", "Northland"), thing("s", "Southland")])
    store.put(
        [
            thing("a", ("Aville", 5.0), edges=(Edge("parent", "thing", "n"),)),
            thing("b", ("Aville", 4.0), edges=(Edge("parent", "thing", "s"),)),
        ]
    )
    assert linked(store, "in Aville, Southland", "Aville", "Southland") == ["b", "s"]
    assert linked(store, "in Aville, Northland", "Aville", "Northland") == ["a", "n"]


def test_what_is_near_is_likelier(store):
    store.put(
        [
            thing("far", ("Aville", 2.0), point=(100.0, 10.0)),
            thing("near", ("Aville", 1.0), point=(8.1, 47.0)),
            thing("anchor", "Btown", point=(8.0, 47.1)),
        ]
    )
    assert linked(store, "from Btown to Aville", "Btown", "Aville") == ["anchor", "near"]


def test_a_store_that_changes_is_read_again(store):
    encoders = {"thing": ThingEncoder()}
    docs = [Document("in Aville now")]
    assert find_mentions(docs, encoders, store) == [[]]
    store.put([thing("a", "Aville")])
    assert [m.record.id for m in find_mentions(docs, encoders, store)[0]] == ["a"]
    store.put([thing("a", "Beville"), thing("c", "Aville")])
    assert [m.record.id for m in find_mentions(docs, encoders, store)[0]] == ["c"]


def test_mentions_without_a_text_are_linked_together(store):
    store.put([thing("usi", "University of Southern Indiana")])
    mentions = [Mention(10, 13, "thing", "USI"), Mention(30, 60, "thing", "University of Southern Indiana")]
    done = resolve(mentions, {"thing": ThingEncoder()}, store)
    assert [m.entity.name for m in done] == ["University of Southern Indiana"] * 2


def test_a_link_out_of_the_store_ties_to_nothing(store):
    store.put([thing("a", "Aville", edges=(Edge("parent", "thing", "nowhere"),))])
    assert linked(store, "in Aville", "Aville") == ["a"]


@settings(max_examples=60)
@given(st.lists(st.text(min_size=1, max_size=12), max_size=4), st.text(max_size=30))
def test_any_mention_of_any_text_can_be_linked(names, filler):
    store = open_store(":memory:")
    store.put([thing("a", "Aville"), thing("b", "B (town)", "Bé")])
    text = filler + filler.join(names)
    mentions, at = [], len(filler)
    for name in names:
        mentions.append(Mention(at, at + len(name), "thing", name))
        at += len(name) + len(filler)
    for m in Linker(store).link(text, mentions):
        assert text[m.start : m.end] == m.text
        assert 0 <= m.margin <= m.probability <= 1
    store.close()


def test_words_that_names_share_are_counted(store):
    known = Linker(store).memory.known(thing("a", "Museum of Modern Art"))
    option = compared("Modern Art", known, "like", 0.5)
    assert (option.how, option.cover, option.last, option.first) == ("part", (0.5, 1.0), True, False)
    assert compared("MMA", known, "like", 0.1).how == "acronym"


@pytest.mark.parametrize(
    ("data", "wrong"),
    [({"name": "Zibble", "founded": "1999"}, "has no field founded"), ({"name": "Zibble"}, "needs fields")],
)
def test_a_record_that_is_no_such_entity_is_named(data, wrong):
    store = open_store(":memory:")
    store.put([Record("corporation", "x:zibble", "Zibble", data, (("Zibble", 1.0),))])
    with pytest.raises(
        OmnimodalError, match=rf"'x:zibble' .*{wrong}; its data is .*Corporation\(…\)\.content"
    ) as error:
        omnimodal.detect("He works at Zibble.", store=store)
    assert error.value.span == (12, 18)


def test_a_store_that_nobody_holds_is_freed(tmp_path):
    store = open_store(tmp_path / "small.sqlite")
    store.put([Record("place", "x:ozville", "Ozville", {"name": "Ozville"}, (("Ozville", 1.0),))])
    (mention,) = omnimodal.detect("She lives in Ozville.", store=store)
    assert mention.record.id == "x:ozville"
    held = weakref.ref(store)
    del store
    gc.collect()
    assert held() is None
