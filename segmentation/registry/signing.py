"""The key that signs model versions: made once, kept outside the models folder, never replaced."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from segmentation.errors import BrokenArtifact
from segmentation.registry.durable import sync_folder, write_new


def key_of(state_dir: Path, given: str = "") -> bytes:
    """Return the key given, or the one kept in the state folder, made there on first use.

    Raises
    ------
    BrokenArtifact
        As `signing_key`.
    """
    return given.encode() or signing_key(state_dir / "signing.key")


def signing_key(path: Path) -> bytes:
    """Return the key in `path`, made on first use: 32 random bytes in hexadecimal, readable by its owner alone.

    Raises
    ------
    BrokenArtifact
        When the file is there but holds no key.
    """
    try:
        if not path.exists():
            _make_key(path)
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenArtifact(f"The signing key {path} can't be read or made.") from error
    if len(text) < 32:  # noqa: PLR2004 - half of what we write; anything shorter is an accident
        raise BrokenArtifact(f"The signing key {path} is damaged. Restore it, or delete it and train again.")
    return text.encode()


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    write_new(temporary, secrets.token_hex(32).encode(), mode=0o600)
    try:
        # Linking fails if another process was first: a key is never replaced, and never seen half written.
        with suppress(FileExistsError):
            os.link(temporary, path)
        sync_folder(path.parent)
    finally:
        temporary.unlink()
