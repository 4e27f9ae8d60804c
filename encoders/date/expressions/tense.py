"""Whether a clause tells of the past: "they won in three days" says how long it took, "we meet in three days" when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from omnimodal.encoders.date.expressions import words

_CLAUSE = 120  # characters looked at before an expression
_START = re.compile(
    r"(?:(?<!\b[A-Z])\.|[;:!?\n(\"“])\s|\b(?:but|which|who|that|because|while|whereas)\s", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SUPERLATIVE = re.compile(r"\b(?:first|only|second|third)\b|\b(?:most|least|worst|best|[a-z]{2,}est)\b", re.IGNORECASE)


@cache
def _kinds() -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    t = words.table()
    return frozenset(t["past"]), frozenset(t["future"]), frozenset(t["to_come"]), frozenset(t["no_superlatives"])


def told(text: str, at: int) -> bool:
    """Whether what stands at `at`, "in three days" say, is how long something took rather than when it will be.

    So it is after a superlative ("the highest in 22 years") and in a clause in the past, unless a word of it looks
    ahead: "will", "expected", "due".
    """
    before = _clause_before(text, at)
    said = _words(before)
    if _looks_ahead(said):
        return False
    plain = _kinds()[3]
    if any(m[0].lower() not in plain for m in _SUPERLATIVE.finditer(before[-60:])):
        return True
    return any(map(_is_past, ["", *said], said))


def past(text: str, start: int, end: int) -> bool:
    """Whether the clause around text[start:end] tells of the past: "they met on Tuesday", "on Tuesday they met"."""
    before = _words(_clause_before(text, start))
    if _looks_ahead(before):
        return False
    behind = text[end : end + _CLAUSE]
    stop = _START.search(behind)
    nearest = [*_verbs(before)][-1:] or [*_verbs(_words(behind[: stop.start()] if stop else behind))][:1]
    return nearest == [True]


def _verbs(said: list[str]) -> Iterator[bool]:
    """Of each verb that is known for one, whether it tells of the past."""
    table = words.table()
    for previous, word in pairwise(["", *said]):
        if _is_past(previous, word):
            yield True
        elif word in table["present"] or word in table["timetabled"] or word in _kinds()[1]:
            yield False


def _clause_before(text: str, at: int) -> str:
    before = text[max(0, at - _CLAUSE) : at]
    starts = [start.end() for start in _START.finditer(before)]
    return before[starts[-1] :] if starts else before


def _words(text: str) -> list[str]:
    """Its words in small letters; of names, which may end as verbs do, only their capital."""
    said = [word.replace("’", "'") for word in _WORD.findall(text)]
    return [word[0] if word[0].isupper() and word.endswith("ed") else word.lower() for word in said]


def _looks_ahead(said: list[str]) -> bool:
    _, future, to_come, _ = _kinds()
    return any(word in future or word.endswith("'ll") for word in said) or any(word in to_come for word in said[-4:])


def _is_past(previous: str, word: str) -> bool:
    """Whether a word is a verb in the past; "is closed" and "we cut" are not."""
    table = words.table()
    if previous in table["present"]:
        return False
    if word in table["unchanging"]:
        return previous not in table["no_past_behind"]
    return word in _kinds()[0] or (len(word) > 4 and word.endswith("ed") and not word.endswith("eed"))
