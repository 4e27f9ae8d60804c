"""What osmium assembles reaches the records unchanged; what it cannot assemble keeps a status; nothing is lost."""

from __future__ import annotations

import numpy as np
import osmium
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from osm_files import node, osm, relation, ring, square, way
from pyproj import Geod

from omnimodal.encoders.place.osm import osm_records, shapes

GEOD = Geod(ellps="WGS84")
DRAWN = [  # nodes and ways of three squares: an outer one, one inside it, one inside that
    *square(1, 0.0, 0.0, 0.01),
    *square(11, 0.002, 0.002, 0.006),
    *square(21, 0.004, 0.004, 0.002),
    *square(31, 0.02, 0.0, 0.01),
    node(41, 0.0, 0.004),
    node(42, 0.008, 0.004),
    node(43, 0.002, 0.006),
    node(44, 0.006, 0.002),
]
WAYS = [
    way(1, ring(1)),
    way(2, ring(11)),
    way(3, ring(21)),
    way(4, ring(31)),
    way(5, [1, 2, 3]),
    way(6, [3, 4, 1]),
    way(7, [11, 12, 13]),  # not closed
    way(8, [1, 12, 2, 11, 1]),  # crosses itself
    way(9, [11, 12, 42, 11]),  # shares an edge with 2
    way(10, [13, 14, 43, 13]),
    way(11, [1, 2, 11, 1]),  # an inner ring that has an edge of the outer one
    way(12, [1, 11, 44, 1]),  # an inner ring that touches the outer one in a vertex
]
CASES = {
    "one ring": [("w", 1, "outer")],
    "a ring of two ways": [("w", 5, "outer"), ("w", 6, "outer")],
    "a hole": [("w", 1, "outer"), ("w", 2, "inner")],
    "an island in a hole": [("w", 1, "outer"), ("w", 2, "inner"), ("w", 3, "outer")],
    "two outer rings": [("w", 1, "outer"), ("w", 4, "outer")],
    "two outer rings and a hole": [("w", 1, "outer"), ("w", 4, "outer"), ("w", 2, "inner")],
    "roles left out": [("w", 1, ""), ("w", 2, "")],
    "roles wrong": [("w", 1, "inner"), ("w", 2, "outer")],
    "inner rings that touch": [("w", 1, "outer"), ("w", 2, "inner"), ("w", 9, "inner")],
    "inner ring that touches the outer in a point": [("w", 1, "outer"), ("w", 12, "inner")],
    "inner ring with an edge of the outer": [("w", 1, "outer"), ("w", 11, "inner")],
    "a segment twice": [("w", 1, "outer"), ("w", 1, "outer"), ("w", 2, "inner")],
    "an unclosed ring": [("w", 1, "outer"), ("w", 7, "inner")],
    "only an unclosed ring": [("w", 7, "outer")],
    "a ring that crosses itself": [("w", 8, "outer")],
    "a member that is not there": [("w", 1, "outer"), ("w", 99, "outer")],
    "nothing that is there": [("w", 98, "outer"), ("w", 99, "outer")],
    "no members": [],
    "a relation in itself": [("w", 1, "outer"), ("r", 1, "outer")],
}


def assembled(path) -> dict[str, bytes]:
    """What osmium makes of a file's areas, by its own geometry factory."""
    factory, found = osmium.geom.WKBFactory(), {}
    for thing in osmium.FileProcessor(str(path)).with_areas():
        if thing.is_area() and thing.num_rings()[0]:
            id = f"osm:{'w' if thing.from_way() else 'r'}{thing.orig_id()}"
            found[id] = bytes.fromhex(factory.create_multipolygon(thing))
    return found


def by_id(*files, **options):
    return {record.id: record for record in osm_records(files, **options) if record.kind != "cell"}


