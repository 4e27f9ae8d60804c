"""Vectors → soft tokens as loud as the model's own embeddings."""

from __future__ import annotations

import pytest
import torch

from omnimodal.project import Linear, Mlp, Projector, Resampler


@pytest.mark.parametrize("cls", [Linear, Mlp, Resampler])
@pytest.mark.parametrize(("t", "k"), [(1, 4), (3, 1), (2, 8)])
def test_a_projector_gives_k_tokens_of_the_loudness_wanted(cls, t, k):
    torch.manual_seed(0)
    projector = cls(32, t, k, 48)
    projector.loudness.fill_(0.02)
    out = projector(torch.randn(5, t, 32))
    assert out.shape == (5, k, 48)
    assert torch.allclose(out.pow(2).mean(-1).sqrt(), torch.full((5, k), 0.02), atol=1e-4)


@pytest.mark.parametrize("cls", [Linear, Mlp, Resampler])
def test_rows_do_not_depend_on_each_other_and_gradients_flow(cls):
    torch.manual_seed(0)
    projector, vectors = cls(32, 2, 4, 48), torch.randn(5, 2, 32, requires_grad=True)
    out = projector(vectors)
    assert torch.allclose(out[3:4], projector(vectors[3:4]), atol=1e-5)
    assert not torch.allclose(out[0], out[1], atol=1e-2)
    out[2].sum().backward()
    assert vectors.grad is not None
    assert vectors.grad[2].abs().sum() > 0
    assert vectors.grad[[0, 1, 3, 4]].abs().sum() == 0
    assert all(p.grad is not None for p in projector.parameters())


def test_loudness_is_saved_and_not_trained():
    projector = Linear(8, 1, 2, 16)
    assert "loudness" in projector.state_dict()
    assert "loudness" not in dict(projector.named_parameters())


def test_an_entity_takes_a_token_at_least():
    with pytest.raises(ValueError, match="1 soft token or more, not 0"):
        Linear(8, 1, 0, 16)


def test_a_projector_needs_its_mix():
    with pytest.raises(NotImplementedError, match=r"Projector\.mix"):
        Projector(8, 1, 2, 16)(torch.zeros(1, 1, 8))
