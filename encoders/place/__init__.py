"""Places: points, lines and polygons on Earth, with names, tags and the places they lie in."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omnimodal.encoders.place.atlas import Atlas
    from omnimodal.encoders.place.encoder import PlaceEncoder
    from omnimodal.encoders.place.entity import Place

__all__ = ["Atlas", "Place", "PlaceEncoder"]
_LAZY = {"Atlas": "atlas", "Place": "entity", "PlaceEncoder": "encoder"}  # questions and imports need no torch


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
