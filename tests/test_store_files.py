"""SQLite stores while they are replaced: by another process, by two at once, by one that is killed on the way."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import shapely

from omnimodal.errors import StoreError
from omnimodal.paths import written_whole
from omnimodal.store import Alias, Edge, Record, Source, open_store
from omnimodal.store.packing import pack


def record(id, name, source="", **more):
    return Record("place", id, name, {}, (Alias(name),), point=(9.5, 47.1), source=source, **more)


def importing(path: Path, count: int, name: str, pause: float = 0.0) -> str:
    """Code that replaces source "a" of the store at `path` by `count` records called `name`, pausing on the way."""
    return f"""
import sys, time
from omnimodal.store import Alias, Record, Source, open_store

def records():
    for i in range({count}):
        if i == {count} // 2:
            print("half", flush=True)
            time.sleep({pause})
        yield Record("place", str(i), "{name}", {{}}, (Alias("{name}"),), point=(9.5, 47.1))

open_store({str(path)!r}).replace(Source("a"), records())
"""


def started(code: str) -> subprocess.Popen[str]:
    """A process that has come to half of its records."""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "half\n"
    return process


def checked(path: Path) -> None:
    """SQLite finds no fault in a store's file, nor in its R*Tree and full-text indexes."""
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("SELECT rtreecheck('box')").fetchall() == [("ok",)]
    for table in ("words", "letters"):
        db.execute(f"INSERT INTO {table}({table}) VALUES ('integrity-check')")
    db.close()


def test_a_replaced_file_is_seen_by_those_who_have_it_open(tmp_path):
    one, two = open_store(tmp_path / "s"), open_store(tmp_path / "s")
    one.replace(Source("a"), [record("1", "Aachen")])
    before = two.state()
    assert [m.modality for m in two.scan("Aachen Bonn")] == ["place"]
    assert two.state() is before
    one.replace(Source("a"), [record("1", "Bonn"), record("2", "Bonn")])
    assert two.state() is not before
    assert [m.start for m in two.scan("Aachen Bonn")] == [7]
    assert [c.record.id for c in two.find("Bonn")] == ["1", "2"]
    two.put([record("3", "Cham")])
    assert [c.record.id for c in one.find("Cham")] == ["3"]
    checked(tmp_path / "s")


def test_a_walk_through_all_records_stays_in_one_file(tmp_path):
    store = open_store(tmp_path / "s")
    store.replace(Source("a"), (record(f"{i:05}", "Old") for i in range(1500)))
    walk = store.records()
    first = next(walk)
    store.replace(Source("a"), (record(f"{i:05}", "New") for i in range(1500)))
    assert {first.name, *(r.name for r in walk)} == {"Old"}
    assert {r.name for r in store.records()} == {"New"}


def test_an_import_that_is_killed_leaves_the_old_store_whole(tmp_path):
    path = tmp_path / "s"
    store = open_store(path)
    store.replace(Source("a", "2026"), [record("1", "Old")])
    store.put([record("2", "Mine")])
    before = path.read_bytes()
    process = started(importing(path, 20_000, "New", pause=60))
    assert [c.record.id for c in store.find("old")] == ["1"]  # while it is at work
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert path.read_bytes() == before
    assert [r.name for r in open_store(path).records()] == ["Old", "Mine"]
    assert store.replace(Source("a", "2027"), [record("1", "New")]) == 1  # nothing is locked any more
    assert [r.name for r in store.records()] == ["New", "Mine"]
    assert list(tmp_path.iterdir()) == [path]  # what the killed one left is gone
    checked(path)


def test_who_writes_during_an_import_waits_for_it(tmp_path):
    path = tmp_path / "s"
    store = open_store(path)
    store.put([record("0", "Old", "a"), record("x", "Mine")])
    process = started(importing(path, 6000, "New", pause=0.5))
    store.put([record("y", "Later")])
    assert process.wait() == 0
    assert len(store.find("new", limit=10_000)) == 6000
    assert [c.record.id for name in ("mine", "later") for c in store.find(name)] == ["x", "y"]


