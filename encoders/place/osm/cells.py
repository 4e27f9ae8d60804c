"""What is around: how many things of each class are in each cell of the map, by geohash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from omnimodal.store.base import Record

LEVEL = 6  # characters: cells of 1.2 km × 0.6 km at the equator
_digits = np.array(list("0123456789bcdefghjkmnpqrstuvwxyz"))


def geohashes(points: NDArray[np.float64], level: int = LEVEL) -> NDArray[Any]:
    """[n, 2] longitudes and latitudes → [n] geohashes of `level` characters (Niemeyer 2008)."""
    bits = 5 * level
    lon = np.clip((points[:, 0] + 180) / 360 * (1 << (bits + 1) // 2), 0, (1 << (bits + 1) // 2) - 1).astype(np.int64)
    lat = np.clip((points[:, 1] + 90) / 180 * (1 << bits // 2), 0, (1 << bits // 2) - 1).astype(np.int64)
    code = np.zeros(len(points), np.int64)
    for bit in range(bits):  # longitude first, from the top
        source, at = (lon, (bits + 1) // 2 - 1 - bit // 2) if bit % 2 == 0 else (lat, bits // 2 - 1 - bit // 2)
        code = code << 1 | (source >> at & 1)
    characters = [_digits[code >> 5 * (level - 1 - i) & 31] for i in range(level)]
    return np.array(["".join(row) for row in zip(*characters, strict=True)], dtype=f"<U{level}")


def box(geohash: str) -> Any:
    """The cell as a polygon."""
    bits = [int(np.flatnonzero(_digits == c)[0]) >> i & 1 for c in geohash for i in (4, 3, 2, 1, 0)]
    sides = []
    for half, span in ((bits[::2], 360.0), (bits[1::2], 180.0)):
        size = span / (1 << len(half))
        low = -span / 2 + size * int("".join(map(str, half)) or "0", 2)
        sides.append((low, low + size))
    (west, east), (south, north) = sides
    return shapely.box(west, south, east, north)


def cells(hashes: NDArray[Any], kinds: Sequence[str], source: str = "") -> Iterator[Record]:
    """n geohashes and classes of things → a record for each cell: data["counts"] = {class: how many}."""
    if not len(hashes):
        return
    names, kind = np.unique(np.array(kinds), return_inverse=True)
    places, cell = np.unique(hashes, return_inverse=True)
    both, count = np.unique(cell * len(names) + kind, return_counts=True)
    counts: dict[int, dict[str, int]] = {}
    for pair, n in zip(both.tolist(), count.tolist(), strict=True):
        counts.setdefault(pair // len(names), {})[str(names[pair % len(names)])] = n
    for at, found in counts.items():
        square = box(str(places[at]))
        middle = square.centroid
        yield Record(
            "place",
            f"geohash:{places[at]}",
            "",
            {"counts": found},
            kind="cell",
            detectable=False,
            geometry=shapely.to_wkb(square, byte_order=1),
            point=(middle.x, middle.y),
            source=source,
        )
