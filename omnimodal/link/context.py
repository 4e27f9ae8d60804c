"""What stands around a mention: the words beside it, the names after a comma, the words of its neighbourhood."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property

from omnimodal.fold import fold
from omnimodal.link.lexicon import WORD, lexicon, words

WINDOW = 150  # characters looked at on either side
_word_after = re.compile(r"[ \u00a0-]([^\W_][\w.'’&]*)")
_word_before = re.compile(r"([^\W_][\w.'’&]*)[ \u00a0-]$")
_enclosing = re.compile(r"\s?(?:,|\(|-)\s?(?:in\s|the\s)?(?=[^\W\d_])|\s(?:in|of)\s(?:the\s)?(?=[A-Z])")
_name = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W_][\w.'’-]*){0,4}")
_genitive = re.compile(r"\s?['’]s?(?!\w)")
_cited = re.compile(
    r"\s?,?\s\(?\s?(?:1[89]|20)\d\d[a-f]?\s?[;,)]|\set al\b|\s(?:and\s\w+\s|&\s\w+\s?,?\s)\(?\s?\d{4}\b"
)
# Law reports and codes: "410 U.S. 113", "12 U.S.C. § 84", "U.S. Pat. No. 5", "Texas v. Johnson", "LA-7".
_coded = re.compile(r"\s?§|\s(?:Pat|Code|Stat|Reg|Reports?)\b\.?|\sv\.\s?(?=[A-Z])|\set\sal\b|-?\d|(?<=\.)[A-Z]")
_coding = re.compile(r"(?:[A-Z][\w.]*\sv\.\s|[A-Z0-9]-)$")
_reporter = re.compile(r"(?<![\w.,])\d{1,4}\s$")
_page = re.compile(r"\s?\d")
_tail = re.compile(r"(?:[ \u00a0](?:and |of (?:the )?)?[A-Z][\w'’&-]*){1,4}")
_of = re.compile(r"([^\W\d_][\w.'’-]*)\sof\s(?:the\s|[A-Z][\w'’-]*,?\s(?:and\s)?){0,2}$")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|\n")
_long_word = re.compile(r"[^\W\d_]{4,}")
_someone = re.compile(r"[^.!?\n;]{0,50}?\b(?:he|she|his|her|him|hers|himself|herself)\b")
_its = re.compile(r"(?:['’]s)?[^.!?\n;]{0,40}?\b(?:its|itself)\b")
# "Dallas," she said; Jackson, who; Jackson, then a boy; Jackson, 91, of; Geneva and her brother; Lincoln was shot.
_hers = re.compile(
    r",[\"”’]\s(?:he|she)\s|,\s(?:who|whom|then\san?|\d\d,)\s|,?\s(?:and\s)?(?:his|her)\s|"
    r"\s(?:himself|herself)\b|(?:,?\sand\s[A-Z]\w+)?\s(?:was|is|were|had been|has been)\s"
    rf"(?:{'|'.join(sorted(lexicon().suffered))})\b"
)
# "Houston laughed. He", where the name opens its sentence.
_followed = re.compile(r"\s[a-z][^.!?\n]{0,100}[.!?][\"”’)]*\s(?:He|She)\s")
_had_done = re.compile(r"\shad\s(?:(?:never|already|not|just|always)\s)?[a-z]+(?:ed|en|wn|ght|nt|ft|id|de)\b")
_deed = re.compile(r"(?:(?:,\s|,?\sand\s)[^\W\d_a-z][\w'’-]*){0,4}\s([a-z]+)\b")  # of one, or of all in a list
_owned = re.compile(r"(?:['’]s|(?<=s)['’])\s([a-z]+)(?:\s([a-z]+))?")
# "son" of "two sons, Chester and Clinton": the small word before a name, or before a list that ends in it.
_herald = re.compile(r"([^\W\d_A-Z][^\W\d_]*),?\s(?:[^\W\d_a-z][\w'’.-]*(?:\s\([^()]*\))?(?:,\s|,?\sand\s)){0,6}$")
_particle = re.compile(
    r"\s[\"“(‘'][A-Z]\w+[\"”)’']\s[A-Z]|\s(?:van|von|de|der|den|da|di|du|del|della|la|le|al|el|bin|ibn)\s(?:de[rn]?\s|la\s)?[A-Z]"
)
_or_small = re.compile(r"\s(?:and|or)\s([a-z]+)\b")
_list_before = re.compile(r"([^\W\d_]+)(?:,|,?\s(?:and|or))\s$")
_list_behind = re.compile(r"(?:,|,?\s(?:and|or))\s([^\W\d_]+)")
_listed = re.compile(r"\s?,?\s(?:and|or|&)\s|\s?,\s[A-Z]")
_score = re.compile(r"\s\w+\s(?:\w+\s){0,3}\d{1,2}[-–]\d{1,2}\b")
LONGEST_ACRONYM = 5  # letters of what goes before other names in capitals: "U.S. Senate"
LONGEST_INITIAL = 3  # letters and point of what stands before a surname: "J.", "St."
HEADLINE = 3  # long words of a line that tell whether it is a headline
COORDINATED = re.compile(r"\s?,?\s(?:and|or|&)\s(?:the\s)?|\s?[,/]\s(?:the\s)?")  # between two names of a list
JOINED = re.compile(r"\s?,\s{0,2}|\s\(|\s?,\s(?:in|of)\s")  # between a name and the name of what it lies in


@dataclass(frozen=True, eq=False)
class Around:
    """before, after: the words beside the mention, joined to it by a blank or a hyphen, as they are written; left and
    right: these folded; left_opens: the word before opens a sentence; herald: the folded small word before it, or
    before a comma or a list before it.

    own: its folded words; near: those within two of it; wide: those of the window; opens: a sentence begins with it;
    encloses: folded names that begin right behind it after a comma or "in", at: the offset after the comma; cited: a
    year stands behind it as in citations; coded: it is a part of a code, as of law reports; tail: the capitalised words
    joined behind it, folded; of: the capitalised word before "of" before it, folded; headline: most words around have a
    capital; score: a game's score follows; someone, something: "he" or "her" follows, "its" does; hers: what only
    persons have or suffer stands right behind it; followed_by_person: the next sentence begins with "He" or "She";
    deed: the small word behind it, or behind the list that it begins; had_done: "had" and what was done follow;
    owned: what it has, "voice" in "Houston's great voice"; or_small: the small word behind "or"; particle: one of a
    surname stands behind it, "van Gogh", or a nickname; in_list: words beside it in a list.
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
    at: int
    hyphen: bool
    cited: bool
    coded: bool
    tail: tuple[str, ...]
    of: str
    headline: bool
    score: bool
    someone: bool
    something: bool
    hers: bool
    followed_by_person: bool
    deed: str
    had_done: bool
    owned: str
    herald: str
    or_small: str
    particle: bool
    in_list: tuple[str, ...]
    left_opens: bool

    @cached_property
    def left_capital(self) -> bool:
        """A capitalised word joined before it that is no opener: the mention may be the end of a longer name."""
        if not self.before or not self.before[0].isupper() or self.headline:
            return False
        if self.before.endswith(".") and len(self.before) > LONGEST_INITIAL:
            return False  # a sentence ended
        if self.left_opens and (self.left in _heralds() or self.left.endswith(("ing", "ly", "ed"))):
            return False
        return self.left.rstrip(".") not in lexicon().openers

    @cached_property
    def right_capital(self) -> bool:
        """A capitalised word joined behind it: the mention may be the beginning of a longer name."""
        if self.particle:
            return True
        return bool(self.after) and self.after[0].isupper() and not self.after.isupper() and not self.headline

    @cached_property
    def acronym(self) -> bool:
        return self.text.isupper() and len(self.text) <= LONGEST_ACRONYM

    @cached_property
    def goes_on(self) -> bool:
        """Whether a capitalised word behind it makes a longer name of it; an acronym goes before any: "U.S. Senate"."""
        if not self.right_capital or self.acronym:
            return False
        known = lexicon()
        if not known.heads.isdisjoint(self.tail):
            return True
        return self.right not in known.titles and self.right not in known.openers


