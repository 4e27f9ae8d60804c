"""The default store: one SQLite file, with the names to look for in texts as a trie beside them in the same file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from omnimodal.errors import StoreError
from omnimodal.fold import fold
from omnimodal.paths import clear_unfinished, written_whole
from omnimodal.store import bulk, likeness, searching, spatial, tables
from omnimodal.store.base import Candidate, Edge, Near, Record, Source
from omnimodal.store.common import SOURCES, Common, referring
from omnimodal.store.database import Database
from omnimodal.store.gazetteer import Gazetteer
from omnimodal.store.rows import COLUMNS, batches, condition, record_from, record_of

FORMAT = tables.FORMAT
PAGE = 500  # records read at a time
MOST_CODES = 8  # classes that are asked for one by one
SELECT = f"SELECT r.number, coalesce(s.name, ''), {', '.join(f'r.{name}' for name in COLUMNS.split(', '))} FROM"
SOURCE = "LEFT JOIN source s ON s.number = r.source"
BY_NUMBER = f"{SELECT} record r {SOURCE} WHERE r.number = ?"
BY_NUMBERS = f"{SELECT} json_each(?) n CROSS JOIN record r ON r.number = n.value {SOURCE}"
BY_KEYS = f"{SELECT} k CROSS JOIN record r ON r.modality = k.modality AND r.id = k.id {SOURCE}"
LISTED = "IN (SELECT value FROM json_each(?))"


class SQLiteStore(Common):
    """A store in one file, or in memory for ":memory:". A file that is not ours to write can still be read."""

    def __init__(self, path: str | Path = ":memory:"):
        self.path = str(path)
        fresh = self.path == ":memory:" or not Path(path).exists()
        super().__init__(Database(path))
        if fresh:
            with self._db.writing() as db:
                if not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():  # another process was quicker
                    tables.create(db)
        try:
            found = self._db.all("SELECT value FROM meta WHERE key = 'format'")
        except StoreError as error:
            raise StoreError(f"{self.path} is no store of omnimodal: {error.__cause__}") from error
        if found != [(FORMAT,)]:
            what = f"{self.path} has store format {found and found[0][0]}, this version reads {FORMAT}"
            raise StoreError(f"{what}: fill a store anew from what that one was filled from")

    # writing

    def put(self, records: Iterable[Record]) -> int:
        rows = {(r.modality, r.id): r for batch in batches(records) for r in batch}
        some = list(rows.values())
        with self._db.writing() as db:
            tables.insert(db, some)
            self._forget(db)
        return len(some)

    def replace_all(self, parts: Sequence[tuple[Source, Iterable[Record]]]) -> int:
        if self.path == ":memory:":
            return self._replace_in_memory(parts)
        target = Path(self.path).resolve()
        if not target.exists() or not os.access(target.parent, os.W_OK):
            raise StoreError(f"{self.path} cannot be replaced: it is gone, or its folder is not ours to write in")
        with closing(Database(self.path)) as old, old.replacing():
            clear_unfinished(target)
            with written_whole(target) as fresh:
                count = bulk.write(fresh, self.path, parts)
                with closing(SQLiteStore(fresh)) as new:
                    new._gazetteer()
                shutil.copymode(target, fresh)
                _flush(fresh)
        _flush(target.parent)
        return count

    def _replace_in_memory(self, parts: Sequence[tuple[Source, Iterable[Record]]]) -> int:
        count = 0
        with self._db.writing() as db:
            for source, _ in parts:
                number = tables.describe(db, source)
                tables.delete(db, [n for (n,) in db.execute("SELECT number FROM record WHERE source = ?", (number,))])
            first = tables.next_number(db)
            for source, records in parts:
                for batch in batches(records, source):
                    tables.insert(db, [record_from(record, source) for record in batch], since=first)
                    count += len(batch)
            self._forget(db)
        return count

    def _forget(self, db: Any) -> None:
        """The names to look for in texts are no longer those."""
        db.execute("DELETE FROM meta WHERE key = 'trie'")
        self._names, self._state = None, object()

    # reading

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Record]:
        found: dict[tuple[str, str], Record] = {}
        wanted = list(dict.fromkeys(keys))
        with self._db.reading() as db:
            for start in range(0, len(wanted), PAGE):
                some = wanted[start : start + PAGE]
                keys_in = f"WITH k(modality, id) AS (VALUES {', '.join(['(?, ?)'] * len(some))})"
                for row in db.execute(f"{keys_in} {BY_KEYS}", [part for key in some for part in key]):
                    found[row[2], row[3]] = record_of(row[2:], row[1])
        for modality, id in wanted:
            if (modality, id) not in found:
                raise StoreError(f"{self.path} has no record {id!r}", encoder=modality)
        return [found[modality, id] for modality, id in keys]

    def find(self, name: str, modality: str | None = None, limit: int = 10) -> list[Candidate]:
        sql = "SELECT record, modality, max(weight) FROM alias WHERE key = ? GROUP BY record"
        with self._db.reading() as db:
            hits = db.execute(sql, (fold(name),)).fetchall()
            total = sum(hit[2] for hit in hits) or 1.0
            weights = {number: weight for number, own, weight in hits if modality in (None, own)}
            if len(weights) > limit:  # the heaviest, and all that weigh as much as the last of them
                least = sorted(weights.values(), reverse=True)[limit - 1] if limit > 0 else float("inf")
                weights = {number: weight for number, weight in weights.items() if weight >= least}
            if len(weights) > PAGE:  # a name of very many that weigh the same: only ids are read to choose
                sql = f"SELECT number FROM record WHERE number {LISTED} ORDER BY modality, id"
                order = {number: i for i, (number,) in enumerate(db.execute(sql, (str(list(weights)),)))}
                chosen = sorted(weights, key=lambda number: (-weights[number], order[number]))[:limit]
                weights = {number: weights[number] for number in chosen}
            found = zip(self._load(db, list(weights)), weights.values(), strict=True)
            ranked = sorted(found, key=lambda hit: (-hit[1], hit[0].modality, hit[0].id))
        return [Candidate(record, weight / total) for record, weight in ranked[:limit]]

    def search(
        self, text: str, modality: str | None = None, kinds: Sequence[str] = (), limit: int = 10
    ) -> list[Candidate]:
        key = fold(text)
        fits, values = condition(modality, kinds)
        with self._db.reading() as db:
            hits = likeness.hits(
                key,
                limit,
                lambda: searching.equal(db, key, fits, values),
                lambda: searching.with_all_words(db, key, fits, values),
                lambda: searching.with_some(db, key, fits, values),
            )
            return likeness.candidates(hits, limit, lambda numbers: self._load(db, numbers))

    def records(self, modality: str | None = None, source: str | None = None) -> Iterator[Record]:
        """All records, PAGE at a time, from the file that is there at the beginning."""
        last = ("", "")
        conditions = "WHERE (r.modality, r.id) > (?, ?)" + " AND r.modality = ?" * (modality is not None)
        conditions += " AND s.name = ?" * (source is not None)
        values = [value for value in (modality, source) if value is not None]
        sql = f"{SELECT} record r {SOURCE} {conditions} ORDER BY r.modality, r.id LIMIT {PAGE}"
        db = self._db if self.path == ":memory:" else Database(self.path, follow=False)
        try:
            while rows := db.all(sql, (*last, *values)):
                yield from (record_of(row[2:], row[1]) for row in rows)
                last = rows[-1][2:4]
        finally:
            if db is not self._db:
                db.close()

    def referrers(self, modality: str, id: str, role: str | None = None) -> list[tuple[Record, Edge]]:
        with self._db.reading() as db:
            sql = "SELECT record FROM edge WHERE modality = ? AND id = ?"
            found = self._load(db, [number for (number,) in db.execute(sql, (modality, id))])
        return referring(found, modality, id, role)

    def near(
        self,
        lon: float,
        lat: float,
        modality: str | None = None,
        kinds: Sequence[str] = (),
        limit: int | None = 10,
        radius: float | None = None,
        fits: Callable[[Record], bool] | None = None,
    ) -> list[Near]:
        with self._db.reading() as db:
            return spatial.nearest(
                lon,
                lat,
                limit,
                radius,
                lambda windows: _boxes(db, windows, kinds),
                lambda numbers: _places(db, numbers, modality, kinds),
                lambda numbers: self._load(db, numbers),
                fits,
            )

    def overlapping(self, geometry: Any, modality: str | None = None, kinds: Sequence[str] = ()) -> list[Record]:
        windows = spatial.boxes_of(geometry)
        with self._db.reading() as db:
            numbers = {number for number, *_ in _boxes(db, windows, kinds)}
            return self._load(db, spatial.overlapping(geometry, _places(db, numbers, modality, kinds)))

    def kinds(self, modality: str) -> list[str]:
        """One look into the index a class."""
        sql = "SELECT min(kind) FROM record WHERE modality = ? AND kind > ?"
        found, last = [], ""
        while (last := self._db.all(sql, (modality, last))[0][0]) is not None:
            found.append(last)
        return found

    def sources(self) -> list[Source]:
        return [Source(*row) for row in self._db.all(SOURCES)]

    def _load(self, db: Any, numbers: Sequence[int]) -> list[Record]:
        """The records of these numbers, in their order."""
        if not numbers:
            return []
        sql, value = (BY_NUMBER, numbers[0]) if len(numbers) == 1 else (BY_NUMBERS, str(list(numbers)))
        return [record_of(row[2:], row[1]) for row in db.execute(sql, (value,))]

    def _written(self) -> object:
        return self._db.version

    def _gathered(self) -> Gazetteer:
        sql = "SELECT key, name, modality, max(weight) FROM alias WHERE sought GROUP BY key, name, modality"
        with self._db.reading() as db:
            return Gazetteer.of(db.execute(sql))

    def _keep(self, db: Any, trie: bytes) -> None:
        db.execute("REPLACE INTO meta VALUES ('trie', ?)", (trie,))


def _boxes(db: Any, windows: Sequence[spatial.Window], kinds: Sequence[str]) -> list[spatial.Box]:
    """The boxes that meet a window, and not many more classes than `kinds`."""
    codes = [spatial.kind_codes(kind) for kind in kinds] if 0 < len(kinds) <= MOST_CODES else [(0, 1 << 24)]
    sql = """SELECT id >> 1, west, east, south, north FROM box WHERE west <= ? AND east >= ?
             AND south <= ? AND north >= ? AND low <= ? AND high >= ?"""
    asked = [(east, west, north, south, high, low) for west, east, south, north in windows for low, high in codes]
    return [row for values in asked for row in db.execute(sql, values)]


def _places(db: Any, numbers: Iterable[int], modality: str | None, kinds: Sequence[str]) -> list[spatial.Located]:
    """What is needed of records to measure them, of those that are asked for."""
    sql = f"SELECT number, modality, id, kind, lon, lat, geometry FROM record WHERE number {LISTED}"
    places = map(spatial.Located._make, db.execute(sql, (str(list(numbers)),)))
    return [p for p in places if modality in (None, p.modality) and spatial.is_of(p.kind, kinds)]


def _flush(path: Path) -> None:
    """Wait until a file, or what a folder lists, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
