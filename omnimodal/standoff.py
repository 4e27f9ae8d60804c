"""Corpora: a file of texts, one JSON object a line → a file of their mentions, one object a line, beside the texts."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from omnimodal.detection import MODES, Overlaps, Source
from omnimodal.document import Document
from omnimodal.encoder import Encoder
from omnimodal.entity import Alternative, Entity, Mention
from omnimodal.errors import EncodingError, OmnimodalError, OmnimodalWarning, UnknownNameError
from omnimodal.lines import is_blank, read_line, written_line
from omnimodal.paths import going_on, replaceable
from omnimodal.read import find_mentions
from omnimodal.registry import unknown
from omnimodal.store import Store

FORMAT = 1
BATCH = 32  # texts at once
NAMES = ("id", "doc")  # fields that name a document, the first that is there


@dataclass
class Counts:
    """Of a run: the documents and mentions written, those of an entity, the lines skipped, and where it went on.

    referenced: the documents that say when they were written.
    """

    documents: int = 0
    mentions: int = 0
    linked: int = 0
    skipped: int = 0
    resumed: int = 0
    referenced: int = 0


Advanced = Callable[[int, Counts], None]  # told how many bytes of the corpus are done, and the counts


@dataclass(frozen=True)
class Line:
    """A line of the corpus: which it is, from 1, where it ends, and its document, or what is wrong with it."""

    nth: int
    end: int
    id: Any = None
    document: Document | None = None
    reference: str | None = None
    referenced: bool = False
    error: str = ""


@dataclass(frozen=True)
class Linking:
    """How a corpus is linked: `file` to `file`, or line by line.

    A line is a JSON object whose `text_field` holds the text, and `reference_field`, if one is named, the ISO date it
    was written; a corpus in which no line has the latter is warned of. A line that is no document raises
    OmnimodalError, naming the corpus and the line; with `skip_errors` it is written as {"line", "error"} and counted.
    """

    encoders: Mapping[str, Encoder]
    store: Store | None
    text_field: str = "text"
    reference_field: str | None = None
    overlaps: Overlaps = "flat"
    skip_errors: bool = False
    sources: Sequence[Source] = ()
    locale: str | None = None

    def __post_init__(self) -> None:
        if self.overlaps not in MODES:
            raise UnknownNameError(unknown("mode of overlaps", self.overlaps, list(MODES)))

    def file(self, source: Path, target: Path, advanced: Advanced | None = None) -> Counts:
        """Write the mentions of each text of `source`. `target` appears when it is complete.

        What was written before an interruption, or an error, is kept in a hidden file beside it, and a run with the
        same input and options goes on there, with `skip_errors` or without. What runs with other options left there is
        warned of, and removed when this one is done.
        """
        for path, what in ((source, "of texts"), (target, "to write")):
            if path.is_dir():
                raise OmnimodalError(f"{path} is a folder: name a file {what}")
        if target.exists() and target.samefile(source):
            raise OmnimodalError(f"{target} is the corpus itself: name another file to write")
        target = replaceable(target)
        partial = target.with_name(f".{target.name}.{self._digest(source)}.partial")
        for other in set(_partials(target)) - {partial}:
            what = f"{other} was left by an interrupted run with other options, or of another state of {source}; this"
            warnings.warn(f"{what} run does not go on there, and removes it when it is done", OmnimodalWarning, 2)
        counts = Counts()
        with going_on(partial, target) as out:
            try:
                counts.resumed, wrong = _done(out)
                if wrong and not self.skip_errors:
                    raise OmnimodalError(wrong)
                with source.open("rb") as lines:
                    self._write(lines, out, str(source), counts, advanced)
                os.fsync(out.fileno())
            except OmnimodalError as error:
                if out.tell():
                    kept = f"what was done before is kept in {partial}, where the same call goes on"
                    error.message += f"; {kept}, or one that skips errors"
                raise
            os.replace(partial, target)
        for other in _partials(target):
            other.unlink()
        return counts

    def lines(
        self, lines: Iterable[bytes], out: IO[bytes], name: str = "standard input", advanced: Advanced | None = None
    ) -> Counts:
        """Write the mentions of each line to `out` as it comes, some lines at a time. `name` is the corpus's."""
        counts = Counts()
        self._write(lines, out, name, counts, advanced)
        return counts

    def _digest(self, source: Path) -> str:
        """Tells whether what is there of a run was written in the same way."""
        state = source.stat()
        what = [FORMAT, str(source.resolve()), state.st_size, state.st_mtime_ns, self.text_field, self.reference_field]
        what += [self.overlaps, sorted(self.encoders), str(getattr(self.store, "path", "")), self.locale]
        what += [[one.name, getattr(one, "fingerprint", "")] for one in self.sources]
        return hashlib.blake2b(json.dumps(what).encode(), digest_size=6).hexdigest()

    def _write(
        self, lines: Iterable[bytes], out: IO[bytes], name: str, counts: Counts, advanced: Advanced | None
    ) -> None:
        read = self._read(lines, name)
        for number, batch in enumerate(_batches(read, counts.resumed)):
            for line, mentions in self._linked(batch, name):
                out.write(written_line(_said(line, mentions)))
                counts.skipped += bool(line.error)
                counts.documents += not line.error
                counts.referenced += line.referenced
                counts.mentions += len(mentions)
                counts.linked += sum(m.entity is not None for m in mentions)
            out.flush()
            if number == 0:
                self._warn_of_reference(name, counts, f"of lines {batch[0].nth} to {batch[-1].nth}")
            if advanced is not None:
                advanced(batch[-1].end, counts)
        if counts.documents > BATCH:
            self._warn_of_reference(name, counts, "of the lines")

    def _warn_of_reference(self, name: str, counts: Counts, which: str) -> None:
        if self.reference_field is not None and counts.documents and not counts.referenced:
            what = f"{name}: none {which} has an ISO date in the field {self.reference_field!r}"
            warnings.warn(f"{what}, so that dates are read without it", OmnimodalWarning, stacklevel=4)

    def _read(self, lines: Iterable[bytes], name: str) -> Iterator[Line]:
        """The lines that are not blank."""
        end = 0
        for number, raw in enumerate(lines, 1):
            end += len(raw)
            if is_blank(raw):
                continue
            try:
                said = read_line(raw)
                if not isinstance(said, dict):
                    raise OmnimodalError(f"it is no JSON object with a text in the field {self.text_field!r}")
                if not isinstance(text := said.get(self.text_field), str):
                    known = (
                        f"its fields are {', '.join(map(repr, said))}" if self.text_field not in said else repr(text)
                    )
                    raise OmnimodalError(f"it has no text in the field {self.text_field!r}: {known:.200}")
                reference = said.get(self.reference_field) if self.reference_field else None
                if reference is not None and not (isinstance(reference, str) and _is_date(reference)):
                    raise OmnimodalError(f"its {self.reference_field!r} is no ISO date: {reference!r}")
                id = next((said[key] for key in NAMES if key in said), number)
                yield Line(number, end, id, Document(text), reference, self.reference_field in said)
            except (ValueError, OmnimodalError) as error:
                yield Line(number, end, error=f"{name}, line {number}: {error}")

    def _linked(self, batch: list[Line], name: str) -> Iterator[tuple[Line, list[Mention]]]:
        """Each line with its mentions; texts of the same reference are read together."""
        sources = [_Asked(source, batch) for source in self.sources]
        for reference, group in groupby(batch, key=lambda line: line.reference):
            lines = list(group)
            if not self.skip_errors and (bad := next((line for line in lines if line.error), None)):
                raise OmnimodalError(bad.error)
            docs = [line.document for line in lines if line.document is not None]
            try:
                found = iter(
                    find_mentions(docs, self.encoders, self.store, reference, self.locale, self.overlaps, sources)
                )
            except OmnimodalError as error:
                error.message = f"{name}, lines {lines[0].nth} to {lines[-1].nth}: {error.message}"
                raise
            for line in lines:
                yield line, next(found) if line.document is not None else []


