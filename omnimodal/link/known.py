"""What linking needs to know of a record: its fame, its words, what it lies in and is tied to, its point."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from omnimodal.errors import StoreError
from omnimodal.fold import fold
from omnimodal.link.lexicon import initials, words
from omnimodal.store.base import Record, Store

Key = tuple[str, str]  # modality and id
DEPTH = 6  # of what a record lies in
REMEMBERED = 1 << 14
NO_SCALE = 10.0  # weights up to this order names, but do not tell how well known a thing is


@dataclass(frozen=True, eq=False)
class Known:
    """A record as linking sees it.

    names: its folded names; name_words: the words of the first; initials: of all; words: those of its kind and of what
    its data says, without its names; kinds: those of its kind; links: records it is tied to; ancestors: those it lies
    in, at any depth; ancestor_names: their folded names, of one without those of what it is tied to.
    point: on the unit sphere, None where unknown. fame: log10 of the weight of its heaviest name, 0 up to NO_SCALE.
    """

    record: Record
    key: Key
    names: frozenset[str]
    name_words: frozenset[str]
    initials: frozenset[str]
    words: frozenset[str]
    kinds: frozenset[str]
    links: frozenset[Key]
    ancestors: frozenset[Key]
    ancestor_names: frozenset[str]
    point: tuple[float, float, float] | None
    fame: float


class Memory:
    """The records of a store as linking sees them, remembered."""

    def __init__(self, store: Store):
        self.store = store
        self._known: OrderedDict[Key, Known] = OrderedDict()

    def known(self, record: Record) -> Known:
        key = (record.modality, record.id)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._look(record, key)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found

    def forget(self) -> None:
        """After the store has changed."""
        self._known.clear()

    def _look(self, record: Record, key: Key) -> Known:
        links = frozenset(_links(record.data)) | {(e.modality, e.id) for e in record.edges}
        above = self._ancestors(record, key)
        names = frozenset(fold(alias.name) for alias in record.aliases) | {fold(record.name)}
        said = frozenset(word for text in _texts(record.data) for word in words(text) if len(word) > 2)
        kinds = frozenset(words(record.kind.partition("=")[2]))
        weight = max((alias.weight for alias in record.aliases), default=0.0)
        return Known(
            record,
            key,
            names,
            frozenset(words(record.name)),
            frozenset(initials(alias.name) for alias in record.aliases),
            (said | kinds) - frozenset(word for name in names for word in words(name)),
            kinds,
            links - {key},
            frozenset((r.modality, r.id) for r in above),
            frozenset(fold(alias.name) for r in above or self._around(key, links) for alias in r.aliases),
            self._point(record, links),
            math.log10(1 + weight) if weight > NO_SCALE else 0.0,
        )

    def _ancestors(self, record: Record, key: Key) -> list[Record]:
        found: dict[Key, Record] = {}
        level = [record]
        for _ in range(DEPTH):
            above = {parent for r in level for parent in _parents(r)} - found.keys() - {key}
            level = self._get(above)
            if not level:
                break
            found.update({(r.modality, r.id): r for r in level})
        return list(found.values())

    def _around(self, key: Key, links: Iterable[Key]) -> list[Record]:
        """What a record without parents is tied to, and what that lies in: a company's head office, its country."""
        tied = self._get({other for other in links if other[0] != key[0]})
        return [*tied, *(r for other in tied for r in self._ancestors(other, key))]

    def _point(self, record: Record, links: Iterable[Key]) -> tuple[float, float, float] | None:
        """Where it is, else where something it is tied to is: a company's place is that of its head office."""
        if record.point is not None:
            return on_sphere(*record.point)
        tied = self._get({key for key in links if key[0] != record.modality})
        points = sorted((r.id, r.point) for r in tied if r.point is not None)
        return on_sphere(*points[0][1]) if points else None

    def _get(self, keys: Iterable[Key]) -> list[Record]:
        """The records of those keys that the store has: a link may lead out of it."""
        found: list[Record] = []
        missing: list[Key] = []
        for key in sorted(keys):
            if key in self._known:
                found.append(self._known[key].record)
            else:
                missing.append(key)
        try:
            return found + (self.store.get_many(missing) if missing else [])
        except StoreError:
            return found + [r for key in missing for r in _one(self.store, key)]


def _one(store: Store, key: Key) -> Iterator[Record]:
    try:
        yield store.get(*key)
    except StoreError:
        return  # a link to a record that is not there ties to nothing


def _parents(record: Record) -> set[Key]:
    """What a record lies in: its edges of that role, else the links that its data calls its parents."""
    edges = {(edge.modality, edge.id) for edge in record.edges if edge.role == "parent"}
    return edges or {key for field in ("parents", "parent") for key in _links(record.data.get(field))}


def _links(value: Any) -> Iterator[Key]:
    match value:
        case {"$link": [str(modality), str(id)]}:
            yield modality, id
        case Mapping():
            for item in value.values():
                yield from _links(item)
        case list() | tuple():
            for item in value:
                yield from _links(item)


def _texts(value: Any) -> Iterator[str]:
    """The plain texts of a record's data; links, bytes and numbers are none."""
    match value:
        case str():
            yield value[:1000]
        case Mapping():
            for key, item in value.items():
                if not str(key).startswith("$"):
                    yield from _texts(item)
        case list() | tuple():
            for item in value:
                yield from _texts(item)


def on_sphere(lon: float, lat: float) -> tuple[float, float, float]:
    """The point of the unit sphere at these degrees."""
    a, b = math.radians(lon), math.radians(lat)
    return math.cos(b) * math.cos(a), math.cos(b) * math.sin(a), math.sin(b)


def kilometres(one: tuple[float, float, float], two: tuple[float, float, float]) -> float:
    """The distance of two points of the unit sphere, on an Earth of 6,371 km radius."""
    cosine = one[0] * two[0] + one[1] * two[1] + one[2] * two[2]
    return 6371.0 * math.acos(max(-1.0, min(1.0, cosine)))
