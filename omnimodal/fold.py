"""Folding: one form for names that differ in case, accents or width, with a map back to the original offsets."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=1 << 16)
def _fold_char(char: str) -> str:
    decomposed = unicodedata.normalize("NFKD", "'" if char in "’‘`´" else char).casefold()
    return "".join(c for c in unicodedata.normalize("NFKD", decomposed) if not unicodedata.combining(c))


def fold(text: str) -> str:
    """'Zürich' → 'zurich'; 'ﬁne' → 'fine'; full-width digits → digits."""
    return text.lower().replace("`", "'") if text.isascii() else "".join(map(_fold_char, text))


def fold_with_offsets(text: str) -> tuple[str, list[int] | None]:
    """The folded text and, for each of its offsets (and its end), the offset in `text`; None where they are equal."""
    if text.isascii():
        return fold(text), None
    parts = [_fold_char(c) for c in text]
    if all(len(part) == 1 for part in parts):
        return "".join(parts), None
    # Offset j of the folded text belongs to the first character whose folding ends after j.
    back: list[int] = []
    for i, part in enumerate(parts):
        back.extend([i] * len(part))
    back.append(len(text))
    return "".join(parts), back


def unfold(offsets: list[int] | None, start: int, end: int) -> tuple[int, int] | None:
    """A span of the folded text as a span of the original, None where it would cut a character in two."""
    if offsets is None:
        return start, end
    cuts = (start > 0 and offsets[start] == offsets[start - 1]) or (end > 0 and offsets[end] == offsets[end - 1])
    return None if cuts else (offsets[start], offsets[end])
