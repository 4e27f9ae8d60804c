"""Tagger: an encoder, and a score for every stretch of tokens and every label.

Spans nest, and spans of one label nest in each other ("the second half of [the 20th century]"), which one begin/inside/
outside row per label cannot say. A table of first token × last token per label can say any set of spans, and needs no
decoding: GlobalPointer (Su et al. 2022, arXiv:2208.03054), here with a start and an end score beside the pair's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from omnimodal.entity import Mention
from omnimodal.errors import ModelError
from omnimodal.tagger.folder import load, save
from omnimodal.tagger.nest import laminar
from omnimodal.tagger.sample import Span
from omnimodal.tagger.window import Batch, Window, collate, cut, decides

CLOSED = -1e4  # the score of what is no stretch of tokens


class Pointer(nn.Module):
    """[b, l, width] → [b, labels, l, l]: how well a stretch from one token to another fits each label."""

    def __init__(self, width: int, labels: int, size: int = 64):
        super().__init__()
        self.labels, self.size = labels, size
        self.pair = nn.Linear(width, labels * 2 * size)
        self.edges = nn.Linear(width, labels * 2)
        nn.init.constant_(self.edges.bias, -3.0)  # nearly every stretch is nothing

    def forward(self, states: Tensor) -> Tensor:
        b, l, _ = states.shape
        first, last = rotate(self.pair(states).view(b, l, 2 * self.labels, self.size)).split(self.labels, dim=2)
        pairs = torch.einsum("bitd,bjtd->btij", first, last) / math.sqrt(self.size)
        start, end = self.edges(states).transpose(1, 2).split(self.labels, dim=1)  # [b, labels, l] each
        return pairs + start[..., :, None] + end[..., None, :]


def rotate(x: Tensor) -> Tensor:
    """Rotary positions on [b, l, h, d], so that a pair's score knows how long the stretch is (Su et al. 2021)."""
    l, d = x.shape[1], x.shape[3]
    speed = 10000 ** (-torch.arange(0, d, 2, device=x.device) / d)
    angle = torch.arange(l, device=x.device)[:, None] * speed  # [l, d/2]
    cos, sin = angle.cos()[:, None], angle.sin()[:, None]
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


