"""Records by id and by name, names in running text. Every implementation of Store passes these."""

from __future__ import annotations

import multiprocessing
import pickle
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimodal.errors import StoreError
from omnimodal.fold import fold, fold_with_offsets, unfold
from omnimodal.store import Record, open_store


def record(id, *names, modality="town", **more):
    aliases = tuple(name if isinstance(name, tuple) else (name, 1.0) for name in names)
    return Record(modality, id, aliases[0][0] if aliases else id, {"name": id}, aliases, **more)


def scanned(store, text):
    return [text[m.start : m.end] for m in store.scan(text)]


# folding


@given(st.text(), st.text())
def test_folding_is_done_character_by_character(one, two):
    assert fold(one + two) == fold(one) + fold(two)
    assert fold(fold(one)) == fold(one)


@given(st.text() | st.text(st.sampled_from("aﬁß\u0301éＡ😀İ½ ")))
def test_folded_offsets_lead_back(text):
    folded, offsets = fold_with_offsets(text)
    assert folded == fold(text)
    assert offsets is None or len(offsets) == len(folded) + 1
    assert unfold(offsets, 0, len(folded)) in [(start, len(text)) for start in range(len(text) + 1)]
    for start in range(len(folded)):
        for end in range(start + 1, min(len(folded), start + 4) + 1):
            span = unfold(offsets, start, end)
            if span is not None:
                assert fold(text[slice(*span)]) == folded[start:end]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("ZÜRICH", "zurich"),
        ("ﬁne", "FINE"),
        ("１２", "12"),
        ("O`Neil", "O’Neil"),
        ("Straße", "STRASSE"),
        ("e\u0301", "é"),
    ],
)
def test_names_that_differ_in_case_accents_or_width_are_one(one, two):
    assert fold(one) == fold(two)


# records


def test_what_is_put_comes_back(store):
    records = [record("b", "B", ("Bee", 0.5)), record("a", "A"), record("a", "A", modality="firm", detectable=False)]
    assert store.put(records) == 3
    assert store.get("town", "b") == records[0]
    assert list(store.records()) == sorted(records, key=lambda r: (r.modality, r.id))
    assert [r.id for r in store.records("town")] == ["a", "b"]


def test_a_record_is_replaced_with_its_names(store):
    store.put([record("a", "Old", "Older")])
    store.put([record("a", "New"), record("a", "Newest")])  # the last one counts
    assert store.find("Old") == store.find("New") == []
    assert [c.record.id for c in store.find("newest")] == ["a"]
    assert scanned(store, "Old and New and Newest") == ["Newest"]


def test_a_missing_record_is_named(store):
    with pytest.raises(StoreError, match=r"no record 'q'") as info:
        store.get("town", "q")
    assert info.value.encoder == "town"


@pytest.mark.parametrize(
    "bad",
    [
        Record("town", "b", "B", {"x": object()}),
        Record("town", "b", "B", {"x": float("nan")}),
        Record("town", "b", None, {}),  # type: ignore[arg-type]
        Record("town", None, "B", {}),  # type: ignore[arg-type]
        record("b", ("B", float("nan"))),
        record("b", ("B", -1.0)),
        record("b", ("B", float("inf"))),
        record("b", "\ud800"),
    ],
)
def test_put_is_all_or_nothing(store, bad):
    store.put([record("a", "Old")])
    with pytest.raises(StoreError):
        store.put([record("a", "New"), record("c", "C"), bad])
    assert [r.id for r in store.records()] == ["a"]
    assert [c.record.id for c in store.find("Old")] == ["a"]
    assert scanned(store, "Old New C") == ["Old"]


NASTY = ["'; DROP TABLE record; --", '"', "%", "_", "\\", "a\0b", "𝔸😀", " ", "NULL", "é" * 500]


def test_names_and_ids_are_only_text(store):
    store.put([record(name, name, modality=name) for name in NASTY])
    for name in NASTY:
        assert store.get(name, name).name == name
        assert [c.record.id for c in store.find(name, modality=name)] == [name]
    assert len(list(store.records())) == len(NASTY)
    assert list(store.records("' OR 1=1 --")) == []


# names


