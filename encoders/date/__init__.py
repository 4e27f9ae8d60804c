"""Dates: intervals of time of any granularity, in English, ISO 8601, EDTF and TIMEX3."""

from omnimodal.encoders.date.encoder import DateEncoder
from omnimodal.encoders.date.entity import Date

__all__ = ["Date", "DateEncoder"]
