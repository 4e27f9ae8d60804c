"""Texts as corpora have them, with blanks around punctuation, are read as they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pieces import Pieces

import omnimodal
from omnimodal import Encoder, Number, Place
from omnimodal.detection import detect
from omnimodal.detokenize import detokenize
from omnimodal.document import Document, documents
from omnimodal.entity import Mention
from omnimodal.errors import EncodingError


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("Paris , Texas ( 1979 ) .", "Paris, Texas (1979)."),
        ("the 1980 's ; Apple 's [ 5 ] cars", "the 1980's; Apple's [5] cars"),
        ("5 ft . wide , e.g . here . . .", "5 ft. wide, e.g. here..."),
        ('a .NET book , \' s and " x " - y : z ?', 'a .NET book, \' s and " x " - y : z ?'),
        ("Nothing, (as it) is.", "Nothing, (as it) is."),
    ],
)
def test_blanks_around_punctuation_are_taken_out(given, written):
    assert detokenize(Document(given)).written.text == written


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Alien ( 1979 ) was shot in Paris , Texas .", ["1979", "Paris", "Texas"]),
        (
            "On April 1 , 1976 and in the 1980 's they had $ 3.5 million .",
            ["April 1 , 1976", "1980 's", "$ 3.5 million"],
        ),
        ("Amazon.com , Inc. and McDonald 's , 5 ft . apart", ["Amazon.com , Inc.", "McDonald 's", "5 ft ."]),
    ],
)
def test_mentions_stand_where_the_given_text_has_them(text, found):
    mentions = omnimodal.detect(text)
    assert [m.text for m in mentions] == found
    assert all(text[m.start : m.end] == m.text for m in mentions)


def test_a_tokenized_text_means_what_the_written_one_means():
    written = "Alien (1979), made in Washington, D.C., cost $11 million; by 1980's end, 5% more."
    tokens = "Alien ( 1979 ) , made in Washington , D.C. , cost $ 11 million ; by 1980 's end , 5 % more ."

    def read(text):
        return [(m.modality, m.record, getattr(m.entity, "value", None)) for m in omnimodal.detect(text)]

    assert read(tokens) == read(written)


def test_explicit_mentions_stay_as_they_are_given():
    text = "In Here , There ( x ) for 5 , 6 ."
    (doc,), _ = documents(text, [(3, 9, Place(name="Here")), (16, 21, Number(1))])
    apart = detokenize(doc)
    assert apart.written.text == "In Here , There ( x ) for 5, 6."
    assert [m.text for m in apart.written.mentions] == ["Here ,", "( x )"]
    assert tuple(apart.back(apart.written.mentions)) == doc.mentions


def test_a_source_is_asked_for_the_text_as_it_is_given():
    (mention,) = omnimodal.detect("Here , Jane ( J ) Doe 's .", sources=[Pieces("Jane ( J ) Doe 's")])
    assert mention.span == (7, 24)


class Odd(Encoder):
    entity = Number

    def detect(self, text):
        at = text.index("Texas")
        return [Mention(at, at + 5, "odd", "Texas", score=2.0)]


def test_an_error_names_the_span_of_the_given_text():
    with pytest.raises(EncodingError, match=r"the score 2\.0") as error:
        detect([Document("Far , Texas .")], {"odd": Odd()}, None)
    assert error.value.span == (6, 11)


pieces = st.lists(
    st.sampled_from([" ", ",", ".", ")", "(", "[", "'s", "’s", "a", "B", "12", "é", "\n", "  ", "\u0301"]), max_size=30
)


@given(pieces.map("".join), st.data())
def test_a_span_leads_back_to_the_same_characters(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    doc = Document(text, (Mention(start, end, "number", text[start:end], source="markup"),))
    apart = detokenize(doc)
    assert apart.back(apart.written.mentions) == list(doc.mentions)
    written = apart.written.text
    assert written.replace(" ", "") == text.replace(" ", "")
    one = data.draw(st.integers(0, len(written)))
    two = data.draw(st.integers(one, len(written)))
    if one < two:
        a, b = apart.span(one, two)
        assert text[a:b].replace(" ", "") == written[one:two].replace(" ", "")
        if not written[one].isspace():
            assert text[a] == written[one]
        if not written[two - 1].isspace():
            assert text[b - 1] == written[two - 1]
