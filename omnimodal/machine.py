"""The parts of a text written for machines, where a name is no name and a number none: addresses, paths, code."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

# Repetitions are possessive or bounded, and what may be long begins where nothing of its kind stands before it.
_ADDRESS = r"""
    (?<!\w)(?:[A-Za-z][A-Za-z0-9+.-]{1,14}://|www\.)[^\s<>"]++                       # https://example.com/Paris
  | (?<![\w.+%-])[\w.+%-]++@[\w-]++(?:\.[\w-]++)++                                    # me@example.com
  | (?<!\w)@\w{2,}+                                                                   # @paris
  | (?<![\w.-])(?:[\w-]++\.)++[\w-]{2,}/[^\s<>"]*+                                    # example.com/paris
  | (?<![\w/.])(?:~|\.{1,2})?(?:/[\w.-]++){2,}+/?                                     # /usr/share/paris
  | (?<!\w)[A-Z]:\\[^\s<>"]++                                                         # C:\Users\Paris
  | (?<!\w)(?=[0-9a-f]{0,128}[a-f])(?=[0-9a-f]{0,128}[0-9])[0-9a-f]{16,128}(?!\w)     # a hash
"""
# What is told apart by digits: the ways to an account, a telephone, a machine, a paper.
_IDENTIFIER = r"""
    (?<![\w:.])(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}(?![\w:])                       # IPv6
  | (?<![\w:.])(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){0,6})?::[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){0,6}(?![\w:])
  | (?<![\w:-])[0-9a-fA-F]{2}(?P<mac>[:-])(?:[0-9a-fA-F]{2}(?P=mac)){4}[0-9a-fA-F]{2}(?![\w:-])
  | (?<![\w.,-])[3-6][0-9]{3}(?P<card>[ -])[0-9]{4}(?P=card)[0-9]{4}(?P=card)[0-9]{4}(?![\w-]|[.,][0-9])   # a card
  | (?<![\w.,-])3[47][0-9]{2}\ [0-9]{6}\ [0-9]{5}(?![\w-]|[.,][0-9])
  | (?<!\w)[A-Z]{2}[0-9]{2}(?=(?:[ A-Z]{0,6}[0-9]){8})(?:\ ?[A-Z0-9]{4}){2,7}(?:\ ?[A-Z0-9]{1,3})?(?!\w)    # IBAN
  | (?<![\w.,+-])(?<![0-9]\s)0[0-9]{2,4}(?:(?:\ [0-9]{3,8}){1,3}|[-/][0-9]{5,8})(?![\w-]|[.,][0-9])  # 020 7946 0958
  | (?<!\w)CVE-[0-9]{4}-[0-9]{4,7}(?!\w) | (?<!\w)(?i:arxiv):\s?[0-9]{4}\.[0-9]{4,5}(?:v[0-9]{1,3})?(?!\w)
"""
_CODE = r"""
    `[^`\n]++`
  | (?<![\w.])[a-z_][\w.]*+\([^()\n]{0,200}\)                                         # foo(1, 2)
  | (?<!\w)[A-Z][A-Z0-9_]{3,40}=[^\s,;)]++                                           # PORT=8080
  | </?[a-z][\w-]*+(?:\s[^<>\n]{0,300})?/?>                                           # <a href="x">
"""
_part = re.compile(f"{_ADDRESS}|{_IDENTIFIER}|{_CODE}", re.VERBOSE)
# A statement: it begins with a small letter, holds a bracket or "=", and ends as statements of many languages do; or it
# is a line that begins with a keyword of Python or C, a prompt, or a name that is given what a call or an item is.
_statement = re.compile(r"[ \t]*+[a-z_$}/*](?=[^\n]*[=(){}\[\]])[^\n]*[;{}]")
_keyword = re.compile(
    r"""\s*+(?:
        import\ \w[\w.]*+(?:\ as\ \w++)? | from\ \w[\w.]*+\ import\ [\w,\ *()]++ | (?:def|class)\ \w[^\n]*:
      | \#include\ [^\n]* | >>>\ [^A-Z\s][^\n]*+ | return\ (?=[^\n]*\w[(\[])[^\n]*[^\n.]
      | assert\ [^\n]*[=!<>]=[^\n]* | SELECT\ [^\n]*\ FROM\ [^\n]*
      | [a-z_][\w.]*+(?:\[[^\]\n]{1,40}\])?\ [-+*/|&]?=\ [^\n]*\w[(\[][^\n]*
    )""",
    re.VERBOSE,
)
LONGEST_LINE = 400  # characters of a line that may be code
FENCE = "```"


def machine_parts(text: str) -> list[tuple[int, int]]:
    """Half-open spans, in order and without overlaps; in time linear in the text."""
    spans = sorted([*_fenced(text), *_lines(text), *(m.span() for m in _part.finditer(text))])
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def touches(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether [start, end) shares a character with one of the spans, which are as `machine_parts` gives them."""
    i = bisect_right(spans, (start, end))
    return (i < len(spans) and spans[i][0] < end) or (i > 0 and spans[i - 1][1] > start)


def _fenced(text: str) -> Iterator[tuple[int, int]]:
    """Blocks between two fences of three backticks."""
    start = text.find(FENCE)
    while start >= 0:
        end = text.find(FENCE, start + len(FENCE))
        if end < 0:
            return
        yield start, end + len(FENCE)
        start = text.find(FENCE, end + len(FENCE))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Lines that look like code: they begin with a small letter or a keyword, and end as statements do."""
    if not any(
        sign in text for sign in (";", "{", "}", "def ", "import ", "#include", ">>> ", "return ", "= ", "SELECT ")
    ):
        return
    at = 0
    for line in text.split("\n"):
        bare = line.rstrip()
        if bare and len(bare) <= LONGEST_LINE and (_statement.fullmatch(bare) or _keyword.fullmatch(bare)):
            yield at, at + len(line)
        at += len(line) + 1
