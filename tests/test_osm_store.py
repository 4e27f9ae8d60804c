"""Files → store: broken and cut ones, imports that die, several of one land; and real extracts."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import osmium
import pytest
from osm_files import country, edges, node, osm, way

from omnimodal.encoders.place.atlas import Atlas
from omnimodal.encoders.place.osm import import_osm, osm_records
from omnimodal.errors import StoreError
from omnimodal.store import open_store


@pytest.fixture(scope="session")
def real(real_data):
    """The path of a real extract, by its name; a test that asks for one that is not there is skipped."""

    def path_of(name):
        path = real_data / "osm" / name
        if not path.exists():
            pytest.skip(f"no extract at {path}")
        return path

    return path_of


def converted(source, target):
    """A file in the format that the target's name tells."""
    with osmium.SimpleWriter(str(target)) as writer:
        for thing in osmium.FileProcessor(str(source)):
            writer.add(thing)
    return target


def test_importing_again_replaces(tmp_path):
    store = open_store(tmp_path / "p.sqlite")
    first = import_osm(country(tmp_path), store)
    assert first.records == len(list(store.records("place", "land.osm")))
    assert first.kinds["place=village"] == 2
    osm(tmp_path / "land.osm", node(1, 9, 47, place="town", name="Only"))
    import_osm([tmp_path / "land.osm"], store)
    assert [r.name for r in store.records("place") if r.kind != "cell"] == ["Only"]
    [source] = store.sources()
    assert (source.name, source.licence) == ("land.osm", "ODbL 1.0, © OpenStreetMap contributors")


def test_of_an_object_in_two_files_the_better_is_kept(tmp_path):
    street = {"highway": "residential", "name": "Long"}
    one = osm(
        tmp_path / "one.osm",
        node(1, 9, 47),
        node(2, 9.1, 47),
        node(5, 9, 47, version=3, amenity="bar", name="New"),
        way(1, [1, 2, 3], version=9, **street),
    )
    two = osm(
        tmp_path / "two.osm",
        node(1, 9, 47),
        node(2, 9.1, 47),
        node(3, 9.2, 47),
        node(5, 9, 47, version=2, amenity="bar", name="Old"),
        node(6, 9, 47, amenity="bar", name="Two"),
        way(1, [1, 2, 3], **street),
    )
    together, apart = open_store(tmp_path / "a.sqlite"), open_store(tmp_path / "b.sqlite")
    assert import_osm([one, two], together).twice == 2
    for file in (one, two, one):
        import_osm(file, apart)
    for store in (together, apart):
        assert store.get("place", "osm:w1").data["osm"]["status"] == "ok"
        assert store.get("place", "osm:n5").name == "New"
        bars = [r.data["counts"].get("amenity=bar", 0) for r in store.records("place") if r.kind == "cell"]
        assert sum(bars) == 2
    with pytest.raises(StoreError, match="one name"):
        import_osm([one, tmp_path / "sub" / "one.osm"], together)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.osm", "", "at its beginning"),
        ("a.osm", "no file", "at its beginning"),
        ("a.osm", f'<osm version="0.6">{node(7, 1, 2, name="x")}<way id="8"><nd', "after way 8|after node 7"),
        ("a.osm", f'<osm version="0.6">{node(7, 1, 2, name="x" * 10_000)}</osm>', "in node 7"),
        ("a.osm", '<osm version="0.6"><node id="7" lat="1" lon="1e9"/></osm>', "in node 7"),
        ("a.osm", f'<osm version="0.6">{way(1, [1, 2], name="x")}{node(1, 1, 2)}{node(2, 2, 2)}</osm>', "sort"),
        (
            "a.osm",
            f'<osm version="0.6">{node(-1, 1, 2)}{node(-2, 2, 2)}{way(-1, [-1, -2], name="x")}</osm>',
            "renumber",
        ),
        ("a.osm", f'<osm version="0.6">{way(2, [1], name="x")}{way(1, [1], name="x")}</osm>', "sort"),
        ("a.txt", "", "no OpenStreetMap file"),
        ("a.osm.pbf", "not a protocol buffer", "at its beginning"),
        ("a.osm.gz", "not compressed", "at its beginning"),
    ],
)
def test_a_broken_file_is_named_and_changes_nothing(tmp_path, name, content, says):
    store = open_store(tmp_path / "p.sqlite")
    import_osm(country(tmp_path), store)
    before = list(store.records("place"))
    (tmp_path / name).write_text(content)
    with pytest.raises(StoreError, match=says) as caught:
        import_osm([tmp_path / "land.osm", tmp_path / name], store)
    assert name in str(caught.value)
    assert list(store.records("place")) == before
    with pytest.raises(StoreError, match="no such file"):
        import_osm(tmp_path / "none.osm", store)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".osm", ".osm.gz", ".osm.bz2", ".osm.pbf"])
