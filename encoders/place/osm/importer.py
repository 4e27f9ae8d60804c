"""OpenStreetMap files → records → store."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from omnimodal.encoders.place.osm import cells, hierarchy, merge, names, routes
from omnimodal.encoders.place.osm.classes import classes
from omnimodal.encoders.place.osm.gather import Gathered
from omnimodal.encoders.place.osm.read import OsmFile
from omnimodal.encoders.place.osm.shapes import measure
from omnimodal.errors import StoreError
from omnimodal.store.base import Edge, Record, Source, Store

LICENCE = "ODbL 1.0, © OpenStreetMap contributors"
Progress = Callable[[str, int], None]  # what is being done, and how many rows it has done
_types = {"n": "node", "w": "way", "r": "relation"}


@dataclass
class Report:
    """What an import did."""

    files: list[str]
    records: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    parents: Counter[str] = field(default_factory=Counter)  # by how the nearest was found
    joined: int = 0  # segments that became part of a street, and such
    united: int = 0  # place nodes that became one with their boundary
    twice: int = 0  # objects that came more than once, in several files or in one
    seconds: float = 0.0


def import_osm(
    files: str | Path | Iterable[str | Path],
    store: Store | str | Path,
    languages: Collection[str] | None = None,
    progress: Progress | None = None,
    everything: bool = False,
) -> Report:
    """Import files (.osm.pbf, .osm, .osm.gz, .osm.bz2) into a store, given open, or as a path or postgresql:// URL.

    Files are merged: of an object in several the most complete and newest is kept. Each becomes a source named as the
    file; importing it again replaces its records in one step, and an import that fails or dies leaves the store as it
    was. `languages` limits the names in other languages ("de", "zh-Hant"); None takes all. `everything` keeps all that
    has a tag, for maps and checks. Raises StoreError, naming the file and how far it could be read.
    """
    start = time.perf_counter()
    collecting = gc.isenabled()
    gc.disable()  # nothing here refers to itself, and looking for such things takes a fifth of the time
    paths = [Path(file) for file in ([files] if isinstance(files, str | Path) else files)]
    if not paths:
        raise StoreError("No file to import")
    if len({path.name for path in paths}) < len(paths):
        raise StoreError(f"Two files of one name: {', '.join(map(str, paths))}; they would replace each other")
    report = Report([path.name for path in paths])
    try:
        _import(_Import(paths, languages, report, progress or _silent, everything), store)
    finally:
        if collecting:
            gc.enable()
    report.seconds = time.perf_counter() - start
    return report


def _import(work: _Import, store: Store | str | Path) -> None:
    """What it holds is let go with it."""
    with closing(work):
        work.read()
        if isinstance(store, str | Path):
            from omnimodal.store import open_store

            with closing(open_store(store)) as target:
                work.write(target)
        else:
            work.write(store)


def osm_records(
    files: Sequence[str | Path], languages: Collection[str] | None = None, everything: bool = False
) -> Iterator[Record]:
    """The records of files, as `import_osm` would write them, without a store."""
    paths = [Path(file) for file in files]
    report = Report([path.name for path in paths])
    with closing(_Import(paths, languages, report, _silent, everything)) as work:
        work.read()
        for number in range(len(paths)):
            yield from work.records(number)


@lru_cache(maxsize=1 << 14)
def _cell_edge(cell: str) -> tuple[Edge]:
    return (Edge("around", "place", f"geohash:{cell}"),)


def _silent(what: str, done: int) -> None:
    """No progress is shown."""


class _Import:
    """One import: `read` gathers and relates all rows, `write` makes them records."""

    def __init__(
        self,
        paths: Sequence[Path],
        languages: Collection[str] | None,
        report: Report,
        progress: Progress,
        everything: bool,
    ):
        self.classes = classes(everything)
        self.languages, self.report, self.progress = names.checked(languages), report, progress
        self.files = [OsmFile(path, self.classes) for path in paths]
        self.all = Gathered(self.classes)
        self.elsewhere: dict[str, dict[str, dict[str, int]]] = {}  # cell → source → counts

    def close(self) -> None:
        self.all.close()

    def read(self) -> None:
        for file in self.files:
            for done in self.all.add(file):
                self.progress(f"reading {file.path.name}", done)
        self.all.finish()
        self.progress("relating", len(self.all.ids))
        self._merge()
        self._relate()

    def _merge(self) -> None:
        """Streets of their segments, boundaries with their nodes: `self.merged` {index: Merged}."""
        rows = self.all
        streets = merge.joined(rows.lines, self.classes)
        united = merge.with_nodes(rows.borders, rows.nodes, rows.relations, self.classes)
        self.merged = streets | united
        for index, one in self.merged.items():
            gone = set(one.of) - {index}
            rows.dropped |= gone
            for node in gone & rows.nodes.keys():
                rows.index_of[rows.ids[node]] = index
        if streets:
            at = np.array(list(streets))
            geometries = shapely.from_wkb([one.row.wkb for one in streets.values()])
            rows.points[at], rows.areas[at], rows.lengths[at] = measure(geometries)
            rows.set_large(at, geometries)
        for index, one in united.items():
            rows.borders[index] = one.row
            rows.set_rank(index, one.row)
            if one.at is not None:
                rows.points[index] = rows.points[one.at]
        self._centre(united)
        for index, one in self.merged.items():
            rows.kinds[index] = one.row.kind
        self.report.joined = sum(len(one.of) - 1 for one in streets.values())
        self.report.united = len(united)
        self.report.twice = rows.twice
        rows.lines.clear()

    def _centre(self, united: Collection[int]) -> None:
        """Boundaries that are no node's are where their label or administrative centre is.

        `self.torn` are those without any: of a border that is not closed nobody knows which side of it is inside.
        """
        rows = self.all
        outlines = {rows.index_of[id] for id, relation in rows.relations.items() if relation.is_area}
        self.torn = {index for index in (outlines | rows.borders.keys()) - set(united) if not rows.areas[index] > 0}
        for index, row in rows.borders.items():
            relation = rows.relations.get(row.id)
            if relation is None or index in united:
                continue
            by_role = {role: f"{type}{ref}" for type, ref, role in relation.members if type == "n"}
            for role in ("label", "admin_centre"):
                node = rows.index_of.get(by_role.get(role, ""))
                if node is not None and np.isfinite(rows.points[node, 0]):
                    rows.points[index] = rows.points[node]
                    self.torn.discard(index)
                    break

    def _relate(self) -> None:
        """What each row lies in, its neighbours, its stops, the cell around it."""
        rows, table = self.all, self.classes
        things = rows.things()
        areas, centres = [], []
        for index, row in rows.borders.items():
            place = table.place.get(row.tags.get("place", ""))
            note = str(merge.level(row) or row.tags.get("place"))
            if row.wkb is not None and rows.areas[index] > 0:
                polygon = shapely.from_wkb(row.wkb)
                areas.append(hierarchy.Area(index, int(things.ranks[index]), note, polygon, rows.areas[index]))
            if index in self.merged and place and place.extent:
                centres.append(hierarchy.Centre(index, int(things.ranks[index]), f"linked:{note}", place.extent))
        for index, row in rows.nodes.items():
            place = table.place[row.tags["place"]]
            if index not in rows.dropped and place.extent:
                note = f"nearest:{row.tags['place']}"
                centres.append(hierarchy.Centre(index, int(things.ranks[index]), note, place.extent))
        stated = hierarchy.subareas(rows.relations, rows.index_of, (row.id for row in rows.borders.values()))
        self.parents = hierarchy.parents(things, areas, centres, stated, self.torn)
        containers = [
            hierarchy.Area(index, 0, row.kind, shapely.from_wkb(row.wkb), rows.areas[index])
            for index, row in rows.natural.items()
            if row.wkb is not None
        ]
        self.natural = hierarchy.natural(things, containers)
        relations = {index: (row, rows.relations.get(row.id)) for index, row in rows.borders.items()}
        self.neighbours = hierarchy.neighbours(relations)
        self.named_settlements = {
            row.tags["name"]: index
            for index, row in (*rows.nodes.items(), *rows.borders.items())
            if index not in rows.dropped and "name" in row.tags and table.place.get(row.tags.get("place", ""))
        }
        self.stops = routes.edges(rows.relations, rows.stop_names.get)
        known = np.isfinite(things.points[:, 0])
        self.around = np.full(len(rows.ids), "", dtype="<U6")
        self.around[known] = cells.geohashes(things.points[known])
        kinds = sorted(kind for kind in set(rows.kinds) if kind.partition("=")[0] in table.count)
        number = {kind: n for n, kind in enumerate(kinds)}
        numbers = np.array([number.get(kind, -1) for kind in rows.kinds], int)
        at = np.flatnonzero((numbers >= 0) & known)
        self._counted = at, numbers[at], kinds
        self.around[~np.isin(self.around, self.around[at])] = ""  # where nothing is counted there is no cell
        from omnimodal.encoders.place.records import ordinary_words

        self.ordinary = ordinary_words()

    def write(self, store: Store) -> None:
        """Replace the records of all files in the store, in one step."""
        self._compare(store)
        self.all.forget()
        sources = [Source(file.path.name, file.timestamp, LICENCE) for file in self.files]
        parts = [(source, self.records(number)) for number, source in enumerate(sources)]
        self.report.records += store.replace_all(parts)

    def _compare(self, store: Store) -> None:
        """What other imports brought to the store stays where it is better; cells of both are counted together."""
        own = {file.path.name for file in self.files}
        for source in store.sources():
            if source.licence != LICENCE or source.name in own:
                continue
            for record in store.records("place", source.name):
                if record.kind == "cell":
                    counts = record.data.get("by_source", {source.name: record.data["counts"]})
                    others = {name: found for name, found in counts.items() if name not in own}
                    self.elsewhere.setdefault(record.id, {}).update(others)
                else:
                    osm = record.data["osm"]
                    if self.all.drop_worse(record.id.removeprefix("osm:"), osm["status"], osm["version"]):
                        self.report.twice += 1

    def records(self, number: int) -> Iterator[Record]:
        """The records of one of the files, the cells of all with the first."""
        rows = self.all
        self.source = self.files[number].path.name
        self._chains: dict[hierarchy.Parents, tuple[Edge, ...]] = {}
        if number == 0:
            yield from self._cells()
        done = 0
        for file, base, batch in rows.rows(last=number == len(self.files) - 1):
            if file != number:
                continue
            self._kinds: list[str] = []
            self._statuses: list[str] = []
            self._nearest: list[str] = []
            some = slice(base, base + len(batch))
            columns = (rows.points[some], rows.areas[some], rows.lengths[some], self.around[some])
            measured = zip(*(column.tolist() for column in columns), strict=True)
            for index, (row, known) in enumerate(zip(batch, measured, strict=True), base):
                if index not in rows.dropped:
                    yield self._record(index, row, *known)
            self.report.kinds.update(self._kinds)
            self.report.statuses.update(self._statuses)
            self.report.parents.update(note.partition(":")[0] for note in self._nearest)
            done += len(batch)
            self.progress(f"writing {self.source}", done)

    def _cells(self) -> Iterator[Record]:
        at, numbers, kinds = self._counted
        kept = ~np.isin(at, list(self.all.dropped))
        for record in cells.cells(self.around[at[kept]], numbers[kept], kinds, self.source):
            if others := self.elsewhere.get(record.id):
                record = cells.added(record, others)
            self.report.kinds["cell"] += 1
            yield record

    def _record(
        self, index: int, row: Sequence[Any], point: list[float], area: float, length: float, cell: str
    ) -> Record:
        rows = self.all
        one = self.merged.get(index)
        id, kind, tags, wkb, status, missing, version = one.row if one else row
        people = names.population(tags) if "population" in tags else None
        notable = "wikidata" in tags or "wikipedia" in tags
        weight = names.weight(self.classes, kind, tags, people, notable)
        osm: dict[str, Any] = {"type": _types[id[0]], "id": int(id[1:]), "version": version, "status": status}
        if missing:
            osm["missing"] = missing
        if area:
            osm["area_m2"] = round(area, 2)
        elif length:
            osm["length_m"] = round(length, 2)
        osm["importance"] = names.importance(weight, notable)
        if one:
            osm["members"] = [rows.ids[member] for member in one.of]
        name = tags.get("name", "").strip()
        data: dict[str, Any] = {"tags": sorted(tags.items()), "osm": osm}
        if name:
            data["name"] = name
        if people is not None:
            data["population"] = people
        if "ele" in tags and (metres := names.elevation(tags)) is not None:
            data["elevation"] = metres
        found = names.aliases(tags, weight, self.languages)
        if one and one.names:
            found += [a for a in names.aliases(one.names, weight, self.languages) if a not in found]
        self._kinds.append(kind)
        self._statuses.append(status)
        return Record(
            "place",
            f"osm:{id}",
            name,
            data,
            tuple(found),
            name != "" and names.is_detectable(self.classes, kind, tags, rows.names, self.ordinary),
            kind,
            wkb,
            (point[0], point[1]) if point[0] == point[0] else None,
            self._edges(index, id, tags, cell),
            self.source,
        )

    def _edges(self, index: int, id: str, tags: dict[str, str], cell: str) -> tuple[Edge, ...]:
        chain = self.parents(index) or self._tagged(index, tags)
        edges = self._chains.get(chain)
        if edges is None:
            edges = self._chains[chain] = self._parent_edges(chain)
        self._nearest.append(chain[0][1] if chain else "none")
        if index in self.natural:
            edges += self.natural[index]
        if index in self.neighbours:
            others = enumerate(self.neighbours[index])
            edges += tuple(Edge("neighbour", "place", f"osm:{self.all.ids[i]}", n, note) for n, (i, note) in others)
        if "name" in tags and cell:
            edges += _cell_edge(cell)
        if id in self.stops:
            edges += tuple(self.stops[id])
        return edges

    def _parent_edges(self, chain: hierarchy.Parents) -> tuple[Edge, ...]:
        """Edges to the nearest, and to those that cannot be reached from it, and so on: ancestors are followed."""
        found: list[Edge] = []
        reached: set[int] = set()
        for index, note in chain:
            if index not in reached:
                found.append(Edge("parent", "place", f"osm:{self.all.ids[index]}", len(found), note))
                reached.update(parent for parent, _ in self.parents(index))
        return tuple(found)

    def _tagged(self, index: int, tags: dict[str, str]) -> hierarchy.Parents:
        """The settlement that the tags name, where nothing else tells what a thing lies in."""
        for key in ("addr:suburb", "addr:city", "is_in:city", "is_in"):
            for name in tags[key].split(",") if key in tags else ():
                found = self.named_settlements.get(name.strip())
                if found is not None and found != index:
                    return ((found, f"tag:{key}"), *self.parents(found))
        return ()
