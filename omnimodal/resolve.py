"""Mentions → entities: each encoder resolves its own, from the text or from the store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache

from omnimodal import registry
from omnimodal.encoder import Encoder
from omnimodal.entity import Entity, Mention
from omnimodal.errors import EncodingError, OmnimodalError
from omnimodal.paths import cache_dir, written_whole
from omnimodal.store import Store, open_store


def resolve(mentions: Iterable[Mention], encoders: Mapping[str, Encoder], store: Store | None) -> list[Mention]:
    """The mentions, children included, with their entities; `.entity` stays None where there is none to be found.

    An entity given in markup stays what it is. Raises the encoder's OmnimodalError with the span added, and
    EncodingError where it fails in another way or gives an entity of another modality.
    """
    done = []
    for mention in mentions:
        try:
            entity = mention.entity
            if entity is None or mention.source != "markup":
                entity = encoders[mention.modality].resolve(mention, store)
            if entity is not None and (not isinstance(entity, Entity) or entity.modality != mention.modality):
                raise EncodingError(f"resolve gave {entity!r:.80}")
        except OmnimodalError as error:
            error.at(span=mention.span, encoder=mention.modality)
            raise
        except Exception as error:
            what = f"resolve failed: {type(error).__name__}: {error}"
            raise EncodingError(what, span=mention.span, encoder=mention.modality) from error
        children = tuple(resolve(mention.children, encoders, store))
        done.append(mention.replace(entity=entity, children=children))
    return done


@cache
def default_store() -> Store:
    """The store with the records that ship with all known encoders, built once into the user's cache folder."""
    classes = [registry.get(name) for name in registry.names()]
    name = hashlib.blake2b("\n".join(map(_source, classes)).encode(), digest_size=8).hexdigest()
    path = cache_dir() / "stores" / f"{name}.sqlite"
    if not path.exists():
        with written_whole(path, replace=False) as fresh:
            store = open_store(fresh)
            for cls in classes:
                store.put(cls.records())
            list(store.scan("a"))  # builds the trie into the file
            store.close()
    return open_store(path)


def _source(cls: type[Encoder]) -> str:
    """What tells the records of a class apart: name and version, and what they say where a script is still written."""
    said = repr(list(cls.records())) if cls.__module__ == "__main__" else ""
    return f"{cls.__module__}:{cls.__qualname__}:{cls.records_version}:{said}"
