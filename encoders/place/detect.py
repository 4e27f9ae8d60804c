"""Positions written out in a text: coordinates in degrees, decimal pairs in parentheses, and WKT literals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from omnimodal.encoders.place.entity import Place
from omnimodal.errors import InvalidEntityError

_ANGLE = r"""(?P<{0}d>\d{{1,3}}(?:\.\d{{1,15}})?)
             (?:\s?[°º](?:\s?(?P<{0}m>\d{{1,2}}(?:\.\d{{1,15}})?)\s?['′’]
                (?:\s?(?P<{0}s>\d{{1,2}}(?:\.\d{{1,15}})?)\s?(?:["″”]|''|′′))?)?)?\s?(?P<{0}h>[{1}])"""
# 48.8584° N, 2.2945° E   48°51′30″N 2°17′40″E
_DEGREES = re.compile(
    rf"(?<![\w.]){_ANGLE.format('a', 'NS')}[\s,;/]{{1,3}}{_ANGLE.format('o', 'EW')}(?!\w)", re.X | re.A
)
# (48.8584, 2.2945): three decimals or more each, or it is a pair of ordinary numbers
_PAIR = re.compile(
    r"\(\s?(?P<all>(?P<a>[-+−]?\d{1,2}\.\d{3,15})°?\s?[,;]\s{0,2}(?P<o>[-+−]?\d{1,3}\.\d{3,15})°?)\s?\)", re.A
)
# 48.8584, 2.2945 without parentheses: four decimals or more each
_BARE = re.compile(
    r"(?<![\w.,(+−-])(?<!\d,\s)(?P<all>(?P<a>[-+−]?\d{1,2}\.\d{4,15})°?,\s{0,2}(?P<o>[-+−]?\d{1,3}\.\d{4,15})°?)"
    r"(?![\w°]|[.,]\s?[-+−]?\d)",
    re.A,
)
_WKT = re.compile(r"\b(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s{0,2}\([\d\s.,eE+()-]*\)", re.A)
_PARENTHESIS = re.compile(r"[()]")

Found = tuple[int, int, Place]


def positions(text: str) -> Iterator[Found]:
    """(start, end, place) of every position written out in the text; what lies outside the globe is none."""
    for m in _DEGREES.finditer(text):
        if "°" in m[0] or "º" in m[0] or ("." in m["ad"] and "." in m["od"]):
            yield from _found(m.start(), m.end(), (_degrees(m, "o"), _degrees(m, "a")))
    for m in chain(_PAIR.finditer(text), _BARE.finditer(text)):
        lat, lon = (float(m[name].replace("−", "-")) for name in "ao")
        if max(abs(lat), abs(lon)) >= 1:  # (0.812, 0.934) is rather a confidence interval than a spot off Ghana
            yield from _found(*m.span("all"), (lon, lat))
    for m in _WKT.finditer(text):
        end = _closing(text, m.start(), m.end())
        if end:
            yield from _found(m.start(), end, text[m.start() : end])


def position(text: str) -> Place | None:
    """The place of a text that is nothing but a position, with or without its parentheses, or None."""
    bare = text.strip()
    for whole in (bare, f"({bare})"):
        for start, end, place in positions(whole):
            if whole[start:end].strip("()") == bare.strip("()"):
                return place
    return None


def _degrees(m: re.Match[str], name: str) -> float:
    degrees, minutes, seconds = (float(m[name + unit] or 0) for unit in "dms")
    if minutes >= 60 or seconds >= 60:
        return float("inf")  # no angle: refused with the other impossible ones
    return (degrees + minutes / 60 + seconds / 3600) * (-1 if m[name + "h"] in "SW" else 1)


def _found(start: int, end: int, geometry: Any) -> Iterator[Found]:
    try:
        yield start, end, Place(geometry=geometry)
    except InvalidEntityError:
        return  # looks like a position, is none on this globe


def _closing(text: str, start: int, end: int) -> int | None:
    """Where the first parenthesis after `start` closes, or None."""
    depth = 0
    for m in _PARENTHESIS.finditer(text, start, end):
        depth += 1 if m[0] == "(" else -1
        if depth == 0:
            return m.end()
    return None
