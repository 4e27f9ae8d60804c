"""Documents made of a store's own records: what lies in what, neighbours named together, and names that mean none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from omnimodal.entity import Mention
from omnimodal.fold import fold
from omnimodal.link.fit import Labelled
from omnimodal.link.known import Key, Known, on_sphere
from omnimodal.link.lexicon import lexicon
from omnimodal.link.linker import Group, Linker
from omnimodal.store.base import Record, Store

KINDS = (
    *("enclosed", "enclosed", "both", "beside", "beside", "alone", "alone", "cue"),
    *("kind", "tied", "plain", "plural", "person", "namesake", "longer"),
)
NEIGHBOUR = 200.0  # kilometres
ENCLOSED = (
    "{x}, {p}, is where she was born.",
    "They moved to {x}, {p} last year.",
    "The fair in {x} ({p}) was cancelled.",
    "A storm hit {p} on Monday. In {x} the lights went out.",
    "{p} has many towns. One of them is {x}.",
    "{x} in {p} has a new mayor.",
)
BOTH = ("{x}, {p} and {y}, {q}", "{x}, {p}; {y}, {q}.", "She moved from {x}, {p} to {y}, {q}.")
BESIDE = (
    "The road from {n} to {x} was closed.",
    "Trains between {x} and {n} are late.",
    "{n}, {m} and {x} have applied.",
    "She left {n} in May. A year later she came to {x}.",
)
ALONE = (
    "He lives in {x}.",
    "The flight to {x} was late.",
    "{x} is large.",
    "They came from {x} to {f}.",
    "In {x} it rained, in {f} the sun shone.",
)
TIED = ("{y} is based in {x}.", "{y} has left {x}.", "{x} is glad that {y} is there.", "{y} of {x} has won.")
PERSON = (
    "{g} {x} said so on Monday.",
    "The singer {g} {x} was there.",
    "Mr {x} replied that he had not.",
    "{g} {x} met {h} {y}.",
    "It was {g} {x}'s idea.",
    "{x} replied that it was late.",
    "As {x} argues, it was late. {g} {x} knew it.",
)
NAMESAKE = ("{x} {s} said so on Monday.", "The actress {x} {s} was there.", "It was {x} {s}'s idea.")
PLURAL = ("Two {x} were sold.", "He owns several {x}.", "there are many {x} here", "She saw three {x} today.")
LONGER = ("the {x} {w} was signed.", "The {x} {w} has a new head.", "She plays for {x} {w}.", "Old {x} {w} is closed.")
WORDS = "Agreement Accord Bridge Marathon Symphony Treaty Hotspur Gazette Herald Tribune Academy Prize Quartet Bulls"
SYLLABLES = "me lo ni ta ri ko va sen ber mar del ra li tto ska no wi"


@dataclass(frozen=True)
class Sample:
    """A text, and the key of the record that each name in it means, None for none."""

    text: str
    meant: tuple[tuple[int, int, Key | None], ...]


class Maker:
    """Makes documents of the records of a store whose names are held by several, and of others beside them."""

    def __init__(self, store: Store, linker: Linker, seed: int):
        self.store, self.linker, self.random = store, linker, Random(seed)
        self.records = [r for r in store.records() if r.detectable and any(a.weight > 0 for a in r.aliases)]
        holders: dict[str, list[Record]] = {}
        for record in self.records:
            holders.setdefault(fold(record.name), []).append(record)
        self.shared = [group for _, group in sorted(holders.items()) if len(group) > 1]
        self.single = [group[0] for _, group in sorted(holders.items()) if len(group) == 1]
        self.placed = [r for r in self.single if r.point is not None]
        self.points = np.array([on_sphere(*r.point) for r in self.placed if r.point is not None]).reshape(-1, 3)
        self.weights = [max(_weight(r), 1.0) ** 0.5 for r in self.single]

    def documents(self, n: int, weight: float) -> Iterator[Labelled]:
        """n documents with what is right, each weighing `weight`."""
        for _ in range(n):
            sample = self._sample()
            mentions = [
                Mention(m.start, m.end, m.modality, sample.text[m.start : m.end], source="gazetteer")
                for m in self.store.scan(sample.text)
            ]
            meant = {(start, end): key for start, end, key in sample.meant}
            groups = self.linker.groups(sample.text, mentions)
            right = [_right(meant, g) for g in groups]
            yield Labelled(groups, right, weight)

    def _sample(self) -> Sample:
        kind = self.random.choice(KINDS)
        pick = self.random.choice
        if kind == "both":
            return self._both()
        if kind == "enclosed":
            group = pick(self.shared)
            record = self._of(group, 0.5)
            above = self._own_ancestors(record, group)
            if not above:
                return self._sample()
            parent = self.store.get(*pick(above))
            return _filled(pick(ENCLOSED), x=record, p=parent)
        if kind == "beside":
            record = self._of(pick(self.shared), 0.5)
            near = self._neighbours(self.linker.memory.known(record))
            if len(near) < 2:
                return self._sample()
            return _filled(pick(BESIDE), x=record, n=near[0], m=near[1])
        if kind == "alone":
            record = self._of(pick(self.shared), 1.0)
            return _filled(pick(ALONE), x=record, f=self._usual())
        if kind in ("cue", "kind", "tied", "plain"):
            return {"cue": self._cued, "kind": self._of_kind, "tied": self._tied, "plain": self._plain}[kind]()
        names = sorted(lexicon().given_names)
        given = {"g": pick(names).capitalize(), "h": pick(names).capitalize()}
        if kind == "plural":
            return _filled(pick(PLURAL), x=self._usual().name)
        if kind == "person":
            return _filled(pick(PERSON), x=self._usual().name, y=self._usual().name, **given)
        if kind == "namesake":
            own = [r.name for r in self.records if fold(r.name) in lexicon().given_names]
            surname = "".join(self.random.choices(SYLLABLES.split(), k=self.random.randint(2, 3))).capitalize()
            return _filled(pick(NAMESAKE), x=pick(own) if own else given["g"], s=surname)
        return _filled(pick(LONGER), x=self._usual().name, w=pick(WORDS.split()))

    def _own_ancestors(self, record: Record, group: Sequence[Record]) -> list[Key]:
        """What a record lies in, and not all others of the group."""
        others = [self.linker.memory.known(r).ancestors for r in group if r.id != record.id]
        return sorted(self.linker.memory.known(record).ancestors - frozenset.intersection(*others)) if others else []

    def _both(self) -> Sample:
        """Two of the same name, each with what it lies in."""
        pair = self.random.sample(self.random.choice(self.shared), 2)
        above = [self._own_ancestors(record, pair) for record in pair]
        if not all(above):
            return self._sample()
        parents = [self.store.get(*self.random.choice(keys)) for keys in above]
        return _filled(self.random.choice(BOTH), x=pair[0], y=pair[1], p=parents[0], q=parents[1])

    def _cued(self) -> Sample:
        """A name with a word beside it that stands beside names of its modality."""
        record = self._usual()
        cues = lexicon().cues.get(record.modality)
        if cues is None:
            return _filled("{x} is large.", x=record)
        before, after = self.random.choice(sorted(cues.before)), self.random.choice(sorted(cues.after))
        form = self.random.choice(
            (f"It was {before} {{x}}.", f"They saw that {{x}} {after} were new.", f"{{x}} {after} fell.")
        )
        return _filled(form, x=record)

    def _of_kind(self) -> Sample:
        """ "The city of X", "X state": for names that records of several kinds have."""
        group = self.random.choice(self.shared)
        record = self._of(group, 0.5)
        kinds = self.linker.memory.known(record).kinds
        others = frozenset(word for r in group if r.id != record.id for word in self.linker.memory.known(r).kinds)
        if not kinds - others:
            return self._sample()
        word = self.random.choice(sorted(kinds - others))
        return _filled(self.random.choice((f"the {word} of {{x}} is large", f"{{x}} {word} is large")), x=record)

    def _tied(self) -> Sample:
        """A record, and one of another modality that it is tied to."""
        record = self._usual()
        links = [key for key in self.linker.memory.known(record).links if key[0] != record.modality]
        if not links:
            record = self.random.choice([r for r in self.records if r.modality != record.modality] or [record])
            links = [key for key in self.linker.memory.known(record).links if key[0] != record.modality]
        if not links:
            return self._sample()
        return _filled(self.random.choice(TIED), x=self.store.get(*self.random.choice(sorted(links))), y=record)

    def _plain(self) -> Sample:
        """What only looks like a name, with a capital: "Apple pie"."""
        name = self.random.choice(sorted(lexicon().plain))
        rest = self.random.choice(sorted(lexicon().plain[name]))
        return _filled(
            self.random.choice((f"{{x}} {rest} was served.", f"They know {{x}} {rest} well.")), x=name.capitalize()
        )

    def _of(self, group: list[Record], power: float) -> Record:
        """One of a group, the heavy ones more often."""
        return self.random.choices(group, [max(_weight(r), 1.0) ** power for r in group])[0]

    def _usual(self) -> Record:
        return self.random.choices(self.single, self.weights)[0]

    def _neighbours(self, known: Known) -> list[Record]:
        """Two others near it, if there are so many."""
        if known.point is None:
            return []
        near = [self.placed[i] for i in np.flatnonzero(self.points @ known.point > math.cos(NEIGHBOUR / 6371))]
        near = [r for r in near if r.modality == known.key[0] and r.id != known.key[1]]
        return self.random.sample(near, 2) if len(near) > 1 else []


def _weight(record: Record) -> float:
    return max(alias.weight for alias in record.aliases)


def _filled(form: str, **parts: Record | str) -> Sample:
    """The form with its parts; a record means itself, a plain text nothing of the store."""
    text, meant = "", []
    for i, piece in enumerate(form.replace("}", "{").split("{")):
        if i % 2 == 0:
            text += piece
            continue
        part = parts[piece]
        name = part if isinstance(part, str) else part.name
        key = None if isinstance(part, str) else (part.modality, part.id)
        meant.append((len(text), len(text) + len(name), key))
        text += name
    return Sample(text[0].upper() + text[1:], tuple(meant))


def _right(meant: dict[tuple[int, int], Key | None], group: Group) -> int | None:
    """The right option; unknown for what was not put there, and where the record is none of the options."""
    if (group.start, group.end) not in meant:
        return None
    key = meant[group.start, group.end]
    if key is None:
        return len(group.options)
    return next((i for i, option in enumerate(group.options) if option.known.key == key), None)
