"""Questions about drawn pictures. The answer is chosen first, evenly; then a picture of it is drawn in the split."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import ClassVar

from omnimodal.encoders.image.draw import ATTRIBUTES, KINDS, Picture, clock, shapes
from omnimodal.encoders.image.entity import Image
from omnimodal.train.task import Draw, Example, Task


class _Shown(Task):
    """Which value of `attribute` does a picture of this kind show?"""

    attribute: ClassVar[str]
    kind: ClassVar[Callable[..., Picture]]
    question: ClassVar[str]

    def example(self, rng: random.Random, draw: Draw) -> Example:
        kind = type(self).kind
        shown = {name: rng.choice(ATTRIBUTES[name]) for name in KINDS[kind]}
        image = draw(lambda: Image(kind(rng, **shown)))
        choices = tuple(f" {value}" for value in ATTRIBUTES[self.attribute])
        return Example(self.name, (image, self.question), f" {shown[self.attribute]}", choices)


class Shape(_Shown):
    name, attribute, kind, question = "image/shape", "shape", staticmethod(shapes), " Shape:"


class Colour(_Shown):
    name, attribute, kind, question = "image/colour", "colour", staticmethod(shapes), " Colour:"


class Count(_Shown):
    name, attribute, kind, question = "image/count", "count", staticmethod(shapes), " How many?"


class Hour(_Shown):
    name, attribute, kind, question = "image/hour", "hour", staticmethod(clock), " Hour:"
