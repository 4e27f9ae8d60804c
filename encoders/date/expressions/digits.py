"""The rules for expressions that begin with digits, told apart by what follows the digits.

A text has many numbers, and most rules can only match where a month, a dash, a colon or the like comes next; looking at
that once spares trying them all.
"""

from __future__ import annotations

import re
from functools import cache

from omnimodal.encoders.date.expressions import words
from omnimodal.encoders.date.expressions.clock import bare_time, moment, roughly, time_of_day
from omnimodal.encoders.date.expressions.meaning import (
    day_month_year,
    day_of_month,
    iso,
    named_day,
    named_month,
    numeric_month,
    quarter,
    slashed,
    weekday_and_numbers,
    year_first,
)
from omnimodal.encoders.date.expressions.patterns import (
    CENTURY,
    ISO_CLOCK,
    YEAR,
    Rule,
    amounts,
    days,
    nth_weekday,
    spoken_times,
)
from omnimodal.encoders.date.expressions.plain_years import plain_year
from omnimodal.encoders.date.expressions.years import (
    century,
    day_of_short_year,
    decade,
    early_year,
    early_years,
    ends_of_era,
    era_years,
    historic_year,
    named_year,
    reign,
    short_year,
    years,
)

_NEXT = re.compile(
    r"(?:\s?(?-i:st|nd|rd|th)|st|nd|rd|th)\b|\s((?-i:s))\b|\s{0,3}([^\W\d_]+|[-–—~]\s?[^\W\d_]?|[/.:,'’½\d])?",
    re.IGNORECASE,
)
_SIGNS = {"-": "D", "–": "D", "—": "D", "~": "D", "/": "S", ".": "T", ":": "C", ",": "K", "'": "Q", "’": "Q", "½": "H"}


@cache
def _continuing() -> tuple[frozenset[str], frozenset[str]]:
    """The months; and the other words that an expression may go on with behind its first number."""
    t = words.table()
    units = [*t["units"], *(unit + "s" for unit in t["units"])]
    weekdays = [*t["weekdays"], *(day + "s" for day in t["weekdays"])]
    other = "of to and till until through past from between at a p am pm o oclock b c bc bce ad ce q h noon midnight"
    steps = [step.split()[0] for step in t["steps"]]
    return frozenset(t["months"]), frozenset([*units, *weekdays, *steps, *other.split()])


def sign(text: str, end: int) -> str:
    """What follows digits that end there: O an ordinal's ending, L letters, M a month, W another word that expressions
    go on with, D a dash, B one before letters, S a slash, T a dot, C a colon, K a comma, Q an apostrophe, H a half, X
    anything else."""
    m = _NEXT.match(text, end)
    what = m[1] or m[2] if m else None
    if m is None or what is None:
        return "O" if m and m[0].strip() else "X"
    if m[1]:
        return "Q"  # the 1980 s
    if what[0].isalpha():
        if m.start(2) == end:
            return "L"
        months, others = _continuing()
        word = what.lower()
        return "M" if word in months else "W" if word in others else "X"
    return "B" if what[-1].isalpha() else _SIGNS.get(what[0], "X")


@cache
def rules(size: int, after: str) -> tuple[Rule, ...]:
    """The rules for so many digits that are followed so; see `sign`."""
    many = str(size) if size < 9 else "9"
    return tuple(
        rule for sizes, signs, rule in _table() if (many in sizes or sizes == "*") and (after in signs or signs == "*")
    )


