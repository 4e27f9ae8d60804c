"""Places: points, lines and polygons on Earth, with names, tags and the places they lie in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omnimodal.encoders.place.encoder import PlaceEncoder
    from omnimodal.encoders.place.entity import Place

__all__ = ["Place", "PlaceEncoder"]


def __getattr__(name: str) -> Any:  # an import of OpenStreetMap files needs no torch
    if name == "Place":
        from omnimodal.encoders.place.entity import Place

        return Place
    if name == "PlaceEncoder":
        from omnimodal.encoders.place.encoder import PlaceEncoder

        return PlaceEncoder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
