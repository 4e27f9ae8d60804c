"""Entities → vectors: nested ones first, equal ones once, cycles cut, and errors that tell the way."""

from __future__ import annotations

import warnings

import pytest
import torch
from conftest import Colour, ColourEncoder, Thing, ThingEncoder

from omnimodal import encode
from omnimodal.cache import FeatureCache
from omnimodal.entity import Link
from omnimodal.errors import EncodingError, InvalidEntityError, OmnimodalWarning, StoreError, UnknownNameError
from omnimodal.store import Record, open_store

RED, BLUE = Colour("#ff0000"), Colour("#0000ff")


def linked(**parts):
    """A store of things whose parts are links: linked(a="bc") is a thing `a` with the parts `b` and `c`."""
    store = open_store(":memory:")
    things = {name: Thing(name, tuple(Link("thing", part) for part in inner)) for name, inner in parts.items()}
    store.put(Record("thing", name, name, thing.content()) for name, thing in things.items())
    return store, things


def vectors(entities, encoders, *args, **kwargs):
    """One by one, in the order given."""
    out = encode.encode(entities, encoders, *args, **kwargs)
    rows = {modality: iter(tensor) for modality, tensor in out.items()}
    return [next(rows[entity.modality]) for entity in entities]


def same(one, two):
    return torch.allclose(one, two, atol=1e-5)


# one call per level and modality


def test_every_entity_gets_its_vectors_in_the_order_given(encoders):
    out = encode.encode([RED, Thing("a"), BLUE, RED], encoders)
    assert {name: tuple(t.shape) for name, t in out.items()} == {"colour": (3, 1, 32), "thing": (1, 2, 32)}
    assert torch.equal(out["colour"][0], out["colour"][2])
    assert not same(out["colour"][0], out["colour"][1])
    assert encode.encode([], encoders) == {}


def test_forward_is_called_once_per_level_however_many_entities_there_are(encoders):
    many = [Thing(f"{i}", (Thing(f"inner {i}", (Thing(f"core {i}", (RED,)),)), BLUE)) for i in range(50)]
    for things in (many[:1], many):
        encoders["thing"].calls = 0
        plan = encode.plan(things, encoders)
        encode.run(plan, encoders)
        assert encoders["thing"].calls == 3
        assert [group.modality for group in plan.groups] == ["colour", "thing", "thing", "thing"]


def test_equal_entities_are_encoded_once(encoders):
    plan = encode.plan([Thing("a", (RED,)), Thing("b", (RED, Colour("#ff0000"))), RED, Thing("a", (RED,))], encoders)
    assert [len(group.children) for group in plan.groups] == [1, 2]
    assert plan.roots["thing"].tolist() == [0, 1, 0]


def test_what_is_nested_changes_what_holds_it(encoders):
    one, two, three, bare = vectors(
        [Thing("a", (Thing("b", (RED,)),)), Thing("a", (Thing("b", (BLUE,)),)), Thing("a", (Thing("b"),)), Thing("a")],
        encoders,
    )
    for x, y in [(one, two), (one, three), (three, bare)]:
        assert not torch.allclose(x, y, atol=1e-6)


def test_an_entity_is_the_same_alone_and_in_a_batch(encoders):
    things = [Thing("a", (RED, Thing("b", (BLUE,)))), Thing("b", (BLUE,)), RED, Thing("c"), Thing("d", (RED,) * 5)]
    for thing, together in zip(things, vectors(things, encoders), strict=True):
        assert same(vectors([thing], encoders)[0], together)


def test_gradients_reach_every_level(encoders):
    encode.encode([Thing("a", (Thing("b", (RED,)),))], encoders)["thing"].sum().backward()
    for parameter in encoders["colour"].parameters():
        assert parameter.grad is not None


def test_encoders_of_other_sizes_may_stand_side_by_side_but_not_nest(encoders):
    encoders["colour"] = ColourEncoder(dim=16)
    out = encode.encode([RED, Thing("a", (Thing("b"),))], encoders)
    assert [out["colour"].shape[-1], out["thing"].shape[-1]] == [16, 32]
    with pytest.raises(EncodingError, match="Its dim is 16, that of thing 32") as info:
        encode.encode([Thing("a", (RED,))], encoders)
    assert info.value.path == "thing > part/colour"


# links, cycles and depth


def test_links_are_followed(encoders):
    store, things = linked(a="bc", b="", c="")
    by_link, by_value = vectors([things["a"], Thing("a", (Thing("b"), Thing("c")))], encoders, store)
    assert same(by_link, by_value)


