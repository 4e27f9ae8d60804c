"""Which features of a point tell what is there? Ridge R² on held-out cells of the globe, from the cities of GeoNames.

    python benchmarks/location.py           # about a minute on one core

Targets at each of 6,000 cities: how many people live within 500 km (log10), how far the next ten cities are (log10
km), the continent (one-hot) and the offset of its time zone in hours. Cells of 5° by 5° are held out whole, a fifth of
them at a time, so that near neighbours do not give answers away; the ridge's strength is chosen on another fifth. Means
of three such splits. The scales of the random features were chosen, of seven settings, on seed 0; hence the default of
another seed, which draws other cities and other cells (from the same 34,000).
"""

from __future__ import annotations

import argparse
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from rich.console import Console
from rich.table import Table

from omnimodal.encoders.place.records import cities, continent_of
from omnimodal.encoders.place.sphere import harmonics, point_features, random_fourier, unit_vectors

STRENGTHS = 10.0 ** np.arange(-1, 5)


def grid(lon_lat: np.ndarray) -> np.ndarray:
    """Sine and cosine of longitude and latitude at octaves from 360° to about 1°, as in Space2Vec's grid."""
    phase = np.radians(lon_lat)[:, :, None] * 2.0 ** np.arange(9)
    return np.concatenate([np.sin(phase), np.cos(phase)], axis=2).reshape(len(lon_lat), -1)


FEATURES = {
    "longitude, latitude": lambda x: x,
    "unit vector": unit_vectors,
    "grid": grid,
    "random Fourier": lambda x: random_fourier(unit_vectors(x)),
    "harmonics": lambda x: harmonics(x)[:, 1:],
    "omnimodal (both)": point_features,
}


def targets(some: list, everyone: tuple) -> dict[str, np.ndarray]:
    here, all_of = (
        unit_vectors(np.array([(c["longitude"], c["latitude"]) for c in group])) for group in (some, everyone)
    )
    people = np.array([c["population"] for c in everyone], dtype=float)
    crowd, gap = [], []
    for at in range(0, len(some), 500):
        km = 6371 * np.arccos(np.clip(here[at : at + 500] @ all_of.T, -1, 1))
        crowd.append((km < 500) @ people)
        gap.append(np.partition(km, 10, axis=1)[:, 1:11].mean(1))
    noon = datetime(2024, 1, 1, 12)
    continents = [continent_of(c) for c in some]
    return {
        "people near": np.log10(np.maximum(np.concatenate(crowd), 15_000))[
            :, None
        ],  # three cities state no inhabitants
        "next cities": np.log10(np.concatenate(gap) + 1)[:, None],
        "continent": np.array([[c == k for k in sorted(set(continents))] for c in continents], dtype=float),
        "time zone": np.array([[ZoneInfo(c["timezone"]).utcoffset(noon).total_seconds() / 3600] for c in some]),
    }


def ridge(x: np.ndarray, y: np.ndarray, fit: np.ndarray, choose: np.ndarray, test: np.ndarray) -> float:
    """R² on `test` of a ridge fitted on `fit`, with the strength that is best on `choose`."""
    x = (x - x[fit].mean(0)) / (x[fit].std(0) + 1e-9)
    mean = y[fit].mean(0)
    gram, right = x[fit].T @ x[fit], x[fit].T @ (y[fit] - mean)

    def r2(weights: np.ndarray, rows: np.ndarray) -> float:
        error = ((x[rows] @ weights + mean - y[rows]) ** 2).sum()
        return 1 - error / ((y[rows] - y[rows].mean(0)) ** 2).sum()

    solutions = [np.linalg.solve(gram + s * np.eye(len(gram)), right) for s in STRENGTHS]
    return r2(max(solutions, key=lambda w: r2(w, choose)), test)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cities", type=int, default=6_000)
    parser.add_argument(
        "--seed", type=int, default=1, help="of cities and splits; 0 is the one the scales were chosen on"
    )
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    everyone = cities()
    some = [everyone[i] for i in rng.permutation(len(everyone))[: args.cities]]
    lon_lat = np.array([(c["longitude"], c["latitude"]) for c in some])
    cells, cell = np.unique(np.floor(lon_lat / 5), axis=0, return_inverse=True)
    fold = rng.integers(5, size=len(cells))[cell.ravel()]
    splits = [(fold == i, fold == i + 1) for i in range(3)]  # test, choose; the others are fitted on
    wanted = targets(some, everyone)
    table = Table("features", "numbers", *wanted, title="R² in cells not seen")
    for name, features in FEATURES.items():
        x = features(lon_lat)
        scores = [
            np.mean([ridge(x, y, ~(test | choose), choose, test) for test, choose in splits]) for y in wanted.values()
        ]
        table.add_row(name, str(x.shape[1]), *(f"{score:.3f}" for score in scores))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
