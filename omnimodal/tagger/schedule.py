"""How much distilled data an epoch sees beside the original: the seven schedules of Huang, Tang & Chen 2024.

Y. Huang, K. Tang, M. Chen, Leveraging Large Language Models for Enhanced NLP Task Performance through Knowledge
Distillation and Optimized Training Strategies, arXiv:2402.09282. Distilled data are those a language model annotated,
original ones those people did.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from omnimodal.errors import OmnimodalError, UnknownNameError
from omnimodal.registry import unknown

Origin = Literal["original", "distilled"]
Pick = tuple[Origin, int]  # a window: of which data, and its index there


@dataclass(frozen=True)
class Schedule:
    """`share(t, epochs)` is w0, the share of distilled data in epoch t = 0 … epochs − 1; the original's is 1 − w0.

    With x = t/(epochs − 1):

    pure_distilled  w0 = 1
    pure_original   w0 = 0
    simple          w0 = 1 in the first half of the epochs, then 0
    sigmoid         w0 = 1 − 1/(1 + e^(−k(x − 0.5)))       k = 2 … 32: how sudden the change
    cosine          w0 = 0.5(1 + cos πx)
    power           w0 = 1 − xⁿ                            n = 0.1 … 10: how late the change
    all             both, each as often as the other: w0 = distilled/(distilled + original)

    Raises UnknownNameError for another name and OmnimodalError for k or n that are not positive.
    """

    name: str
    k: float = 8.0
    n: float = 1.0

    def __post_init__(self) -> None:
        if self.name not in SHARES:
            raise UnknownNameError(unknown("schedule", self.name, list(SHARES)))
        if not (0 < self.k < math.inf and 0 < self.n < math.inf):
            raise OmnimodalError(f"A schedule needs positive k and n, not k={self.k}, n={self.n}")

    def share(self, t: int, epochs: int, distilled: int = 1, original: int = 1) -> float:
        """w0 in [0, 1]. `distilled` and `original` say how much there is of each, for `all`."""
        if not 0 <= t < epochs:
            raise OmnimodalError(f"There is no epoch {t} of {epochs}")
        if self.name == "all":
            return distilled / (distilled + original)
        if self.name == "simple":
            return float(2 * t < epochs)
        return SHARES[self.name](t / max(1, epochs - 1), self)


SHARES: dict[str, Callable[[float, Schedule], float]] = {
    "pure_distilled": lambda x, s: 1.0,
    "pure_original": lambda x, s: 0.0,
    "simple": lambda x, s: float(x < 0.5),
    "sigmoid": lambda x, s: 0.5 * (1 - math.tanh(s.k * (x - 0.5) / 2)),  # the formula above, without overflow
    "cosine": lambda x, s: 0.5 * (1 + math.cos(math.pi * x)),
    "power": lambda x, s: 1 - x**s.n,
    "all": lambda x, s: 0.5,
}


def plan(schedule: Schedule, original: int, distilled: int, size: int, epochs: int, seed: int) -> list[list[Pick]]:
    """What each epoch trains on: `size` windows out of `original` and `distilled` many, in training order.

    Every epoch has the same number of steps whatever the schedule, so that schedules differ in data and not in
    computing. Each kind is dealt like a deck of cards: none comes again before all have come. Raises OmnimodalError
    where a schedule needs data that are not there.
    """
    picks: list[list[Pick]] = []
    decks: dict[Origin, Deck] = {
        "original": Deck(original, f"{seed}/original"),
        "distilled": Deck(distilled, f"{seed}/distilled"),
    }
    for t in range(epochs):
        first = round(size * schedule.share(t, epochs, distilled, original))
        shares: dict[Origin, int] = {"distilled": first, "original": size - first}
        epoch = [(name, i) for name, n in shares.items() for i in decks[name].deal(n, f"{schedule.name}: no {name}")]
        random.Random(f"{seed}/{t}").shuffle(epoch)
        picks.append(epoch)
    return picks


class Deck:
    """The numbers below n, shuffled; dealt again from a fresh shuffle when they are used up."""

    def __init__(self, n: int, seed: str):
        self.n, self.rng, self.left = n, random.Random(seed), list[int]()

    def deal(self, k: int, lacking: str) -> list[int]:
        """k cards. Raises OmnimodalError, with the reason `lacking`, where the deck has none at all."""
        if k and not self.n:
            raise OmnimodalError(f"{lacking} data to train on")
        dealt: list[int] = []
        while len(dealt) < k:
            if not self.left:
                self.left = self.rng.sample(range(self.n), self.n)
            take = min(k - len(dealt), len(self.left))
            dealt += self.left[:take]
            del self.left[:take]
        return dealt
