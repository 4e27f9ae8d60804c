"""Rows → what each lies in: boundaries by containment, settlements by nearness, natural features; and neighbours.

Ranks are those of a gazetteer, small is high: 2 × admin_level for boundaries (country 4, municipality 16), the table's
for place=*, LOWEST for everything else. A thing lies in what ranks above it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from omnimodal.encoders.place.osm.classes import Classes
from omnimodal.encoders.place.osm.merge import level
from omnimodal.encoders.place.osm.read import Relation, Row
from omnimodal.store.base import Edge

LOWEST = 99
MUNICIPAL = 14  # rank from which a boundary is near enough that no settlement need be looked for
LARGE = 1_000.0  # metres of a box's diagonal from which the whole thing must lie inside, not only its point
EARTH = 6_371_008.8
Parents = tuple[tuple[int, str], ...]  # (index, note), the nearest first


class Area(NamedTuple):
    """What others lie in: the index of its row, rank, note for the edge, shapely polygon, geodesic area in m²."""

    at: int
    rank: int
    note: str
    polygon: Any
    size: float


class Centre(NamedTuple):
    """A settlement by its point: the index of its row, rank, note, metres it reaches."""

    at: int
    rank: int
    note: str
    extent: float


@dataclass(frozen=True)
class Things:
    """All n rows in columns: points [n, 2] (NaN where unknown), areas [n] in m², diagonals [n] of their boxes in m,
    ranks [n], ids.

    `large` is the WKB of those whose diagonal is LARGE or more; `named` [n] tells which have a name.
    """

    points: NDArray[np.float64]
    areas: NDArray[np.float64]
    diagonals: NDArray[np.float64]
    ranks: NDArray[np.int64]
    ids: Sequence[str]
    large: Mapping[int, bytes]
    named: NDArray[np.bool_]

    @cached_property
    def known(self) -> NDArray[np.int64]:
        """The indices of those that have a point."""
        return np.flatnonzero(np.isfinite(self.points[:, 0]))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Of the points of `known`."""
        return shapely.STRtree(shapely.points(self.points[self.known]))


def rank(row: Row, classes: Classes) -> int:
    """The rank of a row in the hierarchy."""
    place = classes.place.get(row.tags.get("place", ""))
    if row.tags.get("boundary") == "administrative" and level(row):
        return 2 * level(row)
    return place.rank if place and row.kind.startswith("place=") else LOWEST


def parents(
    things: Things,
    areas: Sequence[Area],
    centres: Sequence[Centre],
    linked: Mapping[int, Parents],
    torn: Collection[int] = (),
) -> Any:
    """A function index → Parents, the nearest first.

    A thing lies in the areas that contain it; else, where none of them is as small as a municipality, it belongs to the
    nearest settlement within whose reach it is, and to all that this lies in. `linked` are the parents that relations
    state (subarea). `torn` are the boundaries of which nobody knows where their inside is: they lie in nothing.
    """
    contained = _contained(things, areas, torn)
    near = _nearest(things, contained, areas, centres, torn)
    shared = {a.at for a in areas} | {c.at for c in centres}
    cache: dict[tuple[Any, ...], Parents] = {}
    ranks = things.ranks  # and not the points, which are no longer needed then

    def of(index: int, above: frozenset[int] = frozenset()) -> Parents:
        inside = contained.get(index, ())
        settlement, stated = near.get(index), linked.get(index, ())
        if settlement is None and not stated:
            return inside
        key = (settlement, stated, inside)
        if key not in cache or index in shared:
            chain = {parent: (parent, note) for parent, note in (*stated, *inside)}
            for first in (settlement, *stated):
                if first is None or first[0] in above:
                    continue
                chain.setdefault(first[0], first)
                for parent in of(first[0], above | {index}):
                    chain.setdefault(parent[0], parent)
            chain.pop(index, None)
            order = sorted(chain.values(), key=lambda p: -ranks[p[0]])
            if settlement is not None and ranks[index] == LOWEST:
                order.sort(key=lambda p: p != settlement)
            cache[key] = tuple(order)
        return cache[key]

    return of


def _contained(things: Things, areas: Sequence[Area], torn: Collection[int]) -> dict[int, Parents]:
    """{index: the areas above it that contain it, the lowest rank and smallest first}; equal answers are one object."""
    areas = sorted(areas, key=lambda a: (-a.rank, a.size))
    inside, area = _pairs(things, [a.polygon for a in areas])
    ranks, own = np.array([a.rank for a in areas], int), np.array([a.at for a in areas], int)
    keep = (ranks[area] < things.ranks[inside]) & (own[area] != inside) & ~np.isin(inside, list(torn))
    inside, area = inside[keep], area[keep]
    order = np.lexsort((area, inside))
    inside, area = inside[order], area[order]
    notes: list[tuple[int, str]] = [(a.at, f"contained:{a.note}") for a in areas]
    known: dict[tuple[int, ...], Parents] = {}
    found: dict[int, Parents] = {}
    listed = area.tolist()
    starts = np.flatnonzero(np.diff(inside, prepend=-1))
    ends = np.append(starts[1:], len(area))[: len(starts)]
    for index, start, end in zip(inside[starts].tolist(), starts.tolist(), ends.tolist(), strict=True):
        key = tuple(listed[start:end])
        if key not in known:
            known[key] = tuple(notes[at] for at in key)
        found[index] = known[key]
    return found


