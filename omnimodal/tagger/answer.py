"""What a language model answered → spans of the text. Read leniently, believed only where the text bears it out."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from omnimodal.tagger.sample import Span

LONGEST = 100_000  # characters of an answer that are looked at
TRIES = 20  # opening braces after which an answer is read anew
_token = re.compile(r"\w+|[^\w\s]")
_gap = re.compile(r"\s*(?:\.\.\.|…)\s*")


def read_answer(answer: str, stop: str = "") -> dict[str, Any] | None:
    """The last dictionary in an answer, as JSON or as Python writes it; None where there is none.

    Thoughts, code fences and trailing commas around it do no harm. `stop` is how a question that the model made up
    itself would begin: what follows it is not looked at.
    """
    answer = answer[:LONGEST]
    if stop.strip() and (cut := answer.find(stop)) >= 0:
        answer = answer[:cut]
    found: dict[str, Any] | None = None
    for _ in range(TRIES):
        pieces = list(_braced(answer))
        for piece in reversed(pieces):
            if (found := _as_dict(piece)) is not None:
                return found
        if "{" not in answer:
            break
        answer = answer[answer.index("{") + 1 :]  # one that was never closed hides what follows
    return found


def _as_dict(piece: str) -> dict[str, Any] | None:
    for text in (piece, re.sub(r",\s*([\]}])", r"\1", piece)):
        for read in (json.loads, ast.literal_eval):
            try:
                found = read(text)
            except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
                continue
            if isinstance(found, dict):
                return found
    return None


def _braced(text: str) -> Iterator[str]:
    """The outermost {…} of a text; braces inside quotes do not count."""
    depth, start, quote, before, skip = 0, 0, "", "", False
    for i, c in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip = c == "\\"
            quote = "" if c == quote else quote
        elif depth and (c == '"' or (c == "'" and before in "{[,:(")):  # an apostrophe is no quote
            quote = c
        elif c == "{":
            start = i if not depth else start
            depth += 1
        elif c == "}" and depth:
            depth -= 1
            if not depth:
                yield text[start : i + 1]
        before = before if c.isspace() else c


def align(found: dict[Any, Any], text: str, labels: Sequence[str], counts: Counter[str]) -> list[Span]:
    """The spans that an answer names, at their places in the text.

    Each spelling goes to its places in order, the second mention of a name to its second place. What is not in the
    text, or not so often, is rejected; so is what has an unknown label, or is no string or list of strings. `counts`
    gets `accepted`, `rejected` and why.
    """
    names = {label.casefold(): label for label in labels}
    spans: list[Span] = []
    after: dict[tuple[str, tuple[str, ...]], int] = {}
    for key, value in found.items():
        label = names.get(str(key).strip().casefold())
        items = [value] if isinstance(value, str) else [] if value is None else value
        for item in items if isinstance(items, list | tuple) else [items]:
            parts = _parts(item)
            if label is None or not parts:
                _reject(counts, "an unknown label" if label is None else "no span")
                continue
            place = _find(text, parts, after.get((label, parts), 0))
            if place is None:
                _reject(counts, "not in the text")
                continue
            after[label, parts] = place[0][1]
            spans.append(_span(text, place, label))
    unique = sorted(set(spans))
    counts["accepted"] += len(unique)
    if len(spans) > len(unique):
        counts["rejected"] += len(spans) - len(unique)
        counts["rejected: given twice"] += len(spans) - len(unique)
    return unique


def _reject(counts: Counter[str], why: str) -> None:
    counts["rejected"] += 1
    counts[f"rejected: {why}"] += 1


def _parts(item: Any) -> tuple[str, ...]:
    """The pieces of a span: of "a ... b", or of a list of strings. Empty for anything else."""
    if isinstance(item, str):
        pieces = _gap.split(item)
    elif isinstance(item, list | tuple) and all(isinstance(piece, str) for piece in item):
        pieces = list(item)
    else:
        return ()
    return tuple(piece.strip() for piece in pieces if piece.strip())


def _find(text: str, parts: Sequence[str], after: int) -> list[tuple[int, int]] | None:
    """Where the parts stand, one behind the other, the first not before `after`; None where they do not."""
    places: list[tuple[int, int]] = []
    for part in parts:
        match = _pattern(part).search(text, after)
        if match is None:
            return None
        places.append(match.span())
        after = match.end()
    return places


def _pattern(part: str) -> re.Pattern[str]:
    """Finds whole words as spelt; a text may have other spaces, and spaces around punctuation that the part lacks."""
    pieces, end = [], 0
    for match in _token.finditer(part):
        gap = part[end : match.start()]
        joined = r"\s+" if gap and end else r"\s*" if end else ""
        pieces.append(joined + re.escape(match.group()))
        end = match.end()
    return re.compile(rf"(?<!\w){''.join(pieces)}(?!\w)" if part[0].isalnum() else rf"{''.join(pieces)}(?!\w)")


def _span(text: str, places: Sequence[tuple[int, int]], label: str) -> Span:
    """One span of the places; those with only space between them are one piece."""
    merged = [places[0]]
    for start, end in places[1:]:
        if text[merged[-1][1] : start].strip():
            merged.append((start, end))
        else:
            merged[-1] = (merged[-1][0], end)
    parts = tuple(merged) if len(merged) > 1 else ()
    return Span(merged[0][0], merged[-1][1], label, parts)
