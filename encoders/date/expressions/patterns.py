"""A rule, and the patterns that several rules have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from omnimodal.encoders.date.expressions import words
from omnimodal.encoders.date.expressions.clock import minutes_past, minutes_to
from omnimodal.encoders.date.expressions.duration import lasting
from omnimodal.encoders.date.expressions.found import Found
from omnimodal.encoders.date.expressions.meaning import Setting, day_of_month, days_of_month
from omnimodal.encoders.date.expressions.reading import Reading
from omnimodal.encoders.date.expressions.relative import offset, stretch, weekdays_away
from omnimodal.encoders.date.expressions.sets import every_month, every_nth


@dataclass(frozen=True)
class Rule:
    pattern: str
    build: Callable[[re.Match[str], Setting], Reading | None]
    ends: Callable[[re.Match[str]], tuple[Found, ...]] = lambda m: ()  # of a range that one rule reads
    regex: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "regex", words.expand(self.pattern))


OF = r"(?:\s?,\s?|\s{1,3}(?:(?-i:of|in)\s{1,3})?|\s?[-/.]\s?)"
ERA = r"\d{1,5}(?=\s?(?:<era>))"
YEAR = rf"(?:{OF}(?:the\s(?:year\s)?)?(?P<y><year>|{ERA}|(?<=of\s)\d\d\b(?![.:]\d))(?:\s?(?P<era><era>))?)?"
SPOKEN_HOUR = r"(?P<t><hour>|(?:1[0-2]|\d)(?=[ap]\.?m\b|\b))(?:\s?(?P<half>[ap]\s?\.?\s?m\b\.?))?"
CENTURY = r"(?P<n><ordinal>)[\s-]{1,3}(?P<unit>centur(?:y|ies)|millenni(?:um|a))(?:\s(?P<era><era>))?"
EARLY = r"(?<=of\s)[1-9]\d\d<no_noun>"  # the spring of 904
TO_NEXT = r"(?:[-–/]\d\d(?:\d\d)?(?![\d-]))?"  # winter 2010/11
KIND_OF_YEAR = r"(?P<kind>fiscal|financial|school|calendar)"
ISO_CLOCK = r"[0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"


def days() -> tuple[Rule, ...]:
    """Days of a month that a number begins, in digits or in words."""
    to = r"\s?(?P<to><dash>|/|to|and|till|until|through)\s?(?:the\s)?"
    return (
        Rule(rf"(?P<d><day>){to}(?P<e><day>)\s(?:of\s)?(?P<m><month>){YEAR}", days_of_month),
        Rule(r"(?P<d><nth>)\s(?:day\s)?of\s(?:every|each)\smonth\b", every_month),
        Rule(r"(?P<d><nth>)<no_noun>(?!-)", day_of_month),
    )


def spoken_times() -> tuple[Rule, ...]:
    """ "Ten past eight", "a quarter to five"."""
    return (
        Rule(rf"(?P<n>five|ten|twenty|twenty[\s-]five)\s(?P<way>to)\s{SPOKEN_HOUR}", minutes_to),
        Rule(rf"(?P<n>half|(?:a\s)?quarter|<count>)\s(?P<way>past)\s{SPOKEN_HOUR}", minutes_past),
        Rule(rf"(?P<n>(?:a\s)?quarter)\s(?P<way>after|till|before)\s{SPOKEN_HOUR}", minutes_past),
        Rule(
            rf"(?P<n>(?:a\s)?quarter|<count>(?=\smin))(?:\s(?:minutes?|mins?))?\s(?P<way>past|to)\s{SPOKEN_HOUR}",
            minutes_past,
        ),
    )


def amounts() -> tuple[Rule, ...]:
    """Amounts of time, and what is so far away or so many ahead."""
    t = words.table()
    amount = rf"(?:(?P<limit>{words.any_of(t['limits'])})\s)?(?P<amount><amount>)"
    return (
        Rule(amount.replace("<amount>)", "<one_amount>)"), lasting),  # where two in a row are a list
        Rule(amount, lasting),
        Rule(rf"{amount}\s(?P<way>{words.any_of(t['directions'])})\b", offset),
        Rule(
            rf"(?P<n><count>)\s(?P<w><weekdays>)s?\s(?P<way>{words.any_of(t['directions'])})\b",
            weekdays_away,
        ),
        Rule(r"(?P<n><count>)\s(?P<step>next|last|past|following|coming)\s(?P<of><unit>)(?<=s)", stretch),
    )


def nth_weekday() -> Rule:
    """ "The first Monday of every month"."""
    return Rule(r"(?P<nth><ordinal>|last)\s(?P<w><weekday>)\s(?:of|in)\s(?:every|each)\smonth\b", every_nth)
