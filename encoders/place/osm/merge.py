"""Rows of one thing → one row: the segments of a street that touch, a boundary and the place node inside it."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from sys import intern
from typing import Any, NamedTuple

import numpy as np
import shapely

from omnimodal.encoders.place.osm.classes import Classes
from omnimodal.encoders.place.osm.read import Relation, Row
from omnimodal.encoders.place.osm.shapes import collected

_worst = ("ok", "repaired", "incomplete", "rejected")


@dataclass(frozen=True)
class Merged:
    """A row made of several: which rows it replaces (the one whose id it has among them), and what it adds.

    `names` are tags of the others that name it too; `at` is the row whose point stands for it.
    """

    row: Row
    of: tuple[int, ...]
    names: Mapping[str, str]
    at: int | None = None


class Segment(NamedTuple):
    """A line that may be a piece of a longer one: the key that says so, its name, WKB, and its row, or that packed."""

    joint: str
    name: str
    wkb: bytes
    held: Sequence[Any] | bytes

    @classmethod
    def of(cls, row: Sequence[Any], classes: Classes, pack: bool) -> Segment:
        """pack: whether nobody else holds the row in memory."""
        tags = row[2]
        joint = next(key for key in tags if key in classes.join)
        held = marshal.dumps((*row[:3], None, *row[4:])) if pack else row
        return cls(intern(joint), tags["name"], row[3], held)

    @property
    def row(self) -> Row:
        row = marshal.loads(self.held) if isinstance(self.held, bytes) else self.held
        return Row._make(row)._replace(wkb=self.wkb)


def joined(lines: Mapping[int, Segment], classes: Classes) -> dict[int, Merged]:
    """{index: segment} of named lines → {index of the smallest way: the line made of all that touch it}.

    Lines join where they share a vertex, have one name, and are highways, waterways or railways alike.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    for index, line in lines.items():
        groups.setdefault(line[:2], []).append(index)
    several = [(number, index) for number, group in enumerate(groups.values()) if len(group) > 1 for index in group]
    if not several:
        return {}
    group_of, indices = np.array(several).T
    pairs = _touching(shapely.from_wkb([lines[i].wkb for i in indices.tolist()]), group_of)
    found = {}
    for part in _components(indices.tolist(), pairs):
        if len(part) > 1:
            street = _street({index: lines[index].row for index in part}, classes)
            found[street.of[0]] = street
    return found


def _touching(geometries: Any, group: Any) -> Iterable[tuple[int, int]]:
    """Pairs of positions whose geometries share a vertex, within a group; not all pairs, but enough to connect."""
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    grid = np.rint(xy * 1e7).astype(np.int64)
    order = np.lexsort((owner, grid[:, 0], grid[:, 1], group[owner]))
    grid, owner = grid[order], owner[order]
    same = (grid[1:] == grid[:-1]).all(axis=1) & (group[owner[1:]] == group[owner[:-1]]) & (owner[1:] != owner[:-1])
    return zip(owner[:-1][same].tolist(), owner[1:][same].tolist(), strict=True)


def _components(indices: Sequence[int], pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The connected components of positions, as lists of what stands at them."""
    parent = list(range(len(indices)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = at = parent[parent[at]]
        return at

    for one, other in pairs:
        parent[root(one)] = root(other)
    found: dict[int, list[int]] = {}
    for at, index in enumerate(indices):
        found.setdefault(root(at), []).append(index)
    return list(found.values())


def _street(part: Mapping[int, Row], classes: Classes) -> Merged:
    """The line of all segments: tags that all have, and of the longest what it is."""
    order = sorted(part, key=lambda index: int(part[index].id[1:]))
    rows = [part[index] for index in order]
    longest = max(rows, key=lambda row: len(row.wkb or b""))
    common = set(rows[0].tags.items()).intersection(*(row.tags.items() for row in rows[1:]))
    tags = {k: v for k, v in longest.tags.items() if (k, v) in common or k in classes.join}
    tags |= {key: row.tags[key] for row in rows for key in ("wikidata", "wikipedia") if key in row.tags}
    row = Row(
        rows[0].id,
        classes.kind(tags),
        tags,
        collected([row.wkb for row in rows if row.wkb], []),
        max((row.status for row in rows), key=_worst.index),
        tuple(dict.fromkeys(node for row in rows for node in row.missing)),
        max(row.version for row in rows),
    )
    return Merged(row, tuple(order), {})


def with_nodes(
    borders: Mapping[int, Row], nodes: Mapping[int, Row], relations: Mapping[str, Relation], classes: Classes
) -> dict[int, Merged]:
    """{index: row} of boundaries and of place nodes → {index of a boundary: one row of it and its node}.

    A node is a boundary's where it is its label; else where both have one wikidata item; else where they have one name,
    the node's class is one that boundaries of the level have, and it lies inside or is its administrative centre.
    """
    by_id = {row.id: index for index, row in nodes.items()}
    found: dict[int, int] = {}  # boundary → node
    taken: set[int] = set()

    def unite(border: int, candidates: Iterable[int]) -> None:
        for node in candidates:
            if border not in found and node not in taken:
                found[border] = node
                taken.add(node)

    for border, row in borders.items():
        unite(border, _members(row, relations, by_id, "label"))
    items: dict[str, list[int]] = {}
    names: dict[str, list[int]] = {}
    for node, row in nodes.items():
        if item := row.tags.get("wikidata"):
            items.setdefault(item, []).append(node)
        if name := row.tags.get("name"):
            names.setdefault(name, []).append(node)
    deepest_first = sorted(borders, key=lambda border: -level(borders[border]))
    for border in deepest_first:
        unite(border, items.get(borders[border].tags.get("wikidata", ""), ()))
    for border in deepest_first:
        row = borders[border]
        fitting = classes.level.get(level(row), ())
        same = [n for n in names.get(row.tags.get("name", ""), ()) if nodes[n].tags.get("place") in fitting]
        if border not in found and same:
            centres = set(_members(row, relations, by_id, "admin_centre"))
            unite(border, [n for n in same if n in centres or _inside(nodes[n], row)])
    return {border: _united(border, node, borders[border], nodes[node], classes) for border, node in found.items()}


def level(row: Row) -> int:
    """The administrative level of a boundary; 0 where it states none."""
    text = row.tags.get("admin_level", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0


def _members(row: Row, relations: Mapping[str, Relation], by_id: Mapping[str, int], role: str) -> list[int]:
    relation = relations.get(row.id)
    members = relation.members if relation else ()
    return [by_id[f"n{ref}"] for type, ref, said in members if said == role and type == "n" and f"n{ref}" in by_id]


def _inside(node: Row, border: Row) -> bool:
    """Whether a node lies in a boundary; of one that is not whole in the file, within what of it is there."""
    if node.wkb is None or border.wkb is None:
        return False
    drawn = shapely.from_wkb(border.wkb)
    area = drawn if shapely.get_dimensions(drawn) == 2 else shapely.convex_hull(drawn)
    return bool(shapely.intersects(area, shapely.from_wkb(node.wkb)))


def _united(border: int, node: int, row: Row, other: Row, classes: Classes) -> Merged:
    tags = {**other.tags, **row.tags}
    merged = row._replace(kind=classes.kind(tags), tags=tags, version=max(row.version, other.version))
    return Merged(merged, (border, node), other.tags, at=node if other.wkb else None)
