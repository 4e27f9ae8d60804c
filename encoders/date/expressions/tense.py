"""Whether a clause tells of the past: "they won in three days" says how long it took, "we meet in three days" when."""

from __future__ import annotations

import re
from functools import cache

from omnimodal.encoders.date.expressions import words

_CLAUSE = 120  # characters looked at before an expression
_START = re.compile(r"[.;:!?\n(\"“]\s|\b(?:but|which|who|that|because|while|whereas)\s", re.IGNORECASE)
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
    before = text[max(0, at - _CLAUSE) : at]
    starts = [start.end() for start in _START.finditer(before)]
    before = before[starts[-1] :] if starts else before
    past, future, to_come, plain = _kinds()
    said = [word.lower().replace("’", "'") for word in _WORD.findall(before)]
    if any(word in future or word.endswith("'ll") for word in said) or any(word in to_come for word in said[-4:]):
        return False
    if any(m[0].lower() not in plain for m in _SUPERLATIVE.finditer(before[-60:])):
        return True
    return any(word in past or _is_past(word) for word in said)


def _is_past(word: str) -> bool:
    return len(word) > 4 and word.endswith("ed") and not word.endswith("eed")
