"""What a document is read against: the reference date ("last Tuesday" of when?) and the locale."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Context:
    """`reference` is the moment the text was written, None where unknown; `locale` a BCP 47 tag."""

    reference: datetime | None = None
    locale: str = "en"


_current: ContextVar[Context] = ContextVar("omnimodal_context", default=Context())  # noqa: B039 (frozen)


def current() -> Context:
    """The context of the text being read; encoders ask for it in `detect` and `resolve`."""
    return _current.get()


@contextmanager
def reading(context: Context) -> Iterator[None]:
    """Read texts against `context` inside the block."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
