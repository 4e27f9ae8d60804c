"""Places → tensors: point, shape, facts, counts, and hashed ids of tags and name."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from omnimodal.encoders.place.entity import Place
from omnimodal.encoders.place.shape import SHAPE, shape_features
from omnimodal.encoders.place.sphere import POINT, point_features
from omnimodal.fold import fold

FACTS = 7
COUNTS = 128  # classes of what is counted are hashed into so many columns
TAG_ROWS, TAG_SLOTS = 2048, 24
NAME_ROWS, NAME_SLOTS = 4096, 40


def features(places: Sequence[Place]) -> dict[str, Tensor]:
    """n places → point [n, POINT], shape [n, SHAPE], facts [n, FACTS], counts [n, COUNTS], tags [n, TAG_SLOTS] and
    name [n, NAME_SLOTS].

    The first four are floats of about unit size, zero where nothing is known; the others int64 ids, 0 is padding.
    """
    n = len(places)
    point, shape = np.zeros((n, POINT), np.float32), np.zeros((n, SHAPE), np.float32)
    located = [i for i, place in enumerate(places) if place.geometry is not None]
    if located:
        point[located] = point_features(np.array([(p.x, p.y) for i in located if (p := places[i].point)]))
        shape[located] = shape_features([g for i in located if (g := places[i].geometry)])
    facts = np.array([_facts(place) for place in places], np.float32).reshape(n, FACTS)
    tags = _padded(([_id("tag", f"{k}={v}", TAG_ROWS) for k, v in p.tags.items()] for p in places), n, TAG_SLOTS)
    name = _padded((_grams(place.name) if place.name else [] for place in places), n, NAME_SLOTS)
    arrays = {"point": point, "shape": shape, "facts": facts, "counts": _counts(places), "tags": tags, "name": name}
    return {key: torch.from_numpy(array) for key, array in arrays.items()}


def _facts(place: Place) -> list[float]:
    area, height = place.area_km2, place.elevation
    return [
        float(place.geometry is not None),
        float(area is not None),
        math.log10(area + 1e-3) / 6 if area is not None else 0.0,
        float(height is not None),
        math.asinh(height / 100) / 3 if height is not None else 0.0,
        math.log1p(len(place.routes)) / 2,
        math.log1p(len(place.stops)) / 2,
    ]


def _counts(places: Sequence[Place]) -> np.ndarray:
    """[n, COUNTS]: log(1 + how many) of every class, at the column it is hashed to; those that meet there add up."""
    out = np.zeros((len(places), COUNTS), np.float32)
    for i, place in enumerate(places):
        for kind, count in place.counts.items():
            out[i, _id("count", kind, COUNTS + 1) - 1] += math.log1p(count) / 2
    return out


def _grams(name: str) -> list[int]:
    """Ids of the whole folded name and of its character trigrams."""
    text = f"^{fold(name)}$"
    return [_id("name", text, NAME_ROWS), *(_id("gram", text[i : i + 3], NAME_ROWS) for i in range(len(text) - 2))]


@lru_cache(maxsize=1 << 16)
def _id(space: str, text: str, rows: int) -> int:
    digest = hashlib.blake2b(f"{space}\0{text}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return 1 + int.from_bytes(digest) % (rows - 1)


def _padded(rows: Iterable[list[int]], n: int, width: int) -> np.ndarray:
    out = np.zeros((n, width), np.int64)
    for i, ids in enumerate(rows):
        out[i, : len(ids[:width])] = ids[:width]
    return out
