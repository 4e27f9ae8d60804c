"""Names in running text: the trie with what is packed beside it, against looking for every name one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimodal.fold import fold
from omnimodal.store.gazetteer import LONGEST_NAME, Gazetteer, _case_fits, _inside_word, _spellings, _written

LETTERS = "aAbBüÜßée\u0301 .'-ﬁＡ1９दि中😀"
NAMES = st.lists(st.tuples(st.text(LETTERS, min_size=1, max_size=5), st.sampled_from(["town", "firm"])), max_size=8)


def rows(names):
    return [(fold(name), name, modality, 1.0) for name, modality in names]


def naive(names, text):
    """The spans of every name, by trying each at each place of the text."""
    found = set()
    spelt = [(name, modality, key) for name, modality in names for key in _spellings(fold(name))]
    for name, modality, key in spelt:
        if not 2 <= len(key) <= LONGEST_NAME or not (key[0].isalnum() or not (key[0].isspace() or key[0] == "_")):
            continue
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + 12) + 1):
                whole = fold(text[:start]) + fold(text[start:])
                at, to = len(fold(text[:start])), len(fold(text[:end]))
                if fold(text[start:end]) != key or _inside_word(whole, at) or _inside_word(whole, to):
                    continue
                if _case_fits(_written(name), text[start:end]) and fold(text[start]):
                    found.add((start, end, modality))
    return found


@given(NAMES, st.text(LETTERS, max_size=14))
def test_every_name_is_found_where_it_stands(names, text):
    gazetteer = Gazetteer.of(rows(names))
    found = {(m.start, m.end, m.modality) for m in gazetteer.scan(text)}
    for start, end, modality in found:
        assert (fold(text[start:end]), modality) in {(key, m) for name, m in names for key in _spellings(fold(name))}
    # The naive search may take marks and blanks at the edges with it, which the scan leaves out.
    assert found <= naive(names, text)
    plain = all(char.isascii() for char in text) and all(name[0].isalnum() for name, _ in names)
    assert not plain or found == {span for span in naive(names, text) if text[span[0]].isalnum()}


@given(NAMES, st.text(LETTERS, max_size=20))
def test_a_saved_gazetteer_finds_the_same(names, text):
    gazetteer = Gazetteer.of(rows(names))
    again = Gazetteer.load(gazetteer.dump())
    assert again is not None
    assert list(again.scan(text)) == list(gazetteer.scan(text))


def test_what_another_version_saved_is_made_anew():
    assert Gazetteer.load(b"We love Marisa.") is None


def test_weights_are_shared_among_the_modalities_whose_writing_fits():
    found = Gazetteer.of(
        [("us", "US", "place", 3.0), ("us", "us", "thing", 1.0), ("us", "Us", "band", 1.0), ("us", "US", "place", 2.0)]
    )
    as_written = lambda text: {m.modality: m.prior for m in found.scan(text)}  # noqa: E731
    assert as_written("US") == {"place": 0.6, "thing": 0.2, "band": 0.2}
    assert as_written("Us") == {"thing": 0.5, "band": 0.5}
    assert as_written("us") == {"thing": 1.0}


@pytest.mark.parametrize(
    ("name", "written"),
    [("US", 2), ("U.S.", 2), ("Bern", 1), ("BERLIN", 1), ("web", 0), ("中国", 0), (".NET", 2), ("3M", 2)],
)
def test_how_a_name_is_written(name, written):
    assert _written(name) == written


def test_small_words_find_names_that_are_written_small():
    names = [("iphone", "iPhone", "thing", 1.0), ("bern", "Bern", "town", 1.0)]
    found = Gazetteer.of(names)
    assert [m.modality for m in found.scan("my iphone in bern, Iphone in Bern")] == ["thing", "thing", "town"]


def test_none_and_empty():
    found = Gazetteer.of([])
    assert list(found.scan("any text")) == []
    assert list(Gazetteer.of([("a", "A", "x", 1.0), ("b" * 81, "B" * 81, "x", 1.0)]).scan("A " + "B" * 81)) == []


def test_hyphens_that_a_tokeniser_set_apart():
    gazetteer = Gazetteer.of(rows([("Stoke-on-Trent", "town"), ("KLM–Air", "firm"), ("Stoke", "town"), ("-x", "firm")]))
    found = lambda text: [text[m.start : m.end] for m in gazetteer.scan(text)]  # noqa: E731
    assert found("in Stoke - on - Trent, with KLM – Air") == ["Stoke", "Stoke - on - Trent", "KLM – Air"]
    assert found("Stoke-on-Trent") == ["Stoke", "Stoke-on-Trent"]
    assert found("Stoke - on Trent") == ["Stoke"]
    assert found("- x") == []


def test_a_name_with_a_nul_is_left_out():
    gazetteer = Gazetteer.of(rows([("Foo\0", "firm"), ("Bar", "firm")]))
    assert [(m.start, m.end) for m in gazetteer.scan("Foo\0 and Bar")] == [(9, 12)]
