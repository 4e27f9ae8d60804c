"""What the patterns of this room are made of: phrases of the language, the word before, a plural behind."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache, reduce
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """A data table of this room: "units", or a language."""
    return tomllib.loads((files("omnimodal") / "data" / "number" / f"{name}.toml").read_text("utf-8"))


def one_of(words: Iterable[str]) -> str:
    """An alternation that takes the longest, as a trie, so that a scan looks at each character once."""
    trie: dict[str, Any] = {}
    for word in words:
        node = trie
        for char in word:
            node = node.setdefault(char, {})
        node[""] = {}

    def pattern(node: dict[str, Any]) -> str:
        ways = [re.escape(char) + pattern(below) for char, below in node.items() if char]
        if not ways:
            return ""
        return (ways[0] if len(ways) == 1 and "" not in node else f"(?:{'|'.join(ways)})") + "?" * ("" in node)

    return pattern(trie)


def phrases(words: Iterable[str]) -> str:
    """An alternation of phrases, longest first, with any space between their words."""
    return "|".join(r"\s{1,2}".join(map(re.escape, w.split())) for w in sorted(words, key=len, reverse=True))


@cache
def said(form: str, *keys: str) -> re.Pattern[str]:
    """`form` with the phrases that the table of English has under `keys`, in letters of any case, for its WORDS."""
    words = reduce(lambda words, key: words[key], keys, table("en"))
    return re.compile(form.replace("WORDS", f"(?i:{phrases(words)})"))


def word_before(text: str, start: int, floor: int) -> str:
    """The word, in lower case, or else the mark that stands before; "" where it is a digit, a comma, or nothing."""
    last = start - 1
    while last >= floor and start - last <= 3 and text[last].isspace():
        last -= 1
    if last < floor or (char := text[last]) in ",;" or char.isdigit():
        return ""
    if not char.isalpha():
        return char
    first = last
    while first > floor and last - first < 14 and text[first - 1].isalpha():
        first -= 1
    return text[first : last + 1].lower()


@cache
def plural_at() -> re.Pattern[str]:
    """A noun in the plural behind a number, of which there are so many."""
    return re.compile(rf"\s(?!this|does)[a-z]{{3,30}}s(?!\w)|\s(?:{phrases(table('en')['context']['plural'])})(?!\w)")
