"""What `inspect` prints: entities as a reader would say them, namesakes told apart, nothing twice, on any width."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass

import pytest
from conftest import Colour, Thing
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

import omnimodal
from omnimodal import Entity
from omnimodal.entity import Alternative, Link, Mention
from omnimodal.errors import InvalidEntityError
from omnimodal.resolve import resolve
from omnimodal.show import _readings, described, show
from omnimodal.standoff import mention_json
from omnimodal.store import Record, open_store

TEXT = "Siemens moved from Paris, Texas to London on 04/05/2021; Paris Widgets Inc. did not."


@pytest.fixture(scope="module")
def model():
    return omnimodal.load("tiny")


def shown(text, model, width=200, **options):
    console = Console(file=io.StringIO(), width=width)
    show(text, model, console=console, **options)
    return console.file.getvalue()


def rendered(table, width=200):
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    return console.file.getvalue().splitlines()


@dataclass(frozen=True)
class Pebble(Entity):
    modality = "pebble"
    grams: int
    note: str = ""
    wet: bool = False


def test_an_entity_says_what_it_is_without_being_told_how():
    assert Pebble(0).label == "grams 0, wet False"
    assert Colour("#ff0000").label == "#ff0000"
    assert (Thing("a").within, Thing("a").alternatives) == ((), ())


@pytest.mark.parametrize("name", ["label", "surface", "within", "alternatives", "key"])
def test_a_field_that_would_take_a_property_for_its_default_is_refused(name):
    with pytest.raises(InvalidEntityError, match=f"Stone has a field '{name}'"):
        type("Stone", (Entity,), {"__annotations__": {name: str}, "modality": "stone"})


def test_entities_are_said_as_a_reader_would(model):
    said = shown(TEXT, model)
    for wanted in (
        "Siemens AG, Munich",
        "Paris, Texas, United States",
        "London, Ontario, Canada (geonames:6058560)",  # what else it may mean
        "5 April 2021",
        "4 May 2021",  # the other order of day and month
    ):
        assert wanted in said
    assert "granularity" not in said
    for fields in ("approximate False", "bounds", "timex"):
        assert fields not in said


def test_what_lies_in_a_mention_stands_below_it():
    store = open_store(":memory:")
    name = "House #ff0000 Ltd"
    store.put([Record("thing", "1", name, Thing("house").content(), ((name, 1.0),))])
    model = omnimodal.OmniModel("tiny", encoders=["thing", "colour"], store=store)
    lines = shown(f"the {name}", model).splitlines()
    (above,) = (i for i, line in enumerate(lines) if "4–21" in line)
    assert lines[above + 1].split()[:4] == ["10–17", "#ff0000", "colour", "#ff0000"]
    assert lines[above + 1].index("#") == lines[above].index("House") + 2


def test_nothing_nested_is_told_twice(model):
    said = shown("London, Manchester and Leeds", model)
    assert said.count("United Kingdom: ") == 1
    assert "ancestor" not in said
    assert "Manchester: parent England; population" in said


def test_a_cycle_is_cut_where_it_closes(encoders):
    store = open_store(":memory:")
    for id, other in (("a", "b"), ("b", "a")):
        name = f"Th{id}ng"
        store.put([Record("thing", id, name, Thing(name, (Link("thing", other),)).content(), ((name, 1.0),))])
    model = omnimodal.OmniModel("tiny", encoders=["thing"], store=store)
    assert "part Thbng: part Thang (closes a cycle: cut)" in shown("The Thang", model)


@pytest.mark.parametrize("width", [80, 200])
def test_every_width_is_readable(model, width):
    lines = shown(TEXT, model, width).splitlines()
    assert max(map(len, lines)) <= width
    for word in ("corporation", "gazetteer", "57–75"):  # kept whole
        assert any(word in line for line in lines)


def test_what_has_no_encoder_or_no_record_says_so(model):
    class People:
        name = "people"

        def detect(self, texts):
            return [[Mention(0, 3, "person", text[:3], source="tagger")] for text in texts]

    said = shown("Bob met Zzyzx Widgets Inc.", omnimodal.load("tiny", tagger=People()))
    assert "(no encoder)" in said
    assert "Zzyzx Widgets Inc.  0.90" in said  # among the reasons too
    assert "No entities." in shown("nothing here", model)


def test_namesakes_that_are_described_alike_are_told_apart_by_their_kind():
    store = open_store(":memory:")
    for id, kind in (("1", "made=of wood"), ("2", "made=of stone")):
        store.put([Record("thing", id, "Bridge", Thing("Bridge", (Colour(f"#00000{id}"),)).content(), kind=kind)])
    model = omnimodal.OmniModel("tiny", encoders=["thing", "colour"], store=store)
    said = [
        Alternative(Link("thing", "2"), "Bridge", 0.004, "it may be"),
        Alternative(None, "a bridge of cards"),
    ]
    mention = Mention(0, 6, "thing", "Bridge", record=Link("thing", "1"), probability=0.9, why="it is", score=0.9)
    mention = mention.replace(alternatives=tuple(said), entity=Thing("Bridge", (Colour("#000001"),)))
    lines = [line.split() for line in rendered(_readings([(mention, 0)], model.reader))]
    assert ["Bridge", "0.90", "Bridge", "(1,", "made=of", "wood)", "it", "is"] in lines
    assert ["<.01", "Bridge", "(2,", "made=of", "stone)", "it", "may", "be"] in lines
    assert ["a", "bridge", "of", "cards"] in lines


def test_a_store_or_modality_that_is_not_there_shortens_the_name(model):
    (paris,) = (m.entity for m in model.detect("Paris, Texas") if m.text == "Paris")
    assert described(paris, model.reader) == "Paris, Texas, United States"
    assert described(paris, omnimodal.OmniModel("tiny", encoders=["place"], store=None).reader) == "Paris"


def test_alternatives_of_what_is_read_are_those_its_entity_keeps(encoders):
    @dataclass(frozen=True)
    class Ambiguous(Colour):
        @property
        def alternatives(self):
            return (Colour("#0000ff"),)

    mention = Mention(0, 7, "colour", "#ff0000", entity=Ambiguous("#ff0000"), why="the red one")
    (found,) = resolve([mention], encoders, None)
    assert [(a.name, a.record, a.probability) for a in found.alternatives] == [("#0000ff", None, None)]
    assert found.why == "the red one"
    assert mention_json(found)["alternatives"] == [{"name": "#0000ff", "value": {"code": "#0000ff"}}]
    json.dumps(mention_json(found))


def test_nothing_in_a_text_tells_the_terminal_what_to_do(model):
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="standard")
    show("On\r\n4 May 1976\r\n\x1b[2J\x07\x00\x9b31m\x7f.", model, console=console)
    said = console.file.getvalue()
    assert "4 May 1976\x1b[0m" in said.splitlines()[1]  # the span, in spite of the line ends before it
    assert not set(said) & set("\r\x07\x00\x9b\x7f")
    assert "\x1b[2J" not in said
    assert "␛[" in said
    assert "␇␀" in said


def test_a_text_too_long_for_the_model_is_shown_all_the_same(model):
    said = shown("On 4 May 1976. " + "and so on " * 300, model)
    assert "+ 6 of 1 entities" in said
    assert said.splitlines()[-1] == "The model has 2048 positions, so that this text is too long to be read at once."
    assert "too long" not in shown("On 4 May 1976.", model)


@settings(max_examples=30)
@given(st.text(max_size=30) | st.text("[]/bold Paris5\n\t\x1b😀", max_size=30), st.integers(40, 120))
def test_any_text_is_shown(model, text, width):
    assert "tokens of text" in shown(text, model, width)
