"""Places: points, lines and polygons on Earth, with names, tags and the places they lie in."""

from omnimodal.encoders.place.encoder import PlaceEncoder
from omnimodal.encoders.place.entity import Place

__all__ = ["Place", "PlaceEncoder"]
