"""Back from vectors to positions: phases, each a finer ruler than the one before; and a cell of the globe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from omnimodal.encoders.place.entity import Place
from omnimodal.encoders.place.geometry import Array
from omnimodal.encoders.place.shape import PERIODS, one_piece
from omnimodal.encoders.place.sphere import unit_vectors
from omnimodal.errors import InvalidEntityError

CELLS = 1024  # of about 700 km
SHARPNESS = 80.0  # of the cells' shares: a cell's falls to a half 840 km away
PHASES = 20.0  # what their squared error counts beside the other losses
TINY = 1e-5  # degrees: about a metre, below which a side counts as none
EARTH = 5.101e14  # m²
SIDES = 4  # west, south, east, north of the position


class Reading(NamedTuple):
    """A decoded place: its position in degrees, geodesic area in m², and box (west, south, east, north) in degrees.

    `cell` is the number of the coarse cell that the decoder holds likeliest, see `lattice`, and `share` its part of the
    probability, about a sixth where the decoder is sure. A point has no area, and a box of no size. West may be below
    -180 and east above 180, where the box crosses the antimeridian.
    """

    lon: float
    lat: float
    area: float
    box: tuple[float, float, float, float]
    cell: int
    share: float


class PlaceDecoder(nn.Module):
    """[n, tokens, dim] → positions, areas and boxes.

    `loss` is the cross-entropy of the cells' shares, the squared error of the phases, and that of the logarithms of
    area and extents. `decode` takes the position that the phase of the longest period tells, and then, period by
    period, the one nearest to it that has the decoded phase.
    """

    def __init__(self, dim: int = 256, tokens: int = 2, hidden: int = 512):
        super().__init__()
        self.sizes = (CELLS, 2 * 2 * len(PERIODS), 1 + SIDES)
        self.net = nn.Sequential(
            nn.Linear(tokens * dim, hidden),
            nn.GELU(),
            nn.Linear(hidden, hidden),
            nn.GELU(),
            nn.Linear(hidden, sum(self.sizes)),
        )
        self.cells: Tensor
        self.register_buffer("cells", torch.from_numpy(lattice(CELLS)).float(), persistent=False)

    def forward(self, vectors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[n, tokens, dim] → log-shares [n, CELLS], phases [n, 2, periods, 2] (of longitude and latitude; sine and
        cosine), and [n, 5]: the logarithms of the area and of the way to the four sides of the box."""
        cells, phases, extent = self.net(vectors.flatten(1)).split(self.sizes, dim=1)
        return F.log_softmax(cells, dim=1), phases.unflatten(1, (2, len(PERIODS), 2)), extent

    def loss(self, vectors: Tensor, places: Sequence[Place]) -> Tensor:
        """Raises InvalidEntityError for a place without geometry."""
        where, extent = aims(places)
        to = vectors.device
        unit = torch.from_numpy(unit_vectors(where)).float().to(to)
        shares = (SHARPNESS * (unit @ self.cells.T - 1)).softmax(dim=1)  # [n, CELLS]
        turns = 2 * np.pi * where[:, :, None] / PERIODS
        phases = torch.from_numpy(np.stack([np.sin(turns), np.cos(turns)], axis=-1)).float().to(to)
        scores, found, sizes = self(vectors)
        off = PHASES * F.mse_loss(found, phases) + F.mse_loss(sizes, torch.from_numpy(extent).float().to(to))
        return F.kl_div(scores, shares, reduction="batchmean") + off

    @torch.no_grad()
    def decode(self, vectors: Tensor) -> list[Reading]:
        """[n, tokens, dim] → n readings."""
        scores, phases, sizes = (part.double().cpu().numpy() for part in self(vectors))
        best = scores.argmax(1)
        at = np.zeros(phases.shape[:2])  # [n, 2] degrees
        for i, period in enumerate(PERIODS):
            phase = np.arctan2(phases[:, :, i, 0], phases[:, :, i, 1]) / (2 * np.pi)
            at += period * ((phase - at / period + 0.5) % 1 - 0.5)
        lon, lat = (at[:, 0] + 180) % 360 - 180, np.clip(at[:, 1], -90, 90)
        area = np.clip(10.0 ** (np.minimum(sizes[:, 0], 9) + 6) - 1, 0, EARTH)
        box = np.stack([lon, lat, lon, lat], 1) + _degrees(sizes[:, 1:]) * (-1, -1, 1, 1)
        box[:, 1::2] = box[:, 1::2].clip(-90, 90)
        share = np.exp(scores[np.arange(len(best)), best])
        columns = (lon, lat, area, box, best, share)
        return [
            Reading(
                float(x), float(y), float(m2), (float(b[0]), float(b[1]), float(b[2]), float(b[3])), int(c), float(p)
            )
            for x, y, m2, b, c, p in zip(*columns, strict=True)
        ]


def aims(places: Sequence[Place]) -> tuple[Array, Array]:
    """Positions [n, 2] in degrees, and [n, 5] the logarithms that `forward` gives as extents, scaled and shifted."""
    if (nowhere := next((place for place in places if place.geometry is None), None)) is not None:
        raise InvalidEntityError(f"geometry of {nowhere.name!r} is needed for a position", encoder="place")
    whole, edges = one_piece([g for place in places if (g := place.geometry)])
    area, _ = edges.on_ellipsoid()
    where, bounds = shapely.get_coordinates(shapely.centroid(whole)), shapely.bounds(whole)
    sides = np.abs(bounds - np.tile(where, 2))
    return where, np.column_stack([np.log10(area + 1) - 6, 2 * np.log10(sides + TINY) + 4])


def _degrees(logarithms: Array) -> Array:
    """The inverse of the extents' scale: degrees from the position to the sides of the box."""
    sides = 10 ** (np.minimum(logarithms, 9) / 2 - 2) - TINY
    return np.where(sides > 2 * TINY, np.minimum(sides, 180.0), 0.0)


def lattice(n: int) -> Array:
    """[n, 3]: unit vectors spread evenly over the sphere, on a Fibonacci spiral (González 2010)."""
    i = np.arange(n) + 0.5
    return unit_vectors(np.stack([np.degrees(i * np.pi * (3 - 5**0.5)), np.degrees(np.arcsin(1 - 2 * i / n))], axis=1))
