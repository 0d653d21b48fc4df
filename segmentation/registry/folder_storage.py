"""Versions as folders beside a pointer file and a log file: the storage of a single machine."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from segmentation.errors import BadInput, BrokenArtifact
from segmentation.registry.audit import ADDED, AuditLog, encoded, entry_of, opener_without_links
from segmentation.registry.durable import sync_folder, write_new
from segmentation.registry.storage import POINTER, StoredFiles, unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from segmentation.registry.audit import AuditEntry

_TEMPORARY: Final = ".tmp-"
_INTENT: Final = ".intent"
# A version id has at most 64 characters; anything longer is read just far enough to be refused.
_LONGEST_POINTER: Final = 128


class FolderStorage:
    """Versions as folders beside a pointer file and a log file. What is written is on disk once the call returns.

    An intent file states the change about to be made, so that the next one can complete the log after a crash.

    Parameters
    ----------
    root
        The folder; created when first written to.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._log = AuditLog(root / "audit.jsonl")

    def versions(self) -> list[str]:
        """See `Storage`: folders, and links, which are listed so that they can be refused."""
        if not self._root.is_dir():
            return []
        return [path.name for path in self._root.iterdir() if path.is_dir() or path.is_symlink()]

    def holds(self, version: str) -> bool:
        """See `Storage`."""
        path = self._root / version
        return path.is_symlink() or path.is_dir()

    def open(self, version: str) -> AbstractContextManager[StoredFiles]:
        """See `Storage`."""
        return OpenFolder(self._root / version)

    def pointer(self) -> str | None:
        """See `Storage`. A link is not followed."""
        try:
            with open(self._root / POINTER, "rb", opener=opener_without_links) as file:
                return file.read(_LONGEST_POINTER).decode("ascii").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BrokenArtifact(f"The pointer {POINTER} can't be read ({error.strerror}).") from error
        except UnicodeDecodeError:
            # The pointer is there but damaged: no version id, so the caller refuses it.
            return ""

    def log(self) -> list[AuditEntry]:
        """See `Storage`."""
        return self._log.entries()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """See `Storage`. The kernel holds the lock and releases it if the process crashes."""
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            fd = os.open(self._root / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise self._not_writable(error) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            # First, so that the change reads and extends a complete log.
            self._finish()
            yield
        except OSError as error:
            raise self._not_writable(error) from error
        finally:
            # Closing releases the lock. The file stays: if it were removed, two processes could each lock one of their
            # own.
            os.close(fd)

    def add(self, files: Mapping[str, bytes], entry: AuditEntry) -> None:
        """See `Storage`: the folder appears complete."""
        temporary = self._temporary()
        temporary.mkdir()
        try:
            for name, data in files.items():
                write_new(temporary / name, data)
            # The files' names must be on disk before the rename makes this a version.
            sync_folder(temporary)
            self._log_what(
                entry, lambda: temporary.rename(self._root / entry.version), lambda: self.remove(entry.version)
            )
        except OSError:
            shutil.rmtree(temporary, ignore_errors=True)
            raise

    def remove(self, version: str) -> None:
        """See `Storage`: one rename takes the folder away; a crash after it leaves files for `sweep`."""
        temporary = self._temporary()
        (self._root / version).rename(temporary)
        sync_folder(self._root)
        _remove(temporary)

    def move(self, entry: AuditEntry) -> None:
        """See `Storage`. The files needed to undo it are written first, since the disk may be full later."""
        pointer, there, back = self._root / POINTER, self._temporary(), self._temporary()
        try:
            before: str | None = self.pointer()
        except BrokenArtifact:
            # A broken pointer can be replaced, but there is nothing in it worth restoring.
            before = None
        try:
            write_new(there, f"{entry.version}\n".encode())
            if before is not None:
                write_new(back, f"{before}\n".encode())
            self._log_what(
                entry,
                lambda: there.replace(pointer),
                lambda: pointer.unlink() if before is None else back.replace(pointer),
            )
        finally:
            there.unlink(missing_ok=True)
            back.unlink(missing_ok=True)

    def append(self, entry: AuditEntry) -> None:
        """See `Storage`."""
        self._log.append(entry)

    def sweep(self) -> None:
        """See `Storage`. The lock is held, so no other process is writing these files."""
        for path in self._root.glob(f"{_TEMPORARY}*"):
            _remove(path)

    def _log_what(self, entry: AuditEntry, do: Callable[[], object], undo: Callable[[], object]) -> None:
        """Do something and log it; if either fails, the other is undone."""
        intent, temporary, done = self._root / _INTENT, self._temporary(), False
        try:
            write_new(temporary, encoded(entry))
            # Renamed into place, so that the next change never reads half an intent.
            temporary.replace(intent)
            do()
            done = True
            # The change must be on disk before the log says that it happened.
            sync_folder(self._root)
            self._log.append(entry)
        except OSError:
            if done:
                undo()
            temporary.unlink(missing_ok=True)
            intent.unlink(missing_ok=True)
            raise
        # Last: after a crash before this line, `_finish` completes the log from the intent.
        intent.unlink()

    def _finish(self) -> None:
        """Log a change that was made before a crash but not yet logged."""
        intent = self._root / _INTENT
        entry: AuditEntry | None
        try:
            with open(intent, "rb", opener=opener_without_links) as file:
                entry = entry_of(json.loads(file.read()))
        except FileNotFoundError:
            return
        except (ValueError, TypeError, RecursionError):
            entry = None  # something else wrote this file
        # The crash may have come after the log's line was written; it must not be there twice.
        if entry is not None and self._happened(entry) and self._log.entries()[-1:] != [entry]:
            self._log.append(entry)
        intent.unlink()

    def _happened(self, entry: AuditEntry) -> bool:
        if entry.event in ADDED:
            return self.holds(entry.version)
        try:
            return self.pointer() == entry.version
        except BrokenArtifact:
            return False

    def _temporary(self) -> Path:
        return self._root / f"{_TEMPORARY}{secrets.token_hex(8)}"

    def _not_writable(self, error: OSError) -> BadInput:
        return BadInput(f"The models folder {self._root} can't be written to ({error.strerror or error}).")


class OpenFolder:
    """A version's folder, held open so that it cannot be swapped between two reads; links are never followed.

    Parameters
    ----------
    path
        The folder; its name is the version's id.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def version(self) -> str:
        """The version's id."""
        return self._path.name

    def __enter__(self) -> OpenFolder:
        try:
            self._fd = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError as error:
            raise unusable(self.version, f"its folder can't be opened ({error.strerror})") from error
        return self

    def __exit__(self, *_exc: object) -> None:
        os.close(self._fd)

    def names(self) -> set[str]:
        """See `StoredFiles`."""
        return set(os.listdir(self._fd))  # noqa: PTH208 - of the opened folder, not of a path that may be swapped

    def read(self, name: str, most: int) -> bytes:
        """See `StoredFiles`: regular files only."""

        def opener(path: str, flags: int) -> int:
            # Opening a pipe that somebody put there must not block.
            return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self._fd)

        try:
            with open(name, "rb", opener=opener) as file:
                info = os.fstat(file.fileno())
                if not stat.S_ISREG(info.st_mode) or info.st_size > most:
                    raise unusable(self.version, f"{name} is not a regular file of at most {most} bytes")
                # Limited all the same: the file may grow after its size was checked.
                return file.read(most + 1)
        except OSError as error:
            raise unusable(self.version, f"{name} can't be read ({error.strerror})") from error


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
