"""What records say, how they are searched, connected and replaced. Every implementation of Store passes these."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from placed import ids, place
from shapely import LineString, Point, Polygon, box

from omnimodal.errors import StoreError
from omnimodal.store import Alias, Edge, Record, Source, open_store

# all of a record


def test_several_sources_are_replaced_in_one_step(store):
    old = [
        (Source(name), [Record("place", f"{name}{i}", "Old", {}, (("Old", 1.0),)) for i in range(3)]) for name in "ab"
    ]
    assert store.replace_all(old) == 6
    store.put([Record("place", "x", "Mine", {})])

    def failing():
        yield Record("place", "b0", "New", {})
        raise RuntimeError("the file is broken")

    with pytest.raises(RuntimeError, match="broken"):
        store.replace_all([(Source("a"), [Record("place", "a0", "New", {})]), (Source("b"), failing())])
    assert {r.name for r in store.records()} == {"Old", "Mine"}
    assert store.replace_all([(Source(name), [Record("place", f"{name}0", "New", {})]) for name in "ab"]) == 2
    assert [(r.id, r.name, r.source) for r in store.records()] == [
        ("a0", "New", "a"),
        ("b0", "New", "b"),
        ("x", "Mine", ""),
    ]
    assert store.find("old") == []


def test_the_classes_of_a_modality(store):
    store.put(
        [Record("place", str(i), "", {}, kind=kind) for i, kind in enumerate(["b=x", "a", "", "b=x", "é=\u0301"])]
    )
    store.put([Record("firm", "1", "", {}, kind="c")])
    assert store.kinds("place") == ["a", "b=x", "é=\u0301"]
    assert store.kinds("none") == []


def test_everything_of_a_record_comes_back(store):
    full = Record(
        "place",
        "osm:w1",
        "Fürstensteig",
        {"name": "Fürstensteig", "n": [1, None, "\0é😀"]},
        (Alias("Steig", 2.5, "de", "alt_name"), Alias("Fürstensteig", 1.0), Alias("Steig", 2.0, "gsw")),
        False,
        "highway=path",
        shapely.to_wkb(LineString([(9.5, 47.1), (9.6, 47.2)])),
        (9.55, 47.15),
        (Edge("parent", "place", "osm:r2", 1, "contained"), Edge("parent", "place", "osm:r1", 0)),
        "li.osm.pbf",
    )
    store.put([full])
    assert store.get("place", "osm:w1") == full
    assert list(store.records()) == [full]


def test_many_are_read_in_the_order_asked_for(store):
    store.put([place(str(i)) for i in range(1200)])
    keys = [("place", str(i)) for i in [*range(1199, -1, -1), 7, 7]]
    assert [r.id for r in store.get_many(keys)] == [id for _, id in keys]
    assert store.get_many([]) == []
    with pytest.raises(StoreError, match="no record 'x'"):
        store.get_many([("place", "1"), ("place", "x"), ("place", "y")])


def test_records_are_streamed_by_modality_and_source(store):
    some = [place(f"{i:04}", source="a" if i % 2 else "b") for i in range(1100)]
    store.put([*some, place("x", modality="firm")])
    assert ids(store.records("place", "a")) == [f"{i:04}" for i in range(1, 1100, 2)]
    assert ids(store.records(source="b")) == [f"{i:04}" for i in range(0, 1100, 2)]
    assert ids(store.records("firm")) == ["x"]
    assert ids(store.records())[:2] == ["x", "0000"]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (place("b", (181.0, 0.0)), "no place on Earth"),
        (place("b", (0.0, -90.1)), "no place on Earth"),
        (place("b", (0.0, float("nan"))), "no place on Earth"),
        (place("b", (0.0, "north")), "cannot be written"),
        (place("b", Point(0, 91)), "no place on Earth"),
        (place("b", box(170, 0, 190, 1)), "no place on Earth"),
        (Record("place", "b", "b", {}, geometry=shapely.to_wkb(Polygon())), "no place on Earth"),
        (Record("place", "b", "b", {}, geometry=b"\x01nothing"), "cannot be read"),
        (Record("place", "b", "b", {}, geometry=shapely.to_wkb(box(0, 0, 1, 1))[:-8]), "cannot be read"),
        (place("b", modality=""), "not empty"),
        (place("b" * 3000), "longer than"),
        (place("b", kind="\udfff"), "surrogates"),
        (Record("place", "b", "b", {"a": "\ud800"}), "surrogates"),
        (Record("place", "b", "b", {}, (Alias("b", "heavy"),)), "cannot be written"),
        (Record("place", "b", "b", {}, edges=(Edge("parent", None, "x"),)), "cannot be written"),
    ],
)
def test_what_no_store_can_keep_is_refused_by_name(store, bad, why):
    store.put([place("a", (1.0, 1.0), name="Old")])
    with pytest.raises(StoreError, match=why) as info:
        store.put([place("a", name="New"), bad])
    assert "'b" in str(info.value)
    assert ids(store.find("old")) == ids(store.near(1, 1)) == ["a"]


LONG = "Llanfair" * 1250
NAMES = [
    LONG,
    "\x01\x02\x7f",
    "\u202eabc",
    'a"b',
    "a' OR '1'='1",
    "NEAR(a b)",
    "a AND b",
    "*",
    "col:a",
    "^a",
    "(",
    "-a",
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:12])
def test_names_are_searched_as_text_only(store, name):
    store.put([place("a", name=name), place("b", name="Elsewhere")])
    assert ids(store.find(name)) == ids(store.search(name)) == ["a"]
    assert store.search(name)[0].similarity == 1
    for part in (name[:50], name[1:], name + "x", name.swapcase()):
        assert "b" not in ids(store.search(part))
    store.put([place("a", name="Other")])
    assert store.find(name) == []
    assert ids(store.search("other")) == ["a"]


@settings(max_examples=200)
@given(st.text(), st.text())
def test_any_text_may_be_a_name_or_be_searched(name, text):
    store = open_store(":memory:")
    try:
        store.put([place("a", name="x" + name)])
    except StoreError:
        assert any("\ud800" <= c <= "\udfff" for c in name)
        return
    for asked in (name, text, "x" + name):
        store.search(asked)
        store.find(asked)
    assert ids(store.search("x" + name)) == ["a"]


# search


def towns(store):
    names = [
        "Liechtenstein",
        "Bad Ragaz",
        "Ragaz",
        "Vaduz",
        "Kanton St. Gallen",
        "St. Gallen",
        "東京都",
        "京都市",
        "दिल्ली",
    ]
    store.put([place(name, name=name, kind=f"place={'state' if 'Kanton' in name else 'town'}") for name in names])
    store.put([place("firm", name="Vaduz", modality="firm"), place("Gallus", name="Gallus")])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("VADUZ", ["firm", "Vaduz"]),
        ("ragaz", ["Ragaz", "Bad Ragaz"]),
        ("gallen st", ["St. Gallen", "Kanton St. Gallen"]),
        ("Lichtenstien", ["Liechtenstein"]),
        ("Liechtenstien", ["Liechtenstein"]),
        ("Bahnhof Vaduz", ["firm", "Vaduz"]),
        ("東京", ["東京都"]),
        ("京都", ["京都市", "東京都"]),
        ("दिल्ली", ["दिल्ली"]),
        ("zzzz", []),
        ("", []),
        ("…", []),
    ],
)
def test_names_are_searched_by_words_and_letters(store, text, found):
    towns(store)
    hits = store.search(text)
    assert ids(hits) == found
    assert [c.similarity for c in hits] == sorted((c.similarity for c in hits), reverse=True)
    assert all(0 < c.similarity <= 1 for c in hits)
    assert all((c.similarity == 1) == (c.record.name.casefold() == text.casefold()) for c in hits)
    assert ids(store.search(text, limit=1)) == found[:1]


def test_search_keeps_to_a_modality_and_to_classes(store):
    towns(store)
    assert ids(store.search("vaduz", modality="place")) == ["Vaduz"]
    assert ids(store.search("st gallen", kinds=["place=state"])) == ["Kanton St. Gallen"]
    assert ids(store.search("st gallen", kinds=["place"])) == ["St. Gallen", "Kanton St. Gallen"]
    assert store.search("vaduz", kinds=["amenity"]) == store.search("vaduz", kinds=["place=tow"]) == []
    assert ids(store.search("Vaduzz", modality="firm")) == ["firm"]


def test_the_heavier_of_two_equal_names_comes_first(store):
    store.put([Record("place", id, "Bern", {}, (Alias("Bern", w),)) for id, w in [("a", 1.0), ("b", 3.0), ("c", 0.0)]])
    assert [(c.record.id, c.prior, c.similarity) for c in store.search("bern")] == [
        ("b", 0.75, 1.0),
        ("a", 0.25, 1.0),
        ("c", 0.0, 1.0),
    ]


# connections


def test_a_parent_knows_who_refers_to_it(store):
    parent = Edge("parent", "place", "li")
    stops = tuple(Edge("stop", "place", id, i) for i, id in enumerate(["s1", "s2", "s1"]))
    store.put([place("li"), place("s1", edges=(parent,)), place("s2", edges=(parent,)), place("r", edges=stops)])
    assert [(r.id, e) for r, e in store.referrers("place", "li")] == [("s1", parent), ("s2", parent)]
    assert [(r.id, e.order) for r, e in store.referrers("place", "s1", "stop")] == [("r", 0), ("r", 2)]
    assert store.referrers("place", "s1", "parent") == store.referrers("firm", "li") == []
    store.put([place("s1"), place("r", edges=stops[:2])])
    assert [r.id for r, _ in store.referrers("place", "li")] == ["s2"]
    assert [e.order for _, e in store.referrers("place", "s1")] == [0]


# sources


def test_a_source_is_replaced_as_a_whole(store):
    store.put([place("mine", (9.0, 47.0), name="Mine"), place("other", name="Other", source="b")])
    a = Source("a", "2026-01-01T00:00:00Z", "ODbL-1.0")
    assert store.replace(a, (place(str(i), (9.0, 47.0 + i), "k=v", f"Old {i}") for i in range(3))) == 3
    assert store.sources() == [Source("a", "2026-01-01T00:00:00Z", "ODbL-1.0", 3), Source("b", "", "", 1)]
    assert ids(store.records(source="a")) == ["0", "1", "2"]
    assert store.get("place", "0").source == "a"
    edge = Edge("parent", "place", "mine")
    assert store.replace(Source("a", "2027"), iter([place("2", (9.0, 47.0), name="New", edges=(edge,))])) == 1
    assert store.sources() == [Source("a", "2027", "", 1), Source("b", "", "", 1)]
    assert ids(store.records()) == ["2", "mine", "other"]
    assert store.find("Old 2") == store.search("old") == []
    assert [ids(store.search(name)) for name in ("new", "mine", "othr")] == [["2"], ["mine"], ["other"]]
    assert ids(store.near(9, 47)) == ["2", "mine"]
    assert [r.id for r, _ in store.referrers("place", "mine")] == ["2"]
    assert {m.modality for m in store.scan("Old 2, New, Mine")} == {"place"}
    assert len(list(store.scan("Old 2, New, Mine"))) == 2


def test_a_replaced_source_takes_over_records_of_the_same_id(store):
    store.put([place("1", (1.0, 1.0), name="Before", source="b"), place("2", source="b")])
    store.replace(Source("a"), [place("1", (2.0, 2.0), name="After")])
    assert [(r.id, r.source) for r in store.records()] == [("1", "a"), ("2", "b")]
    assert store.find("before") == []
    assert ids(store.near(1, 1)) == ["1"]
    assert [s.records for s in store.sources()] == [1, 1]


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ([place("1", name="New"), place("2"), place("1")], "'1' comes twice"),
        ([place("1", name="New"), place("2", (0.0, 99.0))], "'2'"),
        ([place("1", name="New"), place("2", source="b")], "'2' says it comes from 'b'"),
        ([place("1", name="New"), "2"], "takes records"),
    ],
)
def test_a_source_is_replaced_all_or_none(store, records, why):
    store.replace(Source("a"), [place("1", name="Old")])
    with pytest.raises(StoreError, match=why):
        store.replace(Source("a", "2027"), records)
    with pytest.raises(StoreError, match="no name"):
        store.replace(Source(""), [])
    assert ids(store.find("old")) == ids(store.records()) == ["1"]
    assert store.sources() == [Source("a", records=1)]


def test_an_importer_that_fails_leaves_the_store_as_it_was(store):
    def failing():
        yield place("2")
        raise KeyError("the file ends here")

    store.replace(Source("a"), [place("1", name="Old")])
    with pytest.raises(KeyError):
        store.replace(Source("a"), failing())
    assert ids(store.records()) == ["1"]
