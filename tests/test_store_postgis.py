"""What only a store on a server can do wrong: connections, passwords, and others who write at the same time."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from omnimodal.errors import StoreError
from omnimodal.store import Alias, Record, Source, open_store

psycopg = pytest.importorskip("psycopg", reason="no psycopg: pip install 'omnimodal[postgis]'")


def record(id, name, **more):
    return Record("place", id, name, {}, (Alias(name),), point=(9.5, 47.1), **more)


def found(store):
    return [c.record.id for c in store.find("Aachen")], [m.start for m in store.scan("in Aachen")]


def _ask(queue, store):
    queue.put(found(store))


def test_threads_forks_and_other_processes_read_one_store(postgis):
    store = open_store(postgis)
    store.put([record("a", "Aachen")])
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(found, [store] * 40)) == [(["a"], [3])] * 40
    assert found(pickle.loads(pickle.dumps(store))) == (["a"], [3])
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    workers = [context.Process(target=_ask, args=(queue, store)) for _ in range(3)]
    for worker in workers:
        worker.start()
    assert [queue.get(timeout=30) for _ in workers] == [(["a"], [3])] * 3
    for worker in workers:
        worker.join()
    assert found(store) == (["a"], [3])
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.find("Aachen")


def test_schemas_are_stores_of_their_own(postgis):
    store, other = open_store(postgis), open_store(postgis + "_b")
    try:
        store.put([record("a", "Aachen")])
        assert (len(store.find("aachen")), len(other.find("aachen"))) == (1, 0)
    finally:
        with psycopg.connect(os.environ["OMNIMODAL_POSTGIS"], autocommit=True) as db:
            db.execute(f"DROP SCHEMA {postgis.partition('schema=')[2]}_b CASCADE")


def test_an_import_that_is_killed_leaves_the_old_store(postgis):
    store = open_store(postgis)
    store.replace(Source("a"), [record("1", "Old")])
    code = f"""
import time
from omnimodal.store import Alias, Record, Source, open_store

def records():
    for i in range(12_000):
        if i == 11_000:
            print("late", flush=True)
            time.sleep(60)
        yield Record("place", str(i), "New", {{}}, (Alias("New"),))

open_store({postgis!r}).replace(Source("a"), records())
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "late\n"
    assert [r.name for r in open_store(postgis).records()] == ["Old"]  # while it is at work
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [r.name for r in store.records()] == ["Old"]
    assert store.replace(Source("a"), [record("1", "New")]) == 1  # nothing is locked any more


def test_who_waits_too_long_is_told_so(postgis, monkeypatch):
    monkeypatch.setattr("omnimodal.store.postgres.WAIT", 1)
    store, other = open_store(postgis), open_store(postgis)

    def records():
        with pytest.raises(StoreError, match="cannot be written: canceling statement due to lock timeout"):
            other.put([record("1", "Aachen")])
        yield record("2", "Bonn")

    store.replace(Source("a"), records())
    assert [r.id for r in other.records()] == ["2"]


def test_readers_never_see_half_of_an_import(postgis):
    store = open_store(postgis)
    sizes = {5, 6, 7, 8}
    store.replace(Source("a"), (record(str(i), "Town5") for i in range(5)))
    wrong: list[object] = []
    done = threading.Event()

    def reading():
        mine = open_store(postgis)
        while not done.is_set():
            counts = [s.records for s in mine.sources()]
            near = {n.record.name for n in mine.near(9.5, 47.1, limit=None)}
            if not (len(near) == 1 and {*counts} <= sizes):
                wrong.append((counts, near))

    thread = threading.Thread(target=reading)
    thread.start()
    for n in (6, 7, 8):
        store.replace(Source("a"), (record(str(i), f"Town{n}") for i in range(n)))
    done.set()
    thread.join()
    assert wrong == []


def test_a_walk_through_all_records_sees_one_state(postgis):
    store = open_store(postgis)
    store.replace(Source("a"), (record(f"{i:05}", "Old") for i in range(1200)))
    walk = store.records()
    first = next(walk)
    store.replace(Source("a"), (record(f"{i:05}", "New") for i in range(1200)))
    assert {first.name, *(r.name for r in walk)} == {"Old"}


@pytest.mark.parametrize(
    "url", ["postgresql://me:hunter2@127.0.0.1:1/db", "postgresql://127.0.0.1:1/db?password=hunter2"]
)
def test_a_server_that_is_not_there_is_named_without_its_password(url):
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1/db\?schema=omnimodal cannot be") as info:
        open_store(url)
    shown = info.getrepr(style="long", showlocals=False, chain=True)
    assert "hunter2" not in str(info.value)
    assert "hunter2" not in repr(info.value.__cause__)
    assert shown.chain


def test_an_address_that_is_none_is_refused_without_its_password():
    with pytest.raises(StoreError) as info:
        open_store("postgresql://me:hunter2@host/db?no_such_option=hunter2")
    assert "hunter2" not in str(info.value)


def test_without_the_driver_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'omnimodal\[postgis\]'"):
        open_store("postgresql://127.0.0.1/db")


def test_without_the_extension_the_error_says_how_to_add_it(postgis, monkeypatch):
    monkeypatch.setattr("omnimodal.store.postgis.EXTENSIONS", ("no_such_extension",))
    with pytest.raises(StoreError, match="CREATE EXTENSION no_such_extension"):
        open_store(postgis)


def test_another_format_is_refused(postgis):
    open_store(postgis).close()
    schema = postgis.partition("schema=")[2]
    with psycopg.connect(os.environ["OMNIMODAL_POSTGIS"], autocommit=True) as db:
        db.execute(f"UPDATE {schema}.meta SET value = '1' WHERE key = 'format'")
    with pytest.raises(StoreError, match="has store format 1, this version reads 2"):
        open_store(postgis)
