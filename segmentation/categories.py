"""How a text is matched with one of a feature's categories: regardless of case, accents and spaces.

A text is folded character by character, by a rule that SQL can follow as well
(`warehouse.expressions.category_codes`), so that a file and a warehouse never disagree about a cell.
"""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from segmentation.schema import OTHER
from segmentation.writing.folding import fold_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segmentation.schema import Feature

# Some people write one character here and others two. All other characters that stand for several, such as ligatures
# and fractions, are left as they are.
SPELT_OUT: Final = {"ß": "ss", "ẞ": "ss"}
# Nobody sees these, or types them apart from a letter. Few enough for SQL that people read and paste.
_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"
_LEFT_OUT: Final = frozenset(_INVISIBLE) | frozenset(map(chr, range(0x300, 0x370)))
# Engines disagree about how these are written in SQL, so they are no spaces here.
_ODD_SPACES: Final = frozenset("\x0b\x0c\x1c\x1d\x1e\x1f\x85")
_LONGEST_COMPARED: Final = 64


@lru_cache(maxsize=4096)
def fold_character(character: str) -> str:
    """Return what a character counts for: a letter without case or accent; nothing for a space or an accent alone.

    >>> fold_character("É"), fold_character("ß"), fold_character(" ")
    ('e', 'ss', '')
    """
    if character in SPELT_OUT:
        return SPELT_OUT[character]
    if character in _LEFT_OUT or (character.isspace() and character not in _ODD_SPACES):
        return ""
    folded = fold_text(character)
    return folded if len(folded) == 1 and not folded.isspace() else character


def fold_category(text: str) -> str:
    """Reduce a text to what people mean by it as the name of a category; empty if nothing is left.

    >>> fold_category(" Pro  PLUS "), fold_category("Größe Ä"), fold_category("C++")
    ('proplus', 'grossea', 'c++')
    """
    return "".join(map(fold_character, text))


@lru_cache(maxsize=256)
def codes_by_key(feature: Feature) -> Mapping[str, int]:
    """Return the code of each of a feature's categories by its folded name, `OTHER` included if others are grouped."""
    return {fold_category(name): code for code, name in enumerate(feature.codes)}


def code_of(feature: Feature, text: str) -> int | None:
    """Return the code of the category that a text names, that of `OTHER` for one that is not listed.

    None for an empty text, and for a category that is not listed if the schema does not group others.
    """
    key = fold_category(text)
    if not key:
        return None
    return codes_by_key(feature).get(key, len(feature.categories) if feature.other else None)


def is_listed(feature: Feature, text: str) -> bool:
    """Tell whether a text names a category of the schema's list, or `OTHER` itself."""
    return fold_category(text) in codes_by_key(feature)


def nearest_category(feature: Feature, text: str) -> int | None:
    """Return the code of the category whose name is most like a text; None if none is like it."""
    keys = codes_by_key(feature)
    close = difflib.get_close_matches(fold_category(text[:_LONGEST_COMPARED]), keys, n=1)
    return keys[close[0]] if close else None


def is_reserved(name: str) -> bool:
    """Tell whether a category's name is the one that is kept for all others."""
    return fold_category(name) == fold_category(OTHER)
