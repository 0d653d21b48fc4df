"""A column of categories → their codes, in SQL that reads each text as `categories.code_of` does.

TRANSLATE folds a text character by character in every dialect alike; UPPER and LOWER would depend on the engine and on
its locale.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import ibis

from segmentation.categories import SPELT_OUT, codes_by_key, fold_character

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import BooleanValue, Column, NumericValue, StringValue

    from segmentation.schema import Feature

# Where Unicode has characters that fold into another or into nothing. Between are ideographs and syllables, each a
# letter of its own, and what is not assigned.
_FOLDING: Final = (
    range(0x3400),
    range(0xA000, 0xAC00),
    range(0xF900, 0x20000),
    range(0x2F800, 0x2FA20),
    range(0xE0000, 0xE0200),
)


def category_key(column: Column, feature: Feature) -> StringValue:
    """Return a column's texts as far as a feature's categories are told apart by them; NULL stays NULL.

    Folded are the letters of the categories, and spaces and accents are left out. A text with another letter is none of
    them, whatever becomes of that letter.
    """
    text = column.cast("string")
    for character, letters in SPELT_OUT.items():
        text = text.replace(character, letters)
    return text.translate(*_translation(frozenset("".join(codes_by_key(feature)))))


def code_of_key(key: StringValue, feature: Feature) -> NumericValue:
    """Return the code of a folded text as a double; NULL if it is missing, or not one of the categories."""
    known = [(key == ibis.literal(name), _code(code)) for name, code in codes_by_key(feature).items()]
    others = [(~is_blank(key), _code(len(feature.categories)))] if feature.other else []
    return ibis.cases(*known, *others)


def is_blank(key: StringValue) -> BooleanValue:
    """Say whether a folded text is NULL or empty."""
    return key.isnull() | (key == ibis.literal(""))


def _code(code: int) -> NumericValue:
    return ibis.literal(repr(float(code))).cast("float64")


@cache
def _translation(letters: frozenset[str]) -> tuple[str, str]:
    """Return what TRANSLATE replaces and with what: characters beyond the length of the second text are left out."""
    folded = {character: to for character, to in folding_characters().items() if to in letters}
    gone = [character for character, to in folding_characters().items() if not to]
    return "".join([*folded, *gone]), "".join(folded.values())


@cache
def folding_characters() -> Mapping[str, str]:
    """Return every character that folds into another one, or into nothing, with what it folds into."""
    found = {}
    for codes in _FOLDING:
        for character in map(chr, codes):
            to = fold_character(character)
            if to != character and len(to) <= 1:
                found[character] = to
    return found
