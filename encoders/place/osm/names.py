"""Tags → names: in every language and of every kind, how much they weigh, and whether texts are searched for them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from functools import lru_cache

from omnimodal.encoders.place.osm.classes import Classes, Tags
from omnimodal.errors import StoreError
from omnimodal.store.base import Alias

# Key → (kind, share of the thing's weight). Of weight 0: found when asked for, not looked for in running text.
KINDS: Mapping[str, tuple[str, float]] = {
    "name": ("name", 1.0),
    "official_name": ("official_name", 1.0),
    "int_name": ("int_name", 0.5),
    "alt_name": ("alt_name", 0.5),
    "short_name": ("short_name", 0.5),
    "nat_name": ("nat_name", 0.5),
    "reg_name": ("reg_name", 0.2),
    "loc_name": ("loc_name", 0.2),
    "old_name": ("old_name", 0.1),
    "ref": ("ref", 0.0),
    "int_ref": ("ref", 0.0),
    "brand": ("brand", 0.0),
}
FOREIGN = 0.5  # share of a name in a language, where it is not the name
_names = tuple(f"{key}:" for key in KINDS if key.endswith("name")) + tuple(
    f"{key}_" for key in KINDS if key.endswith("name")
)
NOTABLE = 200.0  # inhabitants that a thing with an article weighs as much as


def aliases(tags: Tags, weight: float, languages: Collection[str] | None = None) -> list[Alias]:
    """All names of a thing, the heaviest first, each once per language and kind; `languages` limits name:xx and such.

    `alt_name_1` is an alt_name, `name:de` is German, "A;B" are two names; `name:prefix`, `name:etymology:wikidata`
    and the like are no names.
    """
    found: dict[tuple[str, str, str], Alias] = {}
    for key, value in tags.items():
        said = _named_by(key)
        if said is None:
            continue
        kind, share, language = said
        if languages is not None and language not in languages and key not in KINDS:
            continue
        share *= FOREIGN if language and kind == "name" and value != tags.get("name") else 1.0
        parts = [part for one in value.split(";") if (part := one.strip())]
        if len(parts) > 1 and key == "name":
            parts.insert(0, value.strip())  # some names have a semicolon
        for name in parts:
            found.setdefault((name, language, kind), Alias(name, weight * share, language, kind))
    if len(found) > 1:
        return sorted(found.values(), key=lambda a: -a.weight)
    return list(found.values())


@lru_cache(maxsize=1 << 12)
def _named_by(key: str) -> tuple[str, float, str] | None:
    """What a key names a thing by: the kind of name, its share, and the language; None where it is no name."""
    if key in KINDS:
        return *KINDS[key], ""
    if not key.startswith(_names):
        return None
    stem, _, language = key.partition(":")
    entry = KINDS.get(stem if stem in KINDS else stem.rstrip("0123456789").rstrip("_"))
    return (*entry, language) if entry is not None and _is_language(language) else None


def checked(languages: Collection[str] | None) -> frozenset[str] | None:
    """Languages as given. Raises StoreError for none at all, and for what looks like no BCP 47 tag ("German")."""
    if languages is None:
        return None
    wrong = [language for language in languages if not language or not _is_language(language)]
    if wrong or not languages:
        raise StoreError(
            f"Languages are given as de, en or zh-Hant, not {', '.join(map(repr, wrong)) or 'none at all'}"
        )
    return frozenset(languages)


def _is_language(text: str) -> bool:
    """Whether it looks like BCP 47: "de", "zh-Hant", "sr-Latn"; "" (of alt_name_1) as well."""
    head = text.partition("-")[0].partition("_")[0]
    return not text or (2 <= len(head) <= 3 and head.isascii() and head.islower())


def population(tags: Tags) -> int | None:
    """The inhabitants stated; None where the tag says something else ("about 500"): OSM values are free text."""
    text = tags.get("population", "").replace(",", "").replace(" ", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def elevation(tags: Tags) -> float | None:
    """Metres above the sea, "1234", "1234 m" or "4000 ft"; None where the tag says no number, or one of no mountain."""
    number, _, unit = tags.get("ele", "").strip().partition(" ")
    try:
        metres = float(number.removesuffix("m")) * {"": 1.0, "m": 1.0, "ft": 0.3048}[unit]
    except (ValueError, KeyError):
        return None
    return metres if -12_000 <= metres <= 10_000 else None


def weight(classes: Classes, kind: str, tags: Tags, people: int | None, notable: bool) -> float:
    """On the scale of inhabitants, as all places weigh their names: those it has, or that its class commonly has."""
    if people:
        return float(people)
    if kind.startswith("place="):
        settlement = classes.place.get(kind[6:])
        return float(settlement.people) if settlement is not None else 1.0
    if kind == "boundary=administrative":
        level = tags.get("admin_level", "")
        named = classes.level.get(int(level)) if level.isascii() and level.isdigit() else None
        return float(classes.place[named[0]].people) if named else NOTABLE
    return NOTABLE if notable else 1.0


def importance(weight: float, notable: bool) -> float:
    """0..1: a tenth of the logarithm of what its name weighs, and a tenth for things with an article."""
    return round(min(1.0, math.log10(weight) / 10 + 0.1 * notable), 3) if weight > 1 else 0.1 * notable


def is_notable(tags: Tags) -> bool:
    return "wikidata" in tags or "wikipedia" in tags


def is_detectable(classes: Classes, kind: str, tags: Tags, names: Mapping[str, int], ordinary: Collection[str]) -> bool:
    """Whether its names are looked for in running text: every town has a Market Square, and a Bäckerei.

    Settlements and administrative areas are; so are things of a kind that has names of its own (data/place/osm.toml)
    where they have an article and no everyday word for a name, or several words that are the name of nothing else.
    """
    name = tags.get("name", "")
    key, _, value = kind.partition("=")
    if key == "place" and value in classes.settlements:
        return True
    if kind == "boundary=administrative":
        return "admin_level" in tags
    if key not in classes.detect or len(name) < 4 or name.isdigit():
        return False
    words = name.split()
    if is_notable(tags) and (len(words) > 1 or name.casefold() not in ordinary):
        return True
    return len(words) > 1 and len(name) >= 8 and names.get(name) == 1 and sum(w[:1].isupper() for w in words) > 1
