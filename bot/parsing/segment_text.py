"""Reads the text of `/segment`: one value per feature, or a refusal with each fault and a command to paste."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.parsing.formatting import bare_value, bare_word, unwrapped
from bot.parsing.pairs import ASSIGN, Pair, split, words_of
from bot.parsing.topics import asks_for_help
from segmentation.answers.hints import meant_in_smaller_units
from segmentation.categories import is_listed
from segmentation.numbers.values import ValueFault, parse_number, quote, read_value, trim, typed_value
from segmentation.schema import Feature, Schema
from segmentation.writing.folding import fold_key

NAME: Final = "/segment"
LONGEST_TEXT: Final = 2000
MOST_FAULTS: Final = 5
_LONGEST_KEY: Final = 64
# A point before exactly three digits may group them, which `read_value` decides.
_PLAIN_PAIR: Final = re.compile(r"([a-z]+)=([0-9]{1,9}(?:\.(?:[0-9]{1,2}|[0-9]{4,6}))?)")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a text was not answered.

    Parameters
    ----------
    faults
        Sentences without a full stop, in reading order, at most five; they hold what was typed, unescaped.
    more
        How many faults were found beyond those.
    corrected
        The command's text as it was probably meant, None if that cannot be told.
    either
        The command's texts, at least two, one of which was meant; empty if more than one value can mean two numbers,
        or if anything else is wrong that cannot be corrected.
    """

    faults: tuple[str, ...]
    more: int = 0
    corrected: str | None = None
    either: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Somebody asked how the command works."""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """All is well but that some features which decide the segment are missing.

    Parameters
    ----------
    values
        Those given, by the feature's name, finite and in bounds; at least one decides the segment.
    """

    values: dict[str, float]


def read_command(text: str, schema: Schema) -> dict[str, float] | Incomplete | Refusal | Usage:
    """Read a command's text in time linear in its length.

    Returns
    -------
    dict[str, float] | Incomplete | Refusal | Usage
        Values by the feature's name, finite and in bounds: of every cluster feature, and of the profile features
        that were given; or of some cluster features; or why not; or a request for help.
    """
    if len(text) > LONGEST_TEXT:
        return Refusal((f"The text has {len(text):,} characters; {LONGEST_TEXT:,} is the limit",))
    if (values := read_plain(text, schema)) is not None:
        return values
    plain = _without_name(unwrapped(text))
    if not bare_word(plain) or asks_for_help(plain):
        return Usage()
    if plain[0] in "{[":
        return Refusal(("JSON is not read here: write key=value pairs",), corrected=_from_json(plain, schema))
    if not ASSIGN.search(plain):
        return _without_keys(plain, schema)
    pairs, stray = split(plain, schema)
    return _Reader(schema).read(pairs, stray)


def _without_name(plain: str) -> str:
    """Remove the command's name, which people copy along with its text."""
    return trim(plain[len(NAME) :]) if plain.casefold().startswith(f"{NAME} ") else plain


def read_plain(text: str, schema: Schema) -> dict[str, float] | None:
    """Read the form nearly all commands have, `key=60 key=70.5`, at a tenth of the cost; None for any other form.

    The values are those that `read_command` returns.
    """
    if len(text) > LONGEST_TEXT:
        return None
    values: dict[str, float] = {}
    for part in text.split(" "):
        match = _PLAIN_PAIR.fullmatch(part)
        feature = None if match is None else schema.by_key.get(match[1])
        if match is None or feature is None or feature.is_category or feature.name in values:
            return None
        value = float(match[2])
        if not feature.minimum <= value <= feature.maximum:
            return None
        values[feature.name] = value
    return values if _is_complete(values, schema) else None


def _is_complete(values: Mapping[str, object], schema: Schema) -> bool:
    """Return whether nothing is lacking that decides the segment; a profile feature may be left out."""
    return len(values) == len(schema.features) or all(schema.names[i] in values for i in schema.cluster_indices)


