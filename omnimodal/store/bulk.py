"""A whole SQLite store written at once, into a new file: rows first, in order of need, then what finds them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from omnimodal.fold import fold
from omnimodal.store import tables
from omnimodal.store.base import Record, Source
from omnimodal.store.likeness import spaced
from omnimodal.store.packing import pack
from omnimodal.store.rows import BATCH, batches, names_of, row_of

# Names and edges wait here, to be written in the order in which they are looked up.
WAITING = """
CREATE TABLE waiting.alias(key, record, place, name, weight, sought, modality);
CREATE TABLE waiting.edge(modality, id, record);
"""
# What of the old file stays: all of other sources, but for what comes again.
KEPT = """
INSERT INTO record SELECT * FROM old.record o
    WHERE coalesce(o.source, -1) NOT IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM record r WHERE r.modality = o.modality AND r.id = o.id)
"""


def write(path: Path, old: str, parts: Sequence[tuple[Source, Iterable[Record]]]) -> int:
    """Write a store to the new file `path`: the records, and those of the store `old` that come from other sources.

    Returns how many records came. Nothing is safe before this returns: there is no journal.
    """
    db = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -32768"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("ATTACH ? AS old", (old,))
        db.execute("ATTACH ? AS waiting", (str(path.with_name("waiting")),))
        for pragma in ("journal_mode = OFF", "synchronous = OFF"):
            db.execute(f"PRAGMA waiting.{pragma}")
        db.execute("BEGIN")
        for statement in (tables.TABLES + WAITING).split(";"):
            db.execute(statement)
        db.execute("INSERT INTO meta VALUES ('format', ?)", (tables.FORMAT,))
        db.execute("INSERT INTO source SELECT * FROM old.source")
        count = _fill(db, parts)
        db.execute("COMMIT")
    finally:
        db.close()
    return count


def _fill(db: sqlite3.Connection, parts: Sequence[tuple[Source, Iterable[Record]]]) -> int:
    import numpy as np

    sources = [tables.describe(db, source) for source, _ in parts]
    first = after = tables.next_number(db, "old")
    ids, boxes = [np.empty(0, int)], [np.empty((0, 6))]
    coming = (
        (n, batch) for n, (source, records) in zip(sources, parts, strict=True) for batch in batches(records, source)
    )
    for number, batch in coming:
        rows = [row_of(record) for record in batch]
        owner, around = tables.boxes_of(batch)
        if len(owner):
            some_ids, some_boxes = tables.box_rows(after, batch, owner, around)
            ids.append(some_ids)
            boxes.append(some_boxes)
        numbers = range(after, after + len(rows))
        db.executemany(tables.RECORD, ((n, number, *row) for n, row in zip(numbers, rows, strict=True)))
        names = [names_of(record.aliases, record.detectable) for record in batch]
        aliases = tables.alias_rows(numbers, batch, names)
        db.executemany("INSERT INTO waiting.alias VALUES (?, ?, ?, ?, ?, ?, ?)", aliases)
        db.executemany("INSERT INTO waiting.edge VALUES (?, ?, ?)", tables.edge_rows(numbers, batch))
        _index_words(db, tables.text_rows(numbers, names))
        after += len(rows)
    _index_records(db)
    db.execute(KEPT, (json.dumps(sources),))
    for kept in _kept_names(db, first):
        _index_words(db, kept)
    for table in ("alias", "edge"):
        sql = f"SELECT * FROM old.{table} WHERE record IN (SELECT number FROM record WHERE number < ?)"
        db.execute(f"INSERT INTO waiting.{table} {sql}", (first,))
    db.execute("INSERT INTO alias SELECT * FROM waiting.alias ORDER BY key, record, place")
    db.execute("INSERT OR IGNORE INTO edge SELECT * FROM waiting.edge ORDER BY modality, id, record")
    found = db.execute("SELECT * FROM old.box WHERE id >> 1 IN (SELECT number FROM record WHERE number < ?)", (first,))
    while page := found.fetchmany(10 * BATCH):
        values = np.array(page, float)
        ids.append(values[:, 0].astype(int))
        boxes.append(values[:, 1:])
    pack(db, "box", np.concatenate(ids), np.concatenate(boxes))
    return after - first


def _index_records(db: sqlite3.Connection) -> None:
    try:
        for statement in tables.INDEXES.split(";"):
            db.execute(statement)
    except sqlite3.IntegrityError as error:
        sql = "SELECT modality, id FROM record GROUP BY modality, id HAVING count(*) > 1 LIMIT 1"
        raise tables.twice(*db.execute(sql).fetchone()) from error


def _index_words(db: sqlite3.Connection, texts: list[tuple[int, str]]) -> None:
    db.executemany(tables.WORDS, [(number, spaced(text)) for number, text in texts])
    db.executemany(tables.LETTERS, texts)


def _kept_names(db: sqlite3.Connection, first: int) -> Iterator[list[tuple[int, str]]]:
    """The names of the records below number `first`, BATCH records at a time, as tables.text_rows gives them."""
    sql = "SELECT number, aliases FROM record WHERE number < ? AND aliases <> '' ORDER BY number"
    rows = db.execute(sql, (first,))
    while batch := list(islice(rows, BATCH)):
        yield [(number, "\n".join(fold(name) for name, *_ in json.loads(aliases))) for number, aliases in batch]
