"""A record of the store → a Place: what the record's data says, and what its geometry and edges say."""

from __future__ import annotations

from collections.abc import Sequence

from omnimodal.encoders.place.entity import Place
from omnimodal.entity import Link, from_json
from omnimodal.store.base import Edge, Record

ROLES = {"parent": "parents", "around": "around", "stop": "stops", "route": "routes"}  # of edges → field of Place
_other = ("osm", "by_source")  # what the data holds for other readers
# Tags that the entity has as fields, or that are names, which the store finds it by.
_fields = frozenset({"name", "population", "ele"})
_names = (
    "name:",
    "alt_name",
    "old_name",
    "short_name",
    "official_name",
    "int_name",
    "loc_name",
    "reg_name",
    "nat_name",
)


def place_of(record: Record) -> Place:
    """The Place that a record describes: its data, with the geometry and the edges of the record where it has them.

    A record without geometry, as of a city that is only a point, is where its point is. Raises InvalidEntityError.
    """
    content = dict(from_json({key: value for key, value in record.data.items() if key not in _other}))
    if record.geometry is not None:
        content["geometry"] = record.geometry
    elif record.point is not None:
        content.setdefault("geometry", record.point)
    if "tags" in content and record.id.startswith("osm:"):
        content["tags"] = tuple(pair for pair in content["tags"] if not _is_name(pair[0]))
    for role, field in ROLES.items():
        links = _links(record.edges, role)
        if links:
            content[field] = links
    return Place.from_content(content)


def _is_name(key: str) -> bool:
    return key in _fields or key.startswith(_names)


def _links(edges: Sequence[Edge], role: str) -> tuple[Link, ...]:
    """What the edges of a role go to, in order, each once."""
    chosen = sorted((edge for edge in edges if edge.role == role), key=lambda edge: edge.order)
    return tuple(dict.fromkeys(Link(edge.modality, edge.id) for edge in chosen))
