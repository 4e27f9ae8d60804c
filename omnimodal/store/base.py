"""The interface of a store of records: what places, companies and any other looked-up thing are linked to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol


class Alias(NamedTuple):
    """A name that a record is found by. `weight` is a relative frequency and orders the candidates of one name; names
    of weight 0 are found by `find`, but not looked for in running text, where an ordinary word would be taken for them.

    language: BCP 47, "" where unknown; kind: name, alt_name, old_name, short_name, official_name, ref, ticker, ….
    """

    name: str
    weight: float = 1.0
    language: str = ""
    kind: str = "name"


class Edge(NamedTuple):
    """A connection to another record: a place's parent, a route's stops in order. `note` says how it was found."""

    role: str
    modality: str
    id: str
    order: int = 0
    note: str = ""


@dataclass(frozen=True)
class Record:
    """One thing of a modality. `data` is its entity's content as JSON (`Entity.content()`).

    `detectable=False` says that none of its names is looked for in running text. `kind` is its class within the
    modality, as key=value ("amenity=cafe"). `geometry` is where it is, as WKB in WGS84 degrees, longitude first, cut at
    the antimeridian; `point` (lon, lat) stands for it. `source` names the import it came with, which replaces it.
    """

    modality: str
    id: str
    name: str
    data: Mapping[str, Any]
    aliases: tuple[Any, ...] = ()  # of Alias; pairs (name, weight) do as well
    detectable: bool = True
    kind: str = ""
    geometry: bytes | None = None
    point: tuple[float, float] | None = None
    edges: tuple[Edge, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        if any(type(alias) is not Alias for alias in self.aliases):
            object.__setattr__(self, "aliases", tuple(Alias(*alias) for alias in self.aliases))


@dataclass(frozen=True)
class Source:
    """Where records came from: a name, the time its data is from (ISO 8601), its licence, and how many there are."""

    name: str
    timestamp: str = ""
    licence: str = ""
    records: int = 0


@dataclass(frozen=True)
class Candidate:
    """A record that a name may mean, with its share of that name's weight, P(record | name).

    similarity: 1 where the name is one of the record's, below 1 where only words or letters agree.
    """

    record: Record
    prior: float
    similarity: float = 1.0


@dataclass(frozen=True)
class Near:
    """A record and how far it is, in geodesic metres from the point asked to the nearest of its geometry, 0 inside."""

    record: Record
    metres: float


@dataclass(frozen=True)
class Match:
    """A name of the store found in a text: half-open [start, end), the modality, and that modality's share of it."""

    start: int
    end: int
    modality: str
    prior: float


class Store(Protocol):
    """Records by (modality, id), by name, by place and by their connections.

    Every implementation passes tests/test_store.py, test_store_places.py and test_store_near.py. `kinds` are classes,
    "amenity=cafe", or keys, "amenity"; none means all. Positions are degrees of WGS84, longitude first.
    """

    def put(self, records: Iterable[Record]) -> int:
        """Add or replace records, all or none; returns how many."""
        ...

    def replace(self, source: Source, records: Iterable[Record]) -> int:
        """Put records in the place of all that came from `source`, in one step: readers see the old or the new.

        Records are taken as they come, some thousands at a time. Those without a source get this one. They take over
        the ids of other sources' records; StoreError, naming it, for an id that comes twice, and for another source.
        """
        ...

    def replace_all(self, parts: Sequence[tuple[Source, Iterable[Record]]]) -> int:
        """`replace` for several sources, all in one step; the records of each come when those before are written."""
        ...

    def get(self, modality: str, id: str) -> Record:
        """The record. Raises StoreError, naming it, where there is none."""
        ...

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Record]:
        """The records of many (modality, id), in that order. Raises StoreError, naming the first that is missing."""
        ...

    def find(self, name: str, modality: str | None = None, limit: int = 10) -> list[Candidate]:
        """The records of that name (case, accents and width folded), the most likely first."""
        ...

    def search(
        self, text: str, modality: str | None = None, kinds: Sequence[str] = (), limit: int = 10
    ) -> list[Candidate]:
        """The records whose names are like `text`, the likest first: equal, and with all its words; where there are
        none, with some of its words or letters. `prior` is the share of the weight of all that were found.
        """
        ...

    def state(self) -> object:
        """An object that is the same one as long as the records are: for those who remember what they read."""
        ...

    def scan(self, text: str) -> Iterator[Match]:
        """Every detectable name in a text, at word boundaries, overlapping ones included."""
        ...

    def records(self, modality: str | None = None, source: str | None = None) -> Iterator[Record]:
        """All records, ordered by (modality, id)."""
        ...

    def referrers(self, modality: str, id: str, role: str | None = None) -> list[tuple[Record, Edge]]:
        """The records that have an edge to this one, each with that edge: the children of a parent, a stop's routes."""
        ...

    def near(
        self,
        lon: float,
        lat: float,
        modality: str | None = None,
        kinds: Sequence[str] = (),
        limit: int | None = 10,
        radius: float | None = None,
        fits: Callable[[Record], bool] | None = None,
    ) -> list[Near]:
        """The records nearest to a point, the nearest first, at most `limit`, within `radius` metres, that `fits`."""
        ...

    def overlapping(self, geometry: Any, modality: str | None = None, kinds: Sequence[str] = ()) -> list[Record]:
        """The records whose geometry shares a point with a shapely geometry in WGS84, the smallest box first."""
        ...

    def kinds(self, modality: str) -> list[str]:
        """The classes that the records of a modality have, in order; "" of those without one is left out."""
        ...

    def sources(self) -> list[Source]:
        """The sources of the records, ordered by name."""
        ...

    def close(self) -> None: ...
