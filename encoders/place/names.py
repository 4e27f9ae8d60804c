"""Collects the names of all countries in some languages into data/place/country_names.tsv.

    pip install babel==2.18.0
    python -m omnimodal.encoders.place.names

babel has the names of CLDR. English ones come with GeoNames; a name that differs from one of the country's in accents
and case alone is left out, and so is one that is written like a region, or a city of 100,000 inhabitants, elsewhere.
Those of data/place/country_names_quiet.txt are words and names of persons as well, and only looked up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from omnimodal.encoders.place.cities import LARGE, cities, lines, nations
from omnimodal.encoders.place.records import CODES, aliases
from omnimodal.encoders.place.regions import counties, regions
from omnimodal.fold import fold

LANGUAGES = ("de", "fr", "es", "it", "nl", "pt")
HEAD = """\
# Made by python -m omnimodal.encoders.place.names, see README.md. Columns: ISO 3166-1, name, languages, share of the
# country's weight; names of share 0 are only looked up
"""
SHARE = "0.1"
_no_usual_name = re.compile(r"[(),]| - |\bEE\b|EUA|\bS\.?A\.?R\b|\bR\.?A\.?[ES]\b|Sonderverwaltung")


def collect() -> Iterator[str]:
    """The lines of the file, by country and language."""
    quiet = {word for line in lines("country_names_quiet.txt") for word in line.split(", ")}
    elsewhere = {city["name"] for city in cities() if city["population"] >= LARGE}
    elsewhere |= {region.name for region in regions().values()} | {county.name for county in counties()}
    for code, names in sorted(_said().items()):
        known = {fold(name) for name in (nations()[code]["name"], *aliases().get(f"country:{code}", ()))}
        for name, languages in names.items():
            if fold(name) not in known and name not in elsewhere and not _no_usual_name.search(name):
                yield "\t".join([code, name, " ".join(languages), "0" if name in quiet else SHARE])


def _said() -> dict[str, dict[str, list[str]]]:
    """ISO 3166-1 code → name → the languages that have it."""
    from babel import Locale

    said: dict[str, dict[str, list[str]]] = {code: {} for code in nations()}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in said:
                said[code].setdefault(name.replace("’", "'"), []).append(language)
    return said


def main() -> None:
    found = list(collect())
    path = Path(__file__).resolve().parents[2] / "data" / "place" / CODES
    path.write_text(HEAD + "\n".join(found) + "\n", "utf-8")
    print(f"{len(found):,} are in {path}")


if __name__ == "__main__":
    main()
