"""The text of a record as integers: slots of a hashed role and up to `words` hashed words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from omnimodal.encoder import role_id
from omnimodal.encoders.corporation.entity import Corporation
from omnimodal.errors import InvalidEntityError
from omnimodal.fold import fold

STEM = 5  # letters
_word = re.compile(r"\w+")
_role_id = lru_cache(maxsize=1 << 12)(role_id)


@lru_cache(maxsize=1 << 16)
def word_ids(text: str, vocabulary: int) -> tuple[int, ...]:
    """Stable numbers in [1, vocabulary) for the words of a text, folded, and for the stems of the long ones: an unknown
    "Pharmaceuticals" is read by its "pharm". 0 is padding. "€" has no word: it is one.
    """
    folded = fold(text)
    words = _word.findall(folded) or [folded]
    parts = (part for word in words for part in ([word, f"{word[:STEM]}-"] if len(word) > STEM else [word]))
    digests = (hashlib.blake2b(part.encode("utf-8", "surrogatepass"), digest_size=8).digest() for part in parts)
    return tuple(1 + int.from_bytes(digest) % (vocabulary - 1) for digest in digests)


def text_slots(corporation: Corporation, words: int, vocabulary: int) -> list[tuple[str, list[int]]]:
    """(role, word ids) of its name and its text fields; a longer text goes on in the next slot, under the same role."""
    texts = {"name": [*word_ids(corporation.name, vocabulary)]}
    for role, value in corporation.leaves():
        if isinstance(value, str):
            texts.setdefault(role, []).extend(word_ids(value, vocabulary))
    return [(role, ids[i : i + words]) for role, ids in texts.items() for i in range(0, len(ids), words)]


def featurize(corporations: Sequence[Corporation], slots: int, words: int, vocabulary: int) -> dict[str, Tensor]:
    """n records → roles [n, slots] and words [n, slots, words], int64, 0 where there is nothing.

    Raises InvalidEntityError where a record has more text than fits: nothing is dropped silently.
    """
    role_cells: list[tuple[int, int]] = []  # (place in the flat table, what stands there)
    word_cells: list[tuple[int, int]] = []
    for row, corporation in enumerate(corporations):
        found = text_slots(corporation, words, vocabulary)
        if len(found) > slots:
            raise _too_long(corporation, [role for role, _ in found], slots, words)
        for slot, (role, ids) in enumerate(found, start=row * slots):
            role_cells.append((slot, _role_id(role)))
            word_cells += enumerate(ids, start=slot * words)
    shape = len(corporations), slots
    return {"roles": _table(role_cells, *shape), "words": _table(word_cells, *shape, words)}


def _table(cells: list[tuple[int, int]], *shape: int) -> Tensor:
    table = np.zeros(shape, np.int64)
    places, values = np.array(cells, np.int64).reshape(-1, 2).T
    table.reshape(-1)[places] = values
    return torch.from_numpy(table)


def _too_long(corporation: Corporation, roles: list[str], slots: int, words: int) -> InvalidEntityError:
    return InvalidEntityError(
        f"{corporation.name!r} has text for {len(roles)} slots of {words} words and stems, this encoder reads {slots}: "
        f"shorten {max(roles, key=roles.count)!r}, or make the encoder with slots={len(roles)}",
        encoder=corporation.modality,
    )
