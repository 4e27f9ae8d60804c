"""What a match of a rule says: functions from a match and the setting to a Reading, None for no date after all."""

from __future__ import annotations

import re
from dataclasses import dataclass

from omnimodal.encoders.date import words
from omnimodal.encoders.date.calendar import (
    DAY,
    civil_from_days,
    days_from_civil,
    instant,
    month_length,
    weekday,
)
from omnimodal.encoders.date.notation import read_iso
from omnimodal.encoders.date.ranges import between
from omnimodal.encoders.date.reading import Fields, Reading, span_timex, template, timex_year, unit_at


@dataclass(frozen=True)
class Setting:
    """What expressions are read against: the reference in seconds from 2000, and which comes first in 04/01."""

    now: int | None = None
    day_first: bool = False


PIVOT = 40  # two digits are of 1940 to 2039; those from 30 on may be of either century


def month(text: str) -> int:
    return words.look_up("months", text.rstrip("."))


def year(text: str | None) -> int | None:
    """ "1976", "'76", "76", "nineteen seventy-six": two digits are of 1940 to 2039."""
    if not text:
        return None
    if text[0].isalpha():
        return spelled_year(text)
    value = int(text.strip("'’"))
    return value if len(text) > 3 else value + (2000 if value < PIVOT else 1900)


def spelled_year(text: str) -> int:
    """ "nineteen eighty-six", "two thousand and five"."""
    parts = re.findall(r"[a-z]+", text.lower())
    if parts[1] == "thousand":
        return 2000 + (words.number(" ".join(parts[2:])) if parts[2:] else 0)
    return 100 * words.number(parts[0]) + words.number(" ".join(parts[1:]))


def year_of(m: re.Match[str]) -> int | None:
    """The year of a rule's match, with "BC" or "AD" behind it perhaps."""
    era = m.groupdict().get("era")
    if m["y"] and len(m["y"]) == 3 and m["y"].isdigit():
        return int(m["y"])
    if not era or not m["y"]:
        return year(m["y"])
    value = int(m["y"])
    return 1 - value if era.upper().startswith("B") else value


def previous_word(m: re.Match[str]) -> str:
    before = re.search(r"([^\W\d_]+)[\s.(]{0,2}$", m.string[max(0, m.start() - 16) : m.start()])
    return before[1].lower() if before else ""


def day_month_year(m: re.Match[str], s: Setting) -> Reading | None:
    a, b, y = int(m["a"]), int(m["b"]), year(m["y"])
    if previous_word(m) in words.table()["not_year_before"]:
        return None  # version 1.2.2019
    # Where months come first in 04/01, dates with dots are still those of countries where the day does.
    orders = [(b, a), (a, b)] if s.day_first or m.groupdict().get("s") == "." else [(a, b), (b, a)]
    readings = [template(Fields(y, month_, day), s.now) for month_, day in orders if month_ <= 12 and day <= 31]
    if not readings:
        return template(Fields(y, a, b), s.now)  # raises, naming the field
    others = readings[1:] if a != b else []
    if len(m["y"] or "") == 2 and 30 <= int(m["y"]) < PIVOT:
        others += [template(r.fields._replace(year=1900 + int(m["y"]))) for r in readings if r.fields]
    return readings[0].but(others=tuple(others))


def named_day(m: re.Match[str], s: Setting) -> Reading:
    return template(Fields(year_of(m), month(m["m"]), words.number(m["d"])), s.now)


_BETWEEN = re.compile(r"\bbetween\s{1,2}(?:the\s)?$", re.IGNORECASE)


def days_of_month(m: re.Match[str], s: Setting) -> Reading | None:
    if m["to"].lower().strip() == "and" and not _BETWEEN.search(m.string, max(0, m.start() - 14), m.start()):
        return None  # 18 and 19 June are two
    ends = [template(Fields(year_of(m), month(m["m"]), words.number(m[d])), s.now) for d in ("d", "e")]
    return between(ends[0], ends[1], s.now)


