"""Linear probe on what drawn pictures show: the embedded ViT beside plainer features. `python benchmarks/image.py`

One head for all: ridge regression onto one-hot classes, on standardised features, its penalty chosen on a fifth of the
training pictures. 1,600 pictures of each kind to train, 800 to test, from the splits that the tasks use, so
that the ViT saw none of the test pictures. The corner of a digit it was never asked for. 90 s of one core.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from omnimodal.encoders.image import Image, ImageEncoder, draw
from omnimodal.encoders.image.features import as_pixels
from omnimodal.train.task import Split, drawing_from

TRAIN, TEST = 1600, 800
PENALTIES = (1.0, 10.0, 100.0, 1e3, 1e4, 1e5)
Features = Callable[[list[Image]], np.ndarray]


def drawn(kind: Callable[..., draw.Picture], n: int, split: Split) -> tuple[list[Image], dict[str, np.ndarray]]:
    """n pictures of a kind and split, and the class of each of their attributes."""
    rng, keep = random.Random(f"probe/{kind.__name__}/{split}"), drawing_from(split)
    shown = [{name: rng.choice(draw.ATTRIBUTES[name]) for name in draw.KINDS[kind]} for _ in range(n)]
    images = [keep(lambda values=values: Image(kind(rng, **values))) for values in shown]
    return images, {a: np.array([draw.ATTRIBUTES[a].index(v[a]) for v in shown]) for a in draw.KINDS[kind]}


def ridge(x: np.ndarray, y: np.ndarray, new: np.ndarray, penalties: tuple[float, ...]) -> list[np.ndarray]:
    """The classes that ridge regression from x [n, d] onto one-hot y [n] gives to `new` [m, d], for each penalty."""
    mean, scale = x.mean(0), x.std(0) + 1e-6
    x, new = (x - mean) / scale, (new - mean) / scale
    targets = np.eye(y.max() + 1)[y]
    centre = targets.mean(0)
    # In the basis of the Gram matrix [n, n] every penalty costs one product, however long the features are.
    values, basis = np.linalg.eigh(x @ x.T)
    inner, outer = basis.T @ (targets - centre), (new @ x.T) @ basis
    return [(outer @ (inner / (values + p)[:, None]) + centre).argmax(1) for p in penalties]


def accuracy(x: np.ndarray, y: np.ndarray, new: np.ndarray, truth: np.ndarray) -> float:
    """On the test pictures, with the penalty that is best on the last fifth of the training ones."""
    cut = len(x) * 4 // 5
    tried = ridge(x[:cut], y[:cut], x[cut:], PENALTIES)
    best = PENALTIES[int(np.argmax([(found == y[cut:]).mean() for found in tried]))]
    return float((ridge(x, y, new, (best,))[0] == truth).mean())


def pixels(images: list[Image]) -> np.ndarray:
    return np.stack([as_pixels(image.pixels()).ravel() for image in images])


def histogram(images: list[Image]) -> np.ndarray:
    """Shares of 512 colours, as square roots."""
    rows = []
    for image in images:
        levels = np.asarray(image.pixels(), dtype=np.int64) // 32 @ [64, 8, 1]
        rows.append(np.sqrt(np.bincount(levels.ravel(), minlength=512) / levels.size))
    return np.stack(rows)


def seen_by(encoder: ImageEncoder, whole: bool) -> Features:
    """The encoder's cells: the vector of the whole picture alone, or with the 4 × 4 grid and the statistics."""

    def features(images: list[Image]) -> np.ndarray:
        parts = encoder.featurize(images)
        rows = [parts["cells"][:, 0]] if whole else [parts["cells"].flatten(1), parts["statistics"]]
        return np.concatenate([row.numpy() for row in rows], axis=1)

    return features


def main() -> None:
    ours, untrained = ImageEncoder(), ImageEncoder(pretrained=False)
    contestants: dict[str, Features] = {
        "raw pixels, 64 × 64 × 3": pixels,
        "colour histogram, 512": histogram,
        "untrained ViT, whole": seen_by(untrained, whole=True),
        "untrained ViT, all features": seen_by(untrained, whole=False),
        "our ViT, whole": seen_by(ours, whole=True),
        "our ViT, all features": seen_by(ours, whole=False),
    }
    scores: dict[str, dict[str, float]] = {name: {} for name in contestants}
    jobs = [(kind, name) for kind in draw.KINDS for name in contestants]
    data = {kind: (drawn(kind, TRAIN, "train"), drawn(kind, TEST, "test")) for kind in draw.KINDS}
    for kind, name in track(jobs, "Probing"):
        (train, labels), (test, truth) = data[kind]
        x, new = (contestants[name](images).astype(np.float32) for images in (train, test))
        for attribute in draw.KINDS[kind]:
            scores[name][attribute] = accuracy(x, labels[attribute], new, truth[attribute])

    table = Table(
        "features", *draw.ATTRIBUTES, title=f"Linear probe: accuracy on {TEST} held-out pictures of each kind"
    )
    table.add_row("chance", *(f"{1 / len(values):.3f}" for values in draw.ATTRIBUTES.values()), style="dim")
    for name, row in scores.items():
        table.add_row(name, *(f"{row[attribute]:.3f}" for attribute in draw.ATTRIBUTES))
    Console().print(table)


if __name__ == "__main__":
    main()
