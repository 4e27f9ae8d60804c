"""Small OpenStreetMap files for tests, written as they are meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

from omnimodal.store import Record

Tags = Mapping[str, str]


def node(id: int, lon: float, lat: float, version: int = 1, **tags: str) -> str:
    return f'<node id="{id}" version="{version}" lon="{lon:.7f}" lat="{lat:.7f}">{_tags(tags)}</node>'


def way(id: int, nodes: Iterable[int], version: int = 1, **tags: str) -> str:
    listed = "".join(f'<nd ref="{ref}"/>' for ref in nodes)
    return f'<way id="{id}" version="{version}">{listed}{_tags(tags)}</way>'


def relation(id: int, members: Iterable[tuple[str, int, str]], version: int = 1, **tags: str) -> str:
    names = {"n": "node", "w": "way", "r": "relation"}
    listed = "".join(f'<member type="{names[t]}" ref="{ref}" role="{role}"/>' for t, ref, role in members)
    return f'<relation id="{id}" version="{version}">{listed}{_tags(tags)}</relation>'


def osm(path: Path, *objects: str) -> Path:
    """The file, its objects in the order given."""
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{"".join(objects)}</osm>', "utf-8")
    return path


def square(first: int, west: float, south: float, size: float) -> list[str]:
    """Four nodes, numbered from `first`, counterclockwise from the south-west."""
    corners = [(west, south), (west + size, south), (west + size, south + size), (west, south + size)]
    return [node(first + i, *corner) for i, corner in enumerate(corners)]


def ring(first: int) -> list[int]:
    """The nodes of a `square`, closed."""
    return [first, first + 1, first + 2, first + 3, first]


def country(tmp_path: Path) -> Path:
    """A country with two municipalities that share a border, their villages, a wood, a café and more objects."""
    corners = [
        *square(1, 0.0, 0.0, 1.0),
        *[node(11 + i, x, y) for i, (x, y) in enumerate([(0.1, 0.1), (0.4, 0.1), (0.4, 0.4), (0.1, 0.4)])],
        *[node(21 + i, x, y) for i, (x, y) in enumerate([(0.7, 0.1), (0.7, 0.4)])],
        *square(31, 0.12, 0.12, 0.05),
    ]
    nodes = [
        *corners,
        node(51, 0.2, 0.2, name="West", place="village", population="1,200", name__de="Westdorf"),
        node(52, 0.5, 0.2, name="East", place="village", wikidata="Q5"),
        node(53, 0.9, 0.9, name="Faraway", place="hamlet"),
        node(54, 0.9, 0.905, amenity="cafe", name="Café Faraway"),
        node(55, 0.13, 0.13, amenity="bench"),
        node(56, 0.95, 0.05, shop="kiosk", addr__city="West"),
        node(57, 5.0, 5.0, amenity="bar", name="Nowhere"),
        node(58, 0.13, 0.14, natural="tree"),
        node(59, 0.14, 0.14, natural="peak", name="Top", ele="1234.5"),
    ]
    ways = [way(1, ring(1)), way(2, [12, 11, 14, 13]), way(3, [12, 13]), way(4, [12, 21, 22, 13])]
    ways += [way(5, ring(31), natural="wood", name="Wood")]
    relations = [
        relation(1, [("w", 1, "outer")], type="boundary", boundary="administrative", admin_level="2", name="Land"),
        relation(
            2,
            [("w", 2, "outer"), ("w", 3, "outer"), ("n", 51, "label")],
            type="boundary",
            boundary="administrative",
            admin_level="8",
            name="West",
        ),
        relation(
            3,
            [("w", 3, "outer"), ("w", 4, "outer")],
            type="boundary",
            boundary="administrative",
            admin_level="8",
            name="Gemeinde East",
            wikidata="Q5",
        ),
    ]
    return osm(tmp_path / "land.osm", *nodes, *ways, *relations)


def edges(record: Record, role: str) -> list[tuple[str, str]]:
    """The ids that a record's edges of a role lead to, each with its note."""
    return [(edge.id, edge.note) for edge in record.edges if edge.role == role]


def _tags(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(k.replace('__', ':'))} v={quoteattr(v)}/>" for k, v in tags.items())
