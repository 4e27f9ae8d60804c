"""The rules: what a date expression looks like. Each is tried where a word of its kind begins.

A rule is a pattern, in which <name> stands for a piece from words.py, and a function that says what a match means
(meaning, relative, years, clock, feasts, sets). Expressions are put together in compose.py: dates with times, ranges.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from omnimodal.encoders.date.expressions import feasts, words
from omnimodal.encoders.date.expressions.clock import bare_time, moment, roughly, time_of_day
from omnimodal.encoders.date.expressions.feasts import feast
from omnimodal.encoders.date.expressions.meaning import (
    days_of_month,
    named_day,
    named_month,
    numbered_week,
    quarter,
    season,
    weekday_alone,
    weekday_with_day,
)
from omnimodal.encoders.date.expressions.patterns import (
    CENTURY,
    EARLY,
    KIND_OF_YEAR,
    TO_NEXT,
    YEAR,
    Rule,
    amounts,
    days,
    nth_weekday,
    spoken_times,
)
from omnimodal.encoders.date.expressions.reading import Fields, template
from omnimodal.encoders.date.expressions.relative import (
    beside,
    daypart,
    end_of,
    kind_of_year,
    near_day,
    next_but_one,
    now,
    offset,
    present,
    rest_of,
    same,
    stepped,
    stepped_day,
    stretch,
    the_unit,
    this_weekend,
    working_days,
)
from omnimodal.encoders.date.expressions.sets import every_month, every_part, every_season, recurring
from omnimodal.encoders.date.expressions.years import (
    century,
    decade,
    ends_of_era,
    era,
    era_years,
    historic_year,
    spelled,
)


@cache
def rules() -> dict[str, tuple[Rule, ...]]:
    """Rules by the kind of word they begin with (of digits: digits.py). The longest match wins, then the first rule."""
    t, holidays = words.table(), feasts.pattern()
    named_year = Rule(rf"(?:(?P<step><step>)\s)?{KIND_OF_YEAR}\syear(?:\s(?P<y><year>){TO_NEXT})?", kind_of_year)
    return {
        "number": (
            *amounts(),
            *days(),
            Rule(rf"(?P<d><day>)\s(?:day\s)?(?:of\s)?(?P<m><month>){YEAR}", named_day),
            nth_weekday(),
            Rule(
                rf"(?P<c>fifteen|sixteen|seventeen|eighteen|nineteen)[\s-](?P<n>{words.any_of(t['decades'])})\b", decade
            ),
            Rule(r"(?P<y><year>)", spelled),
            Rule(CENTURY, century),
            Rule(r"(?P<n><ordinal>)\s(?P<kind>quarter|half)\s(?:of\s)(?P<y><year>)", quarter),
            Rule(r"(?P<n><ordinal>)\s(?P<kind>quarter)\b(?!\s(?:of|mile))", quarter),
            Rule(r"(?P<t><hour>)\s(?:o['’]?clock)(?:\s(?P<half><meridiem>))?", time_of_day),
            Rule(r"(?P<t><hour>)(?:[\s-](?P<n><minutes>))?\s(?P<half>[ap]\s?\.?m\b\.?)", time_of_day),
            Rule(r"(?P<t><hour>)(?:[\s-](?P<n><minutes>)(?:\sminutes)?)?", bare_time),
            *spoken_times(),
        ),
        "article": (*amounts(), *spoken_times()),
        "the": (
            *amounts(),
            Rule(rf"(?P<w>{words.any_of(w for w in t['days'] if w.startswith('the '))})\b", near_day),
            Rule(r"the\s(?P<w>weekend)\b(?!\s?[^\W\d_]|\s\d|-)", this_weekend),
        ),
        "limit": amounts(),
        "month": (
            Rule(
                r"(?P<m><month>)\s(?:the\s)?(?P<d><day>)\s?(?P<to><dash>|to|until|till|through|and)\s?(?:the\s)?(?P<e><day>)"
                rf"(?!\s(?:<month>|years?\b|[ap]\.?m)){YEAR}",
                days_of_month,
            ),
            Rule(rf"(?P<m><month>)[\s/-]{{1,2}}(?:the\s)?(?P<d><day>){YEAR}", named_day),
            Rule(r"(?P<m><month>)\s(?P<d><day>),\s(?P<y>[1-9]\d\d)<no_noun>", named_day),
            Rule(r"(?P<m><month>)-(?P<y>\d{4})-(?P<d>[0-3]?\d)(?!\w)", named_day),
            Rule(rf"(?P<m><month>){YEAR}", named_month),
        ),
        "weekday": (
            Rule(
                r"(?P<w><weekday>),?\s(?P<the>the\s)?(?P<d><nth>|\d{1,2}(?=[!?.,;)]|$)(?![.,]\d))(?!\s(?:of\s)?<month>)",
                weekday_with_day,
            ),
            Rule(r"(?P<w><weekday>)\s(?P<p><dayparts>)s", every_part),
            Rule(r"(?P<w><weekday>)", weekday_alone),
        ),
        "weekdays": (Rule(r"(?P<w><weekdays>)(?P<s>s)\b", weekday_alone),),
        "season": (
            Rule(rf"(?P<season><season>)\s(?:of\s)?(?:the\syear\s)?(?P<y><year>|{EARLY}){TO_NEXT}", season),
            Rule(r"(?P<season><season>)", season),
        ),
        "quarter": (
            Rule(r"(?P<kind>[qh])(?P<n>[1-4])(?:[\s/-]?\s?(?:of\s)?(?P<y><year>|\d\d\b))?(?![^\W_])", quarter),
        ),
        "era": (
            Rule(r"(?P<era>AD|A\.D\.)\s?(?P<n>\d{1,4})\b", historic_year),
            Rule(
                r"(?:AD|A\.D\.)\s?(?P<n>\d{1,4})(?P<to><dash>|\s(?:to|until|through|and)\s)(?P<z>\d{1,4})\b(?!\s?(?:<era>))",
                era_years,
                ends_of_era,
            ),
            Rule(rf"(?P<era_name>{words.any_of(t['eras'])})\b", era),
        ),
        "decade": (Rule(rf"(?P<n>{words.any_of(t['decades'])})\b", decade),),
        "daypart": (Rule(r"(?P<p><daypart>)\b", daypart),),
        "in": (
            Rule(r"in\s(?P<amount><amount>)(?!\s(?:of|ago|later|before|after)\b)", offset),
            Rule(r"within\s(?:the\snext\s)?(?P<amount><amount>)", stretch),
            Rule(r"(?:in\s(?:the\s)?|at\s)(?P<p><daypart>)", daypart),
            Rule(rf"(?P<w>{words.any_of(t['now'])})\b", now),
        ),
        "year": (
            named_year,
            Rule(rf"(?P<kind>fy|sy|cy)\s?(?P<y>\d{{4}}|['’]?\d\d){TO_NEXT}(?!\w|[.,]\d)", kind_of_year),
            Rule(rf"(?P<kind>fiscal)\s(?P<y><year>){TO_NEXT}(?!\w|[.,]\d)", kind_of_year),
            Rule(r"(?:(?<=\bfor\sthe\s)|(?<=\bin\sthe\s))(?P<unit>day|week|month)\b(?=\s?[.!?](?:\s|$)|$)", the_unit),
            Rule(r"(?<=\bthe\s)(?P<unit>day|week|month|year)\s(?P<way>before|after)\b(?=\s?[.,;!?](?:\s|$)|$)", beside),
            Rule(r"(?:(?<=of\sthe\s)|(?<=in\sthe\s))(?P<unit>day|week|month|quarter|year|decade|century)\b", the_unit),
            Rule(r"eo(?P<unit>[ymwqd])\b", end_of),
            Rule(r"(?<=\bend\sof\s)(?P<unit>day|week|month|quarter|year)\b", the_unit),
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
            Rule(rf"(?P<w>{words.any_of(t['now'])})\b", now),
            Rule(r"present\b(?!-)", present),
            Rule(r"same\s(?P<unit>day|week|month|year)\b", same),
            Rule(r"(?P<step>this|last|next)\s(?P<p><daypart>)", daypart),
            Rule(r"(?P<step><step>)\s(?P<season><season>)", season),
            Rule(r"(?P<step>next|last|past)\s(?P<amount>hour|minute)\b", stretch),
            Rule(r"(?P<step><step>)\s(?P<w><weekday>|<month>|<unit>|work[\s-]?week\b)", stepped),
            Rule(rf"(?P<step><step>)\s(?P<name>{holidays})\b", feast),
            named_year,
            Rule(rf"(?P<step><step>)\s(?P<amount><amount>)(?!\s(?:{words.any_of(t['directions'])})\b)", stretch),
            Rule(r"(?P<step><step>)\s(?P<count><count>)\s(?:business|working|work)[\s-]?days?\b", working_days),
            nth_weekday(),
            Rule(r"(?:every|each)\s(?P<p><daypart>)", every_part),
            Rule(r"(?:every|each)\s(?:(?P<count>other|<ordinal>|<count>)\s)?(?P<unit><unit>)", recurring),
            Rule(r"(?:every|each)\s(?P<single>weekday|(?:business|working|work)[\s-]?day)\b", recurring),
            Rule(
                r"(?:every|each)\s(?:(?P<count>other|<ordinal>|<count>)\s)?(?P<w>(?:<weekdays>)s\b|<weekday>)",
                recurring,
            ),
            Rule(r"(?:every|each)\s(?P<m><month>)(?:\s(?:the\s)?(?P<d><day>))?", every_month),
            Rule(r"(?:every|each)\s(?P<season><season>)", every_season),
            Rule(rf"(?:every|each)\s(?P<name>{holidays})\b", feast),
            Rule(r"(?P<step><step>)\s(?P<w><month>)\s(?P<d><day>)(?!\s(?:years?|days?|weeks?)\b)", stepped_day),
            Rule(r"(?:once|twice)\s(?:an?|per|every|each)\s(?P<unit><unit>)", recurring),
            Rule(rf"(?P<single>{words.any_of(t['every'])})\b", recurring),
        ),
        "holiday": (Rule(rf"(?P<name>{holidays})\b{YEAR}", feast),),
    }


@cache
def rules_by_word() -> dict[str, tuple[Rule, ...]]:
    """The rules that may begin with a word, by the word in small letters."""
    t = words.table()
    found: dict[str, list[str]] = {}

    def add(kind: str, names: Iterable[str]) -> None:
        for name in names:
            first = re.match(r"[^\W\d_]+", name)
            if first and kind not in found.setdefault(first[0], []):
                found[first[0]].append(kind)

    add("month", t["months"])
    add("weekday", t["weekdays"])
    add("weekdays", (day + "s" for day in words.weekdays()))
    add("season", t["seasons"])
    add("number", [*t["numbers"], *t["ordinals"], *t["vague"], *t["fractions"], "quarter"])
    add("limit", t["limits"])
    add("quarter", ["q", "h"])
    add("era", [*t["eras"], "ad", "a.d."])
    add("decade", t["decades"])
    add("daypart", t["dayparts"])
    add("in", ["in", "at", "within"])
    years = "year week month quarter decade fiscal financial school calendar fy sy cy eoy eom eow eoq eod rest"
    add("year", [*years.split(), "day", "century"])
    add("moment", [*t["moments"], *(w + "ish" for w in t["moments"])])
    add(
        "relative",
        [*t["days"], *t["now"], *t["steps"], *t["every"], "every", "each", "once", "twice", "present", "same"],
    )
    add("holiday", feasts.first_words())
    # The commonest words have just the rules that may begin with them.
    found |= {word: ["article"] for word in ("a", "an", "all", "some")}
    found |= {"the": ["the"], "at": ["in", "limit"], "all": ["article", "holiday"]}
    by_kind = rules()
    return {word: tuple(rule for kind in kinds for rule in by_kind[kind]) for word, kinds in found.items()}
