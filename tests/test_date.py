"""Dates: what expressions say, how they are written, where they are found in a text."""

from __future__ import annotations

import datetime
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnimodal import context
from omnimodal.encoders.date import Date, DateEncoder
from omnimodal.encoders.date.calendar import civil_from_days, days_from_civil, easter, weekday
from omnimodal.entity import from_json
from omnimodal.errors import InvalidEntityError

WEDNESDAY = datetime.datetime(2020, 5, 20, 10, 0)
YEARS = st.integers(-(10**9), 10**9)
days = st.builds(lambda y, n: int(days_from_civil(y, 1, 1)) + n, YEARS, st.integers(0, 364))


@pytest.mark.parametrize(
    ("text", "start", "end", "granularity", "timex", "edtf"),
    [
        ("1889", "1889-01-01", "1890-01-01", "year", "1889", "1889"),
        ("July 4, 1976", "1976-07-04", "1976-07-05", "day", "1976-07-04", "1976-07-04"),
        ("4 July 1976", "1976-07-04", "1976-07-05", "day", "1976-07-04", "1976-07-04"),
        (
            "4th of July, 1976, 14:50",
            "1976-07-04T14:50",
            "1976-07-04T14:51",
            "minute",
            "1976-07-04T14:50",
            "1976-07-04T14:50",
        ),
        ("04/01/1976", "1976-04-01", "1976-04-02", "day", "1976-04-01", "1976-04-01"),
        ("the 70s", "1970-01-01", "1980-01-01", "decade", "197", "197X"),
        ("1990s", "1990-01-01", "2000-01-01", "decade", "199", "199X"),
        ("Q3 2021", "2021-07-01", "2021-10-01", "quarter", "2021-Q3", "2021-35"),
        ("300 BC", "-0299-01-01", "-0298-01-01", "year", "BC0300", "-0299"),
        ("Middle Ages", "0500-01-01", "1500-01-01", "era", "(0500,1500,P1000Y)", "0500~/1499~"),
        ("19th century", "1800-01-01", "1900-01-01", "century", "18", "18XX"),
        ("May 2020", "2020-05-01", "2020-06-01", "month", "2020-05", "2020-05"),
        ("winter 1941", "1941-12-01", "1942-03-01", "season", "1941-WI", "1941-24"),
        ("14:50", "T14:50", "T14:51", "minute", "T14:50", "T14:50"),
        ("5-6 pm", "T17:00", "T18:00", "hour", "(T17,T18,PT1H)", "T17/T18"),
        ("before midnight", None, "T24:00", "minute", "T24:00", "../T24:00"),
        ("from 1914 to 1918", "1914-01-01", "1919-01-01", "year", "(1914-01-01,1918-01-01,P4Y)", "1914/1918"),
        ("1914–18", "1914-01-01", "1919-01-01", "year", "(1914-01-01,1918-01-01,P4Y)", "1914/1918"),
        ("after 2010", "2011-01-01", None, "year", "2010", "2011/.."),
        ("c. 1850", "1850-01-01", "1851-01-01", "year", "1850", "1850~"),
        ("Thanksgiving 2019", "2019-11-28", "2019-11-29", "day", "2019-11-28", "2019-11-28"),
        ("the first Monday of May 2020", "2020-05-04", "2020-05-05", "day", "2020-05-04", "2020-05-04"),
        ("three weeks after 4 July 1976", "1976-07-25", "1976-07-26", "day", "1976-07-25", "1976-07-25"),
        ("May", None, None, "month", "XXXX-05", "XXXX-05"),
        ("Y-170000002", "-170000002-01-01", "-170000001-01-01", "year", "BC170000003", "Y-170000002"),
    ],
)
def test_what_an_expression_says(text, start, end, granularity, timex, edtf):
    date = Date(text)
    assert (date.start, date.end, date.granularity, date.timex, date.edtf) == (start, end, granularity, timex, edtf)


