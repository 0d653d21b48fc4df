"""The model registry: immutable versions, one pointer to the current one, and the log of who moved it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack

from segmentation.errors import BrokenArtifact, Conflict, NoModel, UnknownVersion, Unsafe
from segmentation.model import SegmentModel
from segmentation.registry import artifact
from segmentation.registry.artifact import Manifest, is_version_id
from segmentation.registry.audit import (
    DISCARDED,
    MOVES,
    PROMOTED,
    PRUNED,
    RECOVERED,
    REFUSED,
    ROLLED_BACK,
    SAVED,
    AuditEntry,
    served,
)
from segmentation.registry.signing import signing_key
from segmentation.registry.storage import POINTER, FilesInMemory, FolderShelf, Shelf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from sklearn.pipeline import Pipeline

    from segmentation.evaluation.comparison import Comparison
    from segmentation.reading.problems import Problem
    from segmentation.registry.storage import StoredFiles
    from segmentation.training.train import Trained

KEEP_VERSIONS: Final = 20
NO_MODEL: Final = "There is no model yet. Somebody has to train one: `segbot train customers.csv --promote`."

_SYSTEM: Final = "segbot"  # the actor of what no person did
_LONGEST_REFUSAL: Final = 300


class Expected(Enum):
    """What is expected to be current when it is no version."""

    ANY = "any"


ANY: Final = Expected.ANY


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


class About(TypedDict, total=False):
    """What may be said of a version when it is saved.

    Parameters
    ----------
    note, notes, problems, objections, comparison
        As in `Manifest`.
    run
        Id of the job that trained it. A job that was interrupted and does it again gets the version it saved first.
    """

    note: str
    run: str
    notes: Sequence[str]
    problems: Sequence[Problem]
    objections: Sequence[str]
    comparison: Comparison | None


class _More(TypedDict, total=False):
    """What an entry of the log may have besides."""

    previous: str | None
    note: str
    details: dict[str, Any]


class Registry:
    """Versions on a shelf. Safe between threads and processes: every change holds the shelf.

    Parameters
    ----------
    place
        The shelf, or the folder that is one; created when first written to.
    key
        Signs and verifies versions; must not live on the shelf.
    now
        The clock, for tests.
    """

    def __init__(
        self, place: Shelf | Path, key: bytes, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._shelf: Shelf = FolderShelf(place) if isinstance(place, Path) else place
        self._key = key
        self._now = now

    @classmethod
    def open(cls, root: Path, state_dir: Path, key: str = "", address: str = "") -> Registry:
        """Open a registry with the key given, or the one kept in the state folder, made there on first use.

        Parameters
        ----------
        root
            The models folder, used where no address is given.
        state_dir
            Holds the key, and the cache of what a database keeps.
        address
            A PostgreSQL database that replicas share, as libpq takes it; it needs a key that they share too.
        """
        if not address:
            return cls(root, key.encode() or signing_key(state_dir / "signing.key"))
        from segmentation.registry.postgres_storage import PostgresShelf  # noqa: PLC0415 - loads a driver most do without

        return cls(PostgresShelf(address, state_dir / "models-cache"), key.encode())

    def save(self, trained: Trained, *, actor: str, source: str, **about: Unpack[About]) -> str:
        """Store a training's result as a candidate and return its version id.

        All or nothing: the version appears complete, or not at all.

        Parameters
        ----------
        actor, source
            As in `Manifest`.
        about
            See `About`.
        """
        with self._changing():
            self._shelf.sweep()
            version = self.find_run(about.get("run", ""))
            if version is None:
                version = self._new_id(trained)
                files = artifact.pack(trained, self._key, self._described(version, actor, source, about))
                manifest = artifact.read_manifest(nullcontext(FilesInMemory(version, files)), self._key)
                entry = self._entry(SAVED, actor, version, note=manifest.note, details=_details(manifest))
                self._shelf.add(files, entry)
        return version

    def _described(self, version: str, actor: str, source: str, about: About) -> dict[str, Any]:
        """Return what a manifest says of how its version came about."""
        comparison = about.get("comparison")
        return {
            "version": version,
            "created_at": self._stamp(),
            "created_by": actor,
            "source": source,
            "note": about.get("note", ""),
            "run": about.get("run", ""),
            "notes": list(about.get("notes", ())),
            "problems": [asdict(problem) for problem in about.get("problems", ())],
            "objections": list(about.get("objections", ())),
            "comparison": None if comparison is None else comparison.to_data(),
        }

    def find_run(self, run: str) -> str | None:
        """Return the version a job saved, None when it has saved none yet."""
        if not run:
            return None
        return next((info.version for info in self.versions() if info.manifest and info.manifest.run == run), None)

    def content(self, version: str) -> dict[str, bytes]:
        """Return a version's files as they are stored, unverified: whoever takes them in verifies; errors as `load`."""
        with self._open(version) as opened:
            return {name: opened.read(name, artifact.MOST_BYTES) for name in sorted(opened.names())}

    def take_in(self, version: str, content: Mapping[str, bytes], *, actor: str, note: str = "") -> bool:
        """Store a version that another registry with the same key has saved, as a candidate; never overwrite one.

        Returns
        -------
        bool
            False when it is here already, the very same.

        Raises
        ------
        BrokenArtifact
            When it fails verification.
        Conflict
            When another version of that name is here.
        """
        manifest = artifact.read(nullcontext(FilesInMemory(version, content)), self._key).manifest
        with self._changing():
            self._shelf.sweep()
            if self._shelf.holds(version):
                if self.content(version) != content:
                    raise Conflict(f"Another version {version} is there already; it was left as it is.")
                return False
            self._shelf.add(content, self._entry(SAVED, actor, version, note=note, details=_details(manifest)))
            return True

    def current(self) -> str | None:
        """Return the current version's id, None when no version was ever promoted.

        Raises
        ------
        BrokenArtifact
            When the pointer is missing though it was set, is a link, or holds no version id.
        """
        text = self._shelf.pointer()
        # The first promotion of all may come between the two looks.
        if text is None and served(self._shelf.log()):
            text = self._shelf.pointer()
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
            for version in reversed(served(self._shelf.log())):
                try:
                    return Serving(self.load(version), problem)
                except (UnknownVersion, BrokenArtifact):
                    continue
            raise

    def load_pipelines(self, version: str) -> dict[str, Pipeline]:
        """Load the fitted scikit-learn pipelines of a version, for inspection or further training.

        Errors as for `load`; also BrokenArtifact when scikit-learn's version differs.
        """
        return artifact.unpickle_pipelines(artifact.read(self._open(version), self._key))

    def manifest(self, version: str) -> Manifest:
        """Return what a version says of itself; errors as for `load`."""
        return artifact.read_manifest(self._open(version), self._key)

    def versions(self) -> list[VersionInfo]:
        """List all versions, broken ones included, in the order the log saw them come.

        The log knows that order whatever the replicas' clocks say, and within one second too.
        """
        names = [name for name in self._shelf.versions() if is_version_id(name) and name != POINTER]
        entries = self._shelf.log()
        try:
            current = self.current()
        except BrokenArtifact:
            current = None
        found = []
        for name in names:
            state = _state(name, current, entries)
            try:
                found.append(VersionInfo(name, state, artifact.read_manifest(self._shelf.open(name), self._key)))
            except BrokenArtifact as error:
                if self._shelf.holds(name):  # else it was pruned a moment ago
                    found.append(VersionInfo(name, state, None, error.sentence))
        saved = {entry.version: place for place, entry in enumerate(entries) if entry.event == SAVED}
        # One the log does not know yet was stored a moment ago.
        return sorted(found, key=lambda info: (saved.get(info.version, len(entries)), info.version))

    def state(self, version: str) -> State:
        """Return what has become of a version, broken or not; UnknownVersion where there is none."""
        self._require(version)
        return _state(version, self._current_or_none(), self._shelf.log())

    def history(self) -> list[AuditEntry]:
        """Return the log, oldest first."""
        return self._shelf.log()

    def promote(
        self,
        version: str,
        *,
        actor: str,
        expected: str | Expected | None = ANY,
        note: str = "",
        allow_unsafe: bool = False,
    ) -> str | None:
        """Make a version current, after loading and verifying it; return the version that was current before.

        Parameters
        ----------
        expected
            The version that was current when the decision was made, None when there was none; ANY, whichever it was.
        allow_unsafe
            Whether a version the gate objects to may be put in service.

        Raises
        ------
        Conflict
            When another version is current than expected, or this one already is, or it was discarded.
        Unsafe
            When the gate objects to it and that is not allowed; the attempt is in the log.
        UnknownVersion, BrokenArtifact
            As for `load`.
        """
        with self._changing():
            current = self._current_or_none()
            if version == current:
                raise Conflict(f"{version} is the current version already.", current)
            _check_expected(current, expected)
            if _state(version, current, self._shelf.log()) is State.DISCARDED:
                raise Conflict(f"{version} was discarded. Train again, or roll back to another version.", current)
            manifest = artifact.read(self._open(version), self._key).manifest
            refused = bool(manifest.objections) and not allow_unsafe
            if refused:
                self._log(REFUSED, actor, "", note=f"promote {version}, which is unsafe")
            else:
                self._move(manifest, current, PROMOTED, actor, note)
        if refused:  # out here, since an error would undo the log's line where a change is a transaction
            raise Unsafe(
                f"{version} is unsafe and was not put in service. {' '.join(manifest.objections)} "
                "To put it in service all the same, set SEGBOT_ALLOW_UNSAFE=1 and promote it again.",
                tuple(manifest.objections),
            )
        return current

    def rollback(
        self,
        version: str | None = None,
        *,
        actor: str,
        expected: str | Expected | None = ANY,
        note: str = "",
        request: str = "",
    ) -> tuple[str, str | None]:
        """Go back to a version that was in service before: the previous one, or the one named.

        One that the gate objects to may come back too: it was let in before.

        Parameters
        ----------
        expected
            As for `promote`.
        request
            Id of what asked for it: one request goes back once, however often it arrives.

        Returns
        -------
        tuple[str, str | None]
            The version now current, and the one that was.

        Raises
        ------
        Conflict
            When another version is current than expected, when there is nothing to go back to, when the named
            version is current or never was in service, or when this request was done already.
        UnknownVersion, BrokenArtifact
            As for `load`.
        """
        with self._changing():
            current = self._current_or_none()
            if request and any(entry.details.get("request") == request for entry in self._shelf.log()):
                raise Conflict("This rollback was done already.", current)
            if version is not None and version == current:
                raise Conflict(f"{version} is the current version already.", current)
            _check_expected(current, expected)
            stack = [item for item in served(self._shelf.log()) if item != current and self._shelf.holds(item)]
            if version is None and not stack:
                raise Conflict("There is no earlier version to roll back to.", current)
            target = version if version is not None else stack[-1]
            self._require(target)
            if not any(entry.version == target and entry.event in MOVES for entry in self._shelf.log()):
                raise Conflict(f"{target} was never in service: promote it instead.", current)
            manifest = artifact.read(self._open(target), self._key).manifest
            self._move(manifest, current, ROLLED_BACK, actor, note, {"request": request} if request else {})
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
        with self._changing():
            state = self.state(version)
            if state is not State.CANDIDATE:
                raise Conflict(f"{version} is not a candidate but {state}.", self._current_or_none())
            try:
                manifest = self.manifest(version)
            except BrokenArtifact:  # a broken candidate may be discarded too
                self._log(DISCARDED, actor, version, note=note)
            else:
                self._log(DISCARDED, actor, version, note=note or manifest.note, details=_details(manifest))

    def refuse(self, actor: str, what: str) -> None:
        """Put into the log that somebody tried what they may not do; `what` is cut to 300 characters."""
        with self._changing():
            self._log(REFUSED, actor, "", note=what[:_LONGEST_REFUSAL])

    def prune(self, keep: int) -> tuple[str, ...]:
        """Remove old versions, all but the `keep` youngest, and return their ids.

        The current version, the one a rollback goes to and the one in service before stay whatever their age; so do
        broken versions, which somebody should look at. While the pointer is broken nothing is removed.
        """
        with self._changing():
            entries = self._shelf.log()
            stack = served(entries)
            if stack and self._current_or_none() is None:
                return ()
            here = [version for version in dict.fromkeys(reversed(stack)) if self._shelf.holds(version)]
            left = next((entry.previous for entry in reversed(entries) if entry.event in MOVES), None)
            needed = {*here[:2], left}
            whole = [info.version for info in self.versions() if info.manifest is not None]
            old = tuple(version for version in whole[: max(len(whole) - keep, 0)] if version not in needed)
            for version in old:
                self._shelf.remove(version)
                self._log(PRUNED, _SYSTEM, version)
            return old

    def sweep(self) -> None:
        """Remove what a crash left half written; `save` does it too, and `segbot serve` when it starts.

        Raises
        ------
        BadInput
            When the shelf cannot be written to.
        """
        with self._changing():
            self._shelf.sweep()

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
        """Raise UnknownVersion where there is no such version, broken or not."""
        if not is_version_id(version) or version == POINTER:
            raise UnknownVersion("A version id has 1 to 64 letters, digits, '.', '_' or '-'.")
        if not self._shelf.holds(version):
            raise UnknownVersion(f"There is no model version {version}. `segbot models list` shows them all.")

    def _open(self, version: str) -> AbstractContextManager[StoredFiles]:
        self._require(version)
        return self._shelf.open(version)

    def _current_or_none(self) -> str | None:
        """Return the current version for a change that will set it anew anyway."""
        try:
            return self.current()
        except BrokenArtifact:
            return None

    def _move(
        self,
        manifest: Manifest,
        current: str | None,
        event: str,
        actor: str,
        note: str,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Point at a version; the log says why in the words of whoever moves it, else of whoever trained it."""
        details = _details(manifest) | dict(more)
        self._shelf.move(
            self._entry(event, actor, manifest.version, previous=current, note=note or manifest.note, details=details)
        )

    def _log(self, event: str, actor: str, version: str, **more: Unpack[_More]) -> None:
        self._shelf.append(self._entry(event, actor, version, **more))

    def _entry(self, event: str, actor: str, version: str, **more: Unpack[_More]) -> AuditEntry:
        return AuditEntry(self._stamp(), event, actor, version, **more)

    def _stamp(self) -> str:
        return self._now().astimezone(UTC).isoformat(timespec="seconds")

    def _new_id(self, trained: Trained) -> str:
        digest = hashlib.sha256(artifact.model_bytes(trained.model)).hexdigest()[:8]
        base = f"{self._now().astimezone(UTC):%Y%m%d-%H%M%S}-{digest}"
        version, number = base, 2
        while self._shelf.holds(version):
            version, number = f"{base}-{number}", number + 1
        return version

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the shelf; on the way in, put into the log where somebody has moved the pointer by hand."""
        with self._shelf.changing():
            current, stack = self._current_or_none(), served(self._shelf.log())
            if current is not None and (not stack or stack[-1] != current):
                self._log(RECOVERED, _SYSTEM, current, previous=stack[-1] if stack else None)
            yield


def _check_expected(current: str | None, expected: str | Expected | None) -> None:
    """Refuse a change that was decided on while another version was current."""
    if expected is ANY or current == expected:
        return
    before = f", not {expected}" if expected is not None else "; there was none before"
    raise Conflict(f"The current version is now {current or 'unknown'}{before}: look at the comparison again.", current)


def _details(manifest: Manifest) -> dict[str, Any]:
    """Return what the log says of a version: what it was trained on, its measures, and whether the gate objects."""
    unsafe = {"unsafe": True} if manifest.objections else {}
    return {"data": manifest.report.data_fingerprint, "metrics": manifest.report.metrics(), **unsafe}


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
