"""Texts → overlapping windows of tokens, and spans of characters → cells of a window's token × token table."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from omnimodal.errors import ModelError
from omnimodal.tagger.sample import Sample

Cell = tuple[int, int, int]  # label, first token, last token


@dataclass(frozen=True)
class Window:
    """l tokens: of which text, and which of its windows. `offsets` are the tokens' characters, None for special tokens;
    `low` and `high` are the characters from which on and up to which the window sees, infinite where the text begins
    and ends in it."""

    text: int
    turn: int
    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int] | None, ...]
    low: float
    high: float

    def context(self, start: int, end: int) -> float:
        """How many characters the window sees around a span on its narrower side; negative where it is cut."""
        return min(start - self.low, self.high - end)


def cut(texts: Sequence[str], tokenizer: Any, size: int, overlap: int) -> list[list[Window]]:
    """The windows of each text: at most `size` tokens, special ones included, `overlap` of them shared with the next.

    A text without tokens has no window. Raises ModelError where the overlap leaves no room to move on.
    """
    room = size - tokenizer.num_special_tokens_to_add()
    if room <= overlap:
        raise ModelError(
            f"Windows of {size} tokens with {overlap} overlapping and {size - room} special do not move on"
        )
    if not texts:
        return []
    found = tokenizer(
        list(texts),
        truncation=True,
        max_length=size,
        stride=overlap,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_special_tokens_mask=True,
    )
    windows: list[list[Window]] = [[] for _ in texts]
    rows = zip(
        found["overflow_to_sample_mapping"],
        found["input_ids"],
        found["offset_mapping"],
        found["special_tokens_mask"],
        strict=True,
    )
    for text, ids, offsets, special in rows:
        # A token that stands for no character (the start of a word in some vocabularies) can begin or end no span.
        inner = tuple(
            tuple(offset) if not skip and offset[0] < offset[1] else None
            for offset, skip in zip(offsets, special, strict=True)
        )
        there = [offset for offset in inner if offset]
        if there:
            windows[text].append(Window(text, 0, tuple(ids), inner, there[0][0], there[-1][1]))
    return [_open_ends(parts) for parts in windows]


def _open_ends(parts: list[Window]) -> list[Window]:
    """Numbered; nothing is cut where the text itself begins and ends."""
    last = len(parts) - 1
    ends = [(-math.inf if i == 0 else w.low, math.inf if i == last else w.high) for i, w in enumerate(parts)]
    return [replace(w, turn=i, low=low, high=high) for i, (w, (low, high)) in enumerate(zip(parts, ends, strict=True))]


def decides(window: Window, windows: Sequence[Window], start: int, end: int) -> bool:
    """Whether of all the text's windows this one sees most around a span that it holds; of equals the first."""
    best = window.context(start, end)
    for step in (-1, 1):
        i = window.turn + step
        while 0 <= i < len(windows) and (other := windows[i].context(start, end)) >= 0:
            if other > best or (other == best and step < 0):
                return False
            i += step
    return True


def cells(window: Window, sample: Sample, labels: Sequence[str]) -> list[Cell]:
    """Where the sample's spans stand in a window; those it does not hold wholly are left out.

    An edge inside a token takes the whole token. A discontinuous span is learned as the stretch that covers its parts.
    """
    inner = [(i, offset) for i, offset in enumerate(window.offsets) if offset]
    starts, ends = [offset[0] for _, offset in inner], [offset[1] for _, offset in inner]
    found: list[Cell] = []
    for span in sample.spans:
        if span.label not in labels or window.context(span.start, span.end) < 0:
            continue
        first = min(bisect_right(ends, span.start), len(inner) - 1)
        last = bisect_left(starts, span.end) - 1
        if 0 <= first <= last:
            found.append((labels.index(span.label), inner[first][0], inner[last][0]))
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Batch:
    """b windows padded to l: ids [b, l] int64, mask [b, l] int64 (1 for tokens), inner [b, l] bool (no specials)."""

    ids: Tensor
    mask: Tensor
    inner: Tensor

    def to(self, device: torch.device) -> Batch:
        return Batch(self.ids.to(device), self.mask.to(device), self.inner.to(device))


def collate(windows: Sequence[Window], pad: int) -> Batch:
    """Right-padded windows."""
    length = max(len(w.ids) for w in windows)
    ids = torch.full((len(windows), length), pad)
    mask, inner = torch.zeros_like(ids), torch.zeros(len(windows), length, dtype=torch.bool)
    for row, w in enumerate(windows):
        n = len(w.ids)
        ids[row, :n], mask[row, :n] = torch.tensor(w.ids), 1
        inner[row, :n] = torch.tensor([offset is not None for offset in w.offsets])
    return Batch(ids, mask, inner)


def targets(batch: Batch, gold: Iterable[Iterable[Cell]], labels: int) -> Tensor:
    """[b, labels, l, l] bool, True at (label, first token, last token) of each span."""
    b, l = batch.ids.shape
    table = torch.zeros(b, labels, l, l, dtype=torch.bool)
    for row, found in enumerate(gold):
        for label, first, last in found:
            table[row, label, first, last] = True
    return table
