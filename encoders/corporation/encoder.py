"""CorporationEncoder: a small transformer over one token per field, whatever the field holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from omnimodal.encoder import Encoder, Nested
from omnimodal.encoders.corporation import companies, features
from omnimodal.encoders.corporation.detect import find_named, split_legal_form
from omnimodal.encoders.corporation.entity import Corporation
from omnimodal.entity import Child, Entity, Mention
from omnimodal.layers import Fuse
from omnimodal.registry import register
from omnimodal.store.base import Record, Store

# A row of the word table is seen rarely. It begins near nothing, so that an unseen word says nothing; and as Adam moves
# all weights alike, it is scaled up where it is used, which makes it learn that much faster than the rest.
GAIN = 100.0


@register("corporation")
class CorporationEncoder(Encoder):
    """Reads a record: `tokens` learned queries attend over [text fields, children], each with its role's embedding.

    A text field is the mean of its words' hashed embeddings; a nested entity is its own encoder's vector. A record may
    have any number of nested entities, and text for `slots` slots of `words` words and stems (else InvalidEntityError).
    """

    entity = Corporation
    compound = True
    version = 1
    records_version = 4

    def __init__(
        self,
        dim: int = 256,
        tokens: int = 2,
        layers: int = 2,
        slots: int = 16,
        words: int = 24,
        vocabulary: int = 8192,
        width: int = 32,
    ):
        super().__init__(dim)
        self.tokens, self.slots, self.words, self.vocabulary = tokens, slots, words, vocabulary
        self.queries = nn.Parameter(torch.randn(tokens, dim) / 4)
        self.word = nn.EmbeddingBag(vocabulary, width, mode="mean", padding_idx=0)
        nn.init.normal_(self.word.weight, std=0.05 / GAIN)
        self.text = nn.Linear(width, dim)
        self.fuse = Fuse(dim, layers)
        self.norm = nn.LayerNorm(dim)

    def detect(self, text: str) -> Iterable[Mention]:
        """Capitalised names before a legal form; names of known companies are found by the store."""
        return [self.mention(text, start, end, score=0.9) for start, end in find_named(text)]

    def short_names(self, name: str) -> Iterable[str]:
        """The name before the legal form."""
        parsed = split_legal_form(name)
        return [parsed[0]] if parsed else []

    def resolve(self, mention: Mention, store: Store | None) -> Entity | None:
        """The record of that name, else the record of the name before the legal form where it has the same form,
        else, for a name with a legal form, a Corporation that says just that."""
        if (known := super().resolve(mention, store)) is not None:
            return known
        if (parsed := split_legal_form(mention.text)) is None:
            return None
        name, form = parsed
        for candidate in store.find(name, modality=self.modality) if store else ():
            record = self.from_record(candidate.record)
            if isinstance(record, Corporation) and record.legal_form == form:
                return record
        return Corporation(name=name, legal_form=form)

    @classmethod
    def records(cls) -> Iterable[Record]:
        return companies.records()

    def children(self, entity: Any = None) -> Any:
        """{role: [entities and links]} of every field that holds some; within a mapping the role is `field.key`."""
        children: dict[str, list[Child]] = {}
        for role, value in entity.leaves():
            if not isinstance(value, str):
                children.setdefault(role, []).append(value)
        return children

    def featurize(self, entities: Sequence[Corporation]) -> dict[str, Tensor]:
        """→ roles [n, slots] and words [n, slots, words], int64."""
        return features.featurize(entities, self.slots, self.words, self.vocabulary)

    def forward(self, features: dict[str, Tensor], nested: Nested) -> Tensor:
        roles, words = features["roles"], features["words"]
        used = int((roles != 0).sum(1).max()) if len(roles) else 0  # slots are filled from the first on
        roles, words = roles[:, :used], words[:, :used]
        texts = self.text(GAIN * self.word(words.flatten(0, 1)).unflatten(0, roles.shape))  # [n, used, dim]
        fields = Nested(
            torch.cat([texts, nested.vectors.to(texts.dtype)], dim=1),
            torch.cat([roles, nested.roles], dim=1),
            torch.cat([roles != 0, nested.mask], dim=1),
        )
        queries = self.queries.expand(len(roles), -1, -1)
        return self.norm(self.fuse(queries, fields))  # [n, tokens, dim]
