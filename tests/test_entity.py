"""Entities are immutable values with a key of what they say; mentions are spans that fit."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import Colour, Thing
from hypothesis import given
from hypothesis import strategies as st

from omnimodal import Encoder, Entity, Mention, register, registry
from omnimodal.entity import Link, from_json, to_json
from omnimodal.errors import InvalidEntityError, OmnimodalError, SpanError


@dataclass(frozen=True)
class Fact(Entity):
    """A value with a field of any kind, and one that is not part of what it says."""

    modality = "fact"
    value: Any
    note: str = field(default="", compare=False)


@pytest.fixture(scope="module", autouse=True)
def _fact():
    @register("fact")
    class FactEncoder(Encoder):
        entity = Fact

    yield
    registry._registered.pop("fact")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.builds(Colour, st.text())
    | st.builds(Link, st.text(), st.text()),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text() | st.sampled_from(["$link", "$entity", "$$", "key"]), inner, max_size=3)
        | st.builds(Fact, inner)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_any_value_survives_json(value):
    assert from_json(json.loads(json.dumps(to_json(value)))) == value


@given(VALUES, VALUES)
def test_keys_are_equal_where_the_content_is(one, two):
    same = json.dumps(to_json(one), sort_keys=True) == json.dumps(to_json(two), sort_keys=True)
    assert (Fact(one) == Fact(two)) == same
    assert (hash(Fact(one)) == hash(Fact(two))) == same


def test_equal_values_are_one_entity():
    assert Thing("a", (Colour("#000000"),)) == Thing("a", (Colour("#000000"),))
    assert Fact({"x": 1, "y": 2}) == Fact({"y": 2, "x": 1})
    assert len({Colour("#000000"), Colour("#000000"), Colour("#ffffff")}) == 2
    assert Fact(1, note="seen today") == Fact(1, note="seen yesterday")


def test_what_differs_has_another_key():
    different = [
        Fact(1),
        Fact("1"),
        Fact(1.0),
        Fact(True),
        Fact(None),
        Fact(()),
        Fact((1,)),
        Fact(Decimal(1)),
        Fact(b""),
    ]
    assert len({entity.key for entity in different}) == len(different)
    assert Colour("a") != Thing("a")
    assert Colour("a") != "a"


def test_the_key_is_the_same_in_another_process():
    code = (
        "from conftest import Colour, Thing; from omnimodal.entity import Link;"
        "print(Thing('Zürich', (Colour('#0a0b0c'), Link('thing', 'x'))).key)"
    )
    run = [sys.executable, "-c", code]
    out = subprocess.run(run, capture_output=True, text=True, cwd=Path(__file__).parent, check=True).stdout
    assert out.strip() == Thing("Zürich", (Colour("#0a0b0c"), Link("thing", "x"))).key


def test_an_entity_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Colour("#000000").code = "#ffffff"  # type: ignore[misc]


def test_a_nested_entity_comes_back_from_its_content():
    thing = Thing("a", (Colour("#000000"), Thing("b", (Link("thing", "c"),))))
    content = json.loads(json.dumps(thing.content()))
    assert Thing.from_content(from_json(content)) == thing


def test_values_shared_by_many_are_hashed_once():
    thing = Thing("0")
    for i in range(60):  # written out, this is 2**60 entities
        thing = Thing(str(i), (thing, thing))
    assert len(thing.key) == 32


def test_a_value_nested_too_deep_says_so():
    thing = Thing("0")
    for i in range(5000):
        thing = Thing(str(i), (thing,))
    with pytest.raises(InvalidEntityError, match="use links"):
        _ = thing.key


@pytest.mark.parametrize(
    ("content", "message"),
    [({"name": "a", "size": 3}, "has no field size"), ({"parts": ()}, "needs name"), ({}, "needs name")],
)
def test_content_that_does_not_fit_names_the_field(content, message):
    with pytest.raises(InvalidEntityError, match=message) as info:
        Thing.from_content(content)
    assert info.value.encoder == "thing"


@pytest.mark.parametrize(
    "value",
    [{"$decimal": "ten"}, {"$bytes": "0g"}, {"$link": ["a"]}, {"$link": 3}, {"$entity": "colour"}, {"$what": 1}],
)
def test_json_that_nobody_wrote_is_refused(value):
    with pytest.raises(InvalidEntityError, match="is no value"):
        from_json(value)


def test_an_unknown_modality_in_json_lists_the_known():
    with pytest.raises(OmnimodalError, match=r"'color'.*Did you mean 'colour'"):
        from_json({"$entity": "color", "content": {"code": "#000000"}})


@pytest.mark.parametrize("value", [object(), {1, 2}, 1j, [object()]])
def test_a_field_of_another_type_is_refused(value):
    with pytest.raises(InvalidEntityError, match="cannot be part"):
        _ = Fact(value).key


def test_any_mapping_will_do():
    class Tags(Mapping):
        def __init__(self, *keys):
            self.keys_ = keys

        def __getitem__(self, key):
            return 1

        def __iter__(self):
            return iter(self.keys_)

        def __len__(self):
            return len(self.keys_)

    assert Fact(Tags("a", "b")) == Fact({"b": 1, "a": 1})


def test_a_mention_fits_its_span():
    mention = Mention(3, 5, "colour", "ab")
    assert mention.span == (3, 5)
    assert mention.overlaps(Mention(4, 6, "colour", "bc"))
    assert not mention.overlaps(Mention(5, 6, "colour", "c"))
    assert mention.contains(Mention(3, 4, "colour", "a"))
    assert not mention.contains(mention)
    assert mention.replace(score=0.5).score == 0.5


@pytest.mark.parametrize(("start", "end", "text"), [(-1, 1, "ab"), (2, 1, ""), (0, 3, "ab"), (0, 0, "a")])
def test_an_impossible_span_raises(start, end, text):
    with pytest.raises(SpanError, match="does not fit its span") as info:
        Mention(start, end, "colour", text)
    assert info.value.span == (start, end)
