"""What stores do alike, whatever keeps their records: names to look for in texts are remembered until one writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from omnimodal.errors import StoreError
from omnimodal.store.base import Edge, Match, Record, Source
from omnimodal.store.gazetteer import Gazetteer

TRIE = "SELECT value FROM meta WHERE key = 'trie'"
SOURCES = """SELECT name, timestamp, licence, (SELECT count(*) FROM record r WHERE r.source = s.number)
    FROM source s ORDER BY name"""


class Common(ABC):
    """The part of a store that is built on the rest of it. `db` has `all`, `writing` and `close`, as `Database` has."""

    def __init__(self, db: Any):
        self._db = db
        self._names: Gazetteer | None = None
        self._version: object = None
        self._state = object()  # another one whenever the version is another

    @abstractmethod
    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Record]: ...

    @abstractmethod
    def replace_all(self, parts: Sequence[tuple[Source, Iterable[Record]]]) -> int: ...

    @abstractmethod
    def _written(self) -> object:
        """What changes with every write of another."""

    @abstractmethod
    def _gathered(self) -> Gazetteer:
        """The names to look for, from the tables."""

    @abstractmethod
    def _keep(self, db: Any, trie: bytes) -> None:
        """Write them down, within a transaction."""

    def replace(self, source: Source, records: Iterable[Record]) -> int:
        return self.replace_all([(source, records)])

    def get(self, modality: str, id: str) -> Record:
        return self.get_many([(modality, id)])[0]

    def state(self) -> object:
        version = self._written()
        if version != self._version:
            self._names, self._version, self._state = None, version, object()
        return self._state

    def scan(self, text: str) -> Iterator[Match]:
        return self._gazetteer().scan(text)

    def close(self) -> None:
        self._db.close()

    def _gazetteer(self) -> Gazetteer:
        state, names = self.state(), self._names
        if names is None:
            saved = self._db.all(TRIE)
            names = (Gazetteer.load(saved[0][0]) if saved else None) or self._built(state)
            if self.state() is state:
                self._names = names
        return names

    def _built(self, state: object) -> Gazetteer:
        names = self._gathered()
        with suppress(StoreError), self._db.writing() as db:  # where it cannot be written it is made again next time
            if self.state() is state:  # else someone has put other names meanwhile
                self._keep(db, names.dump())
        return names


def referring(records: Iterable[Record], modality: str, id: str, role: str | None) -> list[tuple[Record, Edge]]:
    """The records with their edges to (modality, id), in the order that `Store.referrers` gives."""
    pairs = [(record, edge) for record in records for edge in record.edges]
    here = [(r, e) for r, e in pairs if (e.modality, e.id) == (modality, id) and role in (None, e.role)]
    return sorted(here, key=lambda pair: (pair[0].modality, pair[0].id, pair[1].order, pair[1].role))
