"""Dates as they are written down: TIMEX3 and ISO values read back, what is none of them refused."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnimodal import context
from omnimodal.encoders.date import Date, DateEncoder
from omnimodal.errors import InvalidEntityError

MAY_DAY = datetime.datetime(2024, 5, 1)


@pytest.mark.parametrize(
    ("text", "start", "end", "granularity"),
    [
        ("P3W", None, None, "duration"),
        ("PT1H30M", None, None, "duration"),
        ("P1M", None, None, "duration"),
        ("(2023-01-01,2023-03-01,P2M)", "2023-01-01", "2023-04-01", "month"),
        ("(0500,1500,P1000Y)", "0500-01-01", "1500-01-01", "era"),
        ("2024-05-01TMO", "2024-05-01T08:00", "2024-05-01T12:00", "daypart"),
        ("2024-05-01TEV", "2024-05-01T16:00", "2024-05-01T20:00", "daypart"),
        ("2024-05-01TNI", "2024-05-01T20:00", "2024-05-02", "daypart"),
        ("PRESENT_REF", None, None, "second"),
        ("18", "1800-01-01", "1900-01-01", "century"),
        ("199", "1990-01-01", "2000-01-01", "decade"),
        ("202", "2020-01-01", "2030-01-01", "decade"),
        ("year 199", "0199-01-01", "0200-01-01", "year"),
    ],
)
def test_written_values_are_read(text, start, end, granularity):
    date = Date(text)
    assert (date.start, date.end, date.granularity) == (start, end, granularity)


@pytest.mark.parametrize("text", ["P", "PT", "PX", "(2023-01-01,2022-03-01,P2M)", "(1,2,P2M)", "2024-05-01TXX"])
def test_what_is_no_written_value_is_refused(text):
    with pytest.raises(InvalidEntityError):
        Date(text)


def test_uncertain_and_approximate_are_two_things():
    marks = {"1985-04-12?": (False, True), "1985-04-12~": (True, False), "1984%": (True, True), "1984": (False, False)}
    for text, expected in marks.items():
        date = Date(text)
        assert ((date.approximate, date.uncertain), date.edtf) == (expected, text)
    assert Date("1984?") != Date("1984")
    assert "uncertain" not in Date("1984").content()  # the content keys of certain dates stay what they were
    assert Date.from_content(Date("1984?").content()) == Date("1984?")


PHRASES = (
    *(
        "1889",
        "July 4, 1976",
        "July 4, 1976, 14:50",
        "the 70s",
        "the 2020s",
        "Q3 2021",
        "H1 2024",
        "300 BC",
        "12000 BC",
    ),
    *("Middle Ages", "19th century", "21st century", "5th century BC", "third millennium", "May 2020", "winter 1941"),
    *("14:50", "20:15:30", "5 pm", "from 1914 to 1918", "1914-1918", "July 4-6, 1976", "May to July 2017"),
    *("Thanksgiving 2019", "the first Monday of May 2020", "three weeks", "an hour and a half", "half a year", "May"),
    *("Monday", "Easter", "summer", "yesterday", "two days ago", "last Tuesday", "next month", "tomorrow at 3pm"),
    *("the 18th", "tomorrow morning", "last night", "Monday evening", "between 3 and 8 pm yesterday", "5-6 pm"),
    *(
        "in the evening",
        "this weekend",
        "last week",
        "last century",
        "last summer",
        "now",
        "two weeks starting 20 May 2024",
    ),
    *("the last two weeks of May 2020", "2 pm to 3:30 pm on 4 July 1976", "1990-present", "week 12 of 2020"),
    *("July 4, 1976 from 10pm to 2am", "the first Monday of every month", "the past two decades"),
)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(PHRASES), st.sampled_from([None, MAY_DAY]))
def test_a_timex_value_says_what_the_expression_said(text, reference):
    with context.reading(context.Context(reference)):
        date = Date(text)
        back = Date(date.timex)
    assert (back.start, back.end, back.granularity) == (date.start, date.end, date.granularity)


@pytest.mark.parametrize(
    ("text", "timex", "granularity"),
    [
        ("the highest level in 22 years", "P22Y", "duration"),
        ("for the first time in 30 years", "P30Y", "duration"),
        ("She finished in 10.61 seconds", "PT10.61S", "duration"),
        ("He won in 3 days", "P3D", "duration"),
        ("See you in 3 days", "2024-05-04", "day"),
        ("Meet the guest in 3 days", "2024-05-04", "day"),
        ("It is expected in two weeks", "2024-05-15", "day"),
        ("We need it in 3 days", "2024-05-04", "day"),
    ],
)
def test_what_was_done_in_some_time_is_a_duration(text, timex, granularity):
    with context.reading(context.Context(MAY_DAY)):
        assert [(m.entity.timex, m.entity.granularity) for m in DateEncoder().detect(text)] == [(timex, granularity)]


def test_a_week_named_by_a_day_of_it_has_the_value_of_the_week():
    date = Date("the week of April 12th 2023")
    assert (date.timex, date.start, date.end) == ("2023-W15", "2023-04-10", "2023-04-17")
    assert Date(date.timex) == date
