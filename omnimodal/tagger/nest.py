"""Spans that lie in each other or apart, and never cross."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping

from omnimodal.tagger.sample import Span

LAST = 1 << 62  # behind every offset


def laminar(spans: Mapping[Span, float]) -> dict[Span, float]:
    """{span: probability} without those that cross a likelier one; of equals the first stays."""
    by_start: list[tuple[int, int]] = []
    by_end: list[tuple[int, int]] = []
    kept: dict[Span, float] = {}
    for span, chance in sorted(spans.items(), key=lambda item: (-item[1], item[0])):
        start, end = span.start, span.end
        begun = by_start[bisect_right(by_start, (start, LAST)) : bisect_left(by_start, (end, 0))]
        ended = by_end[bisect_right(by_end, (start, LAST)) : bisect_left(by_end, (end, 0))]
        if any(other > end for _, other in begun) or any(other < start for _, other in ended):
            continue
        insort(by_start, (start, end))
        insort(by_end, (end, start))
        kept[span] = chance
    return kept