def test_candidates_come_by_weight_with_their_share(store):
    store.put(
        [record("fr", ("Paris", 90.0), ("PARIS", 10.0)), record("tx", ("Paris", 9.0)), record("z", ("paris", 0.0))]
    )
    store.put([record("co", ("Paris", 1.0), modality="firm")])
    found = store.find("pAris")
    assert [(c.record.id, c.prior) for c in found] == [("fr", 0.9), ("tx", 0.09), ("co", 0.01), ("z", 0.0)]
    assert [c.record.id for c in store.find("Paris", limit=1)] == ["fr"]
    assert [(c.record.id, c.prior) for c in store.find("Paris", modality="firm")] == [("co", 0.01)]


def test_candidates_of_equal_weight_come_in_order_of_id(store):
    store.put([record(id, "Same") for id in "cab"])
    assert [c.record.id for c in store.find("same")] == ["a", "b", "c"]
    assert store.find("") == store.find("nobody") == []


def test_names_of_no_weight_are_found_only_when_asked_for(store):
    store.put([record("a", ("Apt", 0.0)), record("b", "Bat", detectable=False), record("c", "Cat")])
    assert [c.record.id for name in ("Apt", "Bat", "Cat") for c in store.find(name)] == ["a", "b", "c"]
    assert scanned(store, "Apt Bat Cat") == ["Cat"]


# names in running text


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Bern", "Bern, bern, Berne, Hibern, BERN.", ["Bern", "BERN"]),  # a name is not written small
        ("Bern", "in-Bern/Bern_ (Bern)", ["Bern"] * 3),
        ("US", "us Us US", ["US"]),
        ("web", "Web WEB web", ["Web", "WEB", "web"]),
        ("Zürich", "Zurich ZÜRICH Zu\u0308rich", ["Zurich", "ZÜRICH", "Zu\u0308rich"]),
        ("Café", "Cafe\u0301 open", ["Cafe\u0301"]),
        ("Tokyo", "Ｔｏｋｙｏ", ["Ｔｏｋｙｏ"]),
        ("Bern", "😀Bern😀 👨‍👩‍👧 Bern", ["Bern", "Bern"]),
        ("Fine", "Aﬁne Fine ﬁne", ["Fine"]),
        (".NET", "in .NET", [".NET"]),
        ("'s-Hertogenbosch", "in ’s-Hertogenbosch", ["’s-Hertogenbosch"]),
        ("Yahoo!", "Yahoo! Yahoo", ["Yahoo!"]),
        ("दिल", "दिल दिल्ली दिली", ["दिल"]),
        ("X", "X", []),  # a letter is no name to look for
        ("Bern", "", []),
    ],
)
def test_names_stand_at_word_boundaries(store, name, text, found):
    store.put([record("a", name)])
    assert scanned(store, text) == found


def test_names_inside_names_are_all_reported(store):
    store.put([record("y", "York"), record("ny", "New York"), record("f", ("New York", 3.0), modality="firm")])
    text = "New York"
    found = sorted((text[m.start : m.end], m.modality, m.prior) for m in store.scan(text))
    assert found == [("New York", "firm", 0.75), ("New York", "town", 0.25), ("York", "town", 1.0)]


@given(st.text(), st.text())
def test_a_name_is_found_in_any_text(before, after):
    store = open_store(":memory:")
    store.put([record("a", "Zürich")])
    text = f"{before} Zürich {after}"
    assert (len(before) + 1, len(before) + 7) in [(m.start, m.end) for m in store.scan(text)]


def test_new_names_are_found_after_they_are_put(store):
    store.put([record("a", "Aachen")])
    assert scanned(store, "Aachen Bonn") == ["Aachen"]
    store.put([record("b", "Bonn")])
    assert scanned(store, "Aachen Bonn") == ["Aachen", "Bonn"]


# files


def test_a_store_is_kept_in_its_file(tmp_path):
    path = tmp_path / "store.sqlite"
    store = open_store(path)
    store.put([record("a", "Aachen")])
    assert scanned(store, "Aachen") == ["Aachen"]
    store.close()
    assert scanned(open_store(path), "Aachen") == ["Aachen"]
    with pytest.raises(StoreError, match="closed"):
        store.get("town", "a")


def test_what_another_process_puts_is_seen(tmp_path):
    one, two = open_store(tmp_path / "s"), open_store(tmp_path / "s")
    one.put([record("a", "Aachen")])
    assert scanned(two, "Aachen Bonn") == ["Aachen"]
    one.put([record("b", "Bonn")])
    assert scanned(two, "Aachen Bonn") == ["Aachen", "Bonn"]


