"""Dates in running English: zones, feasts, lists, names that are no months, how long or when, and what is shown."""

from __future__ import annotations

import datetime
import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnimodal import context
from omnimodal.encoders.date import Date, DateEncoder, calendar
from omnimodal.encoders.date.expressions import digits
from omnimodal.encoders.date.expressions.compose import find
from omnimodal.encoders.date.expressions.meaning import Setting
from omnimodal.errors import InvalidEntityError

REFERENCE = datetime.datetime(2024, 5, 15, 10)  # a Wednesday
CASES = Path(__file__).parents[1] / "benchmarks"


def found(text, reference=REFERENCE):
    with context.reading(context.Context(reference)):
        return [(m.text, m.entity.timex) for m in DateEncoder().detect(text)]


@pytest.mark.parametrize(
    ("text", "start", "zone"),
    [
        ("3pm EST on Monday", "2024-05-20T15:00", "-05:00"),
        ("14:00 UTC", "T14:00", "+00:00"),
        ("3pm EST on Monday, 5 May 2025", "2025-05-05T15:00", "-05:00"),
        ("14:00+02:00 on 3 June 2024", "2024-06-03T14:00", "+02:00"),
        ("9 am GMT+2", "T09:00", "+02:00"),
        ("5 p.m. Pacific", "T17:00", "US/Pacific"),
        ("5 p.m. Eastern Time", "T17:00", "US/Eastern"),
        ("16:00 Central European Time", "T16:00", "+01:00"),
        ("8 a.m. Tokyo time", "T08:00", "Asia/Tokyo"),
        ("Mon, 5 May 2025 14:00:00 +0200", "2025-05-05T14:00", "+02:00"),
        ("12 Oct 2019 08:15:00 -0700 (PDT)", "2019-10-12T08:15", "-07:00"),
        ("2024-06-03T14:00:00Z", "2024-06-03T14:00", "+00:00"),
        ("from 9 to 11am CET", "T09:00", "+01:00"),
        ("9:00 -10:30", "T09:00", None),
    ],
)
def test_a_time_keeps_its_zone(text, start, zone):
    with context.reading(context.Context(REFERENCE)):
        (mention,) = DateEncoder().detect(text)
    assert (mention.text, mention.entity.start, mention.entity.zone) == (text, start, zone)
    assert Date.from_content(mention.entity.content()) == mention.entity


def test_a_date_without_a_zone_says_nothing_of_it():
    assert "zone" not in Date("5 May 2025").content()
    aware = datetime.datetime(2025, 5, 5, 14, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    assert (Date(aware).start, Date(aware).zone) == ("2025-05-05T14:00", "+02:00")


@pytest.mark.parametrize("text", ["at 5 pm MET the guests", "at 5 pm the eastern front", "at 5 pm ALL doors close"])
def test_a_word_behind_a_time_is_no_zone(text):
    assert [t for t, _ in found(text)] == ["5 pm"]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("Diwali 2023", "2023-11-12"),
        ("Eid al-Fitr 2024", "2024-04-10"),
        ("Yom Kippur 2024", "2024-10-12"),
        ("Chinese New Year 2024", "2024-02-10"),
        ("Orthodox Easter 2024", "2024-05-05"),
        ("Whit Monday 2024", "2024-05-20"),
        ("Shrove Tuesday 2024", "2024-02-13"),
        ("St. Patrick’s Day 2019", "2019-03-17"),
        ("Presidents Day 2022", "2022-02-21"),
        ("Thanksgiving next year", "2025-11-27"),
        ("the day after Thanksgiving 2022", "2022-11-25"),
        ("Ramadan", "2025-03-01"),
    ],
)
def test_feasts(text, start):
    with context.reading(context.Context(REFERENCE)):
        assert Date(text).start == start


def test_a_feast_of_a_year_that_no_table_has_is_found_without_a_day():
    date = Date("Diwali 1650")
    assert (date.start, date.end, date.timex) == (None, None, "1650-DIWALI")


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("on June 5, 6 and 7, 2024", [("June 5", "2024-06-05"), ("6", "2024-06-06"), ("7, 2024", "2024-06-07")]),
        ("on 12 and 13 May 1999", [("12", "1999-05-12"), ("13 May 1999", "1999-05-13")]),
        ("On June 5, 12 people came", [("June 5", "XXXX-06-05")]),
        ("in July and August 1975", [("July", "1975-07"), ("August 1975", "1975-08")]),
        ("28 December – 3 January 2010", [("28 December – 3 January 2010", "(2009-12-28,2010-01-03,P6D)")]),
        ("the 18th and 19th centuries", [("18th", "17"), ("19th centuries", "18")]),
        ("from the late 9th to the mid-11th century", [("from the late 9th to the mid-11th century", None)]),
    ],
)
def test_lists_share_what_is_said_once(text, mentions):
    assert [(t, x) for t, x in found(text)] == [(t, x or found(text)[0][1]) for t, x in mentions]


