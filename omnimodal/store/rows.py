"""Records as rows: what every implementation checks before it writes, and how it reads them again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from omnimodal.errors import StoreError
from omnimodal.fold import fold
from omnimodal.store.base import Alias, Edge, Record, Source

BATCH = 5_000  # records held in memory at a time while they are written
LONGEST_KEY = 2_500  # bytes of a modality with an id: what an index of PostgreSQL takes
_encode = json.JSONEncoder(ensure_ascii=False).encode

# modality, id, kind, name, detectable, lon, lat, aliases, edges, data, geometry
Row = tuple[str, str, str, str, bool, float | None, float | None, str, str, str, bytes | None]
COLUMNS = "modality, id, kind, name, detectable, lon, lat, aliases, edges, data, geometry"


def row_of(record: Record) -> Row:
    """A record's row. Raises StoreError, naming the record, for what no store can keep."""
    modality, id, lon, lat = record.modality, record.id, None, None
    texts = [modality, id, record.kind, record.name, record.source]
    try:
        for alias in record.aliases:
            if not 0 <= alias.weight < float("inf"):
                raise ValueError(f"the name {alias.name!r:.80} has weight {alias.weight}")
            texts += alias.name, alias.language, alias.kind
        for edge in record.edges:
            texts += edge.role, edge.modality, edge.id, edge.note
        data = _encode(record.data)
        "".join(texts).encode()  # a lone surrogate, or what is no text, raises
        data.encode()
        if not modality or not id:
            raise ValueError("modality and id are not empty")
        if len(modality) + len(id) > LONGEST_KEY // 4 and len((modality + id).encode()) > LONGEST_KEY:
            raise ValueError(f"its id is longer than {LONGEST_KEY} bytes")
        if record.point is not None:
            lon, lat = map(float, record.point)
            if not (-180 <= lon <= 180 and -90 <= lat <= 90):
                raise ValueError(f"longitude {lon}, latitude {lat} is no place on Earth")
        aliases = _encode(record.aliases) if record.aliases else ""
        edges = _encode(record.edges) if record.edges else ""
    except (TypeError, ValueError, RecursionError, AttributeError) as error:
        raise StoreError(f"The record {id!r:.80} cannot be written: {error}", encoder=_name(modality)) from error
    return (modality, id, record.kind, record.name, bool(record.detectable), lon, lat, aliases, edges, data,
            record.geometry)  # fmt: skip


def record_of(row: Sequence[Any], source: str) -> Record:
    """The record of a row. Raises StoreError, naming it, where it is broken."""
    modality, id, kind, name, detectable, lon, lat, aliases, edges, data, geometry = row
    try:
        return Record(
            modality,
            id,
            name,
            json.loads(data),
            tuple(map(Alias._make, json.loads(aliases))) if aliases else (),
            bool(detectable),
            kind,
            geometry,
            None if lon is None else (lon, lat),
            tuple(map(Edge._make, json.loads(edges))) if edges else (),
            source,
        )
    except (ValueError, TypeError) as error:
        raise StoreError(f"The store has a broken record {id!r}: {error}", encoder=modality) from error


def names_of(aliases: Iterable[Alias], detectable: bool) -> list[tuple[str, str, float, bool]]:
    """(folded name, name, weight, whether it is looked for in texts) of each alias."""
    return [(fold(a.name), a.name, float(a.weight), detectable and a.weight > 0) for a in aliases]


def batches(records: Iterable[Record], source: Source | None = None) -> Iterator[list[Record]]:
    """The records, BATCH at a time. With a source: those without one get it; another's raises StoreError."""
    iterator = iter(records)
    while batch := list(islice(iterator, BATCH)):
        for record in batch:
            if not isinstance(record, Record):
                raise StoreError(f"A store takes records, not {record!r:.80}")
            if source is not None and record.source not in ("", source.name):
                what = f"The record {record.id!r} says it comes from {record.source!r}, not from {source.name!r}"
                raise StoreError(what, encoder=record.modality)
        yield batch


def condition(modality: str | None, kinds: Sequence[str], mark: str = "?") -> tuple[str, list[str]]:
    """A condition on record r in SQL, to follow another, and its values, for which `mark` stands."""
    parts, values = "", []
    if modality is not None:
        parts, values = f" AND r.modality = {mark}", [modality]
    if kinds:
        keys = [value for kind in kinds if "=" not in kind for value in (f"{kind}=", f"{kind}>")]  # ">" follows "="
        ranges = f" OR (r.kind >= {mark} AND r.kind < {mark})" * (len(keys) // 2)
        parts += f" AND (r.kind IN ({', '.join([mark] * len(kinds))}){ranges})"
        values += [*kinds, *keys]
    return parts, values


def record_from(record: Record, source: Source) -> Record:
    """The record with its source."""
    return record if record.source == source.name else replace(record, source=source.name)


def _name(modality: Any) -> str:
    return modality if isinstance(modality, str) else repr(modality)
