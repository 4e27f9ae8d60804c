"""Records as rows: what every implementation checks before it writes, and how it reads them again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any

from omnimodal.errors import StoreError
from omnimodal.fold import fold
from omnimodal.store.base import Alias, Edge, Record, Source

BATCH = 5_000  # records held in memory at a time while they are written
LONGEST_KEY = 2_500  # bytes of a modality with an id: what an index of PostgreSQL takes
_encode, _quoted = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode, json.encoder.encode_basestring

# modality, id, kind, name, detectable, lon, lat, aliases, edges, data, geometry
Row = tuple[str, str, str, str, bool, float | None, float | None, str, str, str, bytes | None]
COLUMNS = "modality, id, kind, name, detectable, lon, lat, aliases, edges, data, geometry"


def row_of(record: Record) -> Row:
    """A record's row. Raises StoreError, naming the record, for what no store can keep."""
    modality, id, lon, lat = record.modality, record.id, None, None
    try:
        aliases = f"[{','.join(map(_alias, record.aliases))}]" if record.aliases else ""
        edges = f"[{','.join(map(_edge, record.edges))}]" if record.edges else ""
        data = _encode(record.data)
        # What is no text raises, and so does half a character (a lone surrogate).
        "".join((modality, id, record.kind, record.name, record.source, aliases, edges, data)).encode()
        if not modality or not id:
            raise ValueError("modality and id are not empty")
        _short(modality, id)
        _short(record.kind, record.source)
        if record.point is not None:
            lon, lat = map(float, record.point)
            if not (-180 <= lon <= 180 and -90 <= lat <= 90):
                raise ValueError(f"longitude {lon}, latitude {lat} is no place on Earth")
    except (TypeError, ValueError, RecursionError, AttributeError) as error:
        raise StoreError(f"The record {id!r:.80} cannot be written: {error}", encoder=_name(modality)) from error
    return (modality, id, record.kind, record.name, bool(record.detectable), lon, lat, aliases, edges, data,
            record.geometry)  # fmt: skip


def _alias(alias: Alias) -> str:
    """As JSON."""
    name, weight, language, kind = alias
    if not 0 <= weight < float("inf"):
        raise ValueError(f"the name {name!r:.80} has weight {weight}")
    return f"[{_quoted(name)},{float(weight)!r},{_quoted(language)},{_quoted(kind)}]"


@lru_cache(maxsize=1 << 14)  # many things lie in one town
def _edge(edge: Edge) -> str:
    """As JSON."""
    role, modality, id, order, note = edge
    _short(modality, id)
    return f"[{_quoted(role)},{_quoted(modality)},{_quoted(id)},{int(order)},{_quoted(note)}]"


def _short(one: str, two: str) -> None:
    """What is indexed must fit an index."""
    if len(one) + len(two) > LONGEST_KEY // 4 and len((one + two).encode()) > LONGEST_KEY:
        raise ValueError(f"an id, a class or a source is longer than {LONGEST_KEY} bytes")


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