@pytest.mark.parametrize(
    ("text", "start", "alternatives"),
    [
        ("yesterday", "2020-05-19", []),
        ("two days ago", "2020-05-18", []),
        ("in three weeks", "2020-06-10", []),
        ("last Tuesday", "2020-05-12", []),
        ("next month", "2020-06-01", []),
        ("tomorrow at 3pm", "2020-05-21T15:00", []),
        ("Friday", "2020-05-22", ["2020-05-15"]),
        ("the 18th", "2020-06-18", ["2020-05-18"]),
        ("next week Wednesday", "2020-05-27", []),
        ("Friday at 2:30", "2020-05-22T02:30", ["2020-05-15T02:30", "2020-05-22T14:30", "2020-05-15T14:30"]),
        ("between 3 and 8 yesterday", "2020-05-19T03:00", ["2020-05-19T15:00"]),
        ("tomorrow evening from 7 to 9", "2020-05-21T19:00", []),
        ("two hours and 30 minutes ago", "2020-05-20T07:30", []),
        ("later this week", "2020-05-21", []),
        ("last Easter", "2020-04-12", []),
        ("Q1 of next year", "2021-01-01", []),
        ("the week after next", "2020-06-01", []),
        ("a week from Friday", "2020-05-29", []),
        ("the 3rd of next month", "2020-06-03", []),
        ("two weeks starting tomorrow", "2020-05-21", []),
        ("less than 3 days after tomorrow", "2020-05-21", []),
        ("the next 4 business days", "2020-05-21", []),
        ("May", "2020-05-01", ["2019-05-01"]),
    ],
)
def test_relative_expressions_are_read_against_the_reference(text, start, alternatives):
    with context.reading(context.Context(WEDNESDAY)):
        date = Date(text)
    assert date.start == start
    assert [other.start for other in date.alternatives] == alternatives
    assert date.reference == "2020-05-20T10:00:00"


@pytest.mark.parametrize(
    ("text", "timex", "recurrence"),
    [
        ("every Monday at 5 pm", "XXXX-WXX-1T17", "P1W"),
        ("Tuesday afternoons", "XXXX-WXX-2TAF", "P1W"),
        ("3pm each day", "T15", "P1D"),
        ("the 19th of every month", "XXXX-XX-19", "P1M"),
        ("every two weeks", "P2W", "P2W"),
        ("once a year", "P1Y", "P1Y"),
    ],
)
def test_sets(text, timex, recurrence):
    date = Date(text)
    assert (date.timex, date.recurrence, date.start, date.end) == (timex, recurrence, None, None)


@pytest.mark.parametrize(
    ("text", "timex", "modifier"),
    [
        ("three weeks", "P3W", None),
        ("2.5 hrs", "PT2.5H", None),
        ("an hour and a half", "PT1.5H", None),
        ("1 hour and 30 minutes", "PT1H30M", None),
        ("half a year", "P0.5Y", None),
        ("a few minutes", "PT3M", None),
        ("more than 4 days", "P4D", "more"),
        ("less than 2 hours", "PT2H", "less"),
    ],
)
def test_durations_have_a_length_and_no_ends(text, timex, modifier):
    date = Date(text)
    assert (date.granularity, date.timex, date.modifier) == ("duration", timex, modifier)
    assert (date.start, date.end, date.known, date.edtf) == (None, None, {}, None)


def test_the_two_halves_of_the_day_are_alternatives_where_nothing_settles_them():
    assert [d.start for d in Date("5:30").alternatives] == ["T17:30"]
    for text in ("5:30 pm", "half past five in the afternoon", "17:30", "five thirty p.m."):
        assert (Date(text).start, Date(text).alternatives) == ("T17:30", ())


def test_without_a_reference_a_relative_expression_keeps_its_offset():
    date = Date("two days ago")
    assert (date.start, date.end, date.timex, date.edtf) == (None, None, "PRESENT_REF-P2D", None)


def test_the_locale_decides_the_order_of_day_and_month():
    with context.reading(context.Context(locale="en-GB")):
        date = Date("04/01/1976")
    assert date.start == "1976-01-04"
    assert [other.start for other in date.alternatives] == ["1976-04-01"]


def test_what_is_missing():
    assert Date("14:50").missing == ("year", "month", "day", "second")
    assert Date("May").missing == ("year", "day", "hour", "minute", "second")
    assert Date("1889").missing == ("month", "day", "hour", "minute", "second")


