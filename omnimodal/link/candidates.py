"""The records that a name may mean: those of that name, and those that a part, the initials or a misspelling name."""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from omnimodal.fold import fold
from omnimodal.link.known import Key, Known, Memory
from omnimodal.link.lexicon import initials, words
from omnimodal.link.spelling import misspelt, parted, skeleton
from omnimodal.store.base import Candidate

MOST = 24  # candidates of one name
SEARCHED = 8  # candidates of a name that the store does not have
LONGEST = 120  # characters of a name worth looking for
INDEXED = 50_000  # records whose initials are kept; in a larger store initials are known from the document alone
REMEMBERED = 1 << 13
HEADLINE = 5  # letters from which a name in capitals is one in a headline rather than an acronym
_determiner = re.compile(r"(?:the|a|an)\s+", re.I)
_possessive = re.compile(r"\s?['’]s?$")
_spaced_mark = re.compile(r"\s([-–/'’.,&])\s(?=\S)|\s([.,])(?=\s|$)")
_where = re.compile(r"(?:,|\s(?:in|at|near)\s).*$", re.DOTALL)
SKELETON = 4  # consonants of a name that tell it from others
_acronym = re.compile(r"[A-Z](?:\.?[A-Z0-9]){1,6}\.?")


@dataclass(frozen=True, eq=False)
class Option:
    """A record a mention may mean. how: name, stripped (of an article or a genitive), acronym, part, within, like.

    prior: P(record | name) where the store has that name, else 0. similarity: of the names, 1 where they are equal.
    cover: the share of the record's name that the mention's words are, and of the mention that the name's words are.
    sounds: the consonants that the names share where they differ in vowels and doubled letters alone, as misspelt ones.
    faint: log10 of how much heavier the record's heaviest name is than this one, where both have weights.
    """

    known: Known
    how: str
    prior: float = 0.0
    rank: int = 0
    similarity: float = 1.0
    cover: tuple[float, float] = (1.0, 1.0)
    last: bool = True
    first: bool = True
    written: bool = True
    faint: float = 0.0
    sounds: int = 0

    @property
    def exact(self) -> bool:
        return self.how in ("name", "stripped")


class Candidates:
    """Looks up names in a store; what was asked is remembered."""

    def __init__(self, memory: Memory):
        self.memory = memory
        self._asked: OrderedDict[tuple[str, tuple[str, ...], bool], tuple[Option, ...]] = OrderedDict()
        self._initials: dict[str, dict[str, list[Key]]] = {}

    def of(self, name: str, modalities: Iterable[str], far: bool = True) -> tuple[Option, ...]:
        """The options of a name, the likeliest first. far: look for similar names too where the store has none such."""
        asked = (name, tuple(sorted(modalities)), far)
        found = self._asked.get(asked)
        if found is None:
            found = self._asked[asked] = tuple(self._look(*asked))
            if len(self._asked) > REMEMBERED:
                self._asked.popitem(last=False)
        return found

    def forget(self) -> None:
        """After the store has changed."""
        self._asked.clear()
        self._initials.clear()

    def _look(self, name: str, modalities: tuple[str, ...], far: bool) -> list[Option]:
        if len(name) > LONGEST or not name.strip():
            return []
        exact = next((options for form, how in forms(name) if (options := self._named(form, modalities, how))), [])
        bare = head(plain(name))
        if exact or not far or not any(c.isupper() or c.isdigit() or not c.isascii() for c in bare):
            return exact
        found: dict[Key, Option] = {}
        for modality in modalities:
            for key in self._by_initials(bare, modality):
                known = self.memory.known(self.memory.store.get(*key))
                found.setdefault(key, compared(bare, known, "acronym"))
            for candidate in self.memory.store.search(bare, modality, limit=SEARCHED):
                known = self.memory.known(candidate.record)
                found.setdefault(known.key, compared(bare, known, "like", candidate.similarity))
            for option in self._within(bare, modality):
                found.setdefault(option.known.key, option)
        if parted(bare)[1]:  # with a legal form a name is whole: more or other words are another company's
            found = {key: o for key, o in found.items() if misspelt(bare, o.known.names)}
        return sorted(found.values(), key=lambda o: (o.rank, -o.similarity, -o.known.fame, o.known.key))[:MOST]

    def _named(self, name: str, modalities: tuple[str, ...], how: str) -> list[Option]:
        found: list[Candidate] = []
        if len(modalities) == 1:
            found = self.memory.store.find(name, modalities[0], limit=MOST)
        else:
            found = [c for c in self.memory.store.find(name, limit=MOST) if c.record.modality in modalities]
        known = [self.memory.known(c.record) for c in found]
        total = sum(c.prior for c in found)
        return [
            Option(
                k,
                how,
                c.prior / total if total else 1 / len(found),
                i,
                written=any(_written_so(alias.name, name) for alias in k.record.aliases),
                faint=_faint(k, name),
            )
            for i, (c, k) in enumerate(zip(found, known, strict=True))
        ]

    def _within(self, name: str, modality: str) -> list[Option]:
        """The names of the store inside a longer one: "Senator Mitch McConnell", "the Paris of the East"."""
        if " " not in name:
            return []
        spans = {(m.start, m.end) for m in self.memory.store.scan(name) if m.modality == modality}
        longest = sorted(spans, key=lambda span: (span[0] - span[1], span[0]))[:3]
        found = []
        for start, end in longest:
            for option in self._named(name[start:end], (modality,), "within")[:3]:
                seen = compared(name, option.known, "within", (end - start) / len(name))
                found.append(replace(seen, prior=option.prior))
        return found

    def _by_initials(self, name: str, modality: str) -> list[Key]:
        if not _acronym.fullmatch(name):
            return []
        if modality not in self._initials:
            self._initials[modality] = self._index(modality)
        return self._initials[modality].get(fold(name).replace(".", ""), [])[:SEARCHED]

    def _index(self, modality: str) -> dict[str, list[Key]]:
        index: dict[str, list[Key]] = {}
        for count, record in enumerate(self.memory.store.records(modality)):
            if count >= INDEXED:
                return {}
            for short in {initials(alias.name) for alias in record.aliases}:
                if len(short) > 1:
                    index.setdefault(short, []).append((record.modality, record.id))
        return index


