"""What follows a bare number: a suffix, an ending, a percent sign, a currency, a unit."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache

from omnimodal.encoders.number.currencies import Price, currency_after, currency_forms, glued_cents
from omnimodal.encoders.number.digits import VULGAR, vulgar
from omnimodal.encoders.number.lex import vocabulary
from omnimodal.encoders.number.marks import marked, near
from omnimodal.encoders.number.patterns import phrases, plural_at, said, table
from omnimodal.encoders.number.quantity import Quantity
from omnimodal.encoders.number.units import POWERS, unit_at, unit_forms

_letters = rf"[^\W\d_²³{VULGAR}]+"
_next = re.compile(rf"[\s-]{{0,3}}({_letters}|\S)")
_word = re.compile(rf"\s({_letters})(?!\w)")
_share = re.compile(r"\s(?:in|out\sof)\s")
_plus = re.compile(r"\+(?![\w+(-]|\s?[\d=])")
_of_a = re.compile(r"\s(?:of\s)?an?(?=\s[^\W\d_])")
_stop = re.compile(r"\.(?=\s(?:[a-z]|(?P<other>[(0-9])))")
_last_word = re.compile(r"[^\W\d_]{1,8}$")
_old = re.compile(r"(?i:[\s-]olds?|\s-\sold|\sof\sage)(?!\w)")
_suffix = re.compile(r"[ \u00a0]?([A-Za-z]{1,3})(?![^\W_])")
_ordinal = re.compile(r"(?i:(?<=1)(?<!11)st|nd|rd|th)(?!\w)")  # 10st is a weight
_generation = re.compile(r"\W?[0-9]G")  # 5G, of telephones
_alone = re.compile(r"\s{0,9}[+-]?[0-9][0-9.,]{0,30}[A-Z]\s{0,9}")
_decimals = re.compile(r"[.,][0-9]{1,6}$")
_shillings = re.compile(r"s\.?\s([0-9]{1,2})([¼-¾])?d(?!\w)")  # 79s 6d
OLD_PENCE = 240  # in a pound
_upper = re.compile(r"\s?(?:and|to|or|[-–—])\s?[0-9][0-9.,]{0,20}([A-Z])(?!\w)")


def followed(text: str, q: Quantity, digits: bool) -> Quantity:
    """The quantity with what follows it. `digits`: it ends in digits, at which letters may hang: 10k, 5th, 20+."""
    if not _may_follow(text, q):
        return q
    least = None
    if digits:
        factor, end = _magnitude(text, q.end, q.currency is not None)
        if factor != 1:
            q = q._replace(end=end, value=q.value * factor, scale=q.scale * factor)
        if q.kind == "cardinal" and factor == 1 and q.value.denominator == 1 and (th := _ordinal.match(text, end)):
            q = q._replace(kind="ordinal", end=th.end())
        elif _plus.match(text, end):  # 1,000+; 20+ km
            least, q = q, q._replace(end=end + 1)
    if q.kind == "ordinal":
        return _from_end(text, q)
    if q.kind in ("cardinal", "fraction"):
        q = _measured(text, q, digits)
    if least is None or q.kind == "percent":
        return q
    part = least._replace(value=q.value, unit=q.unit, currency=q.currency)
    return q._replace(kind="range", low=q.value, bounds="[]", parts=(part,))


def _may_follow(text: str, q: Quantity) -> bool:
    """Whether the next word or mark begins any of these: with none of it no pattern needs a try."""
    following = text[q.end : q.end + 1]
    if not following or following in ",;)\n":
        return False
    if q.kind == "fraction" and _of_a.match(text, q.end):
        return True
    if following.isspace() and text[q.end + 1 : q.end + 2].isdigit():
        return False
    match = _next.match(text, q.end)
    return match is not None and match[1].lower() in _first_words()


@cache
def _first_words() -> frozenset[str]:
    words, context = table("en"), table("en")["context"]
    forms = [*currency_forms(), *unit_forms(), *POWERS, *context["percent"], *words["suffix"], *words["money_suffix"]]
    forms += ["st", "nd", "rd", "th", '"', "'", "’", "(", "[", "+", "/", "c", "f", "de", "last"]
    forms += [*context["end"], *glued_cents()]
    return frozenset(match[1].lower() for form in forms if (match := _next.match(form)))


# suffixes


def _magnitude(text: str, end: int, money: bool) -> tuple[int, int]:
    """The magnitude directly after digits, and where it ends: 10k, 3.2bn, $5m; 2.5m followers."""
    match = _suffix.match(text, end)
    if match is None:
        return 1, end
    words, letters = table("en"), match[1]
    money = money or (letters in words["money_suffix"] and currency_after(text, match.end()) is not None)
    money = money or said(r"\s(?:\w{3,20}\s)?WORDS(?!\w)", "context", "many").match(text, match.end()) is not None
    factor = words["suffix"].get(letters) or (words["money_suffix"].get(letters) if money else None)
    lone = len(letters) == 1 and not money
    if factor is None or (lone and not (match.start(1) == end and (letters in "kK" or _counts(text, match)))):
        return 1, end
    return factor, match.end()


def _counts(text: str, suffix: re.Match[str]) -> bool:
    """Whether a capital after digits is a magnitude: 12M users, 5B dollars, 3.2B; but not Room 12B or 5G."""
    if _generation.fullmatch(text, max(suffix.start() - 2, 0), suffix.end()):
        return False
    if _alone.fullmatch(text) or _decimals.search(text, max(suffix.start() - 8, 0), suffix.start()):
        return True
    if upper := _upper.match(text, suffix.end()):  # 10M to 20M people
        suffix = upper
    if currency_after(text, suffix.end()) or unit_at(text, suffix.end()):
        return True
    return suffix[1] != "G" and plural_at().match(text, suffix.end()) is not None


def _from_end(text: str, q: Quantity) -> Quantity:
    """An ordinal that counts from the end: second to last, the second last."""
    last = said(r"(?:[\s-]WORDS|-last)(?!\w)", "context", "end").match(text, q.end)
    if last is None and q.before == "the":
        last = said(r"[\s-]last(?=\s(?!WORDS\b)\w)", "context", "last_time").match(text, q.end)
    return q._replace(value=-q.value, end=last.end()) if last and q.value > 1 else q


# percent signs, currencies and units


def _measured(text: str, q: Quantity, digits: bool) -> Quantity:
    at = q.end
    if q.kind == "fraction":
        if _share.search(text, q.start, q.end):  # five out of seven days are no part of a day
            return q
        if link := _of_a.match(text, q.end):  # half a mile
            at = link.end()
    if percent := said(r"\s{0,2}-?WORDS(?!\w)", "context", "percent").match(text, at):
        return q._replace(kind="percent", end=percent.end())
    if q.currency is not None:
        return q
    if digits and (old := _shillings.match(text, at)):
        below = int(old[1]) + (vulgar(old[2]) if old[2] else Fraction(0))
        value = Fraction(q.value, 20) + below / OLD_PENCE
        return q._replace(currency="GBP", value=value, worth=Fraction(1, 20), end=old.end())
    price = currency_after(text, at)
    if price and price.code == "GBP" and not digits and text[at].isalpha():  # sixpence, which is no new money
        price = price._replace(worth=Fraction(1, OLD_PENCE))
    if price and text[at : at + 2] != "- ":
        if not price.doubtful or q.scale >= 10**6 or near(text, q.start, price.edge, "money"):
            return _priced(text, q, price)
        q = q._replace(maybe=price.code)  # pounds: of weight
    elif digits and 0 < q.value < 100 and (pence := _glued_cent().match(text, at)):
        code, worth = glued_cents()[pence.group()], Fraction(1, 100)
        return q._replace(currency=code, worth=worth, value=q.value * worth, end=pence.end())
    unit, end = _unit(text, q, at)
    return q._replace(unit=unit, end=end) if unit else q


def _priced(text: str, q: Quantity, price: Price) -> Quantity:
    """The amount in the currency, with the scale behind it: 75 USD million."""
    word = _word.match(text, price.edge) if q.scale == 1 else None
    kind, scale = vocabulary().get(word[1].lower(), ("", 1)) if word else ("", 1)
    q = q._replace(value=q.value * price.worth, currency=price.code, worth=price.worth, end=price.edge)
    if word is None or kind != "scale" or scale < 1000:
        return q
    return q._replace(value=q.value * scale, scale=scale, end=word.end())


@cache
def _glued_cent() -> re.Pattern[str]:
    return re.compile(rf"(?:{phrases(glued_cents())})(?!\w)")


def _unit(text: str, q: Quantity, end: int) -> tuple[str | None, int]:
    """The unit that follows, and where it ends; what is so and so many years old has that in its span."""
    measure = unit_at(text, end)
    if measure is None or measure[0].name == "person" or text[end : measure[1]] == "B":  # 12B is no weight, 12 B is
        return marked(text, q.start, end, q)
    unit, last = measure[0].name, measure[1]
    far = said(r"[\s-]WORDS(?!\w)", "context", "far") if unit == "league" else None
    if far and (q.start or last < len(text)) and not far.match(text, last):  # of football
        return None, end
    if unit == "degree" and near(text, q.start, last, "warm"):
        unit = "temperature degree"
    elif unit in table("units")["ages"] and (old := _old.match(text, last)):
        last = old.end()
    return unit, last + _is_abbreviated(text, last)


def _is_abbreviated(text: str, end: int) -> bool:
    """Whether the full stop behind a unit is of its abbreviation and ends no sentence: "5 ft. tall", "6 ft. (2 m)"; a
    symbol has one before a small letter only ("5 km. from"), a whole word none."""
    stop = _stop.match(text, end)
    word = _last_word.search(text, max(end - 9, 0), end) if stop else None
    if stop is None or word is None:
        return False
    return word.group() in table("units")["abbreviated"] or (not stop["other"] and len(word.group()) < 3)
