"""What the kernel needs to see that a text is no total's label and needs no guard: its own reading of the same rules.

A text may be a label only if its first or last word is one of a label's; for scripts without spaces between words, if
it begins or ends with the same two characters. The kernel looks for these by their hashes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from segmentation.numbers.values import BLANK
from segmentation.reading.others.totals import label_forms, unspaced_label_forms
from segmentation.scoring.formula_guard import RISKY_STARTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The kernel's `enum`s: where in a cell a word is, and what a character is that belongs to none.
_BEGINS, _ENDS, _BEGINS_PAIR, _ENDS_PAIR = 1, 2, 3, 4
_NO_WORD, _RISKY = 0, 1
_CHARACTERS: Final = 1 << 16
_SURROGATES: Final = range(0xD800, 0xE000)
_BITS: Final = (1 << 64) - 1
_EMPTY: Final = 0xCBF29CE484222325
# So large that a search for a word that is not there ends after about one look.
_PLACES: Final = 1 << 14


@dataclass(frozen=True)
class Labels:
    """The tables that `may_be_label` and `may_need_guard` of kernel.c take.

    Parameters
    ----------
    folds
        (65536,) per character its lower case; 0 or 1 if it belongs to no word, 1 if a cell that begins with it is not
        the kernel's to judge.
    words
        A set of hashes by open addressing.
    """

    folds: NDArray[np.uint16]
    words: NDArray[np.uint64]


@cache
def labels() -> Labels:
    """Return the tables, which are the same for every file and model."""
    folds = _folds()
    words = np.zeros(_PLACES, dtype=np.uint64)
    for key in _keys(folds):
        place = key & (_PLACES - 1)
        while words[place] not in {0, key}:
            place = (place + 1) & (_PLACES - 1)
        words[place] = key
    return Labels(folds, words)


def _folds() -> NDArray[np.uint16]:
    characters = [chr(code) for code in range(_CHARACTERS) if code not in _SURROGATES]
    # As the patterns of labels are matched: by the same engine.
    is_word = pl.Series(characters).str.contains(r"^\w$").to_list()
    folds = np.full(_CHARACTERS, _NO_WORD, dtype=np.uint16)
    for character, word in zip(characters, is_word, strict=True):
        if word:
            folds[ord(character)] = ord(_folded(character))
    for character in {*RISKY_STARTS, *BLANK}:
        folds[ord(character)] = _RISKY
    return folds


def _folded(character: str) -> str:
    """Return what a pattern that ignores case takes a character for: one character, as no rule makes it several."""
    for folded in (character.casefold(), character.lower()):
        if len(folded) == 1 and ord(folded) < _CHARACTERS:
            return folded
    return character


def _keys(folds: NDArray[np.uint16]) -> Iterator[int]:
    for label in label_forms():
        words = [_fold(word, folds) for word in _split(label, folds)]
        # Its words may also stand without a space between them.
        for count in range(1, len(words) + 1):
            yield _key(b"".join(words[:count]), _BEGINS)
            yield _key(b"".join(words[-count:]), _ENDS)
    for label in unspaced_label_forms():
        (word,) = _split(label, folds)
        codes = _fold(word, folds)
        yield _key(codes[:4], _BEGINS_PAIR)
        yield _key(codes[-4:], _ENDS_PAIR)


def _split(label: str, folds: NDArray[np.uint16]) -> list[str]:
    words = "".join(character if folds[ord(character)] > _RISKY else " " for character in label)
    return words.split()


def _fold(word: str, folds: NDArray[np.uint16]) -> bytes:
    return np.array([folds[ord(character)] for character in word], dtype="<u2").tobytes()


def _key(codes: bytes, what: int) -> int:
    """Do what `word_step` and `word_key` of kernel.c do."""
    found = _EMPTY
    for code in np.frombuffer(codes, dtype="<u2").tolist():
        found = (found ^ code) * 0x100000001B3 & _BITS
    found = (found * 8 + what) & _BITS
    found ^= found >> 32
    found = found * 0xD6E8FEB86659FD93 & _BITS
    found ^= found >> 29
    found = found * 0xA0761D6478BD642F & _BITS
    return (found ^ found >> 32) | 1