def test_python_dates_and_ends_are_accepted():
    assert Date(datetime.date(1889, 3, 31)) == Date("31 March 1889")
    assert Date(datetime.datetime(1889, 3, 31, 14, 50, 10)).start == "1889-03-31T14:50:10"
    assert Date(start="1889-01-01", end="1890-01-01") == Date("1889")
    assert Date(start="1985-04-12").end is None


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("2023-02-30", "day 30"),
        ("2020-13-01", "month 13"),
        ("25:00", "hour 25"),
        ("31 June 2020", "day 31"),
        ("", "text"),
    ],
)
def test_impossible_dates_are_refused_by_field(text, field):
    with pytest.raises(InvalidEntityError, match=field):
        Date(text)


def test_an_end_before_the_start_is_refused():
    with pytest.raises(InvalidEntityError, match="end"):
        Date(start="1990-01-01", end="1980-01-01")


@given(days, st.sampled_from(["year", "month", "day"]))
def test_iso_edtf_and_content_round_trip(day, unit):
    year, month, number = civil_from_days(day)
    y = f"{year:04}" if 0 <= year <= 9999 else f"Y{year}" if abs(year) > 9999 else f"{year:05}"
    text = {"year": y, "month": f"{y}-{month:02}", "day": f"{y}-{month:02}-{number:02}"}[unit]
    date = Date(text)
    assert date.granularity == unit
    assert date.edtf == text
    assert Date(timex=date.timex) == date
    content = from_json(json.loads(json.dumps(date.content())))
    assert Date.from_content(content) == date


@pytest.mark.parametrize(
    "text", ["197X", "18XX", "-02XX", "2021-33", "1941-24", "2019-W30", "1984~", "1914/1918", "1985/.."]
)
def test_edtf_is_written_as_it_was_read(text):
    assert Date(text).edtf == text


@given(days)
def test_days_and_civil_dates_are_inverse(day):
    assert days_from_civil(*civil_from_days(day)) == day


@given(st.dates())
def test_the_calendar_agrees_with_python(date):
    day = days_from_civil(date.year, date.month, date.day)
    assert day == (date - datetime.date(2000, 1, 1)).days
    assert weekday(day) == date.weekday()


def test_easter():
    assert [easter(y) for y in (1961, 2000, 2019, 2024)] == [(4, 2), (4, 23), (4, 21), (3, 31)]


def found(text):
    return [(m.text, m.entity.timex) for m in DateEncoder().detect(text)]


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("The tower, built in 1889, draws 2019 people.", [("1889", "1889")]),
        ("She may march on Monday.", [("Monday", "XXXX-WXX-1")]),
        ("It cost $1999 in version 1.2.2019, page 1950.", []),
        ("Call 555-2019 or see ISBN 978-1999-20-11.", []),
        ("The war (1914–1918) was long.", [("1914–1918", "(1914-01-01,1918-01-01,P4Y)")]),
        ("It ended on 11 November 1918 at 11 a.m.", [("11 November 1918 at 11 a.m.", "1918-11-11T11")]),
        ("Since 2019, in the 1990s", [("Since 2019", "2019"), ("1990s", "199")]),
        ("sold from May to July 2017", [("from May to July 2017", "(2017-05-01,2017-07-01,P2M)")]),
        ("Né à Zürich 𝟚𝟘 en 2001", [("2001", "2001")]),
        ("On 30 February he laughed.", []),
        ("came last Tuesday, before noon", [("last Tuesday", "PRESENT_REF-P1W-2"), ("before noon", "T12:00")]),
        ("He (1990–present) lived", [("1990–present", "(1990,PRESENT_REF,PX)")]),
        ("built c. 1600–1700", [("c. 1600–1700", "(1600-01-01,1700-01-01,P100Y)")]),
        ("See version 04/22, page 7.", []),
        ("Three times a day the 45 year old ran at 5 places, 3 to 5 miles each.", []),
        ("The Winter Olympics, says the New York Daily News.", []),
        ("took 3 days, 2 weeks", [("3 days", "P3D"), ("2 weeks", "P2W")]),
        ("took 2 hours, 30 minutes", [("2 hours, 30 minutes", "PT2H30M")]),
        ("born in nineteen eighty-six", [("nineteen eighty-six", "1986")]),
        (
            "from ninth till seventeenth of April",
            [("from ninth till seventeenth of April", "(XXXX-04-09,XXXX-04-17,P8D)")],
        ),
    ],
)
def test_dates_are_found_in_texts(text, mentions):
    assert found(text) == mentions


