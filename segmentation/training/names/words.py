"""What a name calls being below or above the average on a feature: "younger", "more orders", "higher income".

All of them compare, since that is all a cluster's place among this file's customers can say: "low income" may be false
of people who all earn well, "lower income" is not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from segmentation.schema import Feature, Indicator, Level
from segmentation.writing.folding import fold_text

LONGEST_NOUN: Final = 16
_BEFORE_NOUN: Final = re.compile(
    r"^(?:(?:annual|yearly|monthly|weekly|daily|average|avg|mean|total|number|no|of|the|a)\b\.? *)+(?=.)", re.IGNORECASE
)
_AFTER_NOUN: Final = re.compile(r"(?: *[(\[,;:/].*| +(?:a|an|per|in|since|last|this) .*)$", re.IGNORECASE | re.DOTALL)
_PLURAL: Final = re.compile(r"[a-z ]*[a-z]{2,}[^isu\W]s")
# "Months as customer", "years with us", "days since registration".
_TIMES: Final = frozenset({"days", "weeks", "months", "years", "month", "year"})
_BELONGING: Final = frozenset({"customer", "client", "member", "us", "membership", "registration", "signup", "joining"})
_AS: Final = frozenset({"as", "with", "of", "since", "being"})
# A noun that was cut does not end in one of these.
_LEADING_ON: Final = re.compile(r"(?: (?:a|an|and|as|at|by|for|from|in|of|on|or|per|since|the|to|with))+$")
_NOT_COUNTED: Final = frozenset({"sales", "earnings", "savings", "wages", "expenses"})


@dataclass(frozen=True, slots=True)
class Words:
    """One feature's words: for clusters below and above the average, and for those lowest and highest of all."""

    noun: str
    low: str
    high: str
    lowest: str
    highest: str

    def say(self, level: Level, *, extreme: bool = False) -> str:
        """Return the words for a level."""
        if level is Level.MID:
            return f"average {self.noun}"
        if level is Level.LOW:
            return self.lowest if extreme else self.low
        return self.highest if extreme else self.high


_AGE: Final = Words("age", "younger", "older", "youngest", "oldest")
_RECENCY: Final = Words("recency", "more recent", "long absent", "most recent", "longest absent")
_TENURE: Final = Words("tenure", "newer", "longer-standing", "newest", "longest-standing")
_BASKET: Final = Words("basket", "smaller baskets", "bigger baskets", "smallest baskets", "biggest baskets")
_SPENDING: Final = Words("spending", "lower spending", "higher spending", "lowest spending", "highest spending")
_FREQUENCY: Final = Words("frequency", "less frequent", "more frequent", "least frequent", "most frequent")


def words_of(features: Sequence[Feature]) -> list[Words]:
    """Return each feature's words; no two features share any.

    Examples
    --------
    >>> [words.high for words in words_of(model.schema.features)]
    ['older', 'higher income', 'higher spending']
    """
    kinds = [_indicated(feature) if isinstance(feature, Indicator) else _kind(feature) for feature in features]
    often = Counter(kinds)
    # What two features share tells neither: "spending on wine" and "spending on fish" go by their own nouns.
    own = [words if often[words] == 1 else None for words in kinds]
    nouns = _nouns(features, {words.noun for words in own if words is not None})
    return [_compared(noun) if words is None else words for words, noun in zip(own, nouns, strict=True)]


def _indicated(feature: Indicator) -> Words:
    """Return the words for a category: "plan is Pro"; no customer has more or less of it."""
    name = feature.label_in_text
    other = f"{name[: -len(feature.category)]}not {feature.category}"
    return Words(name, other, name, other, name)


def _kind(feature: Feature) -> Words | None:
    """Return the words marketers have for a kind of feature, told by its name and label."""
    said = set(re.findall(r"[^\W\d_]+", fold_text(f"{feature.name} {feature.label}")))
    if said <= {"age", "customer", "years", "in", "s"} and "age" in said:
        return _AGE
    if "recency" in said or {"since", "last"} <= said:
        return _RECENCY
    if "tenure" in said or {"customer", "since"} <= said or (said & _TIMES and said & _BELONGING and said & _AS):
        return _TENURE
    if said & {"basket", "cart"}:
        return _BASKET
    if said & {"spend", "spending", "spent", "monetary"}:
        return _SPENDING
    return _FREQUENCY if "frequency" in said else None


def _nouns(features: Sequence[Feature], taken: set[str]) -> list[str]:
    """Return a short noun for each feature, each another and none of those taken."""
    nouns: list[str] = []
    for i, feature in enumerate(features):
        noun = _AFTER_NOUN.sub("", _BEFORE_NOUN.sub("", feature.label_in_text, count=1))
        name = feature.name.replace("_", " ")
        choices = (noun, name, _cut(noun), _cut(name), f"feature {i + 1}")
        nouns.append(next(text for text in choices if 0 < len(text) <= LONGEST_NOUN and text not in (*nouns, *taken)))
    return nouns


def _cut(text: str) -> str:
    """Keep the words at the beginning that fit."""
    if len(text) <= LONGEST_NOUN:
        return text
    return _LEADING_ON.sub("", text[: LONGEST_NOUN + 1].rpartition(" ")[0])


def _compared(noun: str) -> Words:
    if _PLURAL.fullmatch(noun) and noun not in _NOT_COUNTED:
        return Words(noun, f"fewer {noun}", f"more {noun}", f"fewest {noun}", f"most {noun}")
    return Words(noun, f"lower {noun}", f"higher {noun}", f"lowest {noun}", f"highest {noun}")
