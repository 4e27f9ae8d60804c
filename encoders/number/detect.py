"""Numbers in running text: signs, units, currencies and percent around bare numbers; `ranges` puts them together."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache

from omnimodal.context import current
from omnimodal.encoders.number.entity import Number
from omnimodal.encoders.number.lex import Rational, plain_digits, vocabulary
from omnimodal.encoders.number.parse import Found, numbers, power
from omnimodal.encoders.number.ranges import Quantity, compounds, in_ranges, phrases, without_scores, word_before
from omnimodal.encoders.number.roman import find_roman
from omnimodal.encoders.number.units import (
    POWERS,
    currency_after,
    currency_before,
    currency_forms,
    table,
    unit_at,
    unit_forms,
)
from omnimodal.errors import InvalidEntityError


@dataclass(frozen=True, slots=True)
class Span:
    """A number in a text: text[start:end] names `number`; `parts` are the bounds of a range, in the same form."""

    start: int
    end: int
    number: Number
    parts: tuple[Span, ...] = ()


def find(text: str) -> list[Span]:
    """All numbers and ranges of a text, left to right, none overlapping. Never raises; time linear in the text.

    Digits are read in the format of the locale of `omnimodal.context.current()`.
    """
    text = plain_digits(text)
    quantities: list[Quantity] = []
    for found in numbers(text, current().locale):
        floor = quantities[-1].end if quantities else 0
        if found.start < floor:  # the exponent of 2^10
            continue
        quantity = _quantity(text, found, floor)
        if quantity is not None:
            quantities.append(quantity)
    quantities = without_scores(text, quantities)
    spans = [span for span in map(_span, in_ranges(text, compounds(text, quantities))) if span is not None]
    starts, ends = [span.start for span in spans], [span.end for span in spans]
    free = [r for r in _romans(text) if bisect_right(ends, r.start) == bisect_left(starts, r.end)]
    return sorted([*spans, *free], key=lambda span: span.start)


def _romans(text: str) -> list[Span]:
    found = {(start, end): (value, kind) for start, end, value, kind in find_roman(text)}
    return [Span(*at, _number(Fraction(value), None, kind, None, False)) for at, (value, kind) in found.items()]


_ratio = re.compile(r"([0-9]{1,6})[/⁄]([0-9]{1,6})")


def parse(text: str) -> Number:
    """The number that a whole text says. Raises InvalidEntityError where it says none, or more than one."""
    shown = text if len(text) <= 80 else f"{text[:77]}…"
    if (ratio := _ratio.fullmatch(plain_digits(text).strip())) and int(
        ratio[2]
    ):  # 9/11 too, that a text means otherwise
        return Number(Fraction(int(ratio[1]), int(ratio[2])), kind="fraction")
    spans = find(text) if len(text) <= 2000 else []
    if len(spans) == 1:
        span = spans[0]
        before, after = text[: span.start].strip().lower(), text[span.end :].strip()
        if not after and (not before or before in table("en")["context"]["approximate"]):
            return span.number
    raise InvalidEntityError(f"value is {shown!r}: not a number", encoder="number")


def _span(q: Quantity) -> Span | None:
    try:
        if q.kind == "range":
            unit = "percent" if any(p.kind == "percent" for p in q.parts) else q.unit
            number = _number(None, unit, "range", q.currency, q.approximate, q.low, q.high, q.bounds)
        else:
            number = _number(q.value, q.unit, q.kind, q.currency, q.approximate)
    except InvalidEntityError:  # beyond the bounds of a Number: it stays plain text
        return None
    return Span(q.start, q.end, number, tuple(p for p in map(_span, q.parts) if p))


@lru_cache(maxsize=4096)
def _number(
    value: Rational | None,
    unit: str | None,
    kind: str,
    currency: str | None,
    approximate: bool,
    low: Rational | None = None,
    high: Rational | None = None,
    bounds: str = "[]",
) -> Number:
    return Number(value, unit, kind, currency, low, high, approximate, bounds)


# one quantity

_letters = r"[^\W\d_²³]+"
_next_at = re.compile(rf"[\s-]{{0,3}}({_letters}|\S)")
_suffix_at = re.compile(r"([A-Za-z]{1,3})(?![^\W_])")
_ordinal_at = re.compile(r"(?i:st|nd|rd|th)(?!\w)")
_power_at = re.compile(r"\^([+-]?[0-9]{1,4})(?![\w.])")
_numbered = re.compile(r"(?<!\w)(?:N[or]s?\.?\s|№\s?)$")  # No 10, No. 5: the name of a thing, not how many
_generation = re.compile(r"\W?[0-9]G")  # 5G, of telephones
_alone = re.compile(r"\s{0,9}[+-]?[0-9][0-9.,]{0,30}[A-Z]\s{0,9}")
_decimals = re.compile(r"[.,][0-9]{1,6}$")
_upper_at = re.compile(r"\s?(?:and|to|or|[-–—])\s?[0-9][0-9.,]{0,20}([A-Z])(?!\w)")
_plural_at = re.compile(r"\s(?!this|does)[a-z]{3,30}s(?!\w)")
_house = re.compile(r"[A-Z]\s[A-Z][a-z]")  # 221B Baker Street
_over = re.compile("[/⁄]")
_sign_before = re.compile(r"(?:(?<![\w)\]%°])[-−+]|(?<!\w)(?i:minus|negative)\s{1,2})$")


def _quantity(text: str, found: Found, floor: int) -> Quantity | None:
    """The bare number with sign, suffix, unit and currency; None where it turns out to be part of a word."""
    value, start, end, kind, scale = found.value, found.start, found.end, found.kind, found.scale
    words = _words()
    before = word_before(text, start, floor)
    code: str | None = None
    unit = maybe = None
    worth: Rational = 1
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
        result = power(abs(value), int(raised[1]))
        if result is not None:
            value, end = result if value > 0 else -result, raised.end()
    if following and following not in ",;)\n" and _may_follow(text, end):
        if found.digits:
            factor, end = _suffix(text, end, bool(code))
            value, scale = value * factor, scale * factor
            if kind == "cardinal" and factor == 1 and value.denominator == 1 and (th := _ordinal_at.match(text, end)):
                kind, end = "ordinal", th.end()
        if kind in ("cardinal", "fraction"):
            if match := _percent_at().match(text, end):
                kind, end = "percent", match.end()
            elif code is None:
                if (price := currency_after(text, end)) and text[end : end + 2] != "- ":
                    if price[3] and not (scale >= 10**6 or _near(text, start, price[2], "money")):
                        maybe = price[0]  # pounds: of weight
                    else:
                        code, worth, end = price[0], Fraction(price[1]), price[2]
                        value, scale, end = _scaled(text, value * worth, scale, end)
                if code is None:
                    unit, end = _unit(text, start, end)
        elif kind == "ordinal" and value > 1 and (last := _end_at().match(text, end)):
            value, end = -value, last.end()
    if kind == "fraction" and value.denominator == 1 and not _over.search(text, start, end):
        kind = "cardinal"  # 1½ million
    if found.digits and before in ("no", "№", "nr", ".") and _numbered.search(text, max(0, start - 5), start):
        return None
    if found.digits and end == found.end:
        rest = text[end : end + 2]
        if rest[:1].isalnum() or rest[:1] == "_" or (rest[:1] == "." and rest[1:].isalpha()):
            return None
    about = before in words.about and _approximate_before().search(text, max(0, start - 16), start) is not None
    return Quantity(start, end, value, kind, unit, code, scale, about, before=before, worth=worth, maybe=maybe)


def _may_follow(text: str, end: int) -> bool:
    """Whether the next word or mark begins a suffix, a percent sign, a currency or a unit."""
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
    return measured is not None or (suffix[1] != "G" and _plural_at.match(text, suffix.end()) is not None)


def _unit(text: str, start: int, end: int) -> tuple[str | None, int]:
    if (measure := unit_at(text, end)) and text[end : measure[1]] != "B":  # 12B is no weight in bytes, 12 B is
        warm = measure[0].name == "degree" and _near(text, start, measure[1], "warm")
        return "temperature degree" if warm else measure[0].name, measure[1]
    inches = _inches_at().match(text, end)
    return ("inch", inches.end(1)) if inches else (None, end)


def _scaled(text: str, value: Rational, scale: Rational, end: int) -> tuple[Rational, Rational, int]:
    """75 USD million."""
    word = _suffix_at.match(text, end) if scale > 1 else _word_at.match(text, end)
    kind, factor = vocabulary().get(word[1].lower(), ("", 1)) if word and scale == 1 else ("", 1)
    if word is None or kind != "scale" or factor < 1000:
        return value, scale, end
    return value * factor, Fraction(factor), word.end()


def _near(text: str, start: int, end: int, kind: str) -> bool:
    """Whether a word of the context `kind` stands near."""
    return _context(kind).search(text, max(start - 60, 0), end + 20) is not None


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
    forms += ["st", "nd", "rd", "th", '"', "(", "[", *context["end"]]
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
def _inches_at() -> re.Pattern[str]:
    return re.compile(rf"\s?(\")\s(?:{phrases(table('en')['context']['extent'])})(?!\w)")


@cache
def _context(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{phrases(table('en')['context'][kind])})(?!\w)", re.IGNORECASE)
