"""Numbers: quantities, percentages, ordinals, fractions and ranges, with units and currencies."""

from omnimodal.encoders.number.decode import NumberDecoder
from omnimodal.encoders.number.detect import find, parse
from omnimodal.encoders.number.encoder import NumberEncoder
from omnimodal.encoders.number.entity import Number

__all__ = ["Number", "NumberDecoder", "NumberEncoder", "find", "parse"]
