"""OpenStreetMap files → records: tagged nodes, ways, areas (multipolygons assembled by osmium) and line relations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import shapely
from shapely import Geometry

from omnimodal.encoders.place.entity import Place
from omnimodal.entity import Link
from omnimodal.errors import InvalidEntityError
from omnimodal.store.base import Record

NAMES = ("name", "alt_name", "official_name", "short_name", "old_name")
NUMBERS = {"population": int, "ele": float}  # tags that become fields
LINEAR = {"highway", "railway", "barrier", "aerialway", "power"}  # closed ways of these are lines unless area=yes


@dataclass(frozen=True)
class Found:
    """A tagged object: its id ("n1", "w2", "r3"), tags, and geometry as first read."""

    id: str
    tags: dict[str, str]
    geometry: Geometry


def read_osm(data: bytes, format: str = "osm") -> Iterator[Record]:
    """The tagged objects of an OSM file's bytes as records "osm:n1", "osm:w2", "osm:r3"; `format` as its name ends.

    Parents are the administrative areas of the file that contain an object, the smallest first. Objects without a name
    have no aliases, and only settlements (place=*) are looked for in running text: every town has a Market Square.
    Raises InvalidEntityError, naming the object, for a geometry no place can have.
    """
    found = list(_objects(data, format))
    borders = [o for o in found if o.tags.get("boundary") == "administrative" and shapely.area(o.geometry) > 0]
    borders.sort(key=lambda o: shapely.area(o.geometry))
    for o in found:
        around = [b for b in borders if b is not o and shapely.covers(b.geometry, o.geometry)]
        numbers = {key: _number(o.tags.get(key), kind) for key, kind in NUMBERS.items()}
        try:
            place = Place(
                o.tags.get("name"),
                o.geometry,
                parents=tuple(Link("place", f"osm:{b.id}") for b in around),
                tags={k: v for k, v in o.tags.items() if k not in (*NAMES, *NUMBERS)},
                population=numbers["population"],
                elevation=numbers["ele"],
            )
        except InvalidEntityError as error:
            raise error.at(path=f"osm:{o.id}") from None
        names = [name for key in NAMES for name in o.tags.get(key, "").split(";") if name.strip()]
        weight = float(numbers["population"] or 1)
        aliases = tuple(dict.fromkeys((name.strip(), weight) for name in names))
        yield Record("place", f"osm:{o.id}", place.surface, place.content(), aliases, detectable="place" in o.tags)


def _objects(data: bytes, format: str) -> Iterator[Found]:
    """Every tagged object once: a closed way or multipolygon that is an area as polygons, other ways as lines."""
    import osmium

    wkb = osmium.geom.WKBFactory()
    lines: dict[int, Geometry] = {}
    seen: dict[str, Found] = {}
    source: Any = osmium.FileProcessor(osmium.io.FileBuffer(data, format)).with_locations().with_areas()
    for o in source:
        tags = dict(o.tags)
        geometry: Any = None
        id = f"{o.type_str()}{o.id}"
        if o.is_area() and tags.get("area") != "yes" and not LINEAR.isdisjoint(tags):
            continue
        if o.is_area():
            id, geometry = f"{'w' if o.from_way() else 'r'}{o.orig_id()}", wkb.create_multipolygon(o)
        elif o.is_node():
            geometry = wkb.create_point(o) if tags else None
        elif o.is_way() and len(o.nodes) > 1:
            geometry = wkb.create_linestring(o)
            lines[o.id] = shapely.from_wkb(geometry)
        elif o.is_relation() and tags.get("type") != "multipolygon":
            members = [lines[m.ref] for m in o.members if m.type == "w" and m.ref in lines]
            geometry = shapely.to_wkb(shapely.multilinestrings(members), hex=True) if members else None
        if tags and geometry is not None and (o.is_area() or id not in seen):
            seen[id] = Found(id, tags, shapely.from_wkb(geometry))
    yield from seen.values()


def _number(text: str | None, kind: type) -> Any:
    """A tag's number, or None where it says something else ("about 500"); OSM values are free text."""
    try:
        return None if text is None else kind(text)
    except ValueError:
        return None
