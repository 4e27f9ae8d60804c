"""The three functions most people need."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from omnimodal import adapter, llm, registry
from omnimodal.detection import Overlaps, Source
from omnimodal.document import documents
from omnimodal.entity import Mention
from omnimodal.model import Embedding, OmniModel
from omnimodal.read import find_mentions
from omnimodal.resolve import opened
from omnimodal.store import Store


def load(name: str | Path = llm.DEFAULT, **overrides: Any) -> OmniModel:
    """A model by the name of a language model (see conf/llm), a model's folder or hub id, or an adapter folder.

    A name gives fresh, untrained encoders and projectors: the model then reads soft tokens that it has not learned to
    understand. An adapter folder, or the folder of a training run, gives the trained ones. `overrides` are arguments of
    OmniModel. Raises UnknownNameError, ModelError or AdapterError.

        >>> model = omnimodal.load("smollm2_135m", encoders=["number", "date"])
    """
    for folder in (Path(name), Path(name) / "adapter"):  # an adapter, or the folder of a run that holds one
        if (folder / adapter.CONFIG).exists():
            return OmniModel.from_pretrained(folder, **overrides)
    return OmniModel(str(name), **overrides)


@cache
def _default() -> OmniModel:
    return load()


def embed(inputs: Any, entities: Any = None, **options: Any) -> Embedding:
    """`OmniModel.embed` on the default model, which is loaded once."""
    return _default().embed(inputs, entities, **options)


@cache
def _encoders() -> dict[str, Any]:
    return {name: registry.get(name)() for name in registry.names()}


def detect(
    inputs: Any,
    *,
    reference: Any = None,
    store: Store | str | Path | None = None,
    overlaps: Overlaps = "flat",
    sources: Sequence[Source] = (),
    locale: str | None = None,
) -> list[Mention] | list[list[Mention]]:
    """The mentions of a text (or of each text of a list), resolved where they can be; no language model is loaded.

    reference: the date the text was written, a datetime or an ISO string. store: where names are looked up, a Store or
    the path or URL of one; the default one where it is None. locale: how numbers and dates are written ("de"), English
    where it is None. overlaps: flat, nested or all; sources: other finders, as a tagger; see `omnimodal.detection`.
    """
    docs, batch = documents(inputs)
    store = "default" if store is None else store
    where = _opened(_address(store)) if isinstance(store, str | Path) else opened(store)
    found = find_mentions(docs, _encoders(), where, reference, locale, overlaps, sources)
    return found if batch else found[0]


@cache
def _opened(address: str) -> Store:
    """A store that is named stays open: what is remembered of it is not read again at every call."""
    return opened(address)


def _address(store: str | Path) -> str:
    """A URL or a name as it is, a path as it stands in whatever folder we are later."""
    plain = str(store) in ("", "default") or "://" in str(store)
    return str(store) if plain else str(Path(store).absolute())
