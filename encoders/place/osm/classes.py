"""What tags say: the class of a thing, whether it is kept without a name, whether a closed way is an area."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, NamedTuple

Tags = Mapping[str, str]
AREAS = ("multipolygon", "boundary")  # types of relations whose members are rings
_silent = frozenset(("type", "source", "created_by", "note"))  # keys that do not say what a relation is
_NONE = ("no", "none", "multipolygon")  # values that deny their key, or say nothing


class Values(NamedTuple):
    """Values of a key: those listed, or all that are not."""

    listed: frozenset[str]
    listed_only: bool

    @classmethod
    def of(cls, values: Sequence[str]) -> Values:
        """["*"], ["a", "b"] or ["!a", "!b"]."""
        excepted = [value[1:] for value in values if value.startswith("!")]
        if excepted or list(values) == ["*"]:
            return cls(frozenset(excepted), False)
        return cls(frozenset(values), True)

    def __contains__(self, value: object) -> bool:
        return (value in self.listed) is self.listed_only and value not in _NONE


class Settlement(NamedTuple):
    """A value of place=*: its rank in the hierarchy, inhabitants where none are stated, metres it reaches."""

    rank: int
    people: int
    extent: int


@dataclass(frozen=True)
class Classes:
    """The table data/place/osm.toml."""

    ranks: Mapping[str, tuple[int, Mapping[str, int]]]  # key → (rank of the key, rank of some values)
    unnamed: Mapping[str, Values]
    passed: Mapping[str, frozenset[str]]
    area: Mapping[str, Values]
    natural: Mapping[str, Values]
    ignored: frozenset[str]
    join: frozenset[str]
    count: frozenset[str]
    detect: frozenset[str]
    settlements: frozenset[str]
    place: Mapping[str, Settlement]
    level: Mapping[int, tuple[str, ...]]
    everything: bool = False  # whether all is kept that has a tag

    @property
    def keys(self) -> list[str]:
        """The keys one of which an object must have to be looked at; unnamed buildings are asked for on their own."""
        return ["name", *(key for key in self.unnamed if key != "building"), "waterway", "route", "aerialway"]

    @property
    def keys_of_areas(self) -> list[str]:
        """The keys one of which an area must have to be looked at."""
        return [key for key in self.keys if key in self.area or key == "name"]

    def kind(self, tags: Tags) -> str:
        """The class, "amenity=cafe"; "" where no tag says one."""
        ranks, best, found = self.ranks, 1 << 30, ""
        for key, value in tags.items():
            entry = ranks.get(key)
            if entry is not None:
                rank = entry[1].get(value, entry[0])
                if rank < best and value not in _NONE:
                    best, found = rank, key
        return f"{found}={tags[found]}" if found else ""

    def kept_unnamed(self, tags: Tags) -> bool:
        return self.everything or _any(self.unnamed, tags)

    def kept_relation(self, tags: Tags) -> bool:
        """Whether a relation is a thing: named, of a class that needs no name, or an area of which no tag is known."""
        if self.everything:
            return bool(tags)
        if tags.get("type") in self.ignored:
            return False
        return "name" in tags or self.kept_unnamed(tags) or self.unknown_area(tags)

    def unknown_area(self, tags: Tags) -> bool:
        """Whether a relation's tags say that it is an area, and nothing else that the table knows."""
        said = tags.keys() - _silent
        return tags.get("type") in AREAS and bool(said) and self._known.isdisjoint(said)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.ranks) | self.unnamed.keys() | self.area.keys() | self.natural.keys()

    def is_area(self, tags: Tags) -> bool:
        """Whether a closed way with these tags is an area."""
        said = tags.get("area")
        return said == "yes" or (said != "no" and _any(self.area, tags))

    def is_natural(self, tags: Tags) -> bool:
        return _any(self.natural, tags)


def _any(table: Mapping[str, Values], tags: Tags) -> bool:
    for key, value in tags.items():
        values = table.get(key)
        if values is not None and (value in values[0]) is values[1] and value not in _NONE:
            return True
    return False


@cache
def classes(everything: bool = False) -> Classes:
    """The table that ships; with `everything`, one that keeps all that has a tag."""
    if everything:
        return replace(classes(), everything=True, passed={"highway": frozenset(), "natural": frozenset()})
    table = tomllib.loads((files("omnimodal.data") / "place" / "osm.toml").read_text("utf-8"))
    ranks: dict[str, tuple[int, dict[str, int]]] = {}
    last = len(table["primary"])
    for rank, entry in enumerate(table["primary"]):
        key, _, value = entry.partition("=")
        own, special = ranks.get(key, (last, {}))
        ranks[key] = (own, {**special, value: rank}) if value else (rank, special)
    values: dict[str, Any] = {
        name: {key: Values.of(listed) for key, listed in table[name].items()} for name in ("unnamed", "area", "natural")
    }
    return Classes(
        ranks=ranks,
        passed={key: frozenset(listed) for key, listed in table["passed"].items()},
        **values,
        ignored=frozenset(table["ignore"]["types"]),
        join=frozenset(table["join"]["keys"]),
        count=frozenset(table["count"]["keys"]),
        detect=frozenset(table["detect"]["keys"]),
        settlements=frozenset(table["detect"]["settlements"]),
        place={name: Settlement(**entry) for name, entry in table["place"].items()},
        level={int(level): tuple(names) for level, names in table["level"].items()},
    )
