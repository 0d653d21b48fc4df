"""Tells a file's type: a picture's from its first bytes, any other from its name."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath
from typing import Final

_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"GIF8", "image/gif", "gif"),
)
_PRETTY: Final = {"csv": "CSV", "png": "PNG", "jpg": "JPEG", "gif": "GIF", "text": "Plain Text", "pdf": "PDF"}
_PNG_SIZE_AT: Final = 16
_PNG_SIZE_END: Final = 24


def kind_of(name: str, data: bytes) -> tuple[str, str]:
    """Return (MIME type, Slack's file type) of a file; only its bytes can make it a picture."""
    for signature, mimetype, filetype in _SIGNATURES:
        if data.startswith(signature):
            return mimetype, filetype
    suffix = PurePosixPath(name).suffix.lower().lstrip(".")
    guessed, _ = mimetypes.guess_type(f"x.{suffix}") if suffix else (None, None)
    if guessed is None or guessed.startswith("image/"):
        return ("text/plain", "text") if _is_text(data) else ("application/octet-stream", "binary")
    return guessed, suffix


def pretty(filetype: str) -> str:
    """Return the name of a file type as Slack shows it."""
    return _PRETTY.get(filetype, filetype.upper())


def png_size(data: bytes) -> tuple[int, int]:
    """Return (width, height) of a PNG in pixels, or (0, 0) if it is not a PNG."""
    if not data.startswith(_SIGNATURES[0][0]) or len(data) < _PNG_SIZE_END:
        return 0, 0
    middle = (_PNG_SIZE_AT + _PNG_SIZE_END) // 2
    return int.from_bytes(data[_PNG_SIZE_AT:middle]), int.from_bytes(data[middle:_PNG_SIZE_END])


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in data
