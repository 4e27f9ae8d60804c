"""Sources beside the encoders: what a tagger finds, what lies in it, and what is wrong with one."""

from __future__ import annotations

import pytest
from conftest import Colour, Thing
from pieces import Pieces

import omnimodal
from omnimodal import Mention
from omnimodal.detection import detect
from omnimodal.document import Document
from omnimodal.errors import EncodingError
from omnimodal.resolve import resolve
from omnimodal.store import Record, open_store


def test_a_source_is_asked_once_for_all_texts_and_may_know_modalities_without_an_encoder(encoders):
    source = Pieces("Ada #ff0000", "Ada")
    docs = [Document("Ada #ff0000"), Document("Ada and #00ff00")]
    found = detect(docs, encoders, None, sources=[source])
    assert source.asked == [["Ada #ff0000", "Ada and #00ff00"]]
    assert [[(m.text, m.modality) for m in mentions] for mentions in found] == [
        [("Ada #ff0000", "person")],
        [("Ada", "person"), ("#00ff00", "colour")],
    ]
    resolved = resolve(found[1], encoders, None)
    assert [m.entity for m in resolved] == [None, Colour("#00ff00")]


def test_what_a_source_finds_keeps_a_name_of_the_store_from_being_read_in_it(encoders):
    store = open_store(":memory:")
    store.put([Record("thing", "1", "Ada", Thing("ada").content(), (("Ada", 1.0),))])
    [found] = detect([Document("in Ada Lovelace now")], encoders, store, sources=[Pieces("Ada Lovelace")])
    assert [(m.text, m.modality) for m in found] == [("Ada Lovelace", "person")]
    [found] = detect([Document("in Ada now")], encoders, store, sources=[Pieces("Ada", modality="thing")])
    assert [(m.text, m.source, m.record.id) for m in found] == [("Ada", "tagger", "1")]


class Given:
    name = "given"

    def detect(self, texts):
        return [[Mention(0, 3, "person", text[:3])] for text in texts]


def test_what_a_source_does_not_say_otherwise_is_of_its_name():
    [found] = detect([Document("Ada Lovelace")], {}, None, sources=[Given()])
    assert [(m.text, m.source) for m in found] == [("Ada", "given")]


@pytest.mark.parametrize(
    "found",
    [
        lambda texts: [],
        lambda texts: None,
        lambda texts: ["ab"],
        lambda texts: [[Mention(0, 2, "person", "zz")]],
        lambda texts: [[Mention(0, 0, "person", "")]],
        lambda texts: [[Mention(0, 1, "person", "a", score=float("nan"))]],
        lambda texts: 1 / 0,
    ],
)
def test_a_broken_source_is_named(found):
    source = Pieces()
    source.detect = found
    with pytest.raises(EncodingError, match="detect") as info:
        detect([Document("abcdef")], {}, None, sources=[source])
    assert info.value.encoder == "pieces"


def test_what_lies_in_a_mention_without_an_encoder_is_read_all_the_same():
    text = "The mayor of Paris resigned."
    source = Pieces("The mayor of Paris")
    (person,) = omnimodal.detect(text, sources=[source])
    assert (person.modality, person.entity) == ("person", None)
    assert [(child.text, child.modality) for child in person.children] == [("Paris", "place")]
    model = omnimodal.load("tiny", tagger=source)
    found = model.embed(text)
    assert [m.text for m in found.mentions] == ["The mayor of Paris"]
    assert found.inputs_embeds.shape != omnimodal.load("tiny", encoders=[]).embed(text).inputs_embeds.shape


@pytest.mark.parametrize(
    ("person", "named"),
    [
        ("Paris Hilton", []),
        ("Ms. Houston", []),
        ("August Houston", []),
        ("Mario J. Lima", []),
        ("Jordan 's", []),
        ("García - Lima", []),
        ("the mayor of Paris", ["Paris"]),
        ("The Chicago mayor", ["Chicago"]),
        ("U.S. President Ann Doe", ["U.S."]),
        ("Texas student Ann Doe", ["Texas"]),
        ("the candidate of 2016", ["2016"]),
    ],
)
@pytest.mark.parametrize("mode", ["flat", "nested"])
def test_the_parts_of_a_name_that_no_encoder_takes_mean_nothing(person, named, mode):
    found = omnimodal.detect(f"Then {person} spoke in Berlin.", sources=[Pieces(person)], overlaps=mode)
    outer = next(m for m in found if m.modality == "person")
    assert [child.text for child in outer.children] == named


def test_what_a_tagger_takes_for_a_date_and_nobody_can_read_keeps_what_lies_in_it():
    text = "It rained the wet morning that was 3 June 2020 there."
    (odd,) = omnimodal.detect(text, sources=[Pieces("the wet morning that was 3 June 2020", modality="date")])
    assert odd.entity is None
    assert [(child.text, child.entity.start) for child in odd.children] == [("3 June 2020", "2020-06-03")]
    (date,) = omnimodal.detect("on 3 June 2020 there", sources=[Pieces("on 3 June 2020", modality="date")])
    assert (date.entity.start, date.children) == ("2020-06-03", ())
