"""Lexing: the tokens of a text that can be part of a number; what only looks like one (URL, phone) is skipped."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from omnimodal.encoders.number.entity import MAX_EXPONENT
from omnimodal.encoders.number.units import table

# Every repetition that may run over the whole text is possessive or anchored by a lookbehind, so that a scan is linear.
# [0-9], not \d: digits of other scripts are left to their languages.
NOT_NUMBERS = r"""
    (?<![\w.+%-])[\w.+%-]++@[\w-]++(?:\.[\w-]++)*+                              # e-mail
  | (?<!\w)(?i:https?|ftp|file)://\S++ | (?<!\w)www\.\S++                       # URL
  | (?<!\w)(?i:isbn)(?:-1[03])?:?\s{0,2}[0-9][0-9xX\ -]{8,16}                   # ISBN
  | (?<!\w)(?i:version|release|build|ver|v)\.?\s[0-9]++\.[0-9][\w.+-]*+         # version 2.0
  | (?<![\w.])[vV]?(?![0-9]{1,3}(?:\.[0-9]{3}){2,8}(?![\w.]))[0-9]++(?:\.[0-9]++){2,}+[\w+-]*+ # 1.2.3, 10.0.0.1
  | (?<![\w.])\+[0-9]{1,3}(?=(?:[ ./()-]{1,2}[0-9]{1,9}){2})(?:[ ./()-]{1,2}[0-9]{2,9}){2,6}(?!\w)   # +49 30 123456
  | (?<!\w)\+[0-9]{9,15}(?!\w)
  | \([0-9]{2,5}\)\ ?[0-9]{3,4}[ -]?[0-9]{3,6}(?!\w)                            # (030) 123 4567
  | (?<![\w.,])[0-9]{3}-[0-9]{4}(?![\w-]|[.,][0-9])                             # 555-1234
  | (?<![\w.,])[0-9]{3}(?P<sep>[ .])[0-9]{3}(?P=sep)[0-9]{4}(?!\w)                    # 555 123 4567
  | (?<![\w.])[0-9]++(?:-[0-9xX]++){2,}+                                        # 978-0-13-110362-8, 2021-05-04
  | (?<![\w.])(?:1[0-9]|20)[0-9]{2}-(?:0[1-9]|1[0-2])(?![\w-])                  # 1995-01
  | (?<![\w/])[0-9]{1,4}/[0-9]{1,2}/[0-9]{1,4}(?!\w)                            # 04/01/1976
  | (?<![\w:])[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?!\w)                           # 14:50
  | (?<!\w)['’]?[0-9]{1,3}0['’]?s(?!\w)                                         # 1990s
  | (?<!\w)[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?!\w)            # UUID
  | (?<!\w)0[xX][0-9a-fA-F]++ | \#[0-9a-fA-F]{3,40}(?!\w)                       # 0xff, #c0ffee
