"""The companies that ship with the package: data/corporation/companies.csv as records of the store."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from omnimodal import registry
from omnimodal.encoders.corporation.detect import spellings
from omnimodal.encoders.corporation.entity import Corporation
from omnimodal.entity import Link
from omnimodal.store.base import Record

FAINT = 0.001  # the share of a company's weight that an ordinary word gets which names it too
UNKNOWN_WEIGHT = 100_000.0  # for companies whose figures are not published


@cache
def rows() -> tuple[dict[str, str], ...]:
    """The table as it stands; data/corporation/README.md explains its columns."""
    text = files("omnimodal.data").joinpath("corporation/companies.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def corporation(row: dict[str, str]) -> Corporation:
    """The entity that a row says."""
    number = registry.entity_class("Number")
    revenue = row["revenue"] and number(row["revenue"], currency="USD")
    return Corporation(
        name=row["name"],
        aliases=[name for name in _split(row["aliases"]) + _split(row["quiet"]) if name != row["name"]],
        legal_form=row["legal_form"],
        sector=row["sector"],
        industry=row["industry"],
        tickers=_split(row["ticker"]),
        country=row["country"],
        seat=row["seat"],
        headquarters=Link("place", f"geonames:{row['geonameid']}"),
        founded=row["founded"],
        employees=row["employees"],
        employees_year=row["employees_year"],
        revenue=revenue,
        revenue_year=row["revenue_year"],
        parent=_company(row["parent"]) if row["parent"] else None,
        subsidiaries=[_company(other["id"]) for other in rows() if other["parent"] == row["id"]],
    )


def names(row: dict[str, str]) -> Iterator[tuple[str, float]]:
    """(name, weight) of a row. The weight is on the scale of a place's, which is its population: the revenue in
    100,000 dollars, or the employees where they are more. Ordinary words ("Target") weigh little: a text must say more
    for them. Weight 0: found by name, not looked for in running text.
    """
    weight = max(float(row["revenue"] or 0) / 1e5, float(row["employees"] or 0)) or UNKNOWN_WEIGHT
    full = [f"{row['name']} {spelling}" for spelling in spellings(row["legal_form"])]
    quiet, tickers = _split(row["quiet"]), _split(row["ticker"])
    for name in dict.fromkeys([row["name"], *full, *_split(row["aliases"]), *quiet]):
        yield name, FAINT * weight if name in quiet else weight
    for ticker in set(tickers) - {row["name"], *_split(row["aliases"])}:
        yield ticker, weight if len(ticker) > 3 else 0.0  # "CAT" is seldom Caterpillar


def records() -> Iterator[Record]:
    for row in rows():
        yield Record("corporation", f"company:{row['id']}", row["name"], corporation(row).content(), tuple(names(row)))


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _company(id: str) -> Link:
    return Link("corporation", f"company:{id}")
