"""What tags say of other modalities: the date on which a place opened, and pictures of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from omnimodal import registry
from omnimodal.encoders.place.entity import Place
from omnimodal.entity import Entity
from omnimodal.errors import InvalidEntityError, StoreError

DATES = ("start_date", "opening_date")
IMAGES = ("image", "wikimedia_commons")
# Written-out dates, and not "last summer", which would be another day every day
_date = re.compile(r"(?:(?:before|after|early|mid|late) )?\d[\dX./~?-]*s?")


def opened(place: Place) -> Entity | None:
    """Its `opened`, else the Date of its tag start_date or opening_date, or None where no date can be read there."""
    if place.opened is not None:
        return place.opened
    said = (place.tags[key] for key in DATES if key in place.tags)
    return next((date for text in said if (date := _read(text.strip())) is not None), None)


@lru_cache(maxsize=1 << 14)
def _read(text: str) -> Entity | None:
    """A tag's value as a Date. OpenStreetMap writes ~1850 and 1850..1860 for EDTF's 1850~ and 1850/1860."""
    text = re.sub(r"^~\s?(\S+)$", r"\1~", text).replace("..", "/")
    if not _date.fullmatch(text):
        return None
    try:
        return registry.entity_class("Date")(text)
    except InvalidEntityError:
        return None  # stays in the tags, as whatever else is written there


def pictures(place: Place, folder: str | None) -> tuple[Entity, ...]:
    """Its `images`, and those files in `folder` that its tags image and wikimedia_commons name by their last part.

    A tag is free text from anybody: nothing is fetched, and no file outside of `folder` is read, whatever it says.
    Raises StoreError for a folder that is none, InvalidEntityError for a file there that is no picture.
    """
    if folder is None or place.tags.keys().isdisjoint(IMAGES):
        return place.images
    root = Path(folder)
    if not root.is_dir():
        raise StoreError(f"The folder of images {folder!r} is no folder", encoder="place")
    return (*place.images, *(registry.entity_class("Image")(path) for path in dict.fromkeys(_named(place, root))))


def _named(place: Place, root: Path) -> Iterator[Path]:
    """The files in `root` itself that tags name: "File:Town hall.jpg" as "Town hall.jpg" or "Town_hall.jpg"."""
    for value in ";".join(place.tags.get(key, "") for key in IMAGES).split(";"):
        name = re.split(r"[/\\:]", unquote(value.strip()).split("?")[0])[-1]
        for spelled in dict.fromkeys((name, name.replace(" ", "_"), name.replace("_", " "))):
            path = root / spelled
            if name.strip(".") and "\0" not in name and path.is_file() and path.resolve().parent == root.resolve():
                yield path.resolve()
