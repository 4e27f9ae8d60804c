"""What a small head can read off a date's features: ours beside Time2Vec and the digits of its text.

    python benchmarks/date.py    # 4,000 dates of 1900–2020, tested inside and outside

One identical head for every encoder: columns standardised on the training set (constant ones dropped), one hidden
layer. Pairs are seen as (a, b, a − b). Outside is 1700–1899 and 2021–2200.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from omnimodal.encoders.date import Date
from omnimodal.encoders.date.calendar import (
    DAY,
    civil_from_days,
    days_from_civil,
    format_instant,
    weekday,
)
from omnimodal.encoders.date.features import featurize

Days = np.ndarray[Any, np.dtype[np.int64]]
INSIDE, OUTSIDE = ((1900, 2021),), ((1700, 1900), (2021, 2201))


def ours(days: Days) -> Tensor:
    return featurize([Date(format_instant(int(day) * DAY)) for day in days])


def time2vec(days: Days, size: int = 128) -> Tensor:
    """Kazemi et al. 2019: one linear and size − 1 periodic functions of time; here with random fixed frequencies, whose
    periods are log-uniform from 2 days to 400 years, and phases."""
    rng = np.random.default_rng(0)
    frequency = 1 / np.exp(rng.uniform(np.log(2), np.log(146_097), size - 1))
    phase = rng.uniform(0, 2 * np.pi, size - 1)
    waves = np.sin(2 * np.pi * days[:, None] * frequency + phase)
    return torch.tensor(np.concatenate([days[:, None] / 36_525, waves], axis=1), dtype=torch.float32)


def digit_text(days: Days) -> Tensor:
    """One-hots of the eight digits of YYYYMMDD."""
    year, month, day = civil_from_days(days)
    digits = np.stack([(year * 10_000 + month * 100 + day) // 10**k % 10 for k in range(8)], axis=1)
    return torch.tensor(digits[:, :, None] == np.arange(10)).flatten(1).float()


def draw(rng: np.random.Generator, n: int, ranges: Sequence[tuple[int, int]]) -> Days:
    bounds = np.array([[days_from_civil(year, 1, 1) for year in years] for years in ranges])
    low, high = bounds[rng.integers(len(ranges), size=n)].T
    return rng.integers(low, high)


def signed_log(x: Tensor) -> Tensor:
    return x.sign() * x.abs().log1p()


def targets(a: Days, b: Days) -> dict[str, tuple[Tensor, int]]:
    """Task → (target, classes; 0 for a regression)."""
    return {
        "weekday": (torch.tensor(weekday(a)), 7),
        "month": (torch.tensor(civil_from_days(a)[1] - 1), 12),
        "a < b": (torch.tensor(a < b).long(), 2),
        "days between, R²": (signed_log(torch.tensor(b - a, dtype=torch.float32)), 0),
    }


def fit(x: Tensor, y: Tensor, classes: int, epochs: int = 40) -> Callable[[Tensor], Tensor]:
    torch.manual_seed(0)
    varies, mean, std = x.std(0) > 1e-6, x.mean(0), x.std(0)

    def scaled(x: Tensor) -> Tensor:
        return ((x - mean) / std)[:, varies]

    head = nn.Sequential(nn.Linear(int(varies.sum()), 128), nn.ReLU(), nn.Linear(128, classes or 1))
    optimiser = torch.optim.AdamW(head.parameters(), lr=2e-3, weight_decay=1e-2)
    inputs = scaled(x)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(256):
            out = head(inputs[rows])
            loss = nn.functional.cross_entropy(out, y[rows]) if classes else nn.functional.mse_loss(out[:, 0], y[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return lambda x: head(scaled(x)).detach()


def score(out: Tensor, y: Tensor, classes: int) -> float:
    """Accuracy, or R²."""
    if classes:
        return float((out.argmax(1) == y).float().mean())
    return float(1 - ((out[:, 0] - y) ** 2).sum() / ((y - y.mean()) ** 2).sum())


def probe(train: int = 4000, test: int = 2000) -> None:
    torch.set_num_threads(1)  # matrices this small gain nothing from more
    rng = np.random.default_rng(0)
    sets = [[draw(rng, n, ranges) for _ in "ab"] for n, ranges in ((train, INSIDE), (test, INSIDE), (test, OUTSIDE))]
    table = Table("task", "dates", title=f"{train:,} training examples of 1900–2020")
    scores: dict[tuple[str, str], list[str]] = {}
    for encoder in (ours, time2vec, digit_text):
        table.add_column(encoder.__name__, justify="right")
        seen = [[encoder(days) for days in pair] for pair in sets]
        for task in targets(*sets[0]):
            single = task in ("weekday", "month")
            xs = [a if single else torch.cat([a, b, a - b], dim=1) for a, b in seen]
            (y, classes), *tests = (targets(*pair)[task] for pair in sets)
            head = fit(xs[0], y, classes)
            for where, x, (aim, _) in zip(("inside", "outside"), xs[1:], tests, strict=True):
                scores.setdefault((task, where), []).append(f"{score(head(x), aim, classes):.3f}")
    for key, row in scores.items():
        table.add_row(*key, *row)
    Console().print(table)


if __name__ == "__main__":
    probe()
