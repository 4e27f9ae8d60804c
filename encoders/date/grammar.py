"""The rules: what a date expression looks like. Each is tried where a word of its kind begins.

A rule is a pattern, in which <name> stands for a piece from words.py, and a function of meaning.py, which says what a
match means. Rules compose in compose.py: dates with times, ranges, "before …".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache

from omnimodal.encoders.date import feasts, words
from omnimodal.encoders.date.clock import bare_time, minutes_past, minutes_to, moment, roughly, time_of_day
from omnimodal.encoders.date.duration import lasting
from omnimodal.encoders.date.feasts import feast
from omnimodal.encoders.date.meaning import (
    Setting,
    century,
    day_month_year,
    day_of_month,
    days_of_month,
    decade,
    early_year,
    era,
    era_years,
    historic_year,
    iso,
    named_day,
    named_month,
    numbered_week,
    numeric_month,
    plain_year,
    quarter,
    season,
    slashed,
    spelled,
    weekday_alone,
    weekday_and_numbers,
    weekday_with_day,
    year_first,
    years,
)
from omnimodal.encoders.date.reading import Fields, Reading, template
from omnimodal.encoders.date.relative import (
    beside,
    daypart,
    end_of,
    every_month,
    every_nth,
    every_part,
    kind_of_year,
    near_day,
    next_but_one,
    now,
    offset,
    present,
    recurring,
    rest_of,
    same,
    stepped,
    stretch,
    the_unit,
    this_weekend,
    weekdays_away,
    working_days,
)


@dataclass(frozen=True)
class Rule:
    pattern: str
    build: Callable[[re.Match[str], Setting], Reading | None]
    regex: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "regex", words.expand(self.pattern))


_OF = r"(?:\s?,\s?|\s{1,3}(?:of\s{1,3}|in\s{1,3})?|\s?[-/.]\s?)"
_ERA = r"\d{1,5}(?=\s?(?:<era>))"
_YEAR = rf"(?:{_OF}(?:the\s(?:year\s)?)?(?P<y><year>|{_ERA}|(?<=of\s)\d\d\b(?![.:]\d))(?:\s?(?P<era><era>))?)?"
# Years of three digits are only those that something says to be years: c. 843, r. 618–907, died 840.
_CUED_YEAR = (
    r"(?:(?<=\bc\.)|(?<=\bc\.\s)|(?<=\bca\.\s)|(?<=\bcirca\s)|(?<=\br\.\s)|(?<=\bfl\.\s)|(?<=\bd\.\s)|(?<=\bb\.\s)"
    r"|(?<=\bborn\s)|(?<=\bdied\s)|(?<=\bborn\sin\s)|(?<=\bdied\sin\s)|(?<=\breigned\s))"
)
# Behind a number without a unit: nothing, or a word that is no noun.
_NO_NOUN = (
    r"(?![\w%°$€£]|[.,:/-]\d|\s(?!(?:and|or|to|until|till|in|at|by|on|as|when|where|if|after|before|he|she|it|they|we|i|you|the"
    r"|but|with|under|during|for|from|is|was|will|then|because|since|so)\b)[\w$€£])"
)
_AFTER_WEEKDAY = (
    r"(?:(?<=monday\s)|(?<=tuesday\s)|(?<=wednesday\s)|(?<=thursday\s)|(?<=friday\s)|(?<=saturday\s)|(?<=sunday\s))"
)
_SPOKEN_HOUR = r"(?P<t><hour>|(?:1[0-2]|\d)(?=[ap]\.?m\b|\b))(?:\s?(?P<half>[ap]\s?\.?\s?m\b\.?))?"
_KIND_OF_YEAR = r"(?P<kind>fiscal|financial|school|calendar)"
_ISO_CLOCK = r"[0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"


@cache
def rules() -> dict[str, tuple[Rule, ...]]:
    """Rules by the kind of the token they begin with, see `kinds`. The longest match wins, then the first."""
    t, holidays = words.table(), feasts.pattern()
    nth_weekday = Rule(r"(?P<nth><ordinal>|last)\s(?P<w><weekday>)\s(?:of|in)\s(?:every|each)\smonth\b", every_nth)
    return {
        "digits": (
            Rule(rf"\d{{4}}-\d\d-\d\d(?:[T ]{_ISO_CLOCK})?(?![\w-])", iso),
            Rule(r"\d{4}-(?:0[1-9]|1[0-2])(?![\w-]|\.\d)", iso),
            Rule(r"\d{4}-(?:W\d\d(?:-\d)?|Q[1-4])(?![\w-])", iso),
            Rule(r"(?P<y>\d{4})-(?P<m>[1-9])(?![\w-]|[.:]\d)", numeric_month),
            Rule(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\w|[.,:]\d)", iso),
            Rule(r"(?P<m>0[1-9]|1[0-2])[-/](?P<y>(?:19|20)\d\d)(?![\w/-]|\.\d)", numeric_month),
            Rule(r"(?P<y>\d{4})(?P<s>[-/.])(?P<a>\d{1,2})(?P=s)(?P<b>\d{1,2})(?![\w/]|\.\d)", year_first),
            Rule(
                r"(?P<a>\d{1,2})(?P<s>[/.-])(?P<b>\d{1,2})(?P=s)(?P<y>\d{4}|\d{2})(?![\w/]|\.\d|-(?!\d{1,2}[/.]))",
                day_month_year,
            ),
            Rule(r"(?P<a>\d{1,2})/(?P<b>\d{1,2})(?P<y>)?(?![\w/]|[.,]\d)", slashed),
            Rule(rf"(?P<d><day>)(?:\s?-\s?|\s{{0,3}}(?:day\s)?(?:of\s)?)(?P<m><month>){_YEAR}", named_day),
            Rule(rf"(?P<d><day>)\s(?:of\s)?(?P<m><month>),?\s(?P<y>[1-9]\d\d){_NO_NOUN}", named_day),
            Rule(r"(?P<y>\d{4})[\s/-](?P<m><month>)[\s/-](?P<d><day>)", named_day),
            Rule(r"(?P<y>\d{4})[/-](?P<d>[0-3]?\d)[/-](?P<m><month>)(?!\w)", named_day),
            Rule(r"(?P<d>[0-3]?\d)[/-](?P<y>\d{4})[/-](?P<m><month>)", named_day),
            Rule(r"(?P<y>\d{4})\s(?P<m><month>)", named_month),
            Rule(r"(?P<n>\d{1,3}(?:,\d{3}){1,3}|\d{1,10})\s?(?P<era><era>)", historic_year),
            Rule(r"(?P<y>\d{4})<dash>(?P<z>\d{4}|\d\d)(?![\w-]|[.,:]\d)", years),
            Rule(r"(?P<y>\d{4})(?P<slash>/)(?P<z>\d{4}|\d\d)(?![\w/-]|[.,:]\d)", years),
            Rule(r"(?P<n>\d{1,5})(?P<to><dash>|\sto\s|\suntil\s|\sand\s)(?P<z>\d{1,5})\s?(?P<era><era>)", era_years),
            Rule(rf"{_CUED_YEAR}(?P<n>[1-9]\d\d){_NO_NOUN}", early_year),
            Rule(rf"{_CUED_YEAR}(?P<n>[1-9]\d\d)<dash>(?P<z>\d{{2,4}}){_NO_NOUN}", era_years),
            Rule(rf"{_AFTER_WEEKDAY}(?P<a>\d{{1,2}})\.(?P<b>\d{{1,2}})(?![\w%]|[.,]\d)", weekday_and_numbers),
            Rule(r"(?<=on\sthe\s)(?P<d>3[01]|[12]\d|[1-9])(?=\s(?:from|between|at)\s\d)", day_of_month),
            Rule(r"\d{4}(?!\w|[.,:]\d|[-–/]\d{1,3}(?!\d))", plain_year),
            Rule(r"(?P<n>(?P<c>)\d{4}|(?:\d0))['’]?s(?!\w)", decade),
            Rule(r"(?P<n><ordinal>)[\s-]{1,2}(?P<unit>centur(?:y|ies)|millenni(?:um|a))(?:\s(?P<era><era>))?", century),
            Rule(r"(?P<n>[1-4])Q\s?(?P<y>\d{4}|['’]?\d\d)(?!\w)", quarter),
            Rule(r"(?P<n>[1-4](?:st|nd|rd|th))\s(?P<kind>quarter|half)(?:\s(?:of\s)?(?P<y><year>))?", quarter),
            Rule(r"(?P<t><clock>)\.?\s?(?P<half><meridiem>)", time_of_day),
            Rule(r"(?P<t>(?:2[0-4]|1\d|0?\d)[:.][0-5]\d(?:[:.][0-5]\d)?)\s?(?P<half><meridiem>)(?!\w)", time_of_day),
            Rule(r"(?P<t>(?:2[0-4]|1\d|0?\d):[0-5]\d(?::[0-5]\d)?)(?!(?!Z\b)\w|[.:]\d)(?:\sUhr\b)?", time_of_day),
            Rule(r"(?P<t>\d{1,2})\so['’]?clock", time_of_day),
            Rule(r"(?P<t>1[0-2]|0?[1-9])(?P<n>[0-5]\d)\s?(?P<half>[ap]\.?m\b\.?)", time_of_day),
            Rule(r"12\s(?P<w>noon|midnight)\b", moment),
            Rule(r"(?P<y>\d{4})[\s-](?P<kind>[qh])(?P<n>[1-4])\b", quarter),
            Rule(r"(?P<t>1[0-2]|[1-9])ish\b", roughly),
            Rule(r"(?P<t>0\d[0-5]\d|(?:2[0-4]|1\d|0?\d)(?:\.[0-5]\d)?)", bare_time),
            *_days(),
            nth_weekday,
            *_spoken_times(),
            *_amounts(),
        ),
        "number": (
            *_amounts(),
            Rule(r"(?P<d><nth>)\s(?:day\s)?of\s(?:every|each)\smonth\b", every_month),
            Rule(rf"(?P<d><nth>){_NO_NOUN}(?!-)", day_of_month),
            Rule(
                rf"(?P<d><day>)\s?(?P<to><dash>|to|and|till|until|through)\s?(?:the\s)?(?P<e><day>)\s(?:of\s)?(?P<m><month>){_YEAR}",
                days_of_month,
            ),
            Rule(rf"(?P<d><day>)\s(?:day\s)?(?:of\s)?(?P<m><month>){_YEAR}", named_day),
            nth_weekday,
            Rule(r"(?P<y><year>)", spelled),
            Rule(r"(?P<n><ordinal>)[\s-]{1,2}(?P<unit>centur(?:y|ies)|millenni(?:um|a))(?:\s(?P<era><era>))?", century),
            Rule(r"(?P<n><ordinal>)\s(?P<kind>quarter|half)\s(?:of\s)(?P<y><year>)", quarter),
            Rule(r"(?P<n><ordinal>)\s(?P<kind>quarter)(?P<y>)?\b(?!\s(?:of|mile))", quarter),
            Rule(r"(?P<t><hour>)\s(?:o['’]?clock)(?:\s(?P<half><meridiem>))?", time_of_day),
            Rule(r"(?P<t><hour>)(?:[\s-](?P<n><minutes>))?\s(?P<half>[ap]\s?\.?m\b\.?)", time_of_day),
            Rule(r"(?P<t><hour>)(?:[\s-](?P<n><minutes>)(?:\sminutes)?)?", bare_time),
            *_spoken_times(),
        ),
        "limit": _amounts(),
        "month": (
            Rule(
                r"(?P<m><month>)\s(?:the\s)?(?P<d><day>)\s?(?P<to><dash>|to|until|till|through|and)\s?(?:the\s)?(?P<e><day>)"
                rf"(?!\s(?:<month>|years?\b|[ap]\.?m)){_YEAR}",
                days_of_month,
            ),
            Rule(rf"(?P<m><month>)[\s/-]{{1,2}}(?:the\s)?(?P<d><day>){_YEAR}", named_day),
            Rule(rf"(?P<m><month>)\s(?P<d><day>),\s(?P<y>[1-9]\d\d){_NO_NOUN}", named_day),
            Rule(r"(?P<m><month>)-(?P<y>\d{4})-(?P<d>[0-3]?\d)(?!\w)", named_day),
            Rule(rf"(?P<m><month>){_YEAR}", named_month),
        ),
        "weekday": (
            Rule(
                r"(?P<w><weekday>),?\s(?P<the>the\s)?(?P<d><nth>|\d{1,2}(?=[!?.,;)]|$)(?![.,]\d))(?!\s(?:of\s)?<month>)",
                weekday_with_day,
            ),
            Rule(r"(?P<w><weekday>)\s(?P<p><dayparts>)s", every_part),
            Rule(r"(?P<w><weekday>)(?P<s>)?", weekday_alone),
        ),
        "weekdays": (Rule(rf"(?P<w>{words.any_of(w for w in t['weekdays'] if len(w) > 5)})(?P<s>s)\b", weekday_alone),),
        "season": (
            Rule(
                r"(?P<season><season>)\s(?:of\s)?(?:the\syear\s)?(?P<y><year>)(?:[-–/]\d\d(?:\d\d)?(?![\d-]))?", season
            ),
            Rule(r"(?P<season><season>)", season),
        ),
        "quarter": (
            Rule(r"(?P<kind>[qh])(?P<n>[1-4])(?:[\s/-]?\s?(?:of\s)?(?P<y><year>|\d\d\b))?(?![^\W_])", quarter),
        ),
        "era": (
            Rule(r"(?P<era>AD|A\.D\.)\s?(?P<n>\d{1,4})\b", historic_year),
            Rule(
                r"(?:AD|A\.D\.)\s?(?P<n>\d{1,4})(?P<to><dash>|\sto\s|\suntil\s|\sand\s)(?P<z>\d{1,4})\b(?!\s?(?:<era>))",
                era_years,
            ),
            Rule(rf"(?P<era_name>{words.any_of(t['eras'])})\b", era),
        ),
        "decade": (Rule(rf"(?P<n>{words.any_of(t['decades'])})\b(?P<c>)?", decade),),
        "daypart": (Rule(r"(?P<p><daypart>)\b", daypart),),
        "in": (
            Rule(r"in\s(?P<amount><amount>)(?!\s(?:of|ago|later|before|after)\b)", offset),
            Rule(r"within\s(?:the\snext\s)?(?P<amount><amount>)", stretch),
            Rule(r"(?:in\s(?:the\s)?|at\s)(?P<p><daypart>)", daypart),
            Rule(rf"(?P<w>{words.any_of(t['now'])})\b", now),
        ),
        "year": (
            Rule(rf"{_KIND_OF_YEAR}\syear(?:\s(?P<y><year>)(?:[-–/]\d\d(?:\d\d)?(?![\d-]))?)?", kind_of_year),
            Rule(r"(?P<kind>fy|sy|cy)\s?(?P<y>\d{4}|['’]?\d\d)(?:[-–/]\d\d(?:\d\d)?)?(?!\w|[.,]\d)", kind_of_year),
            Rule(r"(?P<kind>fiscal)\s(?P<y><year>)(?:[-–/]\d\d(?:\d\d)?)?(?!\w|[.,]\d)", kind_of_year),
            Rule(r"(?:(?<=\bfor\sthe\s)|(?<=\bin\sthe\s))(?P<unit>day|week|month)\b(?=\s?[.!?](?:\s|$)|$)", the_unit),
            Rule(r"(?<=\bthe\s)(?P<unit>day|week|month|year)\s(?P<way>before|after)\b(?=\s?[.,;!?](?:\s|$)|$)", beside),
            Rule(r"(?:(?<=of\sthe\s)|(?<=in\sthe\s))(?P<unit>day|week|month|quarter|year|decade|century)\b", the_unit),
            Rule(r"eo(?P<unit>[ymwq])\b", end_of),
            Rule(r"rest\sof\s(?:(?:the|this)\s)?(?P<unit>day|week|month|quarter|year|decade)\b", rest_of),
            Rule(r"(?P<unit><unit>)\s(?P<way>after\snext|before\slast)\b", next_but_one),
            Rule(r"(?:calendar\s)?year\s(?P<y>\d{4})(?!\w|[.,]\d)", lambda m, s: template(Fields(int(m["y"])))),
            Rule(r"week\s(?P<n>\d{1,2})(?!\w|[.,:/]\d)(?:\s(?:of\s)?(?P<y>\d{4}))?", numbered_week),
        ),
        "moment": (
            Rule(rf"(?:12\s)?(?P<w>{words.any_of(t['moments'])})\b", moment),
            Rule(rf"(?P<t>{words.any_of(t['moments'])})ish\b", roughly),
        ),
        "relative": (
            Rule(rf"(?P<w>{words.any_of(t['days'])})\b(?:\s(?P<half>[ap]m)\b)?", near_day),
            Rule(r"the\s(?P<w>weekend)\b(?!\s?[^\W\d_]|\s\d|-)", this_weekend),
            Rule(rf"(?P<w>{words.any_of(t['now'])})\b", now),
            Rule(r"present\b(?!-)", present),
            Rule(r"same\s(?P<unit>day|week|month|year)\b", same),
            Rule(r"(?P<step>this|last|next)\s(?P<p><daypart>)", daypart),
            Rule(r"(?P<step><step>)\s(?P<season><season>)(?P<y>)?", season),
            Rule(r"(?P<step>next|last|past)\s(?P<amount>hour|minute)\b", stretch),
            Rule(r"(?P<step><step>)\s(?P<w><weekday>|<month>|<unit>|work[\s-]?week\b)", stepped),
            Rule(rf"(?P<step><step>)\s(?P<name>{holidays})\b(?P<y>)?", feast),
            Rule(
                rf"(?:(?P<step><step>)\s)?{_KIND_OF_YEAR}\syear(?:\s(?P<y><year>)(?:[-–/]\d\d(?:\d\d)?(?![\d-]))?)?",
                kind_of_year,
            ),
            Rule(rf"(?P<step><step>)\s(?P<amount><amount>)(?!\s(?:{words.any_of(t['directions'])})\b)", stretch),
            Rule(r"(?P<step><step>)\s(?P<count><count>)\s(?:business|working|work)[\s-]?days?\b", working_days),
            nth_weekday,
            Rule(r"(?:every|each)\s(?P<p><daypart>)", every_part),
            Rule(r"(?:every|each)\s(?:(?P<count>other|second|<count>)\s)?(?P<unit><unit>)", recurring),
            Rule(r"(?:every|each)\s(?:(?P<count>other|<ordinal>|<count>)\s)?(?P<w><weekday>)", recurring),
            Rule(r"(?:every|each)\s(?P<m><month>)", every_month),
            Rule(r"(?:once|twice)\s(?:an?|per|every|each)\s(?P<unit><unit>)", recurring),
            Rule(rf"(?P<single>{words.any_of(t['every'])})\b", recurring),
        ),
        "holiday": (Rule(rf"(?P<name>{holidays})\b{_YEAR}", feast),),
    }


def _days() -> tuple[Rule, ...]:
    to = r"\s?(?P<to><dash>|/|to|and|till|until|through)\s?(?:the\s)?"
    return (
        Rule(rf"(?P<d><day>){to}(?P<e><day>)\s(?:of\s)?(?P<m><month>){_YEAR}", days_of_month),
        Rule(r"(?P<d><nth>)\s(?:day\s)?of\s(?:every|each)\smonth\b", every_month),
        Rule(rf"(?P<d><nth>){_NO_NOUN}(?!-)", day_of_month),
    )


def _spoken_times() -> tuple[Rule, ...]:
    return (
        Rule(rf"(?P<n>five|ten|twenty|twenty[\s-]five)\s(?P<way>to)\s{_SPOKEN_HOUR}", minutes_to),
        Rule(rf"(?P<n>half|(?:a\s)?quarter|<count>)\s(?P<way>past)\s{_SPOKEN_HOUR}", minutes_past),
        Rule(
            rf"(?P<n>(?:a\s)?quarter|<count>(?=\smin))(?:\s(?:minutes?|mins?))?\s(?P<way>past|to)\s{_SPOKEN_HOUR}",
            minutes_past,
        ),
    )


def _amounts() -> tuple[Rule, ...]:
    t = words.table()
    named = "|".join(w for w in t["weekdays"] if len(w) > 5)
    amount = rf"(?:(?P<limit>{words.any_of(t['limits'])})\s)?(?P<amount><amount>)"
    return (
        Rule(amount.replace("<amount>)", "<one_amount>)"), lasting),  # where two in a row are a list
        Rule(amount, lasting),
        Rule(rf"{amount}\s(?P<way>{words.any_of(t['directions'])})\b", offset),
        Rule(
            rf"(?P<n><count>)\s(?P<w>{named})s?\s(?P<way>{words.any_of(t['directions'])})\b",
            weekdays_away,
        ),
        Rule(r"(?P<n><count>)\s(?P<step>next|last|past|following|coming)\s(?P<of><unit>)(?<=s)", stretch),
    )


@cache
def kinds() -> dict[str, tuple[str, ...]]:
    """The kinds of tokens that rules begin with, by lower-case word."""
    t = words.table()
    found: dict[str, list[str]] = {}

    def add(kind: str, names: Iterable[str]) -> None:
        for name in names:
            first = re.match(r"[^\W\d_]+", name)
            if first and kind not in found.setdefault(first[0], []):
                found[first[0]].append(kind)

    add("month", t["months"])
    add("weekday", t["weekdays"])
    add("weekdays", (w + "s" for w in t["weekdays"] if len(w) > 5))
    add("season", t["seasons"])
    add("number", [*t["numbers"], *t["ordinals"], *t["vague"], *t["halves"], "quarter"])
    add("limit", t["limits"])
    add("quarter", ["q", "h"])
    add("era", [*t["eras"], "ad", "a.d."])
    add("decade", t["decades"])
    add("daypart", t["dayparts"])
    add("in", ["in", "at", "within"])
    years = "year week month quarter decade fiscal financial school calendar fy sy cy eoy eom eow eoq rest"
    add("year", [*years.split(), "day", "century"])
    add("moment", [*t["moments"], *(w + "ish" for w in t["moments"])])
    add(
        "relative",
        [*t["days"], *t["now"], *t["steps"], *t["every"], "every", "each", "once", "twice", "present", "same"],
    )
    add("holiday", feasts.first_words())
    return {word: tuple(kinds) for word, kinds in found.items()}
