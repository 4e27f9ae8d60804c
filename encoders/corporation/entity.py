"""Corporation: a record of named fields, any of which may hold text, another entity, a link, or several of them."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from omnimodal import registry
from omnimodal.entity import Child, Entity, Link
from omnimodal.errors import InvalidEntityError, OmnimodalWarning

#: The fields this project knows by name. A record may have any other.
FIELDS = (
    *("aliases", "legal_form", "sector", "industry", "tickers", "identifiers", "description", "country"),
    *("headquarters", "founded", "people", "parent", "subsidiaries", "logo"),
    *("revenue", "revenue_year", "employees", "employees_year", "market_value", "market_value_year"),
)
AMOUNTS = {"revenue", "employees", "market_value"}  # a string here is a Number too
PLURAL = {"aliases", "tickers", "people", "subsidiaries"}  # a lone value here is a tuple of one


@dataclass(frozen=True, init=False, repr=False)
class Corporation(Entity):
    """A company, as far as it is known: a name, and fields in any number, known or not.

    Values are text, entities, Links (to records of a store: how cycles can exist), and tuples or mappings of these.
    What users type is converted: a number becomes a Number; a date, and anything in `founded` and in fields that end
    in `_year` or `_date`, a Date; a list a tuple. Empty fields are left out; a field that is spelt almost like a known
    one is warned of. An identifier belongs in a string.
    `corp.revenue` and `corp["revenue"]` read a field; a known field that is not given is None.

        >>> Corporation(name="Apple", founded=1976, revenue=391_000_000_000, parent=Link("corporation", "company:x"))

    Raises InvalidEntityError, naming the field, for an empty name or a value of another type.
    """

    modality = "corporation"
    name: str
    fields: Mapping[str, Any]

    def __init__(self, /, name: str, fields: Mapping[str, Any] | None = None, **more: Any):
        if not isinstance(name, str) or not name.strip():
            raise InvalidEntityError(f"A corporation needs a name, not {name!r}", encoder=self.modality, path="name")
        given = {**(fields or {}), **more}
        if "name" in given:
            raise InvalidEntityError("The name is no field beside the name", encoder=self.modality, path="name")
        for field in given.keys() - set(FIELDS):
            if near := difflib.get_close_matches(field, FIELDS, n=1, cutoff=0.8):
                what = f"{name} has a field {field!r} of its own; is {near[0]!r} meant?"
                warnings.warn(what, OmnimodalWarning, stacklevel=2)
        several = {
            field: (v,) if field in PLURAL and not isinstance(v, list | tuple) else v for field, v in given.items()
        }
        kept = {field: v for field, value in several.items() if (v := _convert(field, field, value)) not in (None, ())}
        object.__setattr__(self, "name", " ".join(name.split()))
        object.__setattr__(self, "fields", MappingProxyType(kept))

    @property
    def surface(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """Its name, with the legal form behind it: "Siemens AG"."""
        form = self.fields.get("legal_form")
        named = not isinstance(form, str) or self.name.casefold().endswith(form.casefold())
        return self.name if named else f"{self.name} {form}"

    @property
    def within(self) -> tuple[Child, ...]:
        """Where its head office is."""
        seat = self.fields.get("headquarters")
        return (seat,) if isinstance(seat, Child) else ()

    def __getitem__(self, field: str) -> Any:
        if field != "name" and field not in self.fields:
            raise KeyError(registry.unknown(f"field of {self.name}", field, ["name", *self.fields]))
        return self.name if field == "name" else self.fields[field]

    def __getattr__(self, field: str) -> Any:  # called for what is no attribute
        if field.startswith("__") or (field not in self.fields and field not in FIELDS):
            raise AttributeError(f"{type(self).__name__} has no field {field!r}")
        return self.fields.get(field)

    def replace(self, **changes: Any) -> Corporation:
        """The same company with some fields changed, or removed by None."""
        return Corporation(changes.pop("name", self.name), {**self.fields, **changes})

    def leaves(self) -> Iterator[tuple[str, str | Child]]:
        """(role, text or child) for every single value; within a mapping the role is `field.key`."""
        for field, value in self.fields.items():
            yield from _leaves(field, value)

    def __repr__(self) -> str:  # nested entities as their text, as one would type them
        said = {field: value.surface if isinstance(value, Entity) else value for field, value in self.fields.items()}
        return f"Corporation({', '.join([repr(self.name), *(f'{field}={value!r}' for field, value in said.items())])})"

    def __reduce__(self) -> tuple[Any, ...]:  # a mapping proxy has no pickle of its own, as worker processes need
        return type(self), (self.name, dict(self.fields))


def _convert(role: str, field: str, value: Any) -> Any:
    """A field's value in its one form; None and () stand for "nothing is said". `role` names it in errors."""
    try:
        match value:
            case None | Entity() | Link():
                pass
            case list() | tuple():
                return tuple(v for item in value if (v := _convert(role, field, item)) not in (None, ()))
            case Mapping():
                if bad := [key for key in value if not isinstance(key, str) or key.startswith("$")]:
                    raise InvalidEntityError(f"A key must be a text that does not begin with $, not {bad[0]!r}")
                pairs = {key: _convert(f"{role}.{key}", key, item) for key, item in value.items()}
                return {key: item for key, item in pairs.items() if item not in (None, ())} or None
            case bool():
                value = "yes" if value else "no"
            case str() if not value.strip():
                return None
            case date():
                value = registry.entity_class("Date")(value.isoformat())
            case str() | int() if field == "founded" or field.endswith(("_year", "_date")):
                value = registry.entity_class("Date")(str(value))
            case int() | float() | Decimal():
                value = registry.entity_class("Number")(value)
            case str() if field in AMOUNTS:
                value = registry.entity_class("Number")(value)
            case str() if field != "logo":  # a path in a text is never opened, nor mistaken for a description
                value = " ".join(value.split())
            case _:
                raise InvalidEntityError(f"A field cannot hold {value!r} of type {type(value).__name__}")
    except InvalidEntityError as error:
        error.at(encoder=Corporation.modality, path=role)
        raise
    return value


def _leaves(role: str, value: Any) -> Iterator[tuple[str, str | Child]]:
    match value:
        case tuple():
            for item in value:
                yield from _leaves(role, item)
        case Mapping():
            for key, item in value.items():
                yield from _leaves(f"{role}.{key}", item)
        case _:
            yield role, value
