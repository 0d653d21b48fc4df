"""How names are matched whatever their case, accents and spelling: folded the Unicode way."""

from __future__ import annotations

import re
import unicodedata
from itertools import filterfalse
from typing import Final

# Unicode's classes of combining marks: the points of Hebrew and Arabic, and everything above or below a letter.
_FIRST_POINT, _LAST_POINT, _FIRST_ACCENT = 10, 36, 200
_NEW_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SELECTORS: Final = frozenset(map(chr, range(0xFE00, 0xFE10)))


def fold_text(text: str) -> str:
    """Reduce a text to letters without case or accents, whatever form they were written in; the rest stays.

    The Turkish dotted and dotless i are the same letter here: people who write Yillik, YILLIK or Yıllık mean one word.

    >>> fold_text("YAŞ (ÉTÉ)"), fold_text("İl") == fold_text("ıl") == fold_text("IL")
    ('yas (ete)', True)
    """
    # In Unicode's order for matching without case: folding can undo a normalisation, so it is done again.
    apart = unicodedata.normalize("NFKD", text).casefold().replace("ı", "i")
    bare = "".join(filterfalse(_is_accent, unicodedata.normalize("NFKD", apart)))
    return unicodedata.normalize("NFKC", bare)


def fold_key(text: str) -> str:
    """Reduce a key to what people mean by it: no case, no accents, only letters and digits.

    >>> fold_key("Annual Income (k$)"), fold_key("Yıllık Gelir")
    ('annualincomek', 'yillikgelir')
    """
    return "".join(filter(_spells, fold_text(text)))


def parted(heading: str) -> str:
    """Part the words of a heading that are written together, as programmers do.

    >>> parted("TotalSpend"), parted("amountUSD"), parted("Total spend")
    ('Total Spend', 'amount USD', 'Total spend')
    """
    return _NEW_WORD.sub(" ", heading)


def _is_accent(character: str) -> bool:
    """Tell accents and the optional points of Hebrew and Arabic from marks that make another letter or syllable."""
    kind = unicodedata.combining(character)
    return _FIRST_POINT <= kind <= _LAST_POINT or kind >= _FIRST_ACCENT


def _spells(character: str) -> bool:
    # Devanagari's vowel signs, for one, are marks; those that only choose an emoji's looks spell nothing.
    return character.isalnum() or (unicodedata.category(character)[0] == "M" and character not in _SELECTORS)
