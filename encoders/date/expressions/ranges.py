"""Readings made of readings: ranges from one to another, what lies before or after one, early, mid and late in one."""

from __future__ import annotations

from omnimodal.encoders.date.calendar import DAY, civil_from_days, floor, instant
from omnimodal.encoders.date.expressions.reading import (
    DURATION,
    GRANULARITIES,
    Fields,
    Reading,
    Span,
    at_time,
    later_half,
    length,
    template,
    unit_at,
)


def between(a: Reading, b: Reading, now: int | None) -> Reading | None:
    """From a to b. A missing year, month or day is the other end's; days and longer units at the end are included.

    None where the two cannot be the ends of one range.
    """
    open_ended = any(r.modifier not in (None, "start", "mid", "end") for r in (a, b))
    if open_ended or a.recurrence or b.recurrence or DURATION in (a.granularity, b.granularity):
        return None
    if b.timex == "PRESENT_REF" and now is None:  # 1990–present
        spans: tuple[Span, ...] = tuple((start, None) for start, _ in a.spans)
        return Reading(a.granularity, f"({a.timex},PRESENT_REF,PX)", spans) if spans and not a.clock else None
    a, b = _aligned(a, b, now)
    if a.clock != b.clock:
        return None
    if a.clock:
        if a.timex.startswith("(") or b.timex.startswith("("):
            return None
        a, b = _same_half(a, b)
    prior = max(a.prior, b.prior) + 0.1 * (max(a.prior, b.prior) < 0.5)  # two weak times are a likelier one
    finest = min(a.granularity, b.granularity, key=GRANULARITIES.index)
    whole = Reading(finest, f"({a.timex},{b.timex},PX)", approximate=a.approximate or b.approximate, prior=prior)
    whole = whole.but(zone=b.zone or a.zone)
    if not a.spans or not b.spans:
        if now is None and a.fields and b.fields:  # the length is known without the year
            there = instant(2001)
            known = between(template(a.fields, there), template(b.fields, there), there)
            return known and known.but(spans=(), relative=False)
        return whole
    inclusive = GRANULARITIES.index(b.granularity) >= GRANULARITIES.index("day")
    starts = [start for start, _ in a.spans]
    begins = a.edges or starts  # from the end of March: from April on
    found = [
        (start, begin, *nearest)
        for start, begin in zip(starts, begins, strict=True)
        if start is not None and begin is not None and (nearest := _first_after(start, b))
    ]
    if not found:
        return None
    size = length(found[0][0], found[0][2], finest)
    ends = [(begin, last if inclusive else first) for _, begin, first, last in found]
    spans = tuple((begin, end) for begin, end in ends if not a.edges or begin < end)
    if not spans:
        return None
    timex = f"({_point(a)},{_point(b)},{size})"
    unsaid = a.half_unsaid and b.half_unsaid
    return whole.but(timex=timex, spans=spans, clock=a.clock, relative=a.relative or b.relative, half_unsaid=unsaid)


def _same_half(a: Reading, b: Reading) -> tuple[Reading, Reading]:
    """Which half of the day the ends of a range are in, where only one says it, or none: the shortest that fits."""
    if not a.fields or not b.fields or not (a.half_unsaid or b.half_unsaid):
        return a, b
    starts = [a, later_half(a)] if a.half_unsaid and not b.half_unsaid else [a]
    ends = [b, later_half(b)] if b.half_unsaid else [b]
    pairs = [(x, y) for x in starts for y in ends]
    x, y = min(pairs, key=lambda p: ((p[1].spans[0][0] or 0) - (p[0].spans[0][0] or 0) - 1) % DAY)
    both = a.half_unsaid and b.half_unsaid
    return x.but(half_unsaid=both), y.but(half_unsaid=both)


