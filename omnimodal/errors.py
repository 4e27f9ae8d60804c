"""One base error. It carries where the trouble is: the span, the encoder, and the path through nested entities."""

from __future__ import annotations


class OmnimodalError(Exception):
    """Base of every error this package raises on bad input.

    `span` is the (start, end) in the text, `encoder` the modality, `path` the way through nested entities
    (`Apple > headquarters/place > population/number`). Outer layers add what they know with `at`.
    """

    def __init__(
        self, message: str, *, span: tuple[int, int] | None = None, encoder: str | None = None, path: str | None = None
    ):
        super().__init__(message)
        self.message, self.span, self.encoder, self.path = message, span, encoder, path

    def at(
        self, *, span: tuple[int, int] | None = None, encoder: str | None = None, path: str | None = None
    ) -> OmnimodalError:
        """Add the place of the error where it is not known yet, and return the same error."""
        self.span, self.encoder, self.path = self.span or span, self.encoder or encoder, self.path or path
        return self

    def __str__(self) -> str:
        where = [
            f"characters {self.span[0]}..{self.span[1]}" if self.span else "",
            f"encoder {self.encoder!r}" if self.encoder else "",
            f"path {self.path}" if self.path else "",
        ]
        where = [part for part in where if part]
        return f"{self.message} ({', '.join(where)})" if where else self.message


class UnknownNameError(OmnimodalError, LookupError):
    """No encoder, model or record of that name; the message lists the known ones."""


class DuplicateNameError(OmnimodalError, ValueError):
    """The name is taken by another class."""


class SpanError(OmnimodalError, ValueError):
    """A mention outside its text, or overlapping another explicit one."""


class InvalidEntityError(OmnimodalError, ValueError):
    """A value that no entity of this modality can have."""


class EncodingError(OmnimodalError, RuntimeError):
    """An encoder broke its contract: wrong shape, NaN, an exception in featurize or forward."""


class StoreError(OmnimodalError, RuntimeError):
    """A store that cannot be read, or a record in it that is missing or broken."""


class AdapterError(OmnimodalError, RuntimeError):
    """An adapter folder that is damaged, incomplete, or made for another base model."""


class ContextOverflowError(OmnimodalError, ValueError):
    """A text with its soft tokens is longer than the model's context."""


class ModelError(OmnimodalError, RuntimeError):
    """A language model that cannot be loaded or used for what was asked."""


class OmnimodalWarning(UserWarning):
    """Something was left out and is reported: a truncated text, a dropped entity, a child beyond max_depth."""
