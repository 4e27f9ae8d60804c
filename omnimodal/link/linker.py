"""The linker: mentions of a document → the records they mean, in two passes, the easy ones first."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from weakref import WeakKeyDictionary, proxy

import numpy as np

from omnimodal.entity import Alternative, Link, Mention
from omnimodal.fold import fold
from omnimodal.link.candidates import Candidates, Option, forms
from omnimodal.link.context import COORDINATED, JOINED, SENTENCE, WINDOW, Around, around, listed
from omnimodal.link.features import ANCHORS, Setting, kind_of, of_coherence, of_none, of_person, of_record
from omnimodal.link.known import Key, Known, Memory
from omnimodal.link.lexicon import lexicon, words
from omnimodal.link.lookalikes import named_person
from omnimodal.link.ranker import Ranker, Vector, shipped
from omnimodal.link.roles import roles
from omnimodal.store.base import Store

SURE = 0.6  # the probability from which a reading of the first pass helps to read the others
SHOWN, LEAST = 5, 0.001  # alternatives at most, and the probability of one at least
WHY = {
    "prior": "the usual meaning of the name",
    "first": "the likeliest of that name",
    "written": "written just so",
    "acronym": "the initials of its name",
    "part": "a part of its name",
    "within": "its name stands in it",
    "similar": "a similar name",
    "sounds": "a misspelling of its name",
    "fame": "well known",
    "cover": "most of its name",
    "covered": "all words are of its name",
    "last_word": "the last word of its name",
    "first_word": "the first word of its name",
    "whole_in_document": "its whole name stands in the text",
    "context": "words around it",
    "kind_beside": "its kind stands beside it",
    "name_near": "other words of its name around it",
    "name_in_document": "other words of its name in the text",
    "encloses_next": "what it lies in is named right after",
    "encloses_beside": "what it lies in is named near by",
    "encloses_in_document": "what it lies in is named in the text",
    "parent_of_previous": "the name before lies in it",
    "cue_before": "the word before",
    "cue_after": "the word after",
    "topic": "what the text is about",
    "listed": "in a list of such names",
    "same": "named otherwise in the text",
    "same_name": "named before in the text",
    "tied": "tied to another entity of the text",
    "near": "near to another entity of the text",
    "said_near": "said to be near to another entity",
    "nearby": "in the region of the other entities",
    "shared": "lies where the other entities do",
    "inside": "lies in another entity of the text, or around it",
}

ONE = np.ones(1)
_alone = re.compile(r"(?:[^\W\dA-Z_]|[.,;:!?]) ([A-Z]\w+)")  # a name that no other goes before
NOWHERE: frozenset[Key] = frozenset()
NOBODY: frozenset[int] = frozenset()


@dataclass(eq=False)
class Group:
    """All mentions of one span, their options and the features of both."""

    start: int
    end: int
    name: str
    mentions: list[Mention]
    options: Sequence[Option]
    around: Around
    given: bool  # by markup, a rule or a tagger, not by the store's names alone
    sentence: int = 0  # which one of the text it is in
    near: frozenset[int] = NOBODY  # the places, in the list of groups, of those that it is said to be near
    rows: list[list[float]] = field(default_factory=list)
    none: list[float] = field(default_factory=list)
    odds: Vector = field(default_factory=lambda: ONE)  # of each option, and of none of them

    @property
    def best(self) -> int | None:
        """The likeliest option, None where it is "none of them"."""
        i = int(self.odds.argmax())
        return i if i < len(self.options) else None


class Linker:
    """Links mentions to the records of one store. Knows no modality: everything is read from records and words."""

    def __init__(self, store: Store, ranker: Ranker | None = None):
        self.memory = Memory(store)
        self.candidates = Candidates(self.memory)
        self.ranker = ranker or shipped()
        self.state: object = None  # of the store, when what is remembered was read

    def link(self, text: str, mentions: Iterable[Mention], joint: bool = True) -> list[Mention]:
        """The mentions with record, probability, margin, alternatives and why; one for each span and, of those that
        the store has in several modalities, the likeliest, or without `joint` one for each. `score` becomes the
        probability that it is one of the store.
        """
        groups = self.groups(text, mentions, joint)
        self.rank(groups)
        return [mention for group in groups for mention in self._said(group)]

    def groups(self, text: str, mentions: Iterable[Mention], joint: bool = True) -> list[Group]:
        """The mentions by their spans, with their options and the features that need no other reading."""
        spans: dict[tuple[int, int, str], list[Mention]] = {}
        for mention in mentions:
            spans.setdefault((*mention.span, "" if joint else mention.modality), []).append(mention)
        groups = [self._group(text, key[:2], spans[key]) for key in sorted(spans)]
        ends = [match.start() for match in SENTENCE.finditer(text)] if groups else []
        for group in groups:
            group.sentence = bisect_left(ends, group.start)
        self._featurize(text, groups)
        return groups

    def rank(self, groups: Sequence[Group]) -> None:
        """Two passes: what is sure of the first stands as anchors for the second."""
        for group in groups:
            group.odds = self.ranker.probabilities(group.rows, group.none, second=False)
        self.cohere(groups)
        for group in groups:
            if group.options:
                group.odds = self.ranker.probabilities(group.rows, group.none, second=True)

    def cohere(self, groups: Sequence[Group]) -> None:
        """Add the features of coherence with what the first pass is sure of; looks at the nearest ANCHORS of it."""
        anchors = [
            (i, g.name, g.options[g.best].known)
            for i, g in enumerate(groups)
            if g.best is not None and g.odds[g.best] >= SURE
        ]
        at = 0
        for i, group in enumerate(groups):
            while at < len(anchors) and anchors[at][0] < i:
                at += 1
            near = anchors[max(0, at - ANCHORS // 2) : at + ANCHORS // 2]
            seated = frozenset(
                place for place, _, k in near if k.record.point is None and groups[place].sentence != group.sentence
            )
            setting = Setting(anchors=near, said_near=group.near, seated=seated)
            for option, row in zip(group.options, group.rows, strict=True):
                row += of_coherence(option, i, group.name, setting)

    def _group(self, text: str, span: tuple[int, int], mentions: list[Mention]) -> Group:
        start, end = span
        name = text[start:end]
        given = any(mention.source != "gazetteer" for mention in mentions)
        options = self.candidates.of(name, {mention.modality for mention in mentions}, far=given)
        return Group(start, end, fold(forms(name)[-1][0]), mentions, options, around(text, start, end), given)

    def _featurize(self, text: str, groups: Sequence[Group]) -> None:
        _end_names(text, groups)
        names = frozenset(group.name for group in groups)
        named = frozenset(o.known.key for g in groups for o in g.options[:3] if o.exact and len(g.name) > 3)
        others = frozenset(group.name for group in groups if of_person(group.around))
        longer = frozenset(group.name for group in groups if group.around.left_capital)
        told = roles((group.name, group.around, group.options) for group in groups if not group.given)
        somewhere = frozenset(name for name, role in told.items() if role.placed)
        people = frozenset(group.name for group in groups if named_person(group.around)) - somewhere
        setting = Setting(names, frozenset(words(text)), others, longer, people, named, told)
        regions = _regions(text, groups)
        peers = _peers(text, groups)
        near_each_other = _said_near(text, groups)
        before: Group | None = None
        reach = low = 0  # the end of the names so far; the first group of the window
        for i, group in enumerate(groups):
            after = groups[i + 1] if i + 1 < len(groups) else None
            inside = group.end <= reach or (after is not None and after.start == group.start and after.end > group.end)
            previous: frozenset[Key] = frozenset()
            if before is not None and JOINED.fullmatch(text, before.end, group.start):
                previous = frozenset(key for o in before.options for key in o.known.ancestors)
            while groups[low].end < group.start - WINDOW:
                low += 1
            near = groups[max(low, i - ANCHORS) : i + ANCHORS]
            beside = frozenset(g.name for g in near if g is not group and g.start < group.end + WINDOW)
            plain = not any(option.known.fame for option in group.options)
            next = regions.get(group.around.at, ())
            listed = peers.get(i, NOWHERE)
            group.rows = [
                of_record(o, group.around, setting, previous, beside, plain, next, listed) for o in group.options
            ]
            group.none = of_none(group.options, group.around, group.name, setting, inside, not group.given)
            group.near = near_each_other.get(i, NOBODY)
            reach = max(reach, group.end)
            before = group

    def _said(self, group: Group) -> list[Mention]:
        order = np.argsort(-group.odds, kind="stable")
        p = group.odds[order]
        margin = float(p[0] - p[1]) if len(p) > 1 else float(p[0])
        chosen = group.best
        others = [int(i) for i in order if i < len(group.options) and i != chosen and group.odds[i] >= LEAST][:SHOWN]
        told = {
            "probability": float(p[0]),
            "margin": margin,
            "alternatives": tuple(self._alternative(group, i) for i in others),
            "why": "nothing of the store fits here" if chosen is None else self._why(group, chosen),
        }
        if chosen is None:
            return [m.replace(**(told | _read(m, group))) for m in group.mentions]
        known = group.options[chosen].known
        fitting = [m for m in group.mentions if m.modality == known.key[0]]
        there = next((m for m in fitting if m.source != "gazetteer"), fitting[0])
        score = {"score": float(1 - group.odds[-1])} if there.source == "gazetteer" else {}
        return [there.replace(record=Link(*known.key), **told, **score)]

    def _alternative(self, group: Group, i: int) -> Alternative:
        known = group.options[i].known
        return Alternative(Link(*known.key), known.record.name, float(group.odds[i]), self._why(group, i))

    def _why(self, group: Group, i: int) -> str:
        reasons = self.ranker.reasons(group.rows[i])
        return "; ".join(WHY[name] for name, _ in reasons if name in WHY) or "the only one of that name"


def _end_names(text: str, groups: Sequence[Group]) -> None:
    """ "In Paris Picasso met", where Picasso stands alone elsewhere: no longer name begins with the town's."""
    alone: frozenset[str] | None = None
    known = lexicon()
    for group in groups:
        around = group.around
        if around.left in known.locating and around.goes_on and known.heads.isdisjoint(around.tail):
            if alone is None:
                alone = frozenset(_alone.findall(text))
            if around.after.rstrip(".'’") in alone:
                group.around = replace(around, after="", right="", tail=(), particle=False)


