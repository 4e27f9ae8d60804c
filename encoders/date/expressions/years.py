"""Years beside something that tells them, and what is longer: "300 BC", "1914–18", "the 70s", "19th century"."""

from __future__ import annotations

import re
from functools import cache

from omnimodal.encoders.date.calendar import instant
from omnimodal.encoders.date.expressions import words
from omnimodal.encoders.date.expressions.found import Found
from omnimodal.encoders.date.expressions.meaning import BETWEEN, Setting, next_word, previous_word, year
from omnimodal.encoders.date.expressions.plain_years import identifier
from omnimodal.encoders.date.expressions.reading import (
    Fields,
    Reading,
    span_timex,
    template,
    timex_year,
    unit_at,
    year_span,
)


def short_year(m: re.Match[str], s: Setting) -> Reading:
    """ "In '98"."""
    return template(Fields(year(f"'{m[0]}"))).but(prior=0.7)


def spelled(m: re.Match[str], s: Setting) -> Reading | None:
    """ "nineteen eighty-four" in words, where a year is expected."""
    table = words.table()
    if previous_word(m) not in table["year_cues"] or next_word(m).lower() in table["not_year_after"]:
        return None
    return template(Fields(year(m["y"])))


def historic_year(m: re.Match[str], s: Setting) -> Reading:
    """ "300 BC", "AD 79"."""
    value = int(re.sub(r"[,\s]", "", m["n"]))
    return template(Fields(1 - value if m["era"].upper().startswith("B") else value))


def years(m: re.Match[str], s: Setting) -> Reading | None:
    """1914–18, or 1914-1918; 2004/05."""
    a, b = int(m["y"]), int(m["y"][: 4 - len(m["z"])] + m["z"])
    if m["z"] == "00" and m["y"].endswith("99"):
        b += 100
    if previous_word(m) in words.table()["not_year_before"]:
        return None
    if not (1000 <= a <= 2100 and a < b) or (len(m["z"]) == 4 and identifier(m)):
        return None
    if m.groupdict().get("slash") and b != a + 1:
        return None
    return year_span(a, b)


def era_years(m: re.Match[str], s: Setting) -> Reading | None:
    """ "330–360 AD", "from 264 to 146 BC", "AD 330–360", "c. 940–1000": years of any length, said to be years."""
    if (m.groupdict().get("to") or "").strip().lower() == "and" and not BETWEEN.search(
        m.string, max(0, m.start() - 14), m.start()
    ):
        return None
    a, b = _of_era(m)
    return year_span(a, b) if a < b else None


def ends_of_era(m: re.Match[str]) -> tuple[Found, ...]:
    """264 and 146 BC of "264 to 146 BC"; what a dash joins is one."""
    if not m["to"].strip().isalpha():
        return ()
    a, b = (template(Fields(y)) for y in _of_era(m))
    return Found(m.start(), m.end("n"), a), Found(m.start("z"), m.end(), b)


def _of_era(m: re.Match[str]) -> tuple[int, int]:
    a, b = int(m["n"]), int(m["z"])
    if (m.groupdict().get("era") or "").upper().startswith("B"):
        return 1 - a, 1 - b
    if b < a and len(m["z"]) < len(m["n"]):
        b = int(m["n"][: len(m["n"]) - len(m["z"])] + m["z"])  # 843–50
    return a, b


_NAMED = re.compile(r"\b[A-Z][\w'’-]+\s\($")


@cache
def _ruling() -> re.Pattern[str]:
    t = words.table()
    return re.compile(rf"\b(?:(?i:{words.any_of(t['ruling'])})|BC|AD)\b")


def day_of_short_year(m: re.Match[str], s: Setting) -> Reading:
    """ "23 June 79", where nothing follows: of the first century where the text is of rulers, else of 1979."""
    y = int(m["y"]) if _of_rulers(m) else 1900 + int(m["y"])
    return template(Fields(y, words.month(m["m"]), words.number(m["d"])))


def _of_rulers(m: re.Match[str]) -> bool:
    return bool(_ruling().search(m.string, max(0, m.start() - 80), m.start()))


