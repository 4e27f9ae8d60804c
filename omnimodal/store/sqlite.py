"""The default store: one SQLite file, with the names to look for in texts as a trie beside them in the same file."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import Any

from omnimodal.errors import StoreError
from omnimodal.fold import fold
from omnimodal.store.base import Alias, Candidate, Match, Record
from omnimodal.store.gazetteer import Gazetteer

FORMAT = 1
SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE record(modality TEXT, id TEXT, name TEXT NOT NULL, data TEXT NOT NULL, detectable INTEGER NOT NULL,
                    PRIMARY KEY(modality, id)) WITHOUT ROWID;
CREATE TABLE alias(key TEXT, modality TEXT, id TEXT, name TEXT NOT NULL, weight REAL NOT NULL,
                   PRIMARY KEY(key, modality, id, name)) WITHOUT ROWID;
CREATE INDEX alias_record ON alias(modality, id);
"""


class Database:
    """An SQLite file for threads, forks and spawned processes: each process has a connection of its own.

    What SQLite complains of is raised as StoreError.
    """

    def __init__(self, path: str | Path):
        self.path = str(path)
        self._lock = threading.RLock()
        self._connection, self._pid = self._connect(), os.getpid()

    def all(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """All rows of a query."""
        with self._lock, self._typed("read"):
            return self._own().execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of the block, or nothing."""
        with self._lock, self._typed("written"):
            db = self._own()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()

    def _connect(self) -> sqlite3.Connection:
        with self._typed("opened"):
            return sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)

    def _own(self) -> sqlite3.Connection:
        if self._pid != os.getpid() and self.path != ":memory:":  # we are a fork
            self._connection, self._pid = self._connect(), os.getpid()
        return self._connection

    @contextmanager
    def _typed(self, done: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeError, OverflowError) as error:
            raise StoreError(f"{self.path} cannot be {done}: {error}") from error

    def __getstate__(self) -> dict[str, Any]:
        if self.path == ":memory:":
            raise TypeError("A store in memory cannot go to another process; give it a path")
        return {"path": self.path}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]


class SQLiteStore:
    """A store in one file, or in memory for ":memory:". A file that is not ours to write can still be read."""

    def __init__(self, path: str | Path = ":memory:"):
        self.path = str(path)
        self._names: Gazetteer | None = None
        self._version = 0  # changes when another process writes
        fresh = self.path == ":memory:" or not Path(path).exists()
        self._db = Database(path)
        if fresh:
            with self._db.writing() as db:
                for statement in SCHEMA.split(";"):
                    db.execute(statement)
                db.execute("INSERT INTO meta VALUES ('format', ?)", (FORMAT,))
        try:
            found = self._db.all("SELECT value FROM meta WHERE key = 'format'")
        except StoreError as error:
            raise StoreError(f"{self.path} is no store of omnimodal: {error.__cause__}") from error
        if found != [(FORMAT,)]:
            raise StoreError(f"{self.path} has store format {found and found[0][0]}, this version reads {FORMAT}")

    def put(self, records: Iterable[Record]) -> int:
        rows = {(r.modality, r.id): r for r in records}
        aliases = [(fold(a.name), *key, a.name, a.weight) for key, r in rows.items() for a in r.aliases]
        for _, modality, id, name, weight in aliases:
            if not 0 <= weight < float("inf"):
                raise StoreError(f"The name {name!r} of {id!r} has weight {weight}", encoder=modality)
        data = [(*key, r.name, _dumped(r), r.detectable) for key, r in rows.items()]
        with self._db.writing() as db:
            db.executemany("DELETE FROM alias WHERE modality = ? AND id = ?", list(rows))
            db.executemany("REPLACE INTO record VALUES (?, ?, ?, ?, ?)", data)
            db.executemany("REPLACE INTO alias VALUES (?, ?, ?, ?, ?)", aliases)
            db.execute("DELETE FROM meta WHERE key = 'trie'")
            self._names = None
        return len(rows)

    def get(self, modality: str, id: str) -> Record:
        found = list(self._select("WHERE r.modality = ? AND r.id = ?", (modality, id)))
        if not found:
            raise StoreError(f"{self.path} has no record {id!r}", encoder=modality)
        return found[0]

    def find(self, name: str, modality: str | None = None, limit: int = 10) -> list[Candidate]:
        hits: dict[tuple[str, str], float] = {}
        for kind, id, weight in self._db.all("SELECT modality, id, weight FROM alias WHERE key = ?", (fold(name),)):
            hits[kind, id] = max(weight, hits.get((kind, id), 0.0))
        total = sum(hits.values()) or 1.0
        wanted = [(key, weight) for key, weight in hits.items() if modality in (None, key[0])]
        wanted.sort(key=lambda hit: (-hit[1], hit[0]))
        return [Candidate(self.get(*key), weight / total) for key, weight in wanted[:limit]]

    def scan(self, text: str) -> Iterator[Match]:
        return self._gazetteer().scan(text)

    def records(self, modality: str | None = None) -> Iterator[Record]:
        where, values = ("WHERE r.modality = ?", (modality,)) if modality else ("", ())
        yield from self._select(where, values)

    def close(self) -> None:
        self._db.close()

    def _select(self, where: str, values: tuple[str, ...]) -> Iterator[Record]:
        sql = f"""SELECT r.modality, r.id, r.name, r.data, r.detectable, a.name, a.weight FROM record r
                  LEFT JOIN alias a ON a.modality = r.modality AND a.id = r.id {where} ORDER BY r.modality, r.id"""
        for (kind, id, name, data, detectable), group in groupby(self._db.all(sql, values), key=lambda row: row[:5]):
            aliases = tuple(Alias(alias, weight) for *_, alias, weight in group if alias is not None)
            try:
                content = json.loads(data)
            except (ValueError, TypeError) as error:
                raise StoreError(f"{self.path} has a broken record {id!r}: {error}", encoder=kind) from error
            yield Record(kind, id, name, content, aliases, bool(detectable))

    def _aliases(self, key: str) -> list[tuple[str, str, float]]:
        sql = """SELECT a.name, a.modality, max(a.weight) FROM alias a JOIN record r USING (modality, id)
                 WHERE a.key = ? AND a.weight > 0 AND r.detectable GROUP BY a.name, a.modality"""
        return self._db.all(sql, (key,))

    def _gazetteer(self) -> Gazetteer:
        version = self._db.all("PRAGMA data_version")[0][0]
        if version != self._version:
            self._names, self._version = None, version
        if self._names is None:
            saved = self._db.all("SELECT value FROM meta WHERE key = 'trie'")
            self._names = Gazetteer.load(saved[0][0], self._aliases) if saved else self._built()
        return self._names

    def _built(self) -> Gazetteer:
        sql = """SELECT DISTINCT key FROM alias JOIN record r USING (modality, id)
                 WHERE r.detectable AND weight > 0"""
        names = Gazetteer.of((key for (key,) in self._db.all(sql)), self._aliases)
        with suppress(StoreError), self._db.writing() as db:  # where it cannot be written it is made again next time
            db.execute("REPLACE INTO meta VALUES ('trie', ?)", (names.dump(),))
        return names


def _dumped(record: Record) -> str:
    try:
        return json.dumps(record.data, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"The record {record.id!r} cannot be written: {error}", encoder=record.modality) from error