def named_month(m: re.Match[str], s: Setting) -> Reading | None:
    """A month with a year; alone, not the verbs may and march, nor Jan, unless "in" or the like is before."""
    word = m["m"].rstrip(".")
    if m["y"]:
        return template(Fields(year_of(m), month(word)))
    doubtful = word.lower() in words.table()["ambiguous"] or len(word) < 4
    led = previous_word(m) in words.table()["month_cues"]
    ranged = re.match(r"\s?[-–—/]\s?[A-Z][a-z]", m.string[m.end() : m.end() + 5])
    if doubtful and not (led or ranged or (word[0].isupper() and word in ("May", "March", "August"))):
        return None
    if not led and not ranged and word.lower() in words.table()["name_months"] and in_name(m):
        return None
    if word == "May" and re.match(r"\s(?:I|we|you|he|she|they|it|the|god)\b", m.string[m.end() : m.end() + 6], re.I):
        return None
    return None if doubtful and word in ("may", "march") else template(Fields(None, month(word)), s.now).but(prior=0.7)


_BEFORE_NAME = re.compile(r"(?:^|[\s(\"“])([^\W\d_][\w'’-]*\.?)\s$")
_BEHIND_NAME = re.compile(r"\s([A-Z][^\W\d_]*['’]?[^\W\d_]+)")


def in_name(m: re.Match[str]) -> bool:
    """Theresa "May", Mr. "March", "June" Smith, the "March" of Progress: a word with a capital beside it that is of no
    date; what leads to a date, "in" or "late", was asked before."""
    table, text = words.table(), m.string
    before = _BEFORE_NAME.search(text, max(0, m.start() - 20), m.start())
    if before and before[1][0].isupper() and before[1].rstrip(".").lower() not in table["before_months"]:
        return True
    behind = _BEHIND_NAME.match(text, m.end())
    if behind:
        word = behind[1].lower()
        return not any(word in table[name] for name in ("behind_months", "months", "weekdays"))
    the = before and before[1].lower() == "the"
    return bool(
        the
        and m["m"] in ("March", "May")
        and re.match(r"\s(?:of|on|to)\s(?!\d|last|this|next)", text[m.end() : m.end() + 12])
    )


def _identifier(m: re.Match[str]) -> bool:
    """ "CVE-2024-1234": a year between a name's hyphen and more digits is a number of something."""
    before = m.string[max(0, m.start() - 2) : m.start()]
    return before[-1:] == "-" and before[0].isupper() and ("-" in m[0] or bool(re.match(r"-\d", m.string[m.end() :])))


_ADDRESS = re.compile(
    r"\s(?:[NSEW]\.?\s)?(?:[A-Z]\w+\.?\s){1,3}(?:Avenue|Ave|Street|St|Road|Rd|Drive|Dr|Lane|Boulevard|Blvd|Way|Highway|Court|Place)\b"
)


def plain_year(m: re.Match[str], s: Setting) -> Reading | None:
    """Four digits that stand as a year does: not "2019 people", "2019 km", "page 1950", "1,950", "$1999"."""
    value, text = int(m[0]), m.string
    if not 1000 <= value <= 2100:
        return None
    after = re.match(r"\s?[\s-]([^\W\d_]+)", text[m.end() : m.end() + 16])
    previous, table = previous_word(m), words.table()
    if previous == "than" and re.search(
        r"(?:later|earlier|sooner)\sthan\s$", text[max(0, m.start() - 16) : m.start()], re.IGNORECASE
    ):
        previous = "in"
    if _ADDRESS.match(text, m.end()):
        return None
    if previous in table["not_year_before"] or (after and after[1].lower() in table["not_year_after"]):
        return None
    if _identifier(m) or (previous in table["counters"] and after and after[1].islower() and after[1].endswith("s")):
        return None  # it has 1024 pixels
    if (text[max(0, m.start() - 1) : m.start()] in "$€£¥#/" and m.start()) or text[m.end() : m.end() + 1] in ("%", "°"):
        return None
    return template(Fields(value)).but(prior=0.9 if previous in table["year_cues"] else 0.75)


def spelled(m: re.Match[str], s: Setting) -> Reading | None:
    """ "nineteen eighty-four" in words, where a year is expected."""
    after = re.match(r"\s([^\W\d_]+)", m.string[m.end() : m.end() + 16])
    table = words.table()
    if previous_word(m) not in table["year_cues"] or (after and after[1].lower() in table["not_year_after"]):
        return None
    return template(Fields(year(m["y"])))


def numeric_month(m: re.Match[str], s: Setting) -> Reading:
    return template(Fields(int(m["y"]), int(m["m"]))).but(prior=0.6)


def historic_year(m: re.Match[str], s: Setting) -> Reading:
    value = int(re.sub(r"[,\s]", "", m["n"]))
    return template(Fields(1 - value if m["era"].upper().startswith("B") else value))


