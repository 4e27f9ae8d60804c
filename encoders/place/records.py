"""The places that ship: cities of 15,000 inhabitants and more, smaller ones of the same names, the regions of all
countries, counties of some, countries, continents, some seas, rivers and mountains, and an invented town.

Cities, counties, regions, countries and continents come from GeoNames (CC BY 4.0), see data/place/README.md. An alias
weighs as many inhabitants as its place has; that is the scale on which other modalities weigh their names too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import as_file, files
from types import MappingProxyType

from omnimodal.encoders.place.cities import (
    City,
    centre_of_population,
    cities,
    continent_of,
    lines,
    namesakes,
    nations,
    ordinary_words,
    source,
    spellings,
)
from omnimodal.encoders.place.entity import Place
from omnimodal.encoders.place.regions import SHARE, County, Region, counties, county_of, regions
from omnimodal.entity import Link
from omnimodal.fold import fold
from omnimodal.store.base import Alias, Edge, Record

CITY = 100_000  # inhabitants from which a place=town is a place=city
SETTLED = 15_000  # inhabitants from which a region is looked for in texts, as cities are
KNOWN_ABROAD = 300_000  # inhabitants from which names in other languages are taken in
FOREIGN = 0.01  # the share of a city's weight that such a name gets
NEVER_SILENT = 2_000_000  # inhabitants from which a city is looked for even if its name is an ordinary word
CODES = "country_names.tsv"  # names of countries in other languages, by the countries' codes
_latin_name = re.compile(r"[a-z][a-z .'-]{4,}")


def records() -> Iterator[Record]:
    """Every place that ships, as records of the default store."""
    large = [
        *_continents(),
        *_large(),
        *_countries(),
        *map(_of_region, regions().values()),
        *map(_of_county, counties()),
    ]
    taken = {fold(name) for name in [*(record.name for record in large), *(city["name"] for city in cities())]}
    taken |= ordinary_words()
    yield from large
    for city in (*cities(), *namesakes()):
        foreign = dict.fromkeys(_foreign(city, taken) if city["population"] >= KNOWN_ABROAD else (), FOREIGN)
        silent = fold(city["name"]) in ordinary_words() and city["population"] < NEVER_SILENT
        yield _record(f"geonames:{city['geonameid']}", city_place(city), city["population"], foreign, not silent)
    yield from _town()


def city_place(city: City) -> Place:
    """A city of GeoNames as a Place, linked to its county and region, where they are known, and to its country."""
    county, region = county_of().get(city["geonameid"]), regions().get((city["countrycode"], city["admin1code"]))
    above = [place.id for place in (county, region) if place is not None]
    return Place(
        city["name"],
        (city["longitude"], city["latitude"]),
        parents=tuple(Link("place", id) for id in (*above, f"country:{city['countrycode']}")),
        tags={"place": "city" if city["population"] >= CITY else "town"},
        population=city["population"] or None,
    )


def _town() -> Iterator[Record]:
    """The invented town. Only its settlements are looked for in running text: every town has a Market Square."""
    from omnimodal.encoders.place.osm import osm_records

    with as_file(files("omnimodal.data") / "place" / "town.osm") as path:
        for record in osm_records([path]):
            yield replace(record, source="", detectable=record.kind.startswith("place="))


def _continents() -> Iterator[Record]:
    for code, c in source().get_continents().items():
        place = Place(
            c["name"],
            (float(c["lng"]), float(c["lat"])),
            tags={"place": "continent"},
            population=c["population"] or None,
        )
        yield _record(f"continent:{code}", place, c["population"])


def _countries() -> Iterator[Record]:
    abroad: dict[str, dict[str, float]] = {}
    for line in lines(CODES):
        code, name, _, share = line.split("\t")
        abroad.setdefault(code, {})[name] = float(share)
    groups: dict[str, list[City]] = {}
    for city in cities():
        groups.setdefault(city["countrycode"], []).append(city)
    for code, c in nations().items():
        place = Place(
            c["name"],
            centre_of_population(groups.get(code, ())),
            parents=(Link("place", f"continent:{c['continentcode']}"),),
            tags={"place": "country", "ISO3166-1": code, "currency": c["currencycode"]},
            population=c["population"] or None,
            area_km2=c["areakm2"] or None,
        )
        yield _record(f"country:{code}", place, c["population"], abroad.get(code, {}))


def _large() -> Iterator[Record]:
    for line in lines("large.tsv"):
        id, tag, lon, lat, continent, weight, name, others = line.split("\t")
        key, _, value = tag.partition("=")
        parents = (Link("place", f"continent:{continent}"),) if continent else ()
        place = Place(name, (float(lon), float(lat)), parents=parents, tags={key: value})
        names = {other: 0.0 if other.startswith("the ") else 1.0 for other in others.split("|") if other}
        yield _record(f"large:{id}", place, float(weight), names, fold(name) not in ordinary_words())


def _of_region(region: Region) -> Record:
    place = Place(
        region.name,
        region.point,
        parents=(Link("place", f"country:{region.country}"),),
        tags={"place": region.kind, **({"ISO3166-2": region.iso} if region.iso else {})},
    )
    said = region.settled >= SETTLED and not _ordinary(region.name) and not region.name.startswith("Saint ")
    names = {**({region.postal: 0.0} if region.postal else {}), **dict.fromkeys(region.others, 1.0)}
    return _record(region.id, place, region.weight, names, said)


def _of_county(county: County) -> Record:
    above = (county.region.id, f"country:{county.region.country}")
    place = Place(county.name, county.point, parents=tuple(Link("place", id) for id in above), tags={"place": "county"})
    return _record(county.id, place, SHARE * county.settled, detectable=not _ordinary(county.name))


def _record(
    id: str, place: Place, weight: float, names: Mapping[str, float] = MappingProxyType({}), detectable: bool = True
) -> Record:
    """The record of a place of that weight. names: its other names, those of data/place/aliases.tsv aside, each with
    the share of the weight that it has; those of share 0 are only looked up."""
    usual = {place.surface: 1.0, **aliases().get(id, {})}
    shares = {**names, **{other: share for name, share in usual.items() for other in spellings(name)}, **usual}
    named = tuple(Alias(name, share * max(float(weight), 1.0)) for name, share in shares.items())
    kind = next((f"{key}={place.tags[key]}" for key in ("place", *place.tags) if key in place.tags), "")
    point = (place.point.x, place.point.y) if place.point is not None else None
    edges = tuple(Edge("parent", p.modality, p.id, i) for i, p in enumerate(place.parents) if isinstance(p, Link))
    return Record("place", id, place.surface, place.content(), named, detectable, kind, None, point, edges)


def _ordinary(name: str) -> bool:
    return ordinary_words().issuperset(fold(name).split())


def _foreign(city: City, taken: set[str]) -> list[str]:
    """A city's names in Latin letters that are no other place's own name and no ordinary word."""
    names = {fold(name): name for name in city["alternatenames"] if name[:1].isupper() and not name.isupper()}
    return [name for folded, name in names.items() if _latin_name.fullmatch(folded) and folded not in taken]


@cache
def aliases() -> dict[str, dict[str, float]]:
    """Record id → its further names, each with its share of the record's weight."""
    table: dict[str, dict[str, float]] = {}
    for line in lines("aliases.tsv"):
        id, name, *share = line.split("\t")
        table.setdefault(id, {})[name] = float(share[0]) if share else 1.0
    return table


__all__ = ["aliases", "cities", "city_place", "continent_of", "ordinary_words", "records"]