class _Reader:
    """Collects values and faults of one text."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._values: dict[str, float] = {}
        self._guesses: dict[str, str] = {}
        # By the feature's name: what a value that can mean two numbers is to be written as.
        self._doubtful: dict[str, tuple[str, ...]] = {}
        self._named: set[str] = set()
        self._faults: list[str] = []
        # True after a fault that leaves open what was meant: no corrected command is offered then.
        self._hopeless = False
        # How many of the faults are values that fit once they are in the feature's unit.
        self._in_other_units = 0

    def read(self, pairs: list[Pair], stray: list[str]) -> dict[str, float] | Incomplete | Refusal:
        for pair in pairs:
            self._pair(pair)
        if stray:
            # "60 000": the part before the space is not the whole number, so nothing is guessed.
            self._hopeless |= any(parse_number(word) is not None for word in stray)
            words = ", ".join(quote(word) for word in stray[:MOST_FAULTS])
            self._faults.append(f"I don't know what to do with {words}{' …' if len(stray) > MOST_FAULTS else ''}")
        features, named = self._schema.features, self._named
        missing = [features[i] for i in self._schema.cluster_indices if features[i].name not in named]
        if missing and not self._faults and len(missing) < len(self._schema.cluster_indices):
            return Incomplete(self._values)
        if missing and (partial := self._partial()):
            return Refusal(tuple(self._faults), corrected=partial)
        if missing:
            self._faults.append(
                "Missing: " + ", ".join(f"{f.name} ({f.label_in_text}, {f.range_text})" for f in missing)
            )
        if not self._faults:
            return self._values
        shown = self._faults[:MOST_FAULTS]
        if missing and self._faults[-1] not in shown:  # a missing value is always named
            shown[-1] = self._faults[-1]
        more = len(self._faults) - len(shown)
        return Refusal(tuple(shown), more, None if missing else self._corrected(), () if missing else self._either())

    def _pair(self, pair: Pair) -> None:
        feature = self._schema.find(pair.key)
        if feature is None:
            feature = self._unknown(pair)
            if feature is None:
                return
            if feature.name in self._named:
                self._hopeless = True
                return
        elif feature.name in self._named:
            self._faults.append(f"{feature.name} is given twice")
            self._hopeless = True
            return
        self._named.add(feature.name)
        given = (
            pair.value if feature.is_category and is_listed(feature, pair.value) else bare_value(pair.value, feature)
        )
        value = read_value(feature, given)
        if not isinstance(value, ValueFault):
            self._values[feature.name] = value
            self._guesses[feature.name] = typed_value(feature, value)
            return
        self._in_other_units += bool(value.looks)
        said = value.looks or value.sentence
        self._faults.append(f"{feature.name} has no value" if not trim(pair.value) else said)
        if value.suggestion is not None:
            self._guesses[feature.name] = value.suggestion
        elif meant := value.either or meant_in_smaller_units(feature, given):
            self._doubtful[feature.name] = meant
        else:
            self._hopeless = True

    def _unknown(self, pair: Pair) -> Feature | None:
        """Record an unknown key; return the feature that was probably meant."""
        if not pair.key:
            alone = not trim(pair.value)
            self._faults.append("An = stands alone" if alone else f"{quote(pair.value)} has no key in front of it")
            return None
        fault = f"I don't know {quote(pair.key)}"
        if len(self._faults) >= MOST_FAULTS:  # comparing costs time, and the result would not be shown
            self._faults.append(fault)
            return None
        keys = self._schema.by_key
        # Cut, since the time this takes is not linear in the key's length.
        close = difflib.get_close_matches(fold_key(pair.key[:_LONGEST_KEY]), keys, n=1)
        if close:
            self._faults.append(f"{fault}: did you mean {keys[close[0]].name}?")
            return keys[close[0]]
        self._faults.append(f"{fault}; the keys are {', '.join(self._schema.names)}")
        return None

    def _corrected(self) -> str | None:
        if self._hopeless or any(len(meant) > 1 for meant in self._doubtful.values()):
            return None
        self._guesses |= {name: meant[0] for name, meant in self._doubtful.items()}
        if not _is_complete(self._guesses, self._schema):
            return None
        return _command(self._guesses, self._schema)

    def _partial(self) -> str | None:
        """Return the command with some of the values that decide, if each fault is a value's in another unit."""
        decides = any(self._schema.names[i] in self._guesses for i in self._schema.cluster_indices)
        return _command(self._guesses, self._schema) if decides and self._in_other_units == len(self._faults) else None

    def _either(self) -> tuple[str, ...]:
        if self._hopeless or len(self._doubtful) != 1:
            return ()
        ((name, values),) = self._doubtful.items()
        meant = [{**self._guesses, name: value} for value in values]
        return tuple(_command(guess, self._schema) for guess in meant if _is_complete(guess, self._schema))


def _command(values: Mapping[str, str], schema: Schema) -> str:
    return " ".join(f"{name}={values[name]}" for name in schema.names if name in values)


def _without_keys(text: str, schema: Schema) -> Refusal:
    words = [bare_value(word, None) for word in words_of(text)]
    if len(words) == 1:  # "35,60,70": commas between digits, which elsewhere belong to a number
        words = [word for word in words[0].split(",") if word]
    corrected = _meant([Pair(key, value) for key, value in zip(schema.names, words, strict=False)], schema)
    if corrected is not None and len(words) == len(schema.features):
        return Refusal(("Say which number is which",), corrected=corrected)
    if words and all(parse_number(word) is not None for word in words):
        return Refusal(("Say which number is which",))
    pairs = [Pair(key, value) for key, value in zip(words[::2], words[1::2], strict=False)]
    corrected = _meant(pairs, schema) if len(words) == 2 * len(pairs) <= 2 * len(schema.features) else None
    return Refusal((f"I found no key=value pair in {quote(text)}",), corrected=corrected)


def _from_json(text: str, schema: Schema) -> str | None:
    """Return the command a JSON object stands for, None if the text is not one."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or not all(isinstance(value, str | int | float) for value in data.values()):
        return None
    return _meant([Pair(key, str(value)) for key, value in data.items()], schema)


def _meant(pairs: list[Pair], schema: Schema) -> str | None:
    """Return the command the pairs stand for, None if they cannot be read even with corrections."""
    read = _Reader(schema).read(pairs, [])
    if isinstance(read, Incomplete):
        return None
    if isinstance(read, Refusal):
        return read.corrected
    return _command({f.name: typed_value(f, read[f.name]) for f in schema.features if f.name in read}, schema)
