"""Trips by public transport: which routes to take between two stops, with the fewest changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from shapely import Geometry

from omnimodal.encoders.place.measure import geodesics
from omnimodal.store import Record, Store

ROUTES = ("route",)
WALK = 150.0  # metres between two platforms where one changes


@dataclass(frozen=True)
class Leg:
    """One ride: a route from a stop to another, and how many stops it goes on, that one included."""

    route: Record
    start: Record
    goal: Record
    stops: int


@dataclass(frozen=True)
class Trip:
    """A way between two stops: its legs, the number of changes and of stops passed."""

    legs: tuple[Leg, ...]

    @cached_property
    def changes(self) -> int:
        return len(self.legs) - 1

    @property
    def lines(self) -> tuple[tuple[str, str, str], ...]:
        """The lines taken, each by its number where it has one, from where to where."""
        return tuple((line_of(leg.route), leg.start.name, leg.goal.name) for leg in self.legs)

    @cached_property
    def stops(self) -> int:
        return sum(leg.stops for leg in self.legs)


def line_of(route: Record) -> str:
    """What is written on the bus: the route's number, else its name."""
    return dict(route.data.get("tags", ())).get("ref") or route.name


class Network:
    """The routes that touch an area, with their stops in order, and where one changes.

    A relation names the platform beside the place on the track where a bus stops: two that follow each other with one
    name are one stop. One changes at a stop, and between stops at most WALK metres apart.
    """

    def __init__(self, store: Store, area: Geometry):
        routes = store.overlapping(area, "place", ROUTES)
        self.routes = {route.id: route for route in routes}
        calls = [(route.id, edge) for route in routes for edge in sorted(route.edges, key=lambda edge: edge.order)]
        calls = [(id, edge) for id, edge in calls if edge.role == "stop"]
        keys = list(dict.fromkeys((edge.modality, edge.id) for _, edge in calls))
        self.stops = {record.id: record for record in store.get_many(keys)}
        self.calls: dict[str, list[tuple[str, int]]] = {}  # route → (stop, its number on the route)
        self.at: dict[str, list[tuple[str, int]]] = {}  # stop → (route, where in its calls)
        for id, edge in calls:
            before = self.calls.setdefault(id, [])
            name, last = self.stops[edge.id].name, self.stops[before[-1][0]] if before else None
            same = last is not None and bool(name) and last.name == name
            self.at.setdefault(edge.id, []).append((id, len(before)))
            before.append((edge.id, before[-1][1] + (not same) if before else 0))
        self._walks: dict[str, list[str]] | None = None

    def walks(self, stop: str) -> list[str]:
        """The stops one walks to from a stop, itself among them."""
        if self._walks is None:
            ids = [id for id, record in self.stops.items() if record.point is not None]
            self._walks = {id: [id] for id in self.stops}
            for one, other in _near([self.stops[id].point for id in ids]):
                self._walks[ids[one]].append(ids[other])
        return self._walks[stop]

    def trips(self, starts: Iterable[str], goals: Iterable[str], changes: int, limit: int) -> list[Trip]:
        """The trips with the fewest changes from any of the starts to any of the goals, those with fewer stops first.

        Breadth-first by legs: every stop is reached with as few changes as possible.
        """
        wanted = set(goals)
        ways: list[tuple[str, tuple[Leg, ...]]] = [(id, ()) for id in starts if id in self.stops]
        reached, ridden, found = {id for id, _ in ways}, set(), []
        for _ in range(changes + 1):
            further: list[tuple[str, tuple[Leg, ...]]] = []
            for here, legs in ways:
                for route, place in self.at.get(here, ()):
                    if (route, place) in ridden:
                        continue
                    ridden.add((route, place))
                    for stop, passed in self._rides(route, place):
                        trip = (*legs, Leg(self.routes[route], self.stops[here], self.stops[stop], passed))
                        if stop in wanted:
                            found.append(Trip(trip))
                        elif stop not in reached:
                            across = [id for id in self.walks(stop) if id not in reached]
                            reached |= {stop, *across}
                            further += [(id, trip) for id in across]
            if found:
                break
            ways = further
        found.sort(key=lambda trip: (trip.changes, trip.stops))
        apart = {trip.lines: trip for trip in reversed(found)}  # of the variants of a line, the shortest
        return [trip for trip in found if apart[trip.lines] is trip][:limit]

    def _rides(self, route: str, place: int) -> list[tuple[str, int]]:
        """The later stops of a route, each with how many stops it is away."""
        calls = self.calls[route]
        number = calls[place][1]
        return [(stop, later - number) for stop, later in calls[place + 1 :] if later > number]


def _near(points: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """The pairs of points (lon, lat) at most WALK metres apart, both ways."""
    if not points:
        return
    lon, lat = np.array(points).T
    degrees = WALK / 110_500 / np.cos(np.radians(np.clip(lat, -85, 85)))  # at least WALK metres, in every direction
    tree = shapely.STRtree(shapely.points(lon, lat))
    one, other = tree.query(shapely.points(lon, lat), predicate="dwithin", distance=degrees)
    metres = geodesics(lon[one], lat[one], lon[other], lat[other])
    close = (metres <= WALK) & (one != other)
    yield from zip(one[close].tolist(), other[close].tolist(), strict=True)