@cache
def _table() -> tuple[tuple[str, str, Rule], ...]:
    """(numbers of digits, what may follow, rule)."""
    return (
        ("4", "D", Rule(rf"\d{{4}}-\d\d-\d\d(?:[T ]{ISO_CLOCK})?(?![\w-])", iso)),
        ("4", "D", Rule(r"\d{4}-(?:0[1-9]|1[0-2])(?![\w-]|\.\d)", iso)),
        ("4", "B", Rule(r"\d{4}-(?:W\d\d(?:-\d)?|Q[1-4])(?![\w-])", iso)),
        ("4", "D", Rule(r"(?P<y>\d{4})-(?P<m>[1-9])(?![\w-]|[.:]\d)", numeric_month)),
        ("8", "*", Rule(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\w|[.,:]\d)", iso)),
        ("2", "DS", Rule(r"(?P<m>0[1-9]|1[0-2])[-/](?P<y>(?:19|20)\d\d)(?![\w/-]|\.\d)", numeric_month)),
        ("4", "DST", Rule(r"(?P<y>\d{4})(?P<s>[-/.])(?P<a>\d{1,2})(?P=s)(?P<b>\d{1,2})(?![\w/]|\.\d)", year_first)),
        (
            "12",
            "DST",
            Rule(
                r"(?P<a>\d{1,2})(?P<s>[/.-])(?P<b>\d{1,2})(?P=s)(?P<y>\d{4}|\d{2})(?![\w/]|\.\d|-(?!\d{1,2}[/.]))",
                day_month_year,
            ),
        ),
        ("12", "S", Rule(r"(?P<a>\d{1,2})/(?P<b>\d{1,2})(?![\w/]|[.,]\d)", slashed)),
        ("12", "OLBMW", Rule(rf"(?P<d><day>)(?:\s?-\s?|\s{{0,3}}(?:day\s)?(?:of\s)?)(?P<m><month>){YEAR}", named_day)),
        ("12", "OMW", Rule(r"(?P<d><day>)\s(?:of\s)?(?P<m><month>),?\s(?P<y>[1-9]\d\d)<no_noun>", named_day)),
        (
            "12",
            "OMW",
            Rule(
                r"(?P<d><day>)\s(?:of\s)?(?P<m><month>)\s(?P<y>[3-9]\d)(?=\s?(?:[;)–—]|\.(?!\d)|$))", day_of_short_year
            ),
        ),
        ("12", "BS", Rule(r"(?P<d><day>)(?P<s>[-/])(?P<m><month>)(?P=s)(?P<y>\d{4}|\d\d)(?!\w|[-/]\d)", named_day)),
        ("4", "MSB", Rule(r"(?P<y>\d{4})[\s/-](?P<m><month>)[\s/-](?P<d><day>)", named_day)),
        ("4", "SD", Rule(r"(?P<y>\d{4})[/-](?P<d>[0-3]?\d)[/-](?P<m><month>)(?!\w)", named_day)),
        ("12", "SD", Rule(r"(?P<d>[0-3]?\d)[/-](?P<y>\d{4})[/-](?P<m><month>)", named_day)),
        ("4", "M", Rule(r"(?P<y>\d{4})\s(?P<m><month>)", named_month)),
        ("*", "KLW", Rule(r"(?P<n>\d{1,3}(?:,\d{3}){1,3}|\d{1,10})\s?(?P<era><era>)", historic_year)),
        ("4", "D", Rule(r"(?P<y>\d{4})<dash>(?P<z>\d{4}|\d\d)(?![\w-]|[.,:]\d)", years)),
        ("4", "S", Rule(r"(?P<y>\d{4})(?P<slash>/)(?P<z>\d{4}|\d\d)(?![\w/-]|[.,:]\d)", years)),
        (
            "12345",
            "DW",
            Rule(
                r"(?P<n>\d{1,5})(?P<to><dash>|\s(?:to|until|through|and)\s)(?P<z>\d{1,5})\s?(?P<era><era>)",
                era_years,
                ends_of_era,
            ),
        ),
        ("3", "*", Rule(r"(?P<n>[1-9]\d\d)<no_noun>(?!\s?[-–—]\s?\d)", early_year)),
        ("3", "X", Rule(r"(?<=[^\W\d_]\s\()(?P<n>[1-9]\d\d)(?=\)(?!\s?[-\d]))", named_year)),
        (
            "3",
            "WD",
            Rule(
                r"(?P<n>[1-9]\d\d)(?P<to><dash>|\s(?:to|until|through|and)\s)(?P<z>\d{3,4})<no_noun>",
                reign,
                ends_of_era,
            ),
        ),
        ("3", "D", Rule(r"(?P<n>[1-9]\d\d)<dash>(?P<z>\d{2,4})<no_noun>", early_years)),
        ("12", "T", Rule(r"<after_weekday>(?P<a>\d{1,2})\.(?P<b>\d{1,2})(?![\w%]|[.,]\d)", weekday_and_numbers)),
        ("12", "W", Rule(r"(?<=on\sthe\s)(?P<d>3[01]|[12]\d|[1-9])(?=\s(?:from|between|at)\s\d)", day_of_month)),
        ("4", "*", Rule(r"\d{4}(?!\w|[.,:]\d|[-–/]\d{1,3}(?!\d))", plain_year)),
        (
            "2",
            "*",
            Rule(r"(?:(?<=in\s['’])|(?<=of\s['’])|(?<=by\s['’])|(?<=since\s['’]))\d\d(?!\w|[.,:/-]\d)", short_year),
        ),
        ("234", "LQ", Rule(r"(?P<n>\d{4}|(?<=the\s)[1-9]\d0|\d0(?!\s))(?:['’]?s|\s(?-i:s))(?!\w)", decade)),
        ("12", "O", Rule(CENTURY, century)),
        ("1", "L", Rule(r"(?P<n>[1-4])Q\s?(?P<y>\d{4}|['’]?\d\d)(?!\w)", quarter)),
        ("1", "O", Rule(r"(?P<n>[1-4](?:st|nd|rd|th))\s(?P<kind>quarter|half)(?:\s(?:of\s)?(?P<y><year>))?", quarter)),
        ("12", "LWCT", Rule(r"(?P<t><clock>)\.?\s?(?P<half><meridiem>)", time_of_day)),
        (
            "12",
            "CT",
            Rule(r"(?P<t>(?:2[0-4]|1\d|0?\d)[:.][0-5]\d(?:[:.][0-5]\d)?)\s?(?P<half><meridiem>)(?!\w)", time_of_day),
        ),
        (
            "12",
            "C",
            Rule(r"(?P<t>(?:2[0-4]|1\d|0?\d):[0-5]\d(?::[0-5]\d)?)(?!(?!Z\b)\w|[.:]\d)(?:\sUhr\b)?", time_of_day),
        ),
        ("12", "C", Rule(r"<after_at>(?P<t>(?:2[0-4]|1\d|0?\d)\s:\s[0-5]\d)(?!\w|\s?[.:]\d)", time_of_day)),
        ("12", "W", Rule(r"(?P<t>\d{1,2})\so['’]?clock", time_of_day)),
        ("34", "LW", Rule(r"(?P<t>1[0-2]|0?[1-9])(?P<n>[0-5]\d)\s?(?P<half>[ap]\.?m\b\.?)", time_of_day)),
        (
            "4",
            "W",
            Rule(r"(?:<after_at>|(?<=\bby\s)|(?<!\w\s))(?P<t>[0-2]\d)(?P<n>[0-5]\d)\s(?:hours|hrs)\b", time_of_day),
        ),
        ("2", "W", Rule(r"12\s(?P<w>noon|midnight)\b", moment)),
        ("4", "LWB", Rule(r"(?P<y>\d{4})[\s-]?(?P<kind>[qh])(?P<n>[1-4])\b", quarter)),
        ("12", "L", Rule(r"(?P<t>1[0-2]|[1-9])ish\b", roughly)),
        ("124", "*", Rule(r"(?P<t>0\d[0-5]\d|(?!0\.)(?:2[0-4]|1\d|0?\d)(?:\.[0-5]\d)?)", bare_time)),
        *(("12", "DSOW", rule) for rule in days()),
        ("12", "O", nth_weekday()),
        *(("12", "W", rule) for rule in spoken_times()),
        *(("*", "LWBTH", rule) for rule in amounts()),
    )
