"""Entities → vectors, nested ones first, in batches.

`plan` runs on the host: it gathers the entities and all that is nested in them, merges equal ones, and featurizes them.
`run` is the trainable part: one forward call per (level, modality), however many entities there are.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from omnimodal.cache import FeatureCache
from omnimodal.encoder import Encoder, Features, Nested, role_id
from omnimodal.entity import Child, Entity, Link
from omnimodal.errors import EncodingError, OmnimodalError, OmnimodalWarning, StoreError, UnknownNameError
from omnimodal.registry import names, unknown
from omnimodal.store import Record, Store


@dataclass(frozen=True)
class Group:
    """The entities of one modality on one level: features with n rows, and their children as numbers of earlier nodes.

    children, roles [n, c] int64; mask [n, c] bool.
    """

    modality: str
    features: Features
    children: Tensor
    roles: Tensor
    mask: Tensor

    def to(self, device: Any, **kwargs: Any) -> Group:
        move = lambda t: t.to(device, **kwargs)  # noqa: E731
        features = (
            {k: move(v) for k, v in self.features.items()} if isinstance(self.features, dict) else move(self.features)
        )
        return Group(self.modality, features, move(self.children), move(self.roles), move(self.mask))


@dataclass(frozen=True)
class Plan:
    """All that `run` needs. Nodes are numbered in the order of the groups.

    roots: modality → the places of the wanted entities among all nodes of that modality, in the order they were given.
    dropped counts children beyond `max_depth`, cut those that would close a cycle.
    """

    groups: tuple[Group, ...]
    roots: dict[str, Tensor]
    dropped: int = 0
    cut: int = 0

    def to(self, device: Any, **kwargs: Any) -> Plan:
        groups = tuple(group.to(device, **kwargs) for group in self.groups)
        return replace(self, groups=groups, roots={m: t.to(device, **kwargs) for m, t in self.roots.items()})


@dataclass
class _Node:
    entity: Entity
    children: tuple[tuple[str, int], ...]  # (role, node)
    level: int  # 0: nothing nested


class _Graph:
    """Entities and what is nested in them, equal ones merged: same content and same children make one node.

    Entities go by their content keys here. Nothing recurses, so a chain may be as long as `max_depth` allows.
    """

    def __init__(self, encoders: Mapping[str, Encoder], store: Store | None, max_depth: int):
        self.encoders, self.store, self.max_depth = encoders, store, max_depth
        self.nodes: list[_Node] = []
        self.dropped = self.cut = self.unread = 0
        self.absent = {*names()} - {*encoders}  # known modalities that this model was built without
        self.found: dict[str, Entity] = {}
        self._below: dict[str, list[tuple[str, str]]] = {}  # entity → (role, child)
        self._came: dict[str, tuple[str, str]] = {}  # entity → (parent, role): how it was first reached
        self._linked: dict[Link, Entity] = {}
        self._records: dict[tuple[str, str], Record] = {}  # of links that will be followed next

    def add(self, entities: Sequence[Entity]) -> list[int]:
        """The nodes of the entities; those of all that is nested in them come before."""
        self._gather(entities)
        knot = _knots({key: [child for _, child in below] for key, below in self._below.items()})
        # What hangs below an entity depends on the depth that is left, and on those above it that it meets again:
        # its ancestors in the same knot. Outside of cycles there are none, and all ways to an entity are one.
        roots = [(entity.key, frozenset[str]()) for entity in entities]
        levels: list[dict[tuple, list[tuple[str, tuple]]]] = [{state: [] for state in roots}]
        for depth in range(self.max_depth + 1):
            deeper: dict[tuple, list[tuple[str, tuple]]] = {}
            for (key, above), children in levels[depth].items():
                for role, child in self._below[key]:
                    if child == key or child in above:
                        self.cut += 1
                    elif depth == self.max_depth:
                        self.dropped += 1
                    else:
                        state = (child, above | {key} if knot[child] == knot[key] else frozenset())
                        children.append((role, state))
                        deeper[state] = []
            if not deeper:
                break
            levels.append(deeper)

        merged: dict[tuple, int] = {}
        number: dict[tuple, int] = {}  # state → node, of the level below
        for level in reversed(levels):
            here: dict[tuple, int] = {}
            for state, children in level.items():
                nested = tuple((role, number[child]) for role, child in children)
                here[state] = merged.setdefault((state[0], nested), len(self.nodes))
                if here[state] == len(self.nodes):
                    height = 1 + max((self.nodes[node].level for _, node in nested), default=-1)
                    self.nodes.append(_Node(self.found[state[0]], nested, height))
            number = here
        return [number[state] for state in roots]

    def path(self, entity: Entity) -> str:
        """The way to an entity: `Apple > headquarters/place > population/number`."""
        key, steps = entity.key, []
        while key in self._came:
            above, role = self._came[key]
            steps.append(f"{role}/{self.found[key].modality}")
            key = above
        root = self.found[key]
        return " > ".join([root.surface[:40] or root.modality, *reversed(steps)])

    def _gather(self, entities: Sequence[Entity]) -> None:
        """What is nested in what, level by level, down to the children that are beyond `max_depth`."""
        level = list({entity.key: entity for entity in entities}.values())
        self.found.update((entity.key, entity) for entity in level)
        for _ in range(self.max_depth + 1):
            deeper: list[Entity] = []
            given = [(entity, self._given(entity)) for entity in level]
            self._fetch(child for _, pairs in given for _, child in pairs if isinstance(child, Link))
            for entity, pairs in given:
                below = self._below[entity.key] = []
                for role, child in self._followed(entity, pairs):
                    below.append((role, child.key))
                    if child.key not in self.found:
                        self.found[child.key] = child
                        self._came[child.key] = entity.key, role
                        deeper.append(child)
            if not deeper:
                break
            level = deeper

    def children_of(self, entity: Entity) -> list[tuple[str, Entity]]:
        return self._followed(entity, self._given(entity))

    def _given(self, entity: Entity) -> list[tuple[str, Child]]:
        """What the encoder says is nested in an entity, links as they are."""
        try:
            return [
                (role, child)
                for role, given in self._encoder(entity).children(entity).items()
                for child in (given if isinstance(given, Sequence) else [given])
            ]
        except OmnimodalError as error:
            error.at(encoder=entity.modality, path=self.path(entity))
            raise
        except Exception as error:
            raise EncodingError(
                f"children failed: {type(error).__name__}: {error}", encoder=entity.modality, path=self.path(entity)
            ) from error

    def _fetch(self, links: Iterable[Link]) -> None:
        """The records of a level's links in one question to the store; what is amiss with one is told by `_follow`."""
        keys = {(link.modality, link.id): None for link in links if link.modality in self.encoders}
        new = [key for key in keys if Link(*key) not in self._linked]
        if not new or self.store is None:
            return
        try:
            records = self.store.get_many(new)
        except StoreError:
            return  # one of them is missing: `_follow` asks for them one by one, and knows the way to it
        self._records.update(zip(new, records, strict=True))

    def _followed(self, entity: Entity, given: Sequence[tuple[str, Child]]) -> list[tuple[str, Entity]]:
        """Links followed, modalities without an encoder left out and counted."""
        found: list[tuple[str, Entity]] = []
        for role, child in given:
            modality = getattr(child, "modality", type(child).__name__)
            if modality in self.absent:
                self.unread += 1
                continue
            try:
                nested, encoder = self._follow(child), self._encoder(entity)
                if (inner := self._encoder(nested)).dim != encoder.dim:
                    raise EncodingError(f"Its dim is {inner.dim}, that of {entity.modality} {encoder.dim}")
            except OmnimodalError as error:
                error.at(path=f"{self.path(entity)} > {role}/{modality}", encoder=entity.modality)
                raise
            found.append((role, nested))
        return found

    def _follow(self, child: Child) -> Entity:
        if isinstance(child, Entity):
            return child
        if not isinstance(child, Link):
            raise EncodingError(f"children gave a {type(child).__name__}, which is no entity and no link")
        if child not in self._linked:
            if self.store is None:
                raise StoreError(f"No store to look up {child.modality} {child.id!r} in", encoder=child.modality)
            encoder = self.encoders.get(child.modality)
            if encoder is None:
                raise UnknownNameError(unknown("modality", child.modality, sorted(self.encoders)))
            known = self._records.pop((child.modality, child.id), None)
            record = known or self.store.get(child.modality, child.id)
            try:
                self._linked[child] = encoder.described(record)
            except OmnimodalError as error:
                error.at(encoder=child.modality)
                raise
            except Exception as error:
                raise StoreError(f"The record {child.id!r} is broken: {error}", encoder=child.modality) from error
        return self._linked[child]

    def _encoder(self, entity: Entity) -> Encoder:
        if entity.modality not in self.encoders:
            raise UnknownNameError(unknown("modality", entity.modality, sorted(self.encoders)))
        return self.encoders[entity.modality]


