"""Annotated texts: a JSON line each, `{"doc": …, "text": …, "spans": [{"start": …, "end": …, "type": …}]}`.

Offsets are half-open code points. A discontinuous span has `"parts": [[start, end], …]` too, and covers all of them.
`"unread": [[start, end], …]` are stretches that an annotator gave no usable answer for: nothing is learned from them.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import index  # of what is a whole number
from pathlib import Path
from typing import Any

from omnimodal.document import check_text
from omnimodal.errors import OmnimodalError, SpanError
from omnimodal.lines import read_lines


@dataclass(frozen=True, order=True)
class Span:
    """A labelled stretch [start, end); `parts` are the pieces of a discontinuous one, in order, and else empty."""

    start: int
    end: int
    label: str
    parts: tuple[tuple[int, int], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As it stands in a file."""
        plain = {"start": self.start, "end": self.end, "type": self.label}
        return {**plain, "parts": [list(part) for part in self.parts]} if self.parts else plain


@dataclass(frozen=True)
class Sample:
    """One text and what stands in it. Raises SpanError for a span that is empty, or outside the text."""

    doc: str
    text: str
    spans: tuple[Span, ...] = ()
    unread: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        for span in self.spans:
            edges = [*span.parts] or [(span.start, span.end)]
            flat = [edge for part in edges for edge in part]
            inside = 0 <= span.start < span.end <= len(self.text)
            fits = flat[0] == span.start and flat[-1] == span.end and flat == sorted(flat)
            if not inside or not fits or any(start >= end for start, end in edges):
                raise SpanError(f"{self.doc}: no such {span.label} in {len(self.text)} characters", span=span_of(span))

    def as_dict(self) -> dict[str, Any]:
        """As it stands in a file."""
        plain = {"doc": self.doc, "text": self.text, "spans": [span.as_dict() for span in self.spans]}
        return {**plain, "unread": [list(part) for part in self.unread]} if self.unread else plain

    def only(self, labels: Iterable[str]) -> Sample:
        """Without the spans of other labels."""
        wanted = set(labels)
        return replace(self, spans=tuple(span for span in self.spans if span.label in wanted))


def span_of(span: Span) -> tuple[int, int]:
    return span.start, span.end


def read_samples(path: Path) -> list[Sample]:
    """The samples of a file. Raises OmnimodalError, naming the line, for what is none, and for a text or a document
    that is there twice, naming both lines."""
    samples: list[Sample] = []
    seen: dict[tuple[str, str], int] = {}
    for line, sample in _lines(path):
        samples.append(sample)
        for name in ("doc", "text"):
            value = getattr(sample, name)
            first = seen.setdefault((name, value), line)
            if first != line:
                raise OmnimodalError(f"{path}: lines {first} and {line} have the same {name}, {value[:60]!r}; keep one")
    if not samples:
        raise OmnimodalError(f"{path} holds no annotated text")
    return samples


def _lines(path: Path) -> Iterator[tuple[int, Sample]]:
    for number, data in read_lines(path):
        try:
            yield number, sample_of(data, f"line {number}")
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            what = f"it has no {error}" if isinstance(error, KeyError) else error
            raise OmnimodalError(f"{path}, line {number} is no annotated text: {what}") from error


def sample_of(data: Mapping[str, Any], doc: str) -> Sample:
    """A decoded line; `doc` names it where it does not say. Raises KeyError, TypeError or ValueError for other data."""
    if not isinstance(data, Mapping):
        raise TypeError("it is no JSON object")
    if not isinstance(data["text"], str):
        raise TypeError(f"the text is a {type(data['text']).__name__}")
    check_text(data["text"])
    spans = []
    for span in data.get("spans", ()):
        parts = tuple((index(start), index(end)) for start, end in span.get("parts") or ())
        spans.append(Span(index(span["start"]), index(span["end"]), str(span["type"]), parts))
    unread = tuple((index(start), index(end)) for start, end in data.get("unread", ()))
    return Sample(str(data.get("doc", doc)), data["text"], tuple(dict.fromkeys(spans)), unread)


def split(samples: Sequence[Sample], sizes: Mapping[str, int], seed: int) -> dict[str, list[Sample]]:
    """{name: that many documents}, drawn without overlap. The same for the same arguments, in whatever order they come.

    Raises OmnimodalError where there are not enough documents.
    """
    if sum(sizes.values()) > len(samples) or min(sizes.values(), default=0) < 0:
        raise OmnimodalError(f"{len(samples)} documents cannot be split into {dict(sizes)}")
    left = sorted(samples, key=lambda sample: sample.doc)
    random.Random(f"split/{seed}").shuffle(left)
    return {name: [left.pop() for _ in range(size)] for name, size in sizes.items()}
