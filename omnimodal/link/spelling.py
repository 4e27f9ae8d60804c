"""Whether two names are one name misspelt: by the consonants they share, and by the letters that differ."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from omnimodal.fold import fold
from omnimodal.link.lexicon import lexicon, words

SHORTEST = 6  # letters from which one of them may be wrong in a name with the record's own legal form
DOUBTFUL = 8  # letters from which one may be wrong where the legal form is another one
TWO = 11  # letters from which two may be wrong
TWO_OF_WORD = 9  # letters of a word from which two of it may be wrong
_vowel = re.compile(r"(?<=.)[aeiouyh]")
_doubled = re.compile(r"(.)\1+")
_sounds = (("ph", "f"), ("x", "ks"), ("qu", "k"), ("q", "k"), ("c", "k"), ("z", "s"), ("dt", "t"))


@lru_cache(maxsize=1 << 14)
def skeleton(name: str) -> str:
    """The consonants of a name that misspellings leave, without a legal form: "Microsft Inc." → "mkrsft"."""
    whole = "".join(parted(name)[0])
    for sign, sound in _sounds:
        whole = whole.replace(sign, sound)
    return _vowel.sub("", _doubled.sub(r"\1", whole))


@lru_cache(maxsize=1 << 14)
def parted(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The folded words of a name, but for an article and "and", and those of its legal form: "The Foo Co., Ltd."
    → (("foo",), ("co", "ltd"))."""
    found = [word for word in words(fold(name).replace(".", "")) if word != "and"]
    if len(found) > 1 and found[0] == "the":
        found = found[1:]
    end = len(found)
    while end > 1 and found[end - 1] in lexicon().endings:
        end -= 1
    return tuple(found[:end]), tuple(found[end:])


def misspelt(name: str, names: Iterable[str]) -> bool:
    """Whether a name with a legal form is one of `names` but for that form and for letters: whole name against whole
    name, no word left over on either side, and few letters wrong for its length, the fewer where no name of the record
    has that form."""
    mine, form = parted(name)
    its = [parted(other) for other in names]
    same_form = any(form == other for _, other in its)
    return any(_alike(mine, other, same_form) for other, _ in its)


def _alike(mine: tuple[str, ...], other: tuple[str, ...], same_form: bool) -> bool:
    one, two = "".join(mine), "".join(other)
    if one == two:
        return True
    length = max(len(one), len(two))
    most = 0 if length < (SHORTEST if same_form else DOUBTFUL) else 1 if length < TWO else 2
    if len(mine) != len(other) or not most or one[0] != two[0]:
        return False
    wrong = 0
    for a, b in zip(mine, other, strict=True):
        if a != b:
            here = wrong_letters(a, b, 2 if max(len(a), len(b)) >= TWO_OF_WORD else 1)
            wrong += here
    return wrong <= most


def wrong_letters(one: str, two: str, most: int) -> int:
    """How many letters are added, left out, exchanged, or in each other's place; more than `most` as more.

    The restricted Damerau-Levenshtein distance.
    """
    if abs(len(one) - len(two)) > most:
        return len(one) + len(two)
    before: list[int] = []
    last = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(two, 1):
            row.append(min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b)))
            if i > 1 and j > 1 and a == two[j - 2] and b == one[i - 2]:
                row[j] = min(row[j], before[j - 2] + 1)
        before, last = last, row
    return last[-1] if last[-1] <= most else len(one) + len(two)
