"""What a match of a rule says: functions from a match and the setting to a Reading, None for no date after all."""

from __future__ import annotations

import re
from dataclasses import dataclass

from omnimodal.encoders.date.calendar import DAY, civil_from_days, days_from_civil, instant, month_length, weekday
from omnimodal.encoders.date.expressions import words
from omnimodal.encoders.date.expressions.ranges import between
from omnimodal.encoders.date.expressions.reading import Fields, Reading, template, unit_at, unresolved, year_span
from omnimodal.encoders.date.notation import read_iso


@dataclass(frozen=True)
class Setting:
    """What expressions are read against: the reference in seconds from 2000, and which comes first in 04/01."""

    now: int | None = None
    day_first: bool = False


PIVOT = 40  # two digits are of 1940 to 2039; those from 30 on may be of either century


def year(text: str | None) -> int | None:
    """ "1976", "'76", "76", "nineteen seventy-six": two digits are of 1940 to 2039."""
    if not text:
        return None
    if text[0].isalpha():
        return spelled_year(text)
    value = int(text.strip("'’"))
    pivot = 30 if text[0] in "'’" else PIVOT  # '39 looks back
    return value if len(text) > 3 else value + (2000 if value < pivot else 1900)


def spelled_year(text: str) -> int:
    """ "nineteen eighty-six", "two thousand and five"."""
    parts = re.findall(r"[a-z]+", text.lower())
    if parts[1] == "thousand":
        return 2000 + (words.number(" ".join(parts[2:])) if parts[2:] else 0)
    return 100 * words.number(parts[0]) + words.number(" ".join(parts[1:]))


def year_of(m: re.Match[str]) -> int | None:
    """The year of a rule's match, of three digits, or with "BC" or "AD" behind it perhaps."""
    groups = m.groupdict()
    y, era = groups.get("y"), groups.get("era") or ""
    if not y or not (era or re.fullmatch(r"\d{3}", y)):
        return year(y)
    return 1 - int(y) if era.upper().startswith("B") else int(y)


_PREVIOUS_WORD = re.compile(r"([^\W\d_]+)[\s.(]{0,2}$")


def previous_word(m: re.Match[str]) -> str:
    """The word before, in small letters; "" for none."""
    before = _PREVIOUS_WORD.search(m.string, max(0, m.start() - 16), m.start())
    return before[1].lower() if before else ""


_NEXT_WORD = re.compile(r"\s?[\s-]([^\W\d_]+)")


def next_word(m: re.Match[str]) -> str:
    """The word behind, as it is written, or as much of a long one as tells it; "" for none."""
    behind = _NEXT_WORD.match(m.string, m.end(), m.end() + 16)
    return behind[1] if behind else ""


def day_month_year(m: re.Match[str], s: Setting) -> Reading | None:
    """ "04/01/1976", whose other order is an alternative. Raises InvalidEntityError where neither order is a day."""
    a, b, digits = int(m["a"]), int(m["b"]), m.groupdict().get("y") or ""
    y = year(digits)
    if previous_word(m) in words.table()["not_year_before"]:
        return None  # version 1.2.2019
    # Where months come first in 04/01, dates with dots are still those of countries where the day does.
    orders = [(b, a), (a, b)] if s.day_first or m.groupdict().get("s") == "." else [(a, b), (b, a)]
    readings = [template(Fields(y, month_, day), s.now) for month_, day in orders if month_ <= 12 and day <= 31]
    if not readings:
        return template(Fields(y, a, b), s.now)  # raises, naming the field
    others = readings[1:] if a != b else []
    if len(digits) == 2 and 30 <= int(digits) < PIVOT:
        said = readings if a != b else readings[:1]
        others += [template(r.fields._replace(year=1900 + int(digits))) for r in said if r.fields]
    return readings[0].but(others=tuple(others))


def named_day(m: re.Match[str], s: Setting) -> Reading:
    """ "4 July 1976", "July 4". Raises InvalidEntityError for a day that the month has not."""
    return template(Fields(year_of(m), words.month(m["m"]), words.number(m["d"])), s.now)


BETWEEN = re.compile(r"\bbetween\s{1,2}(?:the\s)?$", re.IGNORECASE)


