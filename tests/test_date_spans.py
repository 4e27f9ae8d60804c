"""Which words of a running text are dates: years told from counts, ranges as their ends, spans without articles."""

from __future__ import annotations

import pytest

import omnimodal
from omnimodal.detection import MODES
from omnimodal.encoders.date import DateEncoder


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("The 2011 census counted 5000 people.", ["2011"]),
        ("It is a 1997 film about the 2008 Summer Olympics.", ["1997", "2008"]),
        ("in 1804, 1806 and 1812", ["1804", "1806", "1812"]),
        ("Titanic (1997); Oxford University Press, 1998.", ["1997", "1998"]),
        ("John Smith (born 1944; d. 2001) lived in a house, built 1936.", ["1944", "2001", "1936"]),
        ("1848: revolution breaks out. 1931 saw a crisis.", ["1848", "1931"]),
        ("In 716, he left; it was sacked in 410 and 455, and he died in 762.", ["716", "410", "455", "762"]),
        ("It fell by 350. One in 500. NGC 1300, M-AB-1234 and No. 14-cv-1234; open 24/7, built 1500 houses", []),
        ("A survey of 1709 schoolchildren and 1500 horses", []),
        ("There are about 1500 islands and 1600 issues.", []),
        ("We counted 1800 birds in a 1250 page book for the 1200 soldiers.", []),
        ("The Lancia 2000 was dear. Windows 2000 is old; Opus 1905 and the Bell 1912 are not.", []),
        ("The Olympics 1936 were in Berlin. The Companies Act 1985 was repealed.", ["1936", "1985"]),
        (
            "In the spring of 904 he came; by the end of 915 it was lost. the 230s",
            ["spring of 904", "end of 915", "230s"],
        ),
        ("King Odo was crowned by 888 and died around 898.", ["888", "898"]),
        ("The emperor died on 23 June 79.", ["23 June 79"]),
        ("It lasted for about four months, or the 1600 hours needed.", []),
        ("It left at 1600 hours.", ["1600 hours"]),
        ("She reigned from 686 through 697 and died around 703.", ["686", "697", "703"]),
        ("It was built in 857–859 for 200–300 monks, one in 500.", ["857–859"]),
        ("It dates from 996–997, or the mid-to-late 1970s.", ["996–997", "mid-to-late 1970s"]),
        ("At the turn of the 20th century", ["turn of the 20th century"]),
        ("It will be back in 2126, seen in 2500 cities. On 11 October. Of 120 guns", ["2126", "11 October"]),
    ],
)
def test_a_year_beside_a_noun_is_told_from_a_count(text, years):
    assert [m.text for m in omnimodal.detect(text) if m.modality == "date"] == years


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("He lived there from 1934 to 1938.", ["1934", "1938"]),
        ("She (3 March 1821 – 17 November 1889) was Swiss.", ["3 March 1821", "17 November 1889"]),
        ("It has stood empty since late 1951.", ["late 1951"]),
        ("between June 1403 and May 1417", ["June 1403", "May 1417"]),
        ("She was born c. 1160.", ["1160"]),
        ("from May to July", ["May", "July"]),
        ("He left before last summer.", ["last summer"]),
        ("It rained from 3 to 12 May.", ["3 to 12 May"]),
        ("The dynasty ruled from 618 to 907.", ["618", "907"]),
        ("It flourished from 264 to 146 BC.", ["264", "146 BC"]),
    ],
)
def test_a_range_of_whole_dates_is_given_as_its_ends_unless_nested(text, ends):
    [whole] = DateEncoder().detect(text)
    assert whole.joined
    assert [m.text for m in whole.children] == ends
    dates = {mode: [m.text for m in omnimodal.detect(text, overlaps=mode) if m.modality == "date"] for mode in MODES}
    assert dates == {"flat": ends, "nested": [whole.text, *ends], "all": [whole.text, *ends]}


