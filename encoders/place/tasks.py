"""Questions on places: how far, in which direction, inside or outside, on which continent."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray

from omnimodal.encoders.place.entity import Place
from omnimodal.encoders.place.geometry import Array
from omnimodal.encoders.place.records import cities, continent_of
from omnimodal.train.task import Draw, Example, Task, one_of

PER_CONTINENT = 2_000  # cities of each that are asked about, the largest
EARTH = 6371.0  # km, mean radius
DISTANCES = {" near": (50, 700), " medium": (1_000, 4_000), " far": (5_000, 21_000)}  # km
DIRECTIONS = (" north", " east", " south", " west")
CONTINENTS = {
    "AF": " Africa",
    "AS": " Asia",
    "EU": " Europe",
    "NA": " North America",
    "OC": " Oceania",
    "SA": " South America",
}
Fits = Callable[[Array, Array], NDArray[np.bool_]]  # of distances in km and bearings in degrees


class Distance(Task):
    """How far two cities are from each other: three classes, each as often, with gaps between them."""

    name = "place/distance"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        answer = rng.choice(tuple(DISTANCES))
        low, high = DISTANCES[answer]
        a, b = _pair(rng, draw, lambda km, _: (low < km) & (km < high))
        return Example(self.name, (a, " to ", b, ", near, medium or far:"), answer, tuple(DISTANCES))


class Direction(Task):
    """In which direction from one city another lies: four classes, each as often, with gaps between them."""

    name = "place/direction"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        answer = rng.choice(DIRECTIONS)
        middle = 90 * DIRECTIONS.index(answer)

        def fits(km: Array, bearing: Array) -> NDArray[np.bool_]:
            return (np.abs((bearing - middle + 180) % 360 - 180) < 35) & (km > 100) & (km < 6_000)

        a, b = _pair(rng, draw, fits)
        return Example(self.name, ("From ", a, ", ", b, " lies to the"), answer, DIRECTIONS)


class Containment(Task):
    """Whether a point is inside an area: a random star-shaped polygon, some with a hole; half of the points are."""

    name = "place/containment"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        inside = rng.random() < 0.5
        area = draw(lambda: star(rng))
        point = draw(lambda: _near(rng, area, inside))
        return Example(
            self.name, ("Area ", area, " point ", point, ", inside?"), " yes" if inside else " no", (" yes", " no")
        )


class Continent(Task):
    """On which continent a city lies, told by name and position alone; six classes, each as often."""

    name = "place/continent"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        code = rng.choice(tuple(CONTINENTS))
        city = draw(one_of(rng, _pool()[code]))
        return Example(self.name, (city, " lies in"), CONTINENTS[code], tuple(CONTINENTS.values()))


def star(rng: random.Random) -> Place:
    """A random star-shaped area of half a degree to 10° radius, in a quarter of the cases with a hole."""
    centre, radius = np.array([rng.uniform(-150, 150), rng.uniform(-50, 50)]), 10 ** rng.uniform(-0.3, 1)
    n = rng.randint(5, 12)
    angles = 2 * np.pi * (np.arange(n) + [rng.uniform(0, 0.8) for _ in range(n)]) / n
    reach = radius * np.array([[rng.uniform(0.4, 1)] for _ in range(n)])
    spokes = reach * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    holes = [centre + 0.4 * spokes] if rng.random() < 0.25 else []
    return Place(geometry=shapely.Polygon(centre + spokes, holes))


def _near(rng: random.Random, area: Place, inside: bool) -> Place:
    """A point in the box around an area, on the wanted side of its border."""
    west, south, east, north = shapely.bounds(area.geometry)
    while True:
        point = shapely.Point(rng.uniform(west, east), rng.uniform(south, north))
        if shapely.contains(area.geometry, point) == inside:
            return Place(geometry=point)


def _pair(rng: random.Random, draw: Draw, fits: Fits) -> tuple[Place, Place]:
    """Two cities of which the distance and the bearing, on a sphere, fit."""
    everywhere, lon, lat = _everywhere()
    while True:
        a = draw(one_of(rng, everywhere))
        km, bearing = _seen_from(a, lon, lat)
        found = np.flatnonzero(fits(km, bearing))
        if len(found) > 100:  # so many that some of them are in the split that is drawn from
            return a, draw(lambda: everywhere[rng.choice(found)])  # noqa: B023 (called before the next turn)


def _seen_from(a: Place, lon: Array, lat: Array) -> tuple[Array, Array]:
    """Great-circle distances in km and initial bearings in degrees from a place to points in radians."""
    assert a.point is not None
    x, y = np.radians([a.point.x, a.point.y])
    east = np.sin(lon - x) * np.cos(lat)
    north = np.cos(y) * np.sin(lat) - np.sin(y) * np.cos(lat) * np.cos(lon - x)
    up = np.sin(y) * np.sin(lat) + np.cos(y) * np.cos(lat) * np.cos(lon - x)
    return EARTH * np.arctan2(np.hypot(east, north), up), np.degrees(np.arctan2(east, north)) % 360


@cache
def _pool() -> dict[str, list[Place]]:
    """Cities by continent, without the parents, which would give answers away."""
    pool: dict[str, list[Place]] = {code: [] for code in CONTINENTS}
    for city in cities():
        here = pool.get(continent_of(city))  # Antarctica is not asked about
        if here is not None and len(here) < PER_CONTINENT:
            here.append(Place(city["name"], (city["longitude"], city["latitude"])))
    return pool


@cache
def _everywhere() -> tuple[list[Place], Array, Array]:
    """All cities that are asked about, and their longitudes and latitudes in radians."""
    places = [place for group in _pool().values() for place in group]
    lon, lat = np.radians([(place.point.x, place.point.y) for place in places if place.point]).T
    return places, lon, lat
