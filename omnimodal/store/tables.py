"""The tables of an SQLite store, filled record by record; bulk.py fills them all at once, in a new file.

`record` has everything of a record; the others only find it: `alias` by name, `edge` by the record pointed to, `box` by
place (an R*Tree whose third dimension is the class), `words` and `letters` by parts of names (full-text indexes). Rows
of `box` have the number of their record doubled, so that a second box fits in.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from omnimodal.errors import StoreError
from omnimodal.fold import fold
from omnimodal.store import spatial
from omnimodal.store.base import Record, Source
from omnimodal.store.likeness import spaced
from omnimodal.store.rows import COLUMNS, names_of, row_of

FORMAT = 2  # what `fold` and `spaced` make of a name is part of it
TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE source(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, timestamp TEXT NOT NULL,
                    licence TEXT NOT NULL);
CREATE TABLE record(number INTEGER PRIMARY KEY, source INTEGER, modality TEXT NOT NULL, id TEXT NOT NULL,
                    kind TEXT NOT NULL, name TEXT NOT NULL, detectable INTEGER NOT NULL, lon REAL, lat REAL,
                    aliases TEXT NOT NULL, edges TEXT NOT NULL, data TEXT NOT NULL, geometry BLOB);
CREATE TABLE alias(key TEXT, record INTEGER, place INTEGER, name TEXT NOT NULL, weight REAL NOT NULL,
                   sought INTEGER NOT NULL, modality TEXT NOT NULL, PRIMARY KEY(key, record, place)) WITHOUT ROWID;
CREATE TABLE edge(modality TEXT, id TEXT, record INTEGER, PRIMARY KEY(modality, id, record)) WITHOUT ROWID;
CREATE VIRTUAL TABLE box USING rtree(id, west, east, south, north, low, high);
CREATE VIRTUAL TABLE words USING fts5(names, content='', columnsize=0, detail=none, tokenize='ascii');
CREATE VIRTUAL TABLE letters USING fts5(names, content='', columnsize=0, detail=none,
                                        tokenize='trigram case_sensitive 1');
CREATE VIRTUAL TABLE words_seen USING fts5vocab(words, row);
CREATE VIRTUAL TABLE letters_seen USING fts5vocab(letters, row);
"""
INDEXES = """
CREATE UNIQUE INDEX record_id ON record(modality, id);
CREATE INDEX record_source ON record(source);
CREATE INDEX record_kind ON record(modality, kind);
"""
RECORD = f"INSERT INTO record(number, source, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
WORDS = "INSERT INTO words(rowid, names) VALUES (?, ?)"
LETTERS = "INSERT INTO letters(rowid, names) VALUES (?, ?)"
ALIAS = "INSERT INTO alias VALUES (?, ?, ?, ?, ?, ?, ?)"
EDGE = "INSERT OR IGNORE INTO edge VALUES (?, ?, ?)"
BOX = "INSERT INTO box VALUES (?, ?, ?, ?, ?, ?, ?)"


def create(db: sqlite3.Connection) -> None:
    """An empty store's tables."""
    for statement in (TABLES + INDEXES).split(";"):
        db.execute(statement)
    db.execute("INSERT INTO meta VALUES ('format', ?)", (FORMAT,))


def insert(db: sqlite3.Connection, records: Sequence[Record], since: int | None = None) -> None:
    """Add records, each of another id, in the place of those that have their ids.

    since: raises StoreError where the record to be replaced has this number or a higher one.
    """
    rows = [row_of(record) for record in records]
    if len({row[:2] for row in rows}) < len(rows):
        raise twice(*Counter(row[:2] for row in rows).most_common(1)[0][0])
    owner, around = boxes_of(records)
    taken = [db.execute("SELECT number FROM record WHERE modality = ? AND id = ?", row[:2]).fetchone() for row in rows]
    for record, found in zip(records, taken, strict=True):
        if found and since is not None and found[0] >= since:
            raise twice(record.modality, record.id)
    delete(db, [found[0] for found in taken if found])
    sources = {name: source_number(db, name) for name in {record.source for record in records}}
    first = next_number(db)
    numbers = range(first, first + len(rows))
    values = zip(numbers, records, rows, strict=True)
    db.executemany(RECORD, ((number, sources[record.source], *row) for number, record, row in values))
    names = [names_of(record.aliases, record.detectable) for record in records]
    db.executemany(ALIAS, alias_rows(numbers, records, names))
    db.executemany(EDGE, edge_rows(numbers, records))
    texts = text_rows(numbers, names)
    db.executemany(WORDS, [(number, spaced(text)) for number, text in texts])
    db.executemany(LETTERS, texts)
    if len(owner):
        ids, boxes = box_rows(first, records, owner, around)
        found = zip(ids.tolist(), boxes.tolist(), strict=True)
        db.executemany(BOX, ((id, *box) for id, box in found))


