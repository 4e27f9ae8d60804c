"""What can be read off a number's features: one identical small head on frozen features, ours beside the peers'.

    python benchmarks/number.py --seeds 3

Columns are test accuracies after 4,000 training examples: the leading digit, the 4th digit and the exponent of values
log-uniform in 10^-3 … 10^9 with 1 to 8 significant digits; a<b for pairs of integers log-uniform in 1 … 10^6 (half
of the pairs within a factor of two of each other); and the same trained head on pairs in 10^6 … 10^8, never seen.
"""

from __future__ import annotations

import argparse
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from omnimodal.encoders.number.features import PLACES, read_digits, value_features

TRAIN, TEST = 4000, 2000
Values = Sequence[Decimal]
Array = NDArray[np.float64]


# The peers' features, from their papers.


def xval(values: Values) -> Array:
    """Golkar et al. 2023 (arXiv 2310.02989): the value itself, scaled into [−5, 5] over the data."""
    return np.array([[float(v)] for v in values]) / 1e9 * 5


def fone(values: Values) -> Array:
    """Zhou et al. 2025 (arXiv 2502.09741): cos and sin of 2πx/10^i, one pair per digit."""
    d = read_digits(values)
    at = d.exponent[:, None] - np.array(PLACES)
    digits = np.take_along_axis(d.digits, np.clip(at, 0, 39), axis=1) * ((at >= 0) & (at < 40))  # 10^11 … 10^−6
    below = np.array([[10.0 ** (p - i) if p < i else 0.0 for i in range(12, -6, -1)] for p in PLACES])
    phase = 2 * np.pi * (digits @ below)  # the fraction of each period, from the digits below it
    return np.concatenate([np.cos(phase), np.sin(phase)], axis=1)


def bit_tokens(values: Values) -> Array:
    """Kreitner et al. 2025 (arXiv 2510.06824): the 64 bits of the IEEE 754 double and of its reciprocal, as ±1."""
    packed = b"".join(struct.pack(">dd", float(v), 1 / float(v)) for v in values)
    return np.unpackbits(np.frombuffer(packed, np.uint8)).reshape(len(values), 128) * 2.0 - 1


def digit_text(values: Values) -> Array:
    """The decimal text, one-hot by character, 20 characters from the left."""
    chars = "0123456789.-"
    rows = np.zeros((len(values), 20, len(chars)))
    for row, value in zip(rows, values, strict=True):
        for i, char in enumerate(f"{value:f}"[:20]):
            row[i, chars.index(char)] = 1
    return rows.reshape(len(values), -1)


DESIGNS: dict[str, Callable[[Values], Array]] = {
    "xVal": xval,
    "FoNE": fone,
    "BitTokens": bit_tokens,
    "digit text": digit_text,
    "ours": value_features,
}


def values(rng: np.random.Generator, n: int) -> list[Decimal]:
    """Log-uniform in 10^-3 … 10^9, 1 to 8 significant digits."""
    exponents, digits = rng.integers(-3, 9, n), rng.integers(1, 9, n)
    return [
        Decimal(f"{10 ** rng.uniform(0, 1):.{k - 1}f}").scaleb(int(e)) for e, k in zip(exponents, digits, strict=True)
    ]


def pairs(rng: np.random.Generator, n: int, low: float, high: float) -> tuple[list[Decimal], list[Decimal]]:
    """Two different integers log-uniform in 10^low … 10^high; in half of the pairs within a factor of two."""
    a, b = rng.uniform(low, high, (2, n))
    near = np.clip(a + rng.uniform(-0.3, 0.3, n), low, high)
    b = np.where(rng.random(n) < 0.5, near, b)
    first, second = np.rint(10**a).astype(np.int64), np.rint(10**b).astype(np.int64)
    second += first == second
    return [Decimal(int(x)) for x in first], [Decimal(int(x)) for x in second]


def head(x: Tensor, y: Tensor, classes: int, seed: int) -> nn.Module:
    """The probe: one hidden layer of 256, trained alike for every design."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(x.shape[1], 256), nn.GELU(), nn.Linear(256, classes))
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.1)
    steps = 800
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for _ in range(steps):
        rows = torch.randint(len(x), (256,))
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return net


@torch.no_grad()
def accuracy(net: nn.Module, x: Tensor, y: Tensor) -> float:
    return (net(x).argmax(1) == y).float().mean().item()


def probe(features: Callable[[Values], Array], seed: int) -> list[float]:
    """The five columns of one design and seed."""
    rng = np.random.default_rng(seed)
    tensor = lambda a: torch.from_numpy(np.asarray(a)).float()  # noqa: E731
    many = values(rng, TRAIN + TEST)
    x, d = tensor(features(many)), read_digits(many)
    targets = [(d.digits[:, 0], 10), (d.digits[:, 3], 10), (d.exponent + 3, 13)]
    scores = []
    for target, classes in targets:
        y = torch.from_numpy(target.astype(np.int64))
        net = head(x[:TRAIN], y[:TRAIN], classes, seed)
        scores.append(accuracy(net, x[TRAIN:], y[TRAIN:]))

    def compared(n: int, low: float, high: float) -> tuple[Tensor, Tensor]:
        a, b = pairs(rng, n, low, high)
        fa, fb = tensor(features(a)), tensor(features(b))
        return torch.cat([fa, fb, fa - fb], dim=1), torch.tensor([int(p < q) for p, q in zip(a, b, strict=True)])

    net = head(*compared(TRAIN, 0, 6), 2, seed)
    return [*scores, accuracy(net, *compared(TEST, 0, 6)), accuracy(net, *compared(TEST, 6, 8))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)
    columns = ("lead digit", "4th digit", "exponent", "a<b in range", "a<b 10^6…10^8")
    table = Table("features", *columns, title=f"Probe accuracy, mean over {len(seeds)} seeds (± largest deviation)")
    for name, features in DESIGNS.items():
        scores = np.array([probe(features, seed) for seed in seeds])
        mean, spread = scores.mean(0), np.abs(scores - scores.mean(0)).max(0)
        table.add_row(name, *(f"{m:.3f} ±{s:.3f}" for m, s in zip(mean, spread, strict=True)))
    Console().print(table)


if __name__ == "__main__":
    main()