def days_of_month(m: re.Match[str], s: Setting) -> Reading | None:
    """ "12 to 14 May 2020"."""
    if m["to"].lower().strip() == "and" and not BETWEEN.search(m.string, max(0, m.start() - 14), m.start()):
        return None  # 18 and 19 June are two
    ends = [template(Fields(year_of(m), words.month(m["m"]), words.number(m[d])), s.now) for d in ("d", "e")]
    return between(ends[0], ends[1], s.now)


def named_month(m: re.Match[str], s: Setting) -> Reading | None:
    """A month with a year; alone, not the verbs may and march, nor Jan, unless "in" or the like is before."""
    word = m["m"].rstrip(".")
    if m["y"]:
        return template(Fields(year_of(m), words.month(word)))
    doubtful = word.lower() in words.table()["ambiguous"] or len(word) < 4
    led = previous_word(m) in words.table()["month_cues"]
    ranged = re.match(r"\s?[-–—/]\s?[A-Z][a-z]", m.string[m.end() : m.end() + 5])
    if doubtful and not (led or ranged or (word[0].isupper() and word in ("May", "March", "August"))):
        return None
    if not led and not ranged and word.lower() in words.table()["name_months"] and in_name(m):
        return None
    if word == "May" and not led and next_word(m).lower() in words.table()["behind_wish"]:
        return None  # May God be with you
    if doubtful and word in ("may", "march"):
        return None
    return template(Fields(None, words.month(word)), s.now).but(prior=0.7)


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


def numeric_month(m: re.Match[str], s: Setting) -> Reading:
    """ "05/2020", "2020-5"; "1934-5" is two years."""
    y = int(m["y"])
    if len(m["m"]) == 1 and m.start("y") == m.start() and int(m["m"]) == y % 10 + 1:
        return year_span(y, y + 1)
    return template(Fields(int(m["y"]), int(m["m"]))).but(prior=0.6)


def weekday_and_numbers(m: re.Match[str], s: Setting) -> Reading | None:
    """Friday "7.6"."""
    a, b = int(m["a"]), int(m["b"])
    month_, day = (b, a) if s.day_first or a > 12 else (a, b)
    return template(Fields(None, month_, day), s.now) if 1 <= month_ <= 12 and 1 <= day <= 31 else None


def quarter(m: re.Match[str], s: Setting) -> Reading | None:
    """ "Q3 2021", "the second half of 2021"; without a year that of the reference."""
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


_THINGS = ("spring", "fall")  # are not only seasons


# The fall "of the company", but "of the same year".
_OF_WHAT = r"\sof\s(?!(?:the\s|that\s|his\s|her\s|its\s)?(?:\w+\s)?(?:year|<step>|['’]?\d))"


_SEASON_MONTH = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}


