"""Names of a store in running text: a trie of folded names, walked from every beginning of a word."""

from __future__ import annotations

import re
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from omnimodal.fold import fold_with_offsets, unfold
from omnimodal.store.base import Match

LONGEST_NAME = 80  # characters of a name that is looked for in running text
REMEMBERED = 1 << 16  # names whose aliases are kept in memory
# Where a name may begin: at a word, or at a sign (".NET", "'s-Hertogenbosch").
_beginnings = re.compile(r"(?<![^\W_])[^\W_]|[^\w\s]")

Aliases = Callable[[str], list[tuple[str, str, float]]]  # folded name → (alias, modality, weight) of what may be found


class Gazetteer:
    """All names that are looked for in texts, as a trie. `aliases` tells what a folded name is written like."""

    def __init__(self, trie: Any, aliases: Aliases):
        self._trie, self._ask = trie, aliases
        self._names: OrderedDict[str, list[tuple[str, str, float]]] = OrderedDict()

    @classmethod
    def of(cls, keys: Iterable[str], aliases: Aliases) -> Gazetteer:
        """A gazetteer of folded names; those of one character, and those longer than LONGEST_NAME, are left out."""
        import marisa_trie

        return cls(marisa_trie.Trie(key for key in keys if 2 <= len(key) <= LONGEST_NAME), aliases)

    @classmethod
    def load(cls, saved: bytes, aliases: Aliases) -> Gazetteer:
        """The gazetteer that `dump` wrote."""
        import marisa_trie

        return cls(marisa_trie.Trie().frombytes(saved), aliases)

    def dump(self) -> bytes:
        return self._trie.tobytes()

    def scan(self, text: str) -> Iterator[Match]:
        """Every name in the text, at word boundaries, overlapping ones included."""
        folded, offsets = fold_with_offsets(text)
        for start in (m.start() for m in _beginnings.finditer(folded)):
            if _inside_word(folded, start):
                continue
            for key in self._trie.prefixes(folded[start : start + LONGEST_NAME]):
                span = unfold(offsets, start, start + len(key))
                if span is not None and not _inside_word(folded, start + len(key)):
                    yield from self._fitting(key, text, *span)

    def _fitting(self, key: str, text: str, start: int, end: int) -> Iterator[Match]:
        """The modalities a name in the text may have, by the weights of the aliases whose case fits."""
        weights: dict[str, float] = {}
        for alias, modality, weight in self._aliases(key):
            if _case_fits(alias, text[start:end]):
                weights[modality] = max(weight, weights.get(modality, 0.0))
        total = sum(weights.values()) or 1.0
        for modality, weight in weights.items():
            yield Match(start, end, modality, weight / total)

    def _aliases(self, key: str) -> list[tuple[str, str, float]]:
        found = self._names.get(key)
        if found is None:
            found = self._names[key] = self._ask(key)
            if len(self._names) > REMEMBERED:
                self._names.popitem(last=False)
        return found


def _inside_word(text: str, at: int) -> bool:
    """Whether a word goes on across the offset; vowel signs, as of Devanagari, are part of it."""
    return 0 < at < len(text) and _in_words(text[at - 1]) and _in_words(text[at])


def _in_words(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char).startswith("M")


def _case_fits(alias: str, found: str) -> bool:
    """'Nice' is not found in 'nice', nor the acronym 'US' in 'Us'; lower-case names fit all."""
    if alias.isupper() and len(alias) <= 5:
        return found == alias
    return not alias[0].isupper() or not found[0].islower()
