"""What is written for machines and not for readers: addresses, paths, numbers of accounts and telephones, code."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimodal.machine import machine_parts, touches


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("see https://x.org/a, or me@x.org", ["https://x.org/a,", "me@x.org"]),
        ("a `b c` d", ["`b c`"]),
        ("```\nx\n``` y", ["```\nx\n```"]),
        ("call foo(1, 2) now", ["foo(1, 2)"]),
        ("POINT(1 2), f (x), 3/4, and/or, km/h, 04/01/1976", []),
        ("in /usr/share/x and C:\\Users\\x", ["/usr/share/x", "C:\\Users\\x"]),
        ("a\nint x = 5;\nb;", ["int x = 5;"]),
        ("<b>5</b>", ["<b>", "</b>"]),
        ("We like Paris; Amazon.com {and} more", []),
        ("at 2001:db8::ff00:42:8329 or ::1.", ["2001:db8::ff00:42:8329", "::1"]),
        ("MAC 00:1B:44:11:3A:B7", ["00:1B:44:11:3A:B7"]),
        ("card 4111 1111 1111 1111", ["4111 1111 1111 1111"]),
        ("to DE89 3704 0044 0532 0130 00.", ["DE89 3704 0044 0532 0130 00"]),
        ("GB29 NWBK 6016 1331 9268 19 paid", ["GB29 NWBK 6016 1331 9268 19"]),
        ("3782 822463 10005, 0171-1234567", ["3782 822463 10005", "0171-1234567"]),
        ("call 020 7946 0958 or 0800 123456", ["020 7946 0958", "0800 123456"]),
        ("CVE-2024-1234 in arXiv:2402.09282", ["CVE-2024-1234", "arXiv:2402.09282"]),
        (">>> 2 + 2\n4\n>>> quoted 5 km", [">>> 2 + 2", ">>> quoted 5 km"]),
        (">>> On 5 May he wrote", []),
        ("x = foo(3, 4)[2]\n    return self.items[0] + 42", ["x = foo(3, 4)[2]", "    return self.items[0] + 42"]),
        ("return to the inn (see 5) in 3 days\nx = 5 km", []),
        ("in 2010 2011 2012 2013, at 14:50:07, 0.5 100 or 10 000 000", []),
    ],
)
def test_addresses_paths_and_code_are_for_machines(text, parts):
    assert [text[start:end] for start, end in machine_parts(text)] == parts


@given(st.text() | st.text("`(){}/<>@.:;=a1 \n", max_size=60))
def test_parts_for_machines_are_in_order_and_apart(text):
    parts = machine_parts(text)
    assert all(0 <= start < end <= len(text) for start, end in parts)
    assert all(one[1] <= two[0] for one, two in pairwise(parts))
    for start in range(len(text)):
        inside = any(a <= start < b for a, b in parts)
        assert touches(parts, start, start + 1) == inside
