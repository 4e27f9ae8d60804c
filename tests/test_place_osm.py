"""The OpenStreetMap reader, on the invented town and on real extracts."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

import pytest
import shapely

from omnimodal.encoders.place import PlaceEncoder
from omnimodal.encoders.place.osm import read_osm
from omnimodal.entity import Link
from omnimodal.errors import InvalidEntityError


@pytest.fixture(scope="module")
def town():
    data = (files("omnimodal.data") / "place" / "town.osm").read_bytes()
    encoder = PlaceEncoder(dim=8)
    return {record.id: encoder.from_record(record) for record in read_osm(data)}


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
    assert (town["osm:n1"].population, town["osm:n1"].elevation) == (8120, 4.0)
    assert town["osm:r1"].parents == ()


def test_an_impossible_object_is_named():
    broken = (
        b"""<osm version="0.6"><node id="7" lat="1" lon="2" version="1"><tag k="population" v="-3"/></node></osm>"""
    )
    with pytest.raises(InvalidEntityError, match="osm:n7"):
        list(read_osm(broken))


@pytest.mark.slow
def test_a_real_extract():
    path = Path(os.environ.get("OMNIMODAL_REAL_DATA", "../shared/data")) / "osm" / "monaco.osm.pbf"
    if not path.exists():
        pytest.skip(f"no extract at {path}")
    records = {record.id: record for record in read_osm(path.read_bytes(), "osm.pbf")}
    assert len(records) > 5_000
    assert any(record.name == "Stade Louis II" for record in records.values())
