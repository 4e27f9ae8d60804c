"""Questions about places: names, distances, what lies in what, public transport, maps."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box
from typer.testing import CliRunner

from omnimodal.encoders.place.app import app
from omnimodal.encoders.place.atlas import Atlas
from omnimodal.encoders.place.measure import closest, closest_of_many, geodesic, widened
from omnimodal.encoders.place.svg import Shape, draw
from omnimodal.errors import StoreError
from omnimodal.store import Alias, Edge, Record, Source, open_store

REAL = Path(os.environ.get("OMNIMODAL_REAL_DATA", "../shared/data")) / "osm" / "liechtenstein.osm.pbf"
LICENCE = "ODbL 1.0, © OpenStreetMap contributors"


def place(id, name, geometry, kind, *edges, names=(), importance=0.1, **tags):
    aliases = tuple(Alias(n, importance) for n in (name, *names) if n)
    data = {"name": name or None, "tags": sorted(tags.items()), "osm": {"importance": importance}}
    point = shapely.point_on_surface(geometry)
    wkb = shapely.to_wkb(geometry)
    return Record("place", id, name, data, aliases, kind=kind, geometry=wkb, point=(point.x, point.y), edges=edges)


def parent(id, note="contained:8"):
    return Edge("parent", "place", id, 0, note)


def stops(*ids):
    return [Edge("stop", "place", id, order) for order, id in enumerate(ids)]


def town():
    """Two towns side by side, a lake, cafes, and two bus lines that meet in the middle."""
    east, west = Edge("neighbour", "place", "r2"), Edge("neighbour", "place", "r1")
    yield place("r9", "Landia", box(0, 0, 1, 1), "place=country", importance=0.9)
    yield place(
        "r1", "Zürberg", box(0.4, 0.4, 0.5, 0.5), "place=town", parent("r9"), east, names=["Zurberg"], importance=0.5
    )
    yield place("r2", "Ostheim", box(0.5, 0.4, 0.6, 0.5), "place=village", parent("r9"), west)
    yield place("w1", "Blausee", box(0.42, 0.42, 0.44, 0.44), "natural=water", parent("r1"))
    yield place("n1", "Café Eins", Point(0.451, 0.45), "amenity=cafe", parent("r1"))
    yield place("n2", "Café Zwei", Point(0.46, 0.45), "amenity=cafe", parent("r1"))
    yield place("n3", "", Point(0.55, 0.45), "amenity=cafe", parent("r2"))
    yield place("s1", "Zürberg Post", Point(0.45, 0.449), "highway=bus_stop", parent("r1"))
    yield place("s2", "Brücke", Point(0.5, 0.449), "highway=bus_stop")
    yield place("s3", "Brücke", Point(0.5001, 0.4491), "highway=bus_stop")
    yield place("s4", "Ostheim Kirche", Point(0.55, 0.449), "highway=bus_stop", parent("r2"))
    yield place("l1", "Bus 1", LineString([(0.45, 0.449), (0.5, 0.449)]), "route=bus", *stops("s1", "s2"), ref="1")
    yield place("l2", "Bus 2", LineString([(0.5, 0.449), (0.55, 0.449)]), "route=bus", *stops("s3", "s4"), ref="2")


@pytest.fixture
def path(tmp_path):
    store = open_store(tmp_path / "town.sqlite")
    store.replace(Source("town.osm", "2026-01-01T00:00:00Z", LICENCE), town())
    store.close()
    return tmp_path / "town.sqlite"


@pytest.fixture
def atlas(path):
    return Atlas(open_store(path))


def ids(found):
    return [getattr(one, "record", one).id for one in found]


@pytest.mark.parametrize("name", ["Zürberg", "zurberg", "ZÜRBERG", "Zürbreg", "Zuerberg", " Zürberg"])
def test_a_place_is_found_by_name_accents_case_and_misspellings_aside(atlas, name):
    assert ids(atlas.find(name, kind="town")) == ["r1"]


def test_an_unknown_name_is_refused_with_the_most_similar_ones(atlas):
    with pytest.raises(StoreError, match="No place is called 'Blausse'; most similar: Blausee"):
        atlas.place("Blausse")


def test_nearest_of_a_class_by_word_key_or_tag(atlas):
    assert ids(atlas.nearest("cafe", "Zürberg", 2)) == ids(atlas.nearest("amenity=cafe", "Zürberg", 2)) == ["n1", "n2"]
    assert ids(atlas.nearest("amenity", "Ostheim", 1)) == ["n3"]
    assert ids(atlas.nearest("cafe", "Café Eins")) == ["n2", "n3"]  # itself left out


def test_a_class_is_meant_by_any_of_its_words(atlas):
    for word in ("Cafes", "bus stops", "amenity", "natural=water", "water", "Town"):
        assert atlas.kinds_of(word), word
    with pytest.raises(StoreError, match="No place in this store is of class 'caffe'; similar: cafe"):
        atlas.nearest("caffe", "Zürberg")
    atlas.store.put(
        [place("n9", "Pond", Point(0.3, 0.3), "water=caffe"), place("n8", "Tap", Point(0.3, 0.31), "amenity=water")]
    )
    assert ids(atlas.nearest("caffe", "Zürberg")) == ["n9"]  # the store has it now
    assert set(atlas.kinds_of("water")) == {"natural=water", "amenity=water", "water"}  # value and key


def test_what_has_no_outline_is_asked_by_the_hierarchy(tmp_path):
    store = open_store(tmp_path / "torn.sqlite")
    border = LineString([(0, 0), (1, 0)])  # all that the file has of it
    store.put(
        [
            place("r1", "Tornia", border, "place=country"),
            place("n1", "Inn", Point(0.5, 0.5), "place=town", parent("r1")),
        ]
    )
    atlas = Atlas(store)
    assert ids(atlas.within("Tornia")) == ["n1"]
    assert ids(atlas.contains("Inn")) == ["r1"]


def test_within_contains_and_hierarchy_agree(atlas):
    assert sorted(ids(atlas.within("Zürberg", "cafe"))) == ["n1", "n2"]
    assert ids(atlas.contains("Café Eins")) == ["r1", "r9"]
    above = [(a.record.id, a.method, a.level) for a in atlas.hierarchy("Café Eins")]
    assert above == [("r1", "contained", "8"), ("r9", "contained", "8")]  # r9 is the parent of r1
    assert ids(atlas.neighbours("Zürberg")) == ["r2"]


def test_distance_is_of_points_and_of_boundaries(atlas):
    towns = atlas.distance("Zürberg", "Ostheim")
    assert towns.points == pytest.approx(11_131, abs=2)  # 0.1° of longitude near the equator
    assert towns.boundaries == 0
    assert towns.direction == "east"
    cafes = atlas.distance("Café Zwei", atlas.nearest("cafe", "Ostheim", 1)[0].record)
    assert [cafes.points, cafes.boundaries] == pytest.approx([geodesic(0.46, 0.45, 0.55, 0.45)[0]] * 2)


def test_around_counts_classes_within_a_radius(atlas):
    assert atlas.classes_around("Café Eins", 1200) == {
        "place=town": 1,
        "place=country": 1,
        "amenity=cafe": 1,
        "highway=bus_stop": 1,
        "route=bus": 1,
    }
    assert ids(atlas.around("Blausee", 2000, "cafe")) == ["n1"]
    assert ids(atlas.natural("Café Eins", 2000)) == ["w1"]


def test_a_trip_with_a_change_between_two_platforms(atlas):
    (trip,) = atlas.trips("Café Eins", "Ostheim Kirche")
    assert [(leg.route.id, leg.start.id, leg.goal.id) for leg in trip.legs] == [("l1", "s1", "s2"), ("l2", "s3", "s4")]
    assert (trip.changes, trip.stops) == (1, 2)
    assert atlas.trips("Café Eins", "Ostheim Kirche", changes=0) == []
    assert atlas.trips("Ostheim Kirche", "Café Eins") == []  # no line goes back
    assert [leg.goal.id for leg in atlas.trips("Café Eins", "Ostheim")[0].legs] == ["s2"]  # the first stop in it
    assert atlas.trips("Zürberg Post", "Café Eins") == []  # one is there
    assert ids(atlas.routes("Café Eins")) == ["l1"]


lon, lat = st.floats(-179, 179), st.floats(-80, 80)


@given(lon, lat, lon, lat)
def test_the_nearest_points_of_two_points_are_themselves(x1, y1, x2, y2):
    metres = geodesic(x1, y1, x2, y2)[0]
    assert closest(Point(x1, y1), Point(x2, y2)) == pytest.approx(metres, rel=1e-9, abs=1e-3)


@given(st.floats(-170, 170), st.floats(-60, 60), st.floats(0.05, 1), st.floats(0.001, 0.5))
def test_boundaries_are_as_far_apart_as_their_densest_points(x, y, gap, high):
    left, right = box(x, y, x + 0.1, y + high), box(x + 0.1 + gap, y, x + 0.2 + gap, y + high)
    edge = [geodesic(x + 0.1, y + high * i / 50, x + 0.1 + gap, y + high * i / 50)[0] for i in range(51)]
    assert closest(left, right) == pytest.approx(min(edge), rel=2e-4)
    assert closest_of_many(left, [right, left])[0] == pytest.approx(closest(left, right), rel=1e-3)


@given(st.floats(-180, 180), st.floats(-89, 89), st.floats(1, 1e5), st.floats(0, 360))
def test_a_widened_box_holds_all_within_the_radius(x, y, metres, bearing):
    from pyproj import Geod

    x2, y2, _ = Geod(ellps="WGS84").fwd(x, y, bearing, 0.999 * metres)
    assert shapely.intersects(widened(Point(x, y), metres), Point(x2, y2))


NASTY = ["<script>\"&'", "a\0b\x1b[31m", "x" * 500, "📍", "</svg>"]


@pytest.mark.parametrize("name", NASTY)
def test_a_map_is_well_formed_whatever_the_names(name):
    svg = draw(
        Shape(Point(179.999, 10), "place=town", name), [Shape(box(-180, 9, -179, 11), "natural=water", name)], [name]
    )
    tree = ET.fromstring(svg)
    assert tree.tag.endswith("svg")
    assert tree.find(".//{*}script") is None
    assert tree.findall(".//{*}path")  # the water across the antimeridian is drawn


def run(*arguments):
    result = CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "160"})
    assert result.exit_code == 0, result.exception
    return result.output


def test_questions_on_the_command_line(path, tmp_path):
    assert "Café Eins" in run("ask", "nearest", "cafe", "Zürberg", "--store", path)
    assert "11.1 km" in run("ask", "distance", "Zürberg", "Ostheim", "--store", path)
    assert "Bus 2" in run("ask", "routes", "Café Eins", "Ostheim Kirche", "--store", path)
    assert "nothing found" in run("ask", "within", "cafe", "Blausee", "--store", path)
    shown = run("show", "Café Eins", "--store", path, "--map", tmp_path / "map.svg")
    assert shown.index("Zürberg contained 8") < shown.rindex("Café Eins")
    svg = (tmp_path / "map.svg").read_text("utf-8")
    assert "Café Eins" in svg
    assert LICENCE in svg


@pytest.mark.skipif(not REAL.exists(), reason=f"{REAL} is not there: set OMNIMODAL_REAL_DATA")
@pytest.mark.slow
def test_liechtenstein(tmp_path):
    run("import", REAL, "--store", tmp_path / "li.sqlite")
    atlas = Atlas(open_store(tmp_path / "li.sqlite"))
    assert [a.record.name for a in atlas.hierarchy("Vaduz")] == ["Oberland", "Liechtenstein"]
    assert {"Schaan", "Triesen", "Triesenberg"} <= {r.name for r in atlas.neighbours("Vaduz")}
    assert atlas.place("Вадуц").name == atlas.place("Vaduz").name  # in Russian
    assert 2_500 < atlas.distance("Vaduz", "Schaan").points < 4_000
    assert atlas.contains("Schloss Vaduz")[0].name == "Vaduz"
    trip = atlas.trips("Vaduz", "Malbun")[0]
    assert trip.changes == 0
    assert "Malbun" in trip.legs[-1].goal.name
    assert "Rhein" in {near.record.name for near in atlas.natural("Vaduz")}
