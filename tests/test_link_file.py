"""`omnimodal link`: a corpus's mentions beside its texts, whole or not at all, going on where it was interrupted."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings

import pytest
from conftest import ColourEncoder, ThingEncoder

from omnimodal import Mention, registry, standoff
from omnimodal.errors import EncodingError, OmnimodalError, OmnimodalWarning
from omnimodal.standoff import link_file
from omnimodal.store import Record, open_store

ENCODERS = {"colour": ColourEncoder(), "thing": ThingEncoder()}


@pytest.fixture
def store():
    store = open_store(":memory:")
    store.put([Record("thing", "a", "Aville", {"name": "Aville"}, (("Aville", 1.0),))])
    yield store
    store.close()


def written(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def corpus(path, *lines):
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines), "utf-8")
    return path


def test_each_text_has_its_mentions_on_a_line(tmp_path, store):
    source = corpus(tmp_path / "in.jsonl", {"id": "x", "text": "😀 #ff0000 in Aville"}, "", {"text": "none"})
    counts = link_file(source, tmp_path / "out.jsonl", ENCODERS, store)
    one, two = written(tmp_path / "out.jsonl")
    assert (one["line"], one["id"], two) == (1, "x", {"line": 3, "id": 3, "mentions": []})
    colour, thing = one["mentions"]
    assert colour["value"] == {"code": "#ff0000"}
    assert (thing["record"], thing["start"], thing["end"], thing["text"]) == ("a", 13, 19, "Aville")
    assert 0 < thing["probability"] <= 1
    assert (counts.documents, counts.mentions, counts.linked, counts.skipped) == (2, 2, 2, 0)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: Expecting property name"),
        ("[]", "line 2: it is no JSON object with a text in the field 'text'"),
        ('{"text": 5}', "no text in the field"),
        ('{"words": "x"}', "no text in the field 'text': its fields are 'words'"),
        ('{"text": "\\ud800"}', "line 2: The text has half a character"),
        ('{"text": "x", "when": 5}', "line 2: its 'when' is no ISO date: 5"),
    ],
)
def test_a_bad_line_is_named_or_skipped(tmp_path, store, line, message):
    source = corpus(tmp_path / "in.jsonl", {"text": "Aville", "when": None}, line, {"text": "Aville"})
    with pytest.raises(OmnimodalError, match=message) as info:
        link_file(source, tmp_path / "out.jsonl", ENCODERS, store, reference_field="when")
    assert str(source) in str(info.value)
    assert not (tmp_path / "out.jsonl").exists()
    counts = link_file(source, tmp_path / "out.jsonl", ENCODERS, store, reference_field="when", skip_errors=True)
    one, bad, two = written(tmp_path / "out.jsonl")
    assert (counts.documents, counts.skipped) == (2, 1)
    assert bad["line"] == 2
    assert "line 2" in bad["error"]
    assert [m["record"] for m in one["mentions"] + two["mentions"]] == ["a", "a"]


def test_an_interrupted_run_goes_on(tmp_path, store, monkeypatch):
    source = corpus(tmp_path / "in.jsonl", *({"text": f"#00000{i} in Aville"} for i in range(8)))
    monkeypatch.setattr(standoff, "BATCH", 2)
    target = tmp_path / "out.jsonl"

    def stop(end, counts):
        if end > source.stat().st_size / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        link_file(source, target, ENCODERS, store, advanced=stop)
    assert not target.exists()
    [partial] = tmp_path.glob(".out.jsonl.*")
    assert 0 < len(written(partial)) < 8
    with partial.open("a") as file:
        file.write('{"line": 7, "id"')  # what a crash in the middle of a line leaves
    asked = []
    detect = standoff.find_mentions
    monkeypatch.setattr(standoff, "find_mentions", lambda docs, *a, **k: asked.extend(docs) or detect(docs, *a, **k))
    counts = link_file(source, target, ENCODERS, store)
    assert counts.resumed + len(asked) == 8
    monkeypatch.undo()
    link_file(source, tmp_path / "whole.jsonl", ENCODERS, store)
    assert target.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_other_options_begin_anew_and_say_what_they_leave(tmp_path, store, monkeypatch):
    source = corpus(tmp_path / "in.jsonl", {"text": "Aville"}, {"text": "Aville"}, "{")
    target = tmp_path / "out.jsonl"
    monkeypatch.setattr(standoff, "BATCH", 1)
    with pytest.raises(OmnimodalError, match=r"line 3: .*; what was done before is kept in .*\.partial"):
        link_file(source, target, ENCODERS, store)
    with pytest.warns(OmnimodalWarning, match="left by an interrupted run with other options"):
        counts = link_file(source, target, ENCODERS, store, skip_errors=True, overlaps="all")
    assert (counts.resumed, counts.documents) == (0, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_a_run_goes_on_where_a_bad_line_stopped_it(tmp_path, store, monkeypatch):
    source = corpus(tmp_path / "in.jsonl", {"text": "Aville"}, "{", {"text": "Aville"}, "[")
    target = tmp_path / "out.jsonl"
    monkeypatch.setattr(standoff, "BATCH", 1)
    with pytest.raises(OmnimodalError, match="line 2"):
        link_file(source, target, ENCODERS, store)

    def stop(end, counts):
        if counts.skipped:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        link_file(source, target, ENCODERS, store, skip_errors=True, advanced=stop)
    with pytest.raises(OmnimodalError, match="line 2"):  # it was skipped, and is not now
        link_file(source, target, ENCODERS, store)
    counts = link_file(source, target, ENCODERS, store, skip_errors=True)
    assert (counts.resumed, counts.documents, counts.skipped) == (2, 1, 1)
    assert [line["line"] for line in written(target)] == [1, 2, 3, 4]


@pytest.mark.parametrize("first", [1, 40])  # of the first batch, or behind it
def test_a_reference_that_no_text_has_is_warned_of(tmp_path, store, first):
    lines = [{"text": "Aville", "on": None}] * first + [{"text": "Aville"}]
    source = corpus(tmp_path / "in.jsonl", *lines)
    with pytest.warns(OmnimodalWarning, match="in.jsonl: none of .* has an ISO date in the field 'when'"):
        link_file(source, tmp_path / "out.jsonl", ENCODERS, store, reference_field="when")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        link_file(source, tmp_path / "out.jsonl", ENCODERS, store, reference_field="on")


def test_a_source_is_asked_about_many_texts_at_once(tmp_path, store):
    asked = []

    class Source:
        name = "source"

        def detect(self, texts):
            asked.append(list(texts))
            return [[Mention(0, 1, "letter", text[0], 0.5, "tagger")] for text in texts]

    lines = [{"text": f"{'abc'[i]} in Aville", "on": f"2024-01-0{1 + i}"} for i in (0, 1, 2, 1)]
    source = corpus(tmp_path / "in.jsonl", *lines)
    link_file(source, tmp_path / "out.jsonl", ENCODERS, store, reference_field="on", sources=[Source()])
    assert asked == [["a in Aville", "b in Aville", "c in Aville"]]
    found = [line["mentions"][0]["text"] for line in written(tmp_path / "out.jsonl")]
    assert found == ["a", "b", "c", "b"]
    letter = written(tmp_path / "out.jsonl")[0]["mentions"][0]  # nobody reads it, and it is told all the same
    assert letter == {"start": 0, "end": 1, "text": "a", "modality": "letter", "source": "tagger", "probability": 0.5}

    class Lame(Source):
        def detect(self, texts):
            return []

    with pytest.raises(EncodingError, match=r"gave 0 lists for 3 texts.*'source'"):
        link_file(source, tmp_path / "lame.jsonl", ENCODERS, store, sources=[Lame()])


def test_what_is_read_keeps_what_else_it_may_say(tmp_path):
    source = corpus(tmp_path / "in.jsonl", {"text": "On 04/05/2021."})
    link_file(source, tmp_path / "out.jsonl", {"date": registry.get("date")()}, None)
    [[mention]] = [line["mentions"] for line in written(tmp_path / "out.jsonl")]
    assert mention["value"]["start"] == "2021-04-05"
    assert [other["value"]["start"] for other in mention["alternatives"]] == ["2021-05-04"]


def command(*arguments, stdin=None, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "omnimodal", "link", *arguments], capture_output=True, text=True, input=stdin
    )
    assert done.returncode == code, done.stderr
    return done


def test_the_command_is_a_part_of_a_pipe(tmp_path):
    lines = '{"text": "It cost $5."}\n\n{"text": ""}\n'
    done = command("-", stdin=lines)
    one, two = (json.loads(line) for line in done.stdout.splitlines())
    assert [m["text"] for m in one["mentions"]] == ["$5"]
    assert two == {"line": 3, "id": 3, "mentions": []}
    assert "2 texts, 1 mentions" in done.stderr
    assert (
        "standard input, line 1: it has no text in the field 'body'"
        in command("-", "--text-field", "body", stdin=lines, code=1).stderr
    )
    source = tmp_path / "in.jsonl"
    source.write_text(lines, "utf-8")
    assert command(str(source), "--out", "-").stdout == done.stdout
    assert command("-", "--out", str(tmp_path / "out.jsonl"), stdin=lines).stdout == ""
    assert (tmp_path / "out.jsonl").read_text("utf-8") == done.stdout
    command("-", "--out", str(tmp_path / "bad.jsonl"), stdin="{", code=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_the_command_reads_dates_against_the_reference_of_each_text(tmp_path):
    source = corpus(
        tmp_path / "news.jsonl",
        {"doc": "n", "body": "Yesterday in Paris, Texas", "on": "2024-03-01"},
        {"doc": "m", "body": "Yesterday"},
    )
    done = command(str(source), "--text-field", "body", "--reference-field", "on", "--overlaps", "nested")
    assert "2 texts, 4 mentions, 4 with an entity, 0 lines skipped" in done.stderr
    one, two = written(tmp_path / "news.linked.jsonl")
    assert [m["modality"] for m in one["mentions"]] == ["date", "place", "place"]
    assert one["mentions"][0]["value"]["start"] == "2024-02-29"
    assert one["mentions"][1]["record"] == "geonames:4717560"
    assert "start" not in two["mentions"][0]["value"]
    assert "There is no store" in command(str(source), "--store", str(tmp_path / "none"), code=1).stderr
    assert "mode of overlaps" in command(str(source), "--text-field", "body", "--overlaps", "flt", code=1).stderr


def test_what_would_destroy_the_corpus_or_lead_nowhere_is_refused_before_it_begins(tmp_path):
    corpus = tmp_path / "a.jsonl"
    corpus.write_text('{"text": "In 2020.", "published": "foo"}\n', "utf-8")
    for target, said in ((corpus, "is the corpus itself"), (tmp_path, "is a folder")):
        with pytest.raises(OmnimodalError, match=said):
            link_file(corpus, target, {}, None)
    with pytest.raises(OmnimodalError, match="foo"):
        link_file(corpus, tmp_path / "b.jsonl", {}, None, overlaps="foo")
    done = link_file(corpus, tmp_path / "b.jsonl", {}, None, reference_field="published", skip_errors=True)
    assert done.skipped == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "b.jsonl"]
