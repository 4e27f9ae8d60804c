"""The default store: one SQLite file, with the names to look for in texts as a trie beside them in the same file."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from omnimodal.errors import StoreError
from omnimodal.fold import fold, fold_with_offsets, unfold
from omnimodal.store.base import Candidate, Match, Record

FORMAT = 1
LONGEST_NAME = 80  # characters of a name that is looked for in running text
SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE record(modality TEXT, id TEXT, name TEXT NOT NULL, data TEXT NOT NULL, detectable INTEGER NOT NULL,
                    PRIMARY KEY(modality, id)) WITHOUT ROWID;
CREATE TABLE alias(key TEXT, modality TEXT, id TEXT, name TEXT NOT NULL, weight REAL NOT NULL,
                   PRIMARY KEY(key, modality, id, name)) WITHOUT ROWID;
CREATE INDEX alias_record ON alias(modality, id);
"""
_word_start = re.compile(r"(?<!\w)\w")


class SQLiteStore:
    """A store in one file, or in memory for ":memory:". Opened read-only where the file is not ours to write."""

    def __init__(self, path: str | Path = ":memory:"):
        self.path = str(path)
        self._lock = threading.RLock()
        self._names: OrderedDict[str, list[tuple[str, str, float]]] = OrderedDict()
        self._trie: Any = None
        fresh = self.path == ":memory:" or not Path(path).exists()
        try:
            self._db = sqlite3.connect(self.path, check_same_thread=False)
            if fresh:
                self._db.executescript(SCHEMA)
                self._db.execute("INSERT INTO meta VALUES ('format', ?)", (FORMAT,))
                self._db.commit()
            found = self._db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
        except sqlite3.Error as error:
            raise StoreError(f"{self.path} is no store of omnimodal: {error}") from error
        if found != (FORMAT,):
            raise StoreError(f"{self.path} has store format {found and found[0]}, this version reads {FORMAT}")

    def put(self, records: Iterable[Record]) -> int:
        rows = list(records)
        keys = [(r.modality, r.id) for r in rows]
        aliases = [(fold(name), r.modality, r.id, name, weight) for r in rows for name, weight in r.aliases]
        data = [(r.modality, r.id, r.name, json.dumps(r.data, ensure_ascii=False), r.detectable) for r in rows]
        with self._lock, self._db as db:
            db.executemany("DELETE FROM alias WHERE modality = ? AND id = ?", keys)
            db.executemany("REPLACE INTO record VALUES (?, ?, ?, ?, ?)", data)
            db.executemany("REPLACE INTO alias VALUES (?, ?, ?, ?, ?)", aliases)
            db.execute("DELETE FROM meta WHERE key = 'trie'")
            self._trie = None
            self._names.clear()
        return len(rows)

    def get(self, modality: str, id: str) -> Record:
        found = list(self._select("WHERE r.modality = ? AND r.id = ?", (modality, id)))
        if not found:
            raise StoreError(f"{self.path} has no record {id!r}", encoder=modality)
        return found[0]

    def find(self, name: str, modality: str | None = None, limit: int = 10) -> list[Candidate]:
        hits: dict[tuple[str, str], float] = {}
        with self._lock:
            sql = "SELECT modality, id, weight FROM alias WHERE key = ?"
            for kind, id, weight in self._db.execute(sql, (fold(name),)):
                hits[kind, id] = max(weight, hits.get((kind, id), 0.0))
        total = sum(hits.values()) or 1.0
        wanted = [(key, weight) for key, weight in hits.items() if modality in (None, key[0])]
        wanted.sort(key=lambda hit: (-hit[1], hit[0]))
        return [Candidate(self.get(*key), weight / total) for key, weight in wanted[:limit]]

    def scan(self, text: str) -> Iterator[Match]:
        folded, offsets = fold_with_offsets(text)
        trie = self._gazetteer()
        for start in (m.start() for m in _word_start.finditer(folded)):
            for key in trie.prefixes(folded[start : start + LONGEST_NAME]):
                end = start + len(key)
                span = unfold(offsets, start, end)
                if span is None or (end < len(folded) and folded[end].isalnum() and folded[end - 1].isalnum()):
                    continue
                yield from self._fitting(key, text, *span)

    def records(self, modality: str | None = None) -> Iterator[Record]:
        where, values = ("WHERE r.modality = ?", (modality,)) if modality else ("", ())
        yield from self._select(where, values)

    def close(self) -> None:
        self._db.close()

    def _select(self, where: str, values: tuple[str, ...]) -> Iterator[Record]:
        sql = f"""SELECT r.modality, r.id, r.name, r.data, r.detectable, a.name, a.weight FROM record r
                  LEFT JOIN alias a ON a.modality = r.modality AND a.id = r.id {where} ORDER BY r.modality, r.id"""
        with self._lock:
            rows = self._db.execute(sql, values).fetchall()
        for (kind, id, name, data, detectable), group in groupby(rows, key=lambda row: row[:5]):
            aliases = tuple((alias, weight) for *_, alias, weight in group if alias is not None)
            yield Record(kind, id, name, json.loads(data), aliases, bool(detectable))

    def _fitting(self, key: str, text: str, start: int, end: int) -> Iterator[Match]:
        """The modalities a name in the text may have, by the weights of the aliases whose case fits."""
        weights: dict[str, float] = {}
        for alias, modality, weight in self._aliases(key):
            if _case_fits(alias, text[start:end]):
                weights[modality] = max(weight, weights.get(modality, 0.0))
        total = sum(weights.values()) or 1.0
        for modality, weight in weights.items():
            yield Match(start, end, modality, weight / total)

    def _aliases(self, key: str) -> list[tuple[str, str, float]]:
        if key not in self._names:
            sql = """SELECT a.name, a.modality, max(a.weight) FROM alias a JOIN record r USING (modality, id)
                     WHERE a.key = ? AND a.weight > 0 AND r.detectable GROUP BY a.name, a.modality"""
            with self._lock:
                self._names[key] = self._db.execute(sql, (key,)).fetchall()
            if len(self._names) > 1 << 16:
                self._names.popitem(last=False)
        return self._names[key]

    def _gazetteer(self) -> Any:
        import marisa_trie

        with self._lock:
            if self._trie is None:
                trie = marisa_trie.Trie()
                saved = self._db.execute("SELECT value FROM meta WHERE key = 'trie'").fetchone()
                if saved:
                    self._trie = trie.frombytes(saved[0])
                else:
                    sql = """SELECT DISTINCT key FROM alias JOIN record r USING (modality, id)
                             WHERE r.detectable AND weight > 0 AND length(key) BETWEEN 2 AND ?"""
                    self._trie = marisa_trie.Trie(key for (key,) in self._db.execute(sql, (LONGEST_NAME,)))
                    with self._db as db:
                        db.execute("REPLACE INTO meta VALUES ('trie', ?)", (self._trie.tobytes(),))
            return self._trie


def _case_fits(alias: str, found: str) -> bool:
    """'Nice' is not found in 'nice', nor the acronym 'US' in 'Us'; lower-case names fit all."""
    if alias.isupper() and len(alias) <= 5:
        return found == alias
    return not alias[0].isupper() or not found[0].islower()
