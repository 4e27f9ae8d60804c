"""Documents made of a store's own records: what lies in what, neighbours named together, and names that mean none."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random

import numpy as np

from omnimodal.entity import Mention
from omnimodal.fold import fold
from omnimodal.link.context import LONGEST_ACRONYM
from omnimodal.link.fit import Labelled
from omnimodal.link.known import Key, Known, on_sphere
from omnimodal.link.lexicon import lexicon
from omnimodal.link.linker import Group, Linker
from omnimodal.store.base import Alias, Record, Store

NEIGHBOUR = 200.0  # kilometres
MISSPELT = 6  # letters of a name that is known when it is misspelt
NAMES = ("given", "surname")  # pools of names, each with what it means as often as it does
LIKELY = "likely"  # a pool: all names, each with what it means as often as it does
CLEARLY, DOMINANT = 2.0, 5.0  # how much heavier the usual meaning of a name is than the next
NAMESAKES = 0.5  # the power by which one of a name is drawn where the text tells which: the rare ones oftener
OFTEN, RARE = 0.5, 0.35  # the power of the weight by which a record is drawn that is meant, and one that is not
TOWN = 5e6  # weight up to which a record may be a club's town; of a country the team has the name, and the country too


@dataclass(frozen=True)
class Sample:
    """A text, and the key of the record that each name in it means, None for none.

    given: the modality of the names, where these are said to be names rather than found.
    """

    text: str
    meant: tuple[tuple[int, int, Key | None], ...]
    given: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of documents, as data/link/forms.json tells it: how often it is made, its sentences, the pool of names
    that they are about ("" where the kind has its own way), and how many sentences a document has, at least and most.
    """

    often: int
    forms: tuple[str, ...]
    names: str = ""
    joined: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class Forms:
    """The file data/link/forms.json, which says what its letters stand for."""

    kinds: dict[str, Kind]
    things: tuple[str, ...]
    syllables: tuple[str, ...]


@cache
def forms() -> Forms:
    said = json.loads(files("omnimodal.data").joinpath("link/forms.json").read_text("utf-8"))
    kinds = {}
    for name, kind in said["kinds"].items():
        listed = kind["forms"]
        listed = said["kinds"][listed]["forms"] if isinstance(listed, str) else listed  # the same as of another kind
        kinds[name] = Kind(kind["often"], tuple(listed), kind.get("names", ""), tuple(kind.get("joined", (1, 1))))
    return Forms(kinds, tuple(said["things"].split()), tuple(said["syllables"].split()))


