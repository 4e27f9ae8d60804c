"""Back from vectors to numbers: sign, exponent and digits as classes, put together to a Decimal."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from omnimodal.encoders.number.entity import MAX_EXPONENT, Number, to_decimal
from omnimodal.encoders.number.features import read_digits

EXPONENTS = 2 * MAX_EXPONENT + 1


class NumberDecoder(nn.Module):
    """[n, dim] → the values of n numbers, to `digits` significant digits.

    Classes: sign (−, 0, +), exponent of the leading digit (−400 … 400), and 0 … 9 for each digit.
    """

    def __init__(self, dim: int = 256, digits: int = 15, hidden: int = 512):
        super().__init__()
        self.digits = digits
        self.body = nn.Sequential(nn.Linear(dim, hidden), nn.GELU())
        self.heads = nn.Linear(hidden, 3 + EXPONENTS + 10 * digits)

    def forward(self, vectors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[n, dim] → logits of sign [n, 3], exponent [n, 801], digits [n, digits, 10]."""
        sign, exponent, digits = self.heads(self.body(vectors)).split([3, EXPONENTS, 10 * self.digits], dim=1)
        return sign, exponent, digits.unflatten(1, (self.digits, 10))

    def loss(self, vectors: Tensor, numbers: Sequence[Number]) -> Tensor:
        """Mean cross-entropy of sign, exponent and digits, and 0.3 · the expected |digit error|, in digits.

        Zero has neither exponent nor digits, and only its sign counts.
        """
        true = read_digits([n.value for n in numbers])
        to = vectors.device
        sign = torch.from_numpy(true.sign + 1).to(to)
        exponent = torch.from_numpy(true.exponent + MAX_EXPONENT).to(to)
        digits = torch.from_numpy(true.digits[:, : self.digits].astype(np.int64)).to(to)  # [n, digits]
        sign_logits, exponent_logits, digit_logits = self(vectors)
        each = F.cross_entropy(exponent_logits, exponent, reduction="none")
        each = each + F.cross_entropy(digit_logits.transpose(1, 2), digits, reduction="none").mean(1)
        error = (torch.arange(10, device=to) - digits[..., None]).abs()  # [n, digits, 10]
        each = each + 0.3 * (digit_logits.softmax(-1) * error).sum(-1).mean(1)
        nonzero = (sign != 1).float()
        return F.cross_entropy(sign_logits, sign) + (each * nonzero).sum() / nonzero.sum().clamp(min=1)

    @torch.no_grad()
    def decode(self, vectors: Tensor) -> list[Decimal]:
        """[n, dim] → n Decimals of the likeliest sign, exponent and digits."""
        signs, exponents, digits = (logits.argmax(-1).tolist() for logits in self(vectors))
        return [
            to_decimal(Decimal((int(s == 0), tuple(ds), e - MAX_EXPONENT - len(ds) + 1)), "value")
            if s != 1
            else Decimal(0)
            for s, e, ds in zip(signs, exponents, digits, strict=True)
        ]
