"""The place encoder: one vector for where a place is and one for what it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from omnimodal import registry
from omnimodal.encoder import Encoder, Nested
from omnimodal.encoders.place.detect import position, positions
from omnimodal.encoders.place.entity import Place
from omnimodal.encoders.place.features import COUNTS, FACTS, NAME_ROWS, TAG_ROWS, features
from omnimodal.encoders.place.nested import opened, pictures
from omnimodal.encoders.place.record import place_of
from omnimodal.encoders.place.shape import SHAPE
from omnimodal.encoders.place.sphere import POINT
from omnimodal.entity import Child, Entity, Mention
from omnimodal.layers import MLP, Fuse
from omnimodal.registry import register
from omnimodal.store.base import Record, Store


@register("place")
class PlaceEncoder(Encoder):
    """Points, lines and polygons with tags, name, surroundings, parents, population and more → [n, 2, dim].

    images: a folder in which pictures that tags name are looked for; without it, and elsewhere, no file is read.
    """

    entity = Place
    version = 2
    records_version = 12
    compound = True
    tokens = 2

    def __init__(
        self, dim: int = 256, hidden: int = 256, tag_dim: int = 64, name_dim: int = 32, images: str | None = None
    ):
        super().__init__(dim)
        self.images = images
        self.tags = nn.Embedding(TAG_ROWS, tag_dim, padding_idx=0)
        self.name = nn.Embedding(NAME_ROWS, name_dim, padding_idx=0)
        self.where = MLP(POINT + SHAPE, dim, hidden)
        self.what = MLP(SHAPE + FACTS + COUNTS + tag_dim + name_dim, dim, hidden)
        self.fuse = Fuse(dim)

    def detect(self, text: str) -> Iterable[Mention]:
        """Coordinates and WKT literals; names are found through the store."""
        for start, end, place in positions(text):
            yield self.mention(text, start, end, place)

    def resolve(self, mention: Mention, store: Store | None) -> Entity | None:
        return mention.entity or position(mention.text) or super().resolve(mention, store)

    @classmethod
    def records(cls) -> Iterable[Record]:
        from omnimodal.encoders.place.records import records

        return records()

    def from_record(self, record: Record) -> Place:
        return place_of(record)

    def children(self, entity: Any = None) -> Any:
        """`parent`, the nearest; `ancestor`, the others; `around`, `route`; `population`, a Number; `opened`, a Date;
        `image`. The stops of a line are not nested: their lines are, and all lines of a network would be."""
        nested: dict[str, Child | Sequence[Child]] = {
            "parent": entity.parents[0] if entity.parents else (),
            "ancestor": entity.parents[1:],
            "around": entity.around,
            "route": entity.routes,
            "image": pictures(entity, self.images),
        }
        if entity.population is not None:
            count = entity.population
            nested["population"] = registry.entity_class("Number")(count) if isinstance(count, int) else count
        if (date := opened(entity)) is not None:
            nested["opened"] = date
        return {role: child for role, child in nested.items() if child != ()}

    def featurize(self, entities: Sequence[Place]) -> dict[str, Tensor]:
        return features(entities)

    def forward(self, features: dict[str, Tensor], nested: Nested) -> Tensor:
        where = self.where(torch.cat([features["point"], features["shape"]], dim=1))
        known = [
            features["shape"],
            features["facts"],
            features["counts"],
            _bag(self.tags, features["tags"]),
            _bag(self.name, features["name"]),
        ]
        what = self.what(torch.cat(known, dim=1))
        return self.fuse(torch.stack([where, what], dim=1), nested)  # [n, 2, dim]


def _bag(table: nn.Embedding, ids: Tensor) -> Tensor:
    """[n, slots] ids → [n, d]: the sum of the rows over the square root of how many there are."""
    return table(ids).sum(dim=1) / (ids != 0).sum(dim=1, keepdim=True).clamp(min=1).sqrt()
