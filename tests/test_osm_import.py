"""Files → records: what each says, and how they hang together."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from osm_files import country, edges, node, osm, relation, ring, square, way

from omnimodal.encoders.place import PlaceEncoder
from omnimodal.encoders.place.osm import osm_records
from omnimodal.encoders.place.osm.cells import boxes, geohashes
from omnimodal.encoders.place.osm.names import aliases, elevation, population
from omnimodal.entity import Link


def by_id(*files, **options):
    return {record.id: record for record in osm_records(files, **options)}


def test_a_boundary_and_its_node_are_one_record(tmp_path):
    records = by_id(country(tmp_path))
    assert not {"osm:n51", "osm:n52"} & set(records)
    west, east = records["osm:r2"], records["osm:r3"]
    assert (west.kind, west.point, west.data["population"]) == ("place=village", (0.2, 0.2), 1200)
    assert west.data["osm"]["members"] == ["r2", "n51"]
    assert {(a.name, a.language) for a in west.aliases} == {("West", ""), ("Westdorf", "de")}
    assert (east.point, {a.name for a in east.aliases}) == ((0.5, 0.2), {"East", "Gemeinde East"})
    assert shapely.get_dimensions(shapely.from_wkb(west.geometry)) == 2


def test_what_lies_in_what_and_how_it_is_known(tmp_path):
    records = by_id(country(tmp_path))
    assert edges(records["osm:n55"], "parent") == [("osm:r2", "contained:8")]  # and what that lies in
    assert edges(records["osm:r2"], "parent") == [("osm:r1", "contained:2")]
    assert edges(records["osm:r1"], "parent") == []
    assert edges(records["osm:n53"], "parent") == [("osm:r1", "contained:2")]
    assert edges(records["osm:n54"], "parent") == [("osm:n53", "nearest:hamlet")]
    assert edges(records["osm:n57"], "parent") == []
    assert edges(records["osm:r2"], "neighbour") == [("osm:r3", "border:8")]
    assert edges(records["osm:n59"], "natural") == [("osm:w5", "natural=wood")]
    assert edges(records["osm:n55"], "natural") == []  # a bench without a name


def test_parents_that_are_not_a_parents_parents_are_named(tmp_path):
    nodes = [*square(1, 0.0, 0.0, 1.0), *square(11, 0.55, 0.55, 1.0), node(50, 0.6, 0.6, name="Here", place="village")]
    rings = [way(1, ring(1)), way(2, ring(11))]
    tags = {"type": "boundary", "boundary": "administrative"}
    areas = [relation(i, [("w", i, "outer")], admin_level=str(8 - i), name=f"A{i}", **tags) for i in (1, 2)]
    records = by_id(osm(tmp_path / "a.osm", *nodes, *rings, *areas))
    assert edges(records["osm:r1"], "parent") == []  # its middle lies elsewhere
    assert edges(records["osm:n50"], "parent") == [("osm:r1", "contained:7"), ("osm:r2", "contained:6")]
    assert [edge.order for edge in records["osm:n50"].edges if edge.role == "parent"] == [0, 1]


def test_tags_tell_where_nothing_else_does(tmp_path):
    path = osm(
        tmp_path / "a.osm", node(1, 9, 47, name="West", place="town"), node(2, 11, 48, shop="kiosk", addr__city="West")
    )
    assert edges(by_id(path)["osm:n2"], "parent") == [("osm:n1", "tag:addr:city")]


def test_incomplete_boundaries_are_linked_by_their_nodes(tmp_path):
    label = node(1, 9.0, 47.0, name="Vaduz", place="town")
    members = [("w", 77, "outer"), ("n", 1, "label")]
    tags = {"type": "boundary", "boundary": "administrative", "admin_level": "8", "name": "Vaduz"}
    path = osm(tmp_path / "a.osm", label, node(2, 9.01, 47.01, amenity="cafe"), relation(1, members, **tags))
    records = by_id(path)
    assert edges(records["osm:n2"], "parent") == [("osm:r1", "linked:8")]
    assert (records["osm:r1"].point, records["osm:r1"].data["osm"]["missing"]) == ((9.0, 47.0), ("w77",))


def test_segments_of_a_street_that_touch_are_one(tmp_path):
    nodes = [node(i, 9 + i / 1000, 47) for i in range(1, 9)] + [
        node(20, 9.002, 47.001),
        node(30, 9.5, 47),
        node(31, 9.6, 47),
    ]
    ways = [
        way(2, [1, 2], highway="residential", name="Main Street", surface="asphalt", bridge="yes"),
        way(3, [2, 3, 4], highway="primary", name="Main Street", surface="asphalt", lit="yes"),
        way(4, [30, 31], highway="residential", name="Main Street"),
        way(5, [4, 5], highway="residential", name="Other Street"),
        way(6, [4, 5, 6], waterway="stream", name="Main Street"),
        way(7, [20, 3], highway="residential", name="Main Street", surface="asphalt"),  # meets the other's middle
    ]
    records = by_id(osm(tmp_path / "a.osm", *nodes, *ways))
    street = records["osm:w2"]
    assert street.data["osm"]["members"] == ["w2", "w3", "w7"]
    assert (street.kind, dict(street.data["tags"])) == (
        "highway=primary",
        {"highway": "primary", "name": "Main Street", "surface": "asphalt"},
    )
    parts = [
        shapely.LineString([(9.001, 47), (9.002, 47)]),
        shapely.LineString([(9.002, 47), (9.003, 47), (9.004, 47)]),
    ]
    assert shapely.from_wkb(street.geometry).equals(
        shapely.union_all([*parts, shapely.LineString([(9.002, 47.001), (9.003, 47)])])
    )
    assert {"osm:w4", "osm:w5", "osm:w6"} <= set(records)
    assert not {"osm:w3", "osm:w7"} & set(records)


def test_routes_have_their_stops_in_order(tmp_path):
    nodes = [
        node(1, 9.0, 47, public_transport="stop_position", name="A"),
        node(2, 9.0001, 47, highway="bus_stop", name="A"),
        node(3, 9.1, 47, public_transport="stop_position", name="B"),
        node(4, 9.2, 47, highway="bus_stop", name="C"),
        node(5, 9.15, 47, highway="bus_stop"),
    ]
    members = [
        ("n", 1, "stop"), ("n", 2, "platform"), ("n", 99, "stop"), ("n", 3, "stop"), ("n", 5, "platform"),
        ("n", 4, "platform"), ("w", 1, ""), ("w", 98, ""),
    ]  # fmt: skip
    path = osm(
        tmp_path / "a.osm",
        *nodes,
        way(1, [1, 3, 4], highway="residential"),
        relation(1, members, type="route", route="bus", name="Bus 1", ref="1"),
    )
    records = by_id(path)
    stops = [(edge.id, edge.order, edge.note) for edge in records["osm:r1"].edges if edge.role == "stop"]
    assert stops == [
        ("osm:n1", 0, "stop"),
        ("osm:n2", 0, "platform"),
        ("osm:n3", 2, "stop"),  # the one between is not in the file
        ("osm:n5", 2, "platform"),
        ("osm:n4", 3, "platform"),
    ]
    assert records["osm:r1"].kind == "route=bus"
    assert records["osm:r1"].data["osm"]["missing"] == ("n99", "w98")
    assert edges(records["osm:n4"], "route") == [("osm:r1", "")]
    assert {a.kind: a.name for a in records["osm:r1"].aliases} == {"name": "Bus 1", "ref": "1"}


def test_cells_count_what_is_around(tmp_path):
    records = by_id(country(tmp_path))
    [(cell, _)] = edges(records["osm:n59"], "around")
    assert records[cell].kind == "cell"
    counts = [r.data["counts"] for r in records.values() if r.kind == "cell"]
    assert sum(n for found in counts for n in found.values()) == 9
    assert records[cell].data["counts"]["natural=peak"] == 1
    assert shapely.from_wkb(records[cell].geometry).intersects(shapely.Point(records["osm:n59"].point))


def test_geohashes():
    points = np.array([(10.40744, 57.64911), (-0.1275, 51.5072), (179.99999, 89.99999), (-180, -90), (180, 90)])
    assert geohashes(points).tolist() == ["u4pruy", "gcpvj0", "zzzzzz", "000000", "zzzzzz"]


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=20))
def test_a_point_lies_in_its_cell(points):
    places = np.array(points)
    west, south, east, north = boxes(geohashes(places).tolist()).T + np.array([[-1e-9], [-1e-9], [1e-9], [1e-9]])
    lon, lat = places.T
    assert ((west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)).all()


def test_a_record_becomes_a_place(tmp_path):
    records = by_id(country(tmp_path))
    encoder = PlaceEncoder(dim=8)
    place = encoder.from_record(records["osm:r2"])
    assert (place.name, place.population, place.geometry.geom_type) == ("West", 1200, "Polygon")
    assert place.parents == (Link("place", "osm:r1"),)
    assert "name:de" not in place.tags
    assert place.tags["admin_level"] == "8"
    peak = encoder.from_record(records["osm:n59"])
    assert (peak.elevation, peak.point.x) == (1234.5, 0.14)
    assert peak.around[0].id.startswith("geohash:")
    assert encoder.from_record(records[peak.around[0].id]).counts == {"natural=peak": 1}
    for record in records.values():
        encoder.from_record(record)


def test_languages_limit_the_names(tmp_path):
    path = osm(
        tmp_path / "a.osm", node(1, 9, 47, place="town", name="Rom", name__en="Rome", name__it="Roma", alt_name="X;Y")
    )
    assert {a.name for a in by_id(path)["osm:n1"].aliases} == {"Rom", "Rome", "Roma", "X", "Y"}
    assert {a.name for a in by_id(path, languages=["en"])["osm:n1"].aliases} == {"Rom", "Rome", "X", "Y"}


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({"name": "A", "alt_name_1": "B"}, {("A", "", "name"), ("B", "", "alt_name")}),
        ({"name": "A", "name:zh-Hant": "甲"}, {("A", "", "name"), ("甲", "zh-Hant", "name")}),
        ({"name": "A", "official_name:fr": "B"}, {("A", "", "name"), ("B", "fr", "official_name")}),
        ({"name": "A", "name:etymology:wikidata": "Q1", "name:prefix": "B", "name:1900-": "C"}, {("A", "", "name")}),
        ({"name": " ; A;;"}, {("A", "", "name")}),
        ({"brand": "B", "ref": "1;2"}, {("B", "", "brand"), ("1", "", "ref"), ("2", "", "ref")}),
    ],
)  # fmt: skip
def test_names_of_all_kinds(tags, found):
    assert {(a.name, a.language, a.kind) for a in aliases(tags, 1.0)} == found


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12)), st.text(max_size=12), st.text(max_size=12))
def test_any_tags_can_be_read(tags, name, number):
    tags |= {"name": name, "name:de": number, "population": number, "ele": name}
    assert all(alias.name == alias.name.strip() != "" for alias in aliases(tags, 1.0))
    assert population(tags) is None or population(tags) >= 0
    assert elevation(tags) is None or -12_000 <= elevation(tags) <= 10_000


def test_what_texts_are_searched_for(tmp_path):
    path = osm(
        tmp_path / "a.osm",
        node(1, 9, 47, place="village", name="Balzers"),
        node(2, 9, 47, shop="bakery", name="Bäckerei"),
        node(3, 9, 47, tourism="attraction", name="Burg Gutenberg", wikidata="Q1"),
        node(4, 9, 47, amenity="restaurant", name="Gasthaus Zum Löwen"),
        node(5, 9, 47, amenity="restaurant", name="Café Central"),
        node(6, 9, 48, amenity="restaurant", name="Café Central"),
        way(7, [1, 6], highway="residential", name="Lange Gasse Nord"),
    )
    found = {record.name for record in by_id(path).values() if record.detectable}
    assert found == {"Balzers", "Burg Gutenberg", "Gasthaus Zum Löwen"}