def test_two_imports_follow_each_other(tmp_path):
    path = tmp_path / "s"
    open_store(path).put([record("x", "Mine", "b")])
    first = started(importing(path, 100, "One", pause=0.5))
    second = subprocess.Popen([sys.executable, "-c", importing(path, 100, "Two").replace('"a"', '"c"')], stdout=-3)
    assert [first.wait(), second.wait()] == [0, 0]
    store = open_store(path)
    assert [(s.name, s.records) for s in store.sources()] == [("a", 0), ("b", 1), ("c", 100)]  # of the same ids
    assert {r.name for r in store.records()} == {"Two", "Mine"}


def test_who_waits_too_long_is_told_so(tmp_path, monkeypatch):
    path = tmp_path / "s"
    monkeypatch.setattr("omnimodal.store.database.WAIT", 0.1)
    store, other = open_store(path), open_store(path)

    def records():
        with pytest.raises(StoreError, match=r"s cannot be written: database is locked"):
            other.put([record("1", "Aachen")])
        with pytest.raises(StoreError, match=r"s cannot be replaced: database is locked"):
            other.replace(Source("b"), [])
        yield record("2", "Bonn")

    store.replace(Source("a"), records())
    assert [r.id for r in other.records()] == ["2"]


def test_readers_never_see_half_of_an_import(tmp_path):
    path = tmp_path / "s"
    store = open_store(path)
    sizes = {10, 11, 12, 13, 14, 15}

    def some(n):
        return (record(str(i), f"Town{n}", edges=(Edge("parent", "place", "0"),)) for i in range(n))

    store.replace(Source("a"), some(10))
    wrong: list[object] = []
    done = threading.Event()

    def reading():
        mine = open_store(path)
        while not done.is_set():
            counts = [s.records for s in mine.sources()]
            near = {n.record.name for n in mine.near(9.5, 47.1, limit=None)}
            of_names = {len(mine.find(f"Town{n}", limit=20)) for n in sizes}
            if not (len(near) == 1 and {*counts} <= sizes and of_names <= {0, *sizes}):
                wrong.append((counts, near, of_names))

    threads = [threading.Thread(target=reading) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in (11, 12, 13, 14, 15):
        store.replace(Source("a"), some(n))
        time.sleep(0.02)
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_replaced_file_keeps_its_rights_and_its_link(tmp_path):
    path, link = tmp_path / "s", tmp_path / "link"
    store = open_store(path)
    path.chmod(0o640)
    link.symlink_to(path)
    open_store(link).replace(Source("a"), [record("1", "Aachen")])
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert [r.id for r in store.records()] == ["1"]
    assert [p.name for p in tmp_path.iterdir() if p not in (path, link)] == []


def test_a_store_that_was_removed_is_not_written(tmp_path):
    store = open_store(tmp_path / "s")
    store.put([record("1", "Aachen")])
    os.remove(tmp_path / "s")
    assert [r.id for r in store.find("aachen") for r in [r.record]] == ["1"]
    with pytest.raises(StoreError, match="gone"):
        store.put([record("2", "Bonn")])
    with pytest.raises(StoreError, match="gone"):
        store.replace(Source("a"), [])


def test_a_store_of_an_older_format_says_what_to_do(tmp_path):
    path = tmp_path / "s"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID")
    db.execute("INSERT INTO meta VALUES ('format', 1)")
    db.commit()
    with pytest.raises(StoreError, match="has store format 1, this version reads 2: fill a store anew"):
        open_store(path)


def test_both_ways_of_writing_make_the_same_store(tmp_path):
    rng = np.random.default_rng(0)
    names = ["Aachen", "Bad Ems", "Köln", "東京都", "दिल्ली", "St. John's"]
    records = [
        Record(
            "place",
            f"{i:04}",
            names[i % 6],
            {"i": i},
            (Alias(names[i % 6], i % 3), Alias(f"{names[i % 5]} {i}", 1, "de", "alt_name")),
            i % 4 > 0,
            f"k{i % 7}=v{i % 3}",
            shapely.to_wkb(shapely.box(x, y, x + 0.01, y + 0.01)) if i % 2 else None,
            (x, y) if i % 3 else None,
            (Edge("parent", "place", f"{i // 10:04}", i),),
            "b" if i % 5 else "a",
        )
        for i, (x, y) in enumerate(rng.uniform((-179, -89), (179, 89), (300, 2)).tolist())
    ]
    one, two = open_store(tmp_path / "1"), open_store(tmp_path / "2")
    one.put(records)
    two.replace(Source("a"), [r for r in records if r.source == "a"] + records[1:1])
    two.replace(Source("b"), [r for r in records if r.source == "b"])
    for store in (one, two):
        store.put(records[7:11])
        store.put([record("0012", "Moved")])
    assert list(one.records()) == list(two.records())
    assert one.sources() == two.sources()
    for name in [*names, "aachn", "ems bad", "john 5", "5"]:
        assert one.find(name, limit=99) == two.find(name, limit=99)
        assert {(c.record.id, c.similarity) for c in one.search(name, limit=999)} == {
            (c.record.id, c.similarity) for c in two.search(name, limit=999)
        }
    for x, y in rng.uniform((-179, -89), (179, 89), (20, 2)).tolist():
        assert one.near(x, y, kinds=("k3",)) == two.near(x, y, kinds=("k3",))
        area = shapely.box(x, y, min(x + 20, 180), min(y + 20, 90))
        assert one.overlapping(area) == two.overlapping(area)
    assert one.referrers("place", "0003") == two.referrers("place", "0003")
    text = ", ".join(r.name for r in records[:20])
    assert list(one.scan(text)) == list(two.scan(text))
    checked(tmp_path / "1")
    checked(tmp_path / "2")


@pytest.mark.parametrize("count", [0, 1, 51, 52, 2601, 2602, 5000])
def test_a_packed_tree_is_an_r_star_tree(count):
    rng = np.random.default_rng(count)
    low = rng.uniform(-180, 180, (count, 3))
    boxes = np.stack([low, low + rng.uniform(0, 5, (count, 3))], axis=2).reshape(count, 6)
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE tree USING rtree(id, a, b, c, d, e, f)")
    pack(db, "tree", np.arange(count) * 3 - 10, boxes)
    assert db.execute("SELECT rtreecheck('tree')").fetchone() == ("ok",)
    for x, y in rng.uniform(-180, 180, (20, 2)).tolist():
        found = db.execute("SELECT id FROM tree WHERE a <= ? AND b >= ? AND c <= ? AND d >= ?", (x + 40, x, y + 40, y))
        hits = (boxes[:, 0] <= x + 40) & (boxes[:, 1] >= x) & (boxes[:, 2] <= y + 40) & (boxes[:, 3] >= y)
        assert sorted(id for (id,) in found) == (np.flatnonzero(hits) * 3 - 10).tolist()
    if count:
        db.executemany("DELETE FROM tree WHERE id = ?", [(int(i) * 3 - 10,) for i in range(0, count, 2)])
        db.execute("INSERT INTO tree VALUES (-11, 1, 2, 1, 2, 1, 2)")
        assert db.execute("SELECT rtreecheck('tree')").fetchone() == ("ok",)


def test_what_is_written_beside_a_store_of_a_longer_name_is_let_be(tmp_path):
    store = open_store(tmp_path / "s")
    with written_whole(tmp_path / "s-2") as fresh:
        fresh.touch()
        store.replace(Source("a"), [record("1", "Aachen")])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s", "s-2"]
