"""The embedded vision transformer: small, ours, trained on drawn pictures by `pretrain.py`."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SIZE = 64  # pixels a side


def _halve(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.GELU())


class ViT(nn.Module):
    """RGB pictures [n, 3, 64, 64] in [-1, 1] → [n, 1 + 64, width]: a vector of the whole, then 8 × 8 cells row by row.

    A convolutional stem in place of the patch projection (Xiao et al. 2021, "Early convolutions help transformers see
    better"): with a few ten thousand pictures it learns what a plain ViT does not.
    """

    def __init__(self, width: int = 96, layers: int = 3, heads: int = 4):
        super().__init__()
        self.width = width
        self.stem = nn.Sequential(_halve(3, 32), _halve(32, 64), _halve(64, width))
        self.whole = nn.Parameter(torch.zeros(1, 1, width))
        self.place = nn.Parameter(0.02 * torch.randn(1, 1 + (SIZE // 8) ** 2, width))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, pixels: Tensor) -> Tensor:
        cells = self.stem(pixels).flatten(2).transpose(1, 2)  # [n, 64, width]
        x = torch.cat([self.whole.expand(len(cells), -1, -1), cells], dim=1) + self.place
        for block in self.blocks:
            x = block(x)
        return self.norm(x)
