"""Lines of JSON as people and programs leave them: read where that is possible, and else told what is wrong."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimodal.errors import OmnimodalError
from omnimodal.lines import read_line, read_lines, read_text, written_line

TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(TREES, st.sampled_from(["", "\ufeff"]), st.sampled_from(["", "\n", "\r\n", "  \n"]), st.booleans())
def test_what_json_writes_is_read(value, before, behind, ascii):
    line = before + json.dumps(value, ensure_ascii=ascii) + behind
    assert read_line(line.encode("utf-8", "surrogatepass")) == value


@given(TREES | st.text('\udcf6a"\\\n\u2028'))
def test_what_is_written_is_one_line_and_read_as_it_was(value):
    line = written_line(value)
    assert line.count(b"\n") == 1 == line.endswith(b"\n")
    assert read_line(line) == value


@given(st.binary(max_size=40))
def test_whatever_stands_there_is_read_or_refused(line):
    with suppress(ValueError):
        read_line(line)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"text": "K\xf6ln"}\n', r"byte 12 is 0xf6, which is no UTF-8"),
        (b"\xef\xbb\xbf\xf6", r"byte 4 is 0xf6, which is no UTF-8"),
        ('{"text": "a"}'.encode("utf-16"), r"byte 1 is 0xff, which is no UTF-8"),
        (b'{"text": "cut off\r\n', r"Unterminated string starting at character 10: it is no JSON"),
        (b'{"text": "a\x00b"}', r"Invalid control character at character 12: it is no JSON"),
        (b'{"text": "a"', r"Expecting ',' delimiter at character 13: it is no JSON"),
        (b'{"a": 1} {"b": 2}', r"Extra data at character 10: it is no JSON"),
        (b"[" * 100_000, r"too many brackets"),
        (b"9" * 5_000, r"limit \(4300 digits\)"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_what_is_wrong_is_said_in_words(line, told):
    with pytest.raises(ValueError, match=told):
        read_line(line)


def test_what_json_does_not_know_and_programs_write_is_null():
    assert read_line(b'{"id": NaN, "low": -Infinity, "high": Infinity}') == {"id": None, "low": None, "high": None}


def test_a_file_names_itself_and_the_line(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes('\ufeff{"a": 1}\r\n\r\n  \n[2]\n{"a":\u2028 3}'.encode())
    lines = read_lines(path)
    assert [next(lines), next(lines)] == [(1, {"a": 1}), (4, [2])]
    with pytest.raises(OmnimodalError, match=r"a\.jsonl, line 5: Expecting value at character 6: it is no JSON"):
        next(lines)
    for nothing in (b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n \n"):
        path.write_bytes(nothing)
        assert list(read_lines(path)) == []
    for read in (read_text, lambda path: list(read_lines(path))):
        with pytest.raises(OmnimodalError, match=r"none cannot be read: No such file or directory"):
            read(tmp_path / "none")
        with pytest.raises(OmnimodalError, match=r"cannot be read: Is a directory"):
            read(tmp_path)
    path.write_bytes("Köln".encode("latin-1"))
    with pytest.raises(OmnimodalError, match=r"a\.jsonl: byte 2 is 0xf6"):
        read_text(path)
