"""The append-only log of what happened to model versions, and the history that follows from it."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from segmentation.errors import BrokenArtifact

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SAVED: Final = "saved"
RENAMED: Final = "renamed"  # saved as another version with names that a person gave
PROMOTED: Final = "promoted"
ROLLED_BACK: Final = "rolled_back"
DISCARDED: Final = "discarded"
REFUSED: Final = "refused"  # somebody tried what they may not do
PRUNED: Final = "pruned"
LISTED: Final = "listed"  # somebody was given a list of customers
RECOVERED: Final = "recovered"  # the pointer was found to differ from the log: somebody moved it by hand
ADDED: Final = frozenset({SAVED, RENAMED})
MOVES: Final = frozenset({PROMOTED, ROLLED_BACK, RECOVERED})


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log.

    Parameters
    ----------
    at, event, actor
        When (ISO 8601 UTC), what, and who did it.
    version, previous, note
        Which version it was done to, which one was current before, and why. Of a version that was made by renaming
        segments, `previous` is the one that had the names before.
    details
        {"data": fingerprint of the training data, "metrics": {...}} of a version saved, moved to or discarded, and
        "request" of a rollback that was asked for in a chat; {"job": ..., "rows": how many} of a list.
    """

    at: str
    event: str
    actor: str
    version: str
    previous: str | None = None
    note: str = ""
    details: dict[str, Any] = field(default_factory=dict)


class AuditLog:
    """A JSON-lines file. A line cut short by a crash is passed over; nothing is ever rewritten."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def entries(self) -> list[AuditEntry]:
        """Return all whole lines, oldest first.

        Raises
        ------
        BrokenArtifact
            When the log is there but cannot be read.
        """
        try:
            with open(self._path, "rb", opener=opener_without_links) as file:
                data = file.read()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BrokenArtifact(f"The log {self._path.name} can't be read ({error.strerror}).") from error
        found = []
        for line in data.splitlines():
            try:
                found.append(entry_of(json.loads(line)))
            except (ValueError, TypeError, RecursionError):
                continue
        return found

    def append(self, entry: AuditEntry) -> None:
        """Write one line and force it to disk; start a new line after one that was cut short."""
        line = encoded(entry) + b"\n"
        fd = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            size = os.fstat(fd).st_size
            if size and os.pread(fd, 1, size - 1) != b"\n":
                line = b"\n" + line
            # The kernel reports a full disk only if nothing fits; if a part fits, it writes that part.
            if os.write(fd, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(fd)
        finally:
            os.close(fd)


def opener_without_links(path: str, flags: int) -> int:
    """Open for `open`, without following a link and without waiting for the other end of a pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def served(entries: Iterable[AuditEntry]) -> list[str]:
    """Return the versions in service as a stack: the last is the current one, the one before it the way back.

    A promotion pushes; a rollback pops down to its target, and so does a pointer found there.
    """
    stack: list[str] = []
    for entry in entries:
        if entry.event not in MOVES:
            continue
        if entry.event != PROMOTED and entry.version in stack:
            while stack[-1] != entry.version:
                stack.pop()
        elif not stack or stack[-1] != entry.version:
            stack.append(entry.version)
    return stack


def encoded(entry: AuditEntry) -> bytes:
    """Return an entry's stored form, one line without its end."""
    return json.dumps(asdict(entry)).encode()


def entry_of(data: dict[str, Any]) -> AuditEntry:
    """Build an entry from its stored form; TypeError if the form is unknown."""
    entry = AuditEntry(**data)
    if not all(isinstance(value, str) for value in (entry.at, entry.event, entry.actor, entry.version)):
        raise TypeError("an audit line holds texts")
    if not isinstance(entry.details, dict):
        raise TypeError("an audit line's details are named")
    return entry
