"""How plausible a cell is as a name, a place or a heading, so that wrong readings of its bytes stand out.

A wrong reading shows by what no writer does: symbols inside words (`£uka`), capitals after small letters (`JosŽ`), two
scripts in one word (`M黮ler`), letters that share no alphabet (`Yiðit Koç`), ideographs hardly anyone uses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Final

from segmentation.reading.encodings.alphabets import (
    ALPHABETS,
    HEBREW_FINALS,
    HEBREW_NOT_FINAL,
    JAPANESE_SURNAMES,
    MARKS,
    SURNAMES,
)

_WORDS: Final = re.compile(r"[\s/()_\u3000-]+")
_LOWEST_LETTER: Final = 0x80
# A capital that only its accent puts between a capital and small letters: `MÅller`.
_CAPITAL_AS_SECOND: Final = re.compile(r"(?<![^\W\d_])[A-Z][À-ÖØ-Þ][a-z]{2}")
# A sign of its own before a number: wrong readings have it within words.
_NUMBER_WITHIN: Final = re.compile(r"[^\W\d_]№|№[^\W\d_]")
# In these, capitals alone may be Hebrew or other letters of a DOS code page that nobody can tell from them.
_CAPITALS_BELOW_A0: Final = frozenset({"mac-cyrillic", "cp866"})
# Ranges of code points by script; ideographs go with both Japanese scripts, so these have one letter in common.
_SCRIPTS: Final = (
    (0x0000, 0x0250, "latin"),
    (0x0370, 0x0400, "greek"),
    (0x0400, 0x0530, "cyrillic"),
    (0x0590, 0x0600, "hebrew"),
    (0x0600, 0x0780, "arabic"),
    (0x0E00, 0x0E80, "thai"),
    (0x1E00, 0x1F00, "latin"),
    (0x1F00, 0x2000, "greek"),
    (0x3040, 0x3100, "kana"),
    (0x3400, 0xA000, "han"),
    (0xAC00, 0xD7B0, "hangul"),
    (0xF900, 0xFB00, "han"),
    (0xFF66, 0xFFA0, "narrow kana"),
)
_TOGETHER: Final = ({"kana", "han"},)
# The lead bytes of the ideographs in daily use, by encoding.
_DAILY: Final = {
    "gb18030": ("gb2312", 0xB0, 0xD7),
    "big5hkscs": ("big5", 0xA4, 0xC6),
    "cp932": ("shift_jis", 0x88, 0x98),
    "euc_jis_2004": ("shift_jis", 0x88, 0x98),
    "cp949": ("euc_kr", 0xB0, 0xC8),
}
_LONGEST_NAME: Final = 4
_JAPANESE: Final = frozenset({"cp932", "euc_jis_2004"})
_LONGEST_JAPANESE_NAME: Final = 6
# Signs that people write on their own or beside digits: "© 2024", "20 €", "25°". Beside letters they are out of place.
_SIGNS: Final = frozenset("©®™€£§°")
_TURKISH_VOWELS: Final = frozenset("aeıioöuüâîû")

IMPOSSIBLE: Final = 2.0
WRONG: Final = 1.0
ODD: Final = 0.5
UNUSUAL: Final = 0.3
FAMILIAR: Final = -0.6
# Letters that wrong readings are full of, and few people's names have.
_RARE: Final = {"ÿ": WRONG, "ƒ": WRONG, "ˆ": WRONG, "˜": WRONG} | dict.fromkeys("ðÐþÞ", UNUSUAL)


def faults(cells: Iterable[str], encoding: str) -> float:
    """Add up what is implausible in cells read in an encoding; below zero if they read like names."""
    return sum(_faults_of_cell(cell, encoding) for cell in cells)


@lru_cache(maxsize=1 << 14)
def _faults_of_cell(cell: str, encoding: str) -> float:
    found = sum(_faults_of_word(word, encoding) for word in _WORDS.split(cell))
    letters = {letter for letter in cell.lower() if ord(letter) >= _LOWEST_LETTER and letter.isalpha()}
    script = {_script(letter) for letter in letters}
    if script in ({"latin"}, {"cyrillic"}) and not any(letters <= alphabet for alphabet in ALPHABETS):
        found += ODD
    return found + FAMILIAR * _begins_with_a_surname(cell, encoding)


def _begins_with_a_surname(cell: str, encoding: str) -> bool:
    if cell[:1] in SURNAMES and len(cell) <= _LONGEST_NAME:
        return True
    return encoding in _JAPANESE and cell[:1] in JAPANESE_SURNAMES and len(cell) <= _LONGEST_JAPANESE_NAME


def _faults_of_word(word: str, encoding: str) -> float:
    letters = [character for character in word if character.isalpha()]
    if not letters and _SIGNS.issuperset(sign for sign in word if ord(sign) >= _LOWEST_LETTER):
        return 0.0
    if len(word) == 1 and ord(word) >= _LOWEST_LETTER and _script(word) == "latin":
        # No name has one letter; a sign read in another encoding does: "© Müller" as "Š Müller".
        return UNUSUAL
    scripts = {_script(letter) for letter in letters}
    found = 0.0 if len(scripts) < 2 or scripts in _TOGETHER else IMPOSSIBLE * (len(scripts) - 1)  # noqa: PLR2004 - a pair
    found += sum(_faults_of_character(character, encoding) for character in word if ord(character) >= _LOWEST_LETTER)
    found += sum(WRONG for before, after in pairwise(word) if _capital_within(before, after))
    found += WRONG * len(_CAPITAL_AS_SECOND.findall(word))
    found += sum(WRONG for before, after in pairwise(word.lower()) if _never_follows(before, after))
    found += WRONG * len(_NUMBER_WITHIN.findall(word))
    # A quote that closes opens a word only in pairs, as in »Wort«.
    found += WRONG * (word.startswith("»") and len(letters) > 0 and "«" not in word)
    found += WRONG * (encoding in _CAPITALS_BELOW_A0 and len(letters) > 1 and word.isupper() and not word.isascii())
    if ord(word[:1] or "a") >= _LOWEST_LETTER and word[0].islower():
        found += UNUSUAL
    if scripts == {"hebrew"}:
        found += WRONG * sum(letter in HEBREW_FINALS for letter in letters[:-1])
        found += WRONG * (len(letters) > 1 and letters[-1] in HEBREW_NOT_FINAL)
    return found


def _faults_of_character(character: str, encoding: str) -> float:
    kind = unicodedata.category(character)
    if kind in {"Cc", "Co", "Cn"}:
        return IMPOSSIBLE
    if character in MARKS:
        return 0.0
    if kind[0] not in "LM" or (kind[0] == "L" and _script(character) == "other"):
        return WRONG
    if character in _RARE:
        return _RARE[character]
    return 0.0 if _is_daily(character, encoding) else ODD


def _never_follows(before: str, after: str) -> bool:
    """Tell the Turkish ğ behind a consonant and the Icelandic þ within a word, where their languages have none."""
    return (after == "ğ" and before.isalpha() and before not in _TURKISH_VOWELS) or (after == "þ" and before.isalpha())


def _capital_within(before: str, after: str) -> bool:
    """Tell a capital behind a small letter, if either is beyond ASCII; "McDonald" is a name."""
    return before.islower() and after.isupper() and not (before.isascii() and after.isascii())


@lru_cache(maxsize=1 << 13)
def _script(letter: str) -> str:
    code = ord(letter)
    return next((name for start, end, name in _SCRIPTS if start <= code < end), "other")


@lru_cache(maxsize=1 << 13)
def _is_daily(character: str, encoding: str) -> bool:
    if encoding not in _DAILY or _script(character) not in {"han", "hangul"}:
        return True
    codec, first, last = _DAILY[encoding]
    try:
        return first <= character.encode(codec)[0] <= last
    except UnicodeEncodeError:
        return False
