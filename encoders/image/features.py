"""Pictures as numbers: the square of pixels that the ViT sees, and statistics of colour and form."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from omnimodal.encoders.image.vit import SIZE

if TYPE_CHECKING:
    import PIL.Image

    from omnimodal.encoders.image.entity import Image

LEVELS = 3  # of each colour channel in the histogram
STATISTICS = LEVELS**3 + 3 + 3 + 1 + 2


def as_pixels(shown: PIL.Image.Image) -> np.ndarray:
    """An RGB picture, whole, on a grey square: float32 [3, 64, 64] in [-1, 1], 0 where it does not reach."""
    from PIL import Image, ImageOps

    square = ImageOps.pad(shown, (SIZE, SIZE), Image.Resampling.BICUBIC, color=(128, 128, 128))
    return (np.asarray(square, dtype=np.float32) / 127.5 - 1).transpose(2, 0, 1)


def statistics(images: Sequence[Image], shown: Sequence[PIL.Image.Image]) -> Tensor:
    """[n, 36]: square roots of the shares of 27 colours; means and deviations of R, G, B; contrast of neighbouring
    pixels; logarithms of the aspect ratio and of the number of pixels."""
    rows = np.empty((len(images), STATISTICS), dtype=np.float32)
    for row, image, picture in zip(rows, images, shown, strict=True):
        small = picture.copy()
        small.thumbnail((SIZE, SIZE))
        rgb = np.asarray(small, dtype=np.float32) / 255  # [h, w, 3]
        levels = np.minimum((rgb * LEVELS).astype(np.int64), LEVELS - 1)
        shares = np.bincount((levels @ [LEVELS**2, LEVELS, 1]).ravel(), minlength=LEVELS**3) / levels[..., 0].size
        grey = rgb.mean(axis=2)
        steps = np.concatenate([np.abs(np.diff(grey, axis=axis)).ravel() for axis in (0, 1)])
        row[: LEVELS**3] = np.sqrt(shares)
        row[LEVELS**3 :] = (
            *(2 * rgb.mean(axis=(0, 1)) - 1),
            *(2 * rgb.std(axis=(0, 1))),
            math.sqrt(steps.mean()) if steps.size else 0.0,
            math.log2(image.width / image.height) / 2,
            math.log2(image.width * image.height) / 10 - 1.5,
        )
    return torch.from_numpy(rows)
