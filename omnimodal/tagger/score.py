"""Exact-match scores: a span counts where start, end and label are all right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from omnimodal.tagger.sample import Sample, Span


def f1(right: int, found: int, wanted: int) -> float:
    """The harmonic mean of right/found and right/wanted; 1 where there was nothing to find and nothing was found."""
    return 2 * right / (found + wanted) if found + wanted else 1.0


def score(gold: Sequence[Sample], found: Sequence[Collection[Span]], labels: Sequence[str]) -> dict[str, Any]:
    """{"overall": …, label: …}, each with precision, recall, f1 and the counts, micro-averaged over the texts."""
    right: Counter[str] = Counter()
    given: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for sample, spans in zip(gold, found, strict=True):
        true = {(s.start, s.end, s.label) for s in sample.spans if s.label in labels}
        mine = {(s.start, s.end, s.label) for s in spans if s.label in labels}
        wanted.update(label for *_, label in true)
        given.update(label for *_, label in mine)
        right.update(label for *_, label in true & mine)
    rows = {"overall": (right.total(), given.total(), wanted.total())}
    rows |= {label: (right[label], given[label], wanted[label]) for label in labels}
    return {name: _row(*counts) for name, counts in rows.items()}


def _row(right: int, found: int, wanted: int) -> Mapping[str, float]:
    return {
        "precision": right / found if found else 0.0,
        "recall": right / wanted if wanted else 0.0,
        "f1": f1(right, found, wanted),
        "right": right,
        "found": found,
        "wanted": wanted,
    }
