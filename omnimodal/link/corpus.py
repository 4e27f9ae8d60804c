"""A corpus with gold spans and Wikipedia titles → documents with what is right, against two stores.

One line of JSON is a document: `doc`, `text`, `spans` of `start`, `end` (half-open), `type` and `title` or null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from omnimodal.entity import Mention
from omnimodal.errors import OmnimodalError
from omnimodal.fold import fold
from omnimodal.link.candidates import Option, plain
from omnimodal.link.fit import LOST, Labelled
from omnimodal.link.lexicon import words
from omnimodal.link.linker import Group, Linker
from omnimodal.link.lookalikes import longer_name
from omnimodal.store.base import Alias, Record, Store

Document = Mapping[str, Any]
Span = Mapping[str, Any]
_parenthesis = re.compile(r" \(([^()]*)\)$")


def read(path: str | Path) -> list[Document]:
    """The documents of a file. Raises OmnimodalError, naming the file and the line, for what is none."""
    found = []
    for number, line in enumerate(Path(path).read_text("utf-8").splitlines(), 1):
        try:
            document = json.loads(line)
            document["text"], document["spans"]
        except (ValueError, KeyError, TypeError) as error:
            raise OmnimodalError(f"{path}, line {number}, is no document with text and spans: {error!r}") from error
        found.append(document)
    return found


def title_name(title: str) -> str:
    """ "Magic_%28illusion%29" → "Magic (illusion)"."""
    return unquote(title).replace("_", " ")


def named(span: Mapping[str, Any], text: str) -> bool:
    """Whether a span is written like a name: with a capital or a digit, and more than "I"."""
    return any(
        word[:1].isupper() or word[:1].isdigit() for word in text[span["start"] : span["end"]].split() if word != "I"
    )


def title_records(documents: Iterable[Document], modality: str) -> list[Record]:
    """The titles of the documents as records that say nothing but their names."""
    titles = {span["title"] for document in documents for span in document["spans"] if span["title"]}
    return [
        Record(modality, title, name, {"name": name}, (Alias(_parenthesis.sub("", name)),))
        for title in sorted(titles)
        for name in [title_name(title)]
    ]


def of_titles(
    document: Document, linker: Linker, modality: str, types: Collection[str] = (), weight: float = 1.0
) -> Labelled:
    """The spans of a document that are written like names, with the records of their titles; of all types, or some."""
    text = document["text"]
    gold: dict[tuple[int, int], str | None] = {}
    for span in document["spans"]:
        if named(span, text) and (not types or span["type"] in types):
            where = (span["start"], span["end"])
            gold[where] = gold.get(where) or span["title"]
    mentions = [Mention(*where, modality, text[slice(*where)], source="tagger") for where in gold]
    groups = linker.groups(text, mentions)
    right = [_titled(gold[group.start, group.end], group.options) for group in groups]
    return Labelled(groups, right, weight)


def _titled(title: str | None, options: Sequence[Option]) -> int:
    if title is None:
        return len(options)
    return next((i for i, option in enumerate(options) if option.known.key[1] == title), LOST)


def of_store(document: Document, linker: Linker, store: Store, types: Collection[str], weight: float = 1.0) -> Labelled:
    """The names of a store in a document, with the records they mean as far as the gold spans tell, see `_meant`."""
    text = document["text"]
    gold: dict[tuple[int, int], Span] = {}
    longer: list[Span] = []
    for span in document["spans"]:
        if named(span, text):
            gold.setdefault(_bare(text, span["start"], span["end"]), span)
            longer.append(span)
    mentions = [
        Mention(m.start, m.end, m.modality, text[m.start : m.end], source="gazetteer") for m in store.scan(text)
    ]
    groups = linker.groups(text, mentions)
    return Labelled(groups, [_meant(group, gold, longer, types) for group in groups], weight)


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    bare = plain(text[start:end])
    at = text.find(bare, start, end)
    return (at, at + len(bare)) if at >= 0 else (start, end)


def _meant(
    group: Group, gold: Mapping[tuple[int, int], Span], longer: Sequence[Span], types: Collection[str]
) -> int | None:
    """A gold span has the record of its title, or none where the title is another's name; one of another type without
    a title has none. A part of a longer name, as of a person, means none; where the corpus has its record all the same,
    "Volgograd" in "Volgograd Arena", it is unknown. So is all else: what is said of a country may be said of its team,
    and what stands before a noun has no span."""
    none, span = len(group.options), gold.get((group.start, group.end))
    if span is not None and longer_name(group.around):
        return None
    if span is not None:
        if span["title"] is None:
            return None if span["type"] in types else none
        title = title_name(span["title"])
        fits = _fitting(title, group.options)
        begins = any(fold(title).startswith(f"{name} ") for o in group.options for name in o.known.names)
        return fits[0] if len(fits) == 1 else None if fits or begins else none
    for span in longer:
        if span["start"] <= group.start and group.end <= span["end"]:
            fits = _fitting(title_name(span["title"]), group.options) if span["title"] else []
            if len(fits) == 1:
                return fits[0]
            if group.around.left_capital or group.around.right_capital:
                return none
    return None


def _fitting(title: str, options: Sequence[Option]) -> list[int]:
    """The options that a title names: "Springfield, Illinois", "Georgia (U.S. state)"."""
    told = _parenthesis.search(title)
    bare, _, inside = _parenthesis.sub("", title).partition(", ")
    fits = [i for i, o in enumerate(options) if o.exact and ({fold(bare), fold(title)} & o.known.names)]
    if inside:
        return [i for i in fits if fold(inside) in options[i].known.ancestor_names]
    if told:
        return [i for i in fits if options[i].known.kinds & set(words(told[1]))]
    return fits[:1]
