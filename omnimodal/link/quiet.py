"""Names that are words as well, and so not looked for, where a text says what they are: "Reading, Berkshire", "lives in
Reading", "the city of Bath".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from omnimodal.entity import Mention
from omnimodal.link.context import around
from omnimodal.link.lexicon import lexicon
from omnimodal.link.linker import linker_of
from omnimodal.store.base import Record, Store

SURE = 0.5  # the probability of being any place from which a name tells what the one beside it is
REACH = 60  # characters looked at before and behind such a name
_name = r"[A-Z][\w'’-]*(?: [A-Z][\w'’-]*){0,2}"
_genitive = re.compile(r"['’]s?$")
_before_other = re.compile(rf"\b(?:[Ff]rom\s({_name})\sto|[Bb]etween\s({_name})\sand)\s$")
_behind_other = re.compile(rf"\s(?:to|and)\s({_name})(?![\w-])")
_apart = re.compile(r"\b(?:[Ff]rom|[Bb]etween)\s$")
_before_region = re.compile(rf"({_name})(?:,\s|\s\()$")


def quiet_names(text: str, found: Sequence[Mention], store: Store) -> list[Mention]:
    """The mentions of records that are not looked for, where the text says what they are; linked along with `found`."""
    starts, ends = sorted(m.start for m in found), sorted(m.end for m in found)
    asked = [
        Mention(start, end, modality, text[start:end], source="gazetteer")
        for start, end in sorted({*_said(text), *_enclosed(text, found, store), *_apart_from(text, found)})
        if bisect_right(ends, start) >= bisect_right(starts, end - 1)  # it touches none of them
        for modality in lexicon().cues
        if any(_is_quiet(c.record, text[start:end]) for c in store.find(text[start:end], modality))
    ]
    if not asked:
        return []
    spans = {m.span for m in asked}
    others = [m for m in found if m.record is not None]
    linked = linker_of(store).link(text, [*asked, *others])
    told = [m for m in linked if m.span in spans and m.record is not None]
    return [*told, *_again(text, told)]


def _is_quiet(record: Record, name: str) -> bool:
    """Whether it is not looked for, and written just so: Göd is not meant by "God"."""
    return not record.detectable and any(alias.name == name for alias in record.aliases)


def _again(text: str, told: Sequence[Mention]) -> Iterator[Mention]:
    """Where else these names stand behind a word that stands before places; not in "University of Reading"."""
    first = {m.text: m for m in reversed(told)}
    spans = {m.span for m in told}
    for match in _locating().finditer(text) if told else ():
        start, name = match.start(1), _genitive.sub("", match[1])
        span = start, start + len(name)
        if (m := first.get(name)) and span not in spans and around(text, *span).of not in lexicon().heads_of_names:
            yield m.replace(start=span[0], end=span[1], alternatives=(), why=f"as before: {m.why}")


@cache
def _locating() -> re.Pattern[str]:
    """ "to X", "near X"; X is no part of a longer name."""
    locating = "|".join(sorted({*lexicon().locating, "to", "from", "of"}))
    return re.compile(rf"\b(?i:{locating})\s({_name})(?![\w-]|\s[A-Z])")


@cache
def _saying() -> re.Pattern[str]:
    """ "lives in X", "north of X", "near X"; X is no part of a longer name."""
    dwelling, settling = ("|".join(sorted(words)) for words in (lexicon().dwelling, lexicon().settling))
    dwelling = dwelling.replace("_", r"\s")
    return re.compile(rf"\b(?:(?:{dwelling})\s(?:in|to|near|from)|(?:{settling})\sof|near|outside)\s({_name})(?![\w-])")


def _said(text: str) -> Iterator[tuple[int, int]]:
    for match in _saying().finditer(text):
        yield match.start(1), match.start(1) + len(_genitive.sub("", match[1]))


def _enclosed(text: str, found: Iterable[Mention], store: Store) -> Iterator[tuple[int, int]]:
    """The names right before those of regions."""
    regions = lexicon().regions
    for m in found:
        if m.record is None or m.score < SURE or text[m.start - 1 : m.start] not in (" ", "("):
            continue
        start = max(0, m.start - REACH)
        before = _before_region.search(text[start : m.start])
        if before and not regions.isdisjoint(
            store.get(m.record.modality, m.record.id).kind.partition("=")[2].split("_")
        ):
            yield start + before.start(1), start + before.end(1)


def _apart_from(text: str, found: Iterable[Mention]) -> Iterator[tuple[int, int]]:
    """X of "from X to Bristol", "between Bristol and X"."""
    for m in found:
        if m.record is None or m.score < SURE or m.modality not in lexicon().cues:
            continue
        low = max(0, m.start - REACH)
        if before := _before_other.search(text[low : m.start]):
            yield low + before.start(before.lastindex or 0), low + before.end(before.lastindex or 0)
        elif _apart.search(text[low : m.start]) and (behind := _behind_other.match(text, m.end, m.end + REACH)):
            yield behind.start(1), behind.start(1) + len(_genitive.sub("", behind[1]))
