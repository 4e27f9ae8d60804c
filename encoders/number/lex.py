"""Lexing: the tokens of a text that can be part of a number; what only looks like one (URL, phone) is skipped."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from omnimodal.encoders.number.entity import MAX_EXPONENT
from omnimodal.encoders.number.units import table

# Every repetition that may run over the whole text is possessive or anchored by a lookbehind, so that a scan is linear.
# [0-9], not \d: `plain_digits` has put digits of other scripts into these.
NOT_NUMBERS = r"""
    (?<![\w.+%-])[\w.+%-]++@[\w-]++(?:\.[\w-]++)*+                              # e-mail
  | (?<!\w)(?i:https?|ftp|file)://\S++ | (?<!\w)www\.\S++                       # URL
  | (?<!\w)(?i:isbn)(?:-1[03])?:?\s{0,2}[0-9][0-9xX\ -]{8,16}                   # ISBN
  | (?<!\w)(?i:version|release|build|ver|v)\.?\s[0-9]++\.[0-9][\w.+-]*+         # version 2.0
  | (?<![\w.])[vV]?(?![0-9]{1,3}(?:\.[0-9]{3}){2,8}(?![\w.]))[0-9]++(?:\.[0-9]++){2,}+(?:[\w+-]|\.(?=\w))*+ # 1.2.3
        (?:\s(?:to|and|or)\s[0-9]{1,4}\.[0-9]{1,4}(?![\w%]|[.,][0-9]|\s?[%°]))?                  # … to 1.26
  | (?<![\w.])\+[0-9]{1,3}(?=(?:[ ./()-]{0,2}[0-9]){7})(?:[ ./()-]{1,2}[0-9]{1,9}){2,6}(?!\w)   # +49 30 123456
  | (?<!\w)\+[0-9]{9,15}(?!\w)
  | \([0-9]{2,5}\)\ ?[0-9]{3,4}[ -]?[0-9]{3,6}(?!\w)                            # (030) 123 4567
  | (?=[0-9])(?:
        (?<![\w.,])[0-9]{3}-[0-9]{4}(?![\w-]|[.,][0-9])                             # 555-1234
      | (?<![\w.,])[0-9]{3}(?P<sep>[ .])[0-9]{3}(?P=sep)[0-9]{4}(?!\w)                    # 555 123 4567
      | (?<![\w.])[0-9]++(?:-[0-9xX]++){2,}+                                        # 978-0-13-110362-8, 2021-05-04
      | (?<![\w.])(?:1[0-9]|20)[0-9]{2}-(?:0[1-9]|1[0-2])(?![\w-])                  # 1995-01
      | (?<![\w/])[0-9]{1,4}/[0-9]{1,2}/[0-9]{1,4}(?!\w)                            # 04/01/1976
      | (?<![\w.,])[0-9]{1,2}(?:st|nd|rd|th)?\s(?:of\s)?<MONTH>(?:,?\s[0-9]{4})?(?!\w) # 31 February 2020
      | (?<![\w:])[0-9]{1,3}:[0-9]{1,3}(?::[0-9]{2})?(?:[.,][0-9]{1,6})?(?:[ap]m)?(?!\w) # 14:50, 3:15.92, Matthew 5:3
      | (?<![\w/])(?:24/7|9/11)(?![\w/])                                           # round the clock, a date
      | (?<![\w/.,])(?:(?:1[5-9]|20)[0-9]{2}/[0-9]{2}|(?:19|20)[0-9]{2}/[0-9]{3,4})(?![\w/])  # 2019/20, a season
      | (?<![\w.,–-])(?:[0-7][-–][0-7],\s){0,4}[0-7][-–][0-7]\([0-9]{1,2}\)
            (?:,\s[0-7][-–][0-7]){0,4}(?![\w–-])                                     # 6–4, 7–6(5)
      | (?<![\w.,–-])[0-7][-–][0-7](?:,\s[0-7][-–][0-7]){1,4}(?![\w–-]|\s(?!in|to|against|on|at)[a-z])  # 7–6, 6–4
      | (?<![\w.,–-])[0-9]{2}-[0-9]{7}(?![\w-])                                       # 12-3456789
      | (?<![\w.,–-])[0-9]{1,4}\s(?:(?!A\.\s?[DM]|[BP]\.)(?:[A-Z]\.\s?){2,3}(?:C\.\s?|Supp\.\s?|[23]d\s)?)
            (?:§{1,2}\s?)?[0-9]{1,5}(?:\([0-9a-zA-Z]{1,3}\)){0,5}(?![\w-])                         # 347 U.S. 483
      | (?<![\w.,–-])(?:1[89]|20)[0-9]{2}\s[LC]\s?[0-9]{1,4}(?!\w)                   # 1995 L 281
      | (?<![\w.,–-])[0-9]{1,4}(?:\((?:[0-9]{1,3}|[a-z]|[ivx]{1,4})\)){1,5}(?![\w%-])   # 12(b)(6), 401(k)
      | (?<![\w.,–-])[0-9]{1,4}\s?\([0-9]{1,3}\):\s[0-9]{1,5}(?:[–-][0-9]{1,5})?(?!\w) # 12 (3): 45–67
      | (?<![\w-])1-[0-9]{3}[- ](?:[0-9]{3}[- ][0-9]{4}|[A-Z]{4,10})(?![\w-])       # 1-800 555 1234, 1-800-FLOWERS
      | (?<![\w.,/–-])[0-9]{1,5}[A-Z]?\s(?:[A-Z][\w.'’]{0,20}\s){1,3}(?:<STREET>)(?!\w)  # 121 Wall Street
      | (?<=["“‘])[0-9]{1,4}(?:\s(?:[A-Z][\w'’-]{0,30}|<SMALL>)){1,8}[.,!?]?["”’]     # “12 Angry Men”
    )
  | (?<!\w)<INITIAL><MONTH>\s[0-9]{1,2}(?:st|nd|rd|th)?,?\s[0-9]{4}(?!\w)                 # February 31, 2020
  | (?<!\w)['’]?[0-9]{1,3}0['’]?s(?!\w)                                         # 1990s
  | (?<!\w)[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?!\w)            # UUID
  | \[\ ?[0-9]{1,3}(?:\ ?[,;–-]\ ?[0-9]{1,3}){0,20}\ ?\]                            # [12], [7–9, 11]: citations
  | (?<!\w)(?=[pPTtFfnN])(?:
        [pP]{1,2}\.\s?[0-9]{1,5}(?:\s?[,–-]\s?[0-9]{1,5}){0,9}(?!\w|[.,][0-9])             # pp. 12–15, 20
      | [nN]o\.\s?[0-9]++(?:[–/-][0-9]++)++                                               # No. 08-1371
      | [nN]os\.\s[0-9]++(?:(?:,|\sto|\sand|,?\s&)\s[0-9]++|[–-][0-9]++)++                # Nos. 41 to 60
      | (?i:tel|telephone|phone|fax)[.:]{0,2}\s?[+(]?[0-9][0-9 ()/.-]{4,18}[0-9]           # Tel. 030/8321-4567
    )
  | \[[0-9]{4}\]\s(?:[0-9]{1,2}\s)?[A-Z]{2,6}\s[0-9]{1,5}(?!\w)                         # [1994] 1 AC 212
  | §{1,2}\s?[0-9]++(?:\([0-9a-zA-Z]{1,3}\)){1,5}                                            # § 1030(a)(2)
  | (?<!\w)0[xX][0-9a-fA-F]++ | \#[0-9a-fA-F]{3,40}(?![\w-])                       # 0xff, #c0ffee
"""

# A grouped number starts at its first digits only, or a long one that fails would be tried again from each group.
FIRST = r"(?<![0-9][,.'’\u00a0\u202f\u2009])"
LITERAL = r"""
    [0-9]++(?:[.,][0-9]++)?\s?[x×·*]\s?10(?:\^[+−–-]?[0-9]{1,4}|[⁺⁻]?[⁰¹²³⁴-⁹]{1,4}|[−–][0-9]{1,3})(?!\w)  # 3×10⁸
  | (?<![\w.,–−-])10(?:−[0-9]{1,2}(?![\w.,]*\s?=)|[⁺⁻]?[⁰¹²³⁴-⁹]{1,4})(?!\w)                       # 10−5, 10⁶
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
Rational = int | Fraction


@cache
def _scanner(spaced: bool) -> re.Pattern[str]:
    literal = (SPACED if spaced else BLANKS) + LITERAL
    months = table("en")["context"]["months"]
    skip = NOT_NUMBERS.replace("<MONTH>", f"(?:{'|'.join(months)})")
    skip = skip.replace("<SMALL>", "of|the|and|a|in|to|for|on|&")
    skip = skip.replace("<STREET>", "|".join(table("en")["label"]["streets"]))
    skip = skip.replace("<INITIAL>", f"(?=[{''.join(sorted({m[0] for m in months}))}])")
    return re.compile(
        rf"(?P<skip>{skip})|(?P<literal>{literal})|(?P<vulgar>[¼-¾⅐-⅞↉])|(?P<word>[^\W\d_]++)",
        re.VERBOSE,
    )


@cache
def digit_format(locale: str) -> tuple[str, bool]:
    """The decimal mark of a locale, and whether a plain space groups its digits."""
    formats, tag = table("formats"), locale
    while tag and tag not in formats:
        tag = tag.rpartition("-")[0]
    found = formats[tag or "en"]
    return found["decimal"], found.get("space", False)


@cache
def _locale_scales(locale: str) -> dict[str, int]:
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
_words_of = re.compile(r"[^\W\d_]+")
_word_behind = re.compile(r"\s(?:[dD]['’])?([^\W\d_]++)")


def _decimal_told(text: str, start: int, end: int) -> bool:
    """Whether the word behind a number is of a language with a decimal comma, 628.718 Einwohner, or most small words
    around are."""
    word = _word_behind.match(text, end)
    if word is not None and word[1].lower() in _comma_words():
        return True
    foreign, english = _small_words()
    around = set(_words_of.findall(text[max(start - AROUND, 0) : end + AROUND].lower()))
    return len(around & foreign) > 2 * len(around & english)


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


class Token(NamedTuple):
    """`kind`: literal, vulgar (½), from_end, ones, tens, hundred, scale, ordinal, ordinals (plural), part,
    or a word's role."""

    kind: str
    value: Rational
    start: int
    end: int


@cache
def vocabulary(language: str = "en") -> dict[str, tuple[str, int]]:
    """Word → (kind, value)."""
    words = table(language)
    found = {
        w: (kind, v)
        for kind in ("ones", "tens", "hundred", "scale", "counted", "part", "ordinal")
        for w, v in words[kind].items()
    }
    found |= {f"{w}s": ("ordinals", v) for w, v in words["ordinal"].items() if v != 2}
    return found | {w: (role, 0) for w, role in words["word"].items()}


@cache
def _from_end(language: str = "en") -> tuple[frozenset[str], re.Pattern[str]]:
    """The first words of the phrases that count from the end and of those that count nothing, and the phrases."""
    phrases = [*table(language)["from_end"], *table(language)["idiom"]["plain"]]
    forms = (re.escape(p).replace(r"\ ", r"[\s-]") for p in sorted(phrases, key=len, reverse=True))
    return frozenset(p.split()[0] for p in phrases), re.compile(rf"(?:{'|'.join(forms)})(?!\w)", re.IGNORECASE)


def tokens(text: str, locale: str = "en") -> list[Token]:
    """All tokens that may be part of a number, left to right."""
    words, (openings, phrase_at) = vocabulary(), _from_end()
    decimal, spaced = digit_format(locale)
    scales = _locale_scales(locale)
    found: list[Token] = []
    done = 0  # a phrase has more than one word
    for match in _scanner(spaced).finditer(text):
        kind, (start, end) = match.lastgroup, match.span()
        if kind == "skip" or start < done:
            continue
        if kind == "word":
            word = match.group().lower()
            if word in openings and (phrase := phrase_at.match(text, start)):
                done = phrase.end()
                value = table("en")["from_end"].get(re.sub(r"[\s-]", " ", phrase.group().lower()))
                if value is not None:
                    found.append(Token("from_end", value, start, done))
            elif word in scales:
                found.append(Token("scale", scales[word], start, end + (text[end : end + 1] == "." and len(word) == 3)))
            elif (known := words.get(word)) and known[0] in ("ones", "tens") and _hyphened(text, start):
                if found and found[-1].end == start - 1:  # 7-Eleven is neither 7 nor 11
                    found.pop()
            elif (
                known and known[0] == "ones" and _behind_word(text, start) and (not found or found[-1].end < start - 1)
            ):
                continue  # an inline-six
            elif (known := words.get(word)) and not (
                start and (text[start - 1].isdigit() or text[start - 1] == "_") and known[0] != "scale"
            ):
                found.append(Token(*known, start, end))
        elif kind == "vulgar":
            found.append(Token("vulgar", _vulgar(match.group()), start, end))
        elif " " in (written := match.group()) and _is_row(written):
            found += (
                Token("literal", int(m.group()), start + m.start(), start + m.end()) for m in _run.finditer(written)
            )
        elif _stands_alone(text, start) and (
            (digits := _literal(written, "," if _in_three(written) and _decimal_told(text, start, end) else decimal))
            is not None
        ):
            found.append(Token("literal", digits, start, end))
    return found


def _in_three(written: str) -> bool:
    """Whether one mark stands before three digits: 1.234 and 1,234 are of two sizes."""
    return written[-4:-3] in (".", ",") and written.count(written[-4]) == 1


_run = re.compile(r"[0-9]+")


def _is_row(written: str) -> bool:
    """Whether groups of three digits with blanks between are numbers one after the other: 100 200 300; 101 102 103."""
    groups = written.split(" ")
    if len(groups[0]) < 3 or not all(len(group) == 3 and group.isdigit() for group in groups):
        return False
    if len(groups) > 5:
        return True
    values = [int(group) for group in groups]
    step = values[1] - values[0]
    even = (abs(step) <= 10 or step % 50 == 0) and all(b - a == step for a, b in pairwise(values))
    return (even and len(groups) > 2) or (
        step > 0 and all(value % 100 == 0 for value in values) and values == sorted(values)
    )


_measured_before = re.compile(r"(?<![\w-])[0-9][0-9.,]{0,8}[^\W\d_]{1,4}-$|(?<![\w-])[0-9]{1,4}-by-$")
_identifier_before = re.compile(r"[^\W\d_]-?[0-9]{1,8}-$")


def _stands_alone(text: str, start: int) -> bool:
    """Not the digits of a word, an identifier or a path: x1, COVID-19, B52-3, F_3, a/5, 555/1234."""
    before = text[start - 1 : start]
    if before in ("", " ", "\n", ",", "$", "("):
        return True
    if before in (")", "]"):  # Fe(SCN)3
        return False
    if before.isalnum() or before == "_":
        return before.isupper() and _code_before(text, start)
    earlier = text[max(start - 2, 0) : start - 1]
    if before == "-" and earlier.isdigit() and _identifier_before.search(text, max(start - 10, 0), start):
        return False
    if before == "-" and earlier.isalpha() and _measured_before.search(text, max(start - 16, 0), start):
        return True  # 5kg-7kg; 3-by-5-foot
    return not ((before in ("-", "/", "\\") and earlier.isalpha()) or (before in ("/", ":") and earlier.isdigit()))


def _code_before(text: str, start: int) -> bool:
    """Whether the code of a currency hangs at the digits: USD3.5."""
    if start > 3 and (text[start - 4].isalnum() or text[start - 4] in "_-"):
        return False
    return start >= 3 and text[start - 3 : start] in table("units")["currency"]


def _hyphened(text: str, start: int) -> bool:
    """Whether a capital word hangs at digits: 7-Eleven."""
    return text[start].isupper() and text[start - 1 : start] == "-" and text[max(start - 2, 0) : start - 1].isdigit()


_word_before = re.compile(r"(?<![\w-])[^\W\d_]{3,12}-$")


def _behind_word(text: str, start: int) -> bool:
    """Whether a hyphen joins what begins at `start` to a word: an inline-six."""
    return text[start - 1 : start] == "-" and _word_before.search(text, max(start - 14, 0), start) is not None


_times_ten = re.compile(r"\s?[x×·*]\s?10\^?|^10(?=[−⁺⁰¹²³⁴-⁻])")
_raised = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻−–", "0123456789+---")


@cache
def _vulgar(sign: str) -> Fraction:
    return Fraction(unicodedata.normalize("NFKC", sign).replace("⁄", "/"))


@lru_cache(maxsize=4096)
def _literal(text: str, decimal: str) -> Rational | None:
    """The exact value of digits, None where it is beyond all bounds. `decimal`: the mark of the locale, which decides
    what 1,234 and 1.234 are; all other writings tell by themselves."""
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
