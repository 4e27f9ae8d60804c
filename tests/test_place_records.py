"""The places that ship: regions, other names, what lies across countries, and how a name is shared among them."""

from __future__ import annotations

import json

import pytest

import omnimodal
from omnimodal.encoders.place.cities import cities, lines, nations
from omnimodal.encoders.place.collect import collect
from omnimodal.encoders.place.collect import counties as collect_counties
from omnimodal.encoders.place.regions import counties, regions
from omnimodal.fold import fold
from omnimodal.resolve import default_store


@pytest.fixture
def store(shipped_places):
    return shipped_places


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("England", "region:GB-ENG"),
        ("Bavaria", "region:DE-BY"),
        ("Bayern", "region:DE-BY"),
        ("Catalunya", "region:ES-CT"),
        ("Québec", "region:CA-QC"),
        ("Ontario", "region:CA-ON"),
        ("Punjab", "region:PK-PB"),
        ("Ontario, California", "geonames:5379439"),
        ("Lagos", "geonames:2332459"),
        ("Lagos State", "region:NG-LA"),
        ("Madrid", "geonames:3117735"),
        ("Hamburg", "geonames:2911298"),
        ("Vienna", "geonames:2761369"),
        ("Kyoto", "geonames:1857910"),
        ("São Paulo", "geonames:3448439"),
        ("Zurich", "geonames:2657896"),
        ("Luxembourg", "country:LU"),
        ("Mexico", "country:MX"),
        ("Tuscany", "region:IT-52"),
        ("Crimea", "region:UA-43"),
        ("Kharkiv", "geonames:706483"),
        ("Kiev", "geonames:703448"),
        ("Bombay", "geonames:1275339"),
        ("Peking", "geonames:1816670"),
        ("Calcutta", "geonames:1275004"),
        ("Saigon", "geonames:1566083"),
        ("Constantinople", "geonames:745044"),
        ("Danzig", "geonames:3099434"),
        ("Cologne", "geonames:2886242"),
        ("Genf", "geonames:2660646"),
        ("Leningrad", "geonames:498817"),
        ("Leningrad Oblast", "region:RU-LEN"),
        ("Odessa", "geonames:698740"),
        ("Kent", "county:GB-ENG:kent"),
        ("Orange County", "county:US-CA:orange-county"),
        ("St. Louis County", "county:US-MO:saint-louis-county"),
        ("Middle East", "large:middle-east"),
        ("Rhine", "large:rhine"),
        ("Adriatic", "large:adriatic-sea"),
        ("Saint Louis", "geonames:4407066"),
        ("Ft Worth", "geonames:4691930"),
        ("Mt Everest", "large:mount-everest"),
    ],
)
def test_names_lead_to_their_most_likely_place(store, name, id):
    if name == "Ontario, California":  # the other of that name is kept too
        assert id in {c.record.id for c in store.find("Ontario")}
    else:
        assert store.find(name)[0].record.id == id


def test_regions_are_looked_for_in_texts_and_their_letters_are_not(store):
    text = "From Scotland by the North Sea to Normandy, ON and BC, Mass. and Ont., central and South East, Mich.,"
    text += " the Middle East, Java, the Eastern District, Saint Mary and St. Gallen."
    found = {text[m.start : m.end] for m in store.scan(text)}
    assert found == {"Scotland", "North Sea", "Normandy", "Ont.", "Mich.", "Middle East", "St. Gallen"}
    assert store.find("Mass.")[0].record.id == "region:US-MA"
    assert "region:CA-BC" in {c.record.id for c in store.find("BC")}


def test_a_region_that_is_called_like_its_city_weighs_less_than_what_lies_around(store):
    for name in ("Berlin", "Salta", "Osaka", "Bursa", "Kano", "Geneva", "Salzburg", "Utrecht", "Seoul", "Lima"):
        first = store.find(name)[0]
        assert first.record.id.startswith("geonames:"), name
        assert first.prior > 0.6, name


def test_regions_are_sound():
    ids = [region.id for region in regions().values()]
    assert len(ids) == len(set(ids)) > 2_400
    for region in regions().values():
        assert region.country in nations(), region
        assert -180 <= region.point[0] <= 180, region
        assert -90 <= region.point[1] <= 90, region
        assert 0 <= region.weight <= region.settled, region
        assert region.name == region.name.strip() != "", region
        assert region.iso[:2] in ("", region.country), region
        assert fold(region.name) not in {fold(other) for other in region.others}, region


def test_counties_are_sound():
    known = {city["geonameid"] for city in cities()}
    ids = [county.id for county in counties()]
    assert len(ids) == len(set(ids)) > 3_000
    for county in counties():
        assert known.issuperset(county.cities), county
        assert county.region.country in ("GB", "US"), county


def test_most_people_live_in_a_region_that_is_known():
    inside = sum(city["population"] for city in cities() if (city["countrycode"], city["admin1code"]) in regions())
    assert inside > 0.85 * sum(city["population"] for city in cities())


