"""Every family of language models reads entities, and is otherwise left exactly as it was."""

from __future__ import annotations

import pytest
import torch
from conftest import Colour, Thing
from families import CAUSAL, FAMILIES, save
from transformers import AutoModel, AutoModelForCausalLM

from omnimodal import OmniModel
from omnimodal.document import documents
from omnimodal.errors import ModelError

PLAIN = "Nothing to see here."
TEXT = "The wall is #ff0000 and the door is #00ff00 today."


@pytest.fixture(scope="module", params=FAMILIES)
def family(request, tmp_path_factory):
    folder = save(request.param, tmp_path_factory.mktemp(request.param))
    return request.param, folder, OmniModel(str(folder), encoders=["colour", "thing"], store=None)


@pytest.fixture(scope="module")
def model(family):
    return family[2]


@pytest.fixture
def causal(family):
    if family[0] not in CAUSAL:
        pytest.skip("an encoder has no logits to compare")
    return family[2]


def batch(model, texts, side="right", answer=()):
    docs, _ = documents(texts if isinstance(texts, list) else [texts])
    rows = model.reader.rows(docs, model.reader.mentions(docs))
    from dataclasses import replace

    return model.reader.collate([replace(row, answer=tuple(answer)) for row in rows], side)


def logits(model, texts, side="right"):
    given = batch(model, texts, side)
    given.pop("labels")
    with torch.no_grad():
        return model(**given).logits, given["attention_mask"].bool()


def test_without_entities_it_is_the_plain_model_bit_for_bit(family):
    name, folder, model = family
    plain = (AutoModelForCausalLM if name in CAUSAL else AutoModel).from_pretrained(folder, dtype=torch.float32).eval()
    inputs = model.tokenizer(PLAIN, return_tensors="pt")
    given = {"input_ids": inputs["input_ids"], "attention_mask": inputs["attention_mask"]}
    with torch.no_grad():
        if name in CAUSAL:
            assert torch.equal(logits(model, PLAIN)[0], plain(**given).logits)
        hidden = plain.base_model(**given).last_hidden_state
    embedding = model.embed(PLAIN)
    assert torch.equal(embedding.inputs_embeds, plain.get_input_embeddings()(inputs["input_ids"]))
    assert torch.equal(embedding.vector, torch.nn.functional.normalize(hidden.mean(1), dim=-1)[0])


def test_text_tokens_keep_their_places_before_and_behind_an_entity(model):
    found = model.embed(TEXT, surface="keep")
    ids = model.tokenizer(TEXT)["input_ids"]
    assert found.inputs_embeds.shape[1] == len(ids) + 2 * (model.k + 2)
    bos = len(ids) - len(TEXT)  # a byte each
    cut = bos + TEXT.index("#ff0000") + len("#ff0000")
    table = model.llm.get_input_embeddings()(torch.tensor(ids))
    assert torch.equal(found.inputs_embeds[0, :cut], table[:cut])
    assert torch.equal(found.inputs_embeds[0, cut], model.boundary["colour"][0])
    assert torch.equal(found.inputs_embeds[0, cut + model.k + 1], model.boundary["colour"][1])
    second = cut + model.k + 2 + len(" and the door is #00ff00")
    assert torch.equal(found.inputs_embeds[0, cut + model.k + 2 : second], table[cut : second - model.k - 2])
    assert torch.equal(found.inputs_embeds[0, -7:], table[-7:])


def test_another_entity_changes_the_output_though_the_words_are_the_same(family):
    name, _, model = family
    start = TEXT.index("#ff0000")
    one, two = (Document_with(start, code) for code in ("#123456", "#fedcba"))
    assert (model.embed(*one).vector - model.embed(*two).vector).abs().max() > 1e-4
    if name in CAUSAL:
        assert not torch.allclose(model.embed(*one).inputs_embeds, model.embed(*two).inputs_embeds)


def Document_with(start, code):
    return TEXT, [(start, start + 7, Colour(code))]