class Tagger(nn.Module):
    """A source of mentions: `detect(texts)` gives nested mentions with probabilities.

    labels: what the head knows. modalities: {label: modality} for those that an encoder goes by another name; a label
    that is not in it keeps its name, so that mentions nobody encodes can still be looked at. window and overlap are in
    tokens. scale and shift make a probability of a score, and mentions below `threshold` are not given: all three are
    fitted on held-out texts. Of spans that cross the likeliest is given, with `crossing` all are.
    """

    name = "tagger"
    fingerprint = ""  # of what was loaded: of its settings and weights

    def __init__(
        self,
        encoder: Any,
        tokenizer: Any,
        labels: Sequence[str],
        *,
        modalities: Mapping[str, str] | None = None,
        window: int = 128,
        overlap: int = 32,
        size: int = 64,
        dropout: float = 0.1,
        scale: float = 1.0,
        shift: float = 0.0,
        threshold: float = 0.5,
        crossing: bool = False,
    ):
        super().__init__()
        longest = getattr(encoder.config, "max_position_embeddings", None)
        if longest and window > longest:
            raise ModelError(f"Windows of {window} tokens are too long for this encoder, which reads {longest}")
        if len(set(labels)) < len(labels) or not labels:
            raise ModelError(f"Labels need different names, and at least one: {list(labels)}")
        self.encoder, self.tokenizer, self.labels = encoder, tokenizer, list(labels)
        self.modalities = dict(modalities or {})
        self.window, self.overlap = window, overlap
        self.scale, self.shift, self.threshold, self.crossing = scale, shift, threshold, crossing
        self.dropout = nn.Dropout(dropout)
        self.pointer = Pointer(encoder.config.hidden_size, len(self.labels), size)

    @property
    def pad(self) -> int:
        return self.tokenizer.pad_token_id or 0

    @property
    def device(self) -> torch.device:
        return self.pointer.edges.bias.device

    def forward(self, batch: Batch) -> Tensor:
        """Scores [b, labels, l, l] in float32; CLOSED where first > last, or where no token of the text stands."""
        states = self.encoder(input_ids=batch.ids, attention_mask=batch.mask).last_hidden_state
        scores = self.pointer(self.dropout(states)).float()
        return scores.masked_fill(~stretches(batch.inner)[:, None], CLOSED)

    def loss(self, batch: Batch, gold: Tensor) -> Tensor:
        """Binary cross-entropy of all cells, per token. gold [b, labels, l, l] bool; source: see `docs/tagger.md`."""
        scores = self(batch)
        each = F.binary_cross_entropy_with_logits(scores, gold.to(scores), reduction="none")
        return (each * stretches(batch.inner)[:, None]).sum() / batch.inner.sum().clamp(min=1)

    def detect(self, texts: Sequence[str]) -> list[list[Mention]]:
        """The mentions of each text, sorted, nested ones among them. Long texts are read in windows: of a span that
        several hold, the one that sees most around it decides."""
        found = self.spans(texts)
        return [
            [
                Mention(
                    span.start,
                    span.end,
                    self.modalities.get(span.label, span.label),
                    text[span.start : span.end],
                    score,
                    self.name,
                )
                for span, score in sorted(spans.items())
            ]
            for text, spans in zip(texts, found, strict=True)
        ]

    @torch.inference_mode()
    def spans(self, texts: Sequence[str], batch: int = 16) -> list[dict[Span, float]]:
        """Of each text {span: probability}, those of at least `threshold`."""
        if isinstance(texts, str):
            raise TypeError("A list of texts is wanted, not one text")
        training = self.training
        self.eval()
        try:
            cuts = cut(texts, self.tokenizer, self.window, self.overlap)
            order = sorted((w for windows in cuts for w in windows), key=lambda w: len(w.ids))
            found: list[dict[Span, float]] = [{} for _ in texts]
            for i in range(0, len(order), batch):
                for window, cell, score in self._above(order[i : i + batch]):
                    text = texts[window.text]
                    span = self._span(text, window, cell)
                    if span is not None and decides(window, cuts[window.text], span.start, span.end):
                        here = found[window.text]
                        here[span] = max(score, here.get(span, 0.0))
            return found if self.crossing else [laminar(spans) for spans in found]
        finally:
            self.train(training)

    def _above(self, windows: Sequence[Window]) -> list[tuple[Window, tuple[int, ...], float]]:
        """(window, (label, first, last), probability) of the cells that reach the threshold."""
        scores = self(collate(windows, self.pad).to(self.device))
        chances = (torch.sigmoid(scores * self.scale + self.shift) * (scores > CLOSED)).cpu()
        hits = (chances >= self.threshold) & (chances > 0)
        rows = zip(hits.nonzero().tolist(), chances[hits].tolist(), strict=True)
        return [(windows[row], tuple(cell), score) for (row, *cell), score in rows]

    def _span(self, text: str, window: Window, cell: tuple[int, ...]) -> Span | None:
        """The characters of a cell, without the space that some vocabularies make part of a word; None if no more."""
        label, first, last = cell
        one, two = window.offsets[first], window.offsets[last]
        if one is None or two is None:
            return None
        start, end = one[0], two[1]
        piece = text[start:end]
        start, end = start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
        return Span(start, end, self.labels[label]) if start < end else None

    @classmethod
    def load(cls, folder: str | Path) -> Tagger:
        """The tagger that was saved in a folder. Raises ModelError for one that is damaged or none."""
        return load(cls, Path(folder))

    def save(self, folder: str | Path) -> None:
        """Write the folder, whole or not at all. Raises ModelError where other things stand there."""
        save(self, Path(folder))


def stretches(inner: Tensor) -> Tensor:
    """[b, l] → [b, l, l] bool: True where both are tokens of the text and first <= last."""
    return (inner[:, :, None] & inner[:, None, :]).triu()
