"""Scratch space for files being worked on: private, one folder a job, gone when the job ends, swept at start."""

from __future__ import annotations

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
        """Make the state folder where there is none, and remove what a crash left behind."""
        self._root.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.sweep()

    def sweep(self) -> int:
        """Remove what a crash left behind and return how many folders that were; call before any job runs."""
        leftovers = list(self._root.iterdir()) if self._root.is_dir() else []
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
        self._root.chmod(0o700)
        path = Path(tempfile.mkdtemp(dir=self._root))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)
