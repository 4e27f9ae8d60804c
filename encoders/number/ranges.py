"""What makes a range of one quantity or of two: between 5 and 7 km, 4.8 ± 0.6 km, more than 1,000."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from omnimodal.encoders.number.patterns import one_of, phrases, said, table, word_before
from omnimodal.encoders.number.quantity import Quantity

_year = re.compile(r"(?:1[0-9]|20)[0-9]{2}")


def in_ranges(text: str, quantities: Sequence[Quantity]) -> list[Quantity]:
    """The same quantities, with those that a comparison or a pair of bounds makes a range put together."""
    done: list[Quantity] = []
    i = 0
    while i < len(quantities):
        floor = done[-1].end if done else 0
        following = quantities[i + 1] if i + 1 < len(quantities) else None
        pair = _pair(text, quantities[i], following, floor) if following else None
        if pair is not None:
            done.append(pair)
            i += 2
            continue
        single = _comparison(text, quantities[i], floor, following.start if following else len(text))
        joined = _both(text, done[-1], single) if done else None
        if joined is not None:
            done[-1] = joined
        else:
            done.append(single)
        i += 1
    return done


def _pair(text: str, a: Quantity, b: Quantity, floor: int) -> Quantity | None:
    """between 5 and 7 km; from 20 to 30; 1000–5000; 4.8 ± 0.6 km."""
    if b.start - a.end > 14 or text[a.end : b.start] in (" ", ", ", ","):
        return None
    middle = " ".join(text[a.end : b.start].lower().split()).removesuffix(" the")
    if middle in ("±", "+/-"):
        return _tolerance(a, b)
    if middle not in _middles():
        return None
    between = table("en")["between"]
    opening = _opening_before().search(text, max(floor, a.start - 14), a.start) if a.before in _last_words() else None
    word, start = (opening[1].lower(), opening.start(1)) if opening else ("", a.start)
    opened = bool(word) and middle in between[word]
    if not (opened or middle in between[""]) or not _are_ends(text, a, b, opened):
        return None
    alike = (a.unit, a.currency, a.kind) == (b.unit, b.currency, b.kind)  # what "rose from 5 to 7 km" shares stays
    if middle == "to" and alike and a.before != "by" and _is_change(text, floor, start):
        return None
    unit, currency, kind = b.unit or a.unit, b.currency or a.currency, b.kind if b.kind == "percent" else a.kind
    low = a.value * b.scale if a.scale == 1 < b.scale and a.value * b.scale < b.value else a.value
    if low >= b.value:
        return None
    parts = (a._replace(value=low, unit=unit, currency=currency, kind=kind), b._replace(unit=unit, currency=currency))
    start = start if opened else a.start
    return Quantity(start, b.end, low, "range", unit, currency, 1, a.approximate, low, b.value, "[]", parts)


def _are_ends(text: str, a: Quantity, b: Quantity, opened: bool) -> bool:
    """Whether two quantities can be the ends of one range, that a word has `opened` ("from") or none."""
    if "fraction" in (a.kind, b.kind) and not opened and (b.scale > 1 or (b.value < 1 and b.unit is None)):
        return False
    if a.before == "in" and _year.fullmatch(text, a.start, a.end) and not _year.fullmatch(text, b.start, b.end):
        return False  # from 71 million in 2009 to 103 million
    if a.kind == "percent" != b.kind or (b.kind == "percent" and a.currency):  # fell 4.8 % to $13bn
        return False
    if (a.unit or b.unit) and (a.currency or b.currency):  # $3 to 5 km
        return False
    same = a.unit in (None, b.unit or a.unit) and a.currency in (None, b.currency or a.currency)
    return same and {a.kind, b.kind} != {"ordinal", "cardinal"}


def _tolerance(a: Quantity, b: Quantity) -> Quantity | None:
    """4.8 ± 0.6 km: from 4.2 to 5.4, with the value in the middle."""
    unit, kind = a.unit or b.unit, b.kind if b.kind == "percent" else a.kind
    if unit and (a.currency or b.currency):
        return None
    if b.value < 0 or (b.unit or unit, b.currency) != (unit, None) or kind not in ("cardinal", "percent", "fraction"):
        return None
    low, high, middle = a.value - b.value, a.value + b.value, a._replace(unit=unit, kind=kind)
    return a._replace(end=b.end, kind="range", unit=unit, low=low, high=high, bounds="[]", parts=(middle,))


def _comparison(text: str, q: Quantity, floor: int, ceiling: int) -> Quantity:
    """more than 5; 5 or more; or the quantity as it is."""
    before = after = None
    if q.kind == "range" or text[q.end : q.end + 1] == "/":  # of two, as above 140/90 mmHg
        return q
    if q.before in _last_words():
        before = _comparison_before().search(text, max(floor, q.start - 48), q.start)
    if text[q.end : q.end + 1].isspace() and not text[q.end + 1 : q.end + 2].isdigit():
        after = _comparison_after().match(text, q.end, ceiling)
    meant = _meaning("after", after[1]) if after else ""
    start, end = q.start, q.end
    if before:
        side, how = _meaning("before", before[1]).split()
        start = before.start(1)
    elif meant not in ("", "close"):
        side, how = meant.split()
    else:
        return q
    if after and (meant == "close" or not before):  # more than 5 or equal to it
        end = after.end()
    low, high = (q.value if side in ("low", "both") else None), (q.value if side in ("high", "both") else None)
    bounds = "[]" if "close" in (meant, how.removesuffix("d")) else "()"
    return q._replace(start=start, end=end, kind="range", low=low, high=high, bounds=bounds, parts=(q,))


def _both(text: str, a: Quantity, b: Quantity) -> Quantity | None:
    """higher than 10 but lower than 15: two comparisons that meet are one range."""
    bottom, top = (a, b) if a.low is not None else (b, a)
    if bottom.low is None or bottom.high is not None or top.high is None or top.low is not None:
        return None
    unit = a.unit or b.unit
    if bottom.low >= top.high or a.currency != b.currency or unit != (b.unit or unit):
        return None
    if b.start - a.end > 12 or text[a.end : b.start].strip(" ,").lower() not in table("en")["context"]["meeting"]:
        return None
    bounds = bottom.bounds[0] + top.bounds[1]
    return a._replace(end=b.end, unit=unit, low=bottom.low, high=top.high, bounds=bounds, parts=a.parts + b.parts)


# patterns of the language


@cache
def _comparisons(place: str) -> dict[str, str]:
    """The phrases "before" or "after" a number and what they mean, each comparative written out."""
    words, found = table("en")["comparative"], {}
    for phrase, meaning in table("en")[place].items():
        slot = next((slot for slot in words if f"{{{slot}}}" in phrase), None)
        for form in words[slot] if slot else [""]:
            found[phrase.replace(f"{{{slot}}}", form)] = meaning
    return found


def _meaning(place: str, phrase: str) -> str:
    return _comparisons(place)[" ".join(phrase.lower().split())]


@cache
def _comparison_before() -> re.Pattern[str]:
    words = one_of(_comparisons("before")).replace(r"\ ", r"\s{1,2}")
    return re.compile(rf"(?:\b|(?=\W))({words})\s{{0,2}}(?:(?:the|about)\s)?$", re.IGNORECASE)


@cache
def _comparison_after() -> re.Pattern[str]:
    words = one_of(_comparisons("after")).replace(r"\ ", r"\s{1,2}")
    return re.compile(rf"\s{{1,2}}({words})(?!\w|\sthan)", re.IGNORECASE)


@cache
def _opening_before() -> re.Pattern[str]:
    words = phrases(w for w in table("en")["between"] if w)
    return re.compile(rf"(?<!\w)({words})\s{{1,2}}(?:the\s|about\s)?$", re.IGNORECASE)


def _is_change(text: str, floor: int, start: int) -> bool:
    """Whether a verb of change stands not far before, in the same clause: rose, after two years, from 5 to 7."""
    change = said(r"(?<!\w)WORDS(?!\w)[^.;:()\n]{0,24}$", "change", "words")
    return change.search(text, max(floor, start - 40), start) is not None


@cache
def _middles() -> frozenset[str]:
    return frozenset(middle for middles in table("en")["between"].values() for middle in middles)


@cache
def _last_words() -> frozenset[str]:
    """The words and marks in which the phrases before a range end."""
    words = [*_comparisons("before"), *(w for w in table("en")["between"] if w), "the", "about"]
    return frozenset(word_before(w, len(w), 0) for w in words)
