"""Where records lie, what they are connected with, and whence they came. Every implementation of Store passes these."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, MultiPolygon, Point, Polygon, box

from omnimodal.errors import StoreError
from omnimodal.store import Alias, Edge, Record, Source, open_store
from omnimodal.store.spatial import SMALLEST_RADIUS, at_least, distances, kind_codes, windows

GEOD = Geod(ellps="WGS84")


def place(id, where=None, kind="", name=None, modality="place", **more):
    """A record at a (lon, lat) or with a geometry."""
    at = {"point": where} if isinstance(where, tuple) else {"geometry": where and shapely.to_wkb(where)}
    aliases = (Alias(name),) if name else ()
    return Record(modality, id, name or id, {"name": id}, aliases, kind=kind, **at, **more)


def ids(found):
    return [getattr(hit, "record", hit).id for hit in found]


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


# distances


lons, lats = st.floats(-180, 180), st.floats(-90, 90)
corners = st.sampled_from([-180.0, 180.0, 179.9, -179.9, 0.0, 90.0, -90.0, 89.9, -89.9])
somewhere = st.tuples(lons | corners, lats | st.sampled_from([-90.0, 90.0, 0.0, 89.9, -89.9]))


@given(somewhere, somewhere, st.floats(1e-6, 200))
def test_nothing_near_is_outside_the_windows(one, two, angle):
    metres = GEOD.inv(*one, *two)[2]
    if metres < math.radians(min(angle, 180)) * SMALLEST_RADIUS:
        assert any(w <= two[0] <= e and s <= two[1] <= n for w, e, s, n in windows(*one, angle))


@given(somewhere, somewhere, st.floats(0, 30), st.floats(0, 30), st.floats(0, 1), st.floats(0, 1))
def test_nothing_in_a_box_is_nearer_than_the_box(one, corner, wide, high, x, y):
    west, south = corner
    east, north = min(180.0, west + wide), min(90.0, south + high)
    inside = (west + x * (east - west), south + y * (north - south))
    [bound] = at_least(*one, [(west, east, south, north)])
    assert bound <= GEOD.inv(*one, *inside)[2] + 1e-3


@st.composite
def shapes(draw):
    """A line, an area or several near a point, cut to where coordinates may be."""
    lon, lat = draw(somewhere)
    size = draw(st.sampled_from([0.001, 0.1, 3.0]))
    offsets = st.tuples(st.floats(-size, size), st.floats(-size, size))

    def ring():
        some = [(lon + x, lat + y) for x, y in draw(st.lists(offsets, min_size=4, max_size=6, unique=True))]
        return [(min(180.0, max(-180.0, x)), min(90.0, max(-90.0, y))) for x, y in some]

    kind = draw(st.sampled_from(["point", "line", "area", "areas", "mixed"]))
    area = shapely.convex_hull(LineString(ring()))
    if kind == "point":
        return Point(ring()[0])
    if kind == "line":
        return LineString(ring())
    if kind == "area":
        return area
    if kind == "areas":
        return shapely.union(area, shapely.convex_hull(LineString(ring())))
    return shapely.geometrycollections([area, Point(ring()[0]), shapely.geometrycollections([LineString(ring())])])


def brute(lon, lat, geometry):
    """Metres to the nearest of very many points on the outline, 0 inside."""
    if shapely.intersects(geometry, Point(lon, lat)):
        return 0.0
    if hasattr(geometry, "geoms"):
        return min(brute(lon, lat, part) for part in geometry.geoms)
    fine = shapely.get_coordinates(shapely.segmentize(geometry, 0.002) if geometry.length else geometry)
    return GEOD.inv(np.full(len(fine), lon), np.full(len(fine), lat), *fine.T)[2].min()


@settings(max_examples=300)
@given(somewhere, shapes())
def test_distances_are_those_of_brute_force(here, geometry):
    assume(not geometry.is_empty)
    from omnimodal.store.spatial import Located

    metres = distances(*here, [Located(1, "place", "1", "", None, None, shapely.to_wkb(geometry))])[0]
    if abs(here[0]) < 180:
        wanted = brute(*here, geometry)
        assert (
            wanted * (1 - (1e-4 if wanted < 1.5e7 else 1e-3)) - 120 <= metres <= wanted * (1 + 1e-4) + 2
        )  # its points lie up to 222 m apart


@settings(max_examples=60)
@given(st.lists(st.tuples(shapes(), st.sampled_from(["a=1", "a=2", "b=1", ""])), min_size=1, max_size=30), somewhere)
def test_the_nearest_are_those_of_brute_force(some, here):
    store = open_store(":memory:")
    store.put([place(f"{i:02}", shape, kind) for i, (shape, kind) in enumerate(some)])
    for kinds in ((), ("a",), ("a=1", "b=1")):
        found = store.near(*here, kinds=kinds, limit=5)
        wanted = [
            (distances(*here, [_measured(shape)])[0], f"{i:02}")
            for i, (shape, kind) in enumerate(some)
            if not kinds or kind in kinds or kind.split("=")[0] in kinds
        ]
        wanted.sort()
        assert [round(n.metres, 6) for n in found] == [round(m, 6) for m, _ in wanted[:5]]
        assert all(a.metres <= b.metres for a, b in pairwise(found))
        radius = wanted[len(wanted) // 2][0] if wanted else 1.0
        inside = store.near(*here, kinds=kinds, limit=None, radius=radius)
        assert sorted(ids(inside)) == sorted(id for m, id in wanted if m <= radius)
        assert ids(store.near(*here, kinds=kinds, limit=None)) == [id for _, id in wanted]


def _measured(geometry):
    from omnimodal.store.spatial import Located

    return Located(1, "place", "1", "", None, None, shapely.to_wkb(geometry))


def test_the_nearest_come_first_with_their_distance(store):
    store.put([place("far", (10.0, 47.0)), place("near", (9.01, 47.0)), place("here", box(8.9, 46.9, 9.005, 47.1))])
    found = store.near(9.0, 47.0)
    assert ids(found) == ["here", "near", "far"]
    assert found[0].metres == 0
    assert found[1].metres == pytest.approx(GEOD.inv(9.0, 47.0, 9.01, 47.0)[2])
    assert ids(store.near(9.0, 47.0, limit=2)) == ["here", "near"]
    assert ids(store.near(9.0, 47.0, radius=1000)) == ["here", "near"]
    assert ids(store.near(9.0, 47.0, limit=1, fits=lambda r: r.id != "here")) == ["near"]
    assert store.near(9.0, 47.0, modality="firm") == store.near(9.0, 47.0, kinds=["a"]) == []
    assert store.near(9.0, 47.0, limit=0) == []


def test_the_nearest_across_the_antimeridian_and_the_pole(store):
    store.put([place("east", (179.9, 10.0)), place("west", (-179.9, 10.0)), place("pole", (0.0, 89.9))])
    store.put([place("fiji", MultiPolygon([box(179, -17, 180, -16), box(-180, -17, -179, -16)]))])
    assert ids(store.near(180.0, 10.01, limit=2)) == ["east", "west"]
    assert ids(store.near(-179.99, 10.0, limit=2)) == ["west", "east"]
    assert ids(store.near(180.0, 89.9, limit=1)) == ["pole"]
    assert store.near(-180.0, 90.0, limit=1)[0].metres == pytest.approx(GEOD.inv(0, 90, 0, 89.9)[2])
    for lon in (-180.0, 180.0, 179.5, -179.5):
        assert store.near(lon, -16.5, limit=1)[0].metres == 0
        assert ids(store.overlapping(Point(lon, -16.5))) == ["fiji"]
    assert store.overlapping(Point(0, -16.5)) == []
    assert store.near(178.0, -16.5, limit=1)[0].metres == pytest.approx(GEOD.inv(178, -16.5, 179, -16.5)[2], rel=1e-5)


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 91), (float("nan"), 0), (0, float("inf"))])
def test_near_nowhere_is_refused(store, lon, lat):
    with pytest.raises(StoreError, match="no place on Earth"):
        store.near(lon, lat)
    with pytest.raises(StoreError, match="not negative"):
        store.near(0, 0, radius=-1)


def test_what_overlaps_comes_by_size(store):
    store.put([place("big", box(0, 0, 10, 10), "a=1"), place("small", box(1, 1, 2, 2), "a=2"), place("at", (1.5, 1.5))])
    store.put([place("line", LineString([(0, 3), (3, 0)])), place("firm", box(0, 0, 1, 1), modality="firm")])
    assert ids(store.overlapping(Point(1.5, 1.5))) == ["at", "small", "line", "big"]
    assert ids(store.overlapping(Point(1.5, 1.5), kinds=["a"])) == ["small", "big"]
    assert ids(store.overlapping(Point(1.5, 1.5), kinds=["a=1", "b"])) == ["big"]
    assert ids(store.overlapping(box(-1, -1, 0.5, 0.5))) == ["firm", "big"]
    assert ids(store.overlapping(box(-1, -1, 0.5, 0.5), modality="firm")) == ["firm"]
    assert store.overlapping(LineString([(0.1, 3), (3.1, 0)]), kinds=["b"]) == []
    store.put([place("small", box(20, 20, 21, 21))])
    assert ids(store.overlapping(Point(1.5, 1.5))) == ["at", "line", "big"]


@pytest.mark.parametrize("bad", [Polygon(), Point(0, 91), "POINT (0 0)", None])
def test_what_is_no_geometry_overlaps_nothing(store, bad):
    with pytest.raises(StoreError):
        store.overlapping(bad)


def test_many_classes_are_asked_for_at_once(store):
    store.put([place(str(i), (i / 100, 0.0), f"k{i}=v") for i in range(50)])
    assert sorted(ids(store.near(0, 0, kinds=[f"k{i}" for i in range(20)], limit=None)), key=int) == [
        str(i) for i in range(20)
    ]
    assert len(store.overlapping(box(-1, -1, 1, 1), kinds=[f"k{i}=v" for i in range(20)])) == 20


@given(st.text(), st.text())
def test_a_class_is_within_its_key(key, value):
    key = key.replace("=", "")
    low, high = kind_codes(key)
    assert low <= kind_codes(f"{key}={value}")[0] == kind_codes(f"{key}={value}")[1] <= high < 1 << 24
