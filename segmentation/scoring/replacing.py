"""A file that takes its place whole, or leaves nothing behind."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """Write a file beside its target, and move it there once it is complete.

    Raises
    ------
    OSError
        When it cannot be written; the error names the target, never the temporary file beside it.
    """
    with _naming(target):
        # In the same folder, for a move is atomic only within a file system; 40 characters stay below 255 bytes.
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w+b", buffering=0) as file:
            yield file
            # Before the move: after a crash the final name could stand for a file whose data never reached the disk.
            os.fsync(file.fileno())
        with _naming(target):
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _naming(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from None
