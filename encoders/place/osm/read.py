"""A file → rows: relations first, then tagged nodes, ways and the areas that osmium assembles, in one pass.

Filters run in C++; of what they let pass tags are read by osmium's own iterator, a quarter of what the public wrappers
cost: `_pyosmium_data` and what is called on it are private names of pyosmium 4, and no other is therefore asked for.
Rows come in batches, so that what is measured on them is measured for thousands at once.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import compress, groupby, repeat
from operator import attrgetter
from pathlib import Path
from struct import pack
from sys import intern
from typing import Any, NamedTuple

from omnimodal.encoders.place.osm.classes import AREAS, Classes
from omnimodal.encoders.place.osm.damage import place_of_damage
from omnimodal.encoders.place.osm.shapes import collected, enclosed, rings_of
from omnimodal.errors import StoreError

BATCH = 5_000  # rows
BYTES = 4_000_000  # of their geometries
_member = attrgetter("type", "ref", "role")
SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2", ".osm.xml", ".o5m", ".opl", ".opl.gz")


class Row(NamedTuple):
    """A thing of the file: "n1", "w2" or "r3", class, tags, WKB, how its geometry came out, what it lacks, version.

    status: ok, repaired (drawn wrong, made valid), incomplete (members are not in the file: `missing`), rejected (no
    area could be made, or no place on Earth; the geometry is what was drawn, if anything).
    """

    id: str
    kind: str
    tags: dict[str, str]
    wkb: bytes | None
    status: str = "ok"
    missing: tuple[str, ...] = ()
    version: int = 0


class Members:
    """The members of a relation, (type, id, role) in order, in a tenth of the memory of as many tuples."""

    __slots__ = ("_refs", "_roles", "_types")

    def __init__(self, members: Sequence[tuple[str, int, str]]):
        types, refs, roles = zip(*members, strict=True) if members else ((), (), ())
        self._types, self._refs, self._roles = "".join(types), array("q", refs), tuple(map(intern, roles))

    def __iter__(self) -> Iterator[tuple[str, int, str]]:
        return zip(self._types, self._refs, self._roles, strict=True)

    def of(self, type: str) -> list[int]:
        """The ids of one type, in order."""
        number = self._types.count(type)
        if number in (0, len(self._types)):
            return self._refs.tolist() if number else []
        return list(compress(self._refs, map(type.__eq__, self._types)))


class Relation(NamedTuple):
    """A relation that is kept."""

    kind: str
    tags: dict[str, str]
    version: int
    members: Members

    @property
    def is_area(self) -> bool:
        return self.tags.get("type") in AREAS


class OsmFile:
    """One file. `relations` is filled by reading `batches` to its end, as is `timestamp`."""

    def __init__(self, path: Path, classes: Classes):
        self.path, self.classes = path, classes
        self.relations: dict[int, Relation] = {}
        self.timestamp = ""
        self._seen: set[int] = set()  # all relations
        if not path.name.endswith(SUFFIXES):
            raise StoreError(f"{path} is no OpenStreetMap file; known are {', '.join(SUFFIXES)}")
        if not path.is_file():
            raise StoreError(f"{path}: no such file")

    def batches(self) -> Iterator[list[Row]]:
        """All rows, BATCH at a time: nodes and ways as they come, relations last. Raises StoreError."""
        import osmium

        with self._errors():
            self._areas = osmium.area.AreaManager()
            self._read_relations(osmium)
            batch: list[Row] = []
            for row in self._nodes_and_ways(osmium):
                batch.append(row)
                if len(batch) >= BATCH:
                    yield batch
                    batch = []
            del self._areas
            size = 0
            for row in self._finished():
                batch.append(row)
                size += len(row.wkb or b"")
                if len(batch) >= BATCH or size > BYTES:  # a route may be as large as a thousand houses
                    yield batch
                    batch, size = [], 0
            yield batch

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except _errors_of_osmium() as error:
            size, where = self.path.stat().st_size, place_of_damage(self.path)
            hint = "; sort it with osmium sort" if "out of order" in str(error) else ""
            raise StoreError(f"{self.path} ({size:,} bytes) cannot be read, {where}: {error}{hint}") from error

    def _read_relations(self, osmium: Any) -> None:
        """The relations that are kept, and what areas osmium is to assemble."""
        with osmium.io.Reader(str(self.path), osmium.osm.RELATION) as reader:
            self.timestamp = reader.header().get("osmosis_replication_timestamp") or reader.header().get("timestamp")
            osmium.apply(reader, _Kept(self.classes, self.relations, self._seen), self._areas.first_pass_handler())

    def _nodes_and_ways(self, osmium: Any) -> Iterator[Any]:
        """Rows as plain tuples, which are made faster."""
        classes, relations = self.classes, self.relations
        kept_unnamed, kind_of, is_area = classes.kept_unnamed, classes.kind, classes.is_area
        wkb = osmium.geom.WKBFactory()
        table = osmium.index.create_map("flex_mem")
        locations = osmium.NodeLocationsForWays(table)
        locations.ignore_errors()
        unknown = {key for r in relations.values() if classes.unknown_area(r.tags) for key in r.tags} - {"type"}
        wanted, of_areas = (
            _filter(osmium, classes, classes.keys),
            _filter(osmium, classes, classes.keys_of_areas, unknown),
        )
        ready = osmium.BufferIterator(of_areas)
        self._lines: dict[int, bytes | None] = {ref: None for r in relations.values() for ref in r.members.of("w")}
        self._lacking: list[int] = []  # a node of each incomplete way
        self._waiting: dict[int, Any] = {}  # closed ways until their area comes
        self._polygons: dict[int, bytes] = {}  # of relations
        others = _Others(classes, self._lines, wkb)
        lines, waiting = self._lines, self._waiting
        node, way = osmium.osm.Node, osmium.osm.Way
        dated, newest = (
            bool(self.timestamp),
            None,
        )  # where the file does not say from when it is, its newest object does
        no_roads, no_nature = classes.passed["highway"], classes.passed["natural"]

        with osmium.io.Reader(str(self.path), osmium.osm.NODE | osmium.osm.WAY) as reader:
            handlers = locations, self._areas.second_pass_to_buffer(ready), wanted  # osmium keeps no reference to them
            objects = osmium.OsmFileIterator(reader, *handlers)
            objects.set_filtered_handler(others)
            for thing in objects:
                data = thing._pyosmium_data
                named = data.tags_get_value_by_key("name", None) is not None
                if type(thing) is node:
                    if not named and (
                        data.tags_get_value_by_key("natural", None) in no_nature
                        or data.tags_get_value_by_key("highway", None) in no_roads
                    ):
                        continue
                    tags = _tags(data)
                    if named or kept_unnamed(tags):
                        at = data.location()
                        id = data.id()
                        if not dated:
                            newest = max(newest or data.timestamp(), data.timestamp())
                        if at.valid():
                            point = pack("<BIdd", 1, 1, at.lon, at.lat)
                            yield (f"n{id}", kind_of(tags), tags, point, "ok", (), data.version())
                        else:
                            yield (f"n{id}", kind_of(tags), tags, None, "rejected", (), data.version())
                elif type(thing) is way:
                    id = data.id()
                    drawn = id in lines
                    if named or data.tags_get_value_by_key("highway", None) not in no_roads:
                        tags = _tags(data)
                        keep = named or kept_unnamed(tags)
                    else:
                        keep = False
                    if not (keep or drawn):
                        continue
                    line, missing = _line(wkb, thing)
                    if drawn:
                        lines[id] = line or b""
                    if missing:
                        self._lacking.append(int(missing[0][1:]))
                    if keep:
                        if not dated:
                            newest = max(newest or data.timestamp(), data.timestamp())
                        status = "incomplete" if missing else "ok" if line else "rejected"
                        row = (f"w{id}", kind_of(tags), tags, line, status, missing, data.version())
                        if data.is_closed() and not missing and line and is_area(tags):
                            waiting[id] = row
                        else:
                            yield row
                if ready:
                    yield from self._assembled(ready, wkb)
            waiting.update(others.rows)  # which osmium's filter kept from becoming areas
            self._uses = set(others.rows)
        if ready:
            yield from self._assembled(ready, wkb)
        if newest is not None and newest.year > 1970:
            self.timestamp = newest.strftime("%Y-%m-%dT%H:%M:%SZ")
        self._nodes = self._find_nodes(table)
        for ref in self._lacking:
            if ref < 0 or _has(table, ref):
                below = "ids below 0: renumber it with osmium renumber"
                raise StoreError(
                    f"{self.path} has {below if ref < 0 else 'ways before nodes: sort it with osmium sort'}"
                )

    def _assembled(self, areas: Any, wkb: Any) -> Iterator[Any]:
        """The closed ways that have become areas; areas of relations are put by."""
        for area in areas:
            data = area._pyosmium_data
            id = data.orig_id()
            if not data.num_rings()[0]:
                continue  # osmium could not assemble it
            if data.from_way():
                row = self._waiting.pop(id, None)
                if row is not None:
                    yield (*row[:3], bytes.fromhex(wkb.create_multipolygon(area)), *row[4:])
            elif id in self.relations:
                self._polygons[id] = bytes.fromhex(wkb.create_multipolygon(area))

    def _finished(self) -> Iterator[Row]:
        """Closed ways that osmium made no area of, and the relations."""
        waiting = list(map(Row._make, self._waiting.values()))
        for row, (polygon, sound) in zip(waiting, enclosed([row.wkb or b"" for row in waiting]), strict=True):
            if polygon is None:
                yield row._replace(status="rejected")
            else:
                yield row._replace(wkb=polygon, status="ok" if sound and int(row.id[1:]) in self._uses else "repaired")
        self._waiting.clear()
        for id, relation in self.relations.items():
            yield self._related(id, relation)
        self._lines.clear()
        self._polygons.clear()
        self._nodes.clear()

    def _related(self, id: int, relation: Relation) -> Row:
        """A relation with the geometry of its members."""
        row = Row(f"r{id}", relation.kind, relation.tags, self._polygons.get(id), version=relation.version)
        if row.wkb is not None:
            return row
        points, missing = self._points(relation)
        ways = relation.members.of("w")
        if not relation.is_area:
            inner = relation.members.of("r")
            missing += [f"r{ref}" for ref in inner if ref not in self._seen]
            ways += [ref for r in inner if r in self.relations for ref in self.relations[r].members.of("w")]
        lines = self._lines
        of_ways = list(map(lines.__getitem__, ways))
        missing += [f"w{ref}" for ref, line in zip(ways, of_ways, strict=True) if line is None]
        drawn = list(filter(None, of_ways))
        polygon = rings_of(drawn) if relation.is_area and drawn and not missing else None
        geometry = polygon or collected(drawn, [] if drawn and relation.tags.get("type") != "site" else points)
        status = "incomplete" if missing else "repaired" if polygon else "rejected" if relation.is_area else "ok"
        return row._replace(wkb=geometry, status=status, missing=tuple(dict.fromkeys(missing)))

    def _points(self, relation: Relation) -> tuple[list[tuple[float, float]], list[str]]:
        """The positions of a relation's nodes, and which are not in the file."""
        points, missing = [], []
        for ref in relation.members.of("n"):
            if (at := self._nodes[ref]) is None:
                missing.append(f"n{ref}")
            else:
                points.append(at)
        return points, missing

    def _find_nodes(self, table: Any) -> dict[int, tuple[float, float] | None]:
        """Where the nodes are that relations list; None where the file has none."""
        nodes: dict[int, tuple[float, float] | None] = {}
        for relation in self.relations.values():
            for ref in relation.members.of("n"):
                if ref not in nodes:
                    nodes[ref] = (table.get(ref).lon, table.get(ref).lat) if _has(table, ref) else None
        return nodes


