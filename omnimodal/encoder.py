"""Encoder: the one class a plug-in author writes, and all that the framework knows about a modality."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from omnimodal.entity import Entity, Mention, from_json
from omnimodal.errors import InvalidEntityError
from omnimodal.standardize import Standardize
from omnimodal.store.base import Record, Store

Features = Tensor | dict[str, Tensor]


@dataclass(frozen=True)
class Nested:
    """What is nested in each of n entities, padded to the largest number of children c (0 where nobody has any).

    vectors [n, c, dim] the children's encodings, averaged over their tokens; roles [n, c] int64, see `role_id`;
    mask [n, c] bool, True where there is a child.
    """

    vectors: Tensor
    roles: Tensor
    mask: Tensor


ROLES = 1024  # role names are hashed into this many rows, so that any plug-in may use any role


def role_id(role: str) -> int:
    """A stable number in [1, ROLES) for a role name; 0 is padding."""
    return 1 + int.from_bytes(hashlib.blake2b(role.encode(), digest_size=8).digest()) % (ROLES - 1)


class Encoder(nn.Module):
    """Turns entities of one modality into vectors. `featurize` and `forward` are enough; the other hooks have defaults.

    Class attributes: `entity` (the Entity subclass it encodes), `tokens` (t, vectors per entity), `version` (raise it
    when `featurize` changes, so that cached features are made anew), `records_version` (raise it when the records that
    ship change, so that the default store is built anew).

    Write constructor arguments as keywords with defaults, `dim` among them; they are saved with an adapter.
    """

    modality: ClassVar[str] = ""  # set by @register
    entity: ClassVar[type[Entity]] = Entity
    version: ClassVar[int] = 1
    records_version: ClassVar[int] = 1
    compound: ClassVar[bool] = False  # mentions inside one of these are kept as its children
    linked: ClassVar[bool] = True  # names of this modality are looked up among the records of the store
    tokens: int = 1
    config: dict[str, Any]  # the constructor's arguments, as given

    def __new__(cls, *args: Any, **kwargs: Any) -> Encoder:
        self = super().__new__(cls)
        given = inspect.signature(cls.__init__).bind_partial(self, *args, **kwargs).arguments
        given.pop("self", None)
        object.__setattr__(
            self, "config", {**{k: v for k, v in given.items() if k != "kwargs"}, **given.get("kwargs", {})}
        )
        return self

    def __init__(self, dim: int = 256):
        super().__init__()
        self.dim = dim
        self.standard = Standardize(dim)  # of the vector that a parent reads

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # torch calls `children()` on every module to walk its submodules; the hook of that name takes an entity.
        if hook := cls.__dict__.get("children"):

            @wraps(hook)
            def children(self: Encoder, *entity: Any) -> Any:
                return hook(self, *entity) if entity else nn.Module.children(self)

            setattr(cls, "children", children)  # noqa: B010

    # text → entity

    def detect(self, text: str) -> Iterable[Mention]:
        """Mentions of this modality in `text`, overlapping ones allowed. Default: none (markup or gazetteer only)."""
        return ()

    def short_names(self, name: str) -> Iterable[str]:
        """What a text goes on to call a thing of this full name, beside initials in parentheses. Default: none."""
        return ()

    def resolve(self, mention: Mention, store: Store | None) -> Entity | None:
        """The entity of a mention, or None. Default: the record it was linked to, else the best of its name."""
        if mention.entity is not None or store is None:
            return mention.entity
        if mention.probability is not None:  # the linker has decided
            record = mention.record
            return self.described(store.get(record.modality, record.id)) if record is not None else None
        found = store.find(mention.text, modality=self.modality, limit=1)
        return self.described(found[0].record) if found else None

    def described(self, record: Record) -> Entity:
        """`from_record`, with the record named where its data are not those of such an entity."""
        try:
            return self.from_record(record)
        except InvalidEntityError as error:
            wanted = f"its data is to be what {self.entity.__name__}(…).content() gives"
            error.message = f"The record {record.id!r} of the store: {error.message}; {wanted}"
            raise

    def from_record(self, record: Record) -> Entity:
        """The entity that a record of the store describes."""
        return self.entity.from_content(from_json(record.data))

    @classmethod
    def records(cls) -> Iterable[Record]:
        """The records that ship with this modality and fill the default store. Default: none."""
        return ()

    # entity → vectors

    def children(self, entity: Any = None) -> Any:
        """{role: entity, link, or several}: what is nested in it. Default: nothing."""
        return {} if entity is not None else super().children()

    def featurize(self, entities: Sequence[Any]) -> Features:
        """n entities → a tensor [n, …], or a dict of them; floats of about unit size, or int64 ids.

        Pure: depends on nothing but the entities (not on their children) and the constructor's arguments. Runs on the
        CPU, and its rows are cached by (content key, encoder fingerprint).
        """
        raise NotImplementedError(f"{type(self).__name__}.featurize")

    def forward(self, features: Any, nested: Nested) -> Tensor:
        """Features as `featurize` gave them, and the children's vectors → [n, tokens, dim]. Trainable."""
        raise NotImplementedError(f"{type(self).__name__}.forward")

    @property
    def fingerprint(self) -> str:
        """Names what `featurize` computes: class, version and constructor arguments."""
        what = [type(self).__module__, type(self).__qualname__, self.version, self.config]
        return hashlib.blake2b(json.dumps(what, sort_keys=True, default=str).encode(), digest_size=8).hexdigest()

    # help for authors

    def mention(self, text: str, start: int, end: int, entity: Entity | None = None, **more: Any) -> Mention:
        """The mention `text[start:end]` of this modality."""
        return Mention(start, end, self.modality, text[start:end], entity=entity, **more)

    def no_children(self, n: int) -> Nested:
        """The `nested` of n entities in which nothing is nested, for tests and probes."""
        empty = torch.zeros(n, 0, dtype=torch.long)
        return Nested(torch.zeros(n, 0, self.dim), empty, empty.bool())