def years(m: re.Match[str], s: Setting) -> Reading | None:
    """1914–18, or 1914-1918; 2004/05."""
    a, b = int(m["y"]), int(m["y"][: 4 - len(m["z"])] + m["z"])
    if m["z"] == "00" and m["y"].endswith("99"):
        b += 100
    if not (1000 <= a <= 2100 and a < b) or (len(m["z"]) == 4 and _identifier(m)):
        return None
    if m.groupdict().get("slash") and b != a + 1:
        return None
    start, end = instant(a), instant(b)
    return Reading("year", span_timex(start, end, "year"), ((start, instant(b + 1)),))


def era_years(m: re.Match[str], s: Setting) -> Reading | None:
    """ "330–360 AD", "from 264 to 146 BC", "AD 330–360", "c. 940–1000": years of any length, said to be years."""
    era, a, b = (m.groupdict().get("era") or "").upper(), int(m["n"]), int(m["z"])
    if m.groupdict().get("to", "").strip().lower() == "and" and not _BETWEEN.search(
        m.string, max(0, m.start() - 14), m.start()
    ):
        return None
    if era.startswith("B"):
        a, b = 1 - a, 1 - b
    elif b < a and len(m["z"]) < len(m["n"]):
        b = int(m["n"][: len(m["n"]) - len(m["z"])] + m["z"])  # 843–50
    if a >= b:
        return None
    start, end = instant(a), instant(b)
    return Reading("year", span_timex(start, end, "year"), ((start, instant(b + 1)),))


def early_year(m: re.Match[str], s: Setting) -> Reading:
    """ "c. 843", "died 840", "fl. 618"."""
    return template(Fields(int(m["n"]))).but(prior=0.7)


def weekday_and_numbers(m: re.Match[str], s: Setting) -> Reading | None:
    """Friday "7.6"."""
    a, b = int(m["a"]), int(m["b"])
    month_, day = (b, a) if s.day_first or a > 12 else (a, b)
    return template(Fields(None, month_, day), s.now) if 1 <= month_ <= 12 and 1 <= day <= 31 else None


def decade(m: re.Match[str], s: Setting) -> Reading | None:
    text = m["n"]
    value = int(text) if text.isdigit() else words.look_up("decades", text)
    if value % 10 or (text.isdigit() and len(text) == 4 and not 1000 <= value <= 2100):
        return None
    if value >= 1000:  # "the 1800s" is a century, "the 2000s" a decade
        return unit_at(instant(value), "century" if value % 100 == 0 and value != 2000 else "decade")
    value += (int(m["c"]) * 100 if m["c"] else 1900 if value >= 30 else 2000) if text.isdigit() else 1900
    return unit_at(instant(value), "decade").but(prior=0.9 if not text.isdigit() else 0.8)


def century(m: re.Match[str], s: Setting) -> Reading:
    return century_of(words.number(m["n"]), m["unit"], m["era"])


def century_of(n: int, unit: str | None, era: str | None) -> Reading:
    size = 1000 if (unit or "").lower().startswith("millen") else 100
    if era and era.upper().startswith("B"):
        start, end = instant(1 - n * size), instant(1 - (n - 1) * size)
        return Reading("century" if size == 100 else "millennium", span_timex(start, end, "year"), ((start, end),))
    return unit_at(instant((n - 1) * size), "century" if size == 100 else "millennium")


def quarter(m: re.Match[str], s: Setting) -> Reading | None:
    groups = m.groupdict()
    n = words.number(groups["n"])
    unit, months, top = ("half", 6, 2) if (groups.get("kind") or "q").lower()[0] == "h" else ("quarter", 3, 4)
    if not 1 <= n <= top:
        return None
    y = year(groups.get("y"))
    if y is None:
        if s.now is None:
            return Reading(unit, f"XXXX-{'H' if unit == 'half' else 'Q'}{n}")
        y = civil_from_days(s.now // DAY)[0]
        return unit_at(instant(y, (n - 1) * months + 1), unit).but(relative=True)
    return unit_at(instant(y, (n - 1) * months + 1), unit)


_SEASON_MONTH = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}


