"""Reads what people write to segbot in their own words: rules and the schema's words, no language model.

A number belongs to the feature that is named before it, else to the one whose unit follows, else to the one that is
named after it. A number that belongs to none is asked about, not guessed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Final

from bot.parsing.formatting import is_unit
from bot.parsing.segment_text import LONGEST_TEXT, Refusal
from bot.parsing.topics import Topic, asks_for_help, greets, topic_of
from segmentation.categories import codes_by_key, fold_category, is_listed
from segmentation.numbers.values import quote, trim
from segmentation.schema import Feature, Schema
from segmentation.writing.folding import fold_text

MOST_ROWS: Final = 30
_THANKS: Final = re.compile(
    r"(?:(?:many )?thanks|thank you|thx|danke|merci|gracias|ok|okay|great|cool|perfect|nice)"
    r"(?:,? (?:a lot|so much|very much|segbot))*\W*"
)
_SEGMENTS: Final = re.compile(r"\b(?:segments|segmente|groups|map)\b")
_ASSIGNED: Final = re.compile(r"\w\s*[=:＝：]\s*\S")
_LINK: Final = re.compile(r"<(?:[^<>|]*\|)?([^<>|]*)>")
_MENTION: Final = re.compile(r"<@[A-Z0-9]+(?:\|[^>]*)?>")
# A number with its currency, its marks and what is written against it ("60k", "35-year-old"), or a word.
_TOKEN: Final = re.compile(
    r"(?P<number>[$€£¥]?[-+]?(?:[0-9]|[.,](?=[0-9]))[0-9.,'’]*[^\W_]*%?)|(?P<word>[^\W\d][\w'’]*)"
)
_END_MARKS: Final = ".,'’"
_CUT_NUMBER: Final = re.compile(r"([$€£¥]?[-+]?[0-9.,'’]*[0-9])[.,'’]*(\w*%?)")
_WORD: Final = re.compile(r"[^\W_]+")
_FILLERS: Final = frozenset(
    {"a", "an", "the", "of", "is", "was", "are", "at", "about", "around", "with", "and", "has", "have", "for", "in"}
)
_AGES: Final = frozenset({"is", "aged", "age", "who's", "who’s"})
_YEARS: Final = "years"
_MOST_KEY_WORDS: Final = 6
_DELIMITERS: Final = ("\t", ";", ",", "|")


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody asks about a customer; `text` is what `/segment` would be told."""

    text: str


@dataclass(frozen=True, slots=True)
class AboutSegment:
    """Somebody asks what a segment is."""

    name: str


@dataclass(frozen=True, slots=True)
class AllSegments:
    """Somebody asks which segments there are."""


@dataclass(frozen=True, slots=True)
class Help:
    """Somebody says hello, or asks what segbot can do."""


@dataclass(frozen=True, slots=True)
class About:
    """Somebody asks a question that has one answer."""

    topic: Topic


@dataclass(frozen=True, slots=True)
class Thanks:
    """Somebody says thanks, which needs no table."""


