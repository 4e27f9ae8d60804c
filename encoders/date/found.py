"""An expression where it stands in a text."""

from __future__ import annotations

from dataclasses import dataclass

from omnimodal.encoders.date.reading import Reading


@dataclass(frozen=True)
class Found:
    """`text[start:end]` says `reading`."""

    start: int
    end: int
    reading: Reading