@pytest.mark.parametrize(
    "text",
    [
        "Theresa May met the press.",
        "June Smith and April O'Neil laughed, Mr. March too.",
        "The March of Progress is a picture.",
        "You may march in, or you may fall in the sun.",
        "He lives at 1600 Pennsylvania Avenue.",
        "It has 1024 pixels, ca. 1000 authors wrote to us.",
        "Now that we know, every now and then, she laughs.",
        "At the age of four months she walked.",
        "The last day was long.",
    ],
)
def test_what_is_no_date(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "timex"),
    [
        ("In May it rained.", "XXXX-05"),
        ("Early May is fine.", "XXXX-05"),
        ("May 2020 was odd.", "2020-05"),
        ("They won their first title in 36 years.", "P36Y"),
        ("It was completed in 18 months.", "P18M"),
        ("It will be completed in 18 months.", "2025-11-15"),
        ("It is due in two weeks.", "2024-05-29"),
        ("The Treaty of Verdun (843) divided it.", "0843"),
        ("He died c. 843, they say.", "0843"),
        ("coins of 330–360 AD", "(0330-01-01,0360-01-01,P30Y)"),
        ("the 2004/05 season", "(2004-01-01,2005-01-01,P1Y)"),
        ("fiscal 2023", "FY2023"),
        ("several years", "P3Y"),
        ("before the end of May 2020", "2020-05"),
        ("two Mondays ago", "2024-05-06"),
        ("the second half of the 18th century", "(1750-01-01,1800-01-01,P50Y)"),
        ("5 minutes before noon", "T11:55"),
        ("every weekday", "P1BD"),
        ("'85 was good, the late '90s were not", "199"),
    ],
)
def test_what_is_said_in_running_text(text, timex):
    assert found(text)[-1][1] == timex


def test_the_end_of_a_period_bounds_it_where_it_ends():
    date = Date("before the end of May 2020")
    assert Date("before the end  of May 2020") == date
    assert (date.start, date.end, date.modifier) == (None, "2020-06-01", "before")
    assert Date("since the end of May 2020").start == "2020-06-01"


def test_vague_counts_are_approximate():
    assert Date("several years").approximate
    assert not Date("three years").approximate


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("5 May 2025 14:00 UTC", "5 May 2025, 14:00 UTC"),
        ("next Tuesday", "21 May 2024"),
        ("every Monday at 5 pm", "every Monday, 17:00"),
        ("the 19th of every month", "the 19th of every month"),
        ("before 2019", "before 2019"),
        ("until 2030", "until 2030"),
        ("after 2010", "after 2010"),
        ("c. 1850", "c. 1850"),
        ("early 1990s", "early 1990s"),
        ("5th century BC", "500–401 BC"),
        ("from 1914 to 1918", "1914–1918"),
        ("an hour and a half", "1.5 hours"),
        ("Q3 2021", "Q3 2021"),
    ],
)
def test_labels_say_what_was_understood(text, label):
    with context.reading(context.Context(REFERENCE)):
        assert Date(text).label == label


def test_alternatives_are_whole_dates_of_their_own():
    date = Date("04/01/1976")
    assert [(other.label, other.start, other.alternatives) for other in date.alternatives] == [
        ("4 January 1976", "1976-01-04", ())
    ]
    assert [d.start for d in Date("12/12/35").alternatives] == ["1935-12-12"]


EVERYTHING = tuple(rule for _, _, rule in digits._table())
PIECES = (
    "1 2 12 31 1999 75 843 0730 st th am pm - – / . : , ' s May June of to and at from the BC century quarter noon past"
    " half ½ days weeks Q1 2nd o'clock oclock Monday Mondays ago last Z + UTC EST 8 ( ) hours ish fifth"
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from([*PIECES.split(), " ", " ", "  "]), max_size=9).map("".join))
def test_no_rule_is_left_out_by_what_follows_the_digits(text):
    setting = Setting(calendar.instant(2024, 5, 15, 36_000))
    fast = find(text, setting)
    tried, digits.rules = digits.rules, lambda size, after: EVERYTHING
    try:
        assert find(text, setting) == fast
    finally:
        digits.rules = tried


def test_our_own_cases():
    spec = importlib.util.spec_from_file_location("date_benchmark", CASES / "date_text.py")
    benchmark = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = benchmark
    spec.loader.exec_module(benchmark)
    for section, (n, exact, *_) in benchmark.cases(CASES / "date_cases.txt").items():
        assert exact >= 0.92 * n, section


