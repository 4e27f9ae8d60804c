"""Files → store: what each record says, how records hang together, and that a store is whole whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import osmium
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from osm_files import node, osm, relation, ring, square, way

from omnimodal.encoders.place import PlaceEncoder
from omnimodal.encoders.place.atlas import Atlas
from omnimodal.encoders.place.osm import import_osm, osm_records
from omnimodal.encoders.place.osm.cells import boxes, geohashes
from omnimodal.encoders.place.osm.names import aliases, elevation, population
from omnimodal.entity import Link
from omnimodal.errors import StoreError
from omnimodal.store import open_store

REAL = Path(os.environ.get("OMNIMODAL_REAL_DATA", "../shared/data")) / "osm"


def by_id(*files, **options):
    return {record.id: record for record in osm_records(files, **options)}


def edges(record, role):
    return [(edge.id, edge.note) for edge in record.edges if edge.role == role]


def country(tmp_path):
    """A country with two municipalities that share a border, their villages, a wood, a café and more objects."""
    corners = [
        *square(1, 0.0, 0.0, 1.0),
        *[node(11 + i, x, y) for i, (x, y) in enumerate([(0.1, 0.1), (0.4, 0.1), (0.4, 0.4), (0.1, 0.4)])],
        *[node(21 + i, x, y) for i, (x, y) in enumerate([(0.7, 0.1), (0.7, 0.4)])],
        *square(31, 0.12, 0.12, 0.05),
    ]
    nodes = [
        *corners,
        node(51, 0.2, 0.2, name="West", place="village", population="1,200", name__de="Westdorf"),
        node(52, 0.5, 0.2, name="East", place="village", wikidata="Q5"),
        node(53, 0.9, 0.9, name="Faraway", place="hamlet"),
        node(54, 0.9, 0.905, amenity="cafe", name="Café Faraway"),
        node(55, 0.13, 0.13, amenity="bench"),
        node(56, 0.95, 0.05, shop="kiosk", addr__city="West"),
        node(57, 5.0, 5.0, amenity="bar", name="Nowhere"),
        node(58, 0.13, 0.14, natural="tree"),
        node(59, 0.14, 0.14, natural="peak", name="Top", ele="1234.5"),
    ]
    ways = [way(1, ring(1)), way(2, [12, 11, 14, 13]), way(3, [12, 13]), way(4, [12, 21, 22, 13])]
    ways += [way(5, ring(31), natural="wood", name="Wood")]
    relations = [
        relation(1, [("w", 1, "outer")], type="boundary", boundary="administrative", admin_level="2", name="Land"),
        relation(
            2,
            [("w", 2, "outer"), ("w", 3, "outer"), ("n", 51, "label")],
            type="boundary",
            boundary="administrative",
            admin_level="8",
            name="West",
        ),
        relation(
            3,
            [("w", 3, "outer"), ("w", 4, "outer")],
            type="boundary",
            boundary="administrative",
            admin_level="8",
            name="Gemeinde East",
            wikidata="Q5",
        ),
    ]
    return osm(tmp_path / "land.osm", *nodes, *ways, *relations)


def test_a_boundary_and_its_node_are_one_record(tmp_path):
    records = by_id(country(tmp_path))
    assert not {"osm:n51", "osm:n52"} & set(records)
    west, east = records["osm:r2"], records["osm:r3"]
    assert (west.kind, west.point, west.data["population"]) == ("place=village", (0.2, 0.2), 1200)
    assert west.data["osm"]["members"] == ["r2", "n51"]
    assert {(a.name, a.language) for a in west.aliases} == {("West", ""), ("Westdorf", "de")}
    assert (east.point, {a.name for a in east.aliases}) == ((0.5, 0.2), {"East", "Gemeinde East"})
    assert shapely.get_dimensions(shapely.from_wkb(west.geometry)) == 2


def test_what_lies_in_what_and_how_it_is_known(tmp_path):
    records = by_id(country(tmp_path))
    assert edges(records["osm:n55"], "parent") == [("osm:r2", "contained:8")]  # and what that lies in
    assert edges(records["osm:r2"], "parent") == [("osm:r1", "contained:2")]
    assert edges(records["osm:r1"], "parent") == []
    assert edges(records["osm:n53"], "parent") == [("osm:r1", "contained:2")]
    assert edges(records["osm:n54"], "parent") == [("osm:n53", "nearest:hamlet")]
    assert edges(records["osm:n57"], "parent") == []
    assert edges(records["osm:r2"], "neighbour") == [("osm:r3", "border:8")]
    assert edges(records["osm:n59"], "natural") == [("osm:w5", "natural=wood")]
    assert edges(records["osm:n55"], "natural") == []  # a bench without a name


def test_parents_that_are_not_a_parents_parents_are_named(tmp_path):
    nodes = [*square(1, 0.0, 0.0, 1.0), *square(11, 0.55, 0.55, 1.0), node(50, 0.6, 0.6, name="Here", place="village")]
    rings = [way(1, ring(1)), way(2, ring(11))]
    tags = {"type": "boundary", "boundary": "administrative"}
    areas = [relation(i, [("w", i, "outer")], admin_level=str(8 - i), name=f"A{i}", **tags) for i in (1, 2)]
    records = by_id(osm(tmp_path / "a.osm", *nodes, *rings, *areas))
    assert edges(records["osm:r1"], "parent") == []  # its middle lies elsewhere
    assert edges(records["osm:n50"], "parent") == [("osm:r1", "contained:7"), ("osm:r2", "contained:6")]
    assert [edge.order for edge in records["osm:n50"].edges if edge.role == "parent"] == [0, 1]


def test_tags_tell_where_nothing_else_does(tmp_path):
    path = osm(
        tmp_path / "a.osm", node(1, 9, 47, name="West", place="town"), node(2, 11, 48, shop="kiosk", addr__city="West")
    )
    assert edges(by_id(path)["osm:n2"], "parent") == [("osm:n1", "tag:addr:city")]


def test_incomplete_boundaries_are_linked_by_their_nodes(tmp_path):
    label = node(1, 9.0, 47.0, name="Vaduz", place="town")
    members = [("w", 77, "outer"), ("n", 1, "label")]
    tags = {"type": "boundary", "boundary": "administrative", "admin_level": "8", "name": "Vaduz"}
    path = osm(tmp_path / "a.osm", label, node(2, 9.01, 47.01, amenity="cafe"), relation(1, members, **tags))
    records = by_id(path)
    assert edges(records["osm:n2"], "parent") == [("osm:r1", "linked:8")]
    assert (records["osm:r1"].point, records["osm:r1"].data["osm"]["missing"]) == ((9.0, 47.0), ("w77",))


def test_segments_of_a_street_that_touch_are_one(tmp_path):
    nodes = [node(i, 9 + i / 1000, 47) for i in range(1, 9)] + [
        node(20, 9.002, 47.001),
        node(30, 9.5, 47),
        node(31, 9.6, 47),
    ]
    ways = [
        way(2, [1, 2], highway="residential", name="Main Street", surface="asphalt", bridge="yes"),
        way(3, [2, 3, 4], highway="primary", name="Main Street", surface="asphalt", lit="yes"),
        way(4, [30, 31], highway="residential", name="Main Street"),
        way(5, [4, 5], highway="residential", name="Other Street"),
        way(6, [4, 5, 6], waterway="stream", name="Main Street"),
        way(7, [20, 3], highway="residential", name="Main Street", surface="asphalt"),  # meets the other's middle
    ]
    records = by_id(osm(tmp_path / "a.osm", *nodes, *ways))
    street = records["osm:w2"]
    assert street.data["osm"]["members"] == ["w2", "w3", "w7"]
    assert (street.kind, dict(street.data["tags"])) == (
        "highway=primary",
        {"highway": "primary", "name": "Main Street", "surface": "asphalt"},
    )
    parts = [
        shapely.LineString([(9.001, 47), (9.002, 47)]),
        shapely.LineString([(9.002, 47), (9.003, 47), (9.004, 47)]),
    ]
    assert shapely.from_wkb(street.geometry).equals(
        shapely.union_all([*parts, shapely.LineString([(9.002, 47.001), (9.003, 47)])])
    )
    assert {"osm:w4", "osm:w5", "osm:w6"} <= set(records)
    assert not {"osm:w3", "osm:w7"} & set(records)


def test_routes_have_their_stops_in_order(tmp_path):
    nodes = [
        node(1, 9.0, 47, public_transport="stop_position", name="A"),
        node(2, 9.0001, 47, highway="bus_stop", name="A"),
        node(3, 9.1, 47, public_transport="stop_position", name="B"),
        node(4, 9.2, 47, highway="bus_stop", name="C"),
        node(5, 9.15, 47, highway="bus_stop"),
    ]
    members = [
        ("n", 1, "stop"), ("n", 2, "platform"), ("n", 99, "stop"), ("n", 3, "stop"), ("n", 5, "platform"),
        ("n", 4, "platform"), ("w", 1, ""), ("w", 98, ""),
    ]  # fmt: skip
    path = osm(
        tmp_path / "a.osm",
        *nodes,
        way(1, [1, 3, 4], highway="residential"),
        relation(1, members, type="route", route="bus", name="Bus 1", ref="1"),
    )
    records = by_id(path)
    stops = [(edge.id, edge.order, edge.note) for edge in records["osm:r1"].edges if edge.role == "stop"]
    assert stops == [
        ("osm:n1", 0, "stop"),
        ("osm:n2", 0, "platform"),
        ("osm:n3", 2, "stop"),  # the one between is not in the file
        ("osm:n5", 2, "platform"),
        ("osm:n4", 3, "platform"),
    ]
    assert records["osm:r1"].kind == "route=bus"
    assert records["osm:r1"].data["osm"]["missing"] == ("n99", "w98")
    assert edges(records["osm:n4"], "route") == [("osm:r1", "")]
    assert {a.kind: a.name for a in records["osm:r1"].aliases} == {"name": "Bus 1", "ref": "1"}


def test_cells_count_what_is_around(tmp_path):
    records = by_id(country(tmp_path))
    [(cell, _)] = edges(records["osm:n59"], "around")
    assert records[cell].kind == "cell"
    counts = [r.data["counts"] for r in records.values() if r.kind == "cell"]
    assert sum(n for found in counts for n in found.values()) == 9
    assert records[cell].data["counts"]["natural=peak"] == 1
    assert shapely.from_wkb(records[cell].geometry).intersects(shapely.Point(records["osm:n59"].point))


def test_geohashes():
    points = np.array([(10.40744, 57.64911), (-0.1275, 51.5072), (179.99999, 89.99999), (-180, -90), (180, 90)])
    assert geohashes(points).tolist() == ["u4pruy", "gcpvj0", "zzzzzz", "000000", "zzzzzz"]


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=20))
def test_a_point_lies_in_its_cell(points):
    places = np.array(points)
    west, south, east, north = boxes(geohashes(places).tolist()).T + np.array([[-1e-9], [-1e-9], [1e-9], [1e-9]])
    lon, lat = places.T
    assert ((west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)).all()


def test_a_record_becomes_a_place(tmp_path):
    records = by_id(country(tmp_path))
    encoder = PlaceEncoder(dim=8)
    place = encoder.from_record(records["osm:r2"])
    assert (place.name, place.population, place.geometry.geom_type) == ("West", 1200, "Polygon")
    assert place.parents == (Link("place", "osm:r1"),)
    assert "name:de" not in place.tags
    assert place.tags["admin_level"] == "8"
    peak = encoder.from_record(records["osm:n59"])
    assert (peak.elevation, peak.point.x) == (1234.5, 0.14)
    assert peak.around[0].id.startswith("geohash:")
    assert encoder.from_record(records[peak.around[0].id]).counts == {"natural=peak": 1}
    for record in records.values():
        encoder.from_record(record)


def test_languages_limit_the_names(tmp_path):
    path = osm(
        tmp_path / "a.osm", node(1, 9, 47, place="town", name="Rom", name__en="Rome", name__it="Roma", alt_name="X;Y")
    )
    assert {a.name for a in by_id(path)["osm:n1"].aliases} == {"Rom", "Rome", "Roma", "X", "Y"}
    assert {a.name for a in by_id(path, languages=["en"])["osm:n1"].aliases} == {"Rom", "Rome", "X", "Y"}


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({"name": "A", "alt_name_1": "B"}, {("A", "", "name"), ("B", "", "alt_name")}),
        ({"name": "A", "name:zh-Hant": "甲"}, {("A", "", "name"), ("甲", "zh-Hant", "name")}),
        ({"name": "A", "official_name:fr": "B"}, {("A", "", "name"), ("B", "fr", "official_name")}),
        ({"name": "A", "name:etymology:wikidata": "Q1", "name:prefix": "B", "name:1900-": "C"}, {("A", "", "name")}),
        ({"name": " ; A;;"}, {("A", "", "name")}),
        ({"brand": "B", "ref": "1;2"}, {("B", "", "brand"), ("1", "", "ref"), ("2", "", "ref")}),
    ],
)  # fmt: skip
def test_names_of_all_kinds(tags, found):
    assert {(a.name, a.language, a.kind) for a in aliases(tags, 1.0)} == found


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12)), st.text(max_size=12), st.text(max_size=12))
def test_any_tags_can_be_read(tags, name, number):
    tags |= {"name": name, "name:de": number, "population": number, "ele": name}
    assert all(alias.name == alias.name.strip() != "" for alias in aliases(tags, 1.0))
    assert population(tags) is None or population(tags) >= 0
    assert elevation(tags) is None or -12_000 <= elevation(tags) <= 10_000


def test_what_texts_are_searched_for(tmp_path):
    path = osm(
        tmp_path / "a.osm",
        node(1, 9, 47, place="village", name="Balzers"),
        node(2, 9, 47, shop="bakery", name="Bäckerei"),
        node(3, 9, 47, tourism="attraction", name="Burg Gutenberg", wikidata="Q1"),
        node(4, 9, 47, amenity="restaurant", name="Gasthaus Zum Löwen"),
        node(5, 9, 47, amenity="restaurant", name="Café Central"),
        node(6, 9, 48, amenity="restaurant", name="Café Central"),
        way(7, [1, 6], highway="residential", name="Lange Gasse Nord"),
    )
    found = {record.name for record in by_id(path).values() if record.detectable}
    assert found == {"Balzers", "Burg Gutenberg", "Gasthaus Zum Löwen"}


# files and stores


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
    wanted = len(by_id(whole))
    data = whole.read_bytes()
    for size in range(0, len(data), max(1, len(data) // 40)):
        cut.write_bytes(data[:size])
        with pytest.raises(StoreError, match=f"cut{suffix}"):
            by_id(cut)
    assert wanted == len(by_id(country(tmp_path)))


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
def test_an_import_that_dies_leaves_the_store_whole(tmp_path, until):
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


def real(name):
    path = REAL / name
    if not path.exists():
        pytest.skip(f"no extract at {path}")
    return path


@pytest.fixture(scope="session")
def extracts(tmp_path_factory):
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
def test_every_area_is_what_osmium_assembles(extracts):
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
