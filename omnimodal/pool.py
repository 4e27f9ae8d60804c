"""Hidden states → one vector per text."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from omnimodal.errors import UnknownNameError
from omnimodal.registry import unknown


def mean(hidden: Tensor, mask: Tensor) -> Tensor:
    """Average over the positions of the text. hidden [b, l, d], mask [b, l] → [b, d]"""
    return _weighted(hidden, mask.to(hidden.dtype))


def last(hidden: Tensor, mask: Tensor) -> Tensor:
    """The last position of the text, wherever the padding is."""
    index = (mask * torch.arange(1, mask.shape[1] + 1, device=mask.device)).argmax(dim=1)
    return hidden[torch.arange(len(hidden), device=hidden.device), index]


def weighted_mean(hidden: Tensor, mask: Tensor) -> Tensor:
    """Later positions count more, 1, 2, 3, …: they have read more in a causal model (SGPT, arXiv:2202.08904)."""
    return _weighted(hidden, mask.cumsum(dim=1).to(hidden.dtype) * mask)


def _weighted(hidden: Tensor, weights: Tensor) -> Tensor:
    hidden = hidden.masked_fill(weights[..., None] == 0, 0)  # padding may hold NaN, and 0 · NaN is NaN
    return (hidden * weights[..., None]).sum(dim=1) / weights.sum(dim=1, keepdim=True).clamp(min=1e-9)


POOLINGS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"mean": mean, "last": last, "weighted_mean": weighted_mean}


def pool(name: str, hidden: Tensor, mask: Tensor) -> Tensor:
    """The pooling of that name, scaled to unit norm: [b, l, d], [b, l] → [b, d]."""
    if name not in POOLINGS:
        raise UnknownNameError(unknown("pooling", name, sorted(POOLINGS)))
    return torch.nn.functional.normalize(POOLINGS[name](hidden.float(), mask), dim=-1)
