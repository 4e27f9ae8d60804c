"""The invented town that ships, as the importer reads it."""

from __future__ import annotations

from importlib.resources import files

import pytest
import shapely

from omnimodal.encoders.place import PlaceEncoder
from omnimodal.encoders.place.osm import osm_records
from omnimodal.entity import Link


@pytest.fixture(scope="module")
def town():
    encoder = PlaceEncoder(dim=8)
    path = files("omnimodal.data") / "place" / "town.osm"
    return {record.id: encoder.from_record(record) for record in osm_records([path])}


@pytest.mark.parametrize(
    ("id", "name", "kind"),
    [
        ("osm:n2", "The Amber Gull", "Point"),
        ("osm:w1", "Long Street", "LineString"),
        ("osm:w7", "Ring Close", "LineString"),  # closed, but a street
        ("osm:w23", "Oak Common", "Polygon"),
        ("osm:r1", "Dunlow", "Polygon"),
        ("osm:r2", "Gull Wood", "Polygon"),
        ("osm:r3", "Dunlow Infirmary", "MultiPolygon"),
        ("osm:r5", "Dunlow Round", "MultiLineString"),
    ],
)
def test_every_kind_of_geometry(town, id, name, kind):
    assert (town[id].name, town[id].geometry.geom_type) == (name, kind)


def test_holes_tags_and_parents(town):
    assert shapely.get_num_interior_rings(town["osm:r2"].geometry) == 2
    assert town["osm:w21"].tags == {"amenity": "place_of_worship", "building": "church", "religion": "christian"}
    assert town["osm:w21"].parents == (Link("place", "osm:r1"),)
    assert (town["osm:r1"].population, town["osm:r1"].elevation) == (8120, 4.0)  # of the node that is its centre
    assert town["osm:r1"].parents == ()
