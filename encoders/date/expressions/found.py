"""An expression where it stands in a text."""

from __future__ import annotations

import re
from typing import NamedTuple

from omnimodal.encoders.date.expressions.reading import Reading


class Found(NamedTuple):
    """`text[start:end]` says `reading`. `ends`: the dates that a range or a bound is made of, if they stand alone."""

    start: int
    end: int
    reading: Reading
    ends: tuple[Found, ...] = ()


def standing(*ends: Found) -> tuple[Found, ...]:
    """The ends of a range or a bound if all of them are dates on the calendar without the others: 1934, 3 June, May.

    ISO-TimeML (ISO 24617-1:2012) annotates just these, and takes "from", "to", "since" for signals beside them.
    """
    return ends if all(_stands(f.reading) for f in ends) else ()


_OF_SOME_YEAR = re.compile(r"\(?XXXX-(?:\d\d|SP|SU|FA|WI)")


def _stands(r: Reading) -> bool:
    known = len(r.spans) == 1 and None not in r.spans[0] and not r.relative
    timed = r.clock or r.recurrence or r.size or "T" in r.timex
    return (known or bool(_OF_SOME_YEAR.match(r.timex))) and not timed and r.modifier in (None, "start", "mid", "end")


def within(whole: Reading, ends: tuple[Found, ...]) -> tuple[Found, ...]:
    """The ends of a bound, as sure of their dates as it is: c. 1160 without nesting is 1160, approximately."""
    if not whole.approximate:
        return ends
    return tuple(end._replace(reading=end.reading.but(approximate=True)) for end in ends)


def led(text: str, at: int) -> bool:
    """Whether a word may stand right before `at` and lead to what stands there; a comma or a bracket leads nowhere."""
    last, before = text[at - 1 : at], text[at - 2 : at - 1] if at > 1 else ""
    return last in ("-", ".") or (
        last.isspace() and (before.isalnum() or before.isspace() or before in (".", "-", "–"))
    )
