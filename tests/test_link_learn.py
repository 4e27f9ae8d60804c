"""Learning the linker: what is right in a corpus and in made documents, and that the weights follow it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from omnimodal.errors import OmnimodalError
from omnimodal.link import corpus
from omnimodal.link.features import FEATURES, POSITIVE
from omnimodal.link.fit import LOST, Labelled, Score, fit, learn, score, unlinked
from omnimodal.link.learn import corpus_path, main, settings
from omnimodal.link.linker import Linker
from omnimodal.link.made import Maker
from omnimodal.link.ranker import Ranker, load
from omnimodal.resolve import default_store
from omnimodal.store import Record, open_store

ZERO = np.zeros(len(FEATURES))
TEXT = "Ada Lovelace met Babbage in the Paris . Lovelace left Paris with nobody named Bob ."


def span(words, type, title, after=0):
    start = TEXT.index(words, after)
    return {"start": start, "end": start + len(words), "type": type, "title": title}


DOCUMENT = {
    "doc": "a",
    "text": TEXT,
    "spans": [
        span("Ada Lovelace", "person", "Ada_Lovelace"),
        span("Babbage", "person", "Charles_Babbage"),
        span("the Paris", "place", "Paris"),
        span("Lovelace", "person", "Ada_Lovelace", 40),
        span("Bob", "person", None),
        span("nobody", "person", None),
    ],
}


def titles_store():
    store = open_store(":memory:")
    store.put(corpus.title_records([DOCUMENT], "thing"))
    return store


def test_titles_become_records_that_say_their_names():
    assert corpus.title_name("Magic_%28illusion%29") == "Magic (illusion)"
    records = titles_store().records("thing")
    assert [(r.id, r.name) for r in records] == [
        ("Ada_Lovelace", "Ada Lovelace"),
        ("Charles_Babbage", "Charles Babbage"),
        ("Paris", "Paris"),
    ]


def test_spans_written_like_names_have_their_title_or_none():
    store = titles_store()
    labelled = corpus.of_titles(DOCUMENT, Linker(store, Ranker(ZERO, ZERO)), "thing")
    said = {}
    for group, right in zip(labelled.groups, labelled.right, strict=True):
        none = len(group.options)
        words = TEXT[group.start : group.end]
        said[words] = None if right == none else "lost" if right == LOST else group.options[right].known.record.id
    assert said == {
        "Ada Lovelace": "Ada_Lovelace",
        "Babbage": "Charles_Babbage",
        "the Paris": "Paris",
        "Lovelace": "Ada_Lovelace",
        "Bob": None,
    }
    only = corpus.of_titles(DOCUMENT, Linker(store, Ranker(ZERO, ZERO)), "thing", ["place"])
    assert [TEXT[g.start : g.end] for g in only.groups] == ["the Paris"]


def test_names_of_a_store_are_right_as_far_as_the_gold_spans_tell():
    store = open_store(":memory:")
    names = ("Paris", "Ada", "Lovelace", "Bob")
    store.put([Record("town", name, name, {"name": name}, ((name, 1.0),)) for name in names])
    labelled = corpus.of_store(DOCUMENT, Linker(store, Ranker(ZERO, ZERO)), store, ["place"])
    said = [(TEXT[g.start : g.end], r) for g, r in zip(labelled.groups, labelled.right, strict=True)]
    assert said == [("Ada", 1), ("Lovelace", 1), ("Paris", 0), ("Lovelace", 1), ("Paris", None), ("Bob", 1)]


def test_the_weights_follow_what_is_right():
    store = titles_store()
    linker = Linker(store, Ranker(ZERO, ZERO))
    documents = [corpus.of_titles(DOCUMENT, linker, "thing")]
    ranker = learn(documents, linker, l2=0.1)
    done = score(documents, ranker, linker)
    assert (done.mentions, done.linkable, done.accuracy, done.nil_f1) == (5, 4, 1.0, 1.0)
    prior = score(documents, ranker, linker, prior_only=True)
    assert prior.linked == 1  # "the Paris" and the surnames are no names of the store
    weights = dict(zip(FEATURES, ranker.second, strict=True))
    assert all(weights[name] >= 0 for name in POSITIVE)


def test_fitting_finds_the_maximum():
    """No small step from the fitted weights is likelier."""
    store = titles_store()
    documents = [corpus.of_titles(DOCUMENT, Linker(store, Ranker(ZERO, ZERO)), "thing")]
    unlinked(documents)
    w = fit(documents, 1.0, second=False)

    def value(w):
        total = -0.5 * float(w @ w)
        for g, right in zip(documents[0].groups, documents[0].right, strict=True):
            if g.options and right != LOST:
                total += float(np.log(Ranker(w, w).probabilities(g.rows, g.none, second=False)[right]))
        return total

    free = [i for i, name in enumerate(FEATURES) if name not in POSITIVE or w[i] > 0]
    for i in free:
        for step in (-0.05, 0.05):
            assert value(w + step * np.eye(len(w))[i]) <= value(w) + 1e-9


def test_scores_are_added_up():
    both = Score.sum([Score(10, 6, 5, 4, 3, 2), Score(10, 4, 4, 4, 6, 5)])
    assert both == Score(20, 10, 9, 8, 9, 7)
    assert (both.accuracy, both.of_linkable) == (0.75, 0.8)
    assert both.nil_f1 == pytest.approx(14 / 19)
    assert Score().accuracy == Score().nil_f1 == 0


@pytest.mark.slow
def test_made_documents_say_what_they_mean():
    store = default_store()
    linker = Linker(store, Ranker(ZERO, ZERO))
    documents = list(Maker(store, linker, seed=1).documents(60, 0.5))
    assert all(isinstance(d, Labelled) and d.weight == 0.5 for d in documents)
    right = [(len(g.options), r) for d in documents for g, r in zip(d.groups, d.right, strict=True) if r is not None]
    assert sum(r == n for n, r in right) > 10
    assert sum(r < n for n, r in right) > 30
    again = list(Maker(store, linker, seed=1).documents(60, 0.5))
    assert [d.right for d in again] == [d.right for d in documents]


@pytest.mark.slow
def test_a_run_writes_a_ranker_that_can_be_read(tmp_path, capsys):
    path = tmp_path / "corpus.jsonl"
    path.write_text(f"{json.dumps(DOCUMENT)}\n" * 4)
    main([f"corpus={path}", f"out={tmp_path / 'ranker.json'}", "documents=30", "folds=2"])
    assert "held_out" in capsys.readouterr().out
    assert isinstance(load(tmp_path / "ranker.json"), Ranker)
    path.write_text('{"text": "x"}\n')
    with pytest.raises(OmnimodalError, match=r"corpus\.jsonl, line 1"):
        main([f"corpus={path}"])


def test_settings_are_checked(tmp_path):
    with pytest.raises(Exception, match="nonsense"):
        settings(["nonsense=1"])
    assert settings(["folds=3"]).folds == 3
    with pytest.raises(OmnimodalError, match="No corpus at"):
        corpus_path(str(tmp_path / "none"))
