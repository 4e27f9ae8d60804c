"""An expression where it stands in a text."""

from __future__ import annotations

from typing import NamedTuple

from omnimodal.encoders.date.reading import Reading


class Found(NamedTuple):
    """`text[start:end]` says `reading`."""

    start: int
    end: int
    reading: Reading


def led(text: str, at: int) -> bool:
    """Whether a word may stand right before `at` and lead to what stands there; a comma or a bracket leads nowhere."""
    last, before = text[at - 1 : at], text[at - 2 : at - 1] if at > 1 else ""
    return last in ("-", ".") or (
        last.isspace() and (before.isalnum() or before.isspace() or before in (".", "-", "–"))
    )
