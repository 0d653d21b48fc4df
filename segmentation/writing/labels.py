"""How a feature's label stands inside a sentence: in small letters, unless it is an abbreviation."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise


@lru_cache(maxsize=1024)
def in_text(label: str) -> str:
    """Write a label as it stands inside a sentence.

    >>> in_text("Annual income"), in_text("VIP spend")
    ('annual income', 'VIP spend')
    """
    # Python lowers the Turkish dotted capital to two characters, an i and a combining dot.
    words = (word if _is_abbreviation(word) else word.replace("İ", "i").lower() for word in label.split(" "))
    text = " ".join(words)
    return f"a {text[2:]}" if text.startswith("A ") else text  # the article, not an abbreviation


def _is_abbreviation(word: str) -> bool:
    """Tell "VIP", "iPhone", "K€" and the A of "plan A" from a word that merely starts with a capital."""
    pairs = list(pairwise(word))
    inner_capital = any(before.isalpha() and after.isupper() for before, after in pairs)
    return inner_capital or not any(before.isalpha() and after.isalpha() for before, after in pairs)
