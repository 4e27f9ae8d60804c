"""The ranker: a log-linear model over the readings of a mention, its weights read from data/link/ranker.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from omnimodal.errors import OmnimodalError
from omnimodal.link.features import COHERENCE, FEATURES, OF_NONE, OF_RECORD

FORMAT = 1
Vector = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Ranker:
    """Weights of the first pass, which knows no other entity, and of the second; each for FEATURES, float64.

    `threshold` is added to what speaks for "none of them".
    """

    first: Vector
    second: Vector
    threshold: float = 0.0

    def probabilities(self, records: Sequence[Sequence[float]], none: Sequence[float], second: bool) -> Vector:
        """n feature rows of records and that of none → n + 1 probabilities that sum to 1, none's the last."""
        w = self.second if second else self.first
        width = len(OF_RECORD) if second else COHERENCE
        scores = np.empty(len(records) + 1)
        if records:
            scores[:-1] = np.asarray(records)[:, :width] @ w[:width]
        scores[-1] = float(np.dot(none, w[len(OF_RECORD) :])) + self.threshold
        scores -= scores.max()
        odds = np.exp(scores)
        return odds / odds.sum()

    def reasons(self, row: Sequence[float], second: bool = True, most: int = 3) -> list[tuple[str, float]]:
        """What speaks most for a record: (feature, its part of the score), the strongest first."""
        w = self.of_record[1 if second else 0]
        parts = [(name, value * weight) for name, value, weight in zip(OF_RECORD, row, w, strict=True) if value]
        return sorted((part for part in parts if part[1] > 0.05), key=lambda part: -part[1])[:most]

    @cached_property
    def of_record(self) -> tuple[list[float], list[float]]:
        """The weights of OF_RECORD in both passes, as lists: what is counted with one by one."""
        return self.first[: len(OF_RECORD)].tolist(), self.second[: len(OF_RECORD)].tolist()


@cache
def shipped() -> Ranker:
    """The ranker that ships with the package."""
    return loaded(json.loads(files("omnimodal.data").joinpath("link/ranker.json").read_text("utf-8")))


def load(path: str | Path) -> Ranker:
    """A ranker that `omnimodal.link.learn` wrote. Raises OmnimodalError, naming the file, for any other."""
    try:
        return loaded(json.loads(Path(path).read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OmnimodalError(f"{path} is no ranker: {error}") from error


def loaded(said: dict[str, Any]) -> Ranker:
    """The ranker of a file's content."""
    if said["format"] != FORMAT:
        raise OmnimodalError(f"This ranker has format {said['format']}, this version reads {FORMAT}: learn it again")
    passes = []
    for name in ("first", "second"):
        weights = said[name]
        if unknown := set(weights) ^ set(FEATURES):
            raise OmnimodalError(f"The ranker's weights do not fit the features: {', '.join(sorted(unknown))}")
        passes.append(np.array([float(weights[feature]) for feature in FEATURES]))
    return Ranker(passes[0], passes[1], float(said["threshold"]))


assert len(FEATURES) == len(OF_RECORD) + len(OF_NONE)
