"""What only looks like a name of the store: clubs, papers, schools, streets, persons, works, codes, ordinary words.

These features speak of "none of them" for modalities whose company is known, see `Cues`.
"""

from __future__ import annotations

from collections.abc import Set

from omnimodal.link.context import Around
from omnimodal.link.lexicon import lexicon

OF_LOOKALIKES = (
    *(
        "coded",
        "head_after",
        "head_of",
        "other_kind",
        "sport",
        "article",
        "the",
        "right_known",
        "left_known",
        "surname",
    ),
    *("ordinary", "ordinary_opens", "ordinary_small", "ordinary_acts"),
    *("given_free", "given_person", "given_someone", "given_something", "hers", "person_named", "with_given"),
    *("given_full", "surname_free", "surname_person"),
)
#: These may speak for a record as well.
OF_BOTH = frozenset(("ordinary_acts", "given_something"))
NO_LOOKALIKES = [0.0] * len(OF_LOOKALIKES)


def of_lookalikes(
    around: Around,
    name: str,
    people: Set[str],
    names: Set[str],
    cued_before: bool,
    cued_after: bool,
    small_after: bool,
    acts: bool,
    articled: bool,
) -> list[float]:
    """The features of OF_LOOKALIKES. people: given names that are a person's somewhere in the text; names: all of its
    names; cued_before, cued_after: a word stands beside it that stands beside names of the store; small_after: a word
    in small letters follows; acts: a verb does; articled: its name has the article, the Nile."""
    words, text = lexicon(), around.text
    right, left = around.right, around.left
    acronym = around.acronym
    longer = around.goes_on
    head = not acronym and not words.heads.isdisjoint(around.tail)
    kind = left in words.other_kinds or around.herald in words.other_kinds
    team = not words.sports.isdisjoint((left, right, *around.tail[1:2])) or around.score
    ordinary = text.casefold() in words.ordinary and not cued_before and not cued_after
    given, free = is_given(around), given_alone(around)
    family = text.casefold() in words.surnames and not (cued_before or cued_after or longer or around.encloses)
    seen = {
        "coded": around.coded,
        "head_after": head,
        "head_of": around.of in words.heads_of_names,
        "other_kind": kind and not around.opens,
        "sport": team,
        "article": is_article(around) and not (small_after or around.hyphen or longer),
        "the": left == "the"
        and not (articled or acronym or small_after or longer or " " in text or text.endswith("s")),
        "right_known": longer,
        "left_known": around.left_capital,
        "surname": longer and not head and around.opens,
        "ordinary": ordinary,
        "ordinary_opens": ordinary and around.opens,
        "ordinary_small": ordinary and ((small_after and not acts) or of_thing(around)),
        "ordinary_acts": ordinary and acts,
        "given_free": free and not cued_before,
        "given_person": given and not cued_before and of_someone(around),
        "given_someone": given and not cued_before and around.someone,
        "given_something": given and around.something,
        "hers": around.hers and not cued_before,
        "person_named": free and name in people and not cued_before,
        "with_given": any(word in words.given_names and word not in names for word in around.in_list),
        "given_full": given and " " in text and not (cued_before or cued_after),
        "surname_free": family,
        "surname_person": family and (of_someone(around) or around.someone or around.hers),
    }
    return [float(seen[feature]) for feature in OF_LOOKALIKES]


def is_article(around: Around) -> bool:
    """Whether "a" or "an" stands before it; not "à", nor the "a" of "nato a Roma" and "voy a Madrid"."""
    return around.before.lower() in ("a", "an") and lexicon().abroad.isdisjoint(around.near)


def longer_name(around: Around) -> bool:
    """Whether it begins, or ends behind "of", a longer name of another thing: a club's, a school's."""
    return around.goes_on or around.of in lexicon().heads_of_names


def in_headline(around: Around) -> bool:
    """Whether in a headline a capitalised word is behind it that is no verb in -s: "Paris Hilton Returns"."""
    return around.headline and around.after[:1].isupper() and not around.right.endswith("s")


def is_given(around: Around) -> bool:
    """Whether it begins with a given name, as "Robert Bosch" does."""
    return around.text.partition(" ")[0].casefold() in lexicon().given_names and not around.left_capital


def given_alone(around: Around) -> bool:
    """Whether it is a given name that no longer name goes on."""
    words, own = lexicon(), around.text.casefold()
    given = own in words.given_names and own not in words.seldom_given
    return given and not around.goes_on and not around.left_capital


def of_thing(around: Around) -> bool:
    """Whether a word that is a name as well is none here: "Apple or pear", "Gap between", "Block the door"."""
    words, other = lexicon(), around.or_small
    if other and other not in words.verbs and other not in words.openers and not other.endswith("ed"):
        return True
    return around.right in (
        "of",
        "between",
        "the",
        "a",
        "an",
        "your",
        "my",
        "his",
        "her",
        "their",
        "our",
        "this",
        "that",
    )


def of_someone(around: Around) -> bool:
    """Whether what persons do stands beside it: "met", "smiled"."""
    words = lexicon()
    after = around.right in words.person_after or (
        around.right in words.saying and around.right not in ("said", "says")
    )
    return after or around.left in words.saying  # countries say things too, and nobody writes "said Jordan" of one


def named_person(around: Around) -> bool:
    """Whether a given name is a person's here: of two names, or doing what persons do."""
    words = lexicon()
    if around.text.casefold() not in words.given_names:
        return False
    if around.hers or around.left in words.other_kinds or around.herald in words.other_kinds:
        return True
    return of_someone(around) or (around.goes_on and words.heads.isdisjoint(around.tail))