@cache
def _heralds() -> frozenset[str]:
    """What stands before a name in lower case, and may open a sentence with a capital: "Carmaker"."""
    return frozenset[str]().union(*(cue.before for cue in lexicon().cues.values()))


def around(text: str, start: int, end: int) -> Around:
    """The neighbourhood of text[start:end]; looks at WINDOW characters on either side."""
    low, high = max(0, start - WINDOW), min(len(text), end + WINDOW)
    left, right = text[low:start], text[end:high]
    before, after = _word_before.search(left[-40:]), _word_after.match(right[:40])
    encloses: frozenset[str] = frozenset()
    at = -1
    if (joint := _enclosing.match(right)) and (name := _name.match(right, joint.end())):
        encloses, at = _beginnings(name[0]), end + joint.end() if "," in joint[0] or "(" in joint[0] else -1
    before_it, behind_it = words(left), words(right)
    own = text[start:end]
    tail = _tail.match(right)
    of = _of.search(left[-60:]) if " of " in left[-30:] else None
    herald = _herald.search(left[-100:]) if left.endswith(" ") else None
    small = _or_small.match(right)
    opens = _opens(left)
    deed = _deed.match(right)
    listing = _list_before.search(left[-30:]) if left.endswith((", ", " and ", " or ")) else None
    return Around(
        own,
        before[1] if before else "",
        after[1] if after else "",
        fold(before[1]) if before else "",
        fold(after[1]).removesuffix("'s").rstrip(".'") if after else "",
        opens,
        frozenset(words(own)),
        frozenset([*before_it[-2:], *behind_it[:2]]),
        frozenset([*before_it, *behind_it]),
        encloses,
        at,
        right[:1] == "-" or left[-1:] == "-",
        _cited.match(right) is not None,
        _is_coded(left, own, right),
        tuple(words(tail[0])) if tail else (),
        fold(of[1]) if of and of[1][0].isupper() else "",
        _is_headline(left, own, right),
        _score.match(right) is not None,
        _someone.match(right) is not None,
        _its.match(right) is not None,
        _hers.match(right) is not None,
        opens and _followed.match(right) is not None,
        deed[1] if deed else "",
        _had_done.match(right) is not None,
        _belonging(right),
        fold(herald[1]) if herald else "",
        small[1] if small else "",
        _particle.match(right) is not None,
        tuple(fold(m[1]) for m in (listing, _list_behind.match(right)) if m),
        before is not None and _opens(left[: len(left) - len(left[-40:]) + before.start()]),
    )


