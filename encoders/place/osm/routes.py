"""Relations of routes → their stops in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from omnimodal.encoders.place.osm.read import Relation
from omnimodal.store.base import Edge

_plain = ("", "forward", "backward")  # roles of nodes in routes of the older kind


def edges(relations: Mapping[str, Relation], name_of: Callable[[str], str | None]) -> dict[str, list[Edge]]:
    """{id: edges} "stop" of routes to their stops, and "route" of stops to their routes."""
    found: dict[str, list[Edge]] = {}
    for route, relation in relations.items():
        halts = stops(relation, name_of)
        found.setdefault(route, []).extend(halts)
        for stop in dict.fromkeys(edge.id.removeprefix("osm:") for edge in halts):
            calls = found.setdefault(stop, [])
            calls.append(Edge("route", "place", f"osm:{route}", len(calls)))
    return found


def stops(relation: Relation, name_of: Callable[[str], str | None]) -> tuple[Edge, ...]:
    """The stops of a route as edges "stop"; `name_of` tells the name of a kept thing ("n1"), None of any other.

    A route lists where the vehicle halts and where passengers wait: a platform right after its halt has the same
    `order`, so that a line is asked about by either. `note` is the member's role.
    """
    if relation.tags.get("type") != "route":
        return ()
    found: list[Edge] = []
    halts: dict[str, int] = {}  # name → order
    last, halt = -1, None
    for type, ref, role in relation.members:
        id = f"{type}{ref}"
        waiting = role.startswith("platform")
        if not (waiting or "stop" in role or (type == "n" and role in _plain)):
            continue
        name = name_of(id)
        if waiting and halt is not None and halt in ("", name or halt):
            order = last
        elif waiting and name in halts:  # some list all halts, then all platforms
            order = halts[name]
        else:
            order = last = last + 1  # a stop that is not in the file keeps its number
        halt = None if waiting else name or ""
        if halt:
            halts[halt] = order
        if name is not None:
            found.append(Edge("stop", "place", f"osm:{id}", order, role))
    return tuple(found)
