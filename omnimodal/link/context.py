"""What stands around a mention: the words beside it, the names after a comma, the words of its neighbourhood."""

from __future__ import annotations

import re
from dataclasses import dataclass

from omnimodal.fold import fold
from omnimodal.link.lexicon import WORD, lexicon, words

WINDOW = 150  # characters looked at on either side
_word_after = re.compile(r"[ \u00a0-]([^\W_][\w.'’&]*)")
_word_before = re.compile(r"([^\W_][\w.'’&]*)[ \u00a0-]$")
_enclosing = re.compile(r"\s?(?:,|\(|-)\s?(?:in\s|the\s)?(?=[^\W\d_])|\s(?:in|of)\s(?:the\s)?(?=[A-Z])")
_name = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W_][\w.'’-]*){0,4}")
_genitive = re.compile(r"\s?['’]s?(?!\w)")
_cited = re.compile(r"\s?,?\s\(?\s?(?:1[89]|20)\d\d[a-f]?\s?[;,)]|\s(?:&|et al)\b|\s(?:and|&)\s\w+\s\(\s?\d{4}")
JOINED = re.compile(r"\s?,\s{0,2}|\s\(|\s?,\s(?:in|of)\s")  # between a name and the name of what it lies in


@dataclass(frozen=True)
class Around:
    """before, after: the words beside the mention, joined to it by a blank or a hyphen, as they are written; left and
    right: these folded.

    own: its folded words; near: those within two of it; wide: those of the window; opens: a sentence begins with it;
    encloses: folded names that begin right after a comma behind it; cited: a year stands behind it as in citations.
    """

    text: str
    before: str
    after: str
    left: str
    right: str
    opens: bool
    own: frozenset[str]
    near: frozenset[str]
    wide: frozenset[str]
    encloses: frozenset[str]
    hyphen: bool
    cited: bool

    @property
    def left_capital(self) -> bool:
        """A capitalised word joined before it that is no opener: the mention may be the end of a longer name."""
        return bool(self.before) and self.before[0].isupper() and self.left.rstrip(".") not in lexicon().openers

    @property
    def right_capital(self) -> bool:
        """A capitalised word joined behind it: the mention may be the beginning of a longer name."""
        return bool(self.after) and self.after[0].isupper() and not self.after.isupper()


def around(text: str, start: int, end: int) -> Around:
    """The neighbourhood of text[start:end]; looks at WINDOW characters on either side."""
    low, high = max(0, start - WINDOW), min(len(text), end + WINDOW)
    left, right = text[low:start], text[end:high]
    before, after = _word_before.search(left[-40:]), _word_after.match(right[:40])
    encloses: frozenset[str] = frozenset()
    if (joint := _enclosing.match(right)) and (name := _name.match(right, joint.end())):
        encloses = _beginnings(name[0])
    wide = words(left) + words(right)
    return Around(
        text[start:end],
        before[1] if before else "",
        after[1] if after else "",
        fold(before[1]) if before else "",
        fold(after[1]).removesuffix("'s").rstrip(".'") if after else "",
        _opens(left),
        frozenset(words(text[start:end])),
        frozenset([*words(left[-30:])[-2:], *words(right[:30])[:2]]),
        frozenset(wide),
        encloses,
        right[:1] == "-" or left[-1:] == "-",
        _cited.match(right) is not None,
    )


def _beginnings(name: str) -> frozenset[str]:
    """ "Texas. Then" → {"texas.", "texas", "texas. then"}: what a name that begins there may be."""
    parts = fold(name).split(" ")
    made = [" ".join(parts[:n]) for n in range(1, len(parts) + 1)]
    return frozenset([*made, *(m.rstrip(".'") for m in made), *(_genitive.sub("", m) for m in made)])


def _opens(left: str) -> bool:
    """Whether a sentence begins behind this text."""
    bare = left.rstrip(" \t\u00a0\"'“”‘’([")
    return not bare or bare[-1] in ".!?:\n•–—" or "\n" in left[len(bare) :]


__all__ = ["JOINED", "WINDOW", "WORD", "Around", "around"]