def listed(text: str, end: int) -> bool:
    """Whether a list goes on behind `end`: ", France and", "or"."""
    return _listed.match(text, end) is not None


def _belonging(right: str) -> str:
    """The noun behind a genitive, or the word behind that one where two follow that may be an adjective's noun."""
    found = _owned.match(right)
    if not found:
        return ""
    had = lexicon().persons_have | lexicon().places_have
    return found[2] if found[2] in had and found[1] not in had else found[1]


def _is_coded(left: str, own: str, right: str) -> bool:
    if _coded.match(own[-1] + right, 1) or (left.endswith((". ", "-")) and _coding.search(left[-40:])):
        return True
    return _page.match(right) is not None and _reporter.search(left[-6:]) is not None


def _is_headline(left: str, own: str, right: str) -> bool:
    """Whether the line, or the sentence, is in title case or in capitals: of its long words nearly all begin large."""
    if not (right.lstrip()[:1].isupper() or left.rstrip()[-20:].rpartition(" ")[2][:1].isupper()):
        return False  # nothing beside it has a capital that a headline would explain
    ends = SENTENCE.split(right)[0]
    if ends.rstrip().endswith((".", ",", ";")):
        return False
    here = [*_long_word.findall(SENTENCE.split(left)[-1]), *_long_word.findall(ends)]
    return len(here) >= HEADLINE and sum(word[0].isupper() for word in here) >= 0.9 * len(here)


def _beginnings(name: str) -> frozenset[str]:
    """ "Texas. Then" → {"texas.", "texas", "texas. then"}: what a name that begins there may be."""
    parts = fold(name).split(" ")
    made = [" ".join(parts[:n]) for n in range(1, len(parts) + 1)]
    return frozenset([*made, *(m.rstrip(".'") for m in made), *(_genitive.sub("", m) for m in made)])


def _opens(left: str) -> bool:
    """Whether a sentence begins behind this text."""
    bare = left.rstrip(" \t\u00a0\"'“”‘’([")
    return not bare or bare[-1] in ".!?:\n•–—" or "\n" in left[len(bare) :]


__all__ = ["COORDINATED", "JOINED", "WINDOW", "WORD", "Around", "around", "listed"]