class Maker:
    """Makes documents of the records of a store whose names are held by several, and of others beside them."""

    def __init__(self, store: Store, linker: Linker, seed: int):
        self.store, self.linker, self.random = store, linker, Random(seed)
        self.records = [r for r in store.records() if r.detectable and any(a.weight > 0 for a in r.aliases)]
        self.holders: dict[str, list[Record]] = {}
        for record in self.records:
            self.holders.setdefault(fold(record.name), []).append(record)
        self.shared = [group for _, group in sorted(self.holders.items()) if len(group) > 1]
        self.single = [group[0] for _, group in sorted(self.holders.items()) if len(group) == 1]
        self.ordered = [sorted(group, key=_weight, reverse=True) for _, group in sorted(self.holders.items())]
        self.named = [group[0] for group in self.ordered]
        self.placed = [r for r in self.single if r.point is not None]
        self.points = np.array([on_sphere(*r.point) for r in self.placed if r.point is not None]).reshape(-1, 3)
        self.pools = self._pools()
        self.totals: list[float] = []
        self.sums: dict[tuple[str, float], list[float]] = {}  # of the weights of a pool, for a power

    def _pools(self) -> dict[str, list[Record]]:
        """The records of which documents are made, by what their names are."""
        words = lexicon()
        known = self.linker.memory.known
        usual = [g[0] for g in self.ordered if len(g) == 1 or _weight(g[0]) >= CLEARLY * _weight(g[1])]
        word = [r for r in self.named if fold(r.name) in words.ordinary]
        return {
            "usual": usual,
            "single": [r for r in usual if r.point is not None and r.name.isalpha()],
            "given": [r for r in self.named if fold(r.name) in words.given_names],
            "ordinary": word,
            "ordinary_place": [r for r in word if r.point is not None],
            "surname": [r for r in self.named if fold(r.name) in words.surnames],
            "P": [r for r in self.records if r.point is None and any(map(_full, r.aliases))],
            "firm": [r for r in self.single if any(key[0] != r.modality for key in known(r).links)],
            "town": [r for r in self.named if r.point is not None and _weight(r) < TOWN],
            "Q": [r for r in self.records if any(map(_capitals, r.aliases))],
            "region": [r for r in self.single if known(r).kinds & words.regions],
        }

    def documents(self, n: int, weight: float) -> Iterator[Labelled]:
        """n documents with what is right, each weighing `weight`."""
        for _ in range(n):
            sample = self._sample()
            mentions = [
                Mention(m.start, m.end, m.modality, sample.text[m.start : m.end], source="gazetteer")
                for m in self.store.scan(sample.text)
            ]
            if sample.given:
                mentions = [
                    Mention(start, end, sample.given, sample.text[start:end], source="tagger")
                    for start, end, _ in sample.meant
                ]
            meant = {(start, end): key for start, end, key in sample.meant}
            groups = self.linker.groups(sample.text, mentions)
            right = [_right(meant, g) for g in groups]
            yield Labelled(groups, right, weight)

    def _sample(self) -> Sample:
        kinds = forms().kinds
        name = self.random.choices(list(kinds), [kind.often for kind in kinds.values()])[0]
        kind = kinds[name]
        if kind.names:
            return self._formed(kind.names, " ".join(self.random.sample(kind.forms, self.random.randint(*kind.joined))))
        own = {
            "enclosed": self._enclosed,
            "both": self._both,
            "beside": self._beside,
            "near": self._beside,
            "alone": self._alone,
            "cue": self._cued,
            "kind": self._of_kind,
            "tied": self._tied,
            "plain": self._plain,
            "plural": self._plural,
            "elsewhere": self._elsewhere,
            "despite": self._despite,
            "misspelt": self._misspelt,
        }
        return own[name](self.random.choice(kind.forms))

    def _enclosed(self, form: str) -> Sample:
        """A name, and what one of that name lies in."""
        group = self.random.choice(self.shared)
        record = self._of(group, NAMESAKES)
        above = self._own_ancestors(record, group)
        if not above:
            return self._sample()
        return _filled(form, x=record, p=self.store.get(*self.random.choice(above)))

    def _beside(self, form: str) -> Sample:
        """A name, and two that are near to one of that name."""
        record = self._of(self.random.choice(self.shared), NAMESAKES)
        near = self._neighbours(self.linker.memory.known(record))
        return _filled(form, x=record, n=near[0], m=near[1]) if len(near) > 1 else self._sample()

    def _alone(self, form: str) -> Sample:
        """A name that nothing explains."""
        return _filled(form, x=self._of(self.random.choice(self.shared), 1.0), f=self._usual())

    def _misspelt(self, form: str) -> Sample:
        """A name that has lost, doubled or changed a vowel or a doubled letter, or is another one, by a consonant."""
        record = self._usual()
        letters = [i for i, letter in enumerate(record.name) if i > 0 and letter.isascii() and letter.islower()]
        if len(letters) < MISSPELT:
            return self._sample()
        name, pick = record.name, self.random.choice
        at = pick(letters)
        vowel = name[at] in "aeiou"
        same = pick(("", pick("aeiou"), name[at])) if vowel else name[at] * 2
        other = pick("bdfgklmnprstv") if not vowel else f"{pick('bdfglnrst')}{name[at]}"
        is_other = self.random.random() < 0.5
        written = name[:at] + (other if is_other else same) + name[at + 1 :]
        if written == name or self.store.find(written, record.modality):
            return self._sample()
        sample = _filled(form, x=written if is_other else replace(record, name=written))
        return replace(sample, given=record.modality)

    def _plural(self, form: str) -> Sample:
        return _filled(form, x=self._usual().name)

    def _formed(self, pool: str, form: str) -> Sample:
        """The form about a name of the pool."""
        words, pick = lexicon(), self.random.choice
        if pool != LIKELY and not self.pools[pool]:
            return self._sample()
        power = RARE if "{x}" in form else OFTEN  # a famous name is seldom something else's
        x, y = self._from(pool, power), self._from(pool, power)
        parts: dict[str, Record | str] = {"X": x, "Y": y, "x": x.name, "y": y.name}
        parts |= {"F": self._usual(), "C": self._from(pool, power)}
        if "{L}" in form:
            parts["L"] = replace(x, name=max((alias.name for alias in x.aliases), key=len))
        if "{N}" in form:
            near = self._neighbours(self.linker.memory.known(x))
            if not near:
                return self._sample()
            parts["N"] = near[0]
        if "{T}" in form:
            tied = [key for key in self.linker.memory.known(x).links if key[0] != x.modality]
            if not tied:
                return self._sample()
            parts["T"] = self.store.get(*pick(sorted(tied)))
        for upper, lower, fits in (("P", "p", _full), ("Q", "q", _capitals)):
            if f"{{{upper}}}" in form or f"{{{lower}}}" in form:
                if not self.pools[upper]:
                    return self._sample()
                record = self._from(upper, OFTEN)
                name = pick([alias.name for alias in record.aliases if fits(alias)])
                parts |= {upper: replace(record, name=name), lower: name}
        several = [part.id for key in "XYFNC" if f"{{{key}}}" in form and isinstance(part := parts[key], Record)]
        if len(set(several)) < len(several):
            return self._sample()  # the same one twice
        names = sorted(words.given_names)
        parts |= {key: pick(names).capitalize() for key in "gh"} | {key: self._made_up() for key in "sz"}
        parts |= {"w": pick(sorted(words.heads)).capitalize(), "o": pick(sorted(words.heads_of_names)).capitalize()}
        parts |= {"k": pick(sorted(words.other_kinds)), "v": pick(sorted(words.person_after))}
        parts |= {"r": pick(forms().things), "d": str(self.random.randint(1900, 2024))}
        parts |= {key: str(self.random.randint(2, 60)) for key in "ab"}
        return _filled(form, **parts)

    def _from(self, pool: str, power: float) -> Record:
        """A record of a pool, the heavy ones more often; of LIKELY a name, and what it means as often as it does."""
        if pool == LIKELY:
            if not self.totals:
                self.totals = list(accumulate(sum(map(_weight, group)) ** power for group in self.ordered))
            return self._of(self.random.choices(self.ordered, cum_weights=self.totals)[0], 1.0)
        if (pool, power) not in self.sums:
            self.sums[pool, power] = list(accumulate(max(_weight(r), 1.0) ** power for r in self.pools[pool]))
        record = self.random.choices(self.pools[pool], cum_weights=self.sums[pool, power])[0]
        return self._of(self.holders[fold(record.name)], 1.0) if pool in NAMES else record

    def _made_up(self) -> str:
        return "".join(self.random.choices(forms().syllables, k=self.random.randint(2, 3))).capitalize()

    def _despite(self, form: str) -> Sample:
        """A name in its usual meaning, and somewhere else in the text what a namesake lies in."""
        group = sorted(self.random.choice(self.shared), key=_weight, reverse=True)
        others = [
            key for key in self._own_ancestors(group[1], group) if key not in self._own_ancestors(group[0], group)
        ]
        if _weight(group[0]) < DOMINANT * _weight(group[1]) or not others:
            return self._sample()
        parent = self.store.get(*self.random.choice(others))
        return _filled(form, x=group[0], p=parent, f=self._usual())

    def _elsewhere(self, form: str) -> Sample:
        """A name, and right after it what none of that name lies in: it is another one, that the store has not."""
        record, regions = self._usual(), self.pools["region"]
        if not regions or record.point is None:
            return self._sample()
        holders = [self.linker.memory.known(c.record) for c in self.store.find(record.name, record.modality)]
        region = self.random.choice(regions)
        key = (region.modality, region.id)
        if any(key in (known.key, *known.ancestors) for known in holders):
            return self._sample()
        return _filled(form, x=record.name, p=region)

    def _own_ancestors(self, record: Record, group: Sequence[Record]) -> list[Key]:
        """What a record lies in, and not all others of the group."""
        others = [self.linker.memory.known(r).ancestors for r in group if r.id != record.id]
        return sorted(self.linker.memory.known(record).ancestors - frozenset.intersection(*others)) if others else []

    def _both(self, form: str) -> Sample:
        """Two of the same name, each with what it lies in."""
        pair = self.random.sample(self.random.choice(self.shared), 2)
        above = [self._own_ancestors(record, pair) for record in pair]
        if not all(above):
            return self._sample()
        parents = [self.store.get(*self.random.choice(keys)) for keys in above]
        return _filled(form, x=pair[0], y=pair[1], p=parents[0], q=parents[1])

    def _cued(self, form: str) -> Sample:
        """A name with a word beside it that stands beside names of its modality."""
        record = self._usual()
        cues = lexicon().cues.get(record.modality)
        if cues is None:
            return self._sample()
        before, after = self.random.choice(sorted(cues.before)), self.random.choice(sorted(cues.after))
        return _filled(form, x=record, b=before, a=after)

    def _of_kind(self, form: str) -> Sample:
        """ "The city of X", "X state": for names that records of several kinds have."""
        group = self.random.choice(self.shared)
        record = self._of(group, 0.5)
        kinds = self.linker.memory.known(record).kinds
        others = frozenset(word for r in group if r.id != record.id for word in self.linker.memory.known(r).kinds)
        if not kinds - others:
            return self._sample()
        return _filled(form, x=record, k=self.random.choice(sorted(kinds - others)))

    def _tied(self, form: str) -> Sample:
        """A record, and one of another modality that it is tied to."""
        record = self._usual()
        links = [key for key in self.linker.memory.known(record).links if key[0] != record.modality]
        if not links:
            record = self.random.choice([r for r in self.records if r.modality != record.modality] or [record])
            links = [key for key in self.linker.memory.known(record).links if key[0] != record.modality]
        if not links:
            return self._sample()
        return _filled(form, x=self.store.get(*self.random.choice(sorted(links))), y=record)

    def _plain(self, form: str) -> Sample:
        """What only looks like a name, with a capital: "Apple pie"."""
        name = self.random.choice(sorted(lexicon().plain))
        rest = self.random.choice(sorted(lexicon().plain[name]))
        return _filled(form, x=name.capitalize(), r=rest)

    def _of(self, group: list[Record], power: float) -> Record:
        """One of a group, the heavy ones more often."""
        return self.random.choices(group, [max(_weight(r), 1.0) ** power for r in group])[0]

    def _usual(self) -> Record:
        return self._from("usual", OFTEN)

    def _neighbours(self, known: Known) -> list[Record]:
        """Two others near it, if there are so many."""
        if known.point is None:
            return []
        near = [self.placed[i] for i in np.flatnonzero(self.points @ known.point > math.cos(NEIGHBOUR / 6371))]
        near = [r for r in near if r.modality == known.key[0] and r.id != known.key[1]]
        return self.random.sample(near, 2) if len(near) > 1 else []


def _capitals(alias: Alias) -> bool:
    """Whether it is looked for in texts, and an acronym."""
    return alias.weight > 0 and alias.name.isupper() and len(alias.name) <= LONGEST_ACRONYM


def _full(alias: Alias) -> bool:
    """Whether it is looked for in texts, and a person's name as well: "Robert Bosch"."""
    first, _, rest = alias.name.partition(" ")
    return alias.weight > 0 and len(rest.split()) == 1 and rest[0].isupper() and fold(first) in lexicon().given_names


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