@pytest.mark.parametrize(
    ("text", "town", "inside"),
    [
        ("She lives in London, Ontario.", "London", "region:CA-ON"),
        ("She lives in London, Ont.", "London", "region:CA-ON"),
        ("They met in Berlin, New Hampshire.", "Berlin", "region:US-NH"),
        ("He taught in Cambridge, Mass.", "Cambridge", "region:US-MA"),
        ("A fire in Saint Petersburg, Florida.", "Saint Petersburg", "region:US-FL"),
        ("A fire in Dover, Kent.", "Dover", "county:GB-ENG:kent"),
        ("A fire in Paris, Texas.", "Paris", "region:US-TX"),
        ("Flights to Victoria, BC were late.", "Victoria", "region:CA-BC"),
        ("A cafe in Newcastle, NSW.", "Newcastle", "region:AU-NSW"),
        ("It began in Córdoba, Andalusia.", "Córdoba", "region:ES-AN"),
        ("A plant in Hyderabad, Sindh.", "Hyderabad", "region:PK-SD"),
    ],
)
def test_a_town_is_the_one_in_the_region_named_behind_it(text, town, inside):
    [found] = [m for m in omnimodal.detect(text) if m.text == town]
    assert found.record is not None
    assert inside in {parent.id for parent in found.entity.parents}


def test_regions_are_collected_by_name(tmp_path):
    """A list in which three towns say their regions, and names of subdivisions with other spellings."""
    listed, names = tmp_path / "cities.csv", tmp_path / "en.json"
    rows = ["lat,lon,name,admin1,admin2,cc", "48.13743,11.57549,Munich,Free State of Bayern,,DE"]
    rows += ["43.70011,-79.4163,Toronto,Ontario,,CA", "55.75222,37.61556,Nowhere,Moskva,,RU"]
    listed.write_text("\n".join([*rows, "56.32867,44.00205,Nizhniy Novgorod,Nizjnij Novgorod,,RU"]), "utf-8")
    said = {"caon": "Ontario²", "rusam": "Samara", "runiz": "Nizhny Novgorod", "deby": "Bavaria"}
    names.write_text(json.dumps({"subdivisions": {"localeDisplayNames": {"subdivisions": said}}}), "utf-8")
    told = {line.split("\t")[2]: line.split("\t") for line in collect(listed, names)}
    assert told["CA-ON"][:2] == ["CA", "08"]
    assert told["CA-ON"][8:] == ["Ontario", ""]
    assert told["RU-NIZ"][8] == "Nizhny Novgorod"  # by likeness
    assert "DE-BY" not in told  # no name that is sure
    assert told["GB-SCT"][8] == "Scotland"  # by hand


def test_counties_are_collected_with_their_cities(tmp_path):
    listed = tmp_path / "cities.csv"
    rows = ["lat,lon,name,admin1,admin2,cc", "51.12598,1.31257,Dover,England,Kent,GB"]
    rows += ["51.27904,1.07992,Canterbury,England,Kent,GB", "51.38914,0.54863,Gillingham,England,Kent,GB"]
    rows += ["51.14465,0.87376,Ashford,England,Kent,GB", "51.08140,1.16734,Folkestone,England,Kent,GB"]
    rows += ["41.85003,-87.65005,Chicago,Illinois,Cook County,US", "53.79648,-1.54785,Leeds,England,City of Leeds,GB"]
    listed.write_text("\n".join([*rows, "37.77493,-122.41942,San Francisco,California,Bay,US"]), "utf-8")
    made = {line.split("\t")[5]: line.split("\t") for line in collect_counties(listed)}
    assert made.keys() == {"Kent", "Cook County"}  # of Leeds too few settlements are in it, and Bay is no county
    assert made["Cook County"][6] == "4887398"
    assert len(made["Kent"][6].split(" ")) == 5


@pytest.mark.parametrize(
    ("id", "kind"),
    [("country:DE", "place=country"), ("region:US-TX", "place=state"), ("geonames:2988507", "place=city")],
)
def test_the_kind_of_a_record_is_what_sort_of_place_it_is(id, kind):
    assert default_store().get("place", id).kind == kind


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("In Frankreich regnet es.", ["country:FR"]),
        ("Wir fahren nach Österreich.", ["country:AT"]),
        ("Sie lebt in der Schweiz.", ["country:CH"]),
        ("La Suisse est belle.", ["country:CH"]),
        ("Il va aux États-Unis.", ["country:US"]),
        ("Vive en Alemania.", ["country:DE"]),
        ("Vengo dalla Gran Bretagna.", ["country:GB"]),
        ("Hij komt uit het Verenigd Koninkrijk.", ["country:GB"]),
        ("Ela mora na Alemanha.", ["country:DE"]),
        ("Suede jackets, some Filipinas, and an Argentine.", []),
        ("Maurice met Dominique.", []),
    ],
)
def test_countries_are_found_in_their_own_and_their_neighbours_tongues(text, names):
    assert [m.record.id for m in omnimodal.detect(text)] == [*names]


def test_names_of_countries_that_are_words_are_only_looked_up(store):
    assert store.find("Suède")[0].record.id == "country:SE"
    assert store.find("Chili")[0].record.id == "country:CL"


def test_the_names_of_countries_lead_to_them(store):
    for line in lines("country_names.tsv"):
        code, name, languages, share = line.split("\t")
        assert f"country:{code}" in [c.record.id for c in store.find(name)], (name, languages, share)
