"""What the kernel needs to see that a text isn't a total's label and needs no guard: its own reading of the same rules.

A text may be a label only if its first or last word is one of a label's; for scripts without spaces between words, if
it begins or ends with the same two characters. The kernel looks for these by their hashes. The tables are made when the
kernel is built, and kept beside it: to make them takes Polars, which a plain file is scored without.
"""

from __future__ import annotations

import hashlib
import os
import sys
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Final

import polars as pl

from segmentation.numbers import values
from segmentation.numbers.values import BLANK
from segmentation.reading.others import totals
from segmentation.reading.others.totals import label_forms, unspaced_label_forms
from segmentation.scoring import formula_guard
from segmentation.scoring.formula_guard import RISKY_STARTS

# The kernel's `enum`s: where in a cell a word is, and what a character is that belongs to none.
_BEGINS, _ENDS, _BEGINS_PAIR, _ENDS_PAIR = 1, 2, 3, 4
_NO_WORD, _RISKY = 0, 1
_CHARACTERS: Final = 1 << 16
_SURROGATES: Final = range(0xD800, 0xE000)
_BITS: Final = (1 << 64) - 1
_EMPTY: Final = 0xCBF29CE484222325
# So large that a search for a word that is not there ends after about one look.
PLACES: Final = 1 << 14
_FOLDS_BYTES: Final = 2 * _CHARACTERS
_BYTES: Final = _FOLDS_BYTES + 8 * PLACES


@dataclass(frozen=True)
class Labels:
    """The tables that `may_be_label` and `may_need_guard` of rows.h take, in this machine's byte order.

    Parameters
    ----------
    folds
        65,536 UInt16: per character its lower case; 0 or 1 if it belongs to no word, 1 if a cell that begins with it is
        not the kernel's to judge.
    words
        `PLACES` UInt64: a set of hashes by open addressing.
    """

    folds: bytes
    words: bytes


@cache
def labels() -> Labels:
    """Return the tables, which are the same for every file and model: those that are kept, or else made anew."""
    try:
        kept = stored_labels().read_bytes()
    except OSError:
        return made_labels()
    return Labels(kept[:_FOLDS_BYTES], kept[_FOLDS_BYTES:]) if len(kept) == _BYTES else made_labels()


def stored_labels() -> Path:
    """Return where the tables are kept, or will be: other rules, or another Polars or Python, make another name."""
    digest = hashlib.sha256(f"{sys.version} {sys.byteorder} {_polars_release()}".encode())
    for module in (sys.modules[__name__], values, totals, formula_guard):
        digest.update(Path(str(module.__file__)).read_bytes())
    return Path(__file__).with_name(f"labels-{digest.hexdigest()[:16]}.bin")


def _polars_release() -> str:
    """Return what tells one release of Polars from another, without loading it."""
    found = find_spec("polars")
    if found is None or found.origin is None:
        return ""
    libraries = Path(found.origin).parents[1]
    return " ".join(sorted(path.name for path in libraries.glob("polars*.dist-info")))


def store_labels() -> None:
    """Make the tables and keep them, unless they are kept already; those of earlier rules are removed.

    Raises
    ------
    OSError
        If the folder can't be written to.
    """
    kept = stored_labels()
    if kept.exists():
        return
    made = made_labels()
    unfinished = kept.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(made.folds + made.words)
    # In one step: a process that starts meanwhile finds the whole tables or none.
    unfinished.replace(kept)
    for other in kept.parent.glob("labels-*.bin"):
        if other != kept:
            other.unlink(missing_ok=True)


def made_labels() -> Labels:
    """Make the tables."""
    folds = _folds()
    words = array("Q", bytes(8 * PLACES))
    for key in _keys(folds):
        place = key & (PLACES - 1)
        while words[place] not in {0, key}:
            place = (place + 1) & (PLACES - 1)
        words[place] = key
    return Labels(folds.tobytes(), words.tobytes())


def _folds() -> array[int]:
    characters = [chr(code) for code in range(_CHARACTERS) if code not in _SURROGATES]
    # As the patterns of labels are matched: by the same engine.
    is_word = pl.Series(characters).str.contains(r"^\w$").to_list()
    folds = array("H", [_NO_WORD]) * _CHARACTERS
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


def _keys(folds: array[int]) -> Iterator[int]:
    for label in label_forms():
        words = [_fold(word, folds) for word in _split(label, folds)]
        # Its words may also stand without a space between them.
        for count in range(1, len(words) + 1):
            yield _key(chain.from_iterable(words[:count]), _BEGINS)
            yield _key(chain.from_iterable(words[-count:]), _ENDS)
    for label in unspaced_label_forms():
        (word,) = _split(label, folds)
        codes = _fold(word, folds)
        yield _key(codes[:2], _BEGINS_PAIR)
        yield _key(codes[-2:], _ENDS_PAIR)


def _split(label: str, folds: array[int]) -> list[str]:
    words = "".join(character if folds[ord(character)] > _RISKY else " " for character in label)
    return words.split()


def _fold(word: str, folds: array[int]) -> list[int]:
    return [folds[ord(character)] for character in word]


def _key(codes: Iterable[int], what: int) -> int:
    """Do what `word_step` and `word_key` of rows.h do."""
    found = _EMPTY
    for code in codes:
        found = (found ^ code) * 0x100000001B3 & _BITS
    found = (found * 8 + what) & _BITS
    found ^= found >> 32
    found = found * 0xD6E8FEB86659FD93 & _BITS
    found ^= found >> 29
    found = found * 0xA0761D6478BD642F & _BITS
    return (found ^ found >> 32) | 1
