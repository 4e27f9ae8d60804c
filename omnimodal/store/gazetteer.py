"""Names of a store in running text: a trie of folded names, walked from every beginning of a word that can be a name's.

Most words of a text begin small, and most names do not: small words are looked for among the few names written so. What
the aliases of a name are, and how they are written, is packed beside the trie, so that a scan asks no database.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from omnimodal.fold import fold_with_offsets, unfold
from omnimodal.store.base import Match

REMEMBERED = 1 << 16  # names whose entries are kept unpacked
LONGEST_NAME = 80  # characters of a name that is looked for in running text
ANY, CAPITAL, ACRONYM = 0, 1, 2  # how an alias must be written: anyhow, with a capital, in capitals throughout
SHORT = 5  # letters up to which a name in capitals is an acronym
_MAGIC = b"gazetteer 3\n"
_hyphen = re.compile(r"(?<=\w)[-–](?=\w)")
_HEAD = struct.Struct("<5Q")  # bytes of the modalities, the tries, the offsets and the entries
_ENTRY = np.dtype([("modality", "<u2"), ("written", "u1"), ("weight", "<f4")])

Row = tuple[str, str, str, float]  # folded name, the alias as it is written, modality, weight


class Gazetteer:
    """All names that are looked for in texts.

    names: a trie of all folded names; small: of those that an alias begins with a small letter; entries of name i are
    entries[first[i]:first[i + 1]], one for each modality and way of writing.
    """

    def __init__(self, names: Any, small: Any, modalities: list[str], first: Any, entries: Any):
        self._names, self._small, self._modalities = names, small, modalities
        self._first, self._entries = first, entries
        self._begins = _beginnings(small, names)
        self._remembered: dict[int, list[tuple[int, int, float]]] = {}

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Gazetteer:
        """A gazetteer of these aliases, those with a hyphen also as tokenisers write them, "Coca - Cola"; names of one
        character, longer than LONGEST_NAME, or with a NUL, at which a trie cuts them off, are left out."""
        import marisa_trie

        keys: list[str] = []
        small: list[str] = []
        number: dict[str, int] = {}
        # Packed, because a million rows and their keys must fit.
        modalities, written, weights = array("H"), array("B"), array("f")
        for name, alias, modality, weight in rows:
            for key in _spellings(name):
                if not 2 <= len(key) <= LONGEST_NAME or not alias or "\0" in key:
                    continue
                keys.append(key)
                if alias[0].islower():
                    small.append(key)
                modalities.append(number.setdefault(modality, len(number)))
                written.append(_written(alias))
                weights.append(weight)
        names = marisa_trie.Trie(keys)
        ids = np.fromiter((names.key_id(key) for key in keys), np.int64, len(keys))
        entries = np.empty(len(keys), _ENTRY)
        entries["modality"], entries["written"], entries["weight"] = modalities, written, weights
        order = np.lexsort((-entries["weight"], entries["written"], entries["modality"], ids))
        ids, entries = ids[order], entries[order]
        again = (ids[1:] == ids[:-1]) & (entries["modality"][1:] == entries["modality"][:-1])
        again &= entries["written"][1:] == entries["written"][:-1]
        heaviest = np.append(True, ~again) if len(keys) else np.zeros(0, bool)  # of each modality and way of writing
        first = np.searchsorted(ids[heaviest], np.arange(len(names) + 1)).astype("<u4")
        return cls(names, marisa_trie.Trie(small), list(number), first, entries[heaviest])

    @classmethod
    def load(cls, saved: bytes) -> Gazetteer | None:
        """The gazetteer that `dump` wrote; None for what another version wrote, which is to be made anew."""
        import marisa_trie

        if not saved.startswith(_MAGIC):
            return None
        sizes = _HEAD.unpack_from(saved, len(_MAGIC))
        at, parts = len(_MAGIC) + _HEAD.size, []
        for size in sizes:
            parts.append(saved[at : at + size])
            at += size
        tries = [marisa_trie.Trie().frombytes(part) for part in parts[1:3]]
        first, entries = np.frombuffer(parts[3], "<u4"), np.frombuffer(parts[4], _ENTRY)
        return cls(tries[0], tries[1], parts[0].decode().split("\n") if parts[0] else [], first, entries)

    def dump(self) -> bytes:
        parts = [
            "\n".join(self._modalities).encode(),
            self._names.tobytes(),
            self._small.tobytes(),
            self._first.tobytes(),
            self._entries.tobytes(),
        ]
        return b"".join([_MAGIC, _HEAD.pack(*map(len, parts)), *parts])

    def scan(self, text: str) -> Iterator[Match]:
        """Every name in the text, at word boundaries, overlapping ones included."""
        folded, offsets = fold_with_offsets(text)
        ascii_only, ends = text.isascii(), len(folded)
        names, small = self._names, self._small
        for begin in self._begins.finditer(text):
            start = begin.start()
            is_small = text[start].islower()
            if offsets is not None:
                start = bisect_left(offsets, start)
            if not ascii_only and _inside_word(folded, start):
                continue
            for key, number in (small if is_small else names).iter_prefixes_with_ids(
                folded[start : start + LONGEST_NAME]
            ):
                end = start + len(key)
                if end < ends and _inside_word(folded, end):
                    continue
                span = (start, end) if offsets is None else unfold(offsets, start, end)
                if span is not None:
                    yield from self._fitting(names.key_id(key) if is_small else number, text, *span)

    def _fitting(self, number: int, text: str, start: int, end: int) -> Iterator[Match]:
        """The modalities a name in the text may have, by the weights of the aliases whose case fits."""
        entries = self._remembered.get(number)
        if entries is None:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            entries = self._entries[self._first[number] : self._first[number + 1]].tolist()
            self._remembered[number] = entries
        if len(entries) == 1:
            if _case_fits(entries[0][1], text[start:end]):
                yield Match(start, end, self._modalities[entries[0][0]], 1.0 if entries[0][2] else 0.0)
            return
        weights: dict[int, float] = {}
        for modality, written, weight in entries:
            if _case_fits(written, text[start:end]):
                weights[modality] = max(weight, weights.get(modality, 0.0))
        total = sum(weights.values()) or 1.0
        for modality, weight in weights.items():
            yield Match(start, end, self._modalities[modality], weight / total)


def _beginnings(small: Any, names: Any) -> re.Pattern[str]:
    """Where a name may begin: at a word, or at one of the signs that names begin with (".NET", "'s-Hertogenbosch")."""
    signs = [chr(c) for c in range(33, 127) if not chr(c).isalnum()]
    used = "".join(re.escape(sign) for sign in signs if next(names.iterkeys(sign), None) is not None)
    letters = r"[^\W_]" if len(small) else r"[^\W_a-z]"
    return re.compile(rf"(?<![^\W_]){letters}{f'|[{used}]' if used else ''}|[^\w\s\x00-\x7f]")


def _spellings(key: str) -> tuple[str, ...]:
    """A folded name, and with blanks around its hyphens where it has some."""
    return (key, _hyphen.sub(lambda hyphen: f" {hyphen[0]} ", key)) if "-" in key or "–" in key else (key,)


def _inside_word(text: str, at: int) -> bool:
    """Whether a word goes on across the offset; vowel signs, as of Devanagari, are part of it."""
    return 0 < at < len(text) and _in_words(text[at - 1]) and _in_words(text[at])


def _in_words(char: str) -> bool:
    return char.isalnum() or (char > "\x7f" and unicodedata.category(char).startswith("M"))


def _written(alias: str) -> int:
    if alias.isupper() and len(alias) <= SHORT:
        return ACRONYM
    return CAPITAL if alias[0].isupper() else ANY


def _case_fits(written: int, found: str) -> bool:
    """'Nice' is not found in 'nice', nor the acronym 'US' in 'Us'; lower-case names fit all."""
    if written == ACRONYM:
        return found.isupper()
    return written == ANY or not found[0].islower()
