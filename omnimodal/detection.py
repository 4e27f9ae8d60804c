"""Text → mentions: every encoder is asked, the store's names are looked for, and overlaps are settled."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from omnimodal.document import Document
from omnimodal.encoder import Encoder
from omnimodal.entity import Mention
from omnimodal.errors import EncodingError, OmnimodalError, SpanError, UnknownNameError
from omnimodal.registry import unknown
from omnimodal.store import Store


def detect(docs: Sequence[Document], encoders: Mapping[str, Encoder], store: Store | None) -> list[list[Mention]]:
    """The mentions of each document: explicit ones always, and of the detected ones the best set without overlaps.

    Raises UnknownNameError for an explicit entity without an encoder, and EncodingError, naming the encoder, where a
    `detect` fails or gives what does not stand in the text.
    """
    return [_detect(doc, encoders, store) for doc in docs]


def _detect(doc: Document, encoders: Mapping[str, Encoder], store: Store | None) -> list[Mention]:
    for mention in doc.mentions:
        if mention.modality not in encoders:
            raise UnknownNameError(unknown("modality", mention.modality, sorted(encoders)), span=mention.span)
        if mention.entity is not None and mention.entity.modality != mention.modality:
            raise SpanError(f"A {mention.entity.modality} is given for a {mention.modality}", span=mention.span)
    found = [mention for name, encoder in encoders.items() for mention in _asked(name, encoder, doc.text)]
    if store is not None:
        for match in store.scan(doc.text):
            if match.modality in encoders:
                slice = doc.text[match.start : match.end]
                found.append(Mention(match.start, match.end, match.modality, slice, match.prior, "gazetteer"))
    free = _outside(found, doc.mentions)
    chosen = sorted([*doc.mentions, *settle(free)], key=lambda m: m.span)
    return _with_children(chosen, found, encoders)


def _asked(name: str, encoder: Encoder, text: str) -> list[Mention]:
    try:
        found = list(encoder.detect(text))
    except OmnimodalError as error:
        error.at(encoder=name)
        raise
    except Exception as error:
        raise EncodingError(f"detect failed: {type(error).__name__}: {error}", encoder=name) from error
    for m in found:
        if m.modality != name or text[m.start : m.end] != m.text or m.end > len(text):
            raise EncodingError(f"detect gave {m.modality} {m.text!r}, which is not there", span=m.span, encoder=name)
    return found


def settle(mentions: Iterable[Mention]) -> list[Mention]:
    """The set without overlaps that has the largest sum of score × length: weighted interval scheduling, O(n log n).

    A long mention thus beats the fragments inside it, a date its numbers. Kleinberg & Tardos, Algorithm Design, 6.1.
    """
    ordered = sorted((m for m in mentions if m.end > m.start), key=lambda m: (m.end, m.start, -m.score, m.modality))
    ends = [m.end for m in ordered]
    best = [0.0]  # best[i]: the largest sum among the first i
    before: list[int] = []
    for i, m in enumerate(ordered):
        before.append(bisect_right(ends, m.start, hi=i))
        best.append(max(best[i], best[before[i]] + m.score * len(m.text)))
    chosen, i = [], len(ordered)
    while i > 0:
        m = ordered[i - 1]
        if best[before[i - 1]] + m.score * len(m.text) > best[i - 1]:
            chosen.append(m)
            i = before[i - 1]
        else:
            i -= 1
    return chosen[::-1]


def _outside(found: list[Mention], explicit: Sequence[Mention]) -> list[Mention]:
    """The detected mentions that touch no explicit one; both sides sorted, so it is linear."""
    starts, ends = [m.start for m in explicit], [m.end for m in explicit]
    return [m for m in found if bisect_right(ends, m.start) >= bisect_right(starts, m.end - 1)]


def _with_children(chosen: list[Mention], found: list[Mention], encoders: Mapping[str, Encoder]) -> list[Mention]:
    """Mentions inside a compound one (a town in a company's name) become its children."""
    starts = [m.start for m in chosen]
    inside: dict[int, list[Mention]] = {}
    for mention in found:
        i = bisect_right(starts, mention.start) - 1
        if i >= 0 and chosen[i].contains(mention) and encoders[chosen[i].modality].compound:
            inside.setdefault(i, []).append(mention)
    return [m.replace(children=tuple(settle(inside[i]))) if i in inside else m for i, m in enumerate(chosen)]
