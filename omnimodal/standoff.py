"""Corpora: a file of texts, one JSON object a line → a file of their mentions, one object a line, beside the texts."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from omnimodal.detection import MODES, Overlaps, Source
from omnimodal.document import Document
from omnimodal.encoder import Encoder
from omnimodal.entity import Alternative, Entity, Mention
from omnimodal.errors import OmnimodalError, UnknownNameError
from omnimodal.read import find_mentions
from omnimodal.registry import unknown
from omnimodal.store import Store

FORMAT = 1
BATCH = 32  # texts at once
NAMES = ("id", "doc")  # fields that name a document, the first that is there


@dataclass
class Counts:
    """Of a run: the documents and mentions written, those of an entity, the lines skipped, and where it went on."""

    documents: int = 0
    mentions: int = 0
    linked: int = 0
    skipped: int = 0
    resumed: int = 0


@dataclass(frozen=True)
class Line:
    """A line of the file: which it is, from 1, where it ends, and its document, or what is wrong with it."""

    nth: int
    end: int
    id: Any = None
    document: Document | None = None
    reference: str | None = None
    error: str = ""


def link_file(
    source: Path,
    target: Path,
    encoders: Mapping[str, Encoder],
    store: Store | None,
    *,
    text_field: str = "text",
    reference_field: str | None = None,
    overlaps: Overlaps = "flat",
    skip_errors: bool = False,
    sources: Sequence[Source] = (),
    locale: str | None = None,
    advanced: Callable[[int], None] = lambda end: None,
) -> Counts:
    """Write the mentions of each text of `source`; `advanced` is told how many bytes of it are done.

    `target` appears when it is complete. What was written before an interruption is kept in a file beside it, and a run
    with the same input and options goes on there. A line that is no document raises OmnimodalError, naming file and
    line; with `skip_errors` it is written as {"line", "error"} and counted.
    """
    if overlaps not in MODES:
        raise UnknownNameError(unknown("mode of overlaps", overlaps, list(MODES)))
    if target.is_dir():
        raise OmnimodalError(f"{target} is a folder: name the file to write")
    if target.exists() and target.samefile(source):
        raise OmnimodalError(f"{target} is the corpus itself: name another file to write")
    what = source.stat()
    options = [FORMAT, str(source.resolve()), what.st_size, what.st_mtime_ns, text_field, reference_field, overlaps]
    options += [sorted(encoders), str(getattr(store, "path", "")), skip_errors, [one.name for one in sources], locale]
    digest = hashlib.blake2b(json.dumps(options).encode(), digest_size=6).hexdigest()
    partial = target.with_name(f".{target.name}.{digest}.partial")
    target.parent.mkdir(parents=True, exist_ok=True)
    counts = Counts()

    def find(docs: Sequence[Document], reference: str | None) -> list[list[Mention]]:
        return find_mentions(docs, encoders, store, reference, locale, overlaps, sources)

    with partial.open("a+b") as out, source.open("rb") as lines:
        counts.resumed = _done(out)
        for batch in _batches(_read(lines, source, text_field, reference_field), counts.resumed):
            for line, mentions in _linked(batch, source, find, skip_errors):
                out.write(json.dumps(_said(line, mentions), ensure_ascii=False).encode() + b"\n")
                counts.skipped += bool(line.error)
                counts.documents += not line.error
                counts.mentions += len(mentions)
                counts.linked += sum(m.entity is not None for m in mentions)
            out.flush()
            advanced(batch[-1].end)
        os.fsync(out.fileno())
    os.replace(partial, target)
    return counts


def _done(out: IO[bytes]) -> int:
    """The last line of the source that an interrupted run wrote; a half line behind it is cut off."""
    out.seek(0)
    number = end = 0
    for written in out:
        if not written.endswith(b"\n"):
            break
        number, end = json.loads(written)["line"], end + len(written)
    out.truncate(end)
    out.seek(end)
    return number


def _read(lines: IO[bytes], source: Path, text_field: str, reference_field: str | None) -> Iterator[Line]:
    """The lines of a file that are not blank."""
    end = 0
    for number, raw in enumerate(lines, 1):
        end += len(raw)
        if not raw.strip():
            continue
        try:
            said = json.loads(raw)
            if not isinstance(said, dict) or not isinstance(said.get(text_field), str):
                raise OmnimodalError(f"it has no text in the field {text_field!r}")
            reference = said.get(reference_field) if reference_field else None
            if reference is not None and not (isinstance(reference, str) and _is_date(reference)):
                raise OmnimodalError(f"its {reference_field!r} is no ISO date: {reference!r}")
            id = next((said[name] for name in NAMES if name in said), number)
            yield Line(number, end, id, Document(said[text_field]), reference)
        except (ValueError, RecursionError, OmnimodalError) as error:
            yield Line(number, end, error=f"{source}, line {number}: {error}")


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _batches(lines: Iterator[Line], done: int) -> Iterator[list[Line]]:
    batch: list[Line] = []
    for line in lines:
        if line.nth > done:
            batch.append(line)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _linked(
    batch: list[Line], source: Path, find: Callable[..., list[list[Mention]]], skip_errors: bool
) -> Iterator[tuple[Line, list[Mention]]]:
    """Each line with its mentions; texts of the same reference are read together."""
    for reference, group in groupby(batch, key=lambda line: line.reference):
        lines = list(group)
        if not skip_errors and (bad := next((line for line in lines if line.error), None)):
            raise OmnimodalError(bad.error)
        docs = [line.document for line in lines if line.document is not None]
        try:
            found = iter(find(docs, reference))
        except OmnimodalError as error:
            error.message = f"{source}, lines {lines[0].nth} to {lines[-1].nth}: {error.message}"
            raise
        for line in lines:
            yield line, next(found) if line.document is not None else []


def _said(line: Line, mentions: list[Mention]) -> dict[str, Any]:
    if line.error:
        return {"line": line.nth, "error": line.error}
    return {"line": line.nth, "id": line.id, "mentions": [mention_json(m) for m in mentions]}


def mention_json(mention: Mention) -> dict[str, Any]:
    """A mention as JSON: offsets in code points, `record` of what was linked, `value` of what was parsed."""
    said: dict[str, Any] = {
        "start": mention.start,
        "end": mention.end,
        "text": mention.text,
        "modality": mention.modality,
        "source": mention.source,
    }
    if mention.record is not None:
        said["record"] = mention.record.id
        said["name"] = mention.entity.surface if mention.entity is not None else mention.text
    elif mention.entity is not None:
        said["value"] = value_json(mention.entity)
    for name in ("probability", "margin"):
        if (value := getattr(mention, name)) is not None:
            said[name] = round(value, 4)
    if mention.alternatives:
        said["alternatives"] = [_alternative(a) for a in mention.alternatives]
    if mention.children:
        said["children"] = [mention_json(child) for child in mention.children]
    return said


def _alternative(other: Alternative) -> dict[str, Any]:
    said: dict[str, Any] = {"name": other.name}
    if other.record is not None:
        said = {"record": other.record.id, "modality": other.record.modality, **said}
    if other.entity is not None:
        said["value"] = value_json(other.entity)
    if other.probability is not None:
        said["probability"] = round(other.probability, 4)
    return said


def value_json(entity: Entity) -> dict[str, Any]:
    """What an entity says, without what is empty."""
    return {k: v for k, v in entity.content().items() if v not in (None, [], {})}
