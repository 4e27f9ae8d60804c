"""Records that lie somewhere, for the tests of stores."""

from __future__ import annotations

import shapely

from omnimodal.store import Alias, Record


def place(id, where=None, kind="", name=None, modality="place", **more):
    """A record at a (lon, lat) or with a geometry."""
    at = {"point": where} if isinstance(where, tuple) else {"geometry": where and shapely.to_wkb(where)}
    aliases = (Alias(name),) if name else ()
    return Record(modality, id, name or id, {"name": id}, aliases, kind=kind, **at, **more)


def ids(found):
    return [getattr(hit, "record", hit).id for hit in found]