def test_a_date_scores_above_the_numbers_in_it():
    (mention,) = DateEncoder().detect("born 4 July 1976")
    assert mention.score * len(mention.text) > 1.0 * len("1976")


WORDS = (
    "4 July 1976 to Friday the last of Feb 30 12:61 - / BC from ½ ٣ 𝟚 century ago week 00 99999999999 é 1 first every"
    " next 2020-02-30 between and before mid Easter years 5-6 pm in Q3 ., $ for half hours 2.5 at eight thirty present"
    " more than morning 0730 to every the 18th fiscal year weekend of now ago starting rest evening three"
)
pieces = st.sampled_from(WORDS.split())


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(pieces, max_size=12).map(" ".join), st.lists(pieces, max_size=12).map("".join)))
def test_detection_takes_any_text(text):
    for reference in (None, WEDNESDAY):
        with context.reading(context.Context(reference)):
            for mention in DateEncoder().detect(text):
                assert text[mention.start : mention.end] == mention.text
                assert Date.from_content(mention.entity.content()) == mention.entity
                assert mention.entity.edtf is None or mention.entity.edtf


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("12 mars 2020", "2020-03-12", "2020-03-13"),
        ("5. Mai 1921", "1921-05-05", "1921-05-06"),
        ("März 1990", "1990-03-01", "1990-04-01"),
    ],
)
def test_a_date_in_another_language_is_read_where_it_is_said_to_be_one(text, start, end):
    assert (Date(text).start, Date(text).end) == (start, end)


def test_what_no_language_reads_as_a_date_is_refused():
    with pytest.raises(InvalidEntityError, match="is not a date that can be read"):
        Date("blah 2020 foo")


MAY_DAY = datetime.datetime(2024, 5, 1)


@pytest.mark.parametrize(
    ("text", "timexes"),
    [
        ("at half past 7 pm", ["T19:30"]),
        ("at quarter to five pm", ["T16:45"]),
        ("at ten past 8pm", ["T20:10"]),
        ("They won 4-3 on 17 March 2024.", ["2024-03-17"]),
        ("They lost 2-3 on Monday.", ["XXXX-WXX-1"]),
        ("Open from 2-3 on Monday.", ["(XXXX-WXX-1T02,XXXX-WXX-1T03,PT1H)"]),
        ("Open 2-3 pm on Monday.", ["(XXXX-WXX-1T14,XXXX-WXX-1T15,PT1H)"]),
        ("H1N1 flu", []),
        ("CVE-2024-1234", []),
        ("midnight, a fortnight ago", ["T00:00", "2024-04-17"]),
        ("am 12.03.1985 um 14:30 Uhr", ["1985-03-12T14:30"]),
    ],
)
def test_what_is_found_in_running_text(text, timexes):
    with context.reading(context.Context(MAY_DAY)):
        assert [m.entity.timex for m in DateEncoder().detect(text)] == timexes


@pytest.mark.parametrize(
    ("text", "timex", "recurrence"),
    [
        ("every other Wednesday at 10:30am", "XXXX-WXX-3T10:30", "P2W"),
        ("every second Friday", "XXXX-WXX-5", "P2W"),
        ("every third Friday", "XXXX-WXX-5", "P3W"),
        ("the first Monday of every month", "XXXX-XX-W01-1", "P1M"),
        ("every first Monday", "XXXX-XX-W01-1", "P1M"),
        ("the last Friday of each month at 5pm", "XXXX-XX-W05-5T17", "P1M"),
    ],
)
def test_recurrences_that_skip_and_count(text, timex, recurrence):
    date = Date(text)
    assert (date.timex, date.recurrence, date.start, date.end) == (timex, recurrence, None, None)


@pytest.mark.parametrize("text", ["20240501", "2024/05/01", "2024-05-01"])
def test_the_year_first_is_exact_and_has_one_reading(text):
    date = Date(text)
    assert (date.edtf, date.approximate, date.alternatives) == ("2024-05-01", False, ())


@pytest.mark.parametrize("locale", ["en", "en-GB", "de"])
def test_dates_with_dots_are_day_first_everywhere(locale):
    with context.reading(context.Context(locale=locale)):
        assert Date("12.03.1985").start == "1985-03-12"
