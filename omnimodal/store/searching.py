"""Search in an SQLite store: rows of records whose names have the words of a text, or some of its words or letters."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Any

from omnimodal.store.likeness import words

MOST = 300  # records whose names are compared with what was asked
MOST_WORDS = 32  # of a text that are looked for
MOST_SEEN = 20_000  # entries of the index of letters that are read
FOUND = "SELECT r.number, r.modality, r.id, r.aliases"


def equal(db: sqlite3.Connection, key: str, fits: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """(number, modality, id, weight) of the records with that folded name that `fits`, a condition on record r."""
    sql = f"""SELECT r.number, r.modality, r.id, max(a.weight) FROM alias a JOIN record r ON r.number = a.record
              WHERE a.key = ?{fits} GROUP BY a.record"""
    return db.execute(sql, (key, *values)).fetchall()


def with_all_words(db: sqlite3.Connection, key: str, fits: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """(number, modality, id, aliases) of records with all words of a folded text; the shortest names are the likest."""
    wanted = list(dict.fromkeys(words(key)))[:MOST_WORDS]
    return _with_words(db, " AND ".join(map(_quoted, wanted)), fits, values) if wanted else []


def with_some(db: sqlite3.Connection, key: str, fits: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The same, of records with one of the two rarest words, or many of the rare runs of three letters."""
    rare = [term for _, term in _counted(db, "words_seen", list(dict.fromkeys(words(key)))[:MOST_WORDS])[:2]]
    rows = _with_words(db, " OR ".join(map(_quoted, rare)), fits, values) if rare else []
    return list({row[0]: row for row in rows + _with_letters(db, key, fits, values)}.values())


def _with_words(db: sqlite3.Connection, query: str, fits: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    sql = f"""{FOUND} FROM words w CROSS JOIN record r ON r.number = w.rowid WHERE words MATCH ?{fits}
              ORDER BY length(r.name), r.number LIMIT {MOST}"""
    return db.execute(sql, (query, *values)).fetchall()


def _with_letters(db: sqlite3.Connection, key: str, fits: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    key = key[: 4 * MOST_WORDS]
    shared: Counter[int] = Counter()
    seen = 0
    for count, term in _counted(db, "letters_seen", sorted({key[i : i + 3] for i in range(len(key) - 2)})):
        if seen and seen + count > MOST_SEEN:
            break
        seen += count
        shared.update(n for (n,) in db.execute("SELECT rowid FROM letters WHERE letters MATCH ?", (_quoted(term),)))
    rows: list[tuple[Any, ...]] = []
    ranked = [number for number, _ in sorted(shared.items(), key=lambda item: (-item[1], item[0]))]
    for start in range(0, len(ranked), MOST):
        sql = f"{FOUND} FROM record r WHERE r.number IN (SELECT value FROM json_each(?)){fits}"
        rows += db.execute(sql, (str(ranked[start : start + MOST]), *values)).fetchall()
        if len(rows) >= MOST // 3:  # all of them but for a filter
            break
    return rows


def _counted(db: sqlite3.Connection, table: str, terms: list[str]) -> list[tuple[int, str]]:
    """The terms that an index has, the rarest first, each after the number of its records."""
    found = [(term, db.execute(f"SELECT doc FROM {table} WHERE term = ?", (term,)).fetchone()) for term in terms]
    return sorted((row[0], term) for term, row in found if row)


def _quoted(term: str) -> str:
    """A term of FTS5's query language, in which all else has a meaning."""
    return '"' + term.replace('"', '""') + '"'