def delete(db: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Remove records and all that finds them."""
    for number in numbers:
        aliases, edges = db.execute("SELECT aliases, edges FROM record WHERE number = ?", (number,)).fetchone()
        keys = [fold(name) for name, *_ in json.loads(aliases or "[]")]
        db.executemany("DELETE FROM alias WHERE key = ? AND record = ?", ((key, number) for key in keys))
        targets = ((modality, id, number) for _, modality, id, *_ in json.loads(edges or "[]"))
        db.executemany("DELETE FROM edge WHERE modality = ? AND id = ? AND record = ?", targets)
        if keys:
            text = "\n".join(keys)
            db.execute("INSERT INTO words(words, rowid, names) VALUES ('delete', ?, ?)", (number, spaced(text)))
            db.execute("INSERT INTO letters(letters, rowid, names) VALUES ('delete', ?, ?)", (number, text))
        db.execute("DELETE FROM box WHERE id IN (?, ?)", (2 * number, 2 * number + 1))
        db.execute("DELETE FROM record WHERE number = ?", (number,))


def source_number(db: sqlite3.Connection, name: str) -> int | None:
    """The number of a source, which is added where it is new; None for no source."""
    if not name:
        return None
    db.execute("INSERT OR IGNORE INTO source(name, timestamp, licence) VALUES (?, '', '')", (name,))
    return db.execute("SELECT number FROM source WHERE name = ?", (name,)).fetchone()[0]


def describe(db: sqlite3.Connection, source: Source) -> int:
    """Write down what a source says of itself; returns its number."""
    number = source_number(db, source.name)
    if number is None:
        raise StoreError("Records are replaced by source, and this one has no name")
    values = (source.timestamp, source.licence, number)
    db.execute("UPDATE source SET timestamp = ?, licence = ? WHERE number = ?", values)
    return number


def next_number(db: sqlite3.Connection, schema: str = "main") -> int:
    return db.execute(f"SELECT coalesce(max(number), 0) + 1 FROM {schema}.record").fetchone()[0]


def twice(modality: str, id: str) -> StoreError:
    return StoreError(f"The record {id!r} comes twice from one source", encoder=modality)


def boxes_of(records: Sequence[Record]) -> tuple[Any, Any]:
    """As spatial.boxes, without its imports where no record lies anywhere."""
    some = any(record.geometry is not None or record.point is not None for record in records)
    return spatial.boxes(records) if some else ((), ())


def box_rows(first: int, records: Sequence[Record], owner: Any, around: Any) -> tuple[Any, Any]:
    """The ids, [n], and boxes with the code of the class, [n, 6], of records numbered from `first`."""
    import numpy as np

    second = np.ones(len(owner), bool)
    second[np.unique(owner, return_index=True)[1]] = False
    codes = np.array([spatial.kind_codes(records[i].kind or "=")[0] for i in owner.tolist()], float)
    return 2 * (owner + first) + second, np.column_stack([around, codes, codes])


def alias_rows(
    numbers: Iterable[int], records: Iterable[Record], names: Iterable[list[tuple[str, str, float, bool]]]
) -> Iterator[tuple[Any, ...]]:
    for number, record, some in zip(numbers, records, names, strict=True):
        if some:
            modality = record.modality
            for place, (key, name, weight, sought) in enumerate(some):
                yield key, number, place, name, weight, sought, modality


def edge_rows(numbers: Iterable[int], records: Iterable[Record]) -> Iterator[tuple[str, str, int]]:
    for number, record in zip(numbers, records, strict=True):
        for edge in record.edges:
            yield edge.modality, edge.id, number


def text_rows(numbers: Iterable[int], names: Iterable[list[tuple[str, str, float, bool]]]) -> list[tuple[int, str]]:
    """What the full-text indexes take: all folded names of a record, a line each."""
    some = zip(numbers, names, strict=True)
    return [(number, "\n".join([key for key, *_ in aliases])) for number, aliases in some if aliases]