@pytest.mark.parametrize("case", CASES)
def test_multipolygons_are_what_osmium_assembles(tmp_path, case):
    path = osm(
        tmp_path / "a.osm",
        *DRAWN,
        node(90, 0.5, 0.5, name="bystander"),
        *WAYS,
        relation(1, CASES[case], type="multipolygon", natural="water", name="Water"),
    )
    records = by_id(path)
    assert records["osm:n90"].name == "bystander"
    record, wanted = records["osm:r1"], assembled(path).get("osm:r1")
    status = record.data["osm"]["status"]
    if wanted is not None:
        assert (status, record.geometry) == ("ok", wanted)
    elif any(ref >= 98 for _, ref, _ in CASES[case]):
        assert status == "incomplete"
        assert set(record.data["osm"]["missing"]) <= {"w98", "w99"}
    else:
        assert status in ("repaired", "rejected")
        assert status == "rejected" or shapely.is_valid(shapely.from_wkb(record.geometry))


def test_areas_of_which_no_tag_is_known_are_kept(tmp_path):
    members = CASES["a hole"]
    unknown = {"test:section": "mp-geom", "test:id": "701"}
    relations = [
        relation(1, members, type="multipolygon", **unknown),
        relation(2, members, type="multipolygon", landuse="grass"),  # known, and nothing that is kept unnamed
        relation(3, members, type="multipolygon", source="survey", note="?"),
        relation(4, members, type="route", **unknown),
    ]
    path = osm(tmp_path / "a.osm", *DRAWN, *WAYS, *relations)
    records = by_id(path)
    assert list(records) == ["osm:r1"]
    assert records["osm:r1"].geometry == assembled(path)["osm:r1"]
    assert (records["osm:r1"].kind, records["osm:r1"].data["osm"]["status"]) == ("", "ok")


def test_everything_that_has_a_tag(tmp_path):
    tags = {"natural": "tree", "highway": "footway", "building": "yes", "test:id": "1"}
    nodes = [node(80 + i, 0.5, 0.5, **{key: value}) for i, (key, value) in enumerate(tags.items())]
    ways = [way(80 + i, ring(1), **{key: value}) for i, (key, value) in enumerate(tags.items())]
    relations = [relation(1, [("n", 80, "")], type="restriction"), relation(2, [("w", 80, "")], **{"a": "b"})]
    path = osm(tmp_path / "a.osm", *DRAWN, *nodes, *WAYS, *ways, *relations)
    assert not by_id(path)
    found = by_id(path, everything=True)
    assert found.keys() == {f"osm:{type}{80 + i}" for type in "nw" for i in range(len(tags))} | {"osm:r1", "osm:r2"}
    kinds = [shapely.from_wkb(found[f"osm:w{80 + i}"].geometry).geom_type for i in range(len(tags))]
    assert kinds == ["MultiPolygon", "LineString", "MultiPolygon", "LineString"]


def test_an_incomplete_boundary_is_where_its_members_are(tmp_path):
    members = [("w", 5, "outer"), ("w", 99, "outer"), ("n", 1, "label"), ("n", 77, "admin_centre")]
    path = osm(tmp_path / "a.osm", *DRAWN, *WAYS, relation(1, members, type="boundary", admin_level="8", name="B"))
    record = by_id(path)["osm:r1"]
    assert record.data["osm"]["missing"] == ("n77", "w99")
    assert shapely.from_wkb(record.geometry).equals(shapely.LineString([(0, 0), (0.01, 0), (0.01, 0.01)]))


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"leisure": "park"}, "MultiPolygon"),
        ({"natural": "water"}, "MultiPolygon"),
        ({"amenity": "school", "barrier": "fence"}, "MultiPolygon"),
        ({"highway": "residential", "junction": "roundabout"}, "LineString"),
        ({"highway": "pedestrian"}, "LineString"),
        ({"highway": "pedestrian", "area": "yes"}, "MultiPolygon"),
        ({"leisure": "track"}, "LineString"),
        ({"natural": "cliff"}, "LineString"),
        ({"natural": "water", "area": "no"}, "LineString"),
        ({"barrier": "wall"}, "LineString"),
        ({"railway": "rail"}, "LineString"),
        ({"building": "church"}, "MultiPolygon"),
    ],
)
def test_a_closed_way_is_a_line_or_an_area_and_one_record(tmp_path, tags, kind):
    path = osm(tmp_path / "a.osm", *DRAWN, way(1, ring(1), name="Thing", **tags))
    records = [record for record in osm_records([path]) if record.kind != "cell"]
    assert [record.id for record in records] == ["osm:w1"]
    assert shapely.from_wkb(records[0].geometry).geom_type == kind
    assert records[0].data["osm"]["status"] == "ok"


