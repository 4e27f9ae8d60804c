"""The command line, as a user types it."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from omnimodal import OmniModel


@pytest.fixture(scope="module")
def adapter(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "adapter"
    OmniModel("tiny", encoders=["number", "date"], store=None).save_pretrained(folder)
    return str(folder)


def omnimodal(*arguments, stdin="", code=0):
    done = subprocess.run([sys.executable, "-m", "omnimodal", *arguments], capture_output=True, text=True, input=stdin)
    assert done.returncode == code, done.stderr
    return done


def test_embed_prints_a_vector_per_text(adapter):
    lines = omnimodal("embed", "7 of 12", "none", "-m", adapter).stdout.splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["7 of 12", "none"]
    assert np.linalg.norm(json.loads(lines[0])["vector"]) == pytest.approx(1, abs=1e-4)


def test_embed_reads_standard_input_and_writes_npy(adapter, tmp_path):
    omnimodal("embed", "-m", adapter, "-o", str(tmp_path / "v.npy"), stdin="one\n\ntwo\n")
    assert np.load(tmp_path / "v.npy").shape == (2, 64)


def test_inspect_shows_spans_entities_and_tokens(adapter):
    shown = omnimodal("inspect", "It cost $5 on 4 July 1976.", "-m", adapter).stdout
    for wanted in ("4 July 1976", "date", "$5", "number", "tokens of text + 12 of 2 entities"):
        assert wanted in shown


def test_inspect_gives_machines_what_link_writes(adapter, tmp_path):
    text = "It cost $5 on 04/05/1976."
    told = json.loads(omnimodal("inspect", "-", "--json", "-m", adapter, stdin=text).stdout)
    lines = json.dumps({"text": text}) + "\n"
    [line] = omnimodal("link", "-", stdin=lines).stdout.splitlines()
    assert told == {"text": text, "mentions": json.loads(line)["mentions"]}
    assert [m["modality"] for m in told["mentions"]] == ["number", "date"]


def test_encoders_lists_what_is_installed():
    shown = omnimodal("encoders").stdout
    for name in ("number", "date", "place", "corporation", "image"):
        assert name in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("embed", "x", "-m", "nowhere"), "Unknown language model 'nowhere'; known: smollm2_135m, tiny"),
        (("embed", "-m", "tiny"), "Nothing to embed"),
        (("embed", "x", "-m", "tiny", "-o", "v.txt"), "written as .npy"),
        (("embed", "x" * 5000, "-m", "tiny"), "the model has 2048"),
    ],
)
def test_an_error_is_one_line_without_a_traceback(arguments, message):
    done = omnimodal(*arguments, code=1)
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_the_traceback():
    assert "Traceback" in omnimodal("--debug", "embed", "x", "-m", "nowhere", code=1).stderr


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("resume=/nowhere", "no checkpoint there"),
        ("task=[date]", "The tasks ask about date; add that to encoder=[…]"),
        ("projector.tokens=0", "1 soft token or more"),
    ],
)
def test_an_error_of_a_training_run_is_told_without_a_traceback(tmp_path, override, message):
    given = [
        "llm=tiny",
        "train.examples=20",
        "encoder=[number]",
        "task=[number]",
        f"hydra.run.dir={tmp_path}",
        override,
    ]
    done = omnimodal("train", *given, code=1)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