def named_year(m: re.Match[str], s: Setting) -> Reading | None:
    """The Treaty of Verdun "(843)"."""
    named = _NAMED.search(m.string, max(0, m.start() - 24), m.start())
    return template(Fields(int(m["n"]))).but(prior=0.55) if named else None


def reign(m: re.Match[str], s: Setting) -> Reading | None:
    """ "The dynasty ruled from 618 to 907": years, where the text is of rulers."""
    return era_years(m, s) if _of_rulers(m) else None


def early_year(m: re.Match[str], s: Setting) -> Reading | None:
    """Three digits after what says that they are a year."""
    return template(Fields(int(m["n"]))).but(prior=0.95) if _told(m) else None


def early_years(m: re.Match[str], s: Setting) -> Reading | None:
    """ "r. 618–907", "in 857–59"."""
    return era_years(m, s) if _told(m) else None


_CUED = re.compile(
    r"\b(?:(?:c|ca|r|fl|d|b)\.\s?"
    r"|(?:circa|reigned|(?:born|died)(?:\s(?:in|around|about|before|after))?|dat(?:es?|ed|ing)\s(?:from|to))\s)$",
    re.IGNORECASE,
)
_BY = re.compile(r"\b(?:by|around|about|before|after|from|to)\s$", re.IGNORECASE)


@cache
def _in() -> re.Pattern[str]:
    parts = words.any_of(words.table()["parts"])
    return re.compile(rf"(?:(\w+),?\s)?\b(?:in|since|until|year|{parts})\s(?:\d{{3}}\s(?:and|or)\s)?$", re.IGNORECASE)


def _told(m: re.Match[str]) -> bool:
    """ "c. 843", "died 840"; "In 716", "the end of 915", not "one in 100"; "by 915" where the text is of rulers."""
    text, at = m.string, m.start()
    if _CUED.search(text, max(0, at - 16), at):
        return True
    if led := _in().search(text, max(0, at - 24), at):
        return not (led[1] and (led[1][-1].isdigit() or led[1].lower() in ("every", *words.table()["numbers"])))
    return bool(_BY.search(text, max(0, at - 8), at)) and _of_rulers(m)


def decade(m: re.Match[str], s: Setting) -> Reading | None:
    """ "1960s", "the '80s", "the nineteen-fifties"; "the 1800s" is a century. None for what is no decade."""
    text, hundreds = m["n"], m.groupdict().get("c")
    if not text.isdigit():
        value = (100 * words.number(hundreds) if hundreds else 1900) + words.look_up("decades", text)
        return unit_at(instant(value), "decade")
    value = int(text)
    if value % 10 or value > 2100 or (len(text) == 4 and value < 1000):
        return None
    if value < 100:
        return unit_at(instant(value + (1900 if value >= 30 else 2000)), "decade").but(prior=0.8)
    return unit_at(instant(value), "century" if value % 100 == 0 and value != 2000 else "decade")


def century(m: re.Match[str], s: Setting) -> Reading:
    """ "19th century", "2nd millennium BC"."""
    return century_of(words.number(m["n"]), m["unit"], m["era"])


def century_of(n: int, unit: str | None, era: str | None) -> Reading:
    """The nth century or millennium, counted from 1 after Christ, or back from 1 before."""
    size = 1000 if (unit or "").lower().startswith("millen") else 100
    if era and era.upper().startswith("B"):
        start, end = instant(1 - n * size), instant(1 - (n - 1) * size)
        return Reading("century" if size == 100 else "millennium", span_timex(start, end, "year"), ((start, end),))
    return unit_at(instant((n - 1) * size), "century" if size == 100 else "millennium")


def era(m: re.Match[str], s: Setting) -> Reading:
    """ "The Middle Ages", as long as the table says, roughly."""
    first, last = words.look_up("eras", m["era_name"])
    start, end = instant(first), instant(last)
    return Reading(
        "era", f"({timex_year(first)},{timex_year(last)},P{last - first}Y)", ((start, end),), approximate=True
    )
