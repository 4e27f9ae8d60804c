"""Files of JSON, a value a line, as people and programs leave them: what is wrong with a line is told in words."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omnimodal.errors import OmnimodalError


def read_line(line: bytes) -> Any:
    """The value of a line. Raises ValueError, saying what is wrong, for bytes that are no UTF-8 or no JSON.

    A byte order mark before it and a carriage return behind it do no harm; NaN and Infinity, which programs write and
    JSON does not know, are null.
    """
    try:
        return json.loads(text_of(line).rstrip(), parse_constant=lambda name: None)
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg.removesuffix(' at')} at character {error.pos + 1}: it is no JSON") from None
    except RecursionError:
        raise ValueError("it is no JSON that can be read: too many brackets in each other") from None


def is_blank(line: bytes) -> bool:
    """Whether nothing stands in a line, but for a byte order mark."""
    return not line.removeprefix(BOM_UTF8).strip()


def written_line(value: Any) -> bytes:
    """A value as a line. Half a character (a lone surrogate, as ids and names of files may have) is escaped."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def text_of(raw: bytes) -> str:
    """UTF-8 as text, without a byte order mark. Raises ValueError, naming the byte."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.start + len(raw) - len(error.object)
        raise ValueError(f"byte {at + 1} is {raw[at]:#04x}, which is no UTF-8: convert the text to it") from None


def read_text(path: Path) -> str:
    """The text of a file. Raises OmnimodalError, naming it."""
    try:
        return text_of(path.read_bytes())
    except OSError as error:
        raise OmnimodalError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise OmnimodalError(f"{path}: {error}") from error


def read_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """The values of a file's lines, those that are blank left out, each with its number from 1. Raises OmnimodalError,
    naming the file and the line."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not is_blank(line):
                    try:
                        value = read_line(line)
                    except ValueError as error:
                        raise OmnimodalError(f"{path}, line {number}: {error}") from error
                    yield number, value
    except OSError as error:
        raise OmnimodalError(f"{path} cannot be read: {error.strerror}") from error