@pytest.mark.parametrize(
    ("nodes", "status", "kind"),
    [
        ([1, 3, 2, 4, 1], "repaired", "MultiPolygon"),  # a bow tie
        ([1, 2, 1], "rejected", "LineString"),
        ([1, 1, 1, 1], "rejected", "Point"),
        ([1, 2, 99, 4, 1], "incomplete", "LineString"),
        ([98, 99], "incomplete", None),
        ([1, 99], "incomplete", "Point"),
        ([1], "rejected", "Point"),
        ([], "rejected", None),
    ],
)
def test_what_is_drawn_wrong_keeps_a_status(tmp_path, nodes, status, kind):
    path = osm(
        tmp_path / "a.osm", *DRAWN, way(1, nodes, natural="water", name="Pond"), way(2, ring(11), leisure="park")
    )
    records = by_id(path)
    assert records["osm:w2"].data["osm"]["status"] == "ok"
    record = records["osm:w1"]
    assert record.data["osm"]["status"] == status
    found = None if record.geometry is None else shapely.from_wkb(record.geometry)
    assert (found and found.geom_type) == kind
    assert status != "repaired" or shapely.is_valid(found)


def test_nodes_off_the_earth_are_kept_and_nowhere(tmp_path):
    path = osm(tmp_path / "a.osm", node(1, 2, 95, name="lat"), node(2, 190, 1, name="lon"), node(3, 1, 2, name="here"))
    records = by_id(path)
    assert [records[f"osm:n{i}"].data["osm"]["status"] for i in (1, 2, 3)] == ["rejected", "rejected", "ok"]
    assert records["osm:n1"].geometry is records["osm:n1"].point is None
    assert records["osm:n3"].point == (1.0, 2.0)


coordinate = st.floats(-1, 1)


@given(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=12), st.floats(-179, 179), st.floats(-84, 84))
def test_areas_are_geodesic(points, lon, lat):
    scale = 0.02  # degrees: the size of a town, and its edges
    hull = shapely.convex_hull(shapely.multipoints(np.array(points) * scale + (lon, lat)))
    if shapely.get_dimensions(hull) < 2:
        return
    found = shapes.areas(np.array([hull, shapely.multipolygons([hull])]))
    wanted = abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(hull))[0])
    assert np.allclose(found, wanted, rtol=2e-6, atol=0.2)  # pyproj itself is good to 0.1 m²


def test_areas_of_holes_and_of_half_the_world():
    outer, inner = shapely.box(7, 46, 7.1, 46.1), shapely.box(7.02, 46.02, 7.03, 46.03)
    parts = np.array([shapely.difference(outer, inner), shapely.multipolygons([inner, shapely.box(8, 8, 8.1, 8.1)])])
    far = np.array([shapely.box(-170, -60, 170, 60), shapely.box(0, 86, 20, 89)])
    for polygons in (parts, far):
        wanted = [abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(p))[0]) for p in polygons]
        assert np.allclose(shapes.areas(polygons), wanted, rtol=1e-8)


@given(st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=12), st.floats(-179, 179), st.floats(-84, 84))
def test_lengths_are_geodesic(points, lon, lat):
    for scale in (1e-3, 0.05, 0.9):
        line = shapely.LineString(np.array(points) * scale + (lon, lat))
        both = np.array([line, shapely.MultiLineString([line, line])])
        wanted = GEOD.geometry_length(line)
        assert np.allclose(shapes.lengths(both), [wanted, 2 * wanted], rtol=1e-7, atol=1e-4)
