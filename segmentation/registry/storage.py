"""The interface to the storage of versions, pointer and log; `folder_storage` and `postgres_storage` implement it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from segmentation.errors import BrokenArtifact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from segmentation.registry.audit import AuditEntry

POINTER: Final = "current"


class StoredFiles(Protocol):
    """One version's files, held open: all reads see the same files, even if other processes change them."""

    @property
    def version(self) -> str:
        """The version's id."""

    def names(self) -> set[str]:
        """Return the names of everything that is there, foreign files included."""

    def read(self, name: str, most: int) -> bytes:
        """Return a file's bytes.

        Raises
        ------
        BrokenArtifact
            When it is not there, or holds more than `most` bytes.
        """


class Storage(Protocol):
    """Keeps versions' files, the pointer and the log; knows nothing of what they mean.

    Every method that changes something is called within `changing` only, and reads there see what was changed.
    """

    def versions(self) -> list[str]:
        """Return the names of all that may be versions, in no order; whether they are ids is the caller's question."""

    def holds(self, version: str) -> bool:
        """Say whether something of that name is there, broken or not."""

    def open(self, version: str) -> AbstractContextManager[StoredFiles]:
        """Open a version's files for reading.

        Raises
        ------
        BrokenArtifact
            When they cannot be opened.
        """

    def pointer(self) -> str | None:
        """Return what the pointer says, None when there is none; whether it is an id is the caller's question.

        Raises
        ------
        BrokenArtifact
            When it is there but cannot be read.
        """

    def log(self) -> list[AuditEntry]:
        """Return the log, oldest first.

        Raises
        ------
        BrokenArtifact
            When it is there but cannot be read.
        """

    def changing(self) -> AbstractContextManager[None]:
        """Hold the storage for a change: one at a time among all threads and processes that share it.

        Raises
        ------
        BadInput
            When the storage cannot be written to; also out of the body.
        """

    def add(self, files: Mapping[str, bytes], entry: AuditEntry) -> None:
        """Store a new version's files, all of them, and the log's line on it; or nothing."""

    def remove(self, version: str) -> None:
        """Remove a version's files: all of them, or nothing."""

    def move(self, entry: AuditEntry) -> None:
        """Set the pointer to an entry's version and add the entry to the log; or neither."""

    def append(self, entry: AuditEntry) -> None:
        """Add a line to the log."""

    def sweep(self) -> None:
        """Remove what a crash left half done."""


@dataclass(frozen=True)
class FilesInMemory:
    """One version's files as bytes in memory.

    Parameters
    ----------
    version
        The version's id.
    content
        The files by name.
    """

    version: str
    content: Mapping[str, bytes]

    def names(self) -> set[str]:
        """See `StoredFiles`."""
        return set(self.content)

    def read(self, name: str, most: int) -> bytes:
        """See `StoredFiles`."""
        data = self.content.get(name)
        if data is None or len(data) > most:
            raise unusable(self.version, f"{name} is missing, or holds more than {most} bytes")
        return data


def unusable(version: str, what: str) -> BrokenArtifact:
    """Return the error for a version that cannot be used, and why."""
    return BrokenArtifact(f"Model version {version or '(unsaved)'} was not used: {what}.")
