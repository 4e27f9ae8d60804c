"""Fitting: the weights under which the right readings of many mentions are likeliest, by Newton's method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from omnimodal.link.features import COHERENCE, FEATURES, OF_RECORD, POSITIVE
from omnimodal.link.linker import Group, Linker
from omnimodal.link.ranker import Ranker, Vector

STEPS = 25
LOST = -1
ZERO = np.zeros(len(FEATURES))


@dataclass
class Labelled:
    """A document's groups and what is right of each: an option's number, that of none, which is one more than the last
    option's, LOST where the right record is none of the options, or None where nobody knows.

    weight: how much the document counts.
    """

    groups: list[Group]
    right: Sequence[int | None]
    weight: float = 1.0


def learn(documents: Sequence[Labelled], linker: Linker, l2: float) -> Ranker:
    """A ranker for both passes. The features of coherence come of the first pass, as they do when it is used."""
    unlinked(documents)
    first = fit(documents, l2, second=False)
    linker.ranker = Ranker(first, first)
    second_look(documents, linker)
    return Ranker(first, fit(documents, l2, second=True))


def unlinked(documents: Sequence[Labelled]) -> None:
    """Take the features of coherence away again."""
    for document in documents:
        for group in document.groups:
            for row in group.rows:
                del row[COHERENCE:]


def second_look(documents: Sequence[Labelled], linker: Linker) -> None:
    """Rank by the first pass and add the features of coherence."""
    for document in documents:
        for group in document.groups:
            group.odds = linker.ranker.probabilities(group.rows, group.none, second=False)
        linker.cohere(document.groups)


def fit(documents: Sequence[Labelled], l2: float, second: bool) -> Vector:
    """The weights [FEATURES] with the largest penalised likelihood of the right readings; strictly concave.

    Those of POSITIVE that come out negative are set to 0, and the others are fitted again.
    """
    data = _data(documents, second)
    used = np.ones(len(FEATURES), dtype=bool)
    while True:
        w = _fitted(*data, l2, used)
        bad = [i for i, name in enumerate(FEATURES) if name in POSITIVE and w[i] < 0]
        if not bad:
            return w
        used[bad] = False


def _data(documents: Sequence[Labelled], second: bool) -> tuple[Vector, list[int], list[int], Vector]:
    """Rows [n, FEATURES], where each group's begin, the right row of each, and the weights of the groups."""
    rows: list[list[float]] = []
    starts: list[int] = []
    right: list[int] = []
    weights: list[float] = []
    width = len(OF_RECORD) if second else COHERENCE
    for document in documents:
        for group, gold in zip(document.groups, document.right, strict=True):
            if gold is None or gold == LOST or not group.options:
                continue
            starts.append(len(rows))
            right.append(len(rows) + gold)
            weights.append(document.weight)
            tail = [0.0] * (len(FEATURES) - len(OF_RECORD))
            rows += [row[:width] + [0.0] * (len(OF_RECORD) - width) + tail for row in group.rows]
            rows.append([0.0] * len(OF_RECORD) + group.none)
    return np.array(rows), starts, right, np.array(weights)


def _fitted(x: Vector, starts: list[int], right: list[int], weight: Vector, l2: float, used: Any) -> Vector:
    x = x * used
    size = np.diff([*starts, len(x)])
    owner = np.repeat(np.arange(len(starts)), size)
    w = ZERO.copy()
    before = -np.inf
    for _ in range(STEPS):
        value, p = _likelihood(x, w, starts, owner, right, weight)
        value -= l2 / 2 * float(w @ w)
        if value - before < 1e-6 * abs(value):
            break
        before = value
        share = p * weight[owner]
        mean = np.add.reduceat(x * p[:, None], starts)  # [groups, FEATURES]
        gradient = (weight[:, None] * x[right]).sum(0) - share @ x - l2 * w
        hessian = (x * share[:, None]).T @ x - (mean * weight[:, None]).T @ mean + l2 * np.eye(len(w))
        step = np.linalg.solve(hessian, gradient)
        scale = 1.0
        while scale > 1e-4:
            value_there, _ = _likelihood(x, w + scale * step, starts, owner, right, weight)
            if value_there - l2 / 2 * float((w + scale * step) @ (w + scale * step)) > value:
                break
            scale /= 2
        w = w + scale * step
    return w


def _likelihood(
    x: Vector, w: Vector, starts: list[int], owner: Any, right: list[int], weight: Vector
) -> tuple[float, Vector]:
    """The log-likelihood, and each row's probability within its group."""
    scores = x @ w
    scores -= np.maximum.reduceat(scores, starts)[owner]
    odds = np.exp(scores)
    total = np.add.reduceat(odds, starts)
    p = odds / total[owner]
    return float(weight @ np.log(np.maximum(p[right], 1e-300))), p


@dataclass(frozen=True)
class Score:
    """Counts of mentions: all, those whose record is in the store (linkable) and among the options (reached), those
    linked to it, those said to be none, rightly so, and all that are right."""

    mentions: int = 0
    linkable: int = 0
    reached: int = 0
    linked: int = 0
    said_none: int = 0
    right_none: int = 0

    @classmethod
    def sum(cls, scores: Sequence[Score]) -> Score:
        return cls(*(sum(counts) for counts in zip(*map(astuple, scores), strict=True)))

    @property
    def accuracy(self) -> float:
        """Of all mentions."""
        return (self.linked + self.right_none) / max(self.mentions, 1)

    @property
    def of_linkable(self) -> float:
        """The share of the linkable that is linked right."""
        return self.linked / max(self.linkable, 1)

    @property
    def nil_f1(self) -> float:
        """Of "none of them"."""
        return 2 * self.right_none / max(self.said_none + self.mentions - self.linkable, 1)

    def rounded(self) -> dict[str, float]:
        return {
            "mentions": self.mentions,
            "linkable": self.linkable,
            "accuracy": round(self.accuracy, 3),
            "accuracy_of_linkable": round(self.of_linkable, 3),
            "nil_f1": round(self.nil_f1, 3),
            "ceiling_of_linkable": round(self.reached / max(self.linkable, 1), 3),
        }

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in self.rounded().items())


def score(documents: Sequence[Labelled], ranker: Ranker, linker: Linker, prior_only: bool = False) -> Score:
    """Link the documents and compare. prior_only: take the first record of exactly that name instead."""
    unlinked(documents)
    linker.ranker = ranker
    count = dict.fromkeys(("mentions", "linkable", "reached", "linked", "said_none", "right_none"), 0)
    for document in documents:
        linker.rank(document.groups)
        for group, gold in zip(document.groups, document.right, strict=True):
            if gold is None:
                continue
            none = len(group.options)
            chosen = none if group.best is None else group.best
            if prior_only:
                chosen = next((i for i, o in enumerate(group.options) if o.how == "name"), none)
            count["mentions"] += 1
            count["linkable"] += gold != none
            count["reached"] += gold not in (none, LOST)
            count["linked"] += chosen == gold != none
            count["said_none"] += chosen == none
            count["right_none"] += chosen == gold == none
    return Score(**count)
