"""Tokens + soft tokens → inputs_embeds.

`lay_out` and `arrange` work on the host: where each token of a text and each soft token of an entity goes, first in a
row, then in a batch. `splice` is the part on the device: one out-of-place `index_copy` for all modalities at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from omnimodal.entity import Entity, Mention
from omnimodal.errors import ContextOverflowError, EncodingError, UnknownNameError
from omnimodal.registry import unknown

Surface = Literal["keep", "replace"]
Overflow = Literal["error", "truncate"]
IGNORED = -100  # the label of a position that is not learned


@dataclass(frozen=True)
class Row:
    """One text on its way into the model: token ids and mentions in order, then the ids of an answer to be learned.

    `dropped` are the mentions that did not fit into the context, `lost` counts the tokens of text that did not.
    """

    parts: tuple[int | Mention, ...]
    answer: tuple[int, ...] = ()
    dropped: tuple[Mention, ...] = ()
    lost: int = 0

    @property
    def mentions(self) -> list[Mention]:
        return [part for part in self.parts if isinstance(part, Mention)]

    def width(self, k: int) -> int:
        return len(self.parts) + len(self.mentions) * (k + 1) + len(self.answer)


def lay_out(
    text: str, mentions: Sequence[Mention], tokenizer: Any, surface: Surface = "keep", special: bool = True
) -> Row:
    """The tokens of a text with its mentions among them, each behind its surface text or in place of it.

    With surface="keep" the tokens of the text are exactly the tokenizer's own, and a mention goes behind the last token
    that begins before its end. `special=False` leaves out BOS and the like, for texts that bring their own.
    """
    _known("surface", surface, get_args(Surface))
    if not mentions:
        return Row(tuple(tokenizer(text, add_special_tokens=special)["input_ids"]))
    if surface == "replace":
        inner = _replaced(text, mentions, tokenizer)
        before, after = _frame(tokenizer, tokenizer("")["input_ids"]) if special else ([], [])
        return Row((*before, *inner, *after))
    encoded = tokenizer(text, return_offsets_mapping=True, add_special_tokens=special)
    before, after = _frame(tokenizer, encoded["input_ids"]) if special else ([], [])
    last = len(encoded["input_ids"]) - len(after)
    ids = encoded["input_ids"][len(before) : last]
    starts = [start for start, _ in encoded["offset_mapping"][len(before) : last]]
    cuts = [bisect_left(starts, mention.end) for mention in mentions]
    parts: list[int | Mention] = ids[: cuts[0]]
    for mention, (here, there) in zip(mentions, pairwise([*cuts, len(ids)]), strict=True):
        parts += [mention, *ids[here:there]]
    return Row((*before, *parts, *after))


def _replaced(text: str, mentions: Sequence[Mention], tokenizer: Any) -> list[int | Mention]:
    parts: list[int | Mention] = []
    here = 0
    for mention in mentions:
        gap = text[here : mention.start].rstrip(" ")  # a space belongs to the token that follows, here the entity
        parts += [*(tokenizer(gap, add_special_tokens=False)["input_ids"] if gap else ()), mention]
        here = mention.end
    return parts + (tokenizer(text[here:], add_special_tokens=False)["input_ids"] if text[here:] else [])


def _frame(tokenizer: Any, ids: list[int]) -> tuple[list[int], list[int]]:
    """The special tokens that the tokenizer puts before and behind a text (BOS, EOS, CLS, SEP)."""
    mask = tokenizer("a", return_special_tokens_mask=True)["special_tokens_mask"]
    before = mask.index(0)
    after = mask[::-1].index(0)
    return ids[:before], ids[len(ids) - after :]


def fit(row: Row, k: int, limit: int, overflow: Overflow = "error") -> Row:
    """A row that fits into `limit` positions: the parts from the left, an entity whole or not at all, and the answer.

    Raises ContextOverflowError unless overflow="truncate" and something fits; what is left out is then told by
    `dropped` and `lost`.
    """
    _known("overflow", overflow, get_args(Overflow))
    if (width := row.width(k)) <= limit:
        return row
    if overflow == "error":
        raise ContextOverflowError(
            f"The text takes {width} positions ({len(row.mentions)} entities of {k + 2}), the model has {limit}; "
            'shorten it, or pass overflow="truncate"'
        )
    room, end = limit - len(row.answer), 0
    for part in row.parts:
        room -= k + 2 if isinstance(part, Mention) else 1
        if room < 0:
            break
        end += 1
    if end == 0:
        raise ContextOverflowError(
            f"Not even the beginning of the text fits: {limit} positions, {len(row.answer)} of them for the answer"
        )
    rest = row.parts[end:]
    dropped = tuple(part for part in rest if isinstance(part, Mention))
    return replace(row, parts=row.parts[:end], dropped=dropped, lost=len(rest) - len(dropped))


@dataclass(frozen=True)
class Layout:
    """A batch on the host, with m mentions in it of e different entities, k soft tokens each.

    input_ids, attention_mask, labels [b, l]. positions [2m + mk]: where in the flattened batch the rows go that
    `gather` makes, boundary tokens first, then soft tokens, entity by entity. boundaries [2m]: which boundary token
    each is, two to a modality. repeats [m]: which of `entities` each k soft tokens are; None where each stands once.
    """

    input_ids: Tensor
    attention_mask: Tensor
    labels: Tensor
    positions: Tensor
    boundaries: Tensor
    repeats: Tensor | None
    entities: tuple[Entity, ...]


def arrange(rows: Sequence[Row], modalities: Sequence[str], k: int, pad: int, side: str = "right") -> Layout:
    """Rows → one padded batch. Equal entities share their soft tokens; they are listed modality by modality."""
    _known("side", side, ("left", "right"))
    found = {m.entity.key: m.entity for row in rows for m in row.mentions if m.entity is not None}
    entities = sorted(found.values(), key=lambda e: (e.modality, e.key))
    number = {e.key: i for i, e in enumerate(entities)}
    opening = {name: 2 * i for i, name in enumerate(modalities)}
    b, l = len(rows), max(row.width(k) for row in rows)
    ids = torch.full((b, l), pad)
    mask = torch.zeros(b, l, dtype=torch.long)
    labels = torch.full((b, l), IGNORED)
    around: list[int] = []  # positions of boundary tokens
    boundaries: list[int] = []
    inside: list[tuple[int, int]] = []  # (entity, first position of its soft tokens)
    for i, row in enumerate(rows):
        width = row.width(k)
        start = l - width if side == "left" else 0
        line: list[int] = []
        for part in row.parts:
            if isinstance(part, int):
                line.append(part)
                continue
            if part.entity is None:
                raise EncodingError(f"{part.text!r} has no entity", span=part.span, encoder=part.modality)
            at = i * l + start + len(line)
            around += [at, at + k + 1]
            boundaries += [opening[part.modality], opening[part.modality] + 1]
            inside.append((number[part.entity.key], at + 1))
            line += [pad] * (k + 2)
        line += row.answer
        ids[i, start : start + width] = torch.tensor(line, dtype=torch.long)
        mask[i, start : start + width] = 1
        if row.answer:
            labels[i, start + width - len(row.answer) : start + width] = torch.tensor(row.answer)
    inside.sort()
    positions = around + [at + j for _, at in inside for j in range(k)]
    repeats = None if len(inside) == len(entities) else torch.tensor([entity for entity, _ in inside])
    where = torch.tensor(positions, dtype=torch.long), torch.tensor(boundaries, dtype=torch.long)
    return Layout(ids, mask, labels, *where, repeats, tuple(entities))


def gather(table: Tensor, soft: Sequence[Tensor], boundaries: Tensor, repeats: Tensor | None) -> Tensor:
    """The rows that go to the positions of a Layout: boundary tokens from `table` [2 · modalities, d], and the soft
    tokens of its entities, [n, k, d] per modality → [2m + mk, d].
    """
    if repeats is not None:
        soft = [torch.cat(list(soft)).index_select(0, repeats)]
    return torch.cat([table.index_select(0, boundaries), *(tokens.flatten(0, 1) for tokens in soft)])


def splice(embeds: Tensor, positions: Tensor, rows: Tensor) -> Tensor:
    """embeds [b, l, d] with `rows` [p, d] at flat `positions` [p] → a new [b, l, d]."""
    return embeds.flatten(0, 1).index_copy(0, positions, rows.to(embeds.dtype)).view_as(embeds)


def _known(what: str, name: str, names: Sequence[str]) -> None:
    if name not in names:
        raise UnknownNameError(unknown(what, name, list(names)))
