"""An expression where it stands in a text."""

from __future__ import annotations

from typing import NamedTuple

from omnimodal.encoders.date.reading import Reading


class Found(NamedTuple):
    """`text[start:end]` says `reading`."""

    start: int
    end: int
    reading: Reading
