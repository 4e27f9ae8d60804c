"""Entities → vectors, nested ones first, in batches.

`plan` runs on the host: it gathers the entities and all that is nested in them, merges equal ones, and featurizes them.
`run` is the trainable part: one forward call per (level, modality), however many entities there are.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from omnimodal.cache import FeatureCache
from omnimodal.encoder import Encoder, Features, Nested, role_id
from omnimodal.entity import Child, Entity, Link
from omnimodal.errors import EncodingError, OmnimodalError, OmnimodalWarning, StoreError, UnknownNameError
from omnimodal.registry import unknown
from omnimodal.store import Store


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


@dataclass
class _Graph:
    """Entities and what is nested in them, equal ones merged: same content and same children make one node."""

    encoders: Mapping[str, Encoder]
    store: Store | None
    max_depth: int
    nodes: list[_Node] = field(default_factory=list)
    dropped: int = 0
    cut: int = 0
    _ids: dict[tuple, int] = field(default_factory=dict)
    _children: dict[str, list[tuple[str, Entity]]] = field(default_factory=dict)
    _reach: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)
    _done: dict[tuple, int] = field(default_factory=dict)
    _linked: dict[Link, Entity] = field(default_factory=dict)

    def add(self, entity: Entity, above: frozenset[str] = frozenset(), path: str = "", depth: int = 0) -> int:
        """The node of an entity that is nested in the entities `above` (content keys)."""
        # What hangs below depends on how much depth is left, and on which of the entities above it would meet again.
        state = (entity.key, depth, above & self._reachable(entity, self.max_depth - depth, path))
        if state in self._done:
            return self._done[state]
        here = path or entity.modality
        children = []
        for role, child in self._children_of(entity, here):
            if child.key in above or child.key == entity.key:
                self.cut += 1
            elif depth == self.max_depth:
                self.dropped += 1
            else:
                below = f"{here} > {role}/{child.modality}"
                children.append((role, self.add(child, above | {entity.key}, below, depth + 1)))
        identity = (entity.key, tuple(children))
        if identity not in self._ids:
            self._ids[identity] = len(self.nodes)
            level = 1 + max((self.nodes[node].level for _, node in children), default=-1)
            self.nodes.append(_Node(entity, tuple(children), level))
        self._done[state] = self._ids[identity]
        return self._ids[identity]

    def _children_of(self, entity: Entity, path: str) -> list[tuple[str, Entity]]:
        if entity.key not in self._children:
            found: list[tuple[str, Entity]] = []
            try:
                for role, given in self._encoder(entity).children(entity).items():
                    for child in given if isinstance(given, Sequence) else [given]:
                        found.append((role, self._follow(child)))
            except OmnimodalError as error:
                error.at(encoder=entity.modality, path=path)
                raise
            self._children[entity.key] = found
        return self._children[entity.key]

    def _reachable(self, entity: Entity, depth: int, path: str) -> frozenset[str]:
        """Content keys of all that is nested in an entity down to `depth`."""
        if depth < 0:
            return frozenset()
        if (entity.key, depth) not in self._reach:
            below = self._children_of(entity, path or entity.modality)
            keys = {child.key for _, child in below}
            deeper = (self._reachable(child, depth - 1, path) for _, child in below) if depth else ()
            self._reach[entity.key, depth] = frozenset(keys).union(*deeper)
        return self._reach[entity.key, depth]

    def _follow(self, child: Child) -> Entity:
        if isinstance(child, Entity):
            self._encoder(child)
            return child
        if not isinstance(child, Link):
            raise EncodingError(f"children gave a {type(child).__name__}, which is no entity and no link")
        if child not in self._linked:
            if self.store is None:
                raise StoreError(f"No store to look up {child.modality} {child.id!r} in")
            encoder = self.encoders.get(child.modality)
            if encoder is None:
                raise UnknownNameError(unknown("modality", child.modality, sorted(self.encoders)))
            self._linked[child] = encoder.from_record(self.store.get(child.modality, child.id))
        return self._linked[child]

    def _encoder(self, entity: Entity) -> Encoder:
        if entity.modality not in self.encoders:
            raise UnknownNameError(unknown("modality", entity.modality, sorted(self.encoders)))
        return self.encoders[entity.modality]


def nested(entity: Entity, encoders: Mapping[str, Encoder], store: Store | None = None) -> list[tuple[str, Entity]]:
    """(role, entity) of what is nested directly in an entity, links followed. Raises as `plan` does."""
    return _Graph(encoders, store, 0)._children_of(entity, entity.modality)


def plan(
    entities: Sequence[Entity],
    encoders: Mapping[str, Encoder],
    store: Store | None = None,
    cache: FeatureCache | None = None,
    max_depth: int = 3,
) -> Plan:
    """What to compute for these entities. A child that closes a cycle is cut; beyond `max_depth` children are left out,
    counted, and warned of.

    Raises the encoder's error, with its name and the path through nested entities; UnknownNameError for a modality
    without an encoder; StoreError for a link to nowhere.
    """
    cache = cache or FeatureCache()
    graph = _Graph(encoders, store, max_depth)
    wanted = [graph.add(entity) for entity in entities]
    if graph.dropped:
        warnings.warn(
            f"{graph.dropped} nested entities beyond max_depth={max_depth} left out", OmnimodalWarning, stacklevel=2
        )

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
        features = cache.features(encoders[modality], [node.entity for node in nodes])
        mask = _padded([[1] * len(row) for row in children]).bool()
        groups.append(Group(modality, features, _padded(children), _padded(roles), mask))
    roots: dict[str, list[int]] = {}
    for entity, i in zip(entities, wanted, strict=True):
        roots.setdefault(entity.modality, []).append(place[i])
    return Plan(tuple(groups), {m: torch.tensor(p) for m, p in sorted(roots.items())}, graph.dropped, graph.cut)


def run(plan: Plan, encoders: Mapping[str, Encoder]) -> dict[str, Tensor]:
    """Modality → [roots of it, t, dim], in the order the entities were given. Differentiable."""
    outputs: dict[str, list[Tensor]] = {}
    pooled: list[Tensor] = []  # per group [n, dim]
    for group in plan.groups:
        encoder, n = encoders[group.modality], len(group.children)
        if group.children.shape[1]:
            vectors = torch.cat(pooled)[group.children] * group.mask[..., None]  # [n, c, dim]
        else:
            vectors = torch.zeros(n, 0, encoder.dim, device=group.children.device)
        try:
            out = encoder(group.features, Nested(vectors, group.roles, group.mask))
        except OmnimodalError as error:
            error.at(encoder=group.modality)
            raise
        except Exception as error:
            raise EncodingError(f"forward failed on {n} entities: {error}", encoder=group.modality) from error
        if tuple(out.shape) != (n, encoder.tokens, encoder.dim):
            wanted = [n, encoder.tokens, encoder.dim]
            raise EncodingError(f"forward gave {list(out.shape)}, [n, tokens, dim] is {wanted}", encoder=group.modality)
        outputs.setdefault(group.modality, []).append(out)
        pooled.append(out.mean(dim=1))
    return {m: torch.cat(outputs[m]).index_select(0, rows) for m, rows in plan.roots.items()}


def encode(
    entities: Sequence[Entity],
    encoders: Mapping[str, Encoder],
    store: Store | None = None,
    cache: FeatureCache | None = None,
    max_depth: int = 3,
) -> dict[str, Tensor]:
    """`plan` and `run` in one: modality → [entities of it, t, dim], in the order given."""
    return run(plan(entities, encoders, store, cache, max_depth), encoders)


def _padded(rows: list[list[int]]) -> Tensor:
    width = max(map(len, rows), default=0)
    return torch.tensor([row + [0] * (width - len(row)) for row in rows], dtype=torch.long).view(len(rows), width)
