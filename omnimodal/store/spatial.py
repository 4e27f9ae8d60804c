"""Places on the ellipsoid: boxes, windows around a point, exact distances. What every implementation shares.

Degrees of WGS84, longitude first; metres along geodesics. Edges are straight in longitude and latitude.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from heapq import heappop, heappush, nsmallest
from typing import Any, NamedTuple
from zlib import crc32

from omnimodal.errors import StoreError
from omnimodal.store.base import Near, Record

Window = tuple[float, float, float, float]  # west, east, south, north
Box = tuple[int, float, float, float, float]  # the key of a record, and a window
SMALLEST_RADIUS = 6_335_439.0  # metres: of curvature of WGS84, so no way on it is shorter than on a sphere of that size
MEAN_RADIUS = 6_371_008.8
FIRST = 0.002  # degrees around a point where the search begins
FINE = 0.05  # degrees: longer edges are cut before they are laid into a plane (0.6 m off at 45°)
ROUND = 1.01  # how much nearer the ellipsoid may have one of two points that are as far on a sphere, and more
FAR = 2.5  # radians from which a plane around the point is too distorted to cut edges in


class Located(NamedTuple):
    """What is needed of a record to measure it; `key` is the row it has in its store."""

    key: int
    modality: str
    id: str
    kind: str
    lon: float | None
    lat: float | None
    geometry: bytes | None


def boxes(records: Sequence[Any]) -> tuple[Any, Any]:
    """Which of some records (or of Located) each box belongs to, [n], and the boxes (west, east, south, north), [n, 4].

    A geometry whose parts meet the antimeridian from both sides has a box on each. Raises StoreError, naming the
    record, for a geometry that cannot be read, is empty or lies outside of longitude ±180, latitude ±90.
    """
    import numpy as np

    shaped = [i for i, r in enumerate(records) if r.geometry is not None]
    points = [(i, p) for i, r in enumerate(records) if r.geometry is None and (p := _point(r)) is not None]
    owner = [i for i, _ in points]
    bounds = np.array([(x, x, y, y) for _, (x, y) in points], float).reshape(-1, 4)
    if not shaped:
        return np.array(owner, int), bounds
    import shapely

    geometries = read(records, shaped)
    around = shapely.bounds(geometries)[:, [0, 2, 1, 3]]  # NaN where empty
    good = (around >= (-180, -180, -90, -90)) & (around <= (180, 180, 90, 90))
    for i in np.flatnonzero(~good.all(1)):
        bad = records[shaped[i]]
        raise StoreError(f"The record {bad.id!r} lies at {around[i]}: no place on Earth", encoder=bad.modality)
    owner += shaped
    across = (around[:, 0] == -180) & (around[:, 1] == 180) & (shapely.get_num_geometries(geometries) > 1)
    extra = []
    for i in np.flatnonzero(across):
        parts = shapely.bounds(shapely.get_parts(geometries[i]))[:, [0, 2, 1, 3]]
        parts = parts[~np.isnan(parts[:, 0])]
        west = parts[:, 0] + parts[:, 1] < 0
        if west.any() and not west.all():
            around[i] = _hull(parts[west])
            extra.append(_hull(parts[~west]))
            owner.append(shaped[i])
    return np.array(owner, int), np.concatenate([bounds, around, np.array(extra).reshape(-1, 4)])


def read(records: Sequence[Any], which: Sequence[int]) -> Any:
    """The geometries of some of the records, which have one. Raises StoreError, naming the record."""
    import shapely

    try:
        return shapely.from_wkb([records[i].geometry for i in which])
    except (shapely.errors.ShapelyError, TypeError, ValueError) as error:
        for i in which:
            try:
                shapely.from_wkb(records[i].geometry)
            except (shapely.errors.ShapelyError, TypeError, ValueError) as why:
                what = f"The geometry of {records[i].id!r} cannot be read: {why}"
                raise StoreError(what, encoder=records[i].modality) from error
        raise


@lru_cache(maxsize=1 << 12)
def kind_codes(kind: str) -> tuple[int, int]:
    """The lowest and highest code of a class, "amenity=cafe", or of all classes of a key, "amenity".

    24 bits, which fit a 32-bit float: 12 for the key, so that the classes of one key follow each other, 12 for the
    value. Different classes may share a code.
    """
    key, has_value, value = kind.partition("=")
    low = (crc32(key.encode()) & 0xFFF) << 12
    return (low | crc32(value.encode()) & 0xFFF,) * 2 if has_value else (low, low | 0xFFF)


def is_of(kind: str, kinds: Sequence[str]) -> bool:
    """Whether a class is among `kinds`: classes, or keys; none means all."""
    return not kinds or kind in kinds or kind.partition("=")[0] in kinds


def check_point(lon: float, lat: float) -> None:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # which NaN is not
        raise StoreError(f"Longitude {lon}, latitude {lat} is no place on Earth")


def windows(lon: float, lat: float, angle: float) -> list[Window]:
    """The boxes that hold all within `angle` degrees of a point, on a sphere: two across the antimeridian."""
    angle += 1e-9
    south, north = lat - angle, lat + angle
    if south <= -90 or north >= 90:  # a pole is within
        return [(-180.0, 180.0, max(south, -90.0), min(north, 90.0))]
    wide = math.degrees(math.asin(min(1.0, math.sin(math.radians(angle)) / math.cos(math.radians(lat))))) + 1e-9
    west, east = lon - wide, lon + wide
    if east - west >= 360:
        return [(-180.0, 180.0, south, north)]
    if west < -180:
        return [(-180.0, east, south, north), (west + 360, 180.0, south, north)]
    if east > 180:
        return [(west, 180.0, south, north), (-180.0, east - 360, south, north)]
    return [(west, east, south, north)]


def nearest(
    lon: float,
    lat: float,
    limit: int | None,
    radius: float | None,
    find: Callable[[list[Window]], list[Box]],
    measure: Callable[[list[int]], list[Located]],
    load: Callable[[list[int]], list[Record]],
    fits: Callable[[Record], bool] | None,
    first: float | None = None,
) -> list[Near]:
    """The search behind `Store.near`: windows that grow until none outside can be nearer than what was found.

    find(windows): the boxes that meet a window of what may be asked for;
    measure(keys): those that are asked for; load(keys): their records. first: degrees within which to begin.
    """
    check_point(lon, lat)
    reach = math.inf if radius is None else radius
    if not reach >= 0 or (limit is not None and limit < 0):
        raise StoreError(f"near takes a radius and a limit that are not negative, not {radius} and {limit}")
    most = min(math.degrees(min(reach / SMALLEST_RADIUS, 4)) + 1e-6, 180.0)
    angle = min(max(first or 0.0, FIRST), most) if limit is not None else most
    boxes: set[Box] = set()  # that have been seen
    unmeasured: list[tuple[float, int]] = []  # heaps of (metres at least, key), and of (metres, modality, id, key)
    measured: list[tuple[float, str, str, int]] = []
    known: set[int] = set()  # keys that have been measured
    found: list[Near] = []
    while True:
        fresh = [box for box in find(windows(lon, lat, angle)) if box not in boxes]
        if limit is not None and len(boxes) + len(fresh) < limit and angle < most:
            angle = min(2 * angle, most)
            continue
        boxes.update(fresh)
        for bound, box in zip(at_least(lon, lat, [box[1:] for box in fresh]), fresh, strict=True):
            heappush(unmeasured, (bound, box[0]))
        safe = reach if angle >= most else math.radians(angle) * SMALLEST_RADIUS  # all that is nearer has been seen
        lacking = math.inf
        while limit is None or (lacking := limit - len(found)) > 0:
            horizon = min(safe, unmeasured[0][0]) if unmeasured else safe
            ready = _taken(measured, horizon, lacking)
            if ready:
                records = load([item[-1] for item in ready])
                found += (Near(r, item[0]) for r, item in zip(records, ready, strict=True) if fits is None or fits(r))
            elif unmeasured and unmeasured[0][0] <= (reach if len(measured) < lacking < math.inf else safe):
                keys = {key for _, key in _taken(unmeasured, reach, max(lacking + 5, len(known)))} - known
                known |= keys
                places = measure(sorted(keys))
                for metres, place in zip(distances(lon, lat, places), places, strict=True):
                    heappush(measured, (metres, place.modality, place.id, place.key))
            else:
                break
        if angle >= most or lacking == 0:
            return found
        grown = 2 * angle
        if len(measured) >= lacking:  # so far that nothing can be nearer than the last of those that are lacking
            last = math.degrees(nsmallest(int(lacking), measured)[-1][0] / SMALLEST_RADIUS) * (1 + 1e-9)
            grown = last if fits is None else max(last, grown)
        angle = min(grown, most)


def _taken(heap: list[Any], most: float, count: float) -> list[Any]:
    """Takes up to `count` items off a heap, the smallest first, whose first field is at most `most`."""
    some: list[Any] = []
    while heap and heap[0][0] <= most and len(some) < count:
        some.append(heappop(heap))
    return some


def at_least(lon: float, lat: float, around: Sequence[tuple[float, float, float, float]]) -> list[float]:
    """Metres from a point that nothing in each box (west, east, south, north) is nearer than."""
    import numpy as np

    if not around:
        return []
    west, east, south, north = np.radians(np.array(around, float)).T
    x, y = math.radians(lon), math.radians(lat)
    nearest = np.full(len(west), np.inf)
    inside = (west <= x) & (x <= east)
    for edge in (west, east):
        turn = np.where(inside, 0.0, np.remainder(edge - x + np.pi, 2 * np.pi) - np.pi)
        foot = np.arctan2(math.sin(y), math.cos(y) * np.cos(turn))  # where a great circle meets the meridian squarely
        for at in (np.clip(foot, south, north), south, north):
            sine = np.sqrt(np.sin((at - y) / 2) ** 2 + math.cos(y) * np.cos(at) * np.sin(turn / 2) ** 2)
            nearest = np.minimum(nearest, 2 * np.arcsin(np.minimum(sine, 1)))
    return np.maximum(nearest * SMALLEST_RADIUS * (1 - 1e-9) - 1e-6, 0).tolist()  # less what rounding may add


def distances(lon: float, lat: float, places: Sequence[Located]) -> list[float]:
    """Geodesic metres from a point to the nearest of each place's geometry, 0 inside.

    Exact for points; for lines and areas to 1e-5 of the distance, 1e-3 on the other side of the globe.
    """
    import numpy as np

    if not places:
        return []
    foot = np.array([(lon if p.lon is None else p.lon, lat if p.lat is None else p.lat) for p in places], float)
    shaped = [i for i, place in enumerate(places) if place.geometry is not None]
    inside = np.zeros(len(places), bool)
    if shaped:
        import shapely

        geometries = read(places, shaped)
        here = shapely.points([(lon, lat)] + [(-lon, lat)] * (abs(lon) == 180))
        inside[shaped] = shapely.intersects(geometries[:, None], here).any(1)
        outside = [i for i, j in enumerate(shaped) if not inside[j]]
        if outside:
            foot[[shaped[i] for i in outside]] = _feet(lon, lat, geometries[outside])
    return np.where(inside, 0.0, _metres(lon, lat, foot)).tolist()


def overlapping(geometry: Any, places: Sequence[Located]) -> list[int]:
    """The keys of the places that share a point with a geometry, the smallest box (in square degrees) first."""
    import numpy as np
    import shapely

    if not places:
        return []
    shapes = np.empty(len(places), object)
    shaped = [i for i, place in enumerate(places) if place.geometry is not None]
    plain = [i for i, place in enumerate(places) if place.geometry is None]
    if shaped:
        shapes[shaped] = read(places, shaped)
    if plain:
        shapes[plain] = shapely.points([(places[i].lon, places[i].lat) for i in plain])
    shapely.prepare(geometry)
    hits = np.flatnonzero(shapely.intersects(geometry, shapes)).tolist()
    owner, around = boxes([places[i] for i in hits])
    size = np.zeros(len(hits))
    np.add.at(size, owner, (around[:, 1] - around[:, 0]) * (around[:, 3] - around[:, 2]))
    some = [(area, places[i].modality, places[i].id, places[i].key) for area, i in zip(size, hits, strict=True)]
    return [key for *_, key in sorted(some)]


def boxes_of(geometry: Any) -> list[Window]:
    """The boxes of a shapely geometry. Raises StoreError where it is empty or no place on Earth."""
    import shapely

    if not isinstance(geometry, shapely.Geometry):
        raise StoreError(f"overlapping takes a geometry of shapely, not {geometry!r:.80}")
    asked = Located(0, "", "asked for", "", None, None, shapely.to_wkb(geometry))
    return [tuple(box) for box in boxes([asked])[1].tolist()]


def _feet(lon: float, lat: float, geometries: Any) -> Any:
    """The nearest point (lon, lat) of each geometry, [n, 2], found in an azimuthal equidistant plane."""
    import numpy as np
    import shapely

    parts, part_owner = geometries, np.arange(len(geometries))
    while (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():  # collections may be nested
        parts, deeper = shapely.get_parts(parts, return_index=True)
        part_owner = part_owner[deeper]
    area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, ring_owner = shapely.get_rings(parts[area], return_index=True)
    lines = np.concatenate([parts[~area], rings])
    owner = np.concatenate([part_owner[~area], part_owner[area][ring_owner]])
    lines, owner = lines[np.argsort(owner, kind="stable")], np.sort(owner)
    around = shapely.bounds(lines)
    long = np.maximum(around[:, 2] - around[:, 0], around[:, 3] - around[:, 1]) > FINE
    lines[long] = shapely.segmentize(lines[long], FINE)
    degrees, line = shapely.get_coordinates(lines, return_index=True)
    owner = owner[line]
    here, angle = _to_plane(lon, lat, degrees)
    there = np.roll(here, -1, axis=0)
    last = np.append(line[1:] != line[:-1], True)
    there[last] = here[last]
    way = there - here
    length = (way**2).sum(1)
    along = np.clip(-(here * way).sum(1) / np.where(length > 0, length, 1), 0, 1)
    along[angle > FAR] = 0
    foot = here + along[:, None] * way
    away = np.hypot(*foot.T)
    least = np.full(owner[-1] + 1, np.inf)
    np.minimum.at(least, owner, away)
    close = away <= least[owner] * ROUND + 1e-12  # the ellipsoid may turn the order of these
    owner, feet = owner[close], _to_degrees(lon, lat, foot[close])
    order = np.lexsort((_metres(lon, lat, feet), owner))
    return feet[order[np.unique(owner[order], return_index=True)[1]]]


def _metres(lon: float, lat: float, points: Any) -> Any:
    """Geodesic metres from a point to others (lon, lat), [n, 2]."""
    import numpy as np

    start = np.broadcast_to([lon, lat], points.shape)
    return _geod().inv(start[:, 0], start[:, 1], points[:, 0], points[:, 1])[2]


def _to_plane(lon: float, lat: float, degrees: Any) -> tuple[Any, Any]:
    """Points (lon, lat), [n, 2], in the plane of radians around a point, and how far they are, [n] (Snyder 1987)."""
    import numpy as np

    x, y = np.radians(degrees).T
    x, at = x - math.radians(lon), math.radians(lat)
    east = np.cos(y) * np.sin(x)
    north = math.cos(at) * np.sin(y) - math.sin(at) * np.cos(y) * np.cos(x)
    sine = np.hypot(east, north)
    angle = np.arctan2(sine, math.sin(at) * np.sin(y) + math.cos(at) * np.cos(y) * np.cos(x))
    scale = np.where(sine > 0, angle / np.where(sine > 0, sine, 1), 1)
    return np.stack([east * scale, north * scale], axis=1), angle


def _to_degrees(lon: float, lat: float, plane: Any) -> Any:
    """The way back."""
    import numpy as np

    east, north = plane.T
    at, angle = math.radians(lat), np.hypot(east, north)
    ratio = np.where(angle > 0, np.sin(angle) / np.where(angle > 0, angle, 1), 1)
    y = np.arcsin(np.clip(np.cos(angle) * math.sin(at) + north * ratio * math.cos(at), -1, 1))
    x = np.arctan2(east * ratio, math.cos(at) * np.cos(angle) - north * ratio * math.sin(at))
    return np.stack([(lon + np.degrees(x) + 540) % 360 - 180, np.degrees(y)], axis=1)


def _point(record: Any) -> tuple[float, float] | None:
    if isinstance(record, Located):
        return None if record.lon is None or record.lat is None else (record.lon, record.lat)
    return record.point


def _hull(bounds: Any) -> Any:
    """One box (west, east, south, north) around boxes [n, 4]."""
    west, east, south, north = bounds.T
    return west.min(), east.max(), south.min(), north.max()


@cache
def _geod() -> Any:
    from pyproj import Geod

    return Geod(ellps="WGS84")
