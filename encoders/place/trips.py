"""Trips by public transport: which routes to take between two stops, with the fewest changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from omnimodal.store import Edge, Record, Store

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


def trips(store: Store, starts: Sequence[Record], goals: Sequence[Record], changes: int, limit: int) -> list[Trip]:
    """The trips with the fewest changes from any of the starts to any of the goals, those with fewer stops first.

    Breadth-first over routes: every stop is reached once, with as few changes as possible. A route is ridden in the
    order of its stops; one changes at a stop, and between stops at most WALK metres or one name apart.
    """
    return _Search(store, {goal.id for goal in goals}, changes, limit).run(starts)


class _Search:
    def __init__(self, store: Store, goals: set[str], changes: int, limit: int):
        self.store, self.goals, self.changes, self.limit = store, goals, changes, limit
        self.routes: dict[str, list[tuple[int, Record]]] = {}  # route id → its stops in order

    def run(self, starts: Sequence[Record]) -> list[Trip]:
        ways: deque[tuple[Record, tuple[Leg, ...]]] = deque((start, ()) for start in starts)
        reached = {start.id for start in starts}
        ridden: set[tuple[str, int]] = set()
        found: list[Trip] = []
        while ways:
            here, legs = ways.popleft()
            if found and len(legs) > found[0].changes:
                break  # all trips with as few changes are found
            if len(legs) > self.changes:
                break
            for route, edge in self.store.referrers("place", here.id, "stop"):
                for leg in self._rides(route, edge, here, ridden):
                    trip = (*legs, leg)
                    if leg.goal.id in self.goals:
                        found.append(Trip(trip))
                    elif leg.goal.id not in reached:
                        reached.add(leg.goal.id)
                        ways.append((leg.goal, trip))
                        ways.extend((stop, trip) for stop in self._across(leg.goal, reached))
        found.sort(key=lambda trip: (trip.changes, trip.stops))
        apart = {trip.lines: trip for trip in reversed(found)}  # of the variants of a line, the shortest
        return [trip for trip in found if apart[trip.lines] is trip][: self.limit]

    def _rides(self, route: Record, at: Edge, here: Record, ridden: set[tuple[str, int]]) -> list[Leg]:
        """The rides on a route from a stop to each later one."""
        if (route.id, at.order) in ridden:
            return []
        ridden.add((route.id, at.order))
        legs, passed, name = [], 0, here.name
        for order, stop in self._stops(route):
            if order <= at.order or stop.id == here.id:
                continue
            passed += not (name and stop.name == name)  # a relation names the platform beside the place on the track
            name = stop.name
            if passed:
                legs.append(Leg(route, here, stop, passed))
        return legs

    def _stops(self, route: Record) -> list[tuple[int, Record]]:
        if route.id not in self.routes:
            edges = sorted((edge for edge in route.edges if edge.role == "stop"), key=lambda edge: edge.order)
            records = self.store.get_many([(edge.modality, edge.id) for edge in edges])
            self.routes[route.id] = [(edge.order, record) for edge, record in zip(edges, records, strict=True)]
        return self.routes[route.id]

    def _across(self, stop: Record, reached: set[str]) -> list[Record]:
        """The stops one walks to from a stop to change: on the other side of the road, at the same station."""
        if stop.point is None:
            return []
        same = lambda r: r.id not in reached and bool(self.store.referrers("place", r.id, "stop"))  # noqa: E731
        found = [near.record for near in self.store.near(*stop.point, "place", (), None, WALK, same)]
        reached |= {record.id for record in found}
        return found
