"""Currencies: the codes, signs and names of data/number/currencies.toml, before and after a number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from omnimodal.encoders.number.patterns import one_of, table
from omnimodal.encoders.number.units import unit_forms


class Price(NamedTuple):
    """A currency beside a number: the worth of one (a cent is 0.01 dollars, a MUSD a million), where it starts or ends,
    and whether the word may mean something else: before a number a name ("Euro 2012"), after it weight ("pounds")."""

    code: str
    worth: Fraction
    edge: int
    doubtful: bool


def find_currency(text: str) -> str | None:
    """The ISO 4217 code of a currency's sign, name or code, or None."""
    found = _currencies().find(text.strip())
    return found[0] if found else None


@cache
def currency_codes() -> list[str]:
    """All codes of ISO 4217, with those a text is not searched for."""
    return sorted({*table("currencies")["currency"], *table("currencies")["others"]["codes"]})


def name_of_word_code(code: str) -> str | None:
    """The name of a currency whose code is a word (MAD, TRY), which no text is searched for; None for all others."""
    return table("currencies")["currency"][code]["names"][0] if code in table("en")["context"]["no_code"] else None


def currency_before(text: str, end: int, floor: int = 0) -> Price | None:
    """The currency that stands directly before a number starting at `end`."""
    money = _currencies()
    stop = end - (text[end - 1 : end] in (" ", "\u00a0", "\u202f"))
    for start in range(max(stop - 20, floor), stop):
        form = text[start:stop]
        found = money.exact.get(form) or (None if form.isalpha() else money.exact.get(form.lower()))
        name = None if found else money.names.get(form.lower())
        known = found or (name if name and name[1] == 1 else None)  # cents stand behind their number
        if known and not (start and text[start - 1].isalnum()):
            return Price(*known, start, found is None and form.upper() != known[0])
    return None


def currency_after(text: str, start: int) -> Price | None:
    """The currency that follows a number which ends at `start`."""
    money = _currencies()
    match = money.after.match(text, start)
    found = money.find(match[1]) if match else None
    if match is None or found is None:
        return None
    vague = match[1].lower() in money.vague
    return None if match[1] in unit_forms() and not vague else Price(*found, match.end(), vague)  # 65 Myr, 12 Gbp


def is_cent(text: str, code: str) -> bool:
    """Whether a text ends in what the hundredth of a currency is called: a cent is of a dollar, a euro, a rand."""
    words = table("currencies")["currency"].get(code, {}).get("cent", [])
    return text.lower().removesuffix("s").endswith(tuple(words))


def glued_cents() -> dict[str, str]:
    """Letters that mean a hundredth of a currency directly after digits, 50p, and its code."""
    return {sign: code for code, row in table("currencies")["currency"].items() for sign in row.get("glued", [])}


def currency_forms() -> Iterable[str]:
    """All words, signs and codes of currencies."""
    return [*_currencies().exact, *_currencies().names]


@dataclass(frozen=True)
class _Currencies:
    """Form → code and worth. `exact`: codes, and signs as they are and, unless letters, in lower case; `names`: words,
    in lower case; `vague`: those that are units too."""

    exact: dict[str, tuple[str, Fraction]]
    names: dict[str, tuple[str, Fraction]]
    vague: frozenset[str]
    after: re.Pattern[str]

    def find(self, text: str) -> tuple[str, Fraction] | None:
        return self.exact.get(text) or self.names.get(text.lower())


@cache
def _currencies() -> _Currencies:
    exact: dict[str, tuple[str, Fraction]] = {}
    names: dict[str, tuple[str, Fraction]] = {}
    vague: set[str] = set()
    words = table("en")
    for code, row in table("currencies")["currency"].items():
        if code not in words["context"]["no_code"]:
            exact |= {prefix + code: (code, Fraction(n)) for prefix, n in {"": 1, **words["code_prefix"]}.items()}
        for sign in row["symbols"]:
            exact |= {form: (code, Fraction(1)) for form in (sign, sign if sign.isalpha() else sign.lower())}
        for worth, forms in (
            ("1", row["names"] + row.get("vague", [])),
            ("0.01", row.get("cent", [])),
            *((worth, [form]) for form, worth in row.get("parts", {}).items()),
        ):
            plurals = [f"{word}s" for word in forms if word.upper() != code]  # no GBPs, which are gigabits
            named = {form: (code, Fraction(worth)) for form in [*forms, *plurals]}
            names = named | names  # whose cents, if nothing tells: the first's
        vague |= {form for word in row.get("vague", []) for form in (word, f"{word}s")}
    after = re.compile(rf"(?:[ \t\u00a0\u202f-]|\sd(?:e\s|['’]))?({one_of(exact)}|(?i:{one_of(names)}))(?![^\W_])")
    return _Currencies(exact, names, frozenset(vague), after)
