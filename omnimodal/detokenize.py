"""Blanks that a tokenizer set around punctuation are taken out before detection: "Paris , Texas ( 1979 )", "1980 's".

Corpora come like that (Penn Treebank, CoNLL, Universal Dependencies), while rules and names are of the text as it was
written. Hyphens stay apart, for among words a blank-hyphen-blank is as often a dash.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise

from omnimodal.document import Document
from omnimodal.entity import Mention

_set_apart = re.compile(r"(?<=\S) (?:(?=[,.;)\]](?:\s|$))|(?=['’]s(?![\w-])))|(?<=[(\[]) (?=\S)")


@dataclass(frozen=True)
class Detokenized:
    """A document as it was `written`, and as it was `given`; blanks: the offsets in the given text of those that are
    not in the written text, in order."""

    written: Document
    given: Document
    blanks: Sequence[int] = ()

    @cached_property
    def _cuts(self) -> list[int]:
        """The offsets in the written text at which the blanks were."""
        return [at - i for i, at in enumerate(self.blanks)]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A span of the written text as one of the given text, without blanks at its ends."""
        return start + bisect_right(self._cuts, start), end + bisect_left(self._cuts, end)

    def back(self, mentions: Iterable[Mention]) -> list[Mention]:
        """Mentions of the written text, and their children, where they stand in the given text."""
        return [_moved(m, self.span, self.given.text) for m in mentions] if self.blanks else list(mentions)

    def forth(self, mentions: Iterable[Mention]) -> list[Mention]:
        """Mentions of the given text, and their children, where they stand in the written text."""
        span = partial(_without, self.blanks)
        return [_moved(m, span, self.written.text) for m in mentions] if self.blanks else list(mentions)


def _without(blanks: Sequence[int], start: int, end: int) -> tuple[int, int]:
    return start - bisect_left(blanks, start), end - bisect_left(blanks, end)


def _moved(mention: Mention, span: Callable[[int, int], tuple[int, int]], text: str) -> Mention:
    start, end = span(*mention.span)
    children = tuple(_moved(child, span, text) for child in mention.children)
    return mention.replace(start=start, end=end, text=text[start:end], children=children)


def detokenize(doc: Document) -> Detokenized:
    """The document without the blanks that a tokenizer set; those within and beside explicit mentions stay."""
    starts, ends = [m.start for m in doc.mentions], [m.end for m in doc.mentions]
    blanks = []
    for match in _set_apart.finditer(doc.text):
        at = match.start()
        before = bisect_right(starts, at + 1)
        if not before or ends[before - 1] < at:
            blanks.append(at)
    if not blanks:
        return Detokenized(doc, doc)
    text = "".join(doc.text[one + 1 : two] for one, two in pairwise([-1, *blanks, len(doc.text)]))
    explicit = tuple(_moved(m, partial(_without, blanks), text) for m in doc.mentions)
    return Detokenized(Document(text, explicit), doc, blanks)