"""

# A grouped number starts at its first digits only, or a long one that fails would be tried again from each group.
FIRST = r"(?<![0-9][,.'’\u00a0\u202f\u2009])"
LITERAL = r"""
    [0-9]{1,6}\s?[/⁄]\s?[0-9]{1,6}(?![0-9/])                                       # 3/4
  | <FIRST>[0-9]{1,3}(?:,[0-9]{3})++(?:\.[0-9]++)?(?![0-9])                              # 1,234,567.8
  | <FIRST>[0-9]{1,2}(?:,[0-9]{2}(?=,))++,[0-9]{3}(?:\.[0-9]++)?(?![0-9])                     # 12,34,567.89
  | <FIRST>[0-9]{1,3}(?:[\u00a0\u202f\u2009'’][0-9]{3})++(?:[.,][0-9]++)?(?![0-9])       # 1 234 567,8
  | <FIRST>[0-9]{1,3}(?:\.[0-9]{3})++,[0-9]++(?![0-9])                                   # 1.234,5
  | <FIRST>[0-9]{1,3}(?:\.[0-9]{3}){2,}+(?![0-9])                                        # 1.234.567
  | (?<![0-9],)[0-9]++,[0-9]++(?!,?[0-9])                                        # 1,3
  | (?:[0-9]++(?:\.[0-9]++)?|(?<![\w.])\.[0-9]++)(?:[eE][+-]?[0-9]++)?            # 12  1.5  .5  1e10
""".replace("<FIRST>", FIRST)
TOKEN = re.compile(
    rf"(?P<skip>{NOT_NUMBERS})|(?P<literal>{LITERAL})|(?P<vulgar>[¼-¾⅐-⅞↉])|(?P<word>[^\W\d_]++)", re.VERBOSE
)


class Token(NamedTuple):
    """`kind`: literal, vulgar (½), ones, tens, hundred, scale, ordinal, ordinals (plural), part, or a word's role."""

    kind: str
    value: Fraction
    start: int
    end: int


@cache
def vocabulary(language: str = "en") -> dict[str, tuple[str, Fraction]]:
    """Word → (kind, value)."""
    words = table(language)
    found = {
        w: (kind, Fraction(v)) for kind in ("ones", "tens", "hundred", "scale", "part") for w, v in words[kind].items()
    }
    found |= {w: ("ordinal", Fraction(v)) for w, v in words["ordinal"].items()}
    found |= {f"{w}s": ("ordinals", Fraction(v)) for w, v in words["ordinal"].items() if v != 2}
    return found | {w: (role, Fraction(0)) for w, role in words["word"].items()}


def tokens(text: str) -> list[Token]:
    """All tokens that may be part of a number, left to right."""
    words, found = vocabulary(), []
    for match in TOKEN.finditer(text):
        kind, start, end = match.lastgroup, match.start(), match.end()
        if kind == "word":
            known = words.get(match.group().lower())
            if known and not (start and (text[start - 1].isdigit() or text[start - 1] == "_") and known[0] != "scale"):
                found.append(Token(*known, start, end))
        elif kind == "literal" and _stands_alone(text, start):
            value = _literal(match.group())
            if value is not None:
                found.append(Token("literal", value, start, end))
        elif kind == "vulgar":
            found.append(
                Token("vulgar", Fraction(unicodedata.normalize("NFKC", match.group()).replace("⁄", "/")), start, end)
            )
    return found


def _stands_alone(text: str, start: int) -> bool:
    """Not the digits of a word, an identifier or a path: x1, COVID-19, F_3, a/5, 555/1234."""
    before, earlier = text[start - 1 : start], text[max(start - 2, 0) : start - 1]
    if before.isalnum() or before == "_":
        return False
    return not ((before in ("-", "/", "\\") and earlier.isalpha()) or (before in ("/", ":") and earlier.isdigit()))


def _literal(text: str) -> Fraction | None:
    """The exact value of digits, None where it is beyond all bounds."""
    if len(text) > 2 * MAX_EXPONENT:
        return None
    if "/" in text or "⁄" in text:
        over, under = (int(part) for part in re.split("[/⁄]", text))
        return Fraction(over, under) if under else None
    mantissa, _, exponent = text.lower().partition("e")
    for mark in "\u00a0\u202f\u2009'’":
        mantissa = mantissa.replace(mark, "")
    groups = re.split(r"[.,]", mantissa)
    if "." in mantissa and "," in mantissa:  # the last mark is the decimal one
        mantissa = "".join(groups[:-1]) + "." + groups[-1]
    elif len(groups) > 2 or ("," in mantissa and len(groups[1]) == 3 and 1 <= len(groups[0]) <= 3):
        mantissa = "".join(groups)
    else:
        mantissa = mantissa.replace(",", ".")
    if len(exponent) > 5 or abs(int(exponent or 0)) > 2 * MAX_EXPONENT:
        return None
    return Fraction(Decimal(f"{mantissa}e{exponent or 0}"))
