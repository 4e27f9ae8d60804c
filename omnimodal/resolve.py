"""Mentions → entities: each encoder resolves its own, from the text or from the record that the linker chose."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from omnimodal import registry
from omnimodal.detection import entity_of, is_name, link
from omnimodal.encoder import Encoder
from omnimodal.entity import Alternative, Entity, Link, Mention
from omnimodal.errors import StoreError
from omnimodal.paths import cache_dir, written_whole
from omnimodal.store import Store, open_store
from omnimodal.store.sqlite import FORMAT


def resolve(
    mentions: Iterable[Mention], encoders: Mapping[str, Encoder], store: Store | None, text: str | None = None
) -> list[Mention]:
    """The mentions, children included, with their entities; `.entity` stays None where there is none to be found.

    Mentions that `detect` did not link yet are linked first, together, and in their `text` where it is given. An entity
    given in markup stays what it is, and a mention of a modality without an encoder stays without one. Raises the
    encoder's OmnimodalError with the span added, and EncodingError where it fails in another way or gives an entity of
    another modality.
    """
    asked = list(mentions)
    if store is not None and (names := [m for m in asked if is_name(m, encoders)]):
        found = link(_text(asked) if text is None else text, names, encoders, store, joint=False)
        linked = {(m.span, m.modality): m for m in found}
        asked = [linked.get((m.span, m.modality), m) if is_name(m, encoders) else m for m in asked]
    done = []
    known: dict[tuple[str, str, Link | None], Entity | None] = {}  # what is named again is not looked up again
    for mention in asked:
        if mention.entity is not None or mention.probability is None:
            entity = entity_of(mention, encoders, store)
        elif (said := (mention.modality, mention.text, mention.record)) in known:
            entity = known[said]
        else:
            entity = known[said] = entity_of(mention, encoders, store)
        changes: dict[str, Any] = {"entity": entity}
        if mention.children:
            changes["children"] = tuple(resolve(mention.children, encoders, store, text))
        if entity is not None and mention.record is None and (mention.probability is None or mention.entity is None):
            sure = mention.score  # read, not linked: it is that, or plain text
            changes |= {"probability": sure, "margin": abs(2 * sure - 1), "why": mention.why or "read from the text"}
            if entity.alternatives and not mention.alternatives:
                changes["alternatives"] = tuple(Alternative(None, e.label, entity=e) for e in entity.alternatives)
        done.append(mention.replace(**changes))
    return done


def _text(mentions: Iterable[Mention]) -> str:
    """A text in which the mentions stand where they say, with blanks between them."""
    text, end = [], 0
    for mention in sorted(mentions, key=lambda m: m.span):
        if mention.start >= end:
            text += [" " * (mention.start - end), mention.text]
            end = mention.end
        elif mention.end > end:
            text.append(mention.text[end - mention.start :])
            end = mention.end
    return "".join(text)


@cache
def default_store() -> Store:
    """The store with the records that ship with all known encoders, built once into the user's cache folder."""
    classes = [registry.get(name) for name in registry.names()]
    said = "\n".join([str(FORMAT), *map(_source, classes)])
    path = cache_dir() / "stores" / f"{hashlib.blake2b(said.encode(), digest_size=8).hexdigest()}.sqlite"
    if not path.exists():
        with written_whole(path, replace=False) as fresh:
            store = open_store(fresh)
            for cls in classes:
                store.put(cls.records())
            list(store.scan("a"))  # builds the trie into the file
            store.close()
    return open_store(path)


def opened(store: Store | str | Path) -> Store:
    """A store as it is, or the one at a path or URL, which must be there; "default" is the one that ships.

    Raises StoreError: a mistyped path makes no empty store.
    """
    if not isinstance(store, str | Path):
        if not all(callable(getattr(store, name, None)) for name in ("get", "find", "scan")):
            raise TypeError(f"A store is a Store, the path or URL of one, or 'default', not {store!r:.80}")
        return store
    if str(store) == "default":
        return default_store()
    if not str(store) or ("://" not in str(store) and not Path(store).is_file()):
        there = "is a folder, not a store" if str(store) and Path(store).is_dir() else "is not there"
        raise StoreError(f"There is no store {str(store)!r}: the file {there}; check the path, or fill one first")
    return open_store(store)


def _source(cls: type[Encoder]) -> str:
    """What tells the records of a class apart: name and version, and what they say where a script is still written."""
    said = repr(list(cls.records())) if cls.__module__ == "__main__" else ""
    return f"{cls.__module__}:{cls.__qualname__}:{cls.records_version}:{said}"
