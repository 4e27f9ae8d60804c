"""What stands in a list shares what is said once: "June 5, 6 and 7, 2024", "18th and 19th centuries".

Each member of the list is an expression of its own.
"""

from __future__ import annotations

import re
from functools import cache

from omnimodal.encoders.date.expressions import words
from omnimodal.encoders.date.expressions.found import Found
from omnimodal.encoders.date.expressions.meaning import Setting
from omnimodal.encoders.date.expressions.reading import Reading, template
from omnimodal.encoders.date.expressions.years import century_of
from omnimodal.errors import InvalidEntityError

_BEFORE = 48  # characters that a list may have before or behind the expression that says it all
_JOIN = r"(?:,\s(?:and\s|or\s)?|\s?(?:,\s?)?(?:and|or|&)\s?)"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_DAYS_BEFORE = re.compile(rf"(?<![\w.,:/$€£-])(?:{_DAY}{_JOIN})+(?:the\s)?$", re.IGNORECASE)
_DAYS_BEHIND = re.compile(
    rf"(?:{_JOIN}{_DAY}(?![\w:%°]|[.,/-]\d|\s[ap]\.?m\b))+"
    r"(?P<y>,?\s\d{4}(?![\w-]|[.,]\d))?(?P<next>\s[^\W\d_]+)?",
    re.IGNORECASE,
)
_ONE = re.compile(_DAY, re.IGNORECASE)
_AND = re.compile(r"[,&/]|and|or", re.IGNORECASE)
_SHARING = re.compile(r"\s?(?:,\s?)?(?:\b(?:and|or|to|till|until|through)\b|&|/|-|–|—)\s?(?:the\s)?", re.IGNORECASE)


def spread(text: str, found: list[Found], s: Setting) -> list[Found]:
    """The expressions of a text with the other members of the lists that they stand in."""
    out: list[Found] = []
    done = 0
    for f in found:
        if f.start < done:
            continue  # a part of a list that was read already
        members = _members(text, f, s)
        while out and members[0].start <= out[-1].start:
            out.pop()  # "18", which was a time perhaps
        out += members
        done = members[-1].end
    return _with_years(text, out, s)


def _members(text: str, f: Found, s: Setting) -> list[Found]:
    fields = f.reading.fields
    if fields and fields.day and fields.month and not f.reading.others and fields.hour is None:
        ahead = _ONE.match(text, f.start, f.end)
        if ahead:
            return [*_days(text, f, s), f]
        return _days_behind(text, f, s) or [f]
    if f.reading.granularity == "century" and f.reading.spans:
        return [*_centuries(text, f), f]
    return [f]


def _days(text: str, f: Found, s: Setting) -> list[Found]:
    """ "12, 14 and" 16 May."""
    low = max(0, f.start - _BEFORE)
    m = _DAYS_BEFORE.search(text, low, f.start)
    if not m or re.search(r"\bbetween\s(?:the\s)?$", text[max(0, m.start() - 12) : m.start()], re.IGNORECASE):
        return []
    return [x for day in _ONE.finditer(text, m.start(), f.start) if (x := _day(day, f.reading, None, s))]


def _days_behind(text: str, f: Found, s: Setting) -> list[Found]:
    """June 5 ", 6 and 7, 2024"; nothing where a noun follows ("June 5, 12 people")."""
    m = _DAYS_BEHIND.match(text, f.end, f.end + _BEFORE)
    if not m or f.reading.fields is None or f.reading.fields.year is not None:
        return []
    word = (m["next"] or "").strip().lower()
    if word and not m["y"] and word not in words.table()["after_times"]:
        return []
    year = int(m["y"][-4:]) if m["y"] else None
    last = m.start("y") if m["y"] else m.start("next") if m["next"] else m.end()
    days = [x for day in _ONE.finditer(text, f.end, last) if (x := _day(day, f.reading, year, s))]
    if not days:
        return []
    if m["y"]:
        days[-1] = Found(days[-1].start, m.end("y"), days[-1].reading)
        f = Found(f.start, f.end, template(f.reading.fields._replace(year=year), s.now))
    return [f, *days]


def _day(m: re.Match[str], r: Reading, year: int | None, s: Setting) -> Found | None:
    assert r.fields is not None
    fields = r.fields._replace(day=words.number(m[0]), year=r.fields.year if year is None else year, weekday=None)
    try:
        return Found(m.start(), m.end(), template(fields, s.now))
    except InvalidEntityError:
        return None  # 31 and 1 June


@cache
def _nths() -> re.Pattern[str]:
    part = r"(?:(?:the|early|late|mid)[\s-])*"
    return words.expand(rf"(?:(?P<n><ordinal>)(?:,\s|\s?(?:,\s?)?(?:and|or|to|&)\s|<dash>){part})+$")


def _centuries(text: str, f: Found) -> list[Found]:
    """ "The 18th and" 19th centuries; "the late 18th to" early 19th century."""
    low = max(0, f.start - _BEFORE)
    m = _nths().search(text, low, f.start)
    if not m:
        return []
    christ = (f.reading.spans[0][0] or 0) < century_of(1, "", "").spans[0][0]  # type: ignore[operator]
    ordinal = words.expand("<ordinal>")
    return [
        Found(n.start(), n.end(), century_of(words.number(n[0]), "", "BC" if christ else ""))
        for n in ordinal.finditer(text, m.start(), f.start)
    ]


def _with_years(text: str, found: list[Found], s: Setting) -> list[Found]:
    """ "July" and August 1975, "November" to February 2017: the year is that of what follows, or the one before it."""
    shared: set[int] = set()  # a comma alone joins only what a later "and" joins too
    for i in range(len(found) - 2, -1, -1):
        a, b = found[i], found[i + 1]
        x, y = a.reading.fields, b.reading.fields
        if not x or not y or x.year is not None or y.year is None or not x.month or not y.month or a.reading.recurrence:
            continue
        gap = text[a.end : b.start]
        if x.hour is not None or x.weekday is not None or y.year <= 0:
            continue
        if not _SHARING.fullmatch(gap) and not (i + 1 in shared and gap == ", "):
            continue
        late = not _AND.search(gap) and (x.month, x.day or 1) > (y.month, y.day or 1)
        try:
            reading = template(x._replace(year=y.year - late), s.now)
        except InvalidEntityError:
            continue  # 29 February
        shared.add(i)
        found[i] = Found(a.start, a.end, reading.but(prior=max(a.reading.prior, b.reading.prior)))
    return found