class _Kept:
    """Keeps the relations that are things, and lets only those pass."""

    def __init__(self, classes: Classes, relations: dict[int, Relation], seen: set[int]):
        self._classes, self._relations, self._seen = classes, relations, seen

    def relation(self, relation: Any) -> bool:
        data = relation._pyosmium_data
        id, tags = data.id(), _tags(data)
        self._seen.add(id)
        if not self._classes.kept_relation(tags):
            return True  # goes no farther
        members = map(data.members_next, repeat(data.members_begin(), data.members_size()))
        own = Members(list(map(_member, members)))
        self._relations[id] = Relation(self._classes.kind(tags), tags, data.version(), own)
        return False


class _Others:
    """What the filter rejects: ways that relations are drawn with, and unnamed buildings with a use."""

    def __init__(self, classes: Classes, lines: dict[int, bytes | None], wkb: Any):
        uses = classes.unnamed["building"].listed
        self.rows: dict[int, Row] = {}

        def way(way: Any) -> None:  # is called for most ways of a file
            data = way._pyosmium_data
            id = data.id()
            if id in lines:
                lines[id] = _line(wkb, way)[0] or b""
            use = data.tags_get_value_by_key("building", None)
            if use in uses and data.is_closed():
                line, missing = _line(wkb, way)
                if line and not missing:
                    self.rows[id] = Row(f"w{id}", f"building={use}", _tags(data), line, "ok", (), data.version())

        self.way = way


