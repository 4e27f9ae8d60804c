"""Distilled data: a language model marks the spans of texts; what it says is checked against the text and counted."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from omnimodal.errors import OmnimodalError
from omnimodal.lines import read_line, written_line
from omnimodal.paths import going_on, replaceable
from omnimodal.tagger.answer import align, read_answer
from omnimodal.tagger.backend import Backend
from omnimodal.tagger.prompt import Prompt
from omnimodal.tagger.sample import Sample, Span, read_samples

COUNTS = ("asked", "parsed", "unparsable", "accepted", "rejected")
_end = re.compile(r"[.!?…。！？][\"'”’)\]]*\s+|\n+")


class Annotator:
    """Marks texts by asking `backend` with `prompt`. The same method as `NoisyAnnotator`.

    Long texts are asked about in chunks of at most `chunk` characters, cut between sentences where that is possible,
    `batch` of them at once. `counts` adds up: asked, parsed and unparsable answers; accepted and rejected spans, the
    latter also by reason ("rejected: not in the text").
    """

    def __init__(self, backend: Backend, prompt: Prompt, *, chunk: int = 600, batch: int = 8):
        if chunk < 1 or batch < 1:
            raise OmnimodalError(f"Chunks and batches are not empty: chunk={chunk}, batch={batch}")
        self.backend, self.prompt, self.chunk, self.batch = backend, prompt, chunk, batch
        self.counts: Counter[str] = Counter(dict.fromkeys(COUNTS, 0))

    @property
    def about(self) -> dict[str, Any]:
        """Who annotated and how, to stand beside the annotations; `prompt` is a hash of all that is asked."""
        asked = hashlib.blake2b(self.prompt.ask("").encode(), digest_size=8).hexdigest()
        how = {"template": self.prompt.name, "labels": list(self.prompt.labels), "prompt": asked, "chunk": self.chunk}
        return {"model": self.backend.name, **how}

    def annotate(self, samples: Sequence[Sample]) -> list[Sample]:
        """The texts of the samples with the model's spans; the spans they have are not looked at. Stretches whose
        answer could not be read are `unread`."""
        return [sample for sample, _ in self.counted(samples)]

    def counted(self, samples: Sequence[Sample]) -> list[tuple[Sample, Counter[str]]]:
        """As `annotate`, each sample with the counts of its own answers."""
        asked = [(i, *piece) for i, sample in enumerate(samples) for piece in chunks(sample.text, self.chunk)]
        spans: list[list[Span]] = [[] for _ in samples]
        unread: list[list[tuple[int, int]]] = [[] for _ in samples]
        counts = [Counter(dict.fromkeys(COUNTS, 0)) for _ in samples]
        for some in (asked[i : i + self.batch] for i in range(0, len(asked), self.batch)):
            texts = [samples[i].text[start:end] for i, start, end in some]
            answers = self.backend.answer([self.prompt.ask(text) for text in texts], self.prompt.stop)
            for (i, start, end), text, answer in zip(some, texts, answers, strict=True):
                found = self._read(text, answer, counts[i])
                if found is None:
                    unread[i].append((start, end))
                else:
                    spans[i] += [_moved(span, start) for span in found]
        for counted in counts:
            self.counts.update(counted)
        rows = zip(samples, spans, unread, strict=True)
        marked = [Sample(s.doc, s.text, tuple(sorted(found)), tuple(lacking)) for s, found, lacking in rows]
        return list(zip(marked, counts, strict=True))

    def _read(self, text: str, answer: str, counts: Counter[str]) -> list[Span] | None:
        counts["asked"] += 1
        found = read_answer(self.prompt.begun + answer, self.prompt.stop)
        counts["unparsable" if found is None else "parsed"] += 1
        return None if found is None else align(found, text, list(self.prompt.labels), counts)


def chunks(text: str, size: int) -> Iterator[tuple[int, int]]:
    """[start, end) of pieces of at most `size` characters that together hold all but space: cut behind a sentence where
    one ends in the piece, else at a space, else anywhere."""
    start = 0
    while start < len(text):
        end = len(text)
        if end - start > size:
            piece = text[start : start + size + 1]
            sentences = [match.end() for match in _end.finditer(piece) if match.end() <= size]
            spaces = [match.end() for match in re.finditer(r"\s", piece) if match.end() <= size]
            end = start + (sentences or spaces or [size])[-1]
        if text[start:end].strip():
            yield start, end
        start = end


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by, span.label, tuple((a + by, b + by) for a, b in span.parts))


def annotate_file(source: Path, out: Path, annotator: Annotator) -> Counter[str]:
    """Annotate a file of texts, a line each, appending each as it is done; those that `out` has already are skipped.

    Returns the counts over all lines of `out`. Raises OmnimodalError where `out` was made by another model or prompt,
    is of other texts, or is no file of an annotator.
    """
    samples = read_samples(source)
    if out.exists() and out.samefile(source):
        raise OmnimodalError(f"{out} has the texts themselves: name another file to write")
    if out.is_dir():
        raise OmnimodalError(f"{out} is a folder: name the file to write")
    console = Console(stderr=True)
    with (
        going_on(replaceable(out), out) as file,
        Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        done, counts = _done(out, annotator.about)
        if changed := [sample.doc for sample in samples if done.get(sample.doc, sample.text) != sample.text]:
            what = f"{out} has another text of {changed[0]!r} than {source}, which has changed since"
            raise OmnimodalError(f"{what}; choose another --out")
        left = [sample for sample in samples if sample.doc not in done]
        bar = progress.add_task("annotating", total=len(samples), completed=len(samples) - len(left))
        for some in _together(left, annotator):
            try:
                answered = annotator.counted(some)
            except OmnimodalError as error:
                if out.stat().st_size:
                    error.message += f"; what was done before is kept in {out}, where the same call goes on"
                raise
            for marked, counted in answered:
                line = {**marked.as_dict(), "annotator": annotator.about, "counts": dict(counted)}
                file.write(written_line(line))
                counts.update(counted)
            file.flush()
            progress.update(bar, advance=len(some))
    return counts


def _together(samples: Sequence[Sample], annotator: Annotator) -> Iterator[list[Sample]]:
    """The samples in groups that fill a batch: short texts are asked about at once, a long one stands alone."""
    group: list[Sample] = []
    size = 0
    for sample in samples:
        n = sum(1 for _ in chunks(sample.text, annotator.chunk))
        if group and size + n > annotator.batch:
            yield group
            group, size = [], 0
        group.append(sample)
        size += n
    if group:
        yield group


def _done(out: Path, about: dict[str, Any]) -> tuple[dict[str, str], Counter[str]]:
    """The documents in a file that was begun, with their texts, and their counts. A last line that was cut off is
    removed, where whole ones before it tell whose it is."""
    docs: dict[str, str] = {}
    counts: Counter[str] = Counter()
    content = out.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if content and not whole:
        raise OmnimodalError(f"{out} has no whole line of an annotator; remove it, or choose another --out")
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            data = read_line(line)
            doc, text, made_by, counted = str(data["doc"]), data["text"], data["annotator"], Counter(data["counts"])
        except (ValueError, TypeError, KeyError) as error:
            what = f"{out}, line {number} is not of an annotator: {error!r}"
            raise OmnimodalError(f"{what}; choose another --out") from error
        if made_by != about:
            what = f"{out}, line {number} was made by {made_by}, not by {about}"
            raise OmnimodalError(f"{what}; choose another --out")
        docs[doc] = text
        counts.update(counted)
    if len(whole) < len(content):
        with out.open("r+b") as file:
            file.truncate(len(whole))
    return docs, counts