def test_a_cycle_is_cut_where_it_closes(encoders):
    store, things = linked(a="b", b="a", c="c")
    plan = encode.plan([things["a"]], encoders, store, max_depth=9)
    assert (plan.cut, plan.dropped) == (1, 0)
    assert len(plan.groups) == 2
    assert encode.plan([things["c"]], encoders, store, max_depth=9).cut == 1
    assert same(vectors([things["c"]], encoders, store)[0], vectors([Thing("c")], encoders)[0])


def test_an_entity_on_a_cycle_does_not_depend_on_the_batch(encoders):
    store, things = linked(a="bd", b="ca", c="ab", d="de", e="d", f="aef")
    everything = [*things.values()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OmnimodalWarning)
        for depth in (1, 3, 5):
            alone = {thing: vectors([thing], encoders, store, max_depth=depth)[0] for thing in everything}
            for some in (everything, everything[::-1], everything[2:4]):
                for thing, vector in zip(some, vectors(some, encoders, store, max_depth=depth), strict=True):
                    assert same(vector, alone[thing])


def _written_out(thing, things, depth, above=()):
    """The same thing with its links replaced by values, cycles cut and depth kept: what the plan must amount to."""
    inner = [things[part.id] for part in thing.parts]
    kept = [child for child in inner if child not in (*above, thing)] if depth else []
    return Thing(thing.name, tuple(_written_out(child, things, depth - 1, (*above, thing)) for child in kept))


@pytest.mark.parametrize("depth", range(6))
def test_cycles_are_cut_as_if_written_out(encoders, depth):
    store, things = linked(a="bcd", b="ca", c="ab", d="ed", e="d", f="aefb")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OmnimodalWarning)
        found = vectors([*things.values()], encoders, store, max_depth=depth)
    plain = [_written_out(thing, things, depth) for thing in things.values()]
    for vector, wanted in zip(found, vectors(plain, encoders, max_depth=depth), strict=True):
        assert same(vector, wanted)


def test_children_beyond_the_depth_are_left_out_counted_and_warned_of(encoders):
    thing = Thing("a", (Thing("b", (Thing("c"), RED)),))
    with pytest.warns(OmnimodalWarning, match="2 nested entities beyond max_depth=1"):
        plan = encode.plan([thing], encoders, max_depth=1)
    assert plan.dropped == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encode.plan([thing], encoders, max_depth=2)
    with pytest.warns(OmnimodalWarning):
        assert same(vectors([thing], encoders, max_depth=0)[0], vectors([Thing("a")], encoders)[0])


def test_shared_children_are_encoded_once_however_many_ways_lead_to_them(encoders):
    names = [f"{i}" for i in range(40)]
    store = open_store(":memory:")
    for one, two in zip(names, [*names[1:], None], strict=True):  # 2**39 ways from the first to the last
        parts = (Link("thing", two), Link("thing", two)) if two else ()
        store.put([Record("thing", one, one, Thing(one, parts).content())])
    plan = encode.plan([Thing("top", (Link("thing", "0"),))], encoders, store, max_depth=50)
    assert len(plan.groups) == 41
    assert sum(len(group.children) for group in plan.groups) == 41


def test_cycles_that_hang_below_each_other_do_not_multiply(encoders):
    n = 30  # each of 30 pairs leads to the next: 2**30 ways down, were they all told apart
    parts = {f"a{i}": [f"b{i}", f"a{i + 1}"] for i in range(n)} | {f"b{i}": [f"a{i}", f"a{i + 1}"] for i in range(n)}
    store, things = linked(**parts, **{f"a{n}": []})
    plan = encode.plan([things["a0"]], encoders, store, max_depth=3 * n)
    assert plan.dropped == 0
    assert sum(len(group.children) for group in plan.groups) < 10 * n**2


def test_a_chain_of_a_thousand_links(encoders):
    n = 1500
    store, things = linked(**{f"n{i}": [f"n{i + 1}"] for i in range(n)}, **{f"n{n}": []})
    plan = encode.plan([things["n0"]], encoders, store, max_depth=n)
    assert len(plan.groups) == n + 1
    with pytest.warns(OmnimodalWarning, match="1 nested entities"):
        assert len(encode.plan([things["n0"]], encoders, store, max_depth=3).groups) == 4


def test_a_depth_is_not_negative(encoders):
    with pytest.raises(ValueError, match="0 or more, not -1"):
        encode.plan([RED], encoders, max_depth=-1)


# errors tell the way


def test_a_missing_record_tells_the_way_to_it(encoders):
    store, things = linked(a="b", b="c", c="q")
    with pytest.raises(StoreError, match="no record 'q'") as info:
        encode.plan([things["a"]], encoders, store)
    assert info.value.path == "thing > part/thing > part/thing > part/thing"
    with pytest.raises(StoreError, match="No store to look up thing 'b'"):
        encode.plan([things["a"]], encoders)


