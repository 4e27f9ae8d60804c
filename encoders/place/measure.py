"""Distances on the WGS84 ellipsoid between geometries in degrees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from pyproj import Geod, Proj
from shapely import Geometry

_geod = Geod(ellps="WGS84")
TURNS = 3  # planes tried, each around the nearest points of the last


def geodesic(lon: float, lat: float, other_lon: float, other_lat: float) -> tuple[float, float]:
    """Metres between two points, and the bearing of the second from the first in degrees clockwise from north.

    Karney, Algorithms for geodesics, J. Geodesy 2013, as in pyproj.
    """
    bearing, _, metres = _geod.inv(lon, lat, other_lon, other_lat)
    return metres, bearing % 360


def geodesics(lon: np.ndarray, lat: np.ndarray, other_lon: np.ndarray, other_lat: np.ndarray) -> np.ndarray:
    """Metres between points and as many others, [n]."""
    return np.asarray(_geod.inv(lon, lat, other_lon, other_lat)[2])


def closest(one: Geometry, other: Geometry) -> float:
    """Geodesic metres between the nearest points of two geometries, 0 where they share one.

    The nearest points are found in an azimuthal equidistant plane (Snyder, Map Projections, 1987, 25) around them,
    in which edges are straight; the distance between them is exact.
    """
    if shapely.intersects(one, other):
        return 0.0
    a = shapely.point_on_surface(one)
    best = math.inf
    for _ in range(TURNS):
        plane = Proj(proj="aeqd", ellps="WGS84", lon_0=a.x, lat_0=a.y)
        ends = shapely.get_coordinates(shapely.shortest_line(_in(plane, one), _in(plane, other)))
        (x1, x2), (y1, y2) = plane(ends[:, 0], ends[:, 1], inverse=True)
        metres = geodesic(x1, y1, x2, y2)[0]
        if metres >= best:
            break
        best, a = metres, shapely.Point(x1, y1)
    return best


def closest_of_many(one: Geometry, others: Sequence[Geometry]) -> np.ndarray:
    """Metres between the nearest points of a geometry and each of others near it, [n], 0 where they share one.

    All in one azimuthal equidistant plane around the first, whose scale is off by (distance from its middle / Earth's
    radius)² / 6: 1e-5 at 50 km.
    """
    middle = shapely.point_on_surface(one)
    plane = Proj(proj="aeqd", ellps="WGS84", lon_0=middle.x, lat_0=middle.y)
    shapely.prepare(one)
    apart = ~shapely.intersects(one, others)
    metres = np.zeros(len(others))
    metres[apart] = shapely.distance(_in(plane, one), _in(plane, np.array(others, dtype=object)[apart]))
    return metres


def widened(geometry: Geometry, metres: float) -> Geometry:
    """A geometry in degrees that holds all within `metres` of the bounds of another, cut to the globe."""
    west, south, east, north = geometry.bounds
    high = metres / 110_500  # metres in a degree of latitude where it is shortest
    furthest = min(max(abs(south - high), abs(north + high)), 90.0)
    wide = high / max(math.cos(math.radians(furthest)), 1e-9)
    boxes = [(west - wide, max(south - high, -90), east + wide, min(north + high, 90))]
    if west - wide < -180:
        boxes.append((west - wide + 360, boxes[0][1], 180, boxes[0][3]))
    if east + wide > 180:
        boxes.append((-180, boxes[0][1], east + wide - 360, boxes[0][3]))
    clipped = [(max(w, -180), s, min(e, 180), n) for w, s, e, n in boxes]
    return shapely.union_all([shapely.box(*box) for box in clipped])


def _in(plane: Any, geometry: Any) -> Any:
    return shapely.transform(geometry, lambda degrees: np.column_stack(plane(*degrees.T)))
