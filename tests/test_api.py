"""What most people call: embed, load, detect, and the names beside them."""

from __future__ import annotations

import datetime
import doctest
import re
import subprocess
import sys
import warnings
from contextlib import closing
from pathlib import Path

import pytest
import torch
from conftest import Colour, Thing

import omnimodal
from omnimodal.errors import (
    ContextOverflowError,
    ModelError,
    OmnimodalError,
    OmnimodalWarning,
    StoreError,
    UnknownNameError,
)
from omnimodal.store import Alias, Record, Source

TEXT = "It opened on 4 July 1976 in Paris for 5 km."


def test_public_names_are_a_dozen_and_all_there():
    assert len(omnimodal.__all__) <= 12
    for name in [*omnimodal.__all__, "Number", "Date", "Place", "Corporation", "Image"]:
        assert getattr(omnimodal, name) is not None
        assert name in dir(omnimodal)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        omnimodal.nothing  # noqa: B018


def test_a_store_that_is_named_is_opened_once_and_followed(tmp_path, monkeypatch):
    def towns(name):
        return [Record("place", "1", name, {"name": name}, (Alias(name, 1e6),))]

    def found(path):
        return [m.text for m in omnimodal.detect("They live in Quuxville or in Fredton.", store=path)]

    monkeypatch.chdir(tmp_path)
    with closing(omnimodal.open_store("towns.sqlite")) as store:
        store.replace(Source("a"), towns("Quuxville"))
        for path in ("towns.sqlite", Path("towns.sqlite"), tmp_path / "towns.sqlite"):
            assert found(path) == ["Quuxville"]
        descriptors = Path("/proc/self/fd")
        before = len(list(descriptors.iterdir())) if descriptors.exists() else 0
        for _ in range(5):
            found("towns.sqlite")
        assert not descriptors.exists() or len(list(descriptors.iterdir())) <= before
        store.replace(Source("a"), towns("Fredton"))
        assert found("towns.sqlite") == ["Fredton"]
    monkeypatch.chdir("/")
    with pytest.raises(StoreError, match=r"no store '/towns\.sqlite'"):
        found("towns.sqlite")


def test_detect_finds_and_resolves_without_a_language_model_and_more_than_once():
    for _ in range(2):
        found = omnimodal.detect(TEXT)
        assert [(m.text, m.modality) for m in found] == [
            ("4 July 1976", "date"),
            ("Paris", "place"),
            ("5 km", "number"),
        ]
        assert all(TEXT[m.start : m.end] == m.text and m.entity is not None for m in found)
    assert [len(mentions) for mentions in omnimodal.detect([TEXT, "none"])] == [3, 0]


def test_a_reference_date_is_what_relative_dates_are_read_against():
    found = omnimodal.detect("They left yesterday.", reference="2024-03-01")[0]
    assert (found.entity.start, found.entity.end) == ("2024-02-29", "2024-03-01")
    assert omnimodal.detect("They left yesterday.", reference=datetime.date(2024, 3, 1))[0].entity == found.entity
    with pytest.raises(OmnimodalError, match="'soon' is no ISO date"):
        omnimodal.detect("yesterday", reference="soon")


@pytest.fixture(scope="module")
def tiny():
    return omnimodal.load("tiny", encoders=["colour", "thing"], store=None)


def test_typed_parts_and_explicit_offsets_are_the_same_thing(tiny):
    parts = tiny.embed(["A wall of", Colour("#ff8800"), ", fresh."])
    marked = tiny.embed("A wall of #ff8800, fresh.", [(10, 17, Colour("#ff8800"))])
    detected = tiny.embed("A wall of #ff8800, fresh.")
    assert torch.equal(parts.vector, marked.vector)
    assert torch.equal(parts.vector, detected.vector)


def test_a_fresh_adapter_is_the_same_in_every_process_and_beside_other_encoders(tiny):
    alone = omnimodal.load("tiny", encoders=["colour"], store=None)
    assert torch.equal(tiny.embed("#ff8800").vector, alone.embed("#ff8800").vector)
    other = omnimodal.load("tiny", encoders=["colour"], store=None, seed=1)
    assert not torch.equal(other.embed("#ff8800").vector, alone.embed("#ff8800").vector)


def test_surface_replace_spends_no_token_on_the_text_of_a_mention(tiny):
    keep, replace = (tiny.embed("is #ff8800 red", surface=s) for s in ("keep", "replace"))
    assert keep.inputs_embeds.shape[1] - replace.inputs_embeds.shape[1] == len(" #ff8800")