def _regions(text: str, groups: Sequence[Group]) -> dict[int, tuple[Known, ...]]:
    """Where a name begins behind a comma, what it may be that other things lie in; not within a list of several."""
    behind = {group.around.at for group in groups}
    kinds = lexicon().regions
    return {
        group.start: tuple(o.known for o in group.options if o.exact and o.known.kinds & kinds)
        for group in groups
        if group.start in behind and not listed(text, group.end)
    }


def _peers(text: str, groups: Sequence[Group]) -> dict[int, frozenset[Key]]:
    """Modality and kind of the names right beside a name in a list, as far as these are not dubious themselves."""
    found: dict[int, frozenset[Key]] = {}
    for i, group in enumerate(groups):
        for j in range(i + 1, min(i + 5, len(groups))):
            other = groups[j]
            if other.start > group.end:
                if COORDINATED.fullmatch(text, group.end, other.start):
                    found[i] = found.get(i, NOWHERE) | _peer(other)
                    found[j] = found.get(j, NOWHERE) | _peer(group)
                elif other.start > group.end + 6:
                    break
    return found


def _said_near(text: str, groups: Sequence[Group]) -> dict[int, frozenset[int]]:
    """Of each name the places in `groups` of the names beside it that it is said to be near: "Paris near Dallas"."""
    found: dict[int, frozenset[int]] = {}
    nearness = lexicon().nearness
    for i, (one, other) in enumerate(pairwise(groups)):
        gap = text[one.end : other.start]
        if 4 < len(gap) <= WINDOW and ". " not in gap and not nearness.isdisjoint(words(gap)):
            found[i] = found.get(i, NOBODY) | {i + 1}
            found[i + 1] = frozenset((i,))
    return found


def _peer(group: Group) -> frozenset[Key]:
    usual = next((o for o in group.options if o.exact and o.rank == 0), None)
    words, around = lexicon(), group.around
    if usual is None or around.left_capital or around.right_capital:
        return NOWHERE
    dubious = group.name in words.given_names or group.name in words.ordinary
    return NOWHERE if dubious else frozenset((kind_of(usual.known),))


def _read(mention: Mention, group: Group) -> dict[str, str]:
    """A rule needs no store: of what it reads there is nothing to say where the store has no such name."""
    return {"why": ""} if mention.source == "rule" and not group.options else {}


_linkers: WeakKeyDictionary[Store, Linker] = WeakKeyDictionary()


def linker_of(store: Store) -> Linker:
    """The linker of a store, with what it remembers of it as long as the store says that it has not changed."""
    found, state = _linkers.get(store), store.state()
    if found is None:
        found = _linkers[store] = Linker(proxy(store))  # it is not to keep its store from being freed
    if found.state is not state:
        found.candidates.forget()
        found.memory.forget()
        found.state = state
    return found
