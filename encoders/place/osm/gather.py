"""Files → columns in memory and rows on disk: what is asked of all rows at once, and what is read once more at the end.

A row is a kilobyte or two in Python and a third of that on disk, so that a country needs no more memory than its names
and points. The rows that others are related to (boundaries, settlements, woods, segments of streets, routes) are kept.
"""

from __future__ import annotations

import marshal
import tempfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from omnimodal.encoders.place.osm.classes import Classes
from omnimodal.encoders.place.osm.hierarchy import EARTH, LARGE, LOWEST, Things, rank
from omnimodal.encoders.place.osm.merge import Segment
from omnimodal.encoders.place.osm.read import Members, OsmFile, Relation, Row
from omnimodal.encoders.place.osm.shapes import measure

KEPT = 15_000  # rows that are not written to disk
FINE = 200  # vertices from which a large thing is taken for its hull
_quality = ("rejected", "incomplete", "repaired", "ok")


class Gathered:
    """All rows of all files, numbered as they come; `index_of` has the best of each id, `dropped` the others."""

    def __init__(self, classes: Classes):
        self.classes = classes
        self.files: list[OsmFile] = []
        self.ids: list[str] = []
        self.kinds: list[str] = []
        self.index_of: dict[str, int] = {}
        self.dropped: set[int] = set()
        self.twice = 0  # rows of one id, all but one of which are dropped
        self.names: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.stop_names: dict[str, str] = {}  # of what routes list
        self.relations: dict[str, Relation] = {}  # of boundaries and routes, with those members that are asked for
        self.borders: dict[int, Row] = {}
        self.nodes: dict[int, Row] = {}  # settlements
        self.natural: dict[int, Row] = {}
        self.lines: dict[int, Segment] = {}  # that may join to a street
        self._large: dict[int, bytes] = {}
        self._ranks: dict[int, int] = {}
        self._worth: list[tuple[int, int]] = []  # status and version, which decide between rows of one id
        self._named: list[bool] = []
        self._columns: list[tuple[np.ndarray, ...]] = []
        self._batches: list[tuple[int, int]] = []  # file, first index
        self._kind_names: dict[str, str] = {}
        self._kept: list[list[Row]] = []  # the first batches, which stay in memory
        self._sizes: list[int] = []  # of the others, in bytes
        self._spill = tempfile.TemporaryFile()  # noqa: SIM115  (as long as the import)

    def add(self, file: OsmFile) -> Iterator[int]:
        """Read a file; yields how many rows there are, at every batch. Raises StoreError."""
        self.files.append(file)
        stops: set[str] | None = None
        for batch in file.batches():
            if stops is None:  # relations are read first
                related = {f"r{id}": kept for id, r in file.relations.items() if (kept := _asked_for(r)) is not None}
                self.relations |= related
                routes = (r for r in related.values() if r.tags.get("type") == "route")
                stops = {f"{type}{ref}" for route in routes for type, ref, _ in route.members}
            self._add(batch, stops)
            yield len(self.ids)
        file.relations = {}

    def _add(self, batch: list[Row], stops: set[str]) -> None:
        if not batch:
            return
        base = len(self.ids)
        self._batches.append((len(self.files) - 1, base))
        geometries = shapely.from_wkb([row[3] for row in batch])
        points, areas, lengths = measure(geometries)
        diagonals = _diagonals(shapely.bounds(geometries))
        self._columns.append((points, areas, lengths, diagonals))
        ids, kinds, tags, _, statuses, _, versions = zip(*batch, strict=True)
        names = [own.get("name") for own in tags]
        self.ids += ids
        self.kinds += map(self._kind_names.setdefault, kinds, kinds)
        self.names.update(name for name in names if name is not None)
        self._named += [name is not None for name in names]
        self._worth += zip(map(_quality.index, statuses), versions, strict=True)
        for index, id in enumerate(ids, base):
            before = self.index_of.setdefault(id, index)
            if before != index:
                self._settle(id, before, index)
        for id, name in zip(ids, names, strict=True):
            if id in stops:
                self.stop_names[id] = name or ""
        self._hold_related(base, batch, (areas > 0).tolist(), (lengths > 0).tolist())
        for offset in np.flatnonzero(diagonals >= LARGE).tolist():
            self._large[base + offset] = _sketch(geometries[offset], batch[offset][3])
        if base < KEPT:
            self._kept.append(batch)
        else:
            packed = marshal.dumps([tuple(row) for row in batch])  # at once: to a file it would go in little pieces
            self._sizes.append(self._spill.write(packed))

    def _hold_related(self, base: int, batch: list[Row], flat: list[bool], line: list[bool]) -> None:
        """Keep those rows that others are related to."""
        join, is_natural = self.classes.join, self.classes.is_natural
        for index, (row, is_flat, is_line) in enumerate(zip(batch, flat, line, strict=True), base):
            tags = row[2]
            if (is_flat or is_line) and "name" in tags:
                if is_line and row[0][0] == "w" and not join.isdisjoint(tags):
                    self.lines[index] = Segment.of(row, self.classes, base >= KEPT)
                elif is_flat and is_natural(tags):
                    self.natural[index] = Row._make(row)
            if "place" in tags or "boundary" in tags:
                self._hold(index, Row._make(row), is_flat)

    def _settle(self, id: str, before: int, index: int) -> None:
        """Of two rows of one id the more complete one is kept, or the newer, or the later."""
        self.twice += 1
        loser = before if self._worth[index] >= self._worth[before] else index
        self.dropped.add(loser)
        self.index_of[id] = index if loser == before else before

    def drop_worse(self, id: str, status: str, version: int) -> bool:
        """Drop the row of this id if it is worse than one of that status and version; tells whether it was."""
        index = self.index_of.get(id)
        worse = index is not None and self._worth[index] < (_quality.index(status), version)
        if worse and index is not None:
            self.dropped.add(index)
        return worse

    def _hold(self, index: int, row: Row, flat: bool) -> None:
        of_rank = rank(row, self.classes)
        if of_rank == LOWEST:
            return
        self._ranks[index] = of_rank
        if row.id[0] == "n":
            self.nodes[index] = row
        elif row.tags.get("boundary") == "administrative" or row.id[0] == "r" or flat:
            self.borders[index] = row

    def finish(self) -> None:
        """Columns of all rows, once the last file is in."""
        empty = (np.zeros((0, 2)), *[np.zeros(0)] * 3)
        columns = [np.concatenate(column) for column in zip(empty, *self._columns, strict=True)]
        self.points, self.areas, self.lengths, self.diagonals = columns
        self._columns.clear()
        for held in (self.borders, self.nodes, self.natural, self.lines, self._large):
            for index in self.dropped & held.keys():
                del held[index]

    def things(self) -> Things:
        """The rows as the hierarchy asks for them; those that were dropped are nowhere."""
        points = self.points.copy()
        points[list(self.dropped)] = np.nan
        ranks = np.full(len(self.ids), LOWEST)
        ranks[list(self._ranks)] = list(self._ranks.values())
        return Things(points, self.areas, self.diagonals, ranks, self.ids, self._large, np.array(self._named, bool))

    def set_rank(self, index: int, row: Row) -> None:
        """The rank of a row that was made of several."""
        self._ranks[index] = rank(row, self.classes)

    def set_large(self, at: np.ndarray, geometries: np.ndarray) -> None:
        """The extent of rows that were made of several."""
        self.diagonals[at] = _diagonals(shapely.bounds(geometries))
        for index, geometry in zip(at.tolist(), geometries, strict=True):
            if self.diagonals[index] >= LARGE:
                self._large[index] = _sketch(geometry, None)

    def forget(self) -> None:
        """Let go of what only relating rows needed, before a store needs memory of its own."""
        for held in (self.index_of, self.stop_names, self.relations, self.borders, self.nodes, self.natural):
            held.clear()
        self._large, self._ranks, self._worth, self._named = {}, {}, [], []

    def rows(self, last: bool) -> Iterator[tuple[int, int, list[Row]]]:
        """(number of the file, index of the first, rows) of every batch, dropped rows among them.

        last: whether nobody will ask again, so that each batch is let go of.
        """
        self._spill.seek(0)
        kept = len(self._kept)
        for number, (file, base) in enumerate(self._batches):
            if number < kept:
                yield file, base, self._kept[number]
                if last:
                    self._kept[number] = []
            else:
                yield file, base, marshal.loads(self._spill.read(self._sizes[number - kept]))

    def close(self) -> None:
        self._spill.close()


def _asked_for(relation: Relation) -> Relation | None:
    """The relation with those members that are asked for later: the stops of a route, all of a boundary."""
    if relation.tags.get("type") == "route":
        stops = [m for m in relation.members if m[0] == "n" or "stop" in m[2] or m[2].startswith("platform")]
        return relation._replace(members=Members(stops))
    drawn = relation.is_area and ("place" in relation.tags or "admin_level" in relation.tags)
    return relation if drawn else None


def _sketch(geometry: Any, wkb: bytes | None) -> bytes:
    """What must lie inside an area for the geometry to: itself, or its convex hull where it has many vertices."""
    if shapely.get_num_coordinates(geometry) < FINE:
        return wkb or shapely.to_wkb(geometry)
    return shapely.to_wkb(shapely.convex_hull(geometry))


def _diagonals(bounds: np.ndarray) -> np.ndarray:
    """[n, 4] boxes in degrees → [n] diagonals in metres; 0 where there is no box."""
    west, south, east, north = np.nan_to_num(bounds).T
    middle = np.radians((south + north) / 2)
    return np.radians(np.hypot((east - west) * np.cos(middle), north - south)) * EARTH