class _Asked:
    """A source that is asked about a whole batch at once, whatever the references of its texts: they are nothing to it,
    and a tagger is quicker so."""

    def __init__(self, source: Source, batch: Iterable[Line]):
        self.name, self.source = source.name, source
        self.texts = list(dict.fromkeys(line.document.text for line in batch if line.document is not None))
        self.found: dict[str, Sequence[Mention]] | None = None

    def detect(self, texts: Sequence[str]) -> list[Sequence[Mention]]:
        if self.found is None:
            found = self.source.detect(self.texts)
            if len(found) != len(self.texts):
                raise EncodingError(f"detect gave {len(found)} lists for {len(self.texts)} texts")
            self.found = dict(zip(self.texts, found, strict=True))
        return [self.found[text] for text in texts]


def link_file(
    source: Path,
    target: Path,
    encoders: Mapping[str, Encoder],
    store: Store | None,
    *,
    advanced: Advanced | None = None,
    **options: Any,
) -> Counts:
    """`Linking(encoders, store, **options).file(source, target, advanced)`."""
    return Linking(encoders, store, **options).file(source, target, advanced)


def _partials(target: Path) -> Iterator[Path]:
    """What runs that write `target` have left of it."""
    return target.parent.glob(f".{glob.escape(target.name)}.{'[0-9a-f]' * 12}.partial")


def _done(out: IO[bytes]) -> tuple[int, str]:
    """The last line of the source that an interrupted run wrote, and what was wrong with the first that it skipped;
    a half line at the end is cut off."""
    out.seek(0)
    number = end = 0
    wrong = ""
    for written in out:
        if not written.endswith(b"\n"):
            break
        try:
            said = read_line(written)
            number, end, wrong = said["line"], end + len(written), wrong or said.get("error", "")
        except (ValueError, TypeError, KeyError) as error:
            raise OmnimodalError(f"{out.name} is damaged: remove it, and the same call begins anew") from error
    out.truncate(end)
    out.seek(end)
    return number, wrong


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
    said["probability"] = round(mention.score if mention.probability is None else mention.probability, 4)
    if mention.margin is not None:
        said["margin"] = round(mention.margin, 4)
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
