"""Small OpenStreetMap files for tests, written as they are meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

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


def _tags(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(k.replace('__', ':'))} v={quoteattr(v)}/>" for k, v in tags.items())