@pytest.mark.parametrize(
    ("text", "timex"),
    [
        ("first week of July", "XXXX-07-W01"),
        ("last Friday in November", "XXXX-11-W05-5"),
        ("last weekend of June", "XXXX-06-W05-WE"),
        ("second half of March", "(XXXX-03-16,XXXX-04-01,P16D)"),
        ("last three days of June", "(XXXX-06-28,XXXX-07-01,P3D)"),
    ],
)
def test_what_is_counted_in_a_month_of_no_year_has_no_year(text, timex):
    date = Date(text)
    assert (date.timex, date.start, date.end) == (timex, None, None)
    assert Date(timex).granularity == date.granularity


def test_the_first_weeks_of_a_month_depend_on_its_year():
    assert [m.text for m in DateEncoder().detect("the first two weeks of July")] == ["two weeks", "July"]


@pytest.mark.parametrize(
    ("text", "start", "timex"),
    [
        ("EOD", "2024-05-15T23:59:59", "2024-05-15T23:59:59"),
        ("EOM", "2024-05-21", "2024-05"),
        ("next March 3rd", "2025-03-03", "2025-03-03"),
        ("next Tuesday the 21st", "2024-05-21", "2024-05-21"),
        ("rest of the day", "2024-05-15T10:00", "(2024-05-15T10:00:00,2024-05-16T00:00:00,PT14H)"),
        ("last 1.5 years", "2022-11-15", "(2022-11-15,2024-05-15,P1.5Y)"),
        ("next two quarters", "2024-07-01", "(2024-07-01,2025-01-01,P2Q)"),
        ("next fortnight", "2024-05-15", "(2024-05-15,2024-05-29,P14D)"),
        ("next 3 working days", "2024-05-16", "(2024-05-16,2024-05-21,P3BD)"),
        ("last night", "2024-05-14T20:00", "2024-05-14TNI"),
        ("this July", "2024-07-01", "2024-07"),
        ("2020 March", "2020-03-01", "2020-03"),
        ("12-May-20", "2020-05-12", "2020-05-12"),
        ("April 3, 871", "0871-04-03", "0871-04-03"),
        ("1934-5", "1934-01-01", "(1934-01-01,1935-01-01,P1Y)"),
        ("1999–00", "1999-01-01", "(1999-01-01,2000-01-01,P1Y)"),
        ("843–50 AD", "0843-01-01", "(0843-01-01,0850-01-01,P7Y)"),
        ("the 800s", "0800-01-01", "08"),
        ("the nineteen-fifties", "1950-01-01", "195"),
        ("730pm", "T19:30", "T19:30"),
        ("first half of 2021", "2021-01-01", "2021-H1"),
        ("second half of the 19th century", "1850-01-01", "(1850-01-01,1900-01-01,P50Y)"),
        ("every Christmas", None, "XXXX-12-25"),
        ("every Labor Day", None, "XXXX-LABORDAY"),
        ("every two Mondays", None, "XXXX-WXX-1"),
        ("every 2nd day", None, "P2D"),
    ],
)
def test_what_is_said_on_a_wednesday(text, start, timex):
    with context.reading(context.Context(datetime.datetime(2024, 5, 15, 10))):
        date = Date(text)
        [found] = DateEncoder().detect(f"It is {text}.")
    assert (date.start, date.timex) == (start, timex)
    assert found.entity == date


@pytest.mark.parametrize(("text", "timex"), [("Q3", "XXXX-Q3"), ("H1", "XXXX-H1"), ("EOD", "PRESENT_REF+P0D")])
def test_what_is_said_on_a_day_that_nobody_knows(text, timex):
    [found] = DateEncoder().detect(f"It is due by {text}.")
    assert (found.entity.timex, found.entity.start) == (timex, None)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"text": 1889}, "text 1889 of type int"),
        ({}, "needs a text, a start or an end"),
        ({"start": "2020-01-01", "granularity": "aeon", "timex": "2020"}, "granularity 'aeon' is none of"),
        ({"text": "2020", "modifier": "amid"}, "modifier 'amid' is none of before"),
        ({"start": "2020-13-01"}, "month 13"),
        ({"start": "soon"}, "start 'soon' is not an ISO 8601 date"),
        ({"text": "12:75"}, "minute 75"),
        ({"start": "9999999999999-01-01"}, "is beyond"),
    ],
)
def test_what_makes_no_date_is_refused_by_name(given, fault):
    with pytest.raises(InvalidEntityError, match=fault):
        Date(**given)