@dataclass(frozen=True, slots=True)
class PastedTable:
    """A few rows with their header, as text."""

    text: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nothing here was understood."""


Meant = Customer | AboutSegment | AllSegments | About | Help | Thanks | PastedTable | Refusal | Unclear


def read_message(text: str, schema: Schema, names: Sequence[str]) -> Meant:
    """Say what somebody means.

    Parameters
    ----------
    text
        The message as Slack delivers it, with mentions and links in its own marks.
    names
        The model's segments.
    """
    if len(text) > LONGEST_TEXT * 2:
        return Unclear()
    plain = trim(plain_text(text))
    folded = fold_text(plain)
    if not plain or asks_for_help(plain) or greets(folded):
        return Help()
    if _THANKS.fullmatch(folded):
        return Thanks()
    return PastedTable(plain) if is_table(plain, schema) else _question(plain, schema, names)


def plain_text(text: str) -> str:
    """Take out Slack's marks of mentions and links, and its escapes.

    >>> plain_text("<@U012> what is <http://a.b|income> &gt; 3?")
    'what is income > 3?'
    """
    return html.unescape(_LINK.sub(r"\1", _MENTION.sub("", text))).strip()


def is_table(text: str, schema: Schema) -> bool:
    """Say whether a text is a small table: its first line names every cluster feature, and rows follow."""
    lines = [line for line in text.splitlines() if trim(line)]
    if not 1 < len(lines) <= MOST_ROWS + 1:
        return False
    known = {
        feature.name
        for delimiter in _DELIMITERS
        if len(cells := lines[0].split(delimiter)) > 1
        for cell in cells
        if (feature := schema.find(cell)) is not None
    }
    return all(schema.names[i] in known for i in schema.cluster_indices)


def _question(plain: str, schema: Schema, names: Sequence[str]) -> Meant:
    if _ASSIGNED.search(plain):
        return Customer(plain)
    tokens = list(_tokens(plain))
    if any(token.number for token in tokens):
        return _customer(schema, plain, tokens)
    folded = fold_text(plain)
    topic = topic_of(folded)
    return _about(folded, names) if topic is None else About(topic)


def _customer(schema: Schema, plain: str, tokens: Sequence[_Token]) -> Customer | Refusal:
    """Return what the numbers say of a customer, if there is one way to read them all; else ask."""
    if all(token.number for token in tokens):
        return Customer(plain)  # nothing but numbers: the command's reader asks which is which
    ways = [(True, False), (False, True), (True, True)]
    readings = [_Reading(schema, tokens, before=before, after=after) for before, after in ways]
    whole = list(dict.fromkeys(reading.command for reading in readings if not reading.left))
    if len(whole) == 1:
        return Customer(whole[0])
    if whole:
        return Refusal(("I can read this in two ways",), either=tuple(whole))
    meant = list(dict.fromkeys(filter(None, (reading.completed for reading in readings))))
    fewest = min(readings, key=lambda reading: len(reading.left))
    left = [quote(number.rstrip(_END_MARKS)) for number in fewest.left]
    sentence = f"I can't tell what {' and '.join(left)} {'is' if len(left) == 1 else 'are'}"
    if len(meant) > 1:
        return Refusal(("I can't tell which number is which",), either=tuple(meant))
    return Refusal((sentence,), corrected=meant[0] if meant else None)


def _about(folded: str, names: Sequence[str]) -> Meant:
    words = f" {_words(folded)} "
    named = [name for name in names if _is_named(name, words)]
    # "High value" within "High value, new": the longer name was meant.
    meant = [name for name in named if not any(name != other and name in other for other in named)]
    if len(meant) == 1:
        return AboutSegment(meant[0])
    return AllSegments() if meant or _SEGMENTS.search(folded) else Unclear()


def _is_named(name: str, words: str) -> bool:
    named = _words(fold_text(name))
    return bool(named) and any(f" {form} " in words for form in (named, f"{named}s"))


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text))


@dataclass(slots=True)
class _Token:
    """A word, or a number with what is written against it."""

    text: str
    number: str = ""
    unit: str = ""
    used: bool = False


class _Reading:
    """The numbers of a text, and which feature each belongs to, in one way of reading."""

    def __init__(self, schema: Schema, tokens: Sequence[_Token], *, before: bool, after: bool) -> None:
        """Read; `before` and `after` say where a number's feature may be named."""
        self._schema = schema
        self._tokens = [replace(token) for token in tokens]
        # By the feature's name, as it was written; and the numbers that belong to none.
        self.given: dict[str, str] = {}
        self.left: list[str] = []
        self._categories()
        places = [place for place, token in enumerate(self._tokens) if token.number]
        for place, following in pairwise([*places, len(self._tokens)]):
            token = self._tokens[place]
            feature = (
                (before and self._before(place))
                or self._unit(place, following)
                or (after and self._after(place, following))
                or None
            )
            if feature is None or feature.name in self.given:
                self.left.append(token.text)
            else:
                self.given[feature.name] = f"{token.number}{token.unit}"
                self._take_unit(feature, place + 1, following)

    @property
    def command(self) -> str:
        """What `/segment` would be told."""
        return " ".join(f"{name}={self.given[name]}" for name in self._schema.names if name in self.given)

    @property
    def completed(self) -> str:
        """The same, if one number is left for one feature; else empty."""
        lacking = [
            feature.name
            for feature in self._schema.features
            if feature.name not in self.given and not feature.is_category
        ]
        if len(self.left) != 1 or len(lacking) != 1 or not self.given:
            return ""
        given = {**self.given, lacking[0]: self.left[0]}
        return " ".join(f"{name}={given[name]}" for name in self._schema.names if name in given)

    def _categories(self) -> None:
        """Take the categories that stand beside their feature's name: "Pro plan", "plan is Pro"."""
        for feature in self._schema.features:
            if not feature.is_category:
                continue
            for start in range(len(self._tokens)):
                for count in range(_MOST_KEY_WORDS, 0, -1):
                    words = self._tokens[start : start + count]
                    text = " ".join(word.text for word in words)
                    if len(words) == count and is_listed(feature, text) and self._is_beside(feature, start, count):
                        self.given.setdefault(feature.name, feature.typed(codes_by_key(feature)[fold_category(text)]))

    def _is_beside(self, feature: Feature, start: int, count: int) -> bool:
        """Tell whether a feature is named before or after some words."""
        end = start
        while end > 0 and self._tokens[end - 1].text.casefold() in _FILLERS:
            end -= 1
        around = (
            (self._tokens[end - size : end] for size in range(1, end + 1)),
            (self._tokens[start + count : start + count + size] for size in range(1, _MOST_KEY_WORDS + 1)),
        )
        return any(
            self._schema.find(" ".join(word.text for word in words)) is feature
            for side in around
            for words in islice(side, _MOST_KEY_WORDS)
            if words
        )

    def _before(self, place: int) -> Feature | None:
        """Return the feature named before a number: "an income of 60"."""
        end = place
        while end > 0 and not self._tokens[end - 1].number and self._tokens[end - 1].text.casefold() in _FILLERS:
            end -= 1
        feature = self._named(range(max(0, end - _MOST_KEY_WORDS), end), from_end=True)
        if feature is not None:
            return feature
        # "Who is 35": people are only ever a number of years.
        said = self._tokens[place - 1].text.casefold() if place else ""
        return self._of_unit(_YEARS) if said in _AGES and not self._tokens[place].unit else None

    def _unit(self, place: int, following: int) -> Feature | None:
        """Return the one feature whose unit follows a number: "35 years", "60k"."""
        token = self._tokens[place]
        if token.unit:
            feature = self._of_unit(token.unit)
            if feature is not None:
                token.unit = "" if fold_text(token.unit) != "k" else token.unit
            return feature
        if place + 1 < following and not self._tokens[place + 1].used:
            feature = self._of_unit(self._tokens[place + 1].text)
            if feature is not None:
                self._tokens[place + 1].used = True
            return feature
        return None

    def _take_unit(self, feature: Feature, place: int, following: int) -> None:
        """Take the unit after a number whose feature is known: in "who is 35 years, 60k" it says nothing of the 60k."""
        if place < following and is_unit(self._tokens[place].text, feature):
            self._tokens[place].used = True

    def _after(self, place: int, following: int) -> Feature | None:
        """Return the feature named after a number: "60 income"."""
        return self._named(range(place + 1, min(following, place + 1 + _MOST_KEY_WORDS)), from_end=False)

    def _of_unit(self, word: str) -> Feature | None:
        found = [feature for feature in self._schema.features if is_unit(word, feature)]
        return found[0] if len(found) == 1 else None

    def _named(self, within: range, *, from_end: bool) -> Feature | None:
        """Return the feature that the longest run of unused words names, next to a number."""
        for count in range(len(within), 0, -1):
            start = within.stop - count if from_end else within.start
            words = self._tokens[start : start + count]
            if any(word.used or word.number for word in words):
                continue
            feature = self._schema.find(" ".join(word.text for word in words))
            if feature is not None and not feature.is_category:
                for word in words:
                    word.used = True
                return feature
        return None


def _tokens(text: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        cut = _CUT_NUMBER.fullmatch(match["number"] or "")
        found.append(_Token(match[0], cut[1], cut[2]) if cut else _Token(match[0]))
    return found
