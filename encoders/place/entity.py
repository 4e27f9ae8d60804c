"""Place: anything with a position on Earth, from a bench to a continent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, ClassVar

import shapely
from shapely import Geometry, Point

from omnimodal.encoders.place.geometry import contiguous, of_highest_dimension, to_geometry
from omnimodal.entity import Child, Entity, Link, from_json, to_json
from omnimodal.errors import InvalidEntityError

PLACES = ("parents", "around", "routes", "stops")  # fields that hold places or links to them
PLAIN = ("name", *PLACES, "population", "elevation", "area_km2", "counts", "opened", "images")  # as `to_json` has them


@dataclass(frozen=True)
class Place(Entity):
    """A place: a name, a geometry, or both.

    `geometry` is given as shapely geometry, WKT, WKB, GeoJSON or (lon, lat), and kept as clean shapely geometry in
    WGS84 degrees, longitude first (see `geometry.to_geometry`: repaired, cut at the antimeridian, rounded to 1e-7°;
    direction, starting vertex and order of parts do not matter). `parents` are the places it lies in, the nearest
    first: city → state → country; each is a Place or a Link to a record. `tags` are as in OpenStreetMap. `population`
    is an int or a Number; `elevation` is in metres; `area_km2` is the stated area, where no outline tells it.

    `around` is what it stands in the midst of, usually a Link to a cell of the map, whose `counts` say how many things
    of each class are in it ("amenity=cafe": 12); `routes` are the lines that stop here, `stops` those of a line in
    order; `opened` is a Date, `images` are Images.

        >>> Place("Eiffel Tower", (2.2945, 48.8584), tags={"tourism": "attraction"}).point
        <POINT (2.294 48.858)>

    Raises InvalidEntityError for a place with neither name nor geometry, and for values no place can have.
    """

    modality: ClassVar[str] = "place"
    name: str | None = None
    geometry: Geometry | None = None
    parents: tuple[Child, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    population: Entity | int | None = None
    elevation: float | None = None
    area_km2: float | None = None
    around: tuple[Child, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    routes: tuple[Child, ...] = ()
    stops: tuple[Child, ...] = ()
    opened: Entity | None = None
    images: tuple[Entity, ...] = ()

    def __post_init__(self) -> None:
        name = self.name.strip() if isinstance(self.name, str) else self.name
        if name is not None and not (isinstance(name, str) and name):
            raise _invalid("name", self.name, "is no text")
        if name is None and self.geometry is None:
            raise _invalid("name", None, "and geometry are both missing")
        count = self.population
        if not (isinstance(count, Entity | None) or (type(count) is int and count >= 0)):
            raise _invalid("population", count, "is neither a whole number from 0 nor a Number")
        clean = {
            "name": name,
            "geometry": None if self.geometry is None else to_geometry(self.geometry),
            **{key: _places(key, getattr(self, key)) for key in PLACES},
            "tags": _tags(self.tags),
            "counts": _counts(self.counts),
            "opened": self.opened and _of_modality("opened", "date", self.opened),
            "images": tuple(_of_modality("images", "image", image) for image in self.images),
            "elevation": _finite("elevation", self.elevation, -12_000, 10_000),
            "area_km2": _finite("area_km2", self.area_km2, 0, 511_000_000),
        }
        for key, value in clean.items():
            object.__setattr__(self, key, value)

    @cached_property
    def _whole(self) -> Any:
        """The geometry in one piece across the antimeridian, and of one dimension."""
        return None if self.geometry is None else contiguous(of_highest_dimension(self.geometry))

    @cached_property
    def point(self) -> Point | None:
        """A point that stands for the place: itself, or one on its line or inside its outline."""
        if self._whole is None:
            return None
        point = shapely.point_on_surface(self._whole)
        return shapely.Point((point.x + 180) % 360 - 180, point.y) if abs(point.x) > 180 else point

    @property
    def area(self) -> float:
        """Geodesic area in m² on the WGS84 ellipsoid (Karney 2013, by pyproj), else the stated one; 0 where unknown."""
        if self._whole is not None and shapely.get_dimensions(self._whole) == 2:
            return abs(_geod().geometry_area_perimeter(shapely.orient_polygons(self._whole))[0])
        return 1e6 * (self.area_km2 or 0.0)

    @property
    def length(self) -> float:
        """Geodesic length in metres: of lines, or the perimeter of polygons, holes included; 0 for points."""
        if self._whole is None or not (dimension := shapely.get_dimensions(self._whole)):
            return 0.0
        return _geod().geometry_length(shapely.boundary(self._whole) if dimension == 2 else self._whole)

    def distance(self, other: Place) -> float:
        """Geodesic distance in metres between the representative points. Raises InvalidEntityError without geometry."""
        return self._inverse(other)[2]

    def bearing(self, other: Place) -> float:
        """The direction in which `other` lies, in degrees clockwise from north, [0, 360); raises as `distance`."""
        return self._inverse(other)[0] % 360

    def _inverse(self, other: Place) -> tuple[float, float, float]:
        ends = []
        for place in (self, other):
            if place.point is None:
                raise _invalid("geometry", None, f"of {place.name!r} is needed for a distance")
            ends += [place.point.x, place.point.y]
        return _geod().inv(*ends)

    @property
    def surface(self) -> str:
        """Its name; else the coordinates of a point; else nothing."""
        if self.name:
            return self.name
        if isinstance(self.geometry, Point):
            return f"({self.geometry.y:.5f}, {self.geometry.x:.5f})"
        return ""

    @property
    def label(self) -> str:
        """Its name; else where it is: "43.73 N, 7.42 E"."""
        if self.name or self.point is None:
            return self.name or ""
        x, y = self.point.x, self.point.y
        return f"{abs(y):.5g} {'N' if y >= 0 else 'S'}, {abs(x):.5g} {'E' if x >= 0 else 'W'}"

    @property
    def within(self) -> tuple[Child, ...]:
        return self.parents

    def content(self) -> dict[str, Any]:
        """What it says, as JSON: the geometry as WKB, tags as sorted pairs; fields that say nothing are left out."""
        plain = {key: to_json(getattr(self, key)) for key in PLAIN}
        wkb = None if self.geometry is None else to_json(shapely.to_wkb(self.geometry))
        content = {**plain, "geometry": wkb, "tags": [list(pair) for pair in self.tags.items()]}
        return {key: value for key, value in content.items() if value is not None and value != [] and value != {}}

    def __reduce__(self) -> Any:  # for worker processes: a read-only mapping cannot be sent as it is
        return _from_json, (self.content(),)

    def __repr__(self) -> str:
        where = "" if self.geometry is None else f", {shapely.to_wkt(self.geometry, rounding_precision=5)[:60]}"
        return f"Place({self.name!r}{where})"


def _from_json(content: Mapping[str, Any]) -> Place:
    return Place.from_content(from_json(dict(content)))


@cache
def _geod() -> Any:
    from pyproj import Geod

    return Geod(ellps="WGS84")


def _places(field: str, value: Any) -> tuple[Child, ...]:
    places = (value,) if isinstance(value, Place | Link) else tuple(value)
    for place in places:
        if not (isinstance(place, Place) or (isinstance(place, Link) and place.modality == "place")):
            raise _invalid(field, place, "is neither a Place nor a Link to one")
    return places


def _of_modality(field: str, modality: str, value: Any) -> Entity:
    if not (isinstance(value, Entity) and value.modality == modality):
        raise _invalid(field, value, f"is no entity of the modality {modality}")
    return value


def _counts(value: Mapping[str, int]) -> Mapping[str, int]:
    for key, count in value.items():
        if not (isinstance(key, str) and key and type(count) is int and count >= 0):
            raise _invalid("counts", f"{key}: {count!r}", "is no whole number from 0 for a text")
    return MappingProxyType(dict(sorted(value.items())))


def _tags(value: Mapping[str, str] | Iterable[tuple[str, str]]) -> Mapping[str, str]:
    pairs = dict(value)
    for key, tag in pairs.items():
        if not (isinstance(key, str) and key and isinstance(tag, str)):
            raise _invalid("tags", f"{key}={tag}", "is not a text for a text")
    return MappingProxyType(dict(sorted(pairs.items())))


def _finite(field: str, value: Any, low: float, high: float) -> float | None:
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or not low <= value <= high
    ):
        raise _invalid(field, value, f"is no number from {low} to {high}")
    return float(value)


def _invalid(field: str, value: Any, what: str) -> InvalidEntityError:
    return InvalidEntityError(f"{field} {value!r} {what}", encoder="place")
