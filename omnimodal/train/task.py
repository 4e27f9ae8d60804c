"""A task makes questions about entities, as many as wanted. Each modality's tasks live in its own room."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

from omnimodal.entity import Entity

Split = Literal["train", "test"]
Part = str | Entity
E = TypeVar("E", bound=Entity)
Draw = Callable[[Callable[[], E]], E]


@dataclass(frozen=True)
class Example:
    """A question as typed parts, and its answer, which begins with a space where one is wanted before it.

    `choices` are the possible answers of a closed question, the right one among them; empty for an open one.
    """

    task: str
    parts: tuple[Part, ...]
    answer: str
    choices: tuple[str, ...] = ()

    @property
    def entities(self) -> tuple[Entity, ...]:
        return tuple(part for part in self.parts if isinstance(part, Entity))


class Task(ABC):
    """A family of generated questions."""

    name: ClassVar[str] = ""

    @abstractmethod
    def example(self, rng: random.Random, draw: Draw) -> Example:
        """One question. Every entity comes out of `draw(make)`, which calls `make` until the entity is in the split."""

    def generate(self, n: int, split: Split, seed: int) -> list[Example]:
        """n questions on the entities of one split; the same for the same arguments."""
        rng = random.Random(f"{self.name}/{split}/{seed}")
        return [self.example(rng, drawing_from(split)) for _ in range(n)]


def split_of(entity: Entity) -> Split:
    """Where an entity belongs, by its content key: a fifth is kept for testing, whatever the task and the seed."""
    return "test" if int(entity.key[:8], 16) % 5 == 0 else "train"


def drawing_from(split: Split) -> Draw:
    """A `draw` that keeps to one split. Raises ValueError where 1,000 tries give no entity of it."""

    def draw(make: Callable[[], E]) -> E:
        for _ in range(1000):
            entity = make()
            if split_of(entity) == split:
                return entity
        raise ValueError(f"1,000 tries gave no entity of the {split} split; the last was {entity!r}")

    return draw


def one_of(rng: random.Random, items: Sequence[E]) -> Callable[[], E]:
    """A `make` for `draw` that picks from a fixed pool."""
    return lambda: rng.choice(items)
