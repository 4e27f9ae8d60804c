"""Small layers that encoders share."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from omnimodal.encoder import ROLES, Nested


class MLP(nn.Sequential):
    """[…, inputs] → […, outputs]: normalise, one hidden layer with GELU, normalise."""

    def __init__(self, inputs: int, outputs: int, hidden: int = 512):
        super().__init__(nn.Linear(inputs, hidden), nn.GELU(), nn.Linear(hidden, outputs), nn.LayerNorm(outputs))


class Fuse(nn.Module):
    """An entity's own vectors read what is nested in it: a small transformer over [own vectors, children + roles].

    own [n, t, dim], nested with c children → [n, t, dim]. An entity without children is not changed by it, so rows do
    not depend on what else is in the batch.
    """

    def __init__(self, dim: int, layers: int = 1, heads: int = 4):
        super().__init__()
        self.role = nn.Embedding(ROLES, dim, padding_idx=0)
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(dim, heads, 2 * dim, dropout=0.0, batch_first=True, norm_first=True)
            for _ in range(layers)
        )

    def forward(self, own: Tensor, nested: Nested) -> Tensor:
        if nested.mask.shape[1] == 0:
            return own
        x = torch.cat([own, nested.vectors + self.role(nested.roles)], dim=1)  # [n, t+c, dim]
        padding = torch.cat([nested.mask.new_zeros(own.shape[:2]), ~nested.mask], dim=1)
        for block in self.blocks:
            x = block(x, src_key_padding_mask=padding)
        alone = ~nested.mask.any(dim=1)
        return torch.where(alone[:, None, None], own, x[:, : own.shape[1]])
