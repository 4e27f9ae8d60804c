"""Numbers that are part of a name: Boeing 747, Windows 11, Route 66, World Cup 2018, postcode 73540."""

from __future__ import annotations

import re
from functools import cache

from omnimodal.context import current
from omnimodal.encoders.number.parse import Found
from omnimodal.encoders.number.patterns import plural_at, said, table
from omnimodal.encoders.number.quantity import Quantity

LONGEST = 24  # letters of the word before
_number_sign = re.compile(r"(?<!\w)(?:N[or]s?\.?\s|nos?\.\s|№\s?|[Oo]pp?\.\s|K\.\s)$")  # No 10, no. 5, Op. 3, K. 384
_acronym_apart = re.compile(r"(?<![\w'’&-])[A-Z]{1,24}\s-\s$")
_camel = re.compile(r"[a-z]{1,20}[A-Z]")
_title = re.compile(r"\s[A-Z][a-z]+s(?!\w)")
_after = re.compile(r"\s([^\W\d_]{1,20})(?!\w)")


def is_named(text: str, found: Found, q: Quantity) -> bool:
    """Whether the digits that were found, read as q with what stands around them, name a thing and tell no quantity."""
    if q.before in ("no", "№", "nr", ".") and _number_sign.search(text, max(0, q.start - 5), q.start):
        return True
    if q.before in ("=", ">", "<"):  # Python >=3.9: what has releases
        releases = said(r"(?<!\w)WORDS\s?[<>=~]{1,2}\s?$", "label", "names")
        return releases.search(text, max(0, q.start - 20), q.start) is not None
    if q.kind != "cardinal" or q.currency or q.start != found.start or not (q.before[:1].isalpha() or q.before == "-"):
        return False
    unit = text[found.end : q.end] if q.unit else ""
    letter = unit == "s" or (unit.isupper() and len(unit) == 1)  # Boeing 747s, seat 14A
    single = unit in _singulars() and q.value != 1  # World Cup 2018 day five
    if q.end != found.end and not (letter or single):
        return False
    if text[found.end : found.end + 1] in ("-", "–") and text[found.end + 1 : found.end + 2].isdigit():
        return False  # a score, or a range
    return is_label(text, found.start, found.end)


def is_label(text: str, start: int, end: int) -> bool:
    """Whether the plain digits [start, end) belong to the word before them, which makes the two a name. In other
    languages than English, that may write all nouns with a capital, nothing is."""
    if start < 2 or not current().locale.startswith("en") or text[start - 1] not in " \u00a0":
        return False
    if _acronym_apart.search(text, max(start - LONGEST, 0), start):  # as tokenizers leave COVID-19
        return end - start <= 3
    first = start - 1
    while first > 0 and start - first <= LONGEST and (text[first - 1].isalnum() or text[first - 1] in "-’'&"):
        first -= 1
    if _is_key(text, start, end) or _is_numbered(text, start, end):
        return True
    word = text[first : start - 1]
    return word[:1].isalpha() and not word.islower() and _is_name(text, first, word, start, end)


def _is_key(text: str, start: int, end: int) -> bool:
    """The postcode is 73540, list number 1256780; area code 212."""
    if end - start >= 4 and "," not in text[start:end]:
        form = r"(?<!\w)(?:WORDS|([a-z]{2,20})\snumber)(?:\snumber)?(?:\s(?:is|was)|:)?\s$"
        key = said(form, "label", "codes").search(text, max(start - 2 * LONGEST, 0), start)
        if key and key[1] not in _words()["plain"]:
            return True
    return (
        said(r"(?<!\w)WORDS\s(?i:code)\s$", "label", "coded").search(text, max(start - LONGEST, 0), start) is not None
    )


def _is_numbered(text: str, start: int, end: int) -> bool:
    """Runway 02, gas mark 6."""
    before = said(r"(?<!\w)WORDS\s$", "label", "numbered").search(text, max(start - LONGEST, 0), start)
    return before is not None and (before[0][0].isupper() or not plural_at().match(text, end))


def _is_name(text: str, first: int, word: str, start: int, end: int) -> bool:
    """Whether a word with a capital, which begins at `first`, makes a name with the digits after it.

    Not so where the word is capital for another reason: it begins a sentence, stands in a shouted line, or is one of
    the small words of a title ("Over 900 Dead"); nor where people or times are counted right after ("in Paris 20 men").
    What begins a sentence is a name if it is known as one ("Route 66"), is an acronym ("ISO 9001"), or has a capital
    inside ("PlayStation 5").
    """
    words, lower = _words(), word.lower()
    if end - start > (9 if word.isupper() else 5) or "," in text[start:end] or lower in words["plain"]:
        return False
    following = _after.match(text, end)
    if following and following[1].lower() in words["counted"]:
        return False
    if (lower in words["names"] and word[0].isupper()) or (len(word) > 2 and _camel.search(word)):
        return True
    shouted = word.isupper() and (text[max(first - LONGEST, 0) : first] + text[end : end + LONGEST]).isupper()
    if _begins(text, first):
        return 1 < len(word) < 6 and word.isupper() and word.isalpha() and not shouted
    if not word[0].isupper() or (shouted and len(word) > 3):
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
def _words() -> dict[str, frozenset[str]]:
    return {key: frozenset(words) for key, words in table("en")["label"].items()}


@cache
def _singulars() -> frozenset[str]:
    """Times in the singular with a blank before them, of which there can be no two."""
    return frozenset(f" {unit}" for unit in table("units")["ages"])
