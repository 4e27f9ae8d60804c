"""ImageEncoder: a frozen vision model's cached view of a picture → soft tokens."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from omnimodal import registry
from omnimodal.encoder import Encoder, Nested
from omnimodal.encoders.image.backbone import backbone as load
from omnimodal.encoders.image.entity import Image
from omnimodal.encoders.image.features import STATISTICS, statistics
from omnimodal.entity import Entity
from omnimodal.layers import Fuse

BATCH = 64  # pictures decoded at a time, which bounds the memory


@registry.register("image")
class ImageEncoder(Encoder):
    """Images → [n, tokens, dim]. Found in texts by markup and typed parts only.

    `backbone` is a hub id or a local folder of a Hugging Face vision model (`revision` its commit or tag), None for the
    embedded ViT; `pretrained=False` gives that one random weights, as a control. It is frozen: `featurize` returns what
    it sees, the whole and `grid` × `grid` cells, and `forward` is the small net that is trained. Raises ModelError for
    a backbone that cannot be loaded whole.
    """

    entity = Image
    linked = False

    def __init__(
        self,
        dim: int = 256,
        tokens: int = 4,
        backbone: str | None = None,
        revision: str | None = None,
        pretrained: bool = True,
        grid: int = 4,
    ):
        super().__init__(dim)
        self.tokens, self.grid = tokens, grid
        self.backbone = load(backbone, revision, pretrained)
        self.seen = nn.Linear(self.backbone.width, dim)
        self.place = nn.Parameter(0.02 * torch.randn(1 + grid**2, dim))
        self.look = nn.Parameter(0.5 * torch.randn(tokens, dim))
        self.statistics = nn.Linear(STATISTICS, dim)
        self.read = nn.TransformerEncoderLayer(dim, 4, 2 * dim, dropout=0.0, batch_first=True, norm_first=True)
        self.fuse = Fuse(dim)

    def children(self, entity: Any = None) -> Any:
        """`taken_at`, the Place, and `taken_on`, the Date, that the camera wrote into the picture."""
        nested: dict[str, Entity] = {}
        if entity.taken.at is not None:
            nested["taken_at"] = registry.entity_class("Place")(geometry=entity.taken.at)
        if entity.taken.on is not None:
            nested["taken_on"] = registry.entity_class("Date")(entity.taken.on)
        return nested

    def featurize(self, entities: Sequence[Image]) -> dict[str, Tensor]:
        """`cells` [n, 1 + grid², width], the whole first; `statistics` [n, 36] of colour and form."""
        parts = [self._seen(entities[i : i + BATCH]) for i in range(0, len(entities), BATCH)] or [self._seen(())]
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}

    def _seen(self, images: Sequence[Image]) -> dict[str, Tensor]:
        shown = [image.pixels(self.backbone.side) for image in images]
        return {"cells": self.backbone(shown, self.grid), "statistics": statistics(images, shown)}

    def forward(self, features: dict[str, Tensor], nested: Nested) -> Tensor:
        cells = self.seen(features["cells"]) + self.place  # [n, 1 + grid², dim]
        form = self.statistics(features["statistics"])[:, None]  # [n, 1, dim]
        # Each token starts from the whole picture and reads the cells.
        own = cells[:, :1] + form + self.look  # [n, tokens, dim]
        own = self.read(torch.cat([own, cells, form], dim=1))[:, : self.tokens]
        return self.fuse(own, nested)

    @property
    def fingerprint(self) -> str:
        """Names what `featurize` computes: the backbone by its weights, wherever they lie."""
        what = [type(self).__module__, type(self).__qualname__, self.version, self.backbone.identity, self.grid]
        return hashlib.blake2b(json.dumps(what).encode(), digest_size=8).hexdigest()
