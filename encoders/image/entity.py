"""Image: a picture, held as the bytes of its file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

from omnimodal.encoders.image import exif, picture
from omnimodal.entity import Entity
from omnimodal.errors import InvalidEntityError

if TYPE_CHECKING:
    import PIL.Image

    Source = str | os.PathLike[str] | bytes | bytearray | memoryview | PIL.Image.Image


@dataclass(frozen=True, init=False, repr=False)
class Image(Entity):
    """A picture, from a local file, the bytes of one, or a `PIL.Image.Image` (kept as PNG).

        >>> Image("tower.jpg", caption="the tower")   # doctest: +SKIP
        Image(JPEG, 3024 × 4032, 2411033 bytes, 'the tower')

    The file is read and decoded once, here, so that an Image in hand is a whole picture. Two are equal when their bytes
    are; the caption is the text that stands for the picture and no part of what it says. `width` and `height` are those
    of the upright picture. Raises InvalidEntityError, naming the file, for one that is missing, of no format in
    `FORMATS`, damaged, or larger than `MAX_BYTES` or `MAX_PIXELS` (both checked before anything is decoded), and for a
    URL: nothing is ever fetched.
    """

    modality = "image"
    MAX_BYTES: ClassVar[int] = 32 << 20
    MAX_PIXELS: ClassVar[int] = 50_000_000
    FORMATS: ClassVar[tuple[str, ...]] = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")

    data: bytes
    caption: str = ""

    def __init__(self, data: Source, *, caption: str = ""):
        name = _name(data)
        try:
            if not isinstance(caption, str):
                raise picture.PictureError(f"its caption is {caption!r}, not a string")
            encoded = self._encoded(data)
            with picture.opened(encoded, self.FORMATS, self.MAX_PIXELS) as found:
                found.load()
                size, form = picture.upright_size(found), found.format
        except picture.PictureError as error:
            raise InvalidEntityError(f"No image {name}: {error}", encoder="image") from error
        values = {"data": encoded, "caption": caption, "_name": name, "_size": size, "_format": form}
        for field, value in values.items():
            object.__setattr__(self, field, value)

    @classmethod
    def _encoded(cls, source: Any) -> bytes:
        if isinstance(source, (bytes, bytearray, memoryview)):
            encoded = bytes(source)
        elif isinstance(source, (str, os.PathLike)):
            encoded = picture.read(os.fspath(source), cls.MAX_BYTES)
        elif _is_pillow(source):
            encoded = picture.as_png(source, cls.MAX_PIXELS)
        else:
            raise picture.PictureError(f"neither path, bytes nor PIL image but {type(source).__name__}")
        picture.check(len(encoded), "bytes", cls.MAX_BYTES)
        return encoded

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Self:
        """The inverse of `content`. Takes bytes only: a record or a request never opens a file."""
        if not isinstance(content.get("data"), bytes) or set(content) - {"data", "caption"}:
            raise InvalidEntityError("The content of an image is 'data', bytes, and 'caption'", encoder="image")
        return cls(content["data"], caption=content.get("caption", ""))

    @cached_property
    def key(self) -> str:
        """Content key: a hash of the bytes alone."""
        return hashlib.blake2b(b"image\0" + self.data, digest_size=16).hexdigest()

    @property
    def surface(self) -> str:
        return self.caption

    @property
    def label(self) -> str:
        """Its caption, and what file it is: "the tower (JPEG, 3024 × 4032)"."""
        file = f"{self.format}, {self.width} × {self.height}"
        return f"{self.caption} ({file})" if self.caption else file

    @property
    def format(self) -> str:
        """PNG, JPEG, …"""
        return self.__dict__["_format"]

    @property
    def width(self) -> int:
        return self.__dict__["_size"][0]

    @property
    def height(self) -> int:
        return self.__dict__["_size"][1]

    @cached_property
    def taken(self) -> exif.Taken:
        """Where and when the camera says that the picture was taken."""
        with picture.opened(self.data, self.FORMATS, self.MAX_PIXELS) as found:
            return exif.taken(found, self.__dict__["_name"])

    def pixels(self, longest: int | None = None) -> PIL.Image.Image:
        """The upright picture in RGB, on white where it is transparent, its longer side at most `longest` pixels."""
        with picture.opened(self.data, self.FORMATS, self.MAX_PIXELS) as found:
            return picture.upright_rgb(found, longest)

    def __repr__(self) -> str:
        caption = f", {self.caption!r}" if self.caption else ""
        return f"Image({self.format}, {self.width} × {self.height}, {len(self.data)} bytes{caption})"


def _is_pillow(source: Any) -> bool:
    """Is it a PIL.Image.Image? Told without importing PIL."""
    return hasattr(source, "getexif")


def _name(source: Any) -> str:
    """What to call a source in errors and warnings."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return f"<{len(source)} bytes>"
    if _is_pillow(source):
        return f"<PIL image {source.width} × {source.height}>"
    return repr(os.fspath(source)) if isinstance(source, os.PathLike) else repr(source)