def _aligned(a: Reading, b: Reading, now: int | None) -> tuple[Reading, Reading]:
    """The ends of a range, with what only one of them says put into both: "May to July 2017"."""
    x, y = a.fields, b.fields
    if "PRESENT_REF" in (a.timex, b.timex) and now is not None:
        today, timed = unit_at(floor(now, "day"), "day").but(relative=True), a.clock or b.clock
        a, b = (at_time(today, r, now) if r.clock else r for r in (a, b))  # between now and eight
        if b.half_unsaid and b.spans and (b.spans[0][0] or 0) < now:
            b = later_half(b)
        if not timed:
            a, b = (today if r.timex == "PRESENT_REF" else r for r in (a, b))  # between August and now
    if not x or not y:
        return a, b
    if a.clock and not b.clock and b.relative and y.year is not None and now is not None:
        return at_time(unit_at(floor(now, "day"), "day").but(relative=True), a, now), b  # from 2 pm till tomorrow at 4
    if a.clock and not b.clock:
        return template(x.fill(y), now).but(half_unsaid=a.half_unsaid, zone=a.zone), b
    if b.clock and not a.clock:
        return a, template(y.fill(x), now).but(half_unsaid=b.half_unsaid, zone=b.zone)
    if x.year is None and y.year is not None and x.month and not a.clock:
        a = template(x._replace(year=y.year))
        if a.spans > b.spans:  # November to February 2017
            a = template(x._replace(year=y.year - 1))
    return a, b


def _first_after(start: int, b: Reading) -> tuple[int, int] | None:
    """The earliest of b's spans that does not begin before `start`."""
    spans = b.spans
    if b.fields and not b.clock and b.fields.year is None:
        spans = template(b.fields, start).spans[:1]
    later = [(s, e) for s, e in spans if s is not None and e is not None and s >= start]
    if not later and b.clock:
        later = [(s + DAY, e + DAY) for s, e in spans if s is not None and e is not None]  # overnight
    return min(later, default=None)


def _point(r: Reading) -> str:
    """An end of a range as a day or a time."""
    if r.fields:
        return (
            f"{r.timex}-01" if r.granularity == "month" else f"{r.timex}-01-01" if r.granularity == "year" else r.timex
        )
    start = r.spans[0][0]
    if r.clock or start is None:
        return r.timex
    return template(Fields(*civil_from_days(start // DAY))).timex


def bounded(modifier: str, r: Reading) -> Reading:
    """One end stays open: before ends where r begins, until where it ends; since begins with r, after at its end."""
    pick = {
        "before": lambda s, e: (None, s),
        "until": lambda s, e: (None, e),
        "since": lambda s, e: (s, None),
        "after": lambda s, e: (e, None),
    }[modifier]
    # A moment has no inside: after 6 pm begins at 6 pm.
    point = GRANULARITIES.index(r.granularity) < GRANULARITIES.index("daypart")
    if r.edges:
        return r.but(spans=tuple(pick(e, e) for e in r.edges), modifier=modifier, fields=None, edges=())
    spans = [(s, s if point else e) for s, e in r.spans]
    if r.clock and spans == [(0, 0)] and modifier in ("before", "until"):
        r, spans = r.but(timex="T24:00"), [(DAY, DAY)]  # midnight is the end of the day here
    return r.but(spans=tuple(pick(*span) for span in spans), modifier=modifier, fields=None)


def part(modifier: str, r: Reading, now: int | None = None) -> Reading:
    """Early, mid or late: the first, middle or last third; earlier or later in it: a half, on that side of now."""
    if modifier in ("earlier", "later"):
        return _side(modifier == "later", r, now)
    third = {"start": 0, "mid": 1, "end": 2}[modifier]
    spans = [
        (s + (e - s) * third // 3, s + (e - s) * (third + 1) // 3)
        for s, e in r.spans
        if s is not None and e is not None
    ]
    if GRANULARITIES.index(r.granularity) >= GRANULARITIES.index("week"):
        spans = [(floor(s, "day"), floor(e, "day")) for s, e in spans]
    return r.but(spans=tuple(spans), modifier=modifier, fields=None)


def _side(later: bool, r: Reading, now: int | None) -> Reading:
    spans: list[Span] = []
    for s, e in r.spans:
        if s is None or e is None:
            continue
        middle = (s + e) // 2 if r.granularity in ("day", "daypart") else floor((s + e) // 2, "day")
        today = None if now is None or r.clock or not s <= now < e else floor(now, "day")
        if today is not None and s < today < e and r.granularity not in ("day", "daypart"):
            middle = max(middle, today) if later else min(middle, today)
        spans.append((middle, e) if later else (s, middle))
    return r.but(spans=tuple(spans), modifier="end" if later else "start", fields=None)
