"""Places: what is accepted, what is refused, how they are cleaned, found in texts, and read from the store."""

from __future__ import annotations

import json
import math
import pickle

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from omnimodal import registry
from omnimodal.encoders.place import Place, PlaceEncoder
from omnimodal.entity import Link, from_json
from omnimodal.errors import InvalidEntityError

SQUARE = "POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0), (0.5 0.5, 0.5 1, 1 1, 1 0.5, 0.5 0.5))"
lons, lats = st.floats(-180, 180), st.floats(-90, 90)


def again(place: Place) -> Place:
    return Place.from_content(from_json(json.loads(json.dumps(place.content()))))


@pytest.mark.parametrize(
    "geometry",
    [
        SQUARE,
        shapely.from_wkt(SQUARE),
        shapely.to_wkb(shapely.from_wkt(SQUARE)),
        shapely.to_geojson(shapely.from_wkt(SQUARE)),
        json.loads(shapely.to_geojson(shapely.from_wkt(SQUARE))),
        {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(shapely.from_wkt(SQUARE)))},
        "POLYGON Z ((2 2 9, 2 0 9, 0 0 9, 0 2 9, 2 2 9), (0.5 1 9, 0.5 0.5 9, 1 0.5 9, 1 1 9, 0.5 1 9))",
    ],
)
def test_all_notations_of_a_geometry_are_one_place(geometry):
    assert Place(geometry=geometry) == Place(geometry=SQUARE)


def test_a_pair_is_longitude_and_latitude():
    place = Place("Paris", (2.3488, 48.85341))
    assert (place.point.x, place.point.y) == (2.3488, 48.85341)
    assert Place("Paris", [2.3488, 48.85341]) == Place("Paris", "POINT (2.3488 48.85341)") == place


@pytest.mark.parametrize(
    ("geometry", "what"),
    [
        ((math.nan, 1.0), "no finite number"),
        ((1.0, math.inf), "no finite number"),
        ((2.0, 91.0), "latitude 91"),
        ((181.0, 2.0), "longitude 181"),
        ("POLYGON EMPTY", "empty"),
        ("POLYGON ((0 0, 1 1, 2 2, 0 0))", "cannot be repaired"),
        ("LINESTRING (1 1, 1 1)", "cannot be repaired"),
        ("/etc/passwd", "cannot be read"),
        ("{'type': 'Point'}", "cannot be read"),
        ({"type": "Nonsense"}, "cannot be read"),
        (7, "neither"),
    ],
)
def test_an_impossible_geometry_is_refused_with_its_value(geometry, what):
    with pytest.raises(InvalidEntityError, match=what) as error:
        Place("somewhere", geometry)
    assert "geometry" in str(error.value)
    assert error.value.encoder == "place"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("population", -1),
        ("population", 1.5),
        ("population", True),
        ("elevation", math.nan),
        ("area_km2", -2),
        ("parents", ["France"]),
        ("parents", [Link("corporation", "company:x")]),
        ("tags", {"place": 3}),
    ],
)
def test_an_impossible_field_is_refused_by_name(field, value):
    with pytest.raises(InvalidEntityError, match=field):
        Place(**{"name": "somewhere", "geometry": (1, 2), field: value})


def test_a_place_needs_a_name_or_a_geometry():
    with pytest.raises(InvalidEntityError, match="both missing"):
        Place()


def test_a_bow_tie_is_repaired():
    bow_tie = Place(geometry="POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))")
    assert bow_tie.geometry.is_valid
    assert bow_tie.geometry.area == pytest.approx(2.0)


def test_a_ring_over_the_antimeridian_is_cut_there():
    fiji = Place(geometry="POLYGON ((177 -19, -178 -19, -178 -16, 177 -16, 177 -19))")
    assert fiji.geometry.geom_type == "MultiPolygon"
    assert fiji.geometry.area == pytest.approx(15.0)
    assert abs(fiji.point.x) > 177
    whole = Place(geometry="POLYGON ((17 -19, 22 -19, 22 -16, 17 -16, 17 -19))")
    assert fiji.area == pytest.approx(whole.area, rel=1e-3)  # the cut adds vertices, which bend geodesics
    assert fiji.length == pytest.approx(whole.length, rel=1e-3)


def test_a_ring_round_a_pole_contains_the_pole():
    cap = Place(geometry=shapely.Polygon([(lon, 80) for lon in range(-150, 180, 30)]))
    assert cap.geometry.covers(shapely.Point(10, 89.9))
    assert not cap.geometry.intersects(shapely.Point(10, 70))


def test_a_line_over_the_antimeridian_is_cut_there():
    line = Place(geometry="LINESTRING (179 10, -179 10)")
    assert line.geometry.geom_type == "MultiLineString"
    assert line.geometry.length == pytest.approx(2.0)


def test_a_collection_keeps_its_parts():
    route = Place(geometry="GEOMETRYCOLLECTION (POINT (1 1), GEOMETRYCOLLECTION (LINESTRING (0 0, 1 1)))")
    assert len(route.geometry.geoms) == 2
    assert route.length > 0


def test_measures_are_geodesic():
    paris, new_york = Place("Paris", (2.3488, 48.85341)), Place("New York", (-74.00597, 40.71427))
    assert paris.distance(new_york) == pytest.approx(5_851_500, rel=1e-3)
    assert paris.bearing(new_york) == pytest.approx(291.8, abs=0.5)
    cell = Place(geometry=shapely.box(0, 0, 1, 1))
    assert cell.area == pytest.approx(12_308.8e6, rel=1e-4)  # GeographicLib
    assert Place(geometry="LINESTRING (0 0, 1 0)").length == pytest.approx(111_319.49, abs=0.01)
    with pytest.raises(InvalidEntityError, match="Atlantis"):
        paris.distance(Place("Atlantis"))


