"""Entity embeddings: everything in a text that names a thing becomes a modality of a frozen language model.

>>> import omnimodal
>>> omnimodal.embed("The Eiffel Tower in Paris was finished in March 1889.").vector  # doctest: +SKIP

Entity types (Number, Date, …) come from the encoders that are installed; nothing heavy is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from omnimodal.errors import OmnimodalError
from omnimodal.registry import entity_class, entity_names, register

_LAZY = {
    "Encoder": "omnimodal.encoder",
    "Entity": "omnimodal.entity",
    "Mention": "omnimodal.entity",
    "OmniModel": "omnimodal.model",
    "detect": "omnimodal.api",
    "embed": "omnimodal.api",
    "load": "omnimodal.api",
    "open_store": "omnimodal.store",
}
__all__ = ["OmnimodalError", "register", *sorted(_LAZY)]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    if name in entity_names():
        return entity_class(name)
    raise AttributeError(f"module 'omnimodal' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, *entity_names()})