def _pairs(things: Things, polygons: Sequence[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which thing (index) lies in which polygon (position): its point does, and of large ones the whole."""
    if not len(polygons):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    shapes = np.array(polygons, dtype=object)
    shapely.prepare(shapes)
    polygon, point = things.tree.query(shapes, predicate="intersects")
    inside = things.known[point]
    whole = np.flatnonzero((things.diagonals[inside] >= LARGE) & (things.ranks[inside] == LOWEST))
    keep = np.ones(len(inside), bool)
    whole = whole[np.argsort(inside[whole], kind="stable")]
    for some in np.array_split(whole, 1 + len(whole) // 10_000):
        indices, at = np.unique(inside[some], return_inverse=True)
        large = shapely.from_wkb([things.large[index] for index in indices.tolist()])
        keep[some] = shapely.covers(shapes[polygon[some]], large[at])
    return inside[keep], polygon[keep]


def _nearest(
    things: Things,
    contained: Mapping[int, Parents],
    areas: Sequence[Area],
    centres: Sequence[Centre],
    torn: Collection[int],
) -> dict[int, tuple[int, str]]:
    """{index: the nearest settlement that ranks above it}, for things in no area as small as a municipality."""
    drawn = {a.at for a in areas}  # what lies outside a settlement's own boundary does not belong to it
    ranks = {a.at: a.rank for a in areas}
    centres = [c for c in centres if c.at not in drawn and np.isfinite(things.points[c.at, 0])]
    enough = {index for index, chain in contained.items() if max(ranks[parent] for parent, _ in chain) >= MUNICIPAL}
    loose = np.isfinite(things.points[:, 0]) & (things.ranks > MUNICIPAL)
    loose[[*enough, *torn]] = False
    at = np.flatnonzero(loose)
    if not centres or not len(at):
        return {}
    tree = shapely.STRtree(shapely.points(things.points[at]))
    middle = things.points[[c.at for c in centres]]
    reach = np.array([c.extent for c in centres])
    high = np.degrees(reach / EARTH)
    wide = np.minimum(180.0, high / np.maximum(np.cos(np.radians(middle[:, 1])), 1e-3))
    boxes = shapely.box(middle[:, 0] - wide, middle[:, 1] - high, middle[:, 0] + wide, middle[:, 1] + high)
    centre, point = tree.query(boxes)
    inside = at[point]
    metres = _metres(things.points[inside], middle[centre])
    above = np.array([c.rank for c in centres])[centre] < things.ranks[inside]
    own = np.array([c.at for c in centres])[centre] == inside
    fits = above & ~own & (metres + things.diagonals[inside] / 2 <= reach[centre])
    centre, inside, metres = centre[fits], inside[fits], metres[fits]
    order = np.lexsort((metres, inside))
    first = order[np.flatnonzero(np.diff(inside[order], prepend=-1))]
    pairs = [(centres[c].at, centres[c].note) for c in centre[first].tolist()]
    return dict(zip(inside[first].tolist(), pairs, strict=True))


def _metres(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Great-circle distances on a sphere, enough to tell which is nearest."""
    (lon1, lat1), (lon2, lat2) = np.radians(one).T, np.radians(other).T
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH * np.arcsin(np.sqrt(np.minimum(half, 1.0)))


def natural(things: Things, areas: Sequence[Area]) -> dict[int, tuple[Edge, ...]]:
    """{index: edges "natural"} of named things to the woods, waters, islands and parks they lie in, smallest first."""
    areas = sorted(areas, key=lambda a: a.size)
    inside, area = _pairs(things, [a.polygon for a in areas])
    own, sizes = np.array([a.at for a in areas], int), np.array([a.size for a in areas])
    keep = things.named[inside] & (own[area] != inside) & (things.areas[inside] < sizes[area])
    found: dict[int, tuple[Edge, ...]] = {}
    for index, at in sorted(zip(inside[keep].tolist(), area[keep].tolist(), strict=True)):
        before = found.get(index, ())
        edge = Edge("natural", "place", f"osm:{things.ids[areas[at].at]}", len(before), areas[at].note)
        found[index] = (*before, edge)
    return found


def neighbours(borders: Mapping[int, tuple[Row, Relation | None]]) -> dict[int, list[tuple[int, str]]]:
    """{index: (index, note)} of administrative areas of one level that share a piece of border, by their ways."""
    ways: dict[tuple[int, int], list[int]] = {}
    for index, (row, relation) in borders.items():
        for type, ref, _ in relation.members if relation and level(row) else ():
            if type == "w":
                ways.setdefault((level(row), ref), []).append(index)
    found: dict[int, dict[int, str]] = {}
    for (of_level, _), sharing in ways.items():
        for one in sharing:
            for other in sharing:
                if one != other:
                    found.setdefault(one, {})[other] = f"border:{of_level}"
    return {index: sorted(others.items()) for index, others in found.items()}


def subareas(relations: Mapping[str, Relation], index_of: Mapping[str, int], rows: Iterable[str]) -> dict[int, Parents]:
    """{index: the boundaries whose relation lists it as a subarea}."""
    found: dict[int, Parents] = {}
    for id in rows:
        for type, ref, role in relations[id].members if id in relations else ():
            child = index_of.get(f"{type}{ref}")
            if role == "subarea" and child is not None and id in index_of:
                note = f"linked:{relations[id].tags.get('admin_level', '')}"
                found[child] = (*found.get(child, ()), (index_of[id], note))
    return found
