"""What stands in front of an expression and goes with it: "before", "early", "the end of", "around", "from"."""

from __future__ import annotations

import re
from functools import cache

from omnimodal.encoders.date.expressions import words
from omnimodal.encoders.date.expressions.found import Found, led, within
from omnimodal.encoders.date.expressions.meaning import Setting
from omnimodal.encoders.date.expressions.ranges import bounded, part
from omnimodal.encoders.date.expressions.reading import DURATION, GRANULARITIES, WEAK, Reading


@cache
def _prefix() -> re.Pattern[str]:
    t = words.table()
    return re.compile(
        rf"(?<!\w)(?:(?P<bound>{words.any_of(t['bounds'])})\s{{1,2}}|(?P<part>{words.any_of(t['parts'])})[\s-]{{1,3}}"
        rf"|(?<!how\s)(?<!what\s)(?:{words.any_of(t['approximations'])})(?:\s{{1,2}}|(?<=\.))|(?P<opening>from|between)\s{{1,2}})"
        r"(?:the\s(?:year\s)?)?$",
        re.IGNORECASE,
    )


def prefixed(text: str, found: Found, since: int, s: Setting) -> Found:
    """Take in "before", "early", "around" and the like in front, several of them too ("before early 1914")."""
    for _ in range(3):
        if not led(text, found.start):
            return found
        match = _prefix().search(text, max(since, found.start - 28), found.start)
        reading = match and _qualified(found.reading, match, s, (found.start, found.end))
        if not match or not reading:
            return found
        ends = () if match["part"] or found.reading.prior <= WEAK else found.ends or (found,)
        found = Found(match.start(), found.end, reading, within(reading, ends))
    return found


_RANGED = re.compile(r"\b(?:to|until|till|through|and)\b|[-–—]", re.I)


def parted(text: str, found: Found, since: int, s: Setting) -> Found:
    """Take in "early", "mid", "the end of" in front: of each end of a range its own."""
    if not led(text, found.start):
        return found
    match = _prefix().search(text, max(since, found.start - 28), found.start)
    reading = match and match["part"] and _qualified(found.reading, match, s)
    return Found(match.start(), found.end, reading) if match and reading else found


def _qualified(r: Reading, prefix: re.Match[str], s: Setting, of: tuple[int, int] = (0, 0)) -> Reading | None:
    if r.granularity == DURATION:
        return None  # about four months: a quantity is as long without its "about", and the longer one would be taken
    is_range = r.timex.startswith("(") and r.granularity not in ("era", "century")
    if r.recurrence or r.modifier in ("before", "until", "since", "after"):
        return None
    if (
        r.granularity == "year"
        and not r.modifier
        and prefix[0].lower().endswith("the ")
        and not prefix.string.startswith("year", prefix.end())
    ):
        return None  # "before the 2012 games"
    if prefix["opening"]:
        return r if r.timex.startswith("(") and _RANGED.search(prefix.string, *of) else None
    if prefix["bound"]:
        word = words.look_up("bounds", prefix["bound"])
        if r.timex == "TMEL":  # lunch is a time only where it bounds one
            r = r.but(prior=0.7)
        return None if word == "until" and is_range else bounded(word, r)
    if prefix["part"]:
        point = GRANULARITIES.index(r.granularity) < GRANULARITIES.index("daypart")
        return None if r.modifier or point else _part(re.sub(r"[\s-]+", " ", prefix["part"].lower()), r, s)
    return r.but(approximate=True)


def _part(words_: str, r: Reading, s: Setting) -> Reading:
    """ "Early" and "late" are thirds; the end of a day is its last second; before the end of May is before May ends."""
    word, prior = words.look_up("parts", words_), max(r.prior, 0.6)
    ends = [e for _, e in r.spans if e is not None]
    if word == "end" and words_.endswith("end of") and r.granularity == "day":
        return Reading(
            "second", f"{r.timex}T23:59:59", tuple((e - 1, e) for e in ends), relative=r.relative, prior=prior
        )
    edge = {"end of": 1, "beginning of": 0, "start of": 0}.get(words_)
    edges = () if edge is None else tuple(v for span in r.spans if (v := span[edge]) is not None)
    return part(word, r, s.now).but(edges=edges, prior=prior)
