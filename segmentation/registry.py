"""The model registry: immutable versions, one pointer to the current one, and the log of who moved it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from segmentation import artifact
from segmentation.artifact import Manifest, is_version_id
from segmentation.audit import (
    DISCARDED,
    MOVES,
    PROMOTED,
    RECOVERED,
    ROLLED_BACK,
    SAVED,
    AuditEntry,
    AuditLog,
    opener_without_links,
    served,
)
from segmentation.durable import sync_folder, write_new
from segmentation.errors import BadInput, BrokenArtifact, Conflict, NoModel, UnknownVersion
from segmentation.model import SegmentModel
from segmentation.signing import signing_key

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from segmentation.training import Trained

POINTER: Final = "current"
_TEMPORARY: Final = ".tmp-"
_LONGEST_POINTER: Final = 128
NO_MODEL: Final = "There is no model yet. Somebody has to train one: `segbot train customers.csv --promote`."


class State(StrEnum):
    """What has become of a version."""

    CANDIDATE = "candidate"
    CURRENT = "current"
    RETIRED = "retired"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """One version in a listing; `manifest` is None when the version is broken, and `problem` says how."""

    version: str
    state: State
    manifest: Manifest | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Serving:
    """The model to answer with; `problem` is set when it is not the one that should be in service."""

    model: SegmentModel
    problem: BrokenArtifact | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing `verify` looked at."""

    name: str
    ok: bool
    detail: str = ""


