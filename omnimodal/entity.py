"""What a text names: Mention (where it stands) and Entity (what it is)."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, ClassVar, Self

from omnimodal import registry
from omnimodal.errors import InvalidEntityError, SpanError

# Content keys are hashed from the keys of what is nested, not from its content: a value shared by many is hashed once.
_nested_by_key: ContextVar[bool] = ContextVar("omnimodal_nested_by_key", default=False)


@dataclass(frozen=True)
class Entity:
    """An immutable value. Two mentions of equal content share one entity, one encoding and one cache row.

    A subclass is a frozen dataclass with a class attribute `modality`; fields marked `compare=False` are not part of
    what it says and do not enter the content key. Fields hold strings, numbers, Decimals, bytes, None, other entities,
    Links, and tuples or mappings of these.

        >>> @dataclass(frozen=True)
        ... class Isbn(Entity):
        ...     modality = "isbn"
        ...     digits: str
    """

    modality: ClassVar[str] = ""

    @cached_property
    def key(self) -> str:
        """Content key: 32 hex digits, a hash of what the entity says, the same in every process."""
        token = _nested_by_key.set(True)
        try:
            text = json.dumps(self.content(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        except RecursionError as error:
            raise InvalidEntityError("Nested too deep; use links to records", encoder=self.modality) from error
        finally:
            _nested_by_key.reset(token)
        return hashlib.blake2b(f"{self.modality}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    @property
    def surface(self) -> str:
        """The text that stands for the entity where it is given as a typed part, e.g. "1889"; may be empty."""
        return ""

    @property
    def label(self) -> str:
        """What it is, for a reader, in a few words: "3 June, 14:00", "1,990". Default: its surface, else what its plain
        fields say."""
        if self.surface:
            return self.surface
        plain = {k: v for k, v in self.content().items() if isinstance(v, str | int | float) and v != ""}
        if len(plain) == 1:
            return str(*plain.values())
        return ", ".join(f"{name} {value}" for name, value in list(plain.items())[:3]) or type(self).__name__

    @property
    def within(self) -> tuple[Child, ...]:
        """What tells it from others of its name, shown behind its label: what it lies in, the nearest first."""
        return ()

    @property
    def alternatives(self) -> tuple[Entity, ...]:
        """What else the words it was read from may say, the likeliest first. No part of its content."""
        return ()

    def content(self) -> dict[str, Any]:
        """What the entity says, as JSON values. `from_content` is its inverse."""
        return {f.name: to_json(getattr(self, f.name)) for f in dataclasses.fields(self) if f.compare}

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Self:
        """The entity that says `content`, already decoded by `from_json`.

        Raises InvalidEntityError for fields it does not have, and for those it needs and `content` lacks.
        """
        fields = [f for f in dataclasses.fields(cls) if f.init]
        if unknown := set(content) - {f.name for f in fields}:
            raise InvalidEntityError(f"{cls.__name__} has no field {', '.join(sorted(unknown))}", encoder=cls.modality)
        optional = {f.name for f in fields if (f.default, f.default_factory) != (dataclasses.MISSING,) * 2}
        if lacking := {f.name for f in fields} - optional - set(content):
            raise InvalidEntityError(f"{cls.__name__} needs {', '.join(sorted(lacking))}", encoder=cls.modality)
        return cls(**content)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entity) and self.key == other.key

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # A field without a default under the name of a property would take the property itself for its default.
        taken = {name for name, value in vars(Entity).items() if isinstance(value, property | cached_property)}
        if clash := sorted(taken & inspect.get_annotations(cls).keys() - cls.__dict__.keys()):
            what = f"{cls.__name__} has a field {clash[0]!r}, a property of every entity: give it another name"
            raise InvalidEntityError(what, encoder=cls.modality or None)
        # @dataclass would replace equality by content key with one by fields, which a numpy or shapely field breaks.
        for name in ("__eq__", "__hash__"):
            if name not in cls.__dict__:
                setattr(cls, name, getattr(Entity, name))


@dataclass(frozen=True)
class Link:
    """A reference to a record of a store, followed when the entity is encoded. This is how cycles can exist."""

    modality: str
    id: str


Child = Entity | Link


@dataclass(frozen=True)
class Alternative:
    """What a mention may mean instead: its name, its probability, None where nothing tells it, and what speaks for it.

    `record` is the link to a record of a store; of what is read, not looked up, it is None, and `entity` the value.
    """

    record: Link | None
    name: str
    probability: float | None = None
    why: str = ""
    entity: Entity | None = None


@dataclass(frozen=True)
class Mention:
    """A half-open span [start, end) in Unicode code points that names an entity; `text` is exactly that slice.

    `entity` is what it was resolved to, None where it was not. `children` are mentions inside this one.
    `source` tells who found it: markup, rule, gazetteer or tagger. Raises SpanError for an impossible span.

    What was looked up in a store carries the `record` it means, None for none of them, the `probability` of that
    reading, its `margin` to the next one, the `alternatives`, the likeliest first, and in plain words `why`. Of what
    was parsed instead, the probability is the score, and the alternatives are what else its words may say.

    `joined`: it is its children and the words that join them, as "from 1934 to 1938". A language model reads such words
    itself, so that without nesting the children are given in its place.
    """

    start: int
    end: int
    modality: str
    text: str
    score: float = 1.0
    source: str = "rule"
    entity: Entity | None = None
    children: tuple[Mention, ...] = field(default=())
    record: Link | None = None
    probability: float | None = None
    margin: float | None = None
    alternatives: tuple[Alternative, ...] = ()
    why: str = ""
    joined: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end or self.end - self.start != len(self.text):
            raise SpanError(f"{self.text!r} does not fit its span", span=(self.start, self.end), encoder=self.modality)

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end

    def overlaps(self, other: Mention) -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: Mention) -> bool:
        return self.start <= other.start and other.end <= self.end and self.span != other.span

    def replace(self, **changes: Any) -> Mention:
        """The same with some fields changed. Every mention of a text comes by here, so it does no more than it must."""
        if unknown := changes.keys() - Mention.__dataclass_fields__.keys():
            raise TypeError(f"A mention has no field {', '.join(sorted(unknown))}")
        new = object.__new__(Mention)
        new.__dict__.update(self.__dict__, **changes)
        if not changes.keys().isdisjoint(("start", "end", "text")):
            new.__post_init__()
        return new


def to_json(value: Any) -> Any:
    """A field's value as JSON; entities, links, decimals and bytes are tagged so that `from_json` restores them."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return {"$decimal": str(value)}
        case bytes():
            return {"$bytes": value.hex()}
        case Entity():
            nested = {"key": value.key} if _nested_by_key.get() else {"content": value.content()}
            return {"$entity": value.modality, **nested}
        case Link():
            return {"$link": [value.modality, value.id]}
        case Mapping():
            return {f"${k}" if str(k).startswith("$") else str(k): to_json(v) for k, v in value.items()}
        case list() | tuple():
            return [to_json(v) for v in value]
    raise InvalidEntityError(f"A field of type {type(value).__name__} cannot be part of an entity's content")


def from_json(value: Any) -> Any:
    """The inverse of `to_json`; lists come back as tuples. Raises InvalidEntityError for what it never writes."""
    if isinstance(value, list):
        return tuple(from_json(v) for v in value)
    if not isinstance(value, dict):
        return value
    try:
        match value:
            case {"$decimal": str(digits)}:
                return Decimal(digits)
            case {"$bytes": str(digits)}:
                return bytes.fromhex(digits)
            case {"$link": [str(modality), str(id)]}:
                return Link(modality, id)
            case {"$entity": str(modality), "content": dict(content)}:
                return registry.get(modality).entity.from_content(from_json(content))
    except (ValueError, InvalidOperation) as error:
        if isinstance(error, InvalidEntityError):
            raise
        raise InvalidEntityError(f"{value!r:.80} is no value: {error}") from error
    if odd := [k for k in value if k.startswith("$") and not k.startswith("$$")]:
        raise InvalidEntityError(f"{value!r:.80} is no value: what is {odd[0]!r}?")
    return {k.removeprefix("$"): from_json(v) for k, v in value.items()}
