"""What is nested in a place: parents, surroundings, routes, population, opening date and pictures."""

from __future__ import annotations

import json
import pickle

import pytest
import torch
from PIL import Image as Pillow

from omnimodal import encode, registry
from omnimodal.encoders.place import Place, PlaceEncoder
from omnimodal.entity import Link, from_json
from omnimodal.errors import InvalidEntityError, OmnimodalWarning, StoreError
from omnimodal.store import Record, open_store

Number, Date, Image = (registry.entity_class(name) for name in ("Number", "Date", "Image"))


class Counting(PlaceEncoder):
    """The real encoder, which also notes how many places each forward call is given."""

    def forward(self, features, nested):
        self.__dict__.setdefault("sizes", []).append(len(features["point"]))
        return super().forward(features, nested)


@pytest.fixture
def encoders():
    torch.manual_seed(0)
    plain = {name: registry.get(name)(dim=32) for name in ("number", "date")}
    return {"place": Counting(dim=32, hidden=32), **plain}


def again(place):
    return Place.from_content(from_json(json.loads(json.dumps(place.content()))))


def pooled(place, encoders, store=None):
    with torch.no_grad():
        return encode.encode([place], encoders, store)["place"][0]


def hierarchy(population=38_380, cafes=12):
    """A store of a city in a region in a country, and a cell of the map with what is in it."""
    store = open_store(":memory:")
    places = {
        "country": Place("Monaco", (7.42, 43.73), population=population),
        "region": Place("The region", (7.42, 43.73), parents=Link("place", "country")),
        "city": Place("The city", (7.42, 43.74), parents=(Link("place", "region"), Link("place", "country"))),
        "cell": Place(geometry="POLYGON ((7 43, 8 43, 8 44, 7 44, 7 43))", counts={"amenity=cafe": cafes}),
        "bus": Place("Line 1", "LINESTRING (7.42 43.73, 7.43 43.74)", stops=(Link("place", "street"),)),
    }
    store.put(Record("place", id, place.surface, place.content()) for id, place in places.items())
    return store


def street(i=0, **more):
    return Place(
        f"Street {i}",
        f"LINESTRING (7.4{i % 10} 43.73, 7.43 43.8{i % 7})",
        parents=[Link("place", id) for id in ("city", "region", "country")],
        around=Link("place", "cell"),
        routes=Link("place", "bus"),
        **more,
    )


def test_new_fields_round_trip_and_leave_other_keys_alone(tmp_path):
    Pillow.new("RGB", (8, 8), "red").save(tmp_path / "a.png")
    place = street(opened=Date("1889-03-31"), images=(Image(tmp_path / "a.png"),), counts={"shop=bakery": 2})
    line = Place("Line", stops=[Link("place", "osm:n1"), Place("Stop")])
    for some in (place, line):
        assert again(some) == some
        assert pickle.loads(pickle.dumps(some)) == some
        assert again(some).content() == some.content()
    assert again(place).opened == Date("1889-03-31")
    assert again(place).counts == {"shop=bakery": 2}
    assert Place("Paris", (2.35, 48.85), counts={"a": 1, "b": 2}) == Place(
        "Paris", (2.35, 48.85), counts={"b": 2, "a": 1}
    )
    plain = Place("Paris", (2.3488, 48.85341), tags={"place": "city"}, population=2_138_551)
    assert set(plain.content()) == {"name", "geometry", "tags", "population"}
    assert plain.key == "9a5d615fd63cf8e2b7516f283c92a331"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("around", [Link("corporation", "company:x")]),
        ("routes", ["Line 1"]),
        ("stops", [3]),
        ("counts", {"amenity=cafe": -1}),
        ("counts", {"amenity=cafe": 1.5}),
        ("counts", {"": 1}),
        ("opened", "1889"),
        ("opened", Number(1889)),
        ("images", [Date("1889")]),
    ],
)
def test_an_impossible_field_is_refused_by_name(field, value):
    with pytest.raises(InvalidEntityError, match=field):
        Place("somewhere", (1, 2), **{field: value})


def test_a_thousand_streets_encode_their_city_once(encoders):
    store, place = hierarchy(), encoders["place"]
    for n in (1, 1_000):
        place.sizes = []
        plan = encode.plan([street(i) for i in range(n)], encoders, store)
        encode.run(plan, encoders)
        # the cell and the line; the country, which has a population; the region; the city; the streets
        assert place.sizes == [2, 1, 1, 1, n]
        assert [group.modality for group in plan.groups] == ["number", *["place"] * 5]


@pytest.mark.parametrize("changed", [{"population": 38_381}, {"cafes": 13}])
def test_what_a_record_says_changes_all_that_is_nested_in_it(encoders, changed):
    one, other = (pooled(street(), encoders, hierarchy(**more)) for more in ({}, changed))
    assert not torch.allclose(one, other, atol=1e-7)


@pytest.mark.parametrize(
    "changes",
    [
        {"parents": Link("place", "region")},
        {"around": ()},
        {"routes": ()},
        {"counts": {"amenity=cafe": 1}},
        {"opened": Date("1889")},
        {"population": 7},
        {"stops": (Link("place", "osm:n1"),)},
        {"tags": {"start_date": "1950"}},
    ],
)
def test_every_field_changes_the_vectors(encoders, changes):
    fields = {name: getattr(street(), name) for name in ("name", "geometry", "parents", "around", "routes")}
    one, other = (pooled(Place(**{**fields, **more}), encoders, hierarchy()) for more in ({}, changes))
    assert not torch.allclose(one, other, atol=1e-6)


