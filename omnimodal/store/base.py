"""The interface of a store of records: what places, companies and any other looked-up thing are linked to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Record:
    """One thing of a modality. `data` is its entity's content as JSON (`Entity.content()`).

    `aliases` are (name, weight): every name it is found by, `name` included if it should be; the weight is a relative
    frequency and orders the candidates of one name. Names of weight 0 are found by `find`, but not looked for in
    running text, where an ordinary word would be taken for them; `detectable=False` says so of all names of a record.
    """

    modality: str
    id: str
    name: str
    data: Mapping[str, Any]
    aliases: tuple[tuple[str, float], ...] = field(default=())
    detectable: bool = True


@dataclass(frozen=True)
class Candidate:
    """A record that an alias may mean, with the alias's share of that name's weight, P(record | name)."""

    record: Record
    prior: float


@dataclass(frozen=True)
class Match:
    """A name of the store found in a text: half-open [start, end), the modality, and that modality's share of it."""

    start: int
    end: int
    modality: str
    prior: float


class Store(Protocol):
    """Records by (modality, id) and by name. Every implementation passes tests/test_store.py."""

    def put(self, records: Iterable[Record]) -> int:
        """Add or replace records, all or none; returns how many."""
        ...

    def get(self, modality: str, id: str) -> Record:
        """The record. Raises StoreError, naming it, where there is none."""
        ...

    def find(self, name: str, modality: str | None = None, limit: int = 10) -> list[Candidate]:
        """The records of that name (case, accents and width folded), the most likely first."""
        ...

    def scan(self, text: str) -> Iterator[Match]:
        """Every detectable name in a text, at word boundaries, overlapping ones included."""
        ...

    def records(self, modality: str | None = None) -> Iterator[Record]:
        """All records, ordered by (modality, id)."""
        ...

    def close(self) -> None: ...
