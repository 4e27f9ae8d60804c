"""A language's date expressions as English ones: patterns and words from data/date/<language>.json, nothing else.

"vor drei Wochen" is found by the rule "vor <amount>" and says "{amount} ago", "3 weeks ago"; the English grammar reads
that. So a language is words and phrases, and what dates mean stands in one place.

A pattern is a regular expression over the text in small letters, with " " for white space and <table> or <table:slot>
for a word of a table, <day>, <year>, <nth>, <amount> and the like for the pieces below, <the> for one of `glue`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from omnimodal.encoders.date.expressions.compose import find
from omnimodal.encoders.date.expressions.lexicon import Lexicon, lexicon
from omnimodal.encoders.date.expressions.meaning import Setting
from omnimodal.encoders.date.expressions.reading import Reading
from omnimodal.encoders.date.expressions.words import ordinal

_SLOT = re.compile(r"<(\w+)(?::(\w+))?>")
_LED = re.compile(r"(?:(?:in|on|at|for|from)\s)?(?:the\s)?", re.I)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
# Pieces that are the same in all languages; what glue they contain is the language's own.
_PIECES = {
    "day": r"(?:3[01]|[12]\d|0?[1-9])(?:<mark>)?",
    "dd": r"(?:3[01]|[12]\d|0?[1-9])",
    "mm": r"(?:1[0-2]|0?[1-9])",
    "year": r"\d{4}(?!\d|[.,]\d)",
    "yy": r"\d\d",
    "n": r"\d{1,4}(?!\d|[.,]\d)",
    "nth": r"(?:\d{1,2}(?:<nth_mark>)|[ivxlc]{1,7}(?:<roman_mark>)|<ordinal>)",
    "hour": r"(?:2[0-4]|1\d|0?\d)",
    "minute": r"[0-5]\d",
    "count": r"(?:\d{1,4}(?!\d|[.,]\d)|<compound>|<number>)",
    "any_month": r"(?:<month>|(?:<month_short>)\.?)",
    "decade": r"\d0",
    "decades": r"\d{3}0",
    "amount": r"(?:<count>) (?:<unit>)(?: <and_half>|(?:,| <and>)? (?:<count>) (?:<unit>))?",
}
# Rules of all languages. Those of "plain" are looked for in texts of any language: a month beside a number says enough.
_PLAIN = (
    ("(?:(?:<weekday>|<holiday>),? (?:<the> )?)?<day><of><any_month>(?:<of_year><year>)?", "{day} {any_month} {year}"),
    ("<any_month><of_year><year>", "{any_month} {year}"),
)
_DAYS = "(?: <to> ?| ?[-–—] ?)<day:last><of><any_month>(?:<of_year><year>)?"
_COMMON = (
    (f"<from> ?<day>{_DAYS}", "from {day} to {last} {any_month} {year}"),
    (f"<day>{_DAYS}", "{day} to {last} {any_month} {year}"),
    ("<dd>\\.<mm>\\.<year>", "{dd}.{mm}.{year}"),
    ("<dd>/<mm>/<year>", "{dd}.{mm}.{year}"),
    ("<dd>-<mm>-<year>", "{dd}.{mm}.{year}"),
    ("<dd>\\.<mm>\\.<yy>", "{dd}.{mm}.{yy}"),
    ("<year>[-/–]<yy>", "{year}–{yy}"),
    ("<month>", "{month}"),
    ("<weekday>", "{weekday}"),
    ("<near>", "{near}"),
    ("<near> (?:<in_the> )?<daypart>", "{near} {daypart}"),
    ("<weekday>[ -]?(?:<in_the> )?<daypart>", "{weekday} {daypart}"),
    ("<season><of_season><year>(?:/\\d\\d(?:\\d\\d)?)?", "{season} {year}"),
    ("<holiday>(?:<of_season><year>)?", "{holiday} {year}"),
    ("<n> <bc>", "{n} BC"),
    ("<n> <ad>", "AD {n}"),
    ("<amount>", "{amount}"),
    ("<every> <weekday>", "every {weekday}"),
    ("<every> <unit>", "every {unit}"),
    ("<often>", "{often}"),
    ("<year_word> <year>", "year {year}"),
    ("<year_word> <n>", "AD {n}"),
    ("<year_word> <n> <bc>", "{n} BC"),
    ("<year_word> <n> <ad>", "AD {n}"),
    ("<nth> <weekday><of_month><any_month>(?:<of_year><year>)?", "{nth} {weekday} of {any_month} {year}"),
    ("<last> <weekday><of_month><any_month>(?:<of_year><year>)?", "last {weekday} of {any_month} {year}"),
)  # fmt: skip
Shape = tuple[re.Pattern[str], str, dict[str, str]]  # a pattern, what it says, and the table of each slot


class Leads(NamedTuple):
    """What may stand before a date and say more of it: any of it, and each with what it says."""

    any: re.Pattern[str]
    each: list[tuple[re.Pattern[str], str]]


class Language:
    """One language's tables and rules. Raises KeyError for a pattern that asks for a table that is not there."""

    def __init__(self, lexicon: Lexicon):
        self.lexicon, self.data = lexicon, lexicon.data
        numbers = {key: n for key, n in lexicon.words["number"].items() if isinstance(n, int)}
        tens = {key: n for key, n in numbers.items() if n >= 20 and n % 10 == 0}
        self.words = {**lexicon.words, "tens": tens, "ones": {key: n for key, n in numbers.items() if n < 20}}
        data = self.data
        self.plain = [self._shape(*rule) for rule in _PLAIN]
        rules = [*_PLAIN, *data["rules"], *(rule for rule in _COMMON if self._has(rule[0]))]
        self.rules = [self._shape(*rule) for rule in rules]
        self.any_plain, self.any = self._any(_PLAIN), self._any(rules)
        self.parts, self.bounds = self._leads(data["parts"]), self._leads(data["bounds"])
        self.ranges = [(self._before(a) if a else None, self._alone(gap), says) for a, gap, says in data["ranges"]]
        self.at, self.on = self._alone(data["at"]), self._alone(data["on"])
        self.small = self._alone(data["small"])  # words that mean a date only without a capital
        self.large = self._alone(data["large"])  # and only with one
        self.stops = re.compile(rf"\b(?:{data['stops']})\.$")  # abbreviations that end an expression
        self.compound = re.compile(self._expanded(data["glue"]["compound"], {}))  # "vingt-trois", "dreiundzwanzig"
        # what stands before a date and is no part of it: "am", "le"
        self.led, self.led_by = self._alone(data["led"]), self._before(data["led"])
        self.age_before, self.age_after = self._before(f"(?:{data['age_before']}) "), self._alone(data["age_after"])
        # before a year; in German any word, where no noun follows
        self.plural = re.compile(rf"\s({data['plural']})(?!\w)")
        self.year_before = self._before(rf"(?:{data['year_before']}) |[(]")
        self.no_year_before = self._before(rf"(?:{data['no_year_before']})\.? ")
        self.month_before = self._before("<any_month><of_year>")
        self.no_year_after = re.compile(rf"\s?(?:{data['no_year_after']})(?!\w)")

    def _has(self, pattern: str) -> bool:
        known = {*_PIECES, *self.words, *self.data["glue"]}
        return all(name in known for name, _ in _SLOT.findall(pattern))

    def _expanded(self, pattern: str, slots: dict[str, str] | None) -> str:
        """The pattern as a regular expression; its slots are captured where `slots` collects their tables."""

        def piece(m: re.Match[str]) -> str:
            name, slot = m[1], m[2] or m[1]
            if name in self.data["glue"]:
                return f"(?:{self._expanded(self.data['glue'][name], None)})"
            body = self._expanded(_PIECES[name], None) if name in _PIECES else "|".join(_longest(self.words[name]))
            if slots is None:
                return f"(?:{body})"
            slots[slot] = name
            return f"(?P<{slot}>{body})"

        return _SLOT.sub(piece, _blanks(pattern))

    def _shape(self, pattern: str, says: str) -> Shape:
        slots: dict[str, str] = {}
        whole = self._expanded(pattern, slots)
        return re.compile(rf"(?:{whole})(?!\w)"), says, slots

    def _any(self, rules: Iterable[Sequence[str]]) -> re.Pattern[str]:
        """Where any of the rules may match."""
        either = "|".join(f"(?:{self._expanded(pattern, None)})" for pattern, _ in rules)
        return re.compile(rf"(?<!\w)(?<!\d[.,:/])(?:{either})(?!\w)")

    def _before(self, pattern: str) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w)(?:{self._expanded(pattern, None)})$")

    def _leads(self, rules: Sequence[Sequence[str]]) -> Leads:
        either = "|".join(f"(?:{pattern})" for pattern, _ in rules)
        return Leads(self._before(either), [(self._before(pattern), says) for pattern, says in rules])

    def _alone(self, pattern: str) -> re.Pattern[str]:
        return re.compile(self._expanded(pattern, None))

    # what a match says

    @lru_cache(4096)  # noqa: B019 (languages live as long as the process)
    def word(self, table: str, text: str) -> str:
        """The English of a word as it stands in a text, in small letters."""
        own: Callable[[Language, str], str] | None = _SAYS.get(table)
        if own:
            return own(self, text)
        return next(str(says) for key, says in self.words[table].items() if re.fullmatch(_blanks(key), text))

    def says(self, match: re.Match[str], says: str, slots: dict[str, str]) -> str:
        """The English of a match: its template `says`, filled with the English of its slots."""
        words = {
            slot: self.word(table, match[slot]) if match[slot] else "00" if table == "minute" else ""
            for slot, table in slots.items()
        }
        return " ".join(says.format(**words).split())

    def number(self, text: str) -> int:
        """ "12", "12.", "XIIe", "zwölften" → 12. Raises StopIteration for a word of no table."""
        if digits := re.match(r"\d+", text):
            return int(digits[0])
        roman = re.fullmatch(rf"([ivxlc]+)(?:{self.data['glue']['roman_mark']})", text)
        if roman and not any(re.fullmatch(key, text) for key in self.words["ordinal"]):
            values = [_ROMAN[c] for c in roman[1]]
            return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))
        return int(next(n for key, n in self.words["ordinal"].items() if re.fullmatch(key, text)))


