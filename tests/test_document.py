"""Strings, typed parts and explicit entities → one text with marked spans."""

from __future__ import annotations

import pytest
from conftest import Colour, Thing
from hypothesis import given
from hypothesis import strategies as st

from omnimodal import Mention
from omnimodal.document import Document, documents, join
from omnimodal.errors import SpanError

RED, BLUE = Colour("#ff0000"), Colour("#0000ff")
SILENT = Thing("a picture")  # a thing has no surface


def spans(document):
    return [(m.start, m.end, m.entity) for m in document.mentions]


def test_a_string_is_one_document_and_a_list_of_strings_a_batch():
    assert documents("a") == ([Document("a")], False)
    assert documents(["a", "b"]) == ([Document("a"), Document("b")], True)
    assert documents([]) == ([], True)
    assert documents("") == ([Document("")], False)


def test_typed_parts_are_one_document():
    [document], batch = documents(["The wall is", RED, ", the door", BLUE, "."])
    assert not batch
    assert document.text == "The wall is #ff0000, the door #0000ff."
    assert spans(document) == [(12, 19, RED), (30, 37, BLUE)]
    assert documents(RED)[0][0].text == "#ff0000"


def test_a_batch_may_mix_texts_parts_and_documents():
    docs, batch = documents(["plain", ["with", RED], Document("done"), [BLUE]])
    assert batch
    assert [d.text for d in docs] == ["plain", "with #ff0000", "done", "#0000ff"]


def test_parts_without_a_surface_stand_between_the_words():
    document = join([SILENT, SILENT, "and", SILENT, RED, SILENT])
    assert document.text == "and #ff0000"
    assert spans(document) == [(0, 0, SILENT), (0, 0, SILENT), (3, 3, SILENT), (4, 11, RED), (11, 11, SILENT)]


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (["a", RED], "a #ff0000"),
        (["a ", RED], "a #ff0000"),
        (["a\n", RED, "\tb"], "a\n#ff0000\tb"),
        (["(", RED, ")"], "(#ff0000)"),
        ([RED, "’s"], "#ff0000’s"),
        ([RED, "", BLUE], "#ff0000 #0000ff"),
        ([""], ""),
    ],
)
def test_a_space_goes_where_one_is_wanted(parts, text):
    assert join(parts).text == text


@given(st.lists(st.text() | st.builds(Colour, st.text()) | st.just(SILENT)))
def test_joined_parts_keep_their_entities_in_order(parts):
    document = join(parts)
    given = [part for part in parts if not isinstance(part, str)]
    assert [m.entity for m in document.mentions] == given
    assert all(m.text == document.text[m.start : m.end] == m.entity.surface for m in document.mentions)
    words = "".join(part if isinstance(part, str) else part.surface for part in parts)
    assert document.text.replace(" ", "") == words.replace(" ", "")


def test_explicit_entities_are_put_in_order():
    docs, _ = documents("red and blue", [(8, 12, BLUE), (0, 3, RED)])
    assert spans(docs[0]) == [(0, 3, RED), (8, 12, BLUE)]
    assert docs[0].mentions[0].source == "markup"


def test_explicit_entities_of_a_batch_go_by_text():
    docs, batch = documents(
        ["red", "none", "blue"], [[(0, 3, RED)], None, [Mention(0, 4, "colour", "blue", entity=BLUE)]]
    )
    assert batch
    assert [spans(d) for d in docs] == [[(0, 3, RED)], [], [(0, 4, BLUE)]]


def test_offsets_count_code_points():
    docs, _ = documents("𝔸😀é", [(1, 2, RED)])
    assert docs[0].mentions[0].text == "😀"


@pytest.mark.parametrize("span", [(-1, 2), (2, 99), (3, 2), (99, 99)])
def test_offsets_outside_the_text_raise(span):
    with pytest.raises(SpanError, match="outside the text of 5 characters") as info:
        documents("hello", [(*span, RED)])
    assert info.value.span == span
    assert info.value.encoder == "colour"


@pytest.mark.parametrize("mention", [Mention(0, 5, "colour", "other"), Mention(9, 9, "colour", "")])
def test_a_mention_of_another_text_raises(mention):
    with pytest.raises(SpanError, match="is said to stand"):
        documents("hello", [mention])


@pytest.mark.parametrize("spans", [[(0, 3), (2, 5)], [(0, 5), (1, 2)], [(0, 3), (0, 3)], [(0, 3), (1, 1)]])
def test_overlapping_entities_raise(spans):
    with pytest.raises(SpanError, match="overlap"):
        documents("hello", [(*span, RED) for span in spans])
    documents("hello", [(0, 3, RED), (3, 5, RED)])  # neighbours do not


def test_half_a_character_raises():
    with pytest.raises(SpanError, match="lone surrogate") as info:
        documents("ab\ud83d")
    assert info.value.span == (2, 3)


@pytest.mark.parametrize("inputs", [3, None, {"a": 1}, (text for text in "ab"), [3], [["a", 3]], ["a", RED, 3]])
def test_other_inputs_raise_a_type_error(inputs):
    with pytest.raises(TypeError, match=r"is wanted|is a string"):
        documents(inputs)


def test_marks_that_do_not_fit_raise():
    with pytest.raises(ValueError, match="2 texts, but explicit entities for 1"):
        documents(["a", "b"], [[]])
    with pytest.raises(TypeError, match=r"\(start, end, Entity\)"):
        documents("Paris", [(0, 5, "Paris")])
