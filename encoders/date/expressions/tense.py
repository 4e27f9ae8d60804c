"""Whether a clause tells of the past: "they won in three days" says how long it took, "we meet in three days" when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from omnimodal.encoders.date.expressions import words

_CLAUSE = 120  # characters looked at before an expression, and behind it
_START = re.compile(
    r"(?:(?<!\b[A-Z])\.|[;:!?\n(\"“])\s|\b(?:but|which|who|that|because|while|whereas)\s", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SENTENCE = re.compile(r"[.!?](?:\s|$)|\n")
_SUPERLATIVE = re.compile(r"\b(?:first|only|second|third)\b|\b(?:most|least|worst|best|[a-z]{2,}est)\b", re.IGNORECASE)


@cache
def _words_of(kind: str) -> frozenset[str]:
    """One of the lists of data/date/en.json, for every word of every clause is looked up."""
    return frozenset(words.table()[kind])


def told(text: str, at: int) -> bool:
    """Whether what stands at `at`, "in three days" say, is how long something took rather than when it will be.

    So it is after a superlative ("the highest in 22 years") and in a clause in the past, unless a word of it looks
    ahead: "will", "expected", "due".
    """
    before = _clause_before(text, at)
    said = _words(before)
    if _looks_ahead(said):
        return False
    if any(m[0].lower() not in _words_of("no_superlatives") for m in _SUPERLATIVE.finditer(before[-60:])):
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


def asked(text: str, start: int, end: int) -> bool:
    """Whether the sentence around text[start:end] is a question, a command or a plan: of the speaker, of the reader, or
    of what will be. A story is of others, and of what was."""
    before, behind = text[max(0, start - _CLAUSE) : start], text[end : end + _CLAUSE]
    begin = max((m.end() for m in _SENTENCE.finditer(before)), default=0)
    stop = _SENTENCE.search(behind)
    if stop is not None and stop[0].startswith("?"):
        return True
    said = _WORD.findall(f"{before[begin:]} {behind[: stop.start()] if stop else behind}".replace("’", "'"))
    if any(word.lower() in _words_of("speaking") for word in said if word != "Will"):  # a name
        return True
    whole = begin > 0 or start <= _CLAUSE  # the sentence's first word is among those looked at
    return whole and bool(said) and said[0].lower() in _words_of("asking")


def _verbs(said: list[str]) -> Iterator[bool]:
    """Of each verb that is known for one, whether it tells of the past."""
    for previous, word in pairwise(["", *said]):
        if _is_past(previous, word):
            yield True
        elif any(word in _words_of(kind) for kind in ("present", "timetabled", "future")):
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
    ahead = any(word in _words_of("future") or word.endswith("'ll") for word in said)
    return ahead or any(word in _words_of("to_come") for word in said[-4:])


def _is_past(previous: str, word: str) -> bool:
    """Whether a word is a verb in the past; "is closed" and "we cut" are not."""
    if previous in _words_of("present"):
        return False
    if word in _words_of("unchanging"):
        return previous not in _words_of("no_past_behind")
    return word in _words_of("past") or (len(word) > 4 and word.endswith("ed") and not word.endswith("eed"))
