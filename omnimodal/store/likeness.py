"""How alike two names are, and the words and letters by which likely ones are found."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from omnimodal.fold import fold
from omnimodal.store.base import Candidate, Record

Rows = Iterable[tuple[Any, ...]]

LEAST_LIKE = 0.3  # similarity below which names that lack some of the words are no longer like the one asked for
CLOSE = 0.4  # a name of many words may have the one asked for and be something else: a church of Lichtenstein

# Written without spaces between words: each sign is a word of its own.
_ideograph = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")
_other = re.compile(r"[^\w\x00-\x7f]")
_word = re.compile(r"[a-z0-9\x80-\U0010ffff]+")


def spaced(folded: str) -> str:
    """A folded name in which words are parted by ASCII characters that are no letters or digits, and only by those."""
    if folded.isascii():
        return folded
    return _ideograph.sub(r" \1 ", _other.sub(_mark_or_space, folded))


def words(folded: str) -> list[str]:
    """The words of a folded name: 'st. john's' → st, john, s."""
    return _word.findall(spaced(folded))


def trigrams(folded: str) -> frozenset[str]:
    """All runs of three letters of a name's words, each word with two spaces before and one after it."""
    padded = [f"  {word} " for word in words(folded)]
    return frozenset(word[i : i + 3] for word in padded for i in range(len(word) - 2))


def similarity(one: frozenset[str], two: frozenset[str]) -> float:
    """Jaccard index of two names' trigrams, below 1: names that are equal are found as such."""
    shared = len(one & two)
    return min(shared / (len(one) + len(two) - shared), 0.99) if shared else 0.0


class Hit(NamedTuple):
    """A record that a text may mean: how like its best name is, that name's weight, and which one it is."""

    similarity: float
    weight: float
    modality: str
    id: str

    @property
    def rank(self) -> tuple[float, float, str, str]:
        """Sorts the likest first, then the heaviest."""
        return -self.similarity, -self.weight, self.modality, self.id


def hits(
    key: str, limit: int, equal: Callable[[], Rows], with_all: Callable[[], Rows], with_some: Callable[[], Rows]
) -> dict[int, Hit]:
    """The search behind `Store.search`: equal names and names with all words; others only where none of these is close.

    equal(): (number, modality, id, weight) of the records with that folded name; with_all(), with_some(): (number,
    modality, id, aliases as JSON) of those that have all of its words, or some of its words and letters.
    """
    found = {number: Hit(1.0, weight, modality, id) for number, modality, id, weight in equal()}
    if len(found) < limit:
        found = ranked(key, with_all()) | found
    if max((hit.similarity for hit in found.values()), default=0.0) < CLOSE:
        found = ranked(key, with_some(), LEAST_LIKE) | found
    return found


def candidates(hits: dict[int, Hit], limit: int, load: Callable[[list[int]], list[Record]]) -> list[Candidate]:
    """The likest hits. load(numbers): the records of these numbers."""
    total = sum(hit.weight for hit in hits.values()) or 1.0
    best = sorted(hits, key=lambda number: hits[number].rank)[:limit]
    found = zip(load(best), [hits[number] for number in best], strict=True)
    return [Candidate(record, hit.weight / total, hit.similarity) for record, hit in found]


def ranked(key: str, rows: Rows, least: float = 0.0) -> dict[int, Hit]:
    """Hits by number of rows (number, modality, id, aliases as JSON), as like a folded text as `least`."""
    wanted = trigrams(key)
    hits = {}
    for number, modality, id, aliases in rows:
        names = ((fold(name), weight) for name, weight, *_ in json.loads(aliases))
        alike, weight = _best(wanted, names)
        if alike >= least:
            hits[number] = Hit(alike, weight, modality, id)
    return hits


def _best(wanted: frozenset[str], names: Iterable[tuple[str, float]]) -> tuple[float, float]:
    """(similarity, weight) of the most similar of some folded names, the heavier one of equals."""
    return max(((similarity(wanted, trigrams(name)), weight) for name, weight in names), default=(0.0, 0.0))


def _mark_or_space(match: re.Match[str]) -> str:
    """Vowel signs, as of Devanagari, are part of words."""
    return match[0] if unicodedata.category(match[0]).startswith("M") else " "
