"""Text whose encoding nobody knows, carried through as its own bytes.

Each byte beyond ASCII stands as one private character, so that everything which reads text can read it: numbers,
delimiters and quotes are ASCII in every encoding tables come in. Written back, it is the byte it was.
"""

from __future__ import annotations

import unicodedata
from typing import Final

UNKNOWN: Final = "unknown"
_ASCII: Final = 0x80
_BYTES: Final = 0x100
# A range for private use; no such file can hold its characters.
_BASE: Final = 0xF700
_TO_TEXT: Final = {byte: _BASE + byte for byte in range(_ASCII, _BYTES)}
_TO_BYTES: Final = {_BASE + byte: byte for byte in range(_ASCII, _BYTES)}
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
# An expression for one such character.
UNREADABLE: Final = f"[{chr(min(_TO_BYTES))}-{chr(max(_TO_BYTES))}]"
_SHOWN: Final = dict.fromkeys(_TO_BYTES, REPLACEMENT)
_IN_ASCII: Final = {
    **dict.fromkeys("“”„«»‘’‚‹›", "'"), "…": "...", "–": "-", "—": "-", "−": "-", "×": "x", "€": "EUR", "£": "GBP",
    "¥": "JPY", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae", "Æ": "AE",
}  # fmt: skip


def to_text(data: bytes) -> str:
    r"""Return bytes of an unknown encoding as text.

    >>> to_bytes(to_text(b"caf\xe9,60")) == b"caf\xe9,60"
    True
    """
    return data.decode("latin-1").translate(_TO_TEXT)


def to_bytes(text: str) -> bytes:
    """Return the bytes that text stands for; our own words among them, in whatever language, become ASCII."""
    if text.isascii():
        return text.encode()
    ours = {character for character in text if ord(character) >= _ASCII and ord(character) not in _TO_BYTES}
    table: dict[int, str | int] = {**_TO_BYTES, **{ord(character): _ascii(character) for character in ours}}
    return text.translate(table).encode("latin-1")


def shown(text: str) -> str:
    """Return text for a person: bytes nobody can read become replacement characters."""
    return text.translate(_SHOWN)


def _ascii(character: str) -> str:
    if character in _IN_ASCII:
        return _IN_ASCII[character]
    # Nothing but letters and digits: a mark could end a cell.
    plain = "".join(part for part in unicodedata.normalize("NFKD", character) if part.isascii() and part.isalnum())
    return plain or "?"
