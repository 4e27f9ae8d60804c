"""A point on the globe as numbers: real spherical harmonics and random Fourier features of the unit vector.

Both are smooth functions on the sphere, so there is no seam at ±180° and no trouble at the poles. The harmonics tell
regions (degree 20: about 1,000 km), the random features add finer ones, down to some 100 km; where exactly a place
lies is among the features of its shape.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from omnimodal.encoders.place.geometry import Array

DEGREE = 20
SCALES = (8.0, 20.0)  # standard deviations of the frequencies, radians per Earth radius
PER_SCALE = 48
SEED = 20
POINT = (DEGREE + 1) ** 2 - 1 + 2 * PER_SCALE * len(SCALES)


def point_features(lon_lat: Array) -> Array:
    """Degrees [n, 2], longitude first → [n, POINT], each column of about unit root mean square over the globe."""
    return np.concatenate([harmonics(lon_lat)[:, 1:], random_fourier(unit_vectors(lon_lat))], axis=1)


def unit_vectors(lon_lat: Array) -> Array:
    """Degrees [n, 2] → [n, 3] on the unit sphere."""
    lon, lat = np.radians(np.asarray(lon_lat, dtype=float).reshape(-1, 2)).T
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def harmonics(lon_lat: Array, degree: int = DEGREE) -> Array:
    """[n, 2] → [n, (degree + 1)²]: real spherical harmonics, Y_lm at column l² + l + m, of mean square 1 on the sphere.

    The associated Legendre functions come from the forward column recurrence of Holmes and Featherstone (2002),
    "A unified approach to the Clenshaw summation…", eqs 11 to 13, which is stable far beyond this degree.
    """
    lon, lat = np.radians(np.asarray(lon_lat, dtype=float).reshape(-1, 2)).T
    order = np.arange(degree + 1)
    t, u = np.sin(lat)[:, None], np.cos(lat)[:, None]
    legendre = np.zeros((degree + 1, len(lon), degree + 1))  # [l, n, m]
    legendre[0, :, 0] = 1.0
    for l in range(1, degree + 1):
        m = order[:l]
        a = np.sqrt((2 * l - 1) * (2 * l + 1) / ((l - m) * (l + m)))
        b = np.sqrt((2 * l + 1) * (l + m - 1) * (l - m - 1) / ((l - m) * (l + m) * max(2 * l - 3, 1)))
        legendre[l, :, :l] = a * t * legendre[l - 1, :, :l] - b * legendre[l - 2, :, :l] * (l > 1)
        sectoral = np.sqrt(3.0) if l == 1 else np.sqrt((2 * l + 1) / (2 * l))
        legendre[l, :, l] = sectoral * u[:, 0] * legendre[l - 1, :, l - 1]
    cos, sin = np.cos(lon[:, None] * order), np.sin(lon[:, None] * order)
    rows = [np.concatenate([(p * sin)[:, l:0:-1], (p * cos)[:, : l + 1]], axis=1) for l, p in enumerate(legendre)]
    return np.concatenate(rows, axis=1)


def random_fourier(vectors: Array) -> Array:
    """Unit vectors [n, 3] → [n, 2 · PER_SCALE · scales]: √2·cos and √2·sin at fixed random frequencies."""
    phase = vectors @ _frequencies()
    return np.sqrt(2) * np.concatenate([np.cos(phase), np.sin(phase)], axis=1)


@cache
def _frequencies() -> Array:
    # RandomState, not default_rng: its stream is promised to stay the same in all versions of numpy.
    normal = np.random.RandomState(SEED).standard_normal((3, len(SCALES), PER_SCALE))
    return (normal * np.array(SCALES)[:, None]).reshape(3, -1)