def test_counts_differ_by_class_and_by_number():
    encoder = PlaceEncoder(dim=8)
    rows = encoder.featurize(
        [Place("a", counts=c) for c in ({"shop=bakery": 1}, {"shop=bakery": 2}, {"amenity=cafe": 1}, {}, {"x": 0})]
    )["counts"]
    assert len({tuple(row) for row in rows.tolist()}) == 4
    assert rows[3:].abs().sum() == 0


@pytest.mark.parametrize(
    ("text", "edtf"),
    [
        ("1889-03-31", "1889-03-31"),
        ("1889", "1889"),
        ("~1855", "1855~"),
        ("1860s", "186X"),
        ("1850..1860", "1850/1860"),
        ("before 1855", "../1854"),
        ("yesterday", None),
        ("in 3 days", None),
        ("unknown", None),
        ("99999999999999999", None),
        ("", None),
    ],
)
def test_dates_are_read_from_tags_and_what_is_none_stays_there(text, edtf):
    place = Place("x", tags={"start_date": text})
    found = PlaceEncoder(dim=8).children(place).get("opened")
    assert (found and found.edtf) == edtf
    assert place.tags == {"start_date": text}


def test_an_opening_date_that_is_given_goes_before_tags():
    place = Place("x", opened=Date("1900"), tags={"start_date": "1800"})
    assert PlaceEncoder(dim=8).children(place)["opened"] == Date("1900")
    second = Place("x", tags={"start_date": "who knows", "opening_date": "2030"})
    assert PlaceEncoder(dim=8).children(second)["opened"] == Date("2030")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    Pillow.new("RGB", (8, 8), "red").save(folder / "Town_hall.png")
    Pillow.new("RGB", (8, 8), "blue").save(tmp_path / "secret.png")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    return folder


@pytest.mark.parametrize(
    "tags",
    [
        {"wikimedia_commons": "File:Town hall.png"},
        {"image": "https://upload.example.org/a/b/Town_hall.png?width=300"},
        {"image": "Town%20hall.png"},
        {"image": "nothing.png; Town_hall.png", "wikimedia_commons": "File:Town_hall.png"},
        {"image": "../../etc/Town_hall.png"},
    ],
)
def test_pictures_that_tags_name_come_from_the_folder(folder, tags):
    found = PlaceEncoder(dim=8, images=str(folder)).children(Place("x", tags=tags))
    assert found == {"image": (Image(folder / "Town_hall.png"),)}
    assert PlaceEncoder(dim=8).children(Place("x", tags=tags)) == {}


@pytest.mark.parametrize(
    "name",
    ["../secret.png", "link.png", "/etc/passwd", "..", ".", "", "a\0b", "File:..", "%2e%2e%2fsecret.png", "Category:X"],
)
def test_no_file_outside_of_the_folder_is_read(folder, name):
    for tags in ({"image": name}, {"wikimedia_commons": name}, {"image": str(folder.parent / "secret.png")}):
        assert PlaceEncoder(dim=8, images=str(folder)).children(Place("x", tags=tags)) == {}


def test_a_folder_that_is_none_and_a_file_that_is_no_picture_are_named(folder, tmp_path):
    place = Place("x", tags={"image": "broken.png"})
    with pytest.raises(StoreError, match="nowhere"):
        PlaceEncoder(dim=8, images=str(tmp_path / "nowhere")).children(place)
    (folder / "broken.png").write_text("no picture")
    with pytest.raises(InvalidEntityError, match=r"broken\.png"):
        PlaceEncoder(dim=8, images=str(folder)).children(place)


def test_a_cycle_of_lines_and_stops_ends(encoders):
    store = open_store(":memory:")
    stop = Place("Stop", (7.4, 43.7), routes=Link("place", "bus"))
    bus = Place("Bus", "LINESTRING (7.4 43.7, 7.5 43.7)", stops=Link("place", "stop"))
    store.put(Record("place", id, place.surface, place.content()) for id, place in {"stop": stop, "bus": bus}.items())
    plan = encode.plan([stop, bus], encoders, store)
    assert (plan.cut, plan.dropped) == (0, 0)


def test_pictures_are_left_out_with_a_warning_where_nobody_reads_them(encoders, folder):
    with pytest.warns(OmnimodalWarning, match="1 nested entities of modalities not loaded"):
        encode.plan([Place("x", images=(Image(folder / "Town_hall.png"),))], encoders)


def test_the_store_is_asked_once_per_level_however_many_links_there_are(encoders, monkeypatch):
    store, n = open_store(":memory:"), 300
    region = Place("Region", (7, 43))
    towns = {f"town{i}": Place(f"Town {i}", (7, 43), parents=Link("place", "region")) for i in range(n)}
    store.put(Record("place", id, place.surface, place.content()) for id, place in {**towns, "region": region}.items())
    asked = []
    get_many = store.get_many
    monkeypatch.setattr(store, "get_many", lambda keys: asked.append(len(keys)) or get_many(keys))
    monkeypatch.setattr(store, "get", None)
    streets = [Place(f"Street {i}", (7, 43), parents=Link("place", f"town{i % n}")) for i in range(2 * n)]
    encode.plan([*streets, Place("x", parents=[Link("place", "town1"), Link("place", "region")])], encoders, store)
    assert asked == [n + 1]  # the towns; the region is one of them here


def test_a_missing_record_among_many_is_named_with_the_way_to_it(encoders):
    store = hierarchy()
    lost = Place("Lost", (7, 43), parents=Link("place", "nowhere"))
    with pytest.raises(StoreError, match="nowhere") as info:
        encode.plan([street(), lost, street(1)], encoders, store)
    assert info.value.path == "Lost > parent/place"