def _faint(known: Known, name: str) -> float:
    """How much less than by its usual name a record goes by this one: a town by a foreign name, a firm by a word."""
    key = fold(name)
    own = max((alias.weight for alias in known.record.aliases if fold(alias.name) == key), default=0.0)
    return max(0.0, known.fame - math.log10(1 + own)) if own else 0.0


def _written_so(alias: str, name: str) -> bool:
    """As it is written, or in capitals throughout, as headlines are."""
    return alias == name or (len(name) > HEADLINE and name.isupper() and alias.upper() == name)


def forms(name: str) -> list[tuple[str, str]]:
    """A name as it stands, and without what tokenisers, articles and genitives add; each with how it was made."""
    made = {name: "name"}
    made.setdefault(_spaced_mark.sub(r"\1\2", name), "name")
    bare = plain(name)
    made.setdefault(bare, "stripped")
    made.setdefault(head(bare), "stripped")
    return list(made.items())


def head(name: str) -> str:
    """What a plain name names, without where that is: "Chicago" of "Chicago, Illinois"."""
    return _possessive.sub("", _where.sub("", name)) or name


def plain(name: str) -> str:
    """A name without an article before it, a genitive behind it, and blanks around its marks."""
    bare = _spaced_mark.sub(r"\1\2", name.strip())
    bare = _possessive.sub("", bare)
    return _determiner.sub("", bare, count=1) if _determiner.match(bare) else bare


def compared(name: str, known: Known, how: str, similarity: float | None = None) -> Option:
    """The option of a record whose name is not equal to what is written."""
    mine = words(name)
    bones = skeleton(name)
    best: tuple[float, float, float, bool, bool] = (0.0, 0.0, 0.0, False, False)
    short = fold(name).replace(".", "")
    for other in known.names:
        its = words(other)
        if not its or not mine:
            continue
        common = len(set(mine) & set(its))
        cover = (common / len(set(its)), common / len(set(mine)))
        seen = (cover[0] + cover[1], *cover, mine[-1] == its[-1], mine[0] == its[0])
        best = max(best, seen)
    sounds = len(bones) if len(bones) >= SKELETON and any(skeleton(other) == bones for other in known.names) else 0
    _, of_it, of_me, last, first = best
    acronym = len(short) > 1 and short in known.initials
    if how == "like":
        how = "part" if of_me == 1.0 else "acronym" if acronym else "like"
    alike = similarity if similarity is not None else max(of_it, of_me)
    return Option(known, how, 0.0, 0, alike, (of_it, of_me), last, first, False, sounds=sounds)
