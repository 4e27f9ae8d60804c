"""The text of a record as integers: slots of a hashed role and up to `words` hashed words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

from omnimodal.encoder import role_id
from omnimodal.encoders.corporation.entity import Corporation
from omnimodal.errors import InvalidEntityError
from omnimodal.fold import fold

_word = re.compile(r"\w+")


@lru_cache(maxsize=1 << 16)
def word_id(word: str, vocabulary: int) -> int:
    """A stable number in [1, vocabulary) for a folded word; 0 is padding."""
    hashed = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return 1 + int.from_bytes(hashed) % (vocabulary - 1)


def text_slots(corporation: Corporation, words: int) -> list[tuple[str, list[str]]]:
    """(role, words) of its name and its text fields; a longer text goes on in the next slot, under the same role."""
    texts: dict[str, list[str]] = {"name": [corporation.name]}
    for role, value in corporation.leaves():
        if isinstance(value, str):
            texts.setdefault(role, []).append(value)
    slots = []
    for role, values in texts.items():
        found = _word.findall(fold(" ".join(values))) or [" ".join(values)]  # "€" has no word: it is its own
        slots += [(role, found[i : i + words]) for i in range(0, len(found), words)]
    return slots


def featurize(corporations: Sequence[Corporation], slots: int, words: int, vocabulary: int) -> dict[str, Tensor]:
    """n records → roles [n, slots] and words [n, slots, words], int64, 0 where there is nothing.

    Raises InvalidEntityError where a record has more text than fits: nothing is dropped silently.
    """
    role_rows, word_rows = [], []
    for corporation in corporations:
        found = text_slots(corporation, words)
        if len(found) > slots:
            longest = max((role for role, _ in found), key=[role for role, _ in found].count)
            raise InvalidEntityError(
                f"{corporation.name!r} has text for {len(found)} slots of {words} words, this encoder reads {slots}: "
                f"shorten {longest!r}, or make the encoder with slots={len(found)}",
                encoder=corporation.modality,
            )
        found += [("", [])] * (slots - len(found))
        role_rows.append([role_id(role) if role else 0 for role, _ in found])
        word_rows.append([[word_id(w, vocabulary) for w in ws] + [0] * (words - len(ws)) for _, ws in found])
    shape = len(corporations), slots
    return {
        "roles": torch.tensor(role_rows, dtype=torch.long).view(shape),
        "words": torch.tensor(word_rows, dtype=torch.long).view(*shape, words),
    }
