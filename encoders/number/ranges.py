"""What several quantities say together: 5 ft 2 in, 3 dollars 50 cents, between 5 and 7 km, more than 1,000."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from omnimodal.encoders.number.lex import Rational
from omnimodal.encoders.number.patterns import phrases, word_before
from omnimodal.encoders.number.units import is_cent, one_of, table


class Quantity(NamedTuple):
    """A number with what stands around it; `low`/`high` once it is a range. `before`: the word or mark before it;
    `worth`: of one of its currency (a cent is 0.01); `maybe`: the currency that its unit may be as well; `least`: the
    smallest unit of a compound, that may be divided further, and how many of it are one of `unit`."""

    start: int
    end: int
    value: Rational
    kind: str
    unit: str | None = None
    currency: str | None = None
    scale: Rational = 1
    approximate: bool = False
    low: Rational | None = None
    high: Rational | None = None
    bounds: str = "[]"
    parts: tuple[Quantity, ...] = ()
    before: str = ""
    worth: Rational = 1
    maybe: str | None = None
    least: tuple[str, Fraction] | None = None


# compounds

OTHERWISE = {  # what the last letter of the second part means behind the first: 5h 20m, 39°30′15″
    ("hour", "m"): "minute",
    ("degree", "′"): "arcminute",
    ("degree", "'"): "arcminute",
    ("arcminute", "″"): "arcsecond",
    ("arcminute", '"'): "arcsecond",
}


def compounds(text: str, quantities: Sequence[Quantity]) -> list[Quantity]:
    """The same quantities, with those put together that name one amount in two units."""
    done: list[Quantity] = []
    for q in quantities:
        joined = _compound(text, done[-1], q) if done and (done[-1].unit or done[-1].currency) else None
        if joined is not None:
            done[-1] = joined
        else:
            done.append(q)
    return done


def _compound(text: str, a: Quantity, b: Quantity) -> Quantity | None:
    """5 ft 2 in; 3 hours and 20 minutes; 3 dollars 50 cents; 15 dollars and 50."""
    if (
        b.start - a.end > 5
        or b.kind == "range"
        or text[a.end : b.start].strip(" ,").lower() not in ("", "and")
        or b.kind == "ordinal"
    ):
        return None
    finest, fold = a.least or (a.unit, Fraction(1))
    if (a.least is None and a.value.denominator > 1) or a.kind != "cardinal" or b.value < 0:
        return None
    sign = -1 if a.value < 0 else 1
    for name, per, weak in _smaller().get(finest or "", ()):
        metric = a.unit in table("units")["spoken"]
        if metric and (text[a.end : b.start] != " " or not text[b.end - 1].isalpha()):
            return None  # 2 m 30 cm; but 2 m, 30 cm
        end = b.end if name == b.unit or name == OTHERWISE.get((finest or "", text[b.end - 1])) else None
        if not b.unit and not b.currency:
            if symbol := weak.match(text, b.end):
                end = symbol.end()  # "5 ft 2 in tall", where "in" alone could be a word
            elif name == "inch" and text[a.end : b.start] == " " and _closes.match(text, b.end):
                end = b.end  # "he is 5 foot 10"
        if end is not None and b.value < per:
            fold *= per
            last = name if b.value.denominator == 1 else ""  # 2 min 7.5 s has no smaller part
            return a._replace(end=end, value=a.value + sign * b.value / fold, least=(last, fold))
    money = a.currency or a.maybe
    if money is None or a.worth != 1 or a.scale > 1 or b.unit:
        return None
    if b.worth < 1 and b.value < 1 and (b.currency == money or is_cent(text[b.start : b.end], money)):
        return a._replace(end=b.end, value=a.value + sign * b.value, currency=money, unit=None)
    bare = a.currency and b.currency is None and b.kind == "cardinal" and b.value.denominator == 1 and b.value < 100
    if (
        not bare
        or not text[a.end - 1].isalpha()
        or (a.before and a.before in table("en")["between"])
        or not _closes.match(text, b.end)
    ):
        return None
    return a._replace(end=b.end, value=a.value + sign * Fraction(b.value, 100))


@cache
def _smaller() -> dict[str, list[tuple[str, Fraction, re.Pattern[str]]]]:
    """Unit → the units that divide it further, how many times, and their symbols, the weak ones included."""
    units = table("units")
    found: dict[str, list[tuple[str, Fraction, re.Pattern[str]]]] = {}
    for unit, name, per in ((unit, *small) for unit, row in units["compound"].items() for small in row.items()):
        row = units["unit"].get(name, {})  # a centimetre is one of metre
        symbols = "|".join(map(re.escape, [*row.get("symbols", []), *row.get("weak", []), '"', "”", "''", "’’"]))
        found.setdefault(unit, []).append((name, Fraction(per), re.compile(rf"\s?(?:{symbols})(?!\w)")))
    return found


_year = re.compile(r"(?:1[0-9]|20)[0-9]{2}")
_closes = re.compile(r"\s?(?:$|[.;:!?)](?!\w)|and\s)")  # no noun follows, of which there could be so many


# ranges


def in_ranges(text: str, quantities: Sequence[Quantity]) -> Iterator[Quantity]:
    """The same quantities, with those that a comparison or a pair of bounds makes a range put together."""
    done: list[Quantity] = []
    i = 0
    while i < len(quantities):
        floor = done[-1].end if done else 0
        pair = _pair(text, quantities, i, floor)
        if pair is not None:
            done.append(pair)
            i += 2
            continue
        single = _comparison(
            text, quantities[i], floor, quantities[i + 1].start if i + 1 < len(quantities) else len(text)
        )
        joined = _both(text, done[-1], single) if done and single.kind == "range" else None
        if joined is not None:
            done[-1] = joined
        else:
            done.append(single)
        i += 1
    return iter(done)


def _pair(text: str, quantities: Sequence[Quantity], i: int, floor: int) -> Quantity | None:
    """between 5 and 7 km; from 20 to 30; 1000–5000."""
    if i + 1 == len(quantities):
        return None
    a, b = quantities[i], quantities[i + 1]
    if b.start - a.end > 14 or text[a.end : b.start] in (" ", ", ", ","):
        return None
    between = table("en")["between"]
    middle = " ".join(text[a.end : b.start].lower().split()).removesuffix(" the")
    if middle in ("±", "+/-"):
        return _tolerance(a, b)
    if middle not in _middles():
        return None
    opening = _opening_before().search(text, max(floor, a.start - 14), a.start) if a.before in _last_words() else None
    word = opening[1].lower() if opening else ""
    if middle not in between[word]:
        if not word or middle not in between[""]:
            return None
        word = ""
    if "fraction" in (a.kind, b.kind) and not word and (b.scale > 1 or (b.value < 1 and b.unit is None)):
        return None
    if a.before == "in" and _year.fullmatch(text, a.start, a.end) and not _year.fullmatch(text, b.start, b.end):
        return None  # from 71 million in 2009 to 103 million
    if a.kind == "percent" != b.kind or (b.kind == "percent" and a.currency):  # fell 4.8 % to $13bn
        return None
    alike = (a.unit, a.currency, a.kind) == (b.unit, b.currency, b.kind)  # what "rose from 5 to 7 km" shares stays
    if (
        middle == "to"
        and alike
        and a.before != "by"
        and _is_change(text, floor, opening.start() if opening else a.start)
    ):
        return None
    unit, currency = b.unit or a.unit, b.currency or a.currency
    if (a.unit or unit, a.currency or currency) != (unit, currency) or {a.kind, b.kind} == {"ordinal", "cardinal"}:
        return None
    low = a.value * b.scale if a.scale == 1 < b.scale and a.value * b.scale < b.value else a.value
    if low >= b.value:
        return None
    kind = b.kind if b.kind == "percent" else a.kind
    if (a.value, a.unit, a.currency, a.kind) != (low, unit, currency, kind):
        a = a._replace(value=low, unit=unit, currency=currency, kind=kind)
    if (b.unit, b.currency) != (unit, currency):
        b = b._replace(unit=unit, currency=currency)
    start = opening.start(1) if opening and word else a.start
    return Quantity(start, b.end, low, "range", unit, currency, 1, a.approximate, low, b.value, "[]", (a, b))


def _tolerance(a: Quantity, b: Quantity) -> Quantity | None:
    """4.8 ± 0.6 km: from 4.2 to 5.4, with the value in the middle."""
    unit, kind = a.unit or b.unit, b.kind if b.kind == "percent" else a.kind
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
    if before is None and after is None:
        return q
    meant = _meaning("after", after[1]) if after else ""
    closing = meant == "close"
    if before:
        side, how = _meaning("before", before[1]).split()
    elif meant and not closing:
        side, how = meant.split()
    else:
        return q
    closed = how == "closed" or closing
    start, end = before.start(1) if before else q.start, after.end() if after and (closing or not before) else q.end
    low, high = (q.value if side in ("low", "both") else None), (q.value if side in ("high", "both") else None)
    return q._replace(
        start=start, end=end, kind="range", low=low, high=high, bounds="[]" if closed else "()", parts=(q,)
    )


def _both(text: str, a: Quantity, b: Quantity) -> Quantity | None:
    """higher than 10 but lower than 15: two comparisons that meet are one range."""
    if {(a.low is None), (b.low is None)} != {True, False} or a.kind != "range" or b.kind != "range":
        return None
    if {(a.high is None), (b.high is None)} != {True, False} or (a.unit or b.unit, a.currency) != (
        b.unit or a.unit,
        b.currency,
    ):
        return None
    if b.start - a.end > 12 or text[a.end : b.start].strip(" ,").lower() not in table("en")["context"]["meeting"]:
        return None
    bottom, top = (a, b) if a.low is not None else (b, a)
    if bottom.low is None or top.high is None or bottom.low >= top.high:
        return None
    return a._replace(
        end=b.end, low=bottom.low, high=top.high, bounds=bottom.bounds[0] + top.bounds[1], parts=a.parts + b.parts
    )


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
    return re.compile(rf"(?:\b|(?=\W))({words})\s{{0,2}}(?:(?i:the|about)\s)?$", re.IGNORECASE)


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
    return _change_before().search(text, max(floor, start - 40), start) is not None


@cache
def _change_before() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{phrases(table('en')['change']['words'])})(?!\w)[^.;:()\n]{{0,24}}$", re.IGNORECASE)


@cache
def _middles() -> frozenset[str]:
    return frozenset(middle for middles in table("en")["between"].values() for middle in middles)


@cache
def _last_words() -> frozenset[str]:
    """The words and marks in which the phrases before a range end."""
    words = [*_comparisons("before"), *(w for w in table("en")["between"] if w), "the", "about"]
    return frozenset(word_before(w, len(w), 0) for w in words)
