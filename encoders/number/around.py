"""What stands around a bare number: sign, suffix, percent sign, currency and unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction
from functools import cache, lru_cache

from omnimodal.encoders.number.digits import Rational
from omnimodal.encoders.number.labels import is_label
from omnimodal.encoders.number.lex import vocabulary
from omnimodal.encoders.number.marks import marked, near
from omnimodal.encoders.number.parse import Found
from omnimodal.encoders.number.patterns import phrases, plural_at, word_before
from omnimodal.encoders.number.quantity import Quantity
from omnimodal.encoders.number.units import (
    POWERS,
    currency_after,
    currency_before,
    currency_forms,
    glued_cents,
    table,
    unit_at,
    unit_forms,
)

_letters = r"[^\W\d_²³]+"
_share = re.compile(r"\s(?:in|out\sof)\s")
_plus_at = re.compile(r"\+(?![\w+(-]|\s?[\d=])")
_of_a = re.compile(r"\s(?:of\s)?an?(?=\s[^\W\d_])")
_stop_at = re.compile(r"\.(?=\s(?:[a-z]|(?P<other>[(0-9])))")
_last_word = re.compile(r"[^\W\d_]{1,8}$")
_old_at = re.compile(r"(?i:[\s-]olds?|\s-\sold|\sof\sage)(?!\w)")
_next_at = re.compile(rf"[\s-]{{0,3}}({_letters}|\S)")
_suffix_at = re.compile(r"([A-Za-z]{1,3})(?![^\W_])")
_ordinal_at = re.compile(r"(?i:st|nd|rd|th)(?!\w)")
_power_at = re.compile(r"\^([+-]?[0-9]{1,4})(?![\w.])")
_numbered = re.compile(
    r"(?<!\w)(?:N[or]s?\.?\s|nos?\.\s|№\s?|[Oo]pp?\.\s)$"
)  # No 10, no. 5, Op. 3: a name, not how many
_generation = re.compile(r"\W?[0-9]G")  # 5G, of telephones
_alone = re.compile(r"\s{0,9}[+-]?[0-9][0-9.,]{0,30}[A-Z]\s{0,9}")
_decimals = re.compile(r"[.,][0-9]{1,6}$")
_upper_at = re.compile(r"\s?(?:and|to|or|[-–—])\s?[0-9][0-9.,]{0,20}([A-Z])(?!\w)")
_mach = re.compile(r"(?<!\w)Mach\s$")
_house = re.compile(r"[A-Z]\s[A-Z][a-z]")  # 221B Baker Street
_over = re.compile("[/⁄]")
_sign_before = re.compile(r"(?:(?<![\w)\]%°])[-−+]|(?<!\w)(?i:minus|negative)\s{1,2})$")


def quantity(text: str, found: Found, floor: int) -> Quantity | None:
    """The bare number with sign, suffix, unit and currency; None where it turns out to be part of a word or a name."""
    value, start, end, kind, scale = found.value, found.start, found.end, found.kind, found.scale
    words = _words()
    before = word_before(text, start, floor)
    code: str | None = None
    if before in words.signs:
        start, value, before = _signed(text, start, value, floor)
    money = currency_before(text, start, floor) if before in words.currencies else None
    if money and (not money[3] or scale > 1 or value.denominator > 1):  # "dollar 22.5 million", but "Euro 2012"
        code, value, start = money[0], value * int(money[1]), money[2]
        before = word_before(text, start, floor)
        if before in words.signs and value >= 0:
            start, value, before = _signed(text, start, value, floor)
    elif before == "of" and kind == "cardinal" and (percent := _percent_of(text, start, floor)) is not None:
        kind, start = "percent", percent
        before = word_before(text, start, floor)
    following = text[end : end + 1]
    if found.digits and following == "^" and (raised := _power_at.match(text, end)):
        result = _power(abs(value), int(raised[1]))
        if result is not None:
            value, end = result if value > 0 else -result, raised.end()
    q = Quantity(start, end, value, kind, None, code, scale, before=before)
    if following and following not in ",;)\n" and _may_follow(text, end, kind):
        q = _followed(text, q, found.digits)
    if q.kind == "fraction" and q.value.denominator == 1 and not _over.search(text, start, end):
        q = q._replace(kind="cardinal")  # 1½ million
    if found.digits:
        if before in ("no", "№", "nr", ".") and _numbered.search(text, max(0, start - 5), start):
            return None
        if before in ("=", ">", "<") and _release_before().search(text, max(0, start - 20), start):
            return None
        if q.end == found.end:
            rest = text[end : end + 2]
            times = rest[:1] == "x" and not rest[1:].isalnum()  # 3x faster
            if (rest[:1].isalnum() and not times) or rest[:1] == "_" or (rest[:1] == "." and rest[1:].isalpha()):
                return None
        measure = text[found.end : q.end] if q.unit else ""
        letter = (measure.isupper() and len(measure) == 1) or measure == "s"  # seat 14A, Boeing 747s
        single = measure in _singulars() and value != 1  # World Cup 2018 day five
        bare = (q.end == found.end or letter or single) and start == found.start
        may_name = bare and (before[:1].isalpha() or before == "-")
        if may_name and q.kind == "cardinal" and not code and _is_name(text, start, end):
            return None
    if (
        before == "mach"
        and q.end == found.end
        and q.kind == "cardinal"
        and (mach := _mach.search(text, max(floor, start - 6), start))
    ):
        q = q._replace(start=mach.start(), unit="mach", before=word_before(text, mach.start(), floor))
    if before in words.about and _approximate_before().search(text, max(0, start - 16), start) is not None:
        q = q._replace(approximate=True)
    return q


def _is_name(text: str, start: int, end: int) -> bool:
    """Whether plain digits are part of a name; digits joined to others by a dash are a score, or a range."""
    if text[end : end + 1] in ("-", "–") and text[end + 1 : end + 2].isdigit():
        return False
    return is_label(text, start, end)


def _followed(text: str, q: Quantity, digits: bool) -> Quantity:
    """The quantity with the suffix, percent sign, currency or unit that follows it."""
    start, end, value, kind, code, scale = q.start, q.end, q.value, q.kind, q.currency, q.scale
    unit = maybe = None
    worth: Rational = 1
    least = None
    if digits:
        factor, end = _suffix(text, end, bool(code))
        value, scale = value * factor, scale * factor
        if kind == "cardinal" and factor == 1 and value.denominator == 1 and (th := _ordinal_at.match(text, end)):
            kind, end = "ordinal", th.end()
        elif _plus_at.match(text, end):  # 1,000+; 20+ km
            least, end = q._replace(end=end, value=value, scale=scale), end + 1
    at = end
    if kind == "fraction":
        if _share.search(text, start, end):  # five out of seven days are no part of a day
            return q
        if link := _of_a.match(text, end):  # half a mile
            at = link.end()
    if kind in ("cardinal", "fraction"):
        if match := _percent_at().match(text, at):
            kind, end = "percent", match.end()
        elif code is None:
            if (price := currency_after(text, at)) and text[at : at + 2] != "- ":
                if price[3] and not (scale >= 10**6 or near(text, start, price[2], "money")):
                    maybe = price[0]  # pounds: of weight
                else:
                    code, worth, end = price[0], Fraction(price[1]), price[2]
                    value, scale, end = _scaled(text, value * worth, scale, end)
            elif digits and (pence := _glued_at().match(text, at)) and 0 < value < 100:
                code, worth, end = glued_cents()[pence.group()], Fraction(1, 100), pence.end()
                value *= worth
            if code is None:
                unit, measured = _unit(text, start, at, q)
                end = measured if unit else end
    elif kind == "ordinal" and value > 1:
        last = _end_at().match(text, end) or (_last_at().match(text, end) if q.before == "the" else None)
        if last:
            value, end = -value, last.end()
    q = q._replace(end=end, value=value, kind=kind, unit=unit, currency=code, scale=scale, worth=worth, maybe=maybe)
    if least is None or kind == "percent":
        return q
    part = least._replace(value=value, unit=unit, currency=code)
    return q._replace(kind="range", low=value, bounds="[]", parts=(part,))


def _may_follow(text: str, end: int, kind: str) -> bool:
    """Whether the next word or mark begins a suffix, a percent sign, a currency or a unit."""
    if kind == "fraction" and _of_a.match(text, end):
        return True
    if text[end : end + 1].isspace() and text[end + 1 : end + 2].isdigit():
        return False
    match = _next_at.match(text, end)
    return match is not None and match[1].lower() in _words().after


def _signed(text: str, start: int, value: Rational, floor: int) -> tuple[int, Rational, str]:
    """Start, value and the word before, once the sign is read."""
    sign = _sign_before.search(text, max(floor, start - 10), start)
    if sign is None:
        return start, value, word_before(text, start, floor)
    value = value if sign.group() == "+" else -value
    return sign.start(), value, word_before(text, sign.start(), floor)


def _percent_of(text: str, start: int, floor: int) -> int | None:
    """Where "percent of 10" starts, that is no question like "what percent of 10"."""
    match = _percent_before().search(text, max(floor, start - 24), start)
    asked = match and (match[1] or "").lower() in table("en")["context"]["no_percent_after"]
    return match.start(2) if match and not asked else None


def _suffix(text: str, end: int, money: bool) -> tuple[int, int]:
    """Directly after digits: 10k, 3.2bn, $5m."""
    match = _suffix_at.match(text, end) or (
        _suffix_at.match(text, end + 1) if text[end : end + 1] in " \u00a0" else None
    )
    if match is None:
        return 1, end
    if not money and len(match[1]) == 1 and match.start() == end and _house.match(text, end):
        return 1, end
    words, glued = table("en"), match.start() == end
    money = money or (match[1] in words["money_suffix"] and currency_after(text, match.end()) is not None)
    money = money or _many_at().match(text, match.end()) is not None  # 2.5m followers
    factor = words["suffix"].get(match[1]) or (words["money_suffix"].get(match[1]) if money else None)
    if factor is None or (
        len(match[1]) == 1 and not money and not (glued and (match[1] in "kK" or _counts(text, match)))
    ):
        return 1, end
    return factor, match.end()


def _counts(text: str, suffix: re.Match[str]) -> bool:
    """Whether a capital after digits is a magnitude: 12M users, 5B dollars, 3.2B; but not Room 12B or 5G."""
    if _generation.fullmatch(text, max(suffix.start() - 2, 0), suffix.end()):
        return False
    if _alone.fullmatch(text) or _decimals.search(text, max(suffix.start() - 8, 0), suffix.start()):
        return True
    if upper := _upper_at.match(text, suffix.end()):  # 10M to 20M people
        suffix = upper
    measured = currency_after(text, suffix.end()) or unit_at(text, suffix.end())
    return measured is not None or (suffix[1] != "G" and plural_at().match(text, suffix.end()) is not None)


def _unit(text: str, start: int, end: int, q: Quantity) -> tuple[str | None, int]:
    """The unit that follows, and where it ends; what is so and so many years old has that in its span."""
    measure = unit_at(text, end)
    if measure is None or measure[0].name == "person" or text[end : measure[1]] == "B":  # 12B is no weight, 12 B is
        return marked(text, start, end, q)
    unit, last = measure[0].name, measure[1]
    if unit == "league" and (start or last < len(text)) and not _far_at().match(text, last):  # of football
        return None, end
    if unit == "degree" and near(text, start, last, "warm"):
        unit = "temperature degree"
    elif unit in table("units")["ages"] and (old := _old_at.match(text, last)):
        last = old.end()
    return unit, last + _is_abbreviated(text, last)


def _is_abbreviated(text: str, end: int) -> bool:
    """Whether the full stop behind a unit is of its abbreviation and ends no sentence: "5 ft. tall", "6 ft. (2 m)"; a
    symbol has one before a small letter only ("5 km. from"), a whole word none."""
    stop = _stop_at.match(text, end)
    word = _last_word.search(text, max(end - 9, 0), end) if stop else None
    if stop is None or word is None:
        return False
    return word.group() in table("units")["abbreviated"] or (not stop["other"] and len(word.group()) < 3)


def _scaled(text: str, value: Rational, scale: Rational, end: int) -> tuple[Rational, Rational, int]:
    """75 USD million."""
    word = _suffix_at.match(text, end) if scale > 1 else _word_at.match(text, end)
    kind, factor = vocabulary().get(word[1].lower(), ("", 1)) if word and scale == 1 else ("", 1)
    if word is None or kind != "scale" or factor < 1000:
        return value, scale, end
    return value * factor, Fraction(factor), word.end()


@lru_cache(maxsize=4096)
def _power(base: Rational, exponent: int) -> Fraction | None:
    """base ^ exponent to 34 digits, None where it has no value within the bounds."""
    if abs(exponent) > 1000:
        return None
    context = Context(prec=34, Emin=-999, Emax=999)
    try:
        result = context.power(context.divide(Decimal(base.numerator), Decimal(base.denominator)), exponent)
    except (InvalidOperation, ArithmeticError):
        return None
    return Fraction(result) if result.is_finite() else None


# patterns of the language

_word_at = re.compile(rf"\s({_letters})(?!\w)")


@dataclass(frozen=True)
class _Words:
    """What may stand directly before or after a number: with none of it no pattern needs to be tried."""

    signs: frozenset[str]
    currencies: frozenset[str]
    about: frozenset[str]
    after: frozenset[str]


@cache
def _words() -> _Words:
    words, context = table("en"), table("en")["context"]
    forms = [*currency_forms(), *unit_forms(), *POWERS, *context["percent"], *words["suffix"], *words["money_suffix"]]
    forms += [
        *["st", "nd", "rd", "th", '"', "'", "’", "(", "[", "+", "/", "c", "f", "de", "last"],
        *context["end"],
        *glued_cents(),
    ]
    minus = {w for w, role in words["word"].items() if role == "minus"}
    return _Words(
        frozenset(minus | set("-−+")),
        frozenset(word_before(form, len(form), 0) for form in currency_forms()),
        frozenset(word_before(form, len(form), 0) for form in context["approximate"]),
        frozenset(match[1].lower() for form in forms if (match := _next_at.match(form))),
    )


@cache
def _approximate_before() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{phrases(table('en')['context']['approximate'])})\s?$", re.IGNORECASE)


@cache
def _percent_at() -> re.Pattern[str]:
    return re.compile(rf"\s{{0,2}}-?(?:{phrases(table('en')['context']['percent'])})(?!\w)", re.IGNORECASE)


@cache
def _percent_before() -> re.Pattern[str]:
    percent = phrases(table("en")["context"]["percent"])
    return re.compile(rf"(?:(?<!\w)(\w+)\s)?(?<!\w)({percent})\sof\s$", re.IGNORECASE)


@cache
def _end_at() -> re.Pattern[str]:
    endings = "|".join(re.escape(e).replace(r"\ ", r"[\s-]") for e in table("en")["context"]["end"])
    return re.compile(rf"(?:{endings})(?!\w)", re.IGNORECASE)


@cache
def _last_at() -> re.Pattern[str]:
    return re.compile(rf"[\s-]last(?=\s(?!(?:{phrases(table('en')['context']['last_time'])})\b)\w)")


@cache
def _many_at() -> re.Pattern[str]:
    return re.compile(rf"\s(?:\w{{3,20}}\s)?(?:{phrases(table('en')['context']['many'])})(?!\w)")


@cache
def _release_before() -> re.Pattern[str]:
    """Python >=3.9: what has releases."""
    return re.compile(rf"(?<!\w)(?i:{phrases(table('en')['label']['names'])})\s?[<>=~]{{1,2}}\s?$")


@cache
def _far_at() -> re.Pattern[str]:
    return re.compile(rf"[\s-](?:{phrases(table('en')['context']['far'])})(?!\w)")


@cache
def _singulars() -> frozenset[str]:
    """Times in the singular with a blank before them, of which there can be no two."""
    return frozenset(f" {unit}" for unit in table("units")["ages"])


@cache
def _glued_at() -> re.Pattern[str]:
    return re.compile(rf"(?:{phrases(glued_cents())})(?!\w)")
