"""Four digits alone: a year, a count, or the number of something."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from omnimodal.encoders.date.expressions import words
from omnimodal.encoders.date.expressions.meaning import Setting, next_word, previous_word
from omnimodal.encoders.date.expressions.reading import Fields, Reading, template


class Beside(NamedTuple):
    """The word before a year, in small letters, and the one behind; whether that is a noun, and of several things."""

    before: str
    after: str
    noun: bool
    several: bool


_SEVERAL = re.compile(r"(?!(?:was|is|has|this|its|his|as)\b)[a-z]+(?:[^s\W]s|men|people|children)|men|people")
_LATER_THAN = re.compile(r"\b(?:later|earlier|sooner)\sthan\s$", re.IGNORECASE)
_NEAR = range(1900, 2030)  # a count of these days has its comma in most texts


def plain_year(m: re.Match[str], s: Setting) -> Reading | None:
    """Four digits that stand as a year does: not "2019 people", "2019 km", "page 1950", "1,950", "$1999"."""
    value, beside = int(m[0]), _beside(m)
    last = 2999 if beside.before in words.table()["future_cues"] and not beside.noun else 2100
    if not 1000 <= value <= last or _is_count(beside) or _is_number(m, value, beside):
        return None
    if beside.before in words.table()["yearly"] and m.string[m.start() - 1 - len(beside.before)].isupper():
        return template(Fields(value)).but(prior=0.95)  # the Education Act 1902: surer than that it is a mere number
    sure = beside.before in words.table()["year_cues"] or _in_place(m, value, beside)
    near = value in _NEAR and not _after_noun(m, beside.before) and (sure or not beside.several)
    return template(Fields(value)).but(prior=0.92 if near else 0.9 if sure else 0.75)


def _beside(m: re.Match[str]) -> Beside:
    before, after = previous_word(m), next_word(m)
    if before == "than" and _LATER_THAN.search(m.string, max(0, m.start() - 16), m.start()):
        before = "in"
    noun = bool(after) and not words.expand("<no_noun>").match(m.string, m.end())
    return Beside(before, after, noun, noun and bool(_SEVERAL.fullmatch(after)))


def _is_count(beside: Beside) -> bool:
    """ "In 1950 people", "ca. 1000 authors, and 1500 horses"."""
    table = words.table()
    about = beside.before in table["approximations"] or beside.before in ("c", "ca")
    many = beside.several and (about or beside.before in ("of", "and", "to", "for"))
    return many or beside.after.lower() in table["not_year_after"]


_CODE = re.compile(r"(?:[A-Z\d]|\b[a-z]{1,2})-$")  # 14-cv-1234, M-AB-1234; not mid-1234
_LABEL = re.compile(r"\b[A-Z]{2,}[\s-]$")
_HYPHEN = re.compile(r"-\d")


def _is_number(m: re.Match[str], value: int, beside: Beside) -> bool:
    """That of a house, a page, a code, a galaxy, a price, a model: 1600 Pennsylvania Avenue, NGC 1300, $1999."""
    text, start = m.string, m.start()
    signed = (start and text[start - 1] in "$€£¥#/") or text[m.end() : m.end() + 1] in ("%", "°")
    coded = identifier(m) or _CODE.search(text, max(0, start - 8), start)
    labelled = value < 1900 and _LABEL.search(text, max(0, start - 12), start)
    listed = beside.before in words.table()["not_year_before"]
    return bool(signed or coded or labelled or listed or _address().match(text, m.end()) or _is_model(m, beside))


def identifier(m: re.Match[str]) -> bool:
    """ "CVE-2024-1234": a year between a name's hyphen and more digits is a number of something."""
    before = m.string[max(0, m.start() - 2) : m.start()]
    return before[-1:] == "-" and before[0].isupper() and ("-" in m[0] or bool(_HYPHEN.match(m.string, m.end())))


@cache
def _address() -> re.Pattern[str]:
    return re.compile(rf"\s(?:[NSEW]\.?\s)?(?:[A-Z]\w+\.?\s){{1,3}}(?:{words.any_of(words.table()['streets'])})\b")


_NAME = re.compile(r"(?:\b(?P<the>[Tt]he|[Aa]n?)|(?:^|[.!?]['\"”)]?\s))\s?(?P<name>[A-Z][\w'’-]*)\s$")
# Tables of words that years stand behind.
_LEADING = ("year_cues", "yearly", "begins_or_ends", "before_months", "approximations", "seasons", "months", "eras")


def _leads(word: str) -> bool:
    return any(word in words.table()[table] for table in _LEADING)


def _is_model(m: re.Match[str], beside: Beside) -> bool:
    """ "The Lancia 2000", "Windows 2000 was": one name and its number; not "The Olympics 1936", "Opened 1936"."""
    name = _NAME.search(m.string, max(0, m.start() - 24), m.start())
    if not name or not (name["the"] or beside.after in words.table()["is_or_was"]):
        return False
    return not _leads(name["name"].lower())


def _after_noun(m: re.Match[str], word: str) -> bool:
    """ "Locomotive 1935", "mile 1928": a word in small letters before, and none that leads to a year."""
    before = m.string[max(0, m.start() - 1 - len(word)) : m.start() - 1]
    known = _leads(word) or any(word in words.table()[table] for table in ("determiners", "no_nouns"))
    return word != "" and before == word and not known


_OPENS = re.compile(r"(?:^|[.!?;:]['\"”)]?\s{1,2}|\n\s*|†)$")
_LISTED = re.compile(r"\d{4},?\s(?:(?:and|or|&)\s)?$")
_LISTING = re.compile(r",?\s(?:(?:and|or|&)\s)?(?:1\d|20)\d\d(?![\w%°]|[.,:]\d|\s[a-z]+s\b)")
_CLOSED = re.compile(r"\s?(?:[.;,):\]]|$)")


def _in_place(m: re.Match[str], value: int, beside: Beside) -> bool:
    """Whether a year stands where no count would: "the 2011 census", "a 1997 film", "(1889)", "1804, 1806 and 1812",
    "Oxford, 1998."; and as first word before a name or one thing, "2008 Summer Olympics"."""
    text, before = m.string, m.string[max(0, m.start() - 10) : m.start()]
    opens = m.start() == 0 or bool(_OPENS.search(before))
    if beside.several:  # "the 1990 elections"; people are in not_year_after
        return value >= 1800 and beside.before in ("the", "its", "his", "their")
    if beside.noun:
        named = beside.before in words.table()["determiners"] or opens or text[m.end() + 1].isupper()
        return named and (value >= 1500 or beside.before == "the")
    if opens or beside.before in words.table()["begins_or_ends"]:
        return True  # (born 1944); 1848: revolution
    if _LISTED.search(before) or _LISTING.match(text, m.end()):
        return True
    return before.endswith(("(", ", ")) and bool(_CLOSED.match(text, m.end()))