def _ordinal(language: Language, text: str) -> str:
    return ordinal(language.number(text))


def _count(language: Language, text: str) -> str:
    if text[0].isdigit():
        return text
    if both := language.compound.fullmatch(text):
        return str(sum(int(language.word(table, both[table])) for table in ("tens", "ones")))
    return language.word("number", text)


def _amount(language: Language, text: str) -> str:
    slots = {"count": "count", "unit": "unit"}
    parts = [language.says(m, "{count} {unit}", slots) for m in _amounts(language).finditer(text)]
    if re.search(f" (?:{language.data['glue']['and_half']})$", text):  # "2 hours and a half"
        count, _, unit = parts[-1].partition(" ")
        parts[-1] = f"{1 if count == 'a' else count}.5 {unit}"
    return " and ".join(parts)


@cache
def _amounts(language: Language) -> re.Pattern[str]:
    return re.compile(language._expanded("<count> <unit>", {}) + r"(?!\w)")


_SAYS: dict[str, Callable[[Language, str], str]] = {
    "day": lambda _, text: re.match(r"\d+", text)[0],  # type: ignore[index]
    "dd": lambda _, text: f"{int(text):02}",
    "mm": lambda _, text: f"{int(text):02}",
    "hour": lambda _, text: f"{int(text):02}",
    **{name: lambda _, text: text for name in ("year", "yy", "n", "minute", "decade", "decades")},
    "nth": _ordinal,
    "count": _count,
    "amount": _amount,
    "any_month": lambda language, text: _any_month(language, text),
}