@given(lons, lats, st.text(), st.dictionaries(st.text(min_size=1), st.text()), st.integers(0))
def test_content_round_trips(lon, lat, name, tags, population):
    place = Place(name.strip() or None, (lon, lat), tags=tags, population=population, elevation=3)
    assert again(place) == place
    assert again(place).content() == place.content()
    assert pickle.loads(pickle.dumps(place)) == place


def test_parents_and_populations_round_trip():
    number = registry.entity_class("Number")
    city = Place(
        "Lyon", (4.85, 45.75), parents=(Place("Rhône"), Link("place", "country:FR")), population=number("522,969")
    )
    assert again(city) == city
    assert again(city).parents == (Place("Rhône"), Link("place", "country:FR"))
    nested = PlaceEncoder(dim=8).children(city)
    assert nested == {
        "parent": Place("Rhône"),
        "ancestor": (Link("place", "country:FR"),),
        "population": number("522,969"),
    }


@pytest.mark.parametrize(
    ("text", "found", "lat", "lon"),
    [
        ("It stands at 48.8584° N, 2.2945° E.", "48.8584° N, 2.2945° E", 48.8584, 2.2945),
        ("at 33.8688 S 151.2093 E", "33.8688 S 151.2093 E", -33.8688, 151.2093),
        ("41°53′24″N 12°29′32″E", "41°53′24″N 12°29′32″E", 41.89, 12.492222),
        ("40° 26' 46\" N, 79° 58' 56\" W", "40° 26' 46\" N, 79° 58' 56\" W", 40.446111, -79.982222),
        ("the Eiffel Tower (48.8584, 2.2945) in Paris", "48.8584, 2.2945", 48.8584, 2.2945),
        ("Santiago (−33.4489, −70.6693)", "−33.4489, −70.6693", -33.4489, -70.6693),
        ("geom POINT(2.29 48.85))", "POINT(2.29 48.85)", 48.85, 2.29),
    ],
)
def test_positions_are_found_in_texts(text, found, lat, lon):
    (mention,) = PlaceEncoder(dim=8).detect(text)
    assert mention.text == found == text[mention.start : mention.end]
    assert (mention.entity.point.y, mention.entity.point.x) == pytest.approx((lat, lon), abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "HR 0.873 (0.812, 0.934)",
        "(48.85, 2.29)",
        "99.123° N, 3.100° E",
        "12°75′N 3°E",
        "POLYGON((0 0, 1 1))",
        "POINT(1 2",
        "see section 4 S 3 E",
        "(148.8584, 2.2945)",
    ],
)
def test_what_only_looks_like_a_position_is_none(text):
    assert list(PlaceEncoder(dim=8).detect(text)) == []


@given(st.text() | st.text(alphabet="0123456789.,°′″NSEW ()-POINTL𝟜"))
@settings(max_examples=300)
def test_detect_takes_any_string(text):
    for mention in PlaceEncoder(dim=8).detect(text):
        assert text[mention.start : mention.end] == mention.text


def test_a_polygon_literal_is_found_whole():
    text = f"The area {SQUARE} and MULTIPOINT((1 1), (2 2))."
    assert {m.text for m in PlaceEncoder(dim=8).detect(text)} == {SQUARE, "MULTIPOINT((1 1), (2 2))"}


@pytest.fixture
def store(shipped_places):
    return shipped_places


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Paris", "geonames:2988507"),
        ("New York", "geonames:5128581"),
        ("Washington", "region:US-WA"),
        ("Washington, D.C.", "geonames:4140963"),
        ("Georgia", "country:GE"),
        ("UK", "country:GB"),
        ("Holland", "country:NL"),
        ("münchen", "geonames:2867714"),
        ("Bath", "geonames:2656173"),
        ("Europe", "continent:EU"),
        ("The Amber Gull", "osm:n2"),
    ],
)
def test_names_lead_to_their_most_likely_place(store, name, id):
    assert store.find(name)[0].record.id == id


def test_ordinary_words_are_not_looked_for_in_texts(store):
    text = "Reading in the Bath, Mobile in hand. Police of Nice and New York; the US; every Market Square."
    found = {text[m.start : m.end] for m in store.scan(text)}
    assert found == {"Nice", "New York", "York", "US"}


def test_every_record_is_a_place_with_parents_that_exist(store):
    encoder = PlaceEncoder(dim=8)
    records = list(store.records("place"))
    ids = {record.id for record in records}
    assert len(records) > 34_000
    for record in records[::20] + [r for r in records if not r.id.startswith("geonames")]:
        place = encoder.from_record(record)
        assert record.geometry is not None or place.content() == record.data
        assert {parent.id for parent in place.parents} <= ids


def test_a_mention_of_coordinates_needs_no_store(store):
    encoder = PlaceEncoder(dim=8)
    assert encoder.resolve(encoder.mention("48.8584, 2.2945", 0, 15), None) == Place(geometry=(2.2945, 48.8584))
    assert encoder.resolve(encoder.mention("Lyon", 0, 4), store).name == "Lyon"
    assert encoder.resolve(encoder.mention("Xyzzy", 0, 5), store) is None