def test_a_text_beyond_the_context_is_refused_or_cut_with_whole_entities(tiny):
    text = "#ff8800 " * 200
    with pytest.raises(ContextOverflowError, match="the model has 2048"):
        tiny.embed(text)
    with pytest.warns(OmnimodalWarning, match="too long"):
        found = tiny.embed(text, overflow="truncate")
    kept = (len(found.mentions) - len(found.dropped)) * (tiny.k + 2)
    assert found.inputs_embeds.shape[1] <= 2048
    assert len(found.dropped) > 0
    assert kept < 2048


def test_nested_entities_of_a_modality_that_is_not_loaded_are_left_out_with_a_warning():
    things = omnimodal.load("tiny", encoders=["thing"], store=None)
    with pytest.warns(OmnimodalWarning, match="1 nested entities of modalities not loaded"):
        things.embed([Thing("box", (Colour("#ff8800"),))])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"base": "nowhere"}, "Unknown language model 'nowhere'; known: smollm2_135m, tiny"),
        ({"encoders": ["numbr"]}, "Did you mean 'number'"),
        ({"projector": "mpl"}, "Unknown projector 'mpl'; known: linear, mlp, resampler. Did you mean 'mlp'"),
        ({"pooling": "max"}, "Unknown pooling 'max'"),
    ],
)
def test_unknown_names_list_the_known_ones(arguments, message):
    with pytest.raises(UnknownNameError, match=re.escape(message)):
        omnimodal.OmniModel(**{"base": "tiny", "encoders": ["colour"], "store": None, **arguments})


def test_load_takes_the_folder_of_a_run_and_tells_a_folder_that_is_not_there(tiny, tmp_path):
    tiny.save_pretrained(tmp_path / "adapter")
    assert torch.equal(omnimodal.load(tmp_path, store=None).embed("#ff8800").vector, tiny.embed("#ff8800").vector)
    assert list(omnimodal.load("tiny", encoders="colour", store=None).encoders) == ["colour"]
    with pytest.raises(ModelError, match=r"no folder \./nowhere"):
        omnimodal.load("./nowhere")


@pytest.mark.parametrize("mark", [(0, 5), (0.0, 5, Colour("#ff8800")), "ab"])
def test_an_explicit_entity_of_another_form_is_told(tiny, mark):
    with pytest.raises(TypeError, match=r"is \(start, end, Entity\) with whole offsets"):
        tiny.embed("Red is #ff8800.", [mark])


def test_empty_input_is_told_from_an_empty_batch(tiny):
    assert tiny.generate([]) == []
    with pytest.raises(ValueError, match="Text 0 of 1 is empty"):
        tiny.generate("")
    with pytest.raises(ValueError, match="Text 1 of 2 is empty"):
        tiny.embed(["a", ""])
    with pytest.raises(ContextOverflowError, match="max_new_tokens=99999"):
        tiny.generate("a", max_new_tokens=99999)


def test_lora_trains_the_language_model_too_and_is_saved_with_the_adapter(tmp_path):
    arguments = {"encoders": ["colour"], "store": None, "lora": {"r": 2, "target_modules": ["q_proj"]}}
    model = omnimodal.load("tiny", **arguments)
    trained = [name for name, p in model.named_parameters() if p.requires_grad and name.startswith("llm.")]
    assert trained
    assert all("lora" in name for name in trained)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "lora_B" in name:
                p.fill_(0.5)
    model.save_pretrained(tmp_path / "adapter")
    again = omnimodal.load(tmp_path / "adapter", store=None)
    assert torch.equal(model.embed("#ff8800").vector, again.embed("#ff8800").vector)
    assert not torch.equal(
        model.embed("xyz").vector, omnimodal.load("tiny", encoders=["colour"], store=None).embed("xyz").vector
    )


def test_chat_marks_the_right_place_even_for_a_text_that_is_in_the_template(tiny):
    template = "{% for m in messages %}<assistant says>{{ m['content'] }}{% endfor %}<assistant>"
    tiny.tokenizer.chat_template = template
    try:
        doc, mentions = tiny._as_chat(omnimodal.model.Document("s"), [])
        assert doc.text == "<assistant says>s<assistant>"
        marked = tiny.detect("a #ff8800")
        doc, mentions = tiny._as_chat(omnimodal.model.Document("a #ff8800"), marked)
        assert doc.text[mentions[0].start : mentions[0].end] == "#ff8800"
        with warnings.catch_warnings():
            warnings.simplefilter("error", OmnimodalWarning)
            assert isinstance(tiny.generate("s", chat=True, max_new_tokens=2), str)
    finally:
        tiny.tokenizer.chat_template = None


@pytest.mark.slow
def test_the_readme_prints_what_it_says(tmp_path):
    """Each python block of the README, run in a process of its own, prints the text block that follows it."""
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```\s*```text\n(.*?)```", readme, re.DOTALL)
    assert len(blocks) == 3
    for code, wanted in blocks:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        checker = doctest.OutputChecker()
        assert checker.check_output(wanted, done.stdout, doctest.ELLIPSIS), done.stdout
