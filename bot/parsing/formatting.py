"""Takes off what chat adds to typed text: bold and code marks, quotes, list marks, the full stop; and units."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from segmentation.numbers.values import trim
from segmentation.schema import Feature

# Marks of bold, italic, struck out and code text, which people copy along with a message.
_EMPHASIS: Final = "*_~`"
_CLOSING_QUOTES: Final = "”“’‘\"'»´"
_SENTENCE_ENDS: Final = ".!?…"
_BRACKETS: Final = {")": "(", "]": "["}
_MARKS: Final = frozenset(f"{_EMPHASIS}{_CLOSING_QUOTES}„«{_SENTENCE_ENDS}()[]•◦▪‣·-–—")
_SPACE: Final = " \t\r\n\u00a0\u3000"
_LIST_NUMBER: Final = re.compile(r"^[0-9]{1,2}[.)][^\S\n]+(?=[^\W\d])", re.MULTILINE)
_WITH_UNIT: Final = re.compile(r"(.*[0-9])([^0-9\s.,]{1,12})", re.DOTALL)
# How people shorten the units that schemas have; a unit's own singular and plural need no entry.
_SHORT_UNITS: Final = {
    "year": ("yr", "yrs", "y", "yo"),
    "month": ("mo", "mos"),
    "week": ("wk", "wks"),
    "day": ("d",),
    "point": ("pt", "pts"),
}
_THOUSAND: Final = 1000
_QUOTES: Final = re.compile("[\"'`´‘’‚‛“”„‟«»‹›]")
_ZERO_WIDTH: Final = re.compile("[\u200b-\u200f\u2060\ufeff]")


def plain_words(text: str) -> str:
    """Take quotes and invisible characters out of a text of plain words, and fold full-width letters and digits."""
    return _QUOTES.sub("", _ZERO_WIDTH.sub("", unicodedata.normalize("NFKC", text)))


def unwrapped(text: str) -> str:
    """Take off the marks round a whole text, and the numbers of a list.

    >>> unwrapped("```age=41 income=33```"), unwrapped("[age=41 income=33]")
    ('age=41 income=33', 'age=41 income=33')
    """
    plain = trim(text.strip(_EMPHASIS + _SPACE))
    if plain[:1] == "[" and plain[-1:] == "]" and not any(mark in plain for mark in '{"') and "=" in plain:
        plain = trim(plain[1:-1])
    return _LIST_NUMBER.sub("", plain)


def bare_word(text: str) -> str:
    """Take off the marks round one word, as "*help*" and "help." have them; a question mark alone stays.

    >>> bare_word("*help*."), bare_word("?")
    ('help', '?')
    """
    return trim(text.strip(_EMPHASIS + ".! ")) or trim(text)


def only_marks(word: str) -> bool:
    """Return whether a word holds nothing but marks of formatting, lists and sentences."""
    return all(character in _MARKS for character in word)


def unemphasised(text: str) -> str:
    """Take off the emphasis that a text begins with."""
    return text.lstrip(_EMPHASIS + _SPACE)


def bare_value(text: str, feature: Feature | None) -> str:
    """Take off the marks beside a value, and the feature's own unit after it; anything else stays as it is.

    >>> bare_value("*41yrs*.", model.schema.find("age")), bare_value("33k", model.schema.find("income"))
    ('41', '33')
    """
    value = trim(text).lstrip(_EMPHASIS)
    # A bracket that the value does not open; one that it does belongs to the number: "(60)" is one to accountants.
    closing = "".join(close for close, opening in _BRACKETS.items() if opening not in value)
    value = value.rstrip(_EMPHASIS + _CLOSING_QUOTES + _SENTENCE_ENDS + closing)
    if feature is None:
        return value
    match = _WITH_UNIT.fullmatch(value)
    return match[1] if match and is_unit(match[2], feature) else value


def is_unit(word: str, feature: Feature) -> bool:
    """Return whether a word is a feature's unit, or short for it: "yrs" for years, "k" for k$."""
    return word.rstrip(_SENTENCE_ENDS + _EMPHASIS).casefold() in _unit_words(feature.unit, feature.base_unit_factor)


@lru_cache(maxsize=256)
def _unit_words(unit: str, base_unit_factor: float) -> frozenset[str]:
    folded = unit.casefold()
    if not folded:
        return frozenset()
    singular = folded.removesuffix("s")
    words = {folded, singular, f"{singular}s", *_SHORT_UNITS.get(singular, ())}
    if folded.startswith("k") and base_unit_factor == _THOUSAND:
        words |= {"k", f"{folded[1:]}k"}
    return frozenset(words)
