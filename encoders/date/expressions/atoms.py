"""The rules at the tokens they begin with: text → the simplest expressions, of which the others are made."""

from __future__ import annotations

import re
from collections.abc import Iterator

from omnimodal.encoders.date.expressions import digits, zones
from omnimodal.encoders.date.expressions.found import Found
from omnimodal.encoders.date.expressions.meaning import Setting
from omnimodal.encoders.date.expressions.reading import FINE
from omnimodal.encoders.date.expressions.rules import rules_by_word
from omnimodal.errors import InvalidEntityError

_TOKEN = re.compile(r"[^\W\d_]++(?![\u0300-\u036f])|\d+")  # "a" with an accent of its own is no word of the tables


def atoms(text: str, setting: Setting) -> Iterator[Found]:
    """The simplest expressions, left to right, none overlapping, of any prior."""
    by_word, done = rules_by_word(), 0
    for token in _TOKEN.finditer(text):
        start = token.start()
        if start < done or (start and (text[start - 1].isalnum() or text[start - 1] == "_")):
            continue
        word = token[0]
        if word[0].isdigit():
            if start and _inside_number(text, start, done):
                continue
            tried = digits.rules(len(word), digits.sign(text, token.end()))
        else:
            tried = by_word.get(word.lower(), ())
        if not tried:
            continue
        best: Found | None = None
        for rule in tried:
            match = rule.regex.match(text, start)
            if match and match.end() > (best.end if best else start):
                try:
                    reading = rule.build(match, setting)
                except InvalidEntityError:
                    done = max(done, match.end())  # 30 February in a running text is no date, nor is its February
                    continue
                best = Found(start, match.end(), reading, rule.ends(match)) if reading else best
        if best:
            # A sentence's full stop belongs to the sentence, that of "Jan." or "p.m." within it too.
            end = best.end - (
                text[best.end - 1] == "."
                and not re.search(r"[ap]\s?\.\s?m\s?\.$|B\.C\.(E\.)?$|A\.D\.$", text[start : best.end], re.I)
            )
            reading, zone = best.reading, None
            if reading.fields and reading.fields.hour is not None and reading.granularity in FINE:
                zone = None if reading.zone else zones.behind(text, best.end)
            if zone:
                end, reading = zone[0], reading.but(zone=zone[1])
            if start and text[start - 1] in "'’" and word[0].isdigit() and not text[start - 2 : start - 1].isalnum():
                start -= 1  # '80s
            yield Found(start, end, reading, tuple(e._replace(end=min(e.end, end)) for e in best.ends))
            done = max(done, best.end, end)


def _inside_number(text: str, start: int, done: int) -> bool:
    """A digit after "1.", "1-", "$": the rest of a number, a version, a telephone number, or a price."""
    before = text[start - 1]
    if before in "$€£¥#" or text[max(0, start - 2) : start] in ("$ ", "€ ", "£ "):
        return True
    return before in ".,:-" and start > 1 and text[start - 2].isdigit() and done != start - 1
