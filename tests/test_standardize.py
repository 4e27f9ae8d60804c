"""Standardize brings what differs between entities to the fore, once, and depends on no batch."""

from __future__ import annotations

import torch
from conftest import Colour

from omnimodal import OmniModel
from omnimodal.standardize import FLOOR, Standardize, fitting


def test_before_fitting_it_is_the_identity_and_after_it_columns_have_unit_variance():
    torch.manual_seed(0)
    layer, x = Standardize(3), torch.randn(200, 3) * torch.tensor([5.0, 1.0, 0.0]) + torch.tensor([100.0, 0.0, 7.0])
    assert torch.equal(layer(x), x)
    with fitting(layer):
        layer(x[:50])
        layer(x[50:])
    assert torch.allclose(layer(x).mean(0), torch.zeros(3), atol=1e-4)
    assert torch.allclose(layer(x).std(0, correction=0), torch.tensor([1.0, 1.0, 0.0]), atol=1e-4)
    assert torch.equal(layer(x)[:1], layer(x[:1])), "a row does not depend on its batch"
    assert float(layer(torch.tensor([[100.0, 0.0, 8.0]]))[0, 2]) < 1.01 / FLOOR, "a constant column is not blown up"


def test_a_model_is_standardized_by_entities_and_keeps_it_on_disk(tmp_path):
    model = OmniModel("tiny", encoders=["colour"], store=None)
    dark = [Colour(f"#{i:02x}{j:02x}40") for i in range(16) for j in range(16)]
    soft = lambda m: m.embed(["#000040", "#0f0040"], surface="replace").inputs_embeds[:, 1:5].flatten(1)  # noqa: E731
    cosine = torch.nn.functional.cosine_similarity
    assert cosine(*soft(model), dim=0) > 0.95, "two dark colours look alike"
    model.standardize(dark)
    assert cosine(*soft(model), dim=0) < 0.5, "among dark colours they do not"
    model.save_pretrained(tmp_path / "adapter")
    again = OmniModel.from_pretrained(tmp_path / "adapter", store=None)
    assert torch.equal(soft(model), soft(again))
