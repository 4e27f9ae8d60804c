"""Hidden states → one vector, wherever the padding is and whatever it holds."""

from __future__ import annotations

import pytest
import torch

from omnimodal.errors import UnknownNameError
from omnimodal.pool import POOLINGS, last, mean, pool, weighted_mean

HIDDEN = torch.tensor([[1.0, 0.0], [3.0, 4.0], [5.0, 8.0]])


def padded(side, before=2):
    filling = torch.full((before, 2), float("nan"))
    hidden = torch.cat([filling, HIDDEN] if side == "left" else [HIDDEN, filling])[None]
    mask = torch.tensor([[0] * before + [1] * 3] if side == "left" else [[1] * 3 + [0] * before])
    return hidden, mask


@pytest.mark.parametrize("side", ["left", "right"])
def test_poolings_do_what_they_say(side):
    hidden, mask = padded(side)
    assert torch.equal(mean(hidden, mask), HIDDEN.mean(0, keepdim=True))
    assert torch.equal(last(hidden, mask), HIDDEN[-1:])
    assert torch.allclose(weighted_mean(hidden, mask), (HIDDEN * torch.tensor([[1.0], [2], [3]])).sum(0) / 6)


@pytest.mark.parametrize("name", POOLINGS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_the_result_has_unit_norm_and_ignores_padding(name, side):
    vector = pool(name, *padded(side))
    assert torch.allclose(vector.norm(dim=-1), torch.ones(1))
    assert torch.allclose(vector, pool(name, HIDDEN[None], torch.ones(1, 3, dtype=torch.long)))
    assert pool(name, HIDDEN[None].bfloat16(), torch.ones(1, 3, dtype=torch.long)).dtype == torch.float32


def test_an_unknown_pooling_lists_the_known():
    with pytest.raises(UnknownNameError, match=r"'men'; known: last, mean, weighted_mean. Did you mean 'mean'"):
        pool("men", *padded("left"))