def season(m: re.Match[str], s: Setting) -> Reading | None:
    """ "winter 1941", "last summer"; alone, spring and fall need "in the" before them."""
    groups = m.groupdict()
    code, step, y = words.look_up("seasons", m["season"]), groups.get("step"), year_of(m)
    if y is not None:
        return unit_at(instant(y, _SEASON_MONTH[code]), "season")
    if step is None:
        that = m.string[max(0, m.start() - 5) : m.start()].lower() == "that "
        if not that and re.match(r"\s[A-Z]", m.string[m.end() : m.end() + 2]):
            return None  # Winter Olympics
        led = that or previous_word(m) in ("in", "the", "by", "until", "of")
        if m["season"].lower() in _THINGS:
            sure = led and not words.expand(_OF_WHAT).match(m.string, m.end())
        else:
            sure = led or bool(words.expand("<no_noun>").match(m.string, m.end()))  # winter wheat
        return Reading("season", f"XXXX-{code}", prior=0.7) if sure else None
    n = words.look_up("steps", step)
    if s.now is None:
        return Reading("season", unresolved(n, f"P{abs(n)}Y-{code}"))
    return unit_at(instant(civil_from_days(s.now // DAY)[0] + n, _SEASON_MONTH[code]), "season").but(relative=True)


def numbered_week(m: re.Match[str], s: Setting) -> Reading | None:
    """ "Week 12 of 2020"; without a year that of the reference, if there is one."""
    if m["y"] is None and s.now is None:
        return None
    y = year(m["y"]) or civil_from_days((s.now or 0) // DAY)[0]
    return read_iso(f"{y:04}-W{int(m['n']):02}")


_DAY_NUMBER = re.compile(
    r"\s?,?\s?\d{1,2}(?:st|nd|rd|th)?(?:\s[A-Z][a-z]{2}|\b|:\d\d|\s?[ap]m)|\s?[-–]\s?[A-Z][a-z]{2}"
)


def weekday_alone(m: re.Match[str], s: Setting) -> Reading | None:
    """ "Tuesday", the nearest ones to the reference; "Tuesdays", a recurrence; not the verbs "sat" and "wed"."""
    word = m["w"].rstrip(".")
    if (
        len(word) <= 5
        and word.lower() in words.table()["ambiguous"]
        and not (word[0].isupper() and (word not in ("Sun", "Sat") or _DAY_NUMBER.match(m.string, m.end())))
    ):
        return None
    wday = words.weekday(word)
    reading = template(Fields(weekday=wday), s.now)
    return reading.but(recurrence="P1W", spans=(), relative=False) if m.groupdict().get("s") else reading.but(prior=0.8)


def weekday_with_day(m: re.Match[str], s: Setting) -> Reading:
    """ "Tue 13th"; "Tuesday the 13th" is of this month if it can be."""
    fields = Fields(weekday=words.weekday(m["w"]), day=words.number(m["d"]))
    if s.now is not None and fields.day:
        y, number, _ = civil_from_days(s.now // DAY)
        if fields.day <= month_length(y, number):
            day = days_from_civil(y, number, fields.day)
            if weekday(day) == fields.weekday and (m["the"] or day == s.now // DAY):
                return unit_at(day * DAY, "day").but(relative=True)
    return template(fields, s.now)


_BEFORE_DAY = r"\b(?:(?P<on>on\sthe)|(?:on|by|until|till|since|before|after|from)(?:\sthe)?|<weekday>,?\sthe)\s$"


def day_of_month(m: re.Match[str], s: Setting) -> Reading | None:
    """ "on the 18th", where no noun comes after: surer than that it is a mere ordinal; so is not "from the 18th"."""
    day = words.number(m["d"])
    led = words.expand(_BEFORE_DAY).search(m.string, max(0, m.start() - 16), m.start())
    whole = len(m.string) < 24 and m.string.lower() in (m[0].lower(), f"the {m[0].lower()}")
    if not (led or whole) or not 1 <= day <= 31:
        return None
    return template(Fields(day=day), s.now).but(prior=0.95 if led and led["on"] else 0.6)


def iso(m: re.Match[str], s: Setting) -> Reading | None:
    """What ISO 8601 and EDTF write with digits only."""
    if len(m[0]) == 10 and m[0][4] == m[0][7] == "-":
        return template(Fields(int(m[0][:4]), int(m[0][5:7]), int(m[0][8:])))
    return read_iso(m[0], s.now)


def year_first(m: re.Match[str], s: Setting) -> Reading | None:
    """ "2024/05/01": nobody writes the day between the year and the month, unless it can be nothing else."""
    a, b = int(m["a"]), int(m["b"])
    return template(Fields(int(m["y"]), *((b, a) if a > 12 >= b else (a, b))), s.now)


def slashed(m: re.Match[str], s: Setting) -> Reading | None:
    """ "22/04", but not the fraction 3/4: two digits on one side, or a word before that only a date follows."""
    if m[0] == "24/7":
        return None
    likely = (
        len(m["a"]) == 2
        or len(m["b"]) == 2
        or re.match(r"\s(?:at|between|from)\s\d", m.string[m.end() : m.end() + 10])
        or previous_word(m) in ("on", "until", "by", "since")
    )
    reading = day_month_year(m, s) if likely and max(int(m["a"]), int(m["b"])) <= 31 else None
    return reading and reading.but(prior=0.6)


def unit_of(word: str) -> str:
    """The unit of "weeks", "hrs", "century"; "" for none."""
    units, word = words.table()["units"], word.lower()
    return "hour" if word == "h" else units.get(word, units.get(word.removesuffix("s"), ""))