class Registry:
    """Versions in a folder. Safe between threads and processes: every change holds the folder's lock.

    Parameters
    ----------
    root
        The folder; created when first written to.
    key
        Signs and verifies versions; must not live in the folder.
    now
        The clock, for tests.
    """

    def __init__(self, root: Path, key: bytes, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._root = root
        self._key = key
        self._now = now
        self._audit = AuditLog(root / "audit.jsonl")

    @classmethod
    def open(cls, root: Path, state_dir: Path, key: str = "") -> Registry:
        """Open a registry with the key given, or the one kept in the state folder, made there on first use."""
        return cls(root, key.encode() or signing_key(state_dir / "signing.key"))

    def save(self, trained: Trained, *, actor: str, source: str, note: str = "") -> str:
        """Store a training's result as a candidate and return its version id.

        All or nothing: the folder appears complete, or not at all.
        """
        with self._lock():
            self._sweep()
            version = self._new_id(trained)
            about = {
                "version": version,
                "created_at": self._stamp(),
                "created_by": actor,
                "source": source,
                "note": note,
            }
            files = artifact.pack(trained, self._key, about)
            temporary = self._root / f"{_TEMPORARY}{secrets.token_hex(8)}"
            temporary.mkdir()
            try:
                for name, data in files.items():
                    write_new(temporary / name, data)
                sync_folder(temporary)
                temporary.rename(self._root / version)
            except OSError:
                shutil.rmtree(temporary, ignore_errors=True)
                raise
            sync_folder(self._root)
            self._log(SAVED, actor, version, note=note)
        return version

    def current(self) -> str | None:
        """Return the current version's id, None when no version was ever promoted.

        Raises
        ------
        BrokenArtifact
            When the pointer is missing though it was set, is a link, or holds no version id.
        """
        try:
            with open(self._root / POINTER, "rb", opener=opener_without_links) as file:
                text = file.read(_LONGEST_POINTER).decode("ascii").strip()
        except FileNotFoundError:
            if served(self._audit.entries()):
                raise BrokenArtifact(
                    f"The pointer {POINTER} is missing from the models folder. `segbot models rollback` sets it anew."
                ) from None
            return None
        except OSError as error:
            raise BrokenArtifact(f"The pointer {POINTER} cannot be read ({error.strerror}).") from error
        except UnicodeDecodeError:
            text = ""
        if not is_version_id(text):
            raise BrokenArtifact(f"The pointer {POINTER} holds no version id. `segbot models rollback` sets it anew.")
        return text

    def load(self, version: str) -> SegmentModel:
        """Load a version, verified.

        Raises
        ------
        UnknownVersion
            When there is no such version.
        BrokenArtifact
            When it fails verification.
        """
        return artifact.read(self._folder(version), self._key).model

    def load_current(self) -> SegmentModel:
        """Load the current version, verified.

        Raises
        ------
        NoModel
            When none was ever promoted.
        BrokenArtifact
            When the pointer or the version fails verification.
        """
        version = self.current()
        if version is None:
            raise NoModel(NO_MODEL)
        try:
            return self.load(version)
        except UnknownVersion as error:
            raise BrokenArtifact(f"The pointer {POINTER} names {version}, which is not there.") from error

    def load_serving(self) -> Serving:
        """Load the current version, or, when that is broken, the last good one before it.

        Raises
        ------
        NoModel
            When none was ever promoted.
        BrokenArtifact
            When neither the current version nor any before it can be used; the current one's problem.
        """
        try:
            return Serving(self.load_current())
        except BrokenArtifact as problem:
            for version in reversed(served(self._audit.entries())):
                try:
                    return Serving(self.load(version), problem)
                except (UnknownVersion, BrokenArtifact):
                    continue
            raise

    def load_pipelines(self, version: str) -> dict[str, Pipeline]:
        """Load the fitted scikit-learn pipelines of a version, for inspection or further training.

        Errors as for `load`; also BrokenArtifact when scikit-learn's version differs.
        """
        return artifact.unpickle_pipelines(artifact.read(self._folder(version), self._key))

    def manifest(self, version: str) -> Manifest:
        """Return what a version says of itself; errors as for `load`."""
        return artifact.read_manifest(self._folder(version), self._key)

    def versions(self) -> list[VersionInfo]:
        """List all versions, oldest first, broken ones included."""
        if not self._root.is_dir():
            return []
        entries = self._audit.entries()
        try:
            current = self.current()
        except BrokenArtifact:
            current = None
        found = []
        for path in self._root.iterdir():
            if not is_version_id(path.name) or not (path.is_dir() or path.is_symlink()) or path.name == POINTER:
                continue
            state = _state(path.name, current, entries)
            try:
                found.append(VersionInfo(path.name, state, artifact.read_manifest(path, self._key)))
            except BrokenArtifact as error:
                found.append(VersionInfo(path.name, state, None, error.sentence))
        return sorted(found, key=lambda info: (info.manifest.created_at if info.manifest else "", info.version))

    def history(self) -> list[AuditEntry]:
        """Return the log, oldest first."""
        return self._audit.entries()

    def promote(self, version: str, *, actor: str, expected: str | None = None, note: str = "") -> str | None:
        """Make a version current, after loading and verifying it; return the version that was current before.

        Parameters
        ----------
        expected
            The version that was current when the decision was made; None skips the comparison.

        Raises
        ------
        Conflict
            When another version is current than expected, or this one already is, or it was discarded.
        UnknownVersion, BrokenArtifact
            As for `load`.
        """
        with self._lock():
            current = self._current_or_none()
            if version == current:
                raise Conflict(f"{version} is the current version already.")
            if expected is not None and current != expected:
                raise Conflict(
                    f"The current version is now {current or 'unknown'}, not {expected}: look at the comparison again."
                )
            if _state(version, current, self._audit.entries()) is State.DISCARDED:
                raise Conflict(f"{version} was discarded. Train again, or roll back to another version.")
            self.load(version)
            self._move(version, current, PROMOTED, actor, note)
            return current

    def rollback(self, version: str | None = None, *, actor: str, note: str = "") -> tuple[str, str | None]:
        """Go back to a version that was in service before: the previous one, or the one named.

        Returns
        -------
        tuple[str, str | None]
            The version now current, and the one that was.

        Raises
        ------
        Conflict
            When there is nothing to go back to, or the named version is current or never was in service.
        UnknownVersion, BrokenArtifact
            As for `load`.
        """
        with self._lock():
            current = self._current_or_none()
            stack = [item for item in served(self._audit.entries()) if item != current]
            if version is None and not stack:
                raise Conflict("There is no earlier version to roll back to.")
            target = version if version is not None else stack[-1]
            if target == current:
                raise Conflict(f"{target} is the current version already.")
            self._folder(target)
            if not any(entry.version == target and entry.event in MOVES for entry in self._audit.entries()):
                raise Conflict(f"{target} was never in service: promote it instead.")
            self.load(target)
            self._move(target, current, ROLLED_BACK, actor, note)
            return target, current

    def discard(self, version: str, *, actor: str, note: str = "") -> None:
        """Mark a candidate as not to be promoted.

        Raises
        ------
        Conflict
            When it is or was in service, or is discarded already.
        UnknownVersion
            When there is no such version.
        """
        with self._lock():
            self._folder(version)
            state = _state(version, self._current_or_none(), self._audit.entries())
            if state is not State.CANDIDATE:
                raise Conflict(f"{version} is not a candidate but {state}.")
            self._log(DISCARDED, actor, version, note=note)

    def verify(self, version: str) -> list[Check]:
        """Check everything about a version: what `load` checks, then the pipelines against the model.

        Raises
        ------
        UnknownVersion
            When there is no such version.
        """
        folder = self._folder(version)
        try:
            stored = artifact.read(folder, self._key)
        except BrokenArtifact as error:
            return [Check("signature, hashes, contract, golden rows", ok=False, detail=error.sentence)]
        checks = [Check("signature, hashes, contract, golden rows", ok=True)]
        name = f"pipelines agree on {artifact.COMPARED_POINTS:,} points"
        try:
            artifact.compare_forms(stored.model, artifact.unpickle_pipelines(stored))
            checks.append(Check(name, ok=True))
        except BrokenArtifact as error:
            checks.append(Check(name, ok=False, detail=error.sentence))
        return checks

    def _folder(self, version: str) -> Path:
        if not is_version_id(version) or version == POINTER:
            raise UnknownVersion("A version id has 1 to 64 letters, digits, '.', '_' or '-'.")
        folder = self._root / version
        if not folder.is_symlink() and not folder.is_dir():
            raise UnknownVersion(f"There is no model version {version}. `segbot models list` shows them all.")
        return folder

    def _current_or_none(self) -> str | None:
        """Return the current version for a change that will set it anew anyway."""
        try:
            return self.current()
        except BrokenArtifact:
            return None

    def _move(self, version: str, current: str | None, event: str, actor: str, note: str) -> None:
        temporary = self._root / f"{_TEMPORARY}{secrets.token_hex(8)}"
        write_new(temporary, f"{version}\n".encode())
        temporary.replace(self._root / POINTER)
        sync_folder(self._root)
        self._log(event, actor, version, previous=current, note=note)

    def _log(self, event: str, actor: str, version: str, *, previous: str | None = None, note: str = "") -> None:
        self._audit.append(AuditEntry(self._stamp(), event, actor, version, previous, note))

    def _stamp(self) -> str:
        return self._now().astimezone(UTC).isoformat(timespec="seconds")

    def _new_id(self, trained: Trained) -> str:
        digest = hashlib.sha256(artifact.model_bytes(trained.model)).hexdigest()[:8]
        base = f"{self._now().astimezone(UTC):%Y%m%d-%H%M%S}-{digest}"
        version, number = base, 2
        while (self._root / version).exists():
            version, number = f"{base}-{number}", number + 1
        return version

    def _sweep(self) -> None:
        """Remove what a crash left half written; the lock is held, so nobody is writing it now."""
        for path in self._root.glob(f"{_TEMPORARY}*"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the folder's lock; on the way in, put right what a crash between pointer and log left open."""
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            fd = os.open(self._root / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise self._not_writable(error) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            current, stack = self._current_or_none(), served(self._audit.entries())
            if current is not None and (not stack or stack[-1] != current):
                self._log(RECOVERED, "segbot", current, previous=stack[-1] if stack else None)
            yield
        except OSError as error:
            raise self._not_writable(error) from error
        finally:
            os.close(fd)

    def _not_writable(self, error: OSError) -> BadInput:
        return BadInput(f"The models folder {self._root} cannot be written to ({error.strerror or error}).")


def _state(version: str, current: str | None, entries: list[AuditEntry]) -> State:
    if version == current:
        return State.CURRENT
    state = State.CANDIDATE
    for entry in entries:
        if entry.version == version and entry.event in MOVES:
            state = State.RETIRED
        elif entry.version == version and entry.event == DISCARDED:
            state = State.DISCARDED
    return state
