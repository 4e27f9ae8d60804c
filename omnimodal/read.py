"""The host's half of the way: documents → mentions → rows → the tensors that `OmniModel.forward` takes."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from omnimodal import encode
from omnimodal.cache import FeatureCache
from omnimodal.context import Context, current, reading
from omnimodal.detection import Overlaps, Source, detect
from omnimodal.document import Document
from omnimodal.encoder import Encoder
from omnimodal.entity import Mention
from omnimodal.errors import OmnimodalError, OmnimodalWarning
from omnimodal.resolve import opened, resolve
from omnimodal.splice import IGNORED, Overflow, Row, Surface, arrange, fit, lay_out
from omnimodal.store import Store


def find_mentions(
    docs: Sequence[Document],
    encoders: Mapping[str, Encoder],
    store: Store | None,
    reference: date | str | None = None,
    locale: str | None = None,
    overlaps: Overlaps = "flat",
    sources: Sequence[Source] = (),
) -> list[list[Mention]]:
    """The mentions of each document, with their entities. `reference`: when it was written, to read dates against;
    `locale`: how it writes numbers and dates ("de"). Where they are None, those of the current `context` hold.

    overlaps and sources: see `omnimodal.detection.detect`.
    """
    if isinstance(reference, str):
        try:
            reference = datetime.fromisoformat(reference)
        except ValueError as error:
            raise OmnimodalError(f"The reference {reference!r} is no ISO date, like 2024-05-01") from error
    elif isinstance(reference, date) and not isinstance(reference, datetime):
        reference = datetime(reference.year, reference.month, reference.day)
    around = current()
    with reading(Context(reference or around.reference, locale or around.locale)):
        found = detect(docs, encoders, store, overlaps, sources)
        return [resolve(mentions, encoders, store, doc.text) for doc, mentions in zip(docs, found, strict=True)]


@dataclass
class Reader:
    """All that the host needs to know of a model: its tokenizer, encoders, store, feature cache and limits.

    store: a Store, a path or URL of one that is there, "default" for the records that ship (opened when first needed;
    another store takes their place), or None. sources: other finders of mentions, as a tagger.
    """

    tokenizer: Any
    encoders: Mapping[str, Encoder]
    k: int
    limit: int
    surface: Surface = "keep"
    store: Store | str | Path | None = "default"
    cache: FeatureCache | None = None
    max_depth: int = 6
    sources: Sequence[Source] = ()

    def opened_store(self) -> Store | None:
        if isinstance(self.store, str | Path):
            self.store = opened(self.store)
        return self.store

    def mentions(
        self, docs: Sequence[Document], reference: Any = None, locale: str | None = None
    ) -> list[list[Mention]]:
        return find_mentions(docs, self.encoders, self.opened_store(), reference, locale, sources=self.sources)

    def rows(
        self,
        docs: Sequence[Document],
        mentions: Sequence[Sequence[Mention]],
        surface: Surface | None = None,
        overflow: Overflow = "error",
        special: bool = True,
        reserve: int = 0,
    ) -> list[Row]:
        """Documents and their mentions → rows that fit, with `reserve` positions left free behind them.

        Mentions without an entity stay plain text, but for what lies in them and has one, as "Lyon" in "the mayor of
        Lyon", a person. What is truncated is warned of.
        """
        rows = []
        for number, (doc, found) in enumerate(zip(docs, mentions, strict=True)):
            known = list(self._known(found))
            whole = lay_out(doc.text, known, self.tokenizer, surface or self.surface, special)
            try:
                row = fit(whole, self.k, self.limit - reserve, overflow)
            except OmnimodalError as error:
                error.message = f"Text {number} of {len(docs)}: {error.message}"
                raise
            if row is not whole:
                what = f"its last {row.lost} tokens and the entities {[m.text for m in row.dropped]}"
                warnings.warn(
                    f"Text {number} of {len(docs)} is too long: left out {what}", OmnimodalWarning, stacklevel=3
                )
            rows.append(row)
        return rows

    def _known(self, mentions: Iterable[Mention]) -> Iterator[Mention]:
        """The mentions that have an entity; in the place of those that have none, the ones within them."""
        for mention in mentions:
            if mention.entity is not None:
                yield mention
            else:
                yield from self._known(mention.children)

    def collate(self, rows: Sequence[Row], side: str = "right") -> dict[str, Any]:
        """Rows → the arguments of `OmniModel.forward`: where everything goes, what is nested in what, and features.

        `logits_to_keep` counts the positions from the end that are needed to learn the labels, 0 for all.
        """
        layout = arrange(rows, sorted(self.encoders), self.k, self.tokenizer.pad_token_id, side)
        plan = None
        if layout.entities:
            plan = encode.plan(layout.entities, self.encoders, self.opened_store(), self.cache, self.max_depth)
        labelled = (layout.labels != IGNORED).any(dim=0).nonzero()
        keep = layout.labels.shape[1] - int(labelled[0]) + 1 if len(labelled) else 0
        return {
            "input_ids": layout.input_ids,
            "attention_mask": layout.attention_mask,
            "labels": layout.labels,
            "positions": layout.positions,
            "boundaries": layout.boundaries,
            "repeats": layout.repeats,
            "plan": plan,
            "logits_to_keep": keep,
        }
