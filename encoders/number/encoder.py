"""The encoder of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from omnimodal.encoder import Encoder, Nested
from omnimodal.encoders.number.detect import Span, find, parse
from omnimodal.encoders.number.entity import Number
from omnimodal.encoders.number.features import BALANCE, HASHES, SIZE, features
from omnimodal.entity import Mention
from omnimodal.layers import MLP
from omnimodal.registry import register
from omnimodal.store.base import Store


@register("number")
class NumberEncoder(Encoder):
    """Number → [n, 1, dim]: an MLP over the balanced features, and beside it a linear map of them as they are.

    The MLP's output is normalised and tells digits and units apart; the linear map, where the magnitude is loud, keeps
    the order of magnitudes beyond the training range. It begins at a tenth, lest it drown the digits.
    """

    entity = Number
    linked = False
    version = 1
    tokens = 1

    def __init__(self, dim: int = 256, hidden: int = 512, id_dim: int = 16):
        super().__init__(dim)
        self.unit = nn.Embedding(HASHES, id_dim, padding_idx=0)
        self.currency = nn.Embedding(HASHES, id_dim, padding_idx=0)
        self.mlp = MLP(SIZE + 2 * id_dim, dim, hidden)
        self.linear = nn.Linear(SIZE, dim)
        self.balance: Tensor
        self.register_buffer("balance", torch.from_numpy(BALANCE).float(), persistent=False)

    def detect(self, text: str) -> Iterator[Mention]:
        """Quantities of the text, with sign, unit and currency; a range holds its bounds as children."""
        return (self._mention(text, span) for span in find(text))

    def resolve(self, mention: Mention, store: Store | None) -> Number:
        """The number the mention says. Raises InvalidEntityError where it says none."""
        return mention.entity if isinstance(mention.entity, Number) else parse(mention.text)

    def featurize(self, entities: Sequence[Number]) -> dict[str, Tensor]:
        """n numbers → {"floats": float32 [n, SIZE], "ids": int64 [n, 2] of unit and currency}."""
        floats, ids = features(entities)
        return {"floats": torch.from_numpy(floats).float(), "ids": torch.from_numpy(ids)}

    def forward(self, features: dict[str, Tensor], nested: Nested) -> Tensor:
        x, (unit, currency) = features["floats"], features["ids"].unbind(1)
        balanced = torch.cat([x * self.balance, self.unit(unit), self.currency(currency)], dim=1)
        return (self.mlp(balanced) + 0.1 * self.linear(x))[:, None]

    def _mention(self, text: str, span: Span) -> Mention:
        children = tuple(self._mention(text, part) for part in span.parts)
        return self.mention(text, span.start, span.end, span.number, score=0.9, children=children)
