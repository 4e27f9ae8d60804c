"""What a user gives → documents: one text each, with the entities that were marked in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from omnimodal.entity import Entity, Mention
from omnimodal.errors import SpanError

Part = str | Entity
Marked = Mention | tuple[int, int, Entity]
CLOSING = ",.;:!?)]}’'"  # what stands behind a word without a space


@dataclass(frozen=True)
class Document:
    """A text and its explicit mentions, in order and without overlaps. Raises SpanError for impossible ones.

    Mentions without text (a picture between two words) may stand at one place, in the order they are given.
    """

    text: str
    mentions: tuple[Mention, ...] = ()

    def __post_init__(self) -> None:
        check_text(self.text)
        for mention in self.mentions:
            if mention.end > len(self.text) or self.text[mention.start : mention.end] != mention.text:
                found = self.text[mention.start : mention.end]
                raise SpanError(f"The text has {found!r} where {mention.text!r} is said to stand", span=mention.span)
        ordered = tuple(sorted(self.mentions, key=lambda m: m.span))
        for one, two in pairwise(ordered):
            if two.start < one.end:
                raise SpanError(f"Entities overlap: {one.modality} {one.span} and {two.modality}", span=two.span)
        object.__setattr__(self, "mentions", ordered)


def check_text(text: str) -> None:
    """Raise SpanError for what is no Unicode, and what no tokenizer takes."""
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError as error:
        what = "The text has half a character here, a lone surrogate, as bytes leave that are no UTF-8"
        raise SpanError(what, span=(error.start, error.end)) from None


def documents(inputs: Any, entities: Sequence[Any] | None = None) -> tuple[list[Document], bool]:
    """The documents of an input, and whether it was a batch.

    A string, or a list with at least one Entity in it (strings and typed parts), is one document; any other list is a
    batch of such. `entities` marks explicit ones: for one document [(start, end, entity), …], for a batch a list of
    these. Raises TypeError for other inputs, SpanError for offsets outside the text or overlapping.
    """
    one = isinstance(inputs, str | Document | Entity) or (
        isinstance(inputs, list | tuple) and any(isinstance(part, Entity) for part in inputs)
    )
    batch = [inputs] if one else inputs
    if not isinstance(batch, list | tuple):
        raise TypeError(
            f"A text, a list of texts or a list of strings and entities is wanted, not {type(inputs).__name__}"
        )
    marks = [entities or ()] if one else list(entities) if entities is not None else [()] * len(batch)
    if len(marks) != len(batch):
        raise ValueError(f"{len(batch)} texts, but explicit entities for {len(marks)}")
    return [_document(item, marked or ()) for item, marked in zip(batch, marks, strict=True)], not one


def _document(item: Any, marked: Iterable[Marked]) -> Document:
    if isinstance(item, Document):
        document = item
    elif isinstance(item, str):
        document = Document(item)
    elif isinstance(item, Entity):
        document = join([item])
    elif isinstance(item, list | tuple):
        document = join(item)
    else:
        raise TypeError(f"A text is a string or a list of strings and entities, not {type(item).__name__}")
    explicit = [_mention(document.text, mark) for mark in marked]
    return Document(document.text, (*document.mentions, *explicit)) if explicit else document


def _mention(text: str, mark: Marked) -> Mention:
    if isinstance(mark, Mention):
        return mark
    if not isinstance(mark, tuple) or len(mark) != 3 or not all(isinstance(offset, int) for offset in mark[:2]):
        raise TypeError(f"An explicit entity is (start, end, Entity) with whole offsets, not {mark!r:.60}")
    start, end, entity = mark
    if not isinstance(entity, Entity):
        raise TypeError(f"An explicit entity is (start, end, Entity), not (…, {type(entity).__name__})")
    if not 0 <= start <= end <= len(text):
        raise SpanError(
            f"Offsets outside the text of {len(text)} characters", span=(start, end), encoder=entity.modality
        )
    return Mention(start, end, entity.modality, text[start:end], source="markup", entity=entity)


def join(parts: Sequence[Part]) -> Document:
    """Strings and typed parts → one text in which each entity stands with its surface.

    A space goes between two parts where neither brings one, except before punctuation and behind an opening bracket.
    """
    text, mentions = "", []
    for part in parts:
        if not isinstance(part, str | Entity):
            raise TypeError(f"A part is a string or an entity, not {type(part).__name__}")
        piece = part if isinstance(part, str) else part.surface
        if (
            text
            and piece
            and not (text[-1].isspace() or text[-1] in "([{" or piece[0].isspace() or piece[0] in CLOSING)
        ):
            text += " "
        if isinstance(part, Entity):
            start, end = len(text), len(text) + len(piece)
            mentions.append(Mention(start, end, part.modality, piece, source="markup", entity=part))
        text += piece
    return Document(text, tuple(mentions))