def _any_month(language: Language, text: str) -> str:
    tables = (language.words["month"], language.words["month_short"])
    return next(says for t in tables for key, says in t.items() if re.fullmatch(key, text.rstrip(".")))


def _longest(words: Iterable[str]) -> list[str]:
    return [_blanks(w) for w in sorted(words, key=len, reverse=True)]


def _blanks(pattern: str) -> str:
    """With one or two white spaces for each blank; one in a look-behind, which has a fixed length."""
    fixed = re.sub(r"\(\?<[=!][^)]*\)", lambda m: m[0].replace(" ", r"\s"), pattern)
    return re.sub(r"(?<!\[) ", r"(?:\\s{1,2})", fixed)


@cache
def language(code: str) -> Language:
    """The rules of one of LANGUAGES."""
    return Language(lexicon(code))


@lru_cache(8192)
def meaning(english: str, setting: Setting) -> Reading | None:
    """What the English grammar reads in the whole of `english`; None where it is not one expression."""
    found = find(english, setting)
    if len(found) != 1 or found[0].end != len(english) or not _LED.fullmatch(english, 0, found[0].start):
        return None
    return found[0].reading


def small(text: str) -> str:
    """The text in small letters, every character at its place, and one kind of apostrophe."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return low.replace("’", "'")
