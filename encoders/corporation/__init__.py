"""Companies: records of text fields and nested entities."""

from omnimodal.encoders.corporation.encoder import CorporationEncoder
from omnimodal.encoders.corporation.entity import Corporation

__all__ = ["Corporation", "CorporationEncoder"]