def _knots(edges: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Strongly connected components (Kosaraju): node → a number it shares with all that are on a cycle with it."""
    order: list[str] = []
    seen: set[str] = set()
    for root in edges:
        stack = [] if root in seen else [(root, iter(edges[root]))]
        seen.add(root)
        while stack:
            node, below = stack[-1]
            for child in below:
                if child not in seen:
                    seen.add(child)
                    stack.append((child, iter(edges.get(child, ()))))
                    break
            else:
                order.append(node)
                stack.pop()
    back: dict[str, list[str]] = {}
    for node, children in edges.items():
        for child in children:
            back.setdefault(child, []).append(node)
    knot: dict[str, int] = {}
    for number, root in enumerate(reversed(order)):
        reached = [root]
        while reached:
            node = reached.pop()
            if node not in knot:
                knot[node] = number
                reached += [above for above in back.get(node, ()) if above not in knot]
    return knot


def nested(entity: Entity, encoders: Mapping[str, Encoder], store: Store | None = None) -> list[tuple[str, Entity]]:
    """(role, entity) of what is nested directly in an entity, links followed. Raises as `plan` does."""
    graph = _Graph(encoders, store, max_depth=0)
    graph.found[entity.key] = entity
    return graph.children_of(entity)


def plan(
    entities: Sequence[Entity],
    encoders: Mapping[str, Encoder],
    store: Store | None = None,
    cache: FeatureCache | None = None,
    max_depth: int = 6,
) -> Plan:
    """What to compute for these entities. A child that closes a cycle is cut; children beyond `max_depth`, and those of
    known modalities that are not among `encoders`, are left out, counted, and warned of.

    Raises the encoder's error, with its name and the path through nested entities; UnknownNameError for a modality
    that nobody knows; StoreError for a link to nowhere.
    """
    if max_depth < 0:
        raise ValueError(f"max_depth counts the levels nested in an entity, 0 or more, not {max_depth}")
    cache = cache or FeatureCache()
    graph = _Graph(encoders, store, max_depth)
    wanted = graph.add(entities)
    for count, why in ((graph.dropped, f"beyond max_depth={max_depth}"), (graph.unread, "of modalities not loaded")):
        if count:
            warnings.warn(f"{count} nested entities {why} left out", OmnimodalWarning, stacklevel=2)

    members: dict[tuple[int, str], list[int]] = {}
    for i, node in enumerate(graph.nodes):
        members.setdefault((node.level, node.entity.modality), []).append(i)
    groups: list[Group] = []
    number: dict[int, int] = {}  # node → its number in the order of the groups
    place: dict[int, int] = {}  # node → its place among the nodes of its modality
    seen: dict[str, int] = {}
    for (_, modality), ids in sorted(members.items()):
        for i in ids:
            number[i] = len(number)
            place[i] = seen[modality] = seen.get(modality, -1) + 1
        nodes = [graph.nodes[i] for i in ids]
        children = [[number[child] for _, child in node.children] for node in nodes]
        roles = [[role_id(role) for role, _ in node.children] for node in nodes]
        features = _features(cache, encoders[modality], [node.entity for node in nodes], graph)
        mask = _padded([[1] * len(row) for row in children]).bool()
        groups.append(Group(modality, features, _padded(children), _padded(roles), mask))
    roots: dict[str, list[int]] = {}
    for entity, i in zip(entities, wanted, strict=True):
        roots.setdefault(entity.modality, []).append(place[i])
    return Plan(tuple(groups), {m: torch.tensor(p) for m, p in sorted(roots.items())}, graph.dropped, graph.cut)


def _features(cache: FeatureCache, encoder: Encoder, entities: list[Entity], graph: _Graph) -> Features:
    try:
        return cache.features(encoder, entities)
    except OmnimodalError:
        for entity in entities:  # which one was it?
            try:
                cache.features(encoder, [entity])
            except OmnimodalError as error:
                error.at(path=graph.path(entity))
                raise error from error.__cause__
        raise


def run(plan: Plan, encoders: Mapping[str, Encoder]) -> dict[str, Tensor]:
    """Modality → [roots of it, t, dim], in the order the entities were given. Differentiable.

    Raises EncodingError where a forward fails, or gives another shape, or (looked for on the CPU only, since it would
    stall an accelerator) NaN or infinity.
    """
    outputs: dict[str, list[Tensor]] = {}
    pooled: list[Tensor] = []  # per group [n, dim]
    for group in plan.groups:
        encoder, n = encoders[group.modality], len(group.children)
        if group.children.shape[1]:
            table = torch.cat([p if p.shape[1] == encoder.dim else p.new_zeros(len(p), encoder.dim) for p in pooled])
            vectors = table[group.children] * group.mask[..., None]  # [n, c, dim]
        else:
            vectors = torch.zeros(n, 0, encoder.dim, device=group.children.device)
        try:
            out = encoder(group.features, Nested(vectors, group.roles, group.mask))
        except OmnimodalError as error:
            error.at(encoder=group.modality)
            raise
        except Exception as error:
            raise EncodingError(f"forward failed on {n} entities: {error}", encoder=group.modality) from error
        wanted = [n, encoder.tokens, encoder.dim]
        got = list(out.shape) if isinstance(out, Tensor) else type(out).__name__
        if got != wanted:
            what = f"forward gave {got}; [n, tokens, dim], by the encoder's attributes, is {wanted}"
            raise EncodingError(what, encoder=group.modality)
        if out.device.type == "cpu" and not out.detach().isfinite().all():
            raise EncodingError(f"forward gave NaN or infinity for some of {n} entities", encoder=group.modality)
        outputs.setdefault(group.modality, []).append(out)
        pooled.append(encoder.standard(out.mean(dim=1)))
    return {m: torch.cat(outputs[m]).index_select(0, rows) for m, rows in plan.roots.items()}


def encode(
    entities: Sequence[Entity],
    encoders: Mapping[str, Encoder],
    store: Store | None = None,
    cache: FeatureCache | None = None,
    max_depth: int = 6,
) -> dict[str, Tensor]:
    """`plan` and `run` in one: modality → [entities of it, t, dim], in the order given."""
    return run(plan(entities, encoders, store, cache, max_depth), encoders)


def _padded(rows: list[list[int]]) -> Tensor:
    width = max(map(len, rows), default=0)
    return torch.tensor([row + [0] * (width - len(row)) for row in rows], dtype=torch.long).view(len(rows), width)
