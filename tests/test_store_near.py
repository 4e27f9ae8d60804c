"""What lies near, and what shares a point with what, as brute force finds it: of every implementation of Store."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from placed import ids, place
from pyproj import Geod
from shapely import LineString, MultiPolygon, Point, Polygon, box

from omnimodal.errors import StoreError
from omnimodal.store import open_store
from omnimodal.store.spatial import SMALLEST_RADIUS, at_least, distances, kind_codes, windows

GEOD = Geod(ellps="WGS84")
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
