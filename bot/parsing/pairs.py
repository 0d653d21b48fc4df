"""Cuts the text of `/segment` into pairs of a key and a value, before either is understood."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Final

from bot.parsing.formatting import is_unit, only_marks, unemphasised
from segmentation.categories import is_listed
from segmentation.numbers.values import trim
from segmentation.schema import Feature, Schema

_LONGEST_KEY_WORDS: Final = 6
ASSIGN: Final = re.compile(r"[=:＝：][=:＝：\s]*")
# Separates two pairs; a comma between digits is part of a number ("$60,000").
_SEPARATOR: Final = re.compile(r"(?:[\s;；，、]|(?<![0-9]),|,(?![0-9]))+")
# At a value's beginning a comma before a digit is its decimal mark: "=,75".
_VALUE: Final = re.compile(r"(?:[$€£¥]\s*)?(?:,(?=[0-9]))?(?:[^\s,;；，、]|(?<=[0-9]),(?=[0-9]))+")
_WORD: Final = re.compile(r"\S+")
# An opening mark and those that may close it: “ opens a quotation in English and ends one in German.
_QUOTES: Final = {
    "“": "”“",
    "”": "”",
    "„": "“”",
    "‘": "’‘",
    "’": "’",
    '"': '"',
    "'": "'",
    "`": "`",
    "«": "»",
    "´": "´",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """One `key = value` as it stands in the text, before either is understood."""

    key: str
    value: str


def split(text: str, schema: Schema) -> tuple[list[Pair], list[str]]:
    """Cut a text at its `=` and `:` into pairs, and the words that belong to none."""
    pieces = ASSIGN.split(text)
    stray, key = _key_at_end(pieces[0], schema)
    pairs: list[Pair] = []
    for piece, following in pairwise([*pieces[1:], None]):
        assert piece is not None  # noqa: S101 - only the last of the pair can be: told to the type checker
        if following is not None and schema.find(piece) is not None:  # "age= income=60": the value was forgotten
            pairs.append(Pair(key, ""))
            key = trim(piece)
            continue
        feature = schema.find(key)
        value, rest = _category_at_start(piece, feature) or _value_at_start(piece)
        pairs.append(Pair(key, value))
        if following is None:
            stray += _without_unit(words_of(rest), feature)
        else:
            before, key = _key_at_end(rest, schema)
            stray += _without_unit(before, feature)
    return pairs, stray


def _without_unit(words: list[str], feature: Feature | None) -> list[str]:
    """Leave out the unit that follows a feature's value: "41 years"."""
    return words[1:] if words and feature is not None and is_unit(words[0], feature) else words


def _value_at_start(piece: str) -> tuple[str, str]:
    """Take the value a piece begins with, quoted or not; return it and the rest."""
    piece = unemphasised(trim(piece))
    closing = _QUOTES.get(piece[:1])
    if closing:
        end = next((i for i, character in enumerate(piece[1:], start=1) if character in closing), None)
        if end is not None:
            return piece[1:end], piece[end + 1 :]
    match = _VALUE.match(piece)
    return (match[0], piece[match.end() :]) if match else ("", piece)


def _category_at_start(piece: str, feature: Feature | None) -> tuple[str, str] | None:
    """Take the longest category a piece begins with, which may be several words; None if it begins with none."""
    if feature is None or not feature.is_category:
        return None
    ends = [match.end() for match in islice(_WORD.finditer(piece), _LONGEST_KEY_WORDS)]
    for end in reversed(ends):
        value = piece[:end].rstrip(",;；，、")
        if is_listed(feature, value):
            return value, piece[len(value) :]
    return None


def _key_at_end(text: str, schema: Schema) -> tuple[list[str], str]:
    """Take the key a text ends with: the longest run of words that is known, else the last word."""
    words = words_of(text)
    for count in range(min(len(words), _LONGEST_KEY_WORDS), 0, -1):
        key = " ".join(words[-count:])
        if schema.find(key) is not None:
            return words[:-count], key
    return words[:-1], words[-1] if words else ""


def words_of(text: str) -> list[str]:
    """Return the words of a text without what separates them."""
    return [word for word in _SEPARATOR.split(trim(text)) if trim(word) and not only_marks(word)]
