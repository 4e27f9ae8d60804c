"""What stands before a bare number: a sign, a currency, "percent of", Mach, about."""

from __future__ import annotations

import re
from functools import cache

from omnimodal.encoders.number.currencies import currency_before, currency_forms
from omnimodal.encoders.number.patterns import said, table, word_before
from omnimodal.encoders.number.quantity import Quantity

_sign = re.compile(r"(?:(?<![\w)\]%°])[-−+]|(?<!\w)(?i:minus|negative)\s{1,2})$")
_mach = re.compile(r"(?<!\w)[Mm]ach\s$")


def preceded(text: str, q: Quantity, floor: int) -> Quantity:
    """The number with its sign, and with the currency or the percentage that stands before it, behind `floor`."""
    if q.before in _signs():
        q = _signed(text, q, floor)
    money = currency_before(text, q.start, floor) if q.before in _last_words("currency") else None
    if money and (not money.doubtful or q.scale > 1 or q.value.denominator > 1):  # no Euro 2012
        q = _begun(text, q._replace(currency=money.code, value=q.value * int(money.worth)), money.edge, floor)
        return _signed(text, q, floor) if q.before in _signs() and q.value >= 0 else q
    if q.before == "of" and q.kind == "cardinal":
        form = r"(?:(?<!\w)(\w+)\s)?(?<!\w)(WORDS)\sof\s$"
        percent = said(form, "context", "percent").search(text, max(floor, q.start - 24), q.start)
        asked = percent and (percent[1] or "").lower() in table("en")["context"]["no_percent_after"]
        if percent and not asked:  # "percent of 10"; but "what percent of 10"
            return _begun(text, q._replace(kind="percent"), percent.start(2), floor)
    return q


def qualified(text: str, q: Quantity, floor: int) -> Quantity:
    """The quantity with Mach, if it has no unit, and with "about"."""
    if q.before == "mach" and q.unit is None and q.kind == "cardinal":
        mach = _mach.search(text, max(floor, q.start - 6), q.start)
        q = _begun(text, q._replace(unit="mach"), mach.start(), floor) if mach else q
    if q.before in _last_words("about"):
        about = said(r"(?<!\w)WORDS\s?$", "context", "approximate").search(text, max(0, q.start - 16), q.start)
        return q._replace(approximate=about is not None)
    return q


def _begun(text: str, q: Quantity, start: int, floor: int) -> Quantity:
    """The quantity as one that begins at `start`."""
    return q._replace(start=start, before=word_before(text, start, floor))


def _signed(text: str, q: Quantity, floor: int) -> Quantity:
    sign = _sign.search(text, max(floor, q.start - 10), q.start)
    if sign is None:
        return q
    return _begun(text, q if sign.group() == "+" else q._replace(value=-q.value), sign.start(), floor)


@cache
def _signs() -> frozenset[str]:
    return frozenset({"-", "−", "+"} | {word for word, role in table("en")["word"].items() if role == "minus"})


@cache
def _last_words(kind: str) -> frozenset[str]:
    """The words and marks in which currencies end, or phrases for "about": with none of it no pattern needs a try."""
    forms = currency_forms() if kind == "currency" else table("en")["context"]["approximate"]
    return frozenset(word_before(form, len(form), 0) for form in forms)
