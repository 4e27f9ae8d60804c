"""Adapter folders: whole or not at all, strict when they are read, never pickle."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import Colour, ColourEncoder, Thing
from families import save as save_family
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from omnimodal import OmniModel, adapter
from omnimodal.errors import AdapterError, OmnimodalError

TEXT = "The wall is #ff0000 and the door is #00ff00 today."
LORA = {"r": 2, "target_modules": ["q_proj"], "init_lora_weights": False}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return str(save_family("llama", tmp_path_factory.mktemp("llama")))


@pytest.fixture(scope="module")
def model(base):
    model = OmniModel(base, encoders={"colour": {"dim": 16}, "thing": {}}, projector="linear", tokens=2, store=None)
    with torch.no_grad():
        for parameter in model.boundary.parameters():
            parameter.add_(0.1)
    return model


@pytest.fixture
def folder(model, tmp_path):
    model.save_pretrained(tmp_path / "adapter")
    return tmp_path / "adapter"


def load(folder, **overrides):
    return OmniModel.from_pretrained(folder, store=None, **overrides)


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def rewrite(folder, **changes):
    """The folder as if it had been written with other values in adapter.json."""
    config = {**json.loads((folder / "adapter.json").read_text()), **changes}
    (folder / "adapter.json").write_text(json.dumps(config))


def rewrite_weights(folder, change):
    """The folder as if other weights had been saved: the checksum fits."""
    tensors = load_file(folder / "adapter.safetensors")
    change(tensors)
    save_file(tensors, folder / "adapter.safetensors")
    rewrite(folder, sha256=adapter._sha256(folder / "adapter.safetensors"))


def test_saved_and_loaded_it_is_the_same(model, folder):
    again = load(folder)
    assert torch.equal(again.embed(TEXT).vector, model.embed(TEXT).vector)
    inputs = ["A thing", Thing("ab", (Thing("c"),)), "is", Colour("#abcdef")]
    assert again.encoders["colour"].dim == 16
    assert torch.equal(again.embed(inputs).inputs_embeds, model.embed(inputs).inputs_embeds)
    assert adapter.describe(again) == adapter.describe(model)
    again.save_pretrained(folder)
    assert load(folder).embed(TEXT).vector.equal(model.embed(TEXT).vector)


def test_the_folder_holds_the_adapter_and_nothing_of_the_language_model(model, folder):
    assert names(folder) == ["adapter.json", "adapter.safetensors"]
    assert not any(name.startswith("llm.") for name in load_file(folder / "adapter.safetensors"))
    assert names(folder.parent) == ["adapter"]


def test_low_rank_updates_are_saved_too(base, tmp_path):
    model = OmniModel(base, encoders=["colour"], store=None, lora=LORA)
    model.save_pretrained(tmp_path / "a")
    assert torch.equal(load(tmp_path / "a").embed(TEXT).vector, model.embed(TEXT).vector)
    path = tmp_path / "a" / "peft" / "adapter_model.safetensors"
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1])):
        path.write_bytes(damaged)
        with pytest.raises(AdapterError, match="truncated or was changed"):
            load(tmp_path / "a")
    path.unlink()
    with pytest.raises(AdapterError, match="is missing"):
        load(tmp_path / "a")


def test_an_adapter_of_another_base_model_is_refused(folder, tmp_path):
    other = save_family("mistral", tmp_path / "mistral")
    with pytest.raises(AdapterError, match=r"made for the base model .* is another one"):
        load(folder, base=str(other))


def test_an_adapter_of_other_weights_of_the_same_kind_is_refused(folder, base, tmp_path):
    retrained = AutoModelForCausalLM.from_pretrained(base)
    with torch.no_grad():
        retrained.get_input_embeddings().weight.mul_(1.01)
    retrained.save_pretrained(tmp_path / "retrained")
    AutoTokenizer.from_pretrained(base).save_pretrained(tmp_path / "retrained")
    with pytest.raises(AdapterError, match="is another one"):
        load(folder, base=str(tmp_path / "retrained"))


def test_features_of_another_version_are_refused(folder, monkeypatch):
    monkeypatch.setattr(ColourEncoder, "version", 2)
    with pytest.raises(AdapterError, match="trained with other features") as info:
        load(folder)
    assert info.value.encoder == "colour"


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: b"",
        lambda data: data + b"\0",
    ],
)
def test_truncated_or_tampered_weights_are_refused(folder, damage):
    path = folder / "adapter.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(AdapterError, match="truncated or was changed"):
        load(folder)


def test_a_pickle_is_never_read(folder):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(folder / "pwned"),)

    path = folder / "adapter.safetensors"
    path.write_bytes(pickle.dumps(Evil()))
    rewrite(folder, sha256=adapter._sha256(path))
    with pytest.raises(AdapterError, match="cannot be read"):
        load(folder)
    path.unlink()
    (folder / "adapter.bin").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(AdapterError, match="is missing"):
        load(folder)
    assert not (folder / "pwned").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("boundary.colour"), "differ in boundary.colour"),
        (lambda t: t.update(extra=torch.zeros(1)), "differ in extra"),
        (lambda t: t.update({"llm.lm_head.weight": torch.zeros(1)}), "differ in llm.lm_head.weight"),
        (lambda t: t.update({"boundary.colour": torch.zeros(3, 32)}), r"boundary.colour is \[3, 32\]"),
    ],
)
def test_other_weights_than_the_model_has_are_refused(folder, change, message):
    rewrite_weights(folder, change)
    with pytest.raises(AdapterError, match=message):
        load(folder)


def test_refused_weights_leave_the_model_as_it_was(model, folder):
    before = {name: value.clone() for name, value in adapter.weights(model).items()}
    rewrite_weights(folder, lambda t: [v.zero_() for v in t.values()] and t.pop("boundary.thing"))
    with pytest.raises(AdapterError):
        adapter.restore(model, folder)
    assert all(torch.equal(value, before[name]) for name, value in adapter.weights(model).items())


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 99}', "\xff", '{"format": 1}'])
def test_a_damaged_configuration_is_refused(folder, text):
    (folder / "adapter.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(AdapterError, match="adapter"):
        load(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"base": {"folder": "x"}},
        {"base": None},
        {"encoders": []},
        {"encoders": {"colour": {"config": {}}}},
        {"encoders": {"colour": {"config": {"bogus": 1}, "fingerprint": "x"}}},
        {"encoders": {"unheard": {"config": {}, "fingerprint": "x"}}},
        {"projector": {}},
        {"projector": {"_target_": "omnimodal.project.Nothing"}},
        {"projector": {"_target_": "os.system"}},
        {"tokens": "four"},
        {"tokens": 5},
    ],
)
def test_a_configuration_that_does_not_fit_raises_a_typed_error(folder, change):
    rewrite(folder, **change)
    with pytest.raises(OmnimodalError):
        load(folder)


def test_no_adapter_at_all(tmp_path):
    with pytest.raises(AdapterError, match="no adapter folder"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["notes.txt", "adapter_config.json", ".git"])
def test_a_folder_of_other_things_is_never_overwritten(model, tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(AdapterError, match="choose another folder"):
        model.save_pretrained(tmp_path)
    assert names(tmp_path) == [name]
    with pytest.raises(AdapterError, match="is a file"):
        model.save_pretrained(tmp_path / name)


def test_what_stands_beside_an_adapter_is_kept(model, base, folder):
    (folder / "optimizer.pt").write_text("state of a trainer")
    (folder / "logs").mkdir()
    (folder / "logs" / "adapter.json").write_text("not the adapter's own")
    (folder / "link").symlink_to("nowhere")
    OmniModel(base, encoders=["colour"], store=None, lora=LORA).save_pretrained(folder)
    assert names(folder) == ["adapter.json", "adapter.safetensors", "link", "logs", "optimizer.pt", "peft"]
    assert (folder / "optimizer.pt").read_text() == "state of a trainer"
    assert (folder / "logs" / "adapter.json").read_text() == "not the adapter's own"
    model.save_pretrained(folder)
    assert names(folder) == ["adapter.json", "adapter.safetensors", "link", "logs", "optimizer.pt"]
    assert load(folder).embed(TEXT).vector.equal(model.embed(TEXT).vector)


def test_a_foreign_adapter_json_is_not_overwritten(model, tmp_path):
    for text in ("not json", '{"name": "usb"}', '{"format": 1}'):
        (tmp_path / "adapter.json").write_text(text)
        with pytest.raises(AdapterError):
            model.save_pretrained(tmp_path)
        assert (tmp_path / "adapter.json").read_text() == text


def test_an_error_in_the_middle_of_saving_leaves_the_old_folder_whole(model, folder, monkeypatch):
    before = {name: (folder / name).read_bytes() for name in names(folder)}
    monkeypatch.setattr(model, "pooling", object())  # cannot be saved, which is seen after the weights are written
    with pytest.raises(AdapterError, match="cannot be saved"):
        model.save_pretrained(folder)
    assert {name: (folder / name).read_bytes() for name in names(folder)} == before
    assert names(folder.parent) == ["adapter"]


def test_a_process_killed_in_the_middle_of_saving_leaves_the_old_folder_whole(model, folder):
    before = {name: (folder / name).read_bytes() for name in names(folder)}
    code = f"""
import os, signal, conftest
from omnimodal import OmniModel, adapter
model = OmniModel.from_pretrained({str(folder)!r}, store=None)
adapter.describe = lambda model: os.kill(os.getpid(), signal.SIGKILL)
model.save_pretrained({str(folder)!r})"""
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent)
    assert done.returncode == -signal.SIGKILL
    assert {name: (folder / name).read_bytes() for name in names(folder)} == before
    load(folder)


def test_tensors_that_share_memory_are_saved(base, tmp_path):
    model = OmniModel(base, encoders=["colour", "thing"], store=None)
    model.boundary["thing"] = model.boundary["colour"]
    model.save_pretrained(tmp_path / "a")
    assert torch.equal(load(tmp_path / "a").boundary["thing"], model.boundary["colour"])


def test_paths_and_mappings_in_the_configuration_are_written_as_json():
    from collections import ChainMap

    assert json.loads(json.dumps({"a": Path("x/y"), "b": ChainMap({"c": (1,)})}, default=adapter._plain)) == {
        "a": "x/y",
        "b": {"c": [1]},
    }