def test_the_way_begins_with_the_words_that_stand_for_the_entity(encoders):
    class Named(Thing):
        surface = property(lambda self: self.name)  # type: ignore[assignment]

    with pytest.raises(StoreError) as info:
        encode.plan([Named("Apple", (Thing("x", (Link("thing", "q"),)),))], encoders)
    assert info.value.path == "Apple > part/thing > part/thing"


def test_a_broken_record_tells_the_way_to_it(encoders):
    store = open_store(":memory:")
    store.put([Record("thing", "a", "a", {"nome": "a"}), Record("thing", "b", "b", {"name": "b", "parts": [3]})])
    with pytest.raises(InvalidEntityError, match="no field nome") as info:
        encode.plan([Thing("x", (Link("thing", "a"),))], encoders, store)
    assert info.value.path == "thing > part/thing"
    with pytest.raises(EncodingError, match="children gave a int") as info:
        encode.plan([Thing("x", (Link("thing", "b"),))], encoders, store)
    assert info.value.path == "thing > part/thing > part/int"


def test_a_modality_without_an_encoder_lists_the_known(encoders):
    del encoders["colour"]
    with pytest.raises(UnknownNameError, match="'colour'; known: thing"):
        encode.plan([RED], encoders)
    with pytest.raises(UnknownNameError, match="'place_'; known: thing"):
        encode.plan([Thing("a", (Link("place_", "x"),))], encoders, open_store(":memory:"))


class Childish(ThingEncoder):
    def children(self, entity):
        return entity.parts[0].missing  # AttributeError


def test_a_hook_that_fails_names_encoder_and_path(encoders):
    encoders["thing"] = Childish()
    with pytest.raises(EncodingError, match="children failed: AttributeError") as info:
        encode.plan([Thing("a", (RED,))], encoders)
    assert (info.value.encoder, info.value.path) == ("thing", "thing")


def featurizing(result):
    class Bad(ColourEncoder):
        def featurize(self, entities):
            return result(super().featurize(entities), entities)

    return Bad()


def forwarding(result):
    class Bad(ColourEncoder):
        def forward(self, features, nested):
            return result(super().forward(features, nested))

    return Bad()


def nan_in_blue(features, entities):
    return torch.stack([f * float("nan") if e == BLUE else f for f, e in zip(features, entities, strict=True)])


def raise_on_blue(features, entities):
    if BLUE in entities:
        raise KeyError("blue")
    return features


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (lambda f, e: f[:-1], r"of \[\d, 3\] for \d entities"),
        (lambda f, e: f.sum(), r"of \[\] for"),
        (lambda f, e: f.tolist(), "of list for"),
        (lambda f, e: None, "of NoneType for"),
        (lambda f, e: {}, "empty dict"),
        (lambda f, e: {"a": f, "b": f[:0]}, r"gave b of \[0, 3\]"),
        (nan_in_blue, "NaN or infinity for .*0000ff"),
        (lambda f, e: f / 0, "NaN or infinity"),
        (raise_on_blue, "failed on .*0000ff.*KeyError: 'blue'"),
    ],
)
def test_a_featurize_that_breaks_its_contract_is_named(encoders, result, message):
    encoders["colour"] = featurizing(result)
    with pytest.raises(EncodingError, match=message) as info:
        encode.encode([Thing("a", (RED, Thing("b", (BLUE,))))], encoders)
    assert info.value.encoder == "colour"
    assert info.value.path in ("thing > part/colour", "thing > part/thing > part/colour")


def test_the_way_leads_to_the_entity_that_failed(encoders):
    encoders["colour"] = featurizing(raise_on_blue)
    with pytest.raises(EncodingError) as info:
        encode.encode([Thing("a", (RED, Thing("b", (BLUE,))))], encoders)
    assert info.value.path == "thing > part/thing > part/colour"


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (lambda out: out[:, 0], r"forward gave \[2, 32\]; .* is \[2, 1, 32\]"),
        (lambda out: out[:1], r"forward gave \[1, 1, 32\]"),
        (lambda out: None, "forward gave NoneType"),
        (lambda out: out * float("nan"), "NaN or infinity"),
        (lambda out: out @ out, "forward failed on 2 entities"),
    ],
)
def test_a_forward_that_breaks_its_contract_is_named(encoders, result, message):
    encoders["colour"] = forwarding(result)
    with pytest.raises(EncodingError, match=message) as info:
        encode.encode([RED, BLUE], encoders)
    assert info.value.encoder == "colour"


def test_a_plan_is_made_with_the_features_of_the_cache(encoders):
    cache = FeatureCache()
    things = [Thing("a", (RED,)), Thing("b", (RED, BLUE))]
    encode.plan(things, encoders, cache=cache)
    assert (cache.hits, cache.misses) == (0, 4)
    encode.plan(things, encoders, cache=cache)
    assert (cache.hits, cache.misses) == (4, 4)