def test_changed_entity_changed_logits(causal):
    docs = [["See ", Thing("ab", (Colour(code),)), " there"] for code in ("#000000", "#ffffff")]
    one, two = (logits(causal, [doc])[0] for doc in docs)
    assert (one[:, -6:] - two[:, -6:]).abs().max() > 1e-5  # a nested entity reaches the text behind it


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_mixed_batch_gives_what_each_row_gives_alone(family, side):
    name, _, model = family
    texts = [PLAIN, TEXT, "", "#0000ff", "a" * 40] if FAMILIES[name][2] else [PLAIN, TEXT, "#0000ff", "a" * 40]
    together = model.embed(texts, side=side)
    for i, text in enumerate(texts):
        alone = model.embed(text)
        assert torch.allclose(together.vector[i], alone.vector, atol=1e-5)
        mask = together.attention_mask[i].bool()
        assert torch.allclose(together.inputs_embeds[i, mask], alone.inputs_embeds[0], atol=1e-5)
    for pooling in ("last", "weighted_mean"):
        both = model.embed(texts[:2], side=side, pooling=pooling).vector
        assert torch.allclose(both[1], model.embed(texts[1], pooling=pooling).vector, atol=1e-5)


@pytest.mark.parametrize("side", ["left", "right"])
def test_batched_logits_are_those_of_single_rows(causal, side):
    together, mask = logits(causal, [PLAIN, TEXT], side)
    for i, text in enumerate([PLAIN, TEXT]):
        assert torch.allclose(together[i][mask[i]], logits(causal, text)[0][0], atol=1e-4)


def test_gradients_reach_the_adapter_and_no_weight_of_the_language_model(causal):
    causal.train()
    causal.zero_grad()
    causal(
        **batch(causal, ["#ff0000 is", ["a ", Thing("x", (Colour("#00ff00"),)), " is"]], answer=(70, 71))
    ).loss.backward()
    for name, parameter in causal.named_parameters():
        if name.startswith("llm."):
            assert parameter.grad is None, name
    wanted = ["projectors.colour", "projectors.thing", "encoders.colour", "encoders.thing.net", "encoders.thing.fuse"]
    for prefix in [*wanted, "boundary.colour", "boundary.thing"]:
        grads = [p.grad for name, p in causal.named_parameters() if name.startswith(prefix)]
        assert grads, prefix
        assert sum(float(g.abs().sum()) for g in grads if g is not None) > 0, prefix
    causal.eval()


def test_gradient_checkpointing_gives_the_same_loss_and_gradients(family):
    name, folder, _ = family
    if name not in CAUSAL:
        pytest.skip("an encoder has no loss")
    found = []
    for checkpointing in (False, True):
        model = OmniModel(str(folder), encoders=["colour"], store=None)
        if checkpointing:
            model.activation_checkpointing_enable()
        model.train()
        out = model(**batch(model, [TEXT], answer=(70, 71)), use_cache=False)
        out.loss.backward()
        found.append((out.loss.detach(), model.boundary["colour"].grad))
    assert any(getattr(m, "gradient_checkpointing", False) and m.training for m in model.llm.modules())
    assert torch.allclose(found[0][0], found[1][0], atol=1e-6)
    assert torch.allclose(found[0][1], found[1][1], atol=1e-6)


def test_saved_and_loaded_it_is_the_same(family, tmp_path):
    model = family[2]
    with torch.no_grad():
        model.boundary["colour"].add_(0.01)
    model.save_pretrained(tmp_path / "adapter")
    again = OmniModel.from_pretrained(tmp_path / "adapter", store=None)
    assert torch.equal(model.embed([PLAIN, TEXT]).vector, again.embed([PLAIN, TEXT]).vector)


def test_generate_with_and_without_sampling(family):
    name, folder, model = family
    if name not in CAUSAL:
        with pytest.raises(ModelError, match="generates no text"):
            model.generate(PLAIN)
        return
    plain = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    inputs = model.tokenizer(PLAIN, return_tensors="pt")
    inputs.pop("token_type_ids", None)
    ids = plain.generate(**inputs, max_new_tokens=8, do_sample=False, pad_token_id=0)[0, inputs["input_ids"].shape[1] :]
    assert model.generate(PLAIN, max_new_tokens=8) == model.tokenizer.decode(ids, skip_special_tokens=True)
    together = model.generate([PLAIN, TEXT], max_new_tokens=8)
    assert together == [model.generate(PLAIN, max_new_tokens=8), model.generate(TEXT, max_new_tokens=8)]
    torch.manual_seed(0)
    one = model.generate(TEXT, max_new_tokens=16, do_sample=True, temperature=1.5)
    torch.manual_seed(0)
    assert one == model.generate(TEXT, max_new_tokens=16, do_sample=True, temperature=1.5)
    torch.manual_seed(1)
    assert one != model.generate(TEXT, max_new_tokens=16, do_sample=True, temperature=1.5)
