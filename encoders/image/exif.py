"""Where and when a picture was taken, as its EXIF block says (CIPA DC-008, "Exif 2.32")."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from omnimodal.encoders.image.picture import EXIF_BLOCK, GPS_BLOCK
from omnimodal.errors import OmnimodalWarning

if TYPE_CHECKING:
    import PIL.Image

TIME_ORIGINAL, TIME_DIGITIZED = 0x9003, 0x9004
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 1, 2, 3, 4


@dataclass(frozen=True)
class Taken:
    """`at` is (longitude, latitude) in degrees, WGS 84; `on` the local time by the camera's clock, ISO 8601."""

    at: tuple[float, float] | None = None
    on: str | None = None


def taken(source: PIL.Image.Image, name: str) -> Taken:
    """Place and time of a picture. What is there but makes no sense is left out with an OmnimodalWarning."""
    try:
        block = source.getexif()
        gps, about = dict(block.get_ifd(GPS_BLOCK)), dict(block.get_ifd(EXIF_BLOCK))
    except Exception as error:  # a damaged block, whatever Pillow raises on it
        _left_out(name, "EXIF block", error)
        return Taken()
    return Taken(_position(gps, name), _time(about, name))


def _position(gps: Mapping[int, Any], name: str) -> tuple[float, float] | None:
    if LATITUDE not in gps or LONGITUDE not in gps:
        return None
    try:
        latitude = _degrees(gps[LATITUDE], gps.get(LATITUDE_REF, "N"), "NS", 90)
        longitude = _degrees(gps[LONGITUDE], gps.get(LONGITUDE_REF, "E"), "EW", 180)
    except (TypeError, ValueError, ZeroDivisionError) as error:
        _left_out(name, "EXIF position", error)
        return None
    return longitude, latitude


def _degrees(parts: Any, side: Any, sides: str, limit: float) -> float:
    """(degrees, minutes, seconds) and the side of the globe → signed degrees."""
    value = sum(float(part) / 60**i for i, part in enumerate(parts))
    letter = str(side).strip("\0 ").upper()
    if letter not in (sides[0], sides[1]) or not (math.isfinite(value) and 0 <= value <= limit):
        raise ValueError(f"{parts} {side!r}")
    return -value if letter == sides[1] else value


def _time(about: Mapping[int, Any], name: str) -> str | None:
    for tag in (TIME_ORIGINAL, TIME_DIGITIZED):
        text = str(about.get(tag, "")).strip("\0 ")
        if not text.strip(" :0"):  # the standard's blanks, and many cameras' zeros, mean "unknown"
            continue
        try:
            return datetime.strptime(text, "%Y:%m:%d %H:%M:%S").isoformat()
        except ValueError as error:
            _left_out(name, "EXIF time", error)
    return None


def _left_out(name: str, what: str, error: Exception) -> None:
    warnings.warn(f"Image {name}: {what} left out: {error}", OmnimodalWarning, stacklevel=4)
