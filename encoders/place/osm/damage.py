"""Where a file that cannot be read is broken: the last object before the fault, or the object that has it."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.parsers import expat

LONGEST = 1024  # bytes of a key, a value or a role: what OpenStreetMap allows in 256 characters, and osmium reads
_openers: dict[str, Callable[[Path], Any]] = {".gz": gzip.open, ".bz2": bz2.open}


def place_of_damage(path: Path) -> str:
    """ "in node 7 (line 12)", "after way 5" or "at its beginning"."""
    if path.name.endswith((".osm", ".osm.gz", ".osm.bz2", ".osm.xml")) and (found := _in_xml(path)):
        return found
    return _last_object(path)


def _last_object(path: Path) -> str:
    """The last object that osmium reads before it gives up; files are read in blocks of some thousands."""
    import osmium

    last = None
    with suppress(RuntimeError, ValueError, osmium.InvalidLocationError):  # the fault that brought us here
        for thing in osmium.FileProcessor(str(path)):
            last = thing.type_str(), thing.id
    names = {"n": "node", "w": "way", "r": "relation"}
    return f"after {names.get(last[0], 'object')} {last[1]}" if last else "at its beginning"


def _in_xml(path: Path) -> str:
    """The object in which XML says what no object can be; "" where the file ends or breaks off elsewhere."""
    parser = expat.ParserCreate()
    current, found = "", ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal current, found
        if tag in ("node", "way", "relation"):
            current = f"{tag} {attributes.get('id')}"
        texts = [attributes.get(key, "") for key in ("k", "v", "role")]
        if not found and (any(len(text.encode()) > LONGEST for text in texts) or _nowhere(attributes)):
            found = f"in {current} (line {parser.CurrentLineNumber})"

    parser.StartElementHandler = start
    try:
        with _openers.get(path.suffix, lambda p: p.open("rb"))(path) as file:
            while not found and (block := file.read(1 << 20)):
                parser.Parse(block, False)
            if not found:
                parser.Parse(b"", True)
    except (expat.ExpatError, OSError, EOFError):
        found = found or (f"after {current} (line {parser.CurrentLineNumber})" if current else "")
    return found


def _nowhere(attributes: dict[str, str]) -> bool:
    """Whether a coordinate is no number, or one that does not fit osmium's 32 bits."""
    try:
        return any(not abs(float(attributes.get(key, "0"))) <= 214 for key in ("lat", "lon"))
    except ValueError:
        return True
