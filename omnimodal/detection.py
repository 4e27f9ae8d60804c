"""Text → mentions: every source is asked, names are linked to records of the store, and overlaps are settled last."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, Protocol, get_args

from omnimodal.detokenize import Detokenized, detokenize
from omnimodal.document import Document
from omnimodal.encoder import Encoder
from omnimodal.entity import Entity, Mention
from omnimodal.errors import EncodingError, InvalidEntityError, OmnimodalError, SpanError, UnknownNameError
from omnimodal.link.echo import echoes
from omnimodal.link.linker import linker_of
from omnimodal.link.parts import is_part_of_name
from omnimodal.machine import machine_parts, touches
from omnimodal.registry import unknown
from omnimodal.store import Store

Overlaps = Literal["flat", "nested", "all"]
MODES: tuple[Overlaps, ...] = get_args(Overlaps)


class Source(Protocol):
    """What else finds mentions, as a learned tagger does. Texts of any length come in batches; offsets are global.

    A mention may be of a modality that has no encoder: it is shown, has what lies in it as children, and keeps readings
    that cross it away.
    """

    name: str

    def detect(self, texts: Sequence[str]) -> Sequence[Sequence[Mention]]: ...


def detect(
    docs: Sequence[Document],
    encoders: Mapping[str, Encoder],
    store: Store | None,
    overlaps: Overlaps = "flat",
    sources: Sequence[Source] = (),
) -> list[list[Mention]]:
    """The mentions of each document: explicit ones always, and of the detected ones those that `overlaps` lets be.

    flat: the best set without overlaps; mentions inside a compound one, a town in a company's name, are its children;
    in place of a joined one ("from 1934 to 1938") stand the mentions it joins.
    nested: the flat set, and within each of its mentions the best of what lies in it, and so on; outer ones come first
    and have the inner ones as children. all: everything that was found, crossing readings included.

    A name of the store that most likely means none of its records is left as plain text, and so is all that stands in
    addresses, paths and code. Raises UnknownNameError for an explicit entity without an encoder, and EncodingError,
    naming the encoder or source, where a `detect` fails or gives what does not stand in the text.
    """
    if overlaps not in MODES:
        raise UnknownNameError(unknown("mode of overlaps", str(overlaps), list(MODES)))
    check_sources(sources)
    texts = [detokenize(doc) for doc in docs]
    others = [_of_sources(docs, source) for source in sources]
    found = []
    for i, text in enumerate(texts):
        given = text.forth(m for mentions in others for m in mentions[i])
        with _at(text):
            found.append(text.back(_detect(text.written, encoders, store, overlaps, given)))
    return found


@contextmanager
def _at(text: Detokenized) -> Iterator[None]:
    """Errors name the span of the text that was given."""
    try:
        yield
    except OmnimodalError as error:
        error.span = error.span and text.span(*error.span)
        raise


def _detect(
    doc: Document, encoders: Mapping[str, Encoder], store: Store | None, overlaps: Overlaps, others: list[Mention]
) -> list[Mention]:
    for mention in doc.mentions:
        if mention.modality not in encoders:
            raise UnknownNameError(unknown("modality", mention.modality, sorted(encoders)), span=mention.span)
        if mention.entity is not None and mention.entity.modality != mention.modality:
            raise SpanError(f"A {mention.entity.modality} is given for a {mention.modality}", span=mention.span)
    found = [mention for name, encoder in encoders.items() for mention in _asked(name, encoder, doc.text)]
    if overlaps != "flat":
        found += [part for m in found for part in m.children]
    found += [_read(m, encoders, store) for m in others]
    if store is not None:
        for match in store.scan(doc.text):
            if match.modality in encoders:
                slice = doc.text[match.start : match.end]
                found.append(Mention(match.start, match.end, match.modality, slice, match.prior, "gazetteer"))
    explicit = tuple(m if m.source == "markup" else m.replace(source="markup") for m in doc.mentions)
    if store is not None:
        together = link(doc.text, [*explicit, *found], encoders, store)
        explicit = tuple(m for m in together if m.source == "markup")
        found = [m for m in together if m.source != "markup" and (m.record is not None or m.source != "gazetteer")]
    found += echoes(doc.text, [*explicit, *found], encoders, store)
    free = _outside(found, explicit)
    if machine := machine_parts(doc.text):
        found, free = ([m for m in some if not touches(machine, m.start, m.end)] for some in (found, free))
    if overlaps == "all":
        return sorted(dict.fromkeys([*explicit, *free]), key=lambda m: (m.start, -m.end, m.modality))
    best = settle(free)
    if overlaps == "flat":
        best = [part for m in best for part in (m.children if m.joined else (m,))]
    chosen = sorted([*explicit, *best], key=lambda m: m.span)
    if overlaps == "nested":
        return list(_flattened(_nested(doc.text, chosen, found, encoders)))
    return _with_children(doc.text, chosen, found, encoders)


def link(
    text: str, mentions: Iterable[Mention], encoders: Mapping[str, Encoder], store: Store, joint: bool = True
) -> list[Mention]:
    """The mentions, those of looked-up modalities that have no entity yet with the record they most likely mean.

    joint: of several modalities that a span may have in the store, the likeliest stays. Explicit mentions stay what
    they are, and are the only reading of their spans.
    """
    asked = list(mentions)
    marked = {m.span for m in asked if m.source == "markup"}
    done: list[Mention] = []
    names: list[Mention] = []
    for m in asked:
        if is_name(m, encoders):
            if m.source == "markup" or m.span not in marked:
                names.append(m)
        else:
            done.append(m)
    return [*done, *linker_of(store).link(text, names, joint)] if names else done


def is_name(mention: Mention, encoders: Mapping[str, Encoder]) -> bool:
    """Whether it is still to be looked up: of a looked-up modality, without entity, and not linked yet."""
    if mention.entity is not None or mention.probability is not None or not mention.text.strip():
        return False
    return mention.modality in encoders and encoders[mention.modality].linked


def entity_of(mention: Mention, encoders: Mapping[str, Encoder], store: Store | None) -> Entity | None:
    """What its encoder reads a mention as; None for what a tagger took for something that cannot be read.

    Raises the encoder's OmnimodalError with the span added, and EncodingError where it fails in another way.
    """
    if mention.modality not in encoders:
        return mention.entity
    try:
        entity = mention.entity
        if entity is None or mention.source != "markup":
            entity = encoders[mention.modality].resolve(mention, store)
        if entity is not None and (not isinstance(entity, Entity) or entity.modality != mention.modality):
            raise EncodingError(f"resolve gave {entity!r:.80}")
    except InvalidEntityError as error:
        if mention.source == "tagger":  # it looked like one, and says nothing that can be read
            return None
        error.at(span=mention.span, encoder=mention.modality)
        raise
    except OmnimodalError as error:
        error.at(span=mention.span, encoder=mention.modality)
        raise
    except Exception as error:
        what = f"resolve failed: {type(error).__name__}: {error}"
        raise EncodingError(what, span=mention.span, encoder=mention.modality) from error
    return entity


def _read(mention: Mention, encoders: Mapping[str, Encoder], store: Store | None) -> Mention:
    """What a source found, with its entity where it is of a modality that is read and not looked up."""
    if mention.modality not in encoders or encoders[mention.modality].linked:
        return mention
    return mention.replace(entity=entity_of(mention, encoders, store))


def _asked(name: str, encoder: Encoder, text: str) -> list[Mention]:
    try:
        found = list(encoder.detect(text))
    except OmnimodalError as error:
        error.at(encoder=name)
        raise
    except Exception as error:
        raise EncodingError(f"detect failed: {type(error).__name__}: {error}", encoder=name) from error
    for m in found:
        _check_mention(m, text, name)
        if m.modality != name:
            raise EncodingError(f"detect gave a {m.modality}, {m.text!r:.80}", span=m.span, encoder=name)
    return found


def _check_mention(mention: Mention, text: str, name: str) -> None:
    """Raise EncodingError, naming the encoder or source, for what does not stand in the text or has no probability."""
    if not isinstance(mention, Mention):
        raise EncodingError(f"detect gave {mention!r:.80}, which is no Mention", encoder=name)
    start, end = mention.span
    if not mention.text or end > len(text) or text[start:end] != mention.text:
        what = f"{mention.modality} {mention.text!r:.80}, which is not there"
        raise EncodingError(f"detect gave {what}", span=mention.span, encoder=name)
    if not 0 <= mention.score <= 1:
        what = f"{mention.text!r:.80} the score {mention.score}, not one from 0 to 1"
        raise EncodingError(f"detect gave {what}", span=mention.span, encoder=name)


def check_sources(sources: Sequence[Source]) -> None:
    """Raise TypeError, saying what is wanted, unless these are sources."""
    wanted = "sources is a list of objects with a `name` and a method `detect(texts)`, as a Tagger is"
    if not isinstance(sources, list | tuple):
        raise TypeError(f"{wanted}, not {sources!r:.80}")
    for source in sources:
        if not (isinstance(getattr(source, "name", None), str) and callable(getattr(source, "detect", None))):
            raise TypeError(f"{wanted}; {source!r:.80} has not both")


def _of_sources(docs: Sequence[Document], source: Source) -> list[list[Mention]]:
    try:
        found = [list(mentions) for mentions in source.detect([doc.text for doc in docs])]
    except OmnimodalError as error:
        error.at(encoder=source.name)
        raise
    except Exception as error:
        raise EncodingError(f"detect failed: {type(error).__name__}: {error}", encoder=source.name) from error
    if len(found) != len(docs):
        raise EncodingError(f"detect gave {len(found)} lists for {len(docs)} texts", encoder=source.name)
    for doc, mentions in zip(docs, found, strict=True):
        for m in mentions:
            _check_mention(m, doc.text, source.name)
    return [[m.replace(source=source.name) if m.source == "rule" else m for m in mentions] for mentions in found]


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


def _inside(
    text: str, chosen: Sequence[Mention], found: Iterable[Mention], encoders: Mapping[str, Encoder]
) -> list[list[Mention]]:
    """Of each chosen mention, what lies within it. `chosen` is sorted and without overlaps. The parts of a name that no
    encoder takes are left out: Theresa May is no month, and Paris Hilton no town."""
    starts = [m.start for m in chosen]
    inside: list[list[Mention]] = [[] for _ in chosen]
    for mention in found:
        i = bisect_right(starts, mention.start) - 1
        if i < 0 or not chosen[i].contains(mention):
            continue
        if chosen[i].modality in encoders or not is_part_of_name(text, mention.span, chosen[i].span):
            inside[i].append(mention)
    return inside


def _with_children(
    text: str, chosen: Sequence[Mention], found: Iterable[Mention], encoders: Mapping[str, Encoder]
) -> list[Mention]:
    """Mentions inside a compound one (a town in a company's name), or in one that nobody can read, become its children:
    of a modality without encoder, or a time that only a tagger takes for one."""
    holding = [
        m.modality not in encoders
        or encoders[m.modality].compound
        or (m.entity is None and not encoders[m.modality].linked)
        for m in chosen
    ]
    return [
        m.replace(children=tuple(settle(within))) if within and holds else m
        for m, within, holds in zip(chosen, _inside(text, chosen, found, encoders), holding, strict=True)
    ]


def _nested(
    text: str, chosen: Sequence[Mention], found: Iterable[Mention], encoders: Mapping[str, Encoder]
) -> list[Mention]:
    """Each chosen mention with the best of what lies in it as children, and these with theirs."""
    return [
        m.replace(children=tuple(_nested(text, settle(within), within, encoders))) if within else m
        for m, within in zip(chosen, _inside(text, chosen, found, encoders), strict=True)
    ]


def _flattened(mentions: Iterable[Mention]) -> Iterator[Mention]:
    for mention in mentions:
        yield mention
        yield from _flattened(mention.children)
