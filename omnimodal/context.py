"""What a document is read against: the reference date ("last Tuesday" of when?) and the locale."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from locale import locale_alias

from omnimodal.errors import OmnimodalWarning, UnknownNameError

_tag = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class Context:
    """`reference` is the moment the text was written, None where unknown; `locale` a BCP 47 tag.

    Raises TypeError for values of other types and UnknownNameError for what is no such tag; a language that Python's
    list of locales does not have is warned of.
    """

    reference: datetime | None = None
    locale: str = "en"

    def __post_init__(self) -> None:
        if not isinstance(self.reference, datetime | None):
            what = "A reference is a date, a datetime or an ISO date like 2024-05-01"
            raise TypeError(f"{what}, not {self.reference!r:.80}")
        if not isinstance(self.locale, str):
            raise TypeError(f"A locale is a language tag like 'de' or 'en-GB', not {self.locale!r:.80}")
        _check(self.locale)
        language, *rest = re.split("[-_]", self.locale)
        parts = [language.lower(), *(part.upper() if len(part) == 2 else part for part in rest)]
        object.__setattr__(self, "locale", "-".join(parts))  # de_DE and DE are written as BCP 47 has them


@cache
def _check(locale: str) -> None:
    if (tag := _tag.fullmatch(locale)) is None:
        near = locale_alias.get(locale.lower(), "")[:2]
        hint = f"; did you mean {near!r}?" if near else ""
        raise UnknownNameError(f"A locale is a language tag like 'de' or 'en-GB', not {locale!r}{hint}")
    if tag[1].lower() not in {name.partition("_")[0] for name in locale_alias}:
        warnings.warn(f"The locale {locale!r} is of no known language: it makes no difference", OmnimodalWarning, 4)


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