@pytest.mark.parametrize(
    "told", ["From March to July he travelled.", "He was away until March, and was ill since July."]
)
def test_the_ends_of_a_range_have_the_year_of_the_story_too(told):
    _, *ends = omnimodal.detect(f"He was elected in November 1990. {told}")
    assert [m.entity.start for m in ends] == ["1991-03-01", "1991-07-01"]


@pytest.mark.parametrize("text", ["12–14 June 1944", "the 1997–98 season", "after next Tuesday"])
def test_a_range_whose_ends_need_each_other_is_one(text):
    assert len(omnimodal.detect(text)) == 1


def test_a_span_without_nesting_begins_behind_the_article():
    text = "On the 27th, in the first week of July, at the end of the week of 4 July 1981"
    dates = [m.text for m in omnimodal.detect(text) if m.modality == "date"]
    assert dates == ["27th", "first week of July", "end of the week of 4 July 1981"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the late 15 th century and the 1920 s", ["late 15 th century", "1920 s"]),
        ("in mid - October 1911 , at 10 : 30 pm", ["mid - October 1911", "10 : 30 pm"]),
        ("the 9 th of May , 1611", ["9 th of May , 1611"]),
        ("open from 10 : 00 to 17 : 30", ["10 : 00 to 17 : 30"]),
        ("a scale of 1 : 50", []),
    ],
)
def test_a_tokenized_text_is_read_as_it_was_written(text, found):
    assert [m.text for m in omnimodal.detect(text) if m.modality == "date"] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Easter Monday, 24 April 1916", ["Easter Monday, 24 April 1916"]),
        ("on Sunday - 5 May 2024", ["Sunday - 5 May 2024"]),
        ("It cures in 70 days at 20 °C.", ["in 70 days"]),
        ("It fell from 0.52 to 0.47.", []),
        ("Christmas Day, 25 December", ["Christmas Day, 25 December"]),
        ("Christmas Day, 1 January", ["Christmas Day", "1 January"]),
        ("a weekly newspaper, sold weekly; the annual fair, and the annual rainfall", ["weekly", "annual"]),
        ("It is now a museum. We leave now.", ["now"]),
        ("the fall of the company in the fall of last year", ["fall of last year"]),
    ],
)
def test_a_feast_goes_with_its_day_and_a_word_of_two_meanings_with_its_neighbour(text, found):
    assert [m.text for m in omnimodal.detect(text, reference="2024-05-15") if m.modality == "date"] == found


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Von 1914 bis 1918 kämpfte er an der Westfront.", ["1914", "1918"]),
        ("Das Haus steht seit Mai 1951 leer.", ["Mai 1951"]),
        ("Sie wurde um 1160 in der Stadt geboren.", ["1160"]),
        ("Vom 3. bis 5. Mai 1951 war er in der Stadt.", ["Vom 3. bis 5. Mai 1951"]),
        ("Il habita à Genève du 3 mai 1951 au 4 juin 1952.", ["3 mai 1951", "4 juin 1952"]),
        ("La guerra durò dal 1915 al 1918.", ["1915", "1918"]),
    ],
)
def test_ranges_of_other_languages_are_their_ends_too(text, ends):
    assert [m.text for m in omnimodal.detect(text) if m.modality == "date"] == ends


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("He served from 1934 to 1938.", ["1934", "1938"]),
        ("Will served from 1934 to 1938. I like him.", ["1934", "1938"]),
        pytest.param(
            "A find of the " + "list " * 40 + "served it from 1934 to 1938.", ["1934", "1938"], id="long sentence"
        ),
        ("Show sales between 2007 and 2009.", ["between 2007 and 2009"]),
        ("Where was she between 2007 and 2009?", ["between 2007 and 2009"]),
        ("I'll be away from 3 May to 5 June.", ["from 3 May to 5 June"]),
        ("It will be shut after 2030.", ["after 2030"]),
    ],
)
def test_what_is_asked_or_planned_is_the_range_and_a_story_has_dates(text, flat):
    assert [m.text for m in omnimodal.detect(text)] == flat
    assert len(omnimodal.detect(text, overlaps="nested")) > 1