def season(m: re.Match[str], s: Setting) -> Reading | None:
    """ "winter 1941", "last summer"; alone, spring and fall need "in the" before them."""
    groups = m.groupdict()
    code, step, y = words.look_up("seasons", m["season"]), groups.get("step"), year(groups.get("y"))
    if y is not None:
        return unit_at(instant(y, _SEASON_MONTH[code]), "season")
    if step is None:
        if re.match(r"\s[A-Z]", m.string[m.end() : m.end() + 2]):
            return None  # Winter Olympics
        led = re.search(r"\b(?:in|the|by|until|of)\s$", m.string[max(0, m.start() - 6) : m.start()])
        return (
            Reading("season", f"XXXX-{code}", prior=0.7)
            if led or m["season"].lower() not in ("spring", "fall")
            else None
        )
    n = words.look_up("steps", step)
    if s.now is None:
        return Reading("season", f"PRESENT_REF{'-+'[n >= 0]}P{abs(n)}Y-{code}")
    return unit_at(instant(civil_from_days(s.now // DAY)[0] + n, _SEASON_MONTH[code]), "season").but(relative=True)


def numbered_week(m: re.Match[str], s: Setting) -> Reading | None:
    if m["y"] is None and s.now is None:
        return None
    y = year(m["y"]) or civil_from_days((s.now or 0) // DAY)[0]
    return read_iso(f"{y:04}-W{int(m['n']):02}")


def weekday_alone(m: re.Match[str], s: Setting) -> Reading | None:
    word = m["w"].rstrip(".")
    if (
        len(word) <= 5
        and word.lower() in words.table()["ambiguous"]
        and (not word[0].isupper() or word in ("Sun", "Sat", "Mar"))
    ):
        return None
    wday = words.look_up("weekdays", word)
    reading = template(Fields(weekday=wday), s.now)
    return reading.but(recurrence="P1W", spans=(), relative=False) if m["s"] else reading.but(prior=0.8)


def weekday_with_day(m: re.Match[str], s: Setting) -> Reading:
    """ "Tue 13th"; "Tuesday the 13th" is of this month if it can be."""
    fields = Fields(weekday=words.look_up("weekdays", m["w"].rstrip(".")), day=words.number(m["d"]))
    if s.now is not None and fields.day:
        y, number, _ = civil_from_days(s.now // DAY)
        if fields.day <= month_length(y, number):
            day = days_from_civil(y, number, fields.day)
            if weekday(day) == fields.weekday and (m["the"] or day == s.now // DAY):
                return unit_at(day * DAY, "day").but(relative=True)
    return template(fields, s.now)


def day_of_month(m: re.Match[str], s: Setting) -> Reading | None:
    """ "on the 18th", where no noun comes after."""
    day = words.number(m["d"])
    led = re.search(
        r"\b(?:on|by|until|till|since|before|after|from)\s(?:the\s)?$", m.string[max(0, m.start() - 12) : m.start()]
    )
    whole = len(m.string) < 24 and m.string.lower() in (m[0].lower(), f"the {m[0].lower()}")
    return template(Fields(day=day), s.now).but(prior=0.6) if (led or whole) and 1 <= day <= 31 else None


def era(m: re.Match[str], s: Setting) -> Reading:
    first, last = words.look_up("eras", m["era_name"])
    start, end = instant(first), instant(last)
    return Reading(
        "era", f"({timex_year(first)},{timex_year(last)},P{last - first}Y)", ((start, end),), approximate=True
    )


def iso(m: re.Match[str], s: Setting) -> Reading | None:
    return read_iso(m[0], s.now)


def year_first(m: re.Match[str], s: Setting) -> Reading | None:
    """ "2024/05/01": nobody writes the day between the year and the month, unless it can be nothing else."""
    a, b = int(m["a"]), int(m["b"])
    return template(Fields(int(m["y"]), *((b, a) if a > 12 >= b else (a, b))), s.now)


def slashed(m: re.Match[str], s: Setting) -> Reading | None:
    """ "22/04", but not the fraction 3/4: two digits on one side, or a word before that only a date follows."""
    likely = (
        len(m["a"]) == 2
        or len(m["b"]) == 2
        or re.match(r"\s(?:at|between|from)\s\d", m.string[m.end() : m.end() + 10])
        or re.search(r"\b(?:on|until|by|since)\s$", m.string[max(0, m.start() - 8) : m.start()])
    )
    reading = day_month_year(m, s) if likely and max(int(m["a"]), int(m["b"])) <= 31 else None
    return reading and reading.but(prior=0.6)


def unit_of(word: str) -> str:
    """The unit of "weeks", "hrs", "century"; "" for none."""
    units, word = words.table()["units"] | {"h": "hour"}, word.lower()
    return units.get(word, units.get(word.removesuffix("s"), ""))
