"""Names of modalities and the encoder classes behind them.

Built-ins and plug-ins come in by the same door: the entry-point group `omnimodal.encoders` (and `omnimodal.entities`
for the entity types users import from `omnimodal`, and `omnimodal.commands` for typer apps that become its commands),
or the decorator `@register("name")` in code that is already loaded. Listing names loads nothing; a class is imported
when it is asked for.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from pathlib import Path
from typing import Any, TypeVar

from omnimodal.errors import DuplicateNameError, OmnimodalError, UnknownNameError

ENCODERS, ENTITIES, COMMANDS = "omnimodal.encoders", "omnimodal.entities", "omnimodal.commands"
T = TypeVar("T", bound=type)
_registered: dict[str, Any] = {}  # name → subclass of omnimodal.encoder.Encoder, which is built on this module


def register(name: str) -> Callable[[T], T]:
    """Class decorator: make an Encoder known as modality `name`; its boundary tokens are <|name|> and <|/name|>.

    Raises DuplicateNameError, naming both classes, where the name is taken, and ValueError for a name that is not a
    lower-case identifier.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"A modality is named by lower-case letters, digits and underscores, not {name!r}")

    def add(cls: T) -> T:
        if not hasattr(cls, "featurize"):
            raise TypeError(
                f"{cls.__qualname__} is no Encoder: subclass omnimodal.Encoder and write featurize and forward"
            )
        here, point = _path(cls), _entry_points(ENCODERS).get(name)
        taken = _path(_registered[name]) if name in _registered else point.value if point else here
        # The same class again is a reloaded module or a re-run notebook cell; `pkg.a:X` may re-export `pkg.b:X`.
        if taken != here and not (_same_package(taken, here) and name not in _registered):
            raise DuplicateNameError(f"Modality {name!r} is taken by {taken}; {here} needs another name")
        cls.modality = name  # type: ignore[attr-defined]
        _registered[name] = cls
        return cls

    return add


def get(name: str) -> Any:
    """The encoder class of a modality. Raises UnknownNameError, which lists the known names and the nearest."""
    if name not in _registered:
        points = _entry_points(ENCODERS)
        if name not in points:
            raise UnknownNameError(unknown("modality", name, names()))
        cls = _load(points[name])
        if _registered.get(name) is not cls:
            raise UnknownNameError(
                f"Entry point {name!r} loads {_path(cls)}, which is not decorated @register({name!r})"
            )
    return _registered[name]


def names() -> list[str]:
    """All known modalities, sorted; loads none of them."""
    return sorted({*_entry_points(ENCODERS), *_registered})


def entity_names() -> list[str]:
    """The entity types that can be imported from `omnimodal`, sorted; loads none of them."""
    return sorted(_entry_points(ENTITIES))


def entity_class(name: str) -> Any:
    """An entity type by its class name, e.g. "Number". Raises UnknownNameError."""
    points = _entry_points(ENTITIES)
    if name not in points:
        raise UnknownNameError(unknown("entity type", name, entity_names()))
    return _load(points[name])


def command_names() -> list[str]:
    """The commands that modalities add to the command line, sorted; loads none of them."""
    return sorted(_entry_points(COMMANDS))


def command(name: str) -> Any:
    """The typer app of a command. Raises UnknownNameError."""
    points = _entry_points(COMMANDS)
    if name not in points:
        raise UnknownNameError(unknown("command", name, command_names()))
    return _load(points[name])


def unknown(what: str, name: str, known: list[str]) -> str:
    """The message for an unknown name: what is known, and the nearest."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"Unknown {what} {name!r}; known: {', '.join(known) or 'none'}" + (
        f". Did you mean {near[0]!r}?" if near else ""
    )


def _path(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _same_package(taken: str, here: str) -> bool:
    parts = [(path.partition(".")[0].partition(":")[0], path.partition(":")[2]) for path in (taken, here)]
    return parts[0] == parts[1]


def _load(point: EntryPoint) -> Any:
    try:
        return point.load()
    except OmnimodalError:
        raise
    except Exception as error:
        raise UnknownNameError(f"Plug-in {point.name!r} ({point.value}) cannot be loaded: {error}") from error


@cache
def _entry_points(group: str) -> dict[str, EntryPoint]:
    found = list(entry_points(group=group))
    try:
        distribution("omnimodal")
    except PackageNotFoundError:  # a bare checkout that was never installed: read the same table where it is written
        table = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
        found += [EntryPoint(k, v, group) for k, v in table["project"]["entry-points"].get(group, {}).items()]
    points: dict[str, EntryPoint] = {}
    for point in found:
        other = points.setdefault(point.name, point)
        if other.value != point.value:
            raise DuplicateNameError(f"{group} {point.name!r} is claimed by both {other.value} and {point.value}")
    return points
