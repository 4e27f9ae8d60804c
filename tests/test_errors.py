"""One base error that says where."""

from __future__ import annotations

import inspect
import pickle

import pytest

from omnimodal import errors
from omnimodal.errors import EncodingError, OmnimodalError, SpanError

CLASSES = [c for c in vars(errors).values() if inspect.isclass(c) and issubclass(c, Exception)]


@pytest.mark.parametrize("cls", [c for c in CLASSES if not issubclass(c, Warning)])
def test_every_error_has_the_base_and_says_what_it_is_for(cls):
    assert issubclass(cls, OmnimodalError)
    assert cls.__doc__


def test_the_message_tells_where():
    error = EncodingError("NaN", span=(3, 7), encoder="thing", path="a > part/thing")
    assert str(error) == "NaN (characters 3..7, encoder 'thing', path a > part/thing)"
    assert str(EncodingError("NaN")) == "NaN"
    assert str(EncodingError("NaN", span=(0, 0))) == "NaN (characters 0..0)"


def test_outer_layers_add_and_do_not_replace():
    error = EncodingError("NaN", encoder="inner")
    assert error.at(encoder="outer", span=(1, 2), path="a") is error
    assert (error.encoder, error.span, error.path) == ("inner", (1, 2), "a")


def test_an_error_survives_the_way_from_another_process():
    again = pickle.loads(pickle.dumps(SpanError("here", span=(1, 2), encoder="thing", path="a")))
    assert type(again) is SpanError
    assert str(again) == "here (characters 1..2, encoder 'thing', path a)"
