"""The regions of the first level, states and provinces and cantons, of all countries: data/place/regions.tsv; and the
counties of some: data/place/counties.tsv."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from omnimodal.encoders.place.cities import lines
from omnimodal.fold import fold

#: What of its settlements' inhabitants a region weighs: "Washington" is rather the state.
SHARE = 0.25
#: What of its other settlements' inhabitants a region weighs that is called like a city in it: "New York" is the city.
NAMESAKE = 0.1
#: Countries in whose addresses the letters of ISO 3166-2 stand behind a town, as in "Springfield, IL".
POSTAL = ("AU", "CA", "US")


class Region(NamedTuple):
    """A region, with the code that GeoNames gives it.

    iso: its code in ISO 3166-2, "" where unknown. point: longitude and latitude of the middle of its population.
    settled: how many live in its settlements, as far as they are known; some are counted with their quarters, hence no
    `population`. weight: of its names, in inhabitants. others: further names.
    """

    country: str
    code: str
    iso: str
    kind: str
    point: tuple[float, float]
    settled: int
    weight: float
    name: str
    others: tuple[str, ...]

    @property
    def id(self) -> str:
        """Of its record: "region:CA-ON", and "region:SI.061" where ISO 3166-2 is not known."""
        return f"region:{self.iso or f'{self.country}.{self.code}'}"

    @property
    def postal(self) -> str:
        return self.iso[3:] if self.country in POSTAL else ""


@cache
def regions() -> Mapping[tuple[str, str], Region]:
    """All that ship, by (country, code in GeoNames), as a city names its region."""
    return {(region.country, region.code): region for region in map(_region, lines("regions.tsv"))}


class County(NamedTuple):
    """A county: its region, where the middle of its population is, how many live in its settlements, its name, and the
    numbers of its cities in GeoNames."""

    region: Region
    point: tuple[float, float]
    settled: int
    name: str
    cities: tuple[int, ...]

    @property
    def id(self) -> str:
        return f"county:{self.region.iso}:{fold(self.name).replace(' ', '-')}"


@cache
def counties() -> tuple[County, ...]:
    """All that ship, of Great Britain and the United States."""
    return tuple(map(_county, lines("counties.tsv")))


@cache
def county_of() -> Mapping[int, County]:
    """The county that a city is in, by the city's number in GeoNames."""
    return {city: county for county in counties() for city in county.cities}


def _county(line: str) -> County:
    country, code, lon, lat, settled, name, towns = line.split("\t")
    region = regions()[country, code]
    return County(region, (float(lon), float(lat)), int(settled), name, tuple(map(int, towns.split())))


def _region(line: str) -> Region:
    country, code, iso, kind, lon, lat, settled, weight, name, others = line.split("\t")
    point = (float(lon), float(lat))
    further = tuple(filter(None, others.split("|")))
    share = SHARE if weight == settled else NAMESAKE
    return Region(country, code, iso, kind, point, int(settled), share * float(weight), name, further)