def _found(store, text):
    return scanned(store, text), store.get("town", "7").name


def test_many_threads_read_one_store(tmp_path):
    store = open_store(tmp_path / "s")
    store.put([record(str(i), f"Town{i}") for i in range(100)])
    with ThreadPoolExecutor(8) as pool:
        texts = [f"Town{i} and Town{99 - i}" for i in range(100)]
        for text, (found, name) in zip(texts, pool.map(_found, [store] * 100, texts), strict=True):
            assert found == text.split(" and ")
            assert name == "Town7"


def _ask(queue, store):
    queue.put(_found(store, "Town7"))


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_other_processes_read_one_store(tmp_path, way):
    store = open_store(tmp_path / "s")
    store.put([record("7", "Town7")])
    if way == "spawn":  # what a spawned process is handed, without the seconds it takes to start one
        assert _found(pickle.loads(pickle.dumps(store)), "Town7") == (["Town7"], "Town7")
        return
    context = multiprocessing.get_context(way)
    queue = context.Queue()
    workers = [context.Process(target=_ask, args=(queue, store)) for _ in range(3)]
    for worker in workers:
        worker.start()
    assert [queue.get(timeout=30) for _ in workers] == [(["Town7"], "Town7")] * 3
    for worker in workers:
        worker.join()
    store.put([record("8", "Town8")])
    assert scanned(store, "Town8") == ["Town8"]


def test_processes_write_one_after_the_other(tmp_path):
    path = tmp_path / "s"
    open_store(path).close()
    code = f"""
import sys
from omnimodal.store import Record, open_store
store = open_store({str(path)!r})
for i in range(20):
    store.put([Record("town", sys.argv[1] + str(i), "x", {{}}, (("x", 1.0),))])
    list(store.scan("x"))
"""
    workers = [subprocess.Popen([sys.executable, "-c", code, name]) for name in "ab"]
    assert [worker.wait() for worker in workers] == [0, 0]
    assert len(list(open_store(path).records())) == 40


def test_a_store_in_memory_stays_in_its_process():
    with pytest.raises(TypeError, match="give it a path"):
        pickle.dumps(open_store(":memory:"))


def test_a_store_that_cannot_be_written_can_be_read(tmp_path):
    path = tmp_path / "s"
    open_store(path).put([record("a", "Aachen")])
    readable = open_store(path)
    readable._db._connection.execute("PRAGMA query_only = 1")
    assert scanned(readable, "Aachen") == ["Aachen"]
    with pytest.raises(StoreError, match="written"):
        readable.put([record("b", "Bonn")])


def _text(path):
    path.write_text("This is no database, but it is long enough to look like one. " * 100)


def _empty(path):
    path.touch()


def _other(path):
    sqlite3.connect(path).execute("CREATE TABLE t(x)").connection.close()


def _newer(path):
    open_store(path).close()
    db = sqlite3.connect(path)
    with db:
        db.execute("UPDATE meta SET value = 99")
    db.close()


@pytest.mark.parametrize("make", [_text, _empty, _other, _newer, lambda path: path.mkdir()])
def test_another_file_is_refused_and_left_alone(tmp_path, make):
    path = tmp_path / "s"
    make(path)
    before = None if path.is_dir() else path.read_bytes()
    with pytest.raises(StoreError, match=str(path)):
        open_store(path)
    assert before == (None if path.is_dir() else path.read_bytes())


def test_a_store_in_no_folder_is_refused(tmp_path):
    with pytest.raises(StoreError, match="unable to open"):
        open_store(tmp_path / "nowhere" / "s")


@pytest.mark.parametrize("name", ["default", Path("default")])
def test_the_name_of_what_ships_makes_no_file(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match=r"'default' is the store that ships: .*another name"):
        open_store(name)
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_cannot_be_read_is_told():
    with pytest.raises(StoreError, match="address of a database cannot be read: Invalid IPv6 URL") as info:
        open_store("postgresql://user:secret@[::1/database")
    assert "secret" not in str(info.value)


def test_a_broken_record_is_named(tmp_path):
    store = open_store(tmp_path / "s")
    store.put([record("a", "Aachen")])
    with sqlite3.connect(tmp_path / "s") as db:
        db.execute("UPDATE record SET data = '{'")
    with pytest.raises(StoreError, match="broken record 'a'"):
        store.get("town", "a")
