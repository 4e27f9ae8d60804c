"""Numbers that are part of a name: Boeing 747, Windows 11, Route 66, World Cup 2018."""

from __future__ import annotations

import re
from functools import cache

from omnimodal.context import current
from omnimodal.encoders.number.patterns import phrases, plural_at
from omnimodal.encoders.number.units import table

LONGEST = 24  # letters of the word before
_camel = re.compile(r"[a-z]{1,20}[A-Z]")
_title = re.compile(r"\s[A-Z][a-z]+s(?!\w)")
_after = re.compile(r"\s([^\W\d_]{1,20})(?!\w)")


def is_label(text: str, start: int, end: int) -> bool:
    """Whether the plain digits [start, end) belong to the capitalised word before them, which makes the two a name.

    Not so where the word is capital for another reason: it begins a sentence, stands in a shouted line, or is one of
    the small words of a title ("Over 900 Dead"); nor where people or times are counted right after ("in Paris 20 men").
    What begins a sentence is a name if it is known as one ("Route 66"), is an acronym ("ISO 9001"), or has a capital
    inside ("PlayStation 5"). In other languages, that may write all nouns with a capital, nothing is a label.
    """
    if start < 2 or not current().locale.startswith("en") or text[start - 1] not in " \u00a0":
        return False
    first = start - 1
    spaced = text[start - 3 : start] == " - "  # as tokenisers leave COVID-19
    if spaced:
        first = start - 3
    while first > 0 and start - first <= LONGEST and (text[first - 1].isalnum() or text[first - 1] in "-’'&"):
        first -= 1
    word = text[first : start - 3 if spaced else start - 1]
    if spaced:
        return word.isupper() and word.isalpha() and end - start <= 3
    if (
        end - start >= 4
        and "," not in text[start:end]
        and _key_before().search(text, max(start - 2 * LONGEST, 0), start)
    ):
        return True
    if _numbered_before().search(text, max(start - LONGEST, 0), start) and not plural_at().match(text, end):
        return True
    if word.lower() == "code" and _coded().search(text, max(first - LONGEST, 0), first):
        return True
    if end - start > (9 if word.isupper() else 5) or "," in text[start:end] or word.islower() or not word[:1].isalpha():
        return False
    words = _words()
    lower = word.lower()
    if lower in words["plain"]:
        return False
    following = _after.match(text, end)
    if following and following[1].lower() in words["counted"]:
        return False
    if lower in words["names"] and word[0].isupper():
        return True
    if len(word) > 2 and _camel.search(word):
        return True
    if not word[0].isupper():
        return False
    shouted = word.isupper() and (text[max(first - LONGEST, 0) : first] + text[end : end + LONGEST]).isupper()
    if _begins(text, first):
        return 1 < len(word) < 6 and word.isupper() and word.isalpha() and not shouted
    if shouted and len(word) > 3:
        return False
    return not _title.match(text, end)


def _begins(text: str, first: int) -> bool:
    """Whether a sentence begins at `first`."""
    last = first - 1
    while last >= 0 and first - last <= 4 and (text[last].isspace() or text[last] in "\"'“‘([*-–—•"):
        if text[last] in "\n•*":
            return True
        last -= 1
    return last < 0 or text[last] in ".!?:;…"


@cache
def _key_before() -> re.Pattern[str]:
    """The postcode is, call number, IMO: what names a key of four digits and more."""
    codes = "|".join(table("en")["label"]["codes"])
    kind = r"(?<!\w)(?!the|an?|of|this|that|total|in|large|small|high|great)[a-z]{3,20}"
    return re.compile(rf"(?:(?<!\w)(?i:{codes})|{kind}\snumber)(?:\snumber)?(?:\s(?:is|was)|:)?\s$")


@cache
def _numbered_before() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?i:{phrases(table('en')['label']['numbered'])})\s$")


@cache
def _coded() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?i:{'|'.join(table('en')['label']['coded'])})\s$")


@cache
def _words() -> dict[str, frozenset[str]]:
    return {key: frozenset(words) for key, words in table("en")["label"].items()}
