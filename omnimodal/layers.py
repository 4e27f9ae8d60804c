"""Small layers that encoders share."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from omnimodal.encoder import ROLES, Nested
from omnimodal.standardize import Standardize


class MLP(nn.Sequential):
    """[…, inputs] → […, outputs]: standardise, one hidden layer with GELU, normalise."""

    def __init__(self, inputs: int, outputs: int, hidden: int = 512):
        super().__init__(
            Standardize(inputs), nn.Linear(inputs, hidden), nn.GELU(), nn.Linear(hidden, outputs), nn.LayerNorm(outputs)
        )


class Fuse(nn.Module):
    """An entity's own vectors read what is nested in it: they attend to themselves and to [children + roles].

    own [n, t, dim], nested with c children → [n, t, dim], in time linear in c. An entity without children is not
    changed by it, so rows do not depend on what else is in the batch.
    """

    def __init__(self, dim: int, layers: int = 1, heads: int = 4):
        super().__init__()
        self.role = nn.Embedding(ROLES, dim, padding_idx=0)
        self.blocks = nn.ModuleList(_Block(dim, heads) for _ in range(layers))

    def forward(self, own: Tensor, nested: Nested) -> Tensor:
        if nested.mask.shape[1] == 0:
            return own
        children = nested.vectors + self.role(nested.roles)  # [n, c, dim]
        padding = torch.cat([nested.mask.new_zeros(own.shape[:2]), ~nested.mask], dim=1)
        x = own
        for block in self.blocks:
            x = block(x, children, padding)
        alone = ~nested.mask.any(dim=1)
        return torch.where(alone[:, None, None], own, x)


class _Block(nn.Module):
    """A transformer layer in which only `x` [n, t, dim] asks, and `x` and `children` [n, c, dim] answer."""

    def __init__(self, dim: int, heads: int):
        super().__init__()
        self.before, self.children_before, self.after = nn.LayerNorm(dim), nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attend = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x: Tensor, children: Tensor, padding: Tensor) -> Tensor:
        query = self.before(x)
        keys = torch.cat([query, self.children_before(children)], dim=1)
        x = x + self.attend(query, keys, keys, key_padding_mask=padding, need_weights=False)[0]
        return x + self.mlp(self.after(x))
