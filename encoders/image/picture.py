"""Opening, turning and converting pictures with Pillow, which is imported on first use."""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from omnimodal.errors import InvalidEntityError, OmnimodalWarning

if TYPE_CHECKING:
    import PIL.Image

# EXIF tags: how the camera was held, 1 to 8; the blocks of time and of position
ORIENTATION, EXIF_BLOCK, GPS_BLOCK = 0x0112, 0x8769, 0x8825


class PictureError(InvalidEntityError):
    """No whole picture of an allowed format and size; the message says why."""


def check(size: int, unit: str, limit: int) -> None:
    if size > limit:
        raise PictureError(f"{size:,} {unit}, the limit is {limit:,}")


def read(path: str | bytes, max_bytes: int) -> bytes:
    """The bytes of a local file, its size checked before it is read. Raises PictureError."""
    name = os.fsdecode(path)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", name):  # one letter is a drive
        raise PictureError("a URL; only local files are read")
    try:
        about = os.stat(name)
        if not stat.S_ISREG(about.st_mode):  # a device or a pipe may never end
            raise PictureError("not a regular file")
        check(about.st_size, "bytes", max_bytes)
        with open(name, "rb") as file:
            return file.read(max_bytes + 1)
    except PictureError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise PictureError(getattr(error, "strerror", None) or str(error)) from error


@contextmanager
def opened(data: bytes, formats: tuple[str, ...], max_pixels: int) -> Iterator[PIL.Image.Image]:
    """The picture in `data`, its size checked by the header, before any pixel is decoded. Raises PictureError."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=formats) as found:
            check(found.width * found.height, "pixels", max_pixels)
            yield found
    except (PictureError, OmnimodalWarning):
        raise
    except UnidentifiedImageError as error:
        raise PictureError(f"not a picture in {', '.join(formats)}") from error
    except Exception as error:  # on damaged bytes Pillow's decoders raise almost anything
        raise PictureError(f"damaged: {error}") from error


def as_png(source: PIL.Image.Image, max_pixels: int) -> bytes:
    """A Pillow image as PNG, its EXIF kept. Raises PictureError where it is too large or cannot be read to its end."""
    check(source.width * source.height, "pixels", max_pixels)
    try:
        shown = source if source.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16") else _eight_bit(source)
        file = io.BytesIO()
        exif = source.getexif()
        said = exif or exif.get_ifd(EXIF_BLOCK) or exif.get_ifd(GPS_BLOCK)  # one with blocks alone counts as empty
        shown.save(file, "PNG", compress_level=1, exif=exif.tobytes() if said else b"")
    except Exception as error:
        raise PictureError(f"cannot be saved as PNG: {error}") from error
    return file.getvalue()


def upright_size(source: PIL.Image.Image) -> tuple[int, int]:
    return source.size if _orientation(source) < 5 else (source.height, source.width)


def upright_rgb(source: PIL.Image.Image, longest: int | None = None) -> PIL.Image.Image:
    """The picture turned upright, in RGB, on white where transparent, its longer side at most `longest` pixels."""
    from PIL import Image

    if longest is not None:
        source.draft(
            None, (longest, longest)
        )  # a JPEG is decoded at an eighth, a quarter or a half where that is enough
    source.load()
    turn = _orientation(source)  # after `load`: Pillow turns a TIFF there, and drops the tag
    shown = _eight_bit(source)
    if longest is not None and max(shown.size) > longest:
        shown.thumbnail((longest, longest), Image.Resampling.BICUBIC, reducing_gap=2.0)
    ways = Image.Transpose
    turns = {
        2: ways.FLIP_LEFT_RIGHT,
        3: ways.ROTATE_180,
        4: ways.FLIP_TOP_BOTTOM,
        5: ways.TRANSPOSE,
        6: ways.ROTATE_270,
        7: ways.TRANSVERSE,
        8: ways.ROTATE_90,
    }
    return shown.transpose(turns[turn]) if turn in turns else shown


def _orientation(source: PIL.Image.Image) -> int:
    try:
        found = source.getexif().get(ORIENTATION, 1)
    except Exception:  # a damaged EXIF block, whatever Pillow raises on it: the pixels are as good as without one
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _eight_bit(source: PIL.Image.Image) -> PIL.Image.Image:
    """A copy in RGB. Transparent pictures are laid on white; deep ones (16 bit, float) are spread over 0..255."""
    import numpy as np
    from PIL import Image

    if source.mode[0] in "IF":
        deep = np.nan_to_num(np.asarray(source, dtype=np.float64), posinf=0.0, neginf=0.0)
        low, high = deep.min(), deep.max()
        source = Image.fromarray(((deep - low) * (255 / (high - low or 1))).astype(np.uint8))
    if source.has_transparency_data:
        shown = source.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown).convert("RGB")
    return source.convert("RGB")
