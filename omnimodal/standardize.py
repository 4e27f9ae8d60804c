"""Bringing what differs between entities to the fore: columns of zero mean and unit variance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

FLOOR = 0.1  # smallest deviation divided by, so that a column that hardly ever moves is not blown up more than 10 times


class Standardize(nn.Module):
    """[…, size] → […, size], by means and deviations that `fitting` measured once; before that, the identity.

    Vectors of different entities mostly look alike (they share the constants, and what is common to their kind), and a
    frozen model cannot tell apart what differs by a hundredth. Unlike batch normalisation it depends on no batch.
    """

    def __init__(self, size: int):
        super().__init__()
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("scale", torch.ones(size))
        self._seen: list[Tensor] | None = None

    def forward(self, x: Tensor) -> Tensor:
        if self._seen is not None:
            self._seen.append(x.detach().flatten(0, -2))
            rows = torch.cat(self._seen)
            self.mean = rows.mean(dim=0)
            self.scale = 1 / rows.std(dim=0, correction=0).clamp(min=FLOOR)
        return (x - self.mean) * self.scale


@contextmanager
def fitting(module: nn.Module) -> Iterator[None]:
    """Inside the block every Standardize of a module fits itself to all that goes through it."""
    layers = [layer for layer in module.modules() if isinstance(layer, Standardize)]
    for layer in layers:
        layer._seen = []
    try:
        yield
    finally:
        for layer in layers:
            layer._seen = None
