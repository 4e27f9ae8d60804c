"""The words of the date grammar, from data/date/en.json, and the regular expressions made of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

from omnimodal.encoders.date.calendar import WEEKDAYS


@cache
def table() -> dict[str, Any]:
    """The words of English, data/date/en.json."""
    return json.loads((resources.files("omnimodal.data") / "date" / "en.json").read_text("utf-8"))


def any_of(words: Iterable[str]) -> str:
    """An alternation, the longest first; a blank stands for any white space or a hyphen between words."""
    return "|".join(re.escape(w).replace(r"\ ", r"[\s-]{1,3}") for w in sorted(words, key=len, reverse=True))


def look_up(name: str, text: str) -> Any:
    """The entry of a table for a word as it stands in a text."""
    entries, word = table()[name], text.lower().replace("’", "'")
    return entries[word] if word in entries else entries[re.sub(r"[\s-]+", " ", word)]


def month(text: str) -> int:
    """ "Sept." → 9."""
    return table()["months"][text.lower().rstrip(".")]


def weekday(text: str) -> int:
    """ "Tues.", "Tuesdays" → 1; Monday is 0."""
    days, word = table()["weekdays"], text.lower().rstrip(".")
    return days[word] if word in days else days[word.removesuffix("s")]


def ordinal(n: int) -> str:
    """ "1st", "12th", "23rd"."""
    return f"{n}{'th' if n % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def number(text: str) -> int:
    """ "12", "12th", "twelve", "twelfth", "twenty-first" → 12, 12, 12, 12, 21."""
    digits = re.match(r"\d+", text)
    if digits:
        return int(digits[0])
    vague, clean = table()["vague"], re.sub(r"[\s-]+", " ", text.lower())
    if clean in vague:
        return int(vague[clean])
    known = table()["numbers"] | table()["ordinals"]
    return max(sum(known.get(word, 0) for word in re.findall(r"[a-z]+", clean)), 1)


@cache
def daypart_codes() -> frozenset[str]:
    """TIMEX3 codes of the parts of the day: "TMO", "TAF", …"""
    return frozenset(code for code, _, _ in table()["dayparts"].values())


def weekdays() -> list[str]:
    """Their full names, in small letters: "monday", …"""
    return [day.lower() for day in WEEKDAYS]


@cache
def fragments() -> dict[str, str]:
    """Named pieces of regular expressions, used in the grammar as <name>."""
    t = table()
    tens = any_of(w for w, n in t["numbers"].items() if n >= 20)
    teens = any_of(w for w, n in t["numbers"].items() if 10 <= n < 20)
    ones = any_of(w for w, n in t["numbers"].items() if n <= 9 and len(w) > 2)
    small_ordinals = any_of(w for w, n in t["ordinals"].items() if n <= 9)
    numbers, ordinals = any_of(t["numbers"]), any_of(t["ordinals"])
    two_digits = rf"(?:(?:{tens})(?:[\s-](?:{ones}))?|{teens}|oh\s(?:{ones}))"
    unit = rf"(?:{any_of(t['units'])})s?\b"
    count = rf"(?:\d{{1,6}}(?![\d.,]\d)|(?:{tens})[\s-](?:{ones})|{any_of(t['vague'])}|{numbers})(?![^\W\d_])"
    mark = r"(?:st|nd|rd|th|\s(?-i:st|nd|rd|th)\b)"  # a tokenizer sets it apart: 15 th
    half = r"[\s-]and[\s-](?:an?[\s-])?half"
    half_of = any_of(t["fractions"])
    one = rf"(?:(?:{half_of})\s?{unit}|\d{{1,6}}(?:\.\d{{1,3}}|\s?½)?[\s-]?(?:{unit}|[hH]\b)"
    one += rf"|{count}(?:{half})?[\s-]{unit}(?:{half}\b)?)"
    return {
        "month": rf"(?:{any_of(t['months'])})\b\.?",
        "weekday": rf"(?:{any_of(t['weekdays'])})\b\.?",
        "weekdays": "|".join(weekdays()),
        "after_weekday": f"(?:{'|'.join(rf'(?<={day} )' for day in weekdays())})".replace(" ", r"\s"),
        "after_at": r"(?:(?<=\bat\s)|(?<=\bfrom\s)|(?<=\bto\s)|(?<=\buntil\s))",
        "season": rf"(?:{any_of(t['seasons'])})\b",
        "unit": unit,
        "count": count,
        "one_amount": one,
        "amount": rf"{one}(?:(?:,\s(?:and\s)?|\sand\s|\s){one}){{0,3}}",
        "ordinal": rf"(?:\d{{1,2}}{mark}|(?:{tens})[\s-](?:{small_ordinals})|{ordinals})\b",
        "day": rf"(?:(?:3[01]|[12]\d|0?[1-9])(?:{mark})?(?![\d.:]\d)"
        rf"|(?:{tens})[\s-](?:{small_ordinals}|{ones})|{ordinals})\b",
        "nth": rf"(?:(?:3[01]|[12]\d|0?[1-9]){mark}|(?:{tens})[\s-](?:{small_ordinals})|{ordinals})\b",
        "year": r"(?:(?:\d{4}(?![\d.,]\d)|['’]\d\d)\b(?!\s?(?:am|pm)\b)"
        rf"|two\sthousand(?:\s(?:and\s)?(?:{two_digits}|{ones}))?\b|(?:{teens}|twenty)[\s-]{two_digits}\b)",
        "step": rf"(?:{any_of(t['steps'])})\b",
        "daypart": rf"(?:{any_of(t['dayparts'])})\b",
        "dayparts": rf"(?:{any_of(t['dayparts'])})(?=s\b)",
        "clock": r"(?:2[0-4]|1\d|0?\d)(?:(?::|\s:\s)[0-5]\d(?::[0-5]\d)?)?",
        "meridiem": r"(?:[ap]\s\.\sm\s\.|[ap]\s?\.?\s?m\b\.?|(?<=\d)[ap]\b)",
        "hour": rf"(?:{any_of(w for w, n in t['numbers'].items() if n <= 12 and len(w) > 2)})\b",
        "minutes": rf"(?:{two_digits}|oh\s(?:{ones}))\b",
        # Behind a number without a unit: nothing, or a word that is no noun.
        "no_noun": rf"(?![\w%°$€£]|[.,:/-]\d|\s(?!(?:{any_of(t['no_nouns'])})\b)[\w$€£°%])",
        "era": r"(?:B\.?C\.?(?:E\.?)?|A\.D\.|AD|C\.E\.|CE)(?!\w)",
        "dash": r"\s?(?:-|–|—|~)\s?",
    }


@cache
def expand(pattern: str) -> re.Pattern[str]:
    """A rule's pattern with its <name> pieces put in; case does not matter."""
    whole = re.sub(r"(?<!\(\?P)<(\w+)>", lambda m: fragments()[m[1]], pattern)
    return re.compile(whole, re.IGNORECASE)
