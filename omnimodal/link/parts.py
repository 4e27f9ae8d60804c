"""Whether a name found inside a longer one is a part of that name, or named in it: Paris Hilton, the mayor of Paris."""

from __future__ import annotations

import re

from omnimodal.link.lexicon import lexicon

_joint = r"(?:[ \u00a0]|\s?[-–]\s?)"
_before = re.compile(rf"([^\W_][\w.'’]*){_joint}$")
_after = re.compile(rf"{_joint}([^\W_][\w.'’]*)")
_genitive = re.compile(r"\s?['’]s?")
REACH = 40  # characters looked at on either side


def is_part_of_name(text: str, inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    """Whether text[inner] is no more than a part of the name text[outer], which holds it.

    It is where a capitalised word of the name is joined to it ("Theresa May", "Ms. Davis"), but for a title behind it
    ("US President Obama") and an opener before it ("The Chicago mayor", not "August Wilson"), and where only a genitive
    is left of the name.
    What does not begin with a capital letter, a year, is no part of a name.
    """
    (start, end), (low, high) = inner, outer
    if not text[start].isupper():
        return False
    if start == low and _genitive.fullmatch(text, end, high):
        return True
    before = _before.search(text[max(low, start - REACH) : start])
    if before and before[1][0].isupper() and (end == high or _bare(before[1]) not in lexicon().openers):
        return True
    after = _after.match(text[end : min(high, end + REACH)])
    return bool(after and after[1][0].isupper() and _bare(after[1]) not in lexicon().titles)


def _bare(word: str) -> str:
    return word.rstrip(".").casefold()