def test_a_file_cut_anywhere_is_an_error_or_read_whole(tmp_path, suffix):
    whole, cut = tmp_path / f"whole{suffix}", tmp_path / f"cut{suffix}"
    converted(country(tmp_path), whole)
    wanted = len(list(osm_records([whole])))
    data = whole.read_bytes()
    for size in range(0, len(data), max(1, len(data) // 40)):
        cut.write_bytes(data[:size])
        with pytest.raises(StoreError, match=f"cut{suffix}"):
            list(osm_records([cut]))
    assert wanted == len(list(osm_records([country(tmp_path)])))


CHILD = """
import sys, time
from omnimodal.encoders.place.osm import import_osm
def progress(what, done):
    print(what, done, flush=True)
    time.sleep(0.05)
import_osm(sys.argv[1], sys.argv[2], progress=progress)
"""


@pytest.mark.slow
@pytest.mark.parametrize("until", ["reading", "relating", "writing", ""])
def test_an_import_that_dies_leaves_the_store_whole(tmp_path, real, until):
    source = real("monaco.osm.pbf")
    path = tmp_path / "p.sqlite"
    import_osm(country(tmp_path), path)
    import_osm(
        converted(osm(tmp_path / "a.osm", node(1, 9, 47, place="town", name="Before")), tmp_path / source.name), path
    )
    before = list(open_store(path).records("place"))
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(source), str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for line in child.stdout:
        if until and line.startswith(until):
            break
    else:
        assert child.wait() == 0
    if until:
        time.sleep(0.02)
        child.send_signal(signal.SIGKILL)
        child.wait()
    after = open_store(path)
    if until:
        assert list(after.records("place")) == before
        import_osm(source, path)  # what the dead one left does not stand in the way
    assert len(list(open_store(path).records("place", source.name))) > 2_500
    assert len(list(open_store(path).records("place", "land.osm"))) > 10


# real extracts


@pytest.fixture(scope="session")
def extracts(real, tmp_path_factory):
    files = [real(name) for name in ("monaco.osm.pbf", "liechtenstein.osm.pbf", "andorra.osm.gz")]
    store = open_store(tmp_path_factory.mktemp("real") / "places.sqlite")
    return store, import_osm(files, store)


@pytest.mark.slow
def test_real_extracts_are_imported(extracts):
    store, report = extracts
    assert report.records > 10_000
    assert report.united >= 25
    assert report.joined > 1_000
    assert [(s.name, s.timestamp[:4]) for s in store.sources()] == [
        ("andorra.osm.gz", "2013"),
        ("liechtenstein.osm.pbf", "2022"),
        ("monaco.osm.pbf", "2023"),
    ]


@pytest.mark.slow
def test_real_hierarchy_names_and_measures(extracts):
    store, _ = extracts
    vaduz = store.find("Vaduz")[0].record
    assert vaduz.kind == "place=town"
    assert [store.get("place", id).name for id, _ in edges(vaduz, "parent")] == ["Oberland"]
    assert [above.record.name for above in Atlas(store).hierarchy(vaduz)] == ["Oberland", "Liechtenstein"]
    assert {store.get("place", id).name for id, _ in edges(vaduz, "neighbour")} >= {"Schaan", "Triesen", "Planken"}
    land = store.find("Fürstentum Liechtenstein")[0].record
    assert land.name == "Liechtenstein"
    assert land.data["osm"]["area_m2"] == pytest.approx(160.5e6, rel=2e-3)
    assert ("Лихтенштейн", "ru") in {(a.name, a.language) for a in land.aliases}
    for name in ("Balzers", "Triesenberg", "Ruggell", "Andorra la Vella", "Monaco"):
        assert store.find(name), name
    for id in ("osm:r75164", "osm:r1683938"):  # Frastanz and Sennwald, of which the file has only the common border
        assert Atlas(store).hierarchy(id) == []
    countries = [c.record.id for c in store.find("Andorra", "place") if c.record.kind == "place=country"]
    assert countries == ["osm:r9407"]  # whose border is not whole: the node is its own all the same


@pytest.mark.slow
def test_every_area_is_what_osmium_assembles(extracts, real):
    store, _ = extracts
    for name in ("monaco.osm.pbf", "liechtenstein.osm.pbf"):
        factory, wanted = osmium.geom.WKBFactory(), {}
        named = osmium.filter.KeyFilter("name")
        for thing in osmium.FileProcessor(str(real(name))).with_areas(named).with_filter(named):
            if thing.is_area() and not thing.from_way() and thing.num_rings()[0]:
                wanted[f"osm:r{thing.orig_id()}"] = bytes.fromhex(factory.create_multipolygon(thing))
        kept = {r.id: r.geometry for r in store.records("place", name) if r.id in wanted}
        assert kept == {id: wanted[id] for id in kept}
        assert len(kept) == len(wanted) > 20


@pytest.mark.slow
def test_real_edges_lead_somewhere(extracts):
    store, _ = extracts
    ids = {record.id for record in store.records("place")}
    missing = {edge.id for record in store.records("place") for edge in record.edges} - ids
    assert not missing
    settlements = [r for r in store.records("place") if r.kind in ("place=village", "place=town")]
    assert len(settlements) > 50
    assert sum(bool(edges(r, "parent")) for r in settlements) > 0.9 * len(settlements)
