"""Pictures: held as files, seen by a frozen vision model, with the place and date of the camera nested in them."""

from omnimodal.encoders.image.encoder import ImageEncoder
from omnimodal.encoders.image.entity import Image

__all__ = ["Image", "ImageEncoder"]
