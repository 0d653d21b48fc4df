"""The versions of a registry, read: which there are, which is in service, and any of them loaded and verified."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from segmentation.errors import BrokenArtifact, NoModel, UnknownVersion
from segmentation.registry import artifact
from segmentation.registry.artifact import is_version_id
from segmentation.registry.audit import ADDED, AuditEntry, served
from segmentation.registry.folder_storage import FolderStorage
from segmentation.registry.states import Check, Serving, State, VersionInfo, state_of
from segmentation.registry.storage import POINTER

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sklearn.pipeline import Pipeline

    from segmentation.model import SegmentModel
    from segmentation.registry.manifest import Manifest
    from segmentation.registry.storage import Storage, StoredFiles

NO_MODEL: Final = "There is no model yet. Somebody has to train one: `segbot train customers.csv --promote`."


class Versions:
    """The versions in a storage. Nothing here changes anything, so no lock is needed.

    Parameters
    ----------
    storage
        The storage, or the folder that is to be one; created when first written to.
    key
        Signs and verifies versions; must not lie in the storage.
    now
        The clock, for tests.
    """

    def __init__(
        self, storage: Storage | Path, key: bytes, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._storage: Storage = FolderStorage(storage) if isinstance(storage, Path) else storage
        self._key = key
        self._now = now

    def find_run(self, run: str) -> str | None:
        """Return the version a job saved, None when it has saved none yet."""
        if not run:
            return None
        return next((info.version for info in self.versions() if info.manifest and info.manifest.run == run), None)

    def content(self, version: str) -> dict[str, bytes]:
        """Return a version's files as they are stored, unverified, since `take_in` verifies; errors as `load`."""
        with self._open(version) as opened:
            return {name: opened.read(name, artifact.MOST_BYTES) for name in sorted(opened.names())}

    def current(self) -> str | None:
        """Return the current version's id, None when no version was ever promoted.

        Raises
        ------
        BrokenArtifact
            When the pointer is missing though it was set, is a link, or holds no version id.
        """
        text = self._storage.pointer()
        # The first promotion of all may come between the two looks.
        if text is None and served(self._storage.log()):
            text = self._storage.pointer()
            if text is None:
                raise BrokenArtifact(f"The pointer {POINTER} is missing. `segbot models rollback` sets it anew.")
        if text is None:
            return None
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
        return artifact.read(self._open(version), self._key).model

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
            raise self.no_model()
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
            # An older answer is better than none; the problem goes along, so that people hear of it.
            for version in reversed(served(self._storage.log())):
                try:
                    return Serving(self.load(version), problem)
                except (UnknownVersion, BrokenArtifact):
                    continue
            raise

    def no_model(self) -> NoModel:
        """Return the error to raise when nothing is in service: it names the candidate that waits, if one does."""
        candidate = self._waiting()
        if candidate is None:
            return NoModel(NO_MODEL)
        version = candidate.version
        if candidate.objections:
            way = f", but it is unsafe to promote: `segbot models show {version}` says why."
        else:
            way = f": promote it under its report in Slack, or with `segbot models promote {version}`."
        return NoModel(f"There is no model in service. Candidate {version} waits{way}", version)

    def load_pipelines(self, version: str) -> dict[str, Pipeline]:
        """Load the fitted scikit-learn pipelines of a version, for inspection or further training.

        Errors as for `load`; also BrokenArtifact when scikit-learn's version differs.
        """
        return artifact.unpickle_pipelines(artifact.read(self._open(version), self._key))

    def manifest(self, version: str) -> Manifest:
        """Return what a version says of itself; errors as for `load`."""
        return artifact.read_manifest(self._open(version), self._key)

    def versions(self) -> list[VersionInfo]:
        """List all versions, broken ones included, in the order in which the log has them.

        The log keeps that order even if the replicas' clocks differ, and within one second too.
        """
        names = [name for name in self._storage.versions() if is_version_id(name) and name != POINTER]
        entries = self._storage.log()
        try:
            current = self.current()
        except BrokenArtifact:
            # A broken pointer must not hide the versions, one of which has to replace it.
            current = None
        found = []
        for name in names:
            state = state_of(name, current, entries)
            try:
                found.append(VersionInfo(name, state, artifact.read_manifest(self._storage.open(name), self._key)))
            except BrokenArtifact as error:
                if self._storage.holds(name):  # else it was pruned a moment ago
                    found.append(VersionInfo(name, state, None, error.sentence))
        saved = {entry.version: place for place, entry in enumerate(entries) if entry.event in ADDED}
        # One the log does not know yet was stored a moment ago.
        return sorted(found, key=lambda info: (saved.get(info.version, len(entries)), info.version))

    def state(self, version: str) -> State:
        """Return what has become of a version, broken or not; UnknownVersion if there is none."""
        self._require(version)
        return state_of(version, self._current_or_none(), self._storage.log())

    def history(self) -> list[AuditEntry]:
        """Return the log, oldest first."""
        return self._storage.log()

    def verify(self, version: str) -> list[Check]:
        """Check everything about a version: what `load` checks, then the pipelines against the model.

        Raises
        ------
        UnknownVersion
            When there is no such version.
        """
        opened = self._open(version)
        try:
            stored = artifact.read(opened, self._key)
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

    def _require(self, version: str) -> None:
        """Raise UnknownVersion if there is no such version, broken or not."""
        # In the models folder, the pointer's file has the name that such a version would need.
        if not is_version_id(version) or version == POINTER:
            raise UnknownVersion("A version id has 1 to 64 letters, digits, '.', '_' or '-'.")
        if not self._storage.holds(version):
            raise UnknownVersion(f"There is no model version {version}. `segbot models list` shows them all.")

    def _waiting(self) -> Manifest | None:
        """Return the newest candidate that nobody has decided on; None when there is none that can be read."""
        entries = self._storage.log()
        for entry in reversed(entries):
            if entry.event not in ADDED or state_of(entry.version, None, entries) is not State.CANDIDATE:
                continue
            try:
                return self.manifest(entry.version)
            except (UnknownVersion, BrokenArtifact):
                continue
        return None

    def _open(self, version: str) -> AbstractContextManager[StoredFiles]:
        self._require(version)
        return self._storage.open(version)

    def _current_or_none(self) -> str | None:
        """Return the current version for a change that will set it anew anyway."""
        try:
            return self.current()
        except BrokenArtifact:
            return None
