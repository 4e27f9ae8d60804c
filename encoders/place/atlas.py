"""Atlas: questions about the places of a store, answered from its records alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import shapely

from omnimodal.encoders.place.measure import closest, closest_of_many, geodesic, widened
from omnimodal.encoders.place.trips import Network, Trip
from omnimodal.errors import StoreError
from omnimodal.store import Edge, Near, Record, Store

CELL = "cell"  # the class of the records that count what stands in a cell of the geohash grid
NATURAL = ("natural", "waterway", "water")
STOPS = (
    "public_transport",
    "highway=bus_stop",
    "railway=station",
    "railway=halt",
    "railway=tram_stop",
    "amenity=ferry_terminal",
)
WINDS = ("north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest")
AROUND = 20_000.0  # metres around two places in which routes between them are looked for, or more
NEARBY = 500.0  # metres from a place within which a stop counts as its own


@dataclass(frozen=True)
class Distance:
    """Geodesic metres between two places: of their points, and of their nearest boundary points, 0 where they touch.

    bearing: degrees clockwise from north, from the first point towards the second; `direction` is it in words.
    """

    points: float
    boundaries: float
    bearing: float

    @property
    def direction(self) -> str:
        return WINDS[round(self.bearing / 45) % 8]


@dataclass(frozen=True)
class Ancestor:
    """A place that another lies in, and how that was found: contained, linked, nearest or tag."""

    record: Record
    method: str
    level: str


class Atlas:
    """Answers about the places of a store. A place is given as a Record, an id ("osm:r3") or a name.

        >>> atlas = Atlas(open_store("places.sqlite"))
        >>> [near.record.name for near in atlas.nearest("cafe", "Vaduz", limit=3)]

    Every method raises StoreError for a name that no place has, naming the most similar ones, and for a place without
    the geometry that the question needs.
    """

    def __init__(self, store: Store):
        self.store = store
        self._state: object = None
        self._kinds: list[str] = []

    def find(self, name: str, kind: str = "", limit: int = 10) -> list[Record]:
        """The places of that name in any language, the most important first; else the most similar names.

        Case, accents and misspellings do not matter; `kind` narrows them to a class, as "city" or "amenity=cafe".
        """
        kinds = self.kinds_of(kind)
        exact = [record for record in self._named(name, 10 * limit) if fits(record, kinds)]
        return exact[:limit] or [c.record for c in self.store.search(name, "place", kinds, limit)]

    def place(self, place: Record | str) -> Record:
        """The one place meant: a record as it is, an id, or the most important place of exactly that name."""
        if isinstance(place, Record):
            return place
        if found := self._named(place, 1):
            return found[0]
        similar = dict.fromkeys(record.name for record in self.find(place, limit=5))
        hint = f"; most similar: {', '.join(similar)}" if similar else ""
        raise StoreError(f"No place is called {place!r}{hint}", encoder="place")

    def _named(self, name: str, limit: int) -> list[Record]:
        """The places of exactly that name, else the one of that id."""
        found = [candidate.record for candidate in self.store.find(name, "place", limit)]
        if not found and ":" in name:  # an id, as osm:r3
            with suppress(StoreError):
                found = [self.store.get("place", name)]
        return found

    def hierarchy(self, place: Record | str) -> list[Ancestor]:
        """What a place lies in, the nearest first: street, town, region, country."""
        level = [self.place(place)]
        seen = {level[0].id}
        found: list[Ancestor] = []
        while level:
            above = {edge.id: edge for record in level for edge in _parents(record) if edge.id not in seen}
            seen |= above.keys()
            level = self.store.get_many([(edge.modality, edge.id) for edge in above.values()])
            notes = [edge.note.partition(":") for edge in above.values()]
            found += [Ancestor(record, how, of) for record, (how, _, of) in zip(level, notes, strict=True)]
        return found

    def nearest(self, kind: str, of: Record | str, limit: int = 5, radius: float | None = None) -> list[Near]:
        """The places of a class nearest to the point of another, itself left out; `radius` in metres."""
        centre = self.place(of)
        lon, lat = point_of(centre)
        other = lambda record: record.id != centre.id and record.kind != CELL  # noqa: E731
        return self.store.near(lon, lat, "place", self.kinds_of(kind), limit, radius, other)

    def within(self, area: Record | str, kind: str = "") -> list[Record]:
        """The places of a class that lie in an area, by geometry; by the hierarchy where its outline is not whole."""
        record = self.place(area)
        kinds = self.kinds_of(kind)
        outline = geometry_of(record)
        if shapely.get_dimensions(outline) < 2:
            return [child for child in self._children(record) if fits(child, kinds)]
        shapely.prepare(outline)
        found = self.store.overlapping(outline, "place", kinds)
        return [r for r in found if r.id != record.id and r.kind != CELL and shapely.covers(outline, geometry_of(r))]

    def contains(self, place: Record | str, kind: str = "") -> list[Record]:
        """The areas that a place lies in, the smallest first: those of its hierarchy, and what else contains it."""
        record = self.place(place)
        inner = geometry_of(record)
        kinds = self.kinds_of(kind)
        found = self.store.overlapping(inner, "place", kinds)
        shapes = [(geometry_of(r), r) for r in found if r.id != record.id and r.kind != CELL]
        areas = [(shape.area, r.id, r) for shape, r in shapes if shape.area > 0 and shapely.covers(shape, inner)]
        around = {r.id: r for *_, r in sorted(areas, key=lambda found: found[:2])}
        return [*({a.record.id: a.record for a in self.hierarchy(record) if fits(a.record, kinds)} | around).values()]

    def neighbours(self, area: Record | str) -> list[Record]:
        """The areas of its class and level that share a border with it."""
        record = self.place(area)
        keys = [(edge.modality, edge.id) for edge in record.edges if edge.role == "neighbour"]
        return sorted(self.store.get_many(keys), key=lambda r: r.name)

    def distance(self, one: Record | str, other: Record | str) -> Distance:
        """How far, and in which direction, the second lies from the first."""
        a, b = self.place(one), self.place(other)
        points, bearing = geodesic(*point_of(a), *point_of(b))
        return Distance(points, closest(geometry_of(a), geometry_of(b)), bearing)

    def around(self, place: Record | str, radius: float = 500.0, kind: str = "") -> list[Near]:
        """Everything of a class within `radius` metres of a place's geometry, the nearest first."""
        return self._within(self.place(place), radius, self.kinds_of(kind))

    def classes_around(self, place: Record | str, radius: float = 500.0) -> Counter[str]:
        """How many places of each class lie within `radius` metres."""
        return Counter(near.record.kind for near in self.around(place, radius) if near.record.kind)

    def natural(self, place: Record | str, radius: float = 2000.0) -> list[Near]:
        """Waters, peaks, woods and other natural features that a place lies in or near, the nearest first."""
        near = self._within(self.place(place), radius, NATURAL)
        first = {(found.record.name, found.record.kind): found for found in reversed(near) if found.record.name}
        return [found for found in near if first.get((found.record.name, found.record.kind)) is found]

    def stops(self, place: Record | str, radius: float = NEARBY) -> list[Near]:
        """The stops that a place is, or those on a route in an area or within `radius` metres, else the nearest one."""
        record = self.place(place)
        served = lambda stop: bool(self.store.referrers("place", stop.id, "stop"))  # noqa: E731
        if served(record):
            return [Near(record, 0.0)]
        lon, lat = point_of(record)
        inside: list[Near] = []
        if shapely.get_dimensions(geometry_of(record)) == 2:
            inside = [Near(stop, 0.0) for stop in self.within(record) if fits(stop, STOPS) and served(stop)]
        inside = inside or self.store.near(lon, lat, "place", STOPS, None, radius, served)
        return inside or self.store.near(lon, lat, "place", STOPS, 1, None, served)

    def routes(self, place: Record | str) -> list[Record]:
        """The routes of public transport that stop at a place, or at the stops near it."""
        found = {
            r.id: r for near in self.stops(place) for r, _ in self.store.referrers("place", near.record.id, "stop")
        }
        return sorted(found.values(), key=lambda record: record.name)

    def trips(self, start: Record | str, goal: Record | str, changes: int = 3, limit: int = 3) -> list[Trip]:
        """Ways from one place to another by public transport with the fewest changes, at most `changes` of them.

        None where both have a stop in common. From the order of stops alone: OpenStreetMap holds no timetable. Looked
        for among the routes that come as near as the two places are to each other, and within AROUND metres.
        """
        ends = [self.place(start), self.place(goal)]
        here, there = ([near.record.id for near in self.stops(end)] for end in ends)
        if not set(here).isdisjoint(there):
            return []
        points = shapely.multipoints([point_of(end) for end in ends])
        far = max(geodesic(*point_of(ends[0]), *point_of(ends[1]))[0], AROUND)
        return Network(self.store, widened(points, far)).trips(here, there, changes, limit)

    def kinds_of(self, kind: str) -> tuple[str, ...]:
        """The classes of the store that a word means: "cafe" is any "…=cafe", "amenity" a key, "amenity=cafe" itself.

        Case, blanks and a plural do not matter. Raises StoreError for a word that no class has, naming similar ones.
        """
        if not kind:
            return ()
        plain = kind.strip().lower().replace(" ", "_")
        classes = self._classes()
        for word in dict.fromkeys((plain, plain.removesuffix("s"), plain.removesuffix("es"), plain[:-3] + "y")):
            found = [k for k in classes if word in (k, k.partition("=")[2])]
            key = any(k.partition("=")[0] == word for k in classes)
            if found or key:
                return tuple(dict.fromkeys([word] * key + found))
        known = dict.fromkeys(part for k in classes for part in (k.partition("=")[2], k))
        similar = get_close_matches(plain, filter(None, known), 5)
        hint = f"; similar: {', '.join(similar)}" if similar else "; a class is a tag, as amenity=cafe"
        raise StoreError(f"No place in this store is of class {kind!r}{hint}", encoder="place")

    def _classes(self) -> list[str]:
        """The classes of the store, asked again when its records have changed."""
        state = self.store.state()
        if state is not self._state:
            self._state, self._kinds = state, self.store.kinds("place")
        return self._kinds

    def _children(self, record: Record) -> list[Record]:
        """What lies in a place by the hierarchy, and in that, settlements and their parts."""
        found: dict[str, Record] = {record.id: record}
        waiting = [record.id]
        while waiting:
            children = [child for child, _ in self.store.referrers("place", waiting.pop(), "parent")]
            new = {child.id: child for child in children if child.id not in found}
            found |= new
            waiting += [id for id, child in new.items() if fits(child, ("place", "boundary"))]
        return list(found.values())[1:]

    def _within(self, centre: Record, radius: float, kinds: Sequence[str]) -> list[Near]:
        """What lies within `radius` metres of a geometry, cells left out; the area itself counts as within."""
        other = lambda record: record.id != centre.id and record.kind != CELL  # noqa: E731
        shape = geometry_of(centre)
        if shape.geom_type == "Point":
            return self.store.near(shape.x, shape.y, "place", kinds, None, radius, other)
        found = [r for r in self.store.overlapping(widened(shape, radius), "place", kinds) if other(r)]
        metres = closest_of_many(shape, [geometry_of(record) for record in found]) if found else ()
        near = [Near(record, float(far)) for record, far in zip(found, metres, strict=True) if far <= radius]
        return sorted(near, key=lambda n: (n.metres, -importance(n.record), n.record.id))


def _parents(record: Record) -> list[Edge]:
    return sorted((edge for edge in record.edges if edge.role == "parent"), key=lambda edge: edge.order)


def fits(record: Record, kinds: Sequence[str]) -> bool:
    """Whether a record is of one of the classes or keys; no classes means all."""
    return not kinds or record.kind in kinds or record.kind.partition("=")[0] in kinds


def importance(record: Record) -> float:
    """How notable a place is, from 0 to 1, as its import reckoned it; 0 where nobody said."""
    return float(record.data.get("osm", {}).get("importance") or 0.0)


def geometry_of(record: Record) -> Any:
    """The shapely geometry of a record, its point where it has no other. Raises StoreError where it has neither."""
    if record.geometry is not None:
        return shapely.from_wkb(record.geometry)
    return shapely.Point(point_of(record))


def point_of(record: Record) -> tuple[float, float]:
    """(lon, lat) of a record. Raises StoreError where nobody knows where it is."""
    if record.point is not None:
        return record.point
    if record.geometry is None:
        raise StoreError(
            f"Nobody knows where {record.name or record.id!r} is: its record has no geometry", encoder="place"
        )
    point = shapely.point_on_surface(shapely.from_wkb(record.geometry))
    return point.x, point.y
