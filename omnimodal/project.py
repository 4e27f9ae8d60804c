"""Vectors → soft tokens, as loud as the language model's own embeddings.

Every projector maps [n, t, dim] → [n, k, width] and takes (dim, t, k, width) as arguments; others can be given to
`OmniModel` by `_target_` in a YAML of the same form.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from omnimodal.standardize import Standardize


class Projector(nn.Module):
    """Base: a subclass gives `mix`; the result is scaled to `loudness`, the RMS of the model's own embeddings.

    A fresh MLP would be 7 to 10 times too loud for the frozen model. `gain` is learned and starts at 1.
    """

    def __init__(self, dim: int, t: int, k: int, width: int):
        super().__init__()
        if k < 1:
            raise ValueError(f"An entity takes 1 soft token or more, not {k}")
        self.k, self.width = k, width
        self.standard = Standardize(t * dim)
        self.gain = nn.Parameter(torch.ones(k, 1))
        self.loudness: Tensor
        self.register_buffer("loudness", torch.ones(()))

    def mix(self, vectors: Tensor) -> Tensor:
        """[n, t, dim] → [n, k, width], at any scale."""
        raise NotImplementedError(f"{type(self).__name__}.mix")

    def forward(self, vectors: Tensor) -> Tensor:
        """[n, t, dim] → [n, k, width]"""
        vectors = self.standard(vectors.flatten(1)).view_as(vectors)
        return nn.functional.rms_norm(self.mix(vectors), (self.width,)) * self.gain * self.loudness


class Linear(Projector):
    """One matrix for all k tokens."""

    def __init__(self, dim: int, t: int, k: int, width: int):
        super().__init__(dim, t, k, width)
        self.map = nn.Linear(t * dim, k * width)

    def mix(self, vectors: Tensor) -> Tensor:
        return self.map(vectors.flatten(1)).view(-1, self.k, self.width)


class Mlp(Projector):
    """One hidden layer, as in LLaVA-1.5 (Liu et al. 2023, arXiv:2310.03744)."""

    def __init__(self, dim: int, t: int, k: int, width: int, hidden: int = 512):
        super().__init__(dim, t, k, width)
        self.map = nn.Sequential(nn.Linear(t * dim, hidden), nn.GELU(), nn.Linear(hidden, k * width))

    def mix(self, vectors: Tensor) -> Tensor:
        return self.map(vectors.flatten(1)).view(-1, self.k, self.width)


class Resampler(Projector):
    """k learned queries attend to the t vectors (Perceiver resampler, Alayrac et al. 2022, arXiv:2204.14198)."""

    def __init__(self, dim: int, t: int, k: int, width: int, heads: int = 4):
        super().__init__(dim, t, k, width)
        self.queries = nn.Parameter(torch.randn(k, dim) / dim**0.5)
        self.attend = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.norm = nn.LayerNorm(dim)
        self.map = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, width))

    def mix(self, vectors: Tensor) -> Tensor:
        queries = self.queries.expand(len(vectors), -1, -1)  # [n, k, dim]
        read, _ = self.attend(queries, vectors, vectors, need_weights=False)
        return self.map(self.norm(queries + read))