def _filter(osmium: Any, classes: Classes, keys: Iterable[str], more: Iterable[str] = ()) -> Any:
    """A filter for what has one of the keys; where everything is kept, for what has a tag."""
    return osmium.filter.EmptyTagFilter() if classes.everything else osmium.filter.KeyFilter(*keys, *more)


def _has(table: Any, ref: int) -> bool:
    try:
        return bool(ref > 0 and table.get(ref).valid())
    except KeyError:
        return False


def _tags(data: Any) -> dict[str, str]:
    return dict(map(data.tags_next, repeat(data.tags_begin(), data.tags_size())))


def _line(wkb: Any, way: Any) -> tuple[bytes | None, tuple[str, ...]]:
    """A way as a line of the nodes that the file has, and the nodes it lacks; None where fewer than two are left."""
    try:
        return bytes.fromhex(wkb.create_linestring(way)), ()
    except _errors_of_osmium():
        nodes = list(way.nodes)
        missing = tuple(f"n{node.ref}" for node in nodes if not node.location.valid())
        points = [(node.location.lon, node.location.lat) for node in nodes if node.location.valid()]
        points = [point for point, _ in groupby(points)]
        return collected([], points) if len(points) < 2 else collected([_packed(points)], []), missing


def _errors_of_osmium() -> tuple[type[Exception], ...]:
    import osmium

    return RuntimeError, ValueError, osmium.InvalidLocationError


def _packed(points: list[tuple[float, float]]) -> bytes:
    return pack(f"<BII{2 * len(points)}d", 1, 2, len(points), *(value for point in points for value in point))
