"""Digits: how they are written here and elsewhere, and what they come to."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache

from omnimodal.encoders.number.entity import MAX_EXPONENT
from omnimodal.encoders.number.patterns import table

Rational = int | Fraction
VULGAR = "¼-¾⅐-⅞↉"  # ½ and its like, for a class of characters: letters to `re`

# Every repetition that may run over the whole text is possessive or anchored by a lookbehind, so that a scan is linear.
# A grouped number starts at its first digits only, or a long one that fails would be tried again from each group.
FIRST = r"(?<![0-9][,.'’\u00a0\u202f\u2009])"
LITERAL = r"""
    [0-9]++(?:[.,][0-9]++)?\s?[x×·*]\s?10(?:\^[+−–-]?[0-9]{1,4}|[⁺⁻]?[⁰¹²³⁴-⁹]{1,4}|[−–][0-9]{1,3})(?!\w)  # 3×10⁸
  | (?<![\w.,–−-])10(?:−[0-9]{1,2}(?![\w.,]{0,9}\s?=)|[⁺⁻]?[⁰¹²³⁴-⁹]{1,4})(?!\w)                       # 10−5, 10⁶
  | (?<![0-9.,])[1-9]\.[0-9]{1,40}×10-?[1-9][0-9]?(?![\w-]|[.,][0-9])              # 5.97×1024, that was 10²⁴
  | [0-9]{1,6}\+[0-9]{1,3}[/⁄][0-9]{1,3}(?![0-9/⁄])                                  # 8+1⁄2
  | [0-9]{1,6}\s?[/⁄]\s?[0-9]{1,6}(?![0-9/])                                       # 3/4
  | <FIRST>[0-9]{1,3}(?:,[0-9]{3})++(?:\.[0-9]++)?(?![0-9])                              # 1,234,567.8
  | <FIRST>[0-9]{1,2}(?:,[0-9]{2}(?=,))++,[0-9]{3}(?:\.[0-9]++)?(?![0-9])                     # 12,34,567.89
  | <FIRST>[0-9]{1,3}(?:[\u00a0\u202f\u2009'’][0-9]{3})++(?:[.,][0-9]++)?(?![0-9])       # 1 234 567,8
  | <FIRST>[0-9]{1,3}(?:\.[0-9]{3})++,[0-9]++(?![0-9])                                   # 1.234,5
  | <FIRST>[0-9]{1,3}(?:\.[0-9]{3}){2,}+(?![0-9])                                        # 1.234.567
  | (?<![0-9],)[0-9]++,[0-9]++(?!,?[0-9])                                        # 1,3
  | (?:[0-9]++(?:\.[0-9]++)?|(?<![\w.])\.[0-9]++)(?:[eE][+-]?[0-9]++)?            # 12  1.5  .5  1e10
""".replace("<FIRST>", FIRST)
SPACED = FIRST.replace(",", " ,") + r"[0-9]{1,3}(?:\ [0-9]{3})++(?:,[0-9]++)?(?![0-9])|"  # 1 234 567,8, in some locales
# With the decimal mark of English, or without: 1 234 567.8; but not within a longer row of digits, 100 200 3000.
BLANKS = r"(?<![0-9]\ )(?<![0-9][.,])(?!0)[0-9]{1,3}(?:\ [0-9]{3})++(?:\.[0-9]++)?(?!\ ?[0-9]|[.,][0-9])|"


def writings(spaced: bool) -> str:
    """The pattern of digits in all their forms; `spaced`: a plain blank groups them, as in some locales."""
    return (SPACED if spaced else BLANKS) + LITERAL


@cache
def digit_format(locale: str) -> tuple[str, bool]:
    """The decimal mark of a locale, and whether a plain space groups its digits."""
    formats, tag = table("formats"), locale
    while tag and tag not in formats:
        tag = tag.rpartition("-")[0]
    found = formats[tag or "en"]
    return found["decimal"], found.get("space", False)


@cache
def locale_scales(locale: str) -> dict[str, int]:
    """How a locale abbreviates scales: Mio., Mrd."""
    formats, tag = table("formats"), locale
    while tag and "scale" not in formats.get(tag, {}):
        tag = tag.rpartition("-")[0]
    return formats["foreign"]["scale"] | (formats[tag]["scale"] if tag else {})


@cache
def _small_words() -> tuple[frozenset[str], frozenset[str]]:
    foreign = table("formats")["foreign"]
    return frozenset(foreign["small"]), frozenset(foreign["english"])


@cache
def _comma_words() -> frozenset[str]:
    return frozenset(table("formats")["foreign"]["counted"])


AROUND = 80  # characters before and behind a number, in which words tell the language
_words_of = re.compile(r"(?<![^\W\d_])[^\W\d_]+")  # not the "der" of a "wonder" that begins further before
_word_behind = re.compile(r"\s(?:[dD]['’])?([^\W\d_]++)")


def _decimal_told(text: str, start: int, end: int) -> bool:
    """Whether the word behind a number is of a language with a decimal comma, 628.718 Einwohner, or most small words
    around are."""
    word = _word_behind.match(text, end)
    if word is not None and word[1].lower() in _comma_words():
        return True
    foreign, english = _small_words()
    around = {word.lower() for word in _words_of.findall(text, max(start - AROUND, 0), end + AROUND)}
    return len(around & foreign) > 1 + 2 * len(around & english)  # Los Angeles alone tells nothing


_marks = re.compile(r"(?<=[0-9])[，．٫٬](?=[0-9])")
MARKS = {"，": ",", "．": ".", "٫": ".", "٬": ","}


def plain_digits(text: str) -> str:
    """The same text, as long as it was, with the decimal digits of all scripts, the marks between them, and the percent
    signs beside them as in ASCII: １，２３４ and ١٢٪."""
    if text.isascii():
        return text
    digits = {ord(c): str(unicodedata.decimal(c)) for c in set(text) if c.isdecimal() and not c.isascii()}
    if digits:
        text = _marks.sub(lambda m: MARKS[m.group()], text.translate(digits))
    return text.translate({ord("％"): "%", ord("٪"): "%"})


_times_ten = re.compile(r"\s?[x×·*]\s?10\^?|^10(?=[−⁺⁰¹²³⁴-⁻])")
_raised = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻−–", "0123456789+---")


@cache
def vulgar(sign: str) -> Fraction:
    return Fraction(unicodedata.normalize("NFKC", sign).replace("⁄", "/"))


def figures(text: str, start: int, end: int, decimal: str) -> Rational | None:
    """The exact value of the digits text[start:end], None where it is beyond all bounds. `decimal`: the mark of the
    locale, which decides what 1,234 and 1.234 are where no word tells; all other writings tell by themselves."""
    written = text[start:end]
    if written[-4:-3] in (".", ",") and written.count(written[-4]) == 1 and _decimal_told(text, start, end):
        decimal = ","
    return _value(written, decimal)


@lru_cache(maxsize=4096)
def _value(text: str, decimal: str) -> Rational | None:
    if len(text) > 2 * MAX_EXPONENT:
        return None
    if text.isdecimal():
        return int(text)
    if "/" in text or "⁄" in text:
        whole, _, ratio = text.rpartition("+")
        over, under = (int(part) for part in re.split("[/⁄]", ratio))
        return int(whole or 0) + Fraction(over, under) if under else None
    times = _times_ten.search(text)
    mantissa, _, exponent = text.lower().partition("e")
    if times:  # 1.4 × 10⁹
        mantissa, exponent = text[: times.start()] or "1", text[times.end() :].translate(_raised)
    mantissa = re.sub("[ \u00a0\u202f\u2009'’]", "", mantissa)
    groups = re.split(r"[.,]", mantissa)
    group = "," if decimal == "." else "."
    if "." in mantissa and "," in mantissa:  # the last mark is the decimal one
        mantissa = "".join(groups[:-1]) + "." + groups[-1]
    elif len(groups) > 2 or (group in mantissa and len(groups[1]) == 3 and 1 <= len(groups[0]) <= 3):
        mantissa = "".join(groups)
    else:
        mantissa = mantissa.replace(",", ".")
    if len(exponent) > 5 or abs(int(exponent or 0)) > 2 * MAX_EXPONENT:
        return None
    value = Fraction(Decimal(f"{mantissa}e{exponent or 0}"))
    return value.numerator if value.denominator == 1 else value
