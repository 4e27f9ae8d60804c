"""Train the embedded ViT on drawn pictures: `python -m omnimodal.encoders.image.pretrain [--out FILE]`.

Under five minutes on one CPU core. It learns to name what a picture shows (`TRAINED`); the corner that a digit stands
in is never asked, so that the probe of `benchmarks/image.py` has an attribute it was not trained for. Only pictures of
the train split are drawn (see `omnimodal.train.task.split_of`), and the report is on pictures of the test split.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from omnimodal.encoders.image import draw
from omnimodal.encoders.image.backbone import WEIGHTS
from omnimodal.encoders.image.entity import Image
from omnimodal.encoders.image.features import as_pixels
from omnimodal.encoders.image.vit import ViT
from omnimodal.paths import written_whole
from omnimodal.train.task import Split, split_of

TRAINED = ("shape", "colour", "count", "digit", "hour", "regions")


class Heads(nn.Module):
    """The vector of the whole picture [n, width] → logits of every attribute, {name: [n, values]}."""

    def __init__(self, width: int):
        super().__init__()
        self.of = nn.ModuleDict({name: nn.Linear(width, len(draw.ATTRIBUTES[name])) for name in TRAINED})

    def forward(self, whole: Tensor) -> dict[str, Tensor]:
        return {name: head(whole) for name, head in self.of.items()}


def batch(rng: random.Random, n: int, split: Split) -> tuple[Tensor, dict[str, Tensor]]:
    """n pictures of a split, [n, 3, 64, 64], and their labels, {attribute: [n]}, -1 where it does not apply."""
    drawn: list[tuple[draw.Picture, dict[str, str]]] = []
    while len(drawn) < n:
        picture, shown = draw.any_picture(rng)
        if split_of(Image(picture)) == split:
            drawn.append((picture, shown))
    pixels = torch.from_numpy(np.stack([as_pixels(picture) for picture, _ in drawn]))
    labels = {
        name: torch.tensor([draw.ATTRIBUTES[name].index(shown[name]) if name in shown else -1 for _, shown in drawn])
        for name in TRAINED
    }
    return pixels, labels


def train(steps: int = 700, size: int = 128, seed: int = 0) -> tuple[ViT, Heads]:
    """The trained model and its heads; the same for the same arguments on the same machine."""
    from rich.progress import track

    rng = random.Random(seed)
    torch.manual_seed(seed)
    vit = ViT()
    heads = Heads(vit.width)
    parameters = [*vit.parameters(), *heads.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=2e-3, total_steps=steps, pct_start=0.1)
    for _ in track(range(steps), "Training the ViT"):
        pixels, labels = batch(rng, size, "train")
        logits = heads(vit(pixels)[:, 0])
        # Summed over pictures, so that an attribute weighs as much as it has pictures.
        loss = sum(F.cross_entropy(logits[a], labels[a], ignore_index=-1, reduction="sum") for a in TRAINED) / size
        optimiser.zero_grad()
        loss.backward()  # type: ignore[union-attr]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
    return vit.eval(), heads.eval()


@torch.no_grad()
def accuracy(vit: ViT, heads: Heads, n: int = 4000, seed: int = 1) -> dict[str, float]:
    """The share of right answers for each attribute on n pictures of the test split."""
    rng = random.Random(f"test/{seed}")
    right: dict[str, list[Tensor]] = {name: [] for name in TRAINED}
    for _ in range(0, n, 200):
        pixels, labels = batch(rng, 200, "test")
        for name, logits in heads(vit(pixels)[:, 0]).items():
            asked = labels[name] >= 0
            right[name].append((logits.argmax(-1) == labels[name])[asked])
    return {name: torch.cat(found).float().mean().item() for name, found in right.items()}


def save(vit: ViT, path: Path) -> None:
    """The weights as float16 safetensors; counters of the batch normalisation stay whole numbers."""
    from safetensors.torch import save_file

    state = {k: v.half() if v.is_floating_point() else v for k, v in vit.state_dict().items()}
    with written_whole(path) as fresh:
        save_file(state, fresh)


def main() -> None:
    from rich.console import Console
    from rich.table import Table

    arguments = argparse.ArgumentParser(description="Train the embedded ViT on drawn pictures.")
    arguments.add_argument("--out", type=Path, default=Path(str(WEIGHTS)), help="the safetensors file to write")
    arguments.add_argument("--steps", type=int, default=700)
    given = arguments.parse_args()
    vit, heads = train(given.steps)
    save(vit, given.out)
    table = Table("attribute", "values", "chance", "held-out accuracy", title=f"{given.out.name}, 4,000 new pictures")
    for name, share in accuracy(vit, heads).items():
        values = len(draw.ATTRIBUTES[name])
        table.add_row(name, str(values), f"{1 / values:.3f}", f"{share:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
