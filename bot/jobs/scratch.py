"""Scratch space for files being worked on: private, one folder a job, gone when the job ends, swept at start.

A folder in use is locked, so that another process that starts beside this one sweeps only what dead ones left.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_FOLDER: Final = "scratch"


class Scratch:
    """A folder under the state folder that only this process's user can read.

    Parameters
    ----------
    state_dir
        The state folder.
    """

    def __init__(self, state_dir: Path) -> None:
        self._root = state_dir / _FOLDER

    def prepare(self) -> None:
        """Make the state folder if there is none, and remove what a crash left behind."""
        self._root.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.sweep()

    def sweep(self) -> int:
        """Remove what a crash left behind and return how many folders that were; call before any job runs."""
        if not self._root.is_dir():
            return 0
        with _locked(self._root):
            leftovers = [path for path in self._root.iterdir() if not _in_use(path)]
            for path in leftovers:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        return len(leftovers)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """Yield a new folder (mode 0700), removed at the end whatever happens."""
        self._root.mkdir(parents=True, exist_ok=True)
        # `mkdir` leaves the mode of a folder that exists alone.
        self._root.chmod(0o700)
        with _locked(self._root):  # nobody sweeps between the making of the folder and its lock
            path = Path(tempfile.mkdtemp(dir=self._root))
            held = _lock(path)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)
            # Unlocked only now: until it is gone, the folder is in use to a sweep.
            os.close(held)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    fd = _lock(folder)
    try:
        yield
    finally:
        os.close(fd)


def _lock(folder: Path, mode: int = fcntl.LOCK_EX) -> int:
    """Lock a folder until the descriptor returned is closed, at the latest when this process ends."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, mode)
    except OSError:
        os.close(fd)
        raise
    return fd


def _in_use(path: Path) -> bool:
    # Only folders are ever locked.
    if path.is_symlink() or not path.is_dir():
        return False
    try:
        os.close(_lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB))
    except BlockingIOError:
        return True
    return False
