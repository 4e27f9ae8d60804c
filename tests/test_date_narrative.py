"""What a date owes to the text before it: where it counts from, and on which side of the reference it lies."""

import pytest

import omnimodal


def said(text, reference=None):
    return [m.entity.label for m in omnimodal.detect(text, reference=reference) if m.modality == "date"]


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("On 3 March 1990 he came. The next day, he left.", ["3 March 1990", "4 March 1990"]),
        ("On 3 March 1990 he came. Three days later he was back.", ["3 March 1990", "6 March 1990"]),
        ("It opened in 1850. The following year it burned down.", ["1850", "1851"]),
        ("He married in 1921; two years later he moved.", ["1921", "1923"]),
        ("In 1931 he wrote a book; the same year she died.", ["1931", "1931"]),
        ("In May 1940 they fled, and three months later they were back.", ["May 1940", "August 1940"]),
        (
            "He was shot on April 14, 1865, and died the next morning at 7:22.",
            ["14 April 1865", "15 April 1865, 07:22"],
        ),
        ("On 14 December 1911 they came. That winter was hard.", ["14 December 1911", "winter 1911"]),
        (
            "He came in May 1911. The following winter was hard, the next summer not.",
            ["May 1911", "winter 1911", "summer 1912"],
        ),
        ("In 1990 he left; the following June he returned.", ["1990", "June 1991"]),
        ("In March 1990 he left; the following June he returned.", ["March 1990", "June 1990"]),
        ("In May 1940 he came. That September, London burned.", ["May 1940", "September 1940"]),
        ("On 14 May 2014 he came; the following Friday he left.", ["14 May 2014", "16 May 2014"]),
        ("In 1972 he married. The following spring he died.", ["1972", "spring 1973"]),
        ("In 1944 they landed. That autumn Antwerp fell.", ["1944", "autumn 1944"]),
        ("They met last Tuesday. The next day they left.", ["7 May 2024", "8 May 2024"]),
        (
            "He came on Sunday, 4 March 1990. The next weekend he left.",
            ["4 March 1990", "10 March 1990 – 11 March 1990"],
        ),
        ("On 7 March 1990 he came. Two weekends later he left.", ["7 March 1990", "week of 19 March 1990"]),
        ("On 7 March 1990 he came. A fortnight later he left.", ["7 March 1990", "21 March 1990"]),
        ("On 7 March 1990 he came. That morning at 7 he left.", ["7 March 1990", "7 March 1990, 07:00"]),
        ("On 7 March 1990 he came. That evening he left.", ["7 March 1990", "7 March 1990, 16:00–20:00"]),
    ],
)
def test_what_counts_from_the_date_before(text, dates):
    assert said(text, "2024-05-15") == dates


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("In 1990 he left. We meet next year.", ["1990", "2025"]),  # the reader's next year
        ("It is next Monday or previous Friday.", ["20 May 2024", "10 May 2024"]),
        ("In 1990 he left. We meet next summer.", ["1990", "summer 2025"]),
        ("In the 1920s he painted. The next day he died.", ["1920s", "16 May 2024"]),  # no day is known to count from
        ("He came before 1921. The next year, he left.", ["1921", "2025"]),
        ("It opened in 1850.\n\nThe following year is another story.", ["1850", "2025"]),
        ("It opened in 1850. " + "So it goes. " * 40 + "The following year it burned down.", ["1850", "2025"]),
    ],
)
def test_what_counts_from_the_reference(text, dates):
    assert said(text, "2024-05-15") == dates


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("Shares rose on Tuesday.", ["14 May 2024"]),
        ("She died on 3 June.", ["3 June 2023"]),
        ("On Monday, the court ruled against it.", ["13 May 2024"]),
        ("They met on Wednesday.", ["15 May 2024"]),  # today
        ("The vote took place in May.", ["May 2024"]),  # this month
        ("He said on Tuesday that he would resign on Friday.", ["14 May 2024", "17 May 2024"]),
        ("We meet on Tuesday.", ["21 May 2024"]),
        ("It is closed on Tuesday.", ["21 May 2024"]),
        ("Shares fell on Tuesday morning.", ["14 May 2024, 08:00–12:00"]),
        ("The bank cut rates on Monday.", ["13 May 2024"]),
        ("He arrived on Monday and leaves on Friday.", ["13 May 2024", "17 May 2024"]),
        ("The trial, which began in March, ends on Friday.", ["March 2024", "17 May 2024"]),
        ("The show ran from 3 March to 15 April.", ["3 March 2024", "15 April 2024"]),
        ("The exhibition runs from 3 May to 15 September.", ["3 May 2024", "15 September 2024"]),  # it is on
        ("He is ill since Monday.", ["13 May 2024"]),
        ("On Tuesday, Mohamed and Ahmed are to travel.", ["21 May 2024"]),
        ("The meeting was scheduled for Tuesday.", ["21 May 2024"]),
    ],
)
def test_the_tense_tells_on_which_side_of_the_reference(text, dates):
    assert said(text, "2024-05-15") == dates


def test_the_other_side_stays_an_alternative():
    (mention,) = omnimodal.detect("Shares rose on Tuesday.", reference="2024-05-15")
    assert [date.start for date in mention.entity.alternatives] == ["2024-05-21"]


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("He was elected in November 1990. In January he took office.", ["November 1990", "January 1991"]),
        ("He was born in 1921. On 3 May he was baptized.", ["1921", "3 May 1921"]),
        ("In March he came.", ["March"]),
        ("It first flew on April 12, 1981. It will fly again on May 3.", ["12 April 1981", "3 May"]),
        ("In the 19th century, May was warm.", ["19th century", "May"]),
    ],
)
def test_without_a_reference_a_story_gives_the_year(text, dates):
    assert said(text) == dates
