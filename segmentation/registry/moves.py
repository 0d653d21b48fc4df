"""Promotes, rolls back, discards and prunes stored versions; each change holds the lock and is logged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack

from segmentation.errors import BrokenArtifact, Conflict, Unsafe
from segmentation.registry import artifact
from segmentation.registry.audit import (
    DISCARDED,
    LISTED,
    MOVES,
    PROMOTED,
    PRUNED,
    RECOVERED,
    REFUSED,
    ROLLED_BACK,
    AuditEntry,
    served,
)
from segmentation.registry.states import ANY, Expected, State, check_expected, state_of, successor_of
from segmentation.registry.versions import Versions

if TYPE_CHECKING:
    from segmentation.registry.manifest import Manifest

_SYSTEM: Final = "segbot"  # the actor of changes that no person made
# The log is never shortened, so an attempt must not be able to fill it.
_LONGEST_NOTE: Final = 300


class _More(TypedDict, total=False):
    """The optional fields of a log entry."""

    previous: str | None
    note: str
    details: dict[str, Any]


class Moves(Versions):
    """Versions that can be moved in and out of service. Every change holds the storage's lock."""

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
            The version that was current when the decision was made, None when there was none; ANY accepts any.
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
            # Read under the lock: of two people who decide at the same time, the second must learn of the first.
            current = self._current_or_none()
            if version == current:
                raise Conflict(f"{version} is the current version already.", current)
            check_expected(current, expected)
            self._check_not_closed(version, current)
            # All of it is verified, not only the manifest: from the next moment on this version answers.
            manifest = artifact.read(self._open(version), self._key).manifest
            refused = bool(manifest.objections) and not allow_unsafe
            if refused:
                self._log(REFUSED, actor, "", note=f"promote {version}, which is unsafe")
            else:
                self._move(manifest, current, PROMOTED, actor, note)
        if refused:  # raised outside, since in a database an error rolls the log's line back with the change
            raise unsafe(manifest)
        return current

    def _check_not_closed(self, version: str, current: str | None) -> None:
        """Refuse a version that was decided against, or that lives on under other names."""
        entries = self._storage.log()
        state = state_of(version, current, entries)
        if state is State.DISCARDED:
            raise Conflict(f"{version} was discarded. Train again, or roll back to another version.", current)
        if state is State.SUPERSEDED and (renamed := successor_of(version, entries)) is not None:
            raise Conflict(f"The segments of {version} were renamed: promote {renamed.version} instead.", current)

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
            # Slack may deliver a click twice: without this, two deliveries would go back two versions.
            if request and any(entry.details.get("request") == request for entry in self._storage.log()):
                raise Conflict("This rollback was done already.", current)
            if version is not None and version == current:
                raise Conflict(f"{version} is the current version already.", current)
            check_expected(current, expected)
            target = self._before(version, current)
            manifest = artifact.read(self._open(target), self._key).manifest
            self._move(manifest, current, ROLLED_BACK, actor, note, {"request": request} if request else {})
            return target, current

    def way_back(self, version: str | None = None) -> tuple[str, str | None]:
        """Return the version that a rollback would go back to, and the current one; nothing changes.

        Raises
        ------
        Conflict
            When there is nothing to go back to, or the named version is current or never was in service.
        UnknownVersion
            When there is no such version.
        """
        current = self._current_or_none()
        if version is not None and version == current:
            raise Conflict(f"{version} is the current version already.", current)
        return self._before(version, current), current

    def _before(self, version: str | None, current: str | None) -> str:
        """Return the version to go back to: the one named if it was in service, else the previous one."""
        # The log still names versions that were pruned.
        stack = [item for item in served(self._storage.log()) if item != current and self._storage.holds(item)]
        if version is None and not stack:
            raise Conflict("There is no earlier version to roll back to.", current)
        target = version if version is not None else stack[-1]
        self._require(target)
        if not any(entry.version == target and entry.event in MOVES for entry in self._storage.log()):
            raise Conflict(f"{target} was never in service: promote it instead.", current)
        return target

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
                self._log(DISCARDED, actor, version, note=note or manifest.note, details=details_of(manifest))

    def refuse(self, actor: str, what: str) -> None:
        """Put into the log that somebody tried what they may not do; `what` is cut to 300 characters."""
        with self._changing():
            self._log(REFUSED, actor, "", note=what[:_LONGEST_NOTE])

    def note_list(self, actor: str, what: str, *, job: str, rows: int) -> None:
        """Put into the log that somebody was given a list of customers, once for each job: of whom it never says.

        Parameters
        ----------
        what
            Which segments, in words; cut to 300 characters.
        """
        with self._changing():
            if not any(entry.event == LISTED and entry.details.get("job") == job for entry in self._storage.log()):
                self._log(LISTED, actor, "", note=what[:_LONGEST_NOTE], details={"job": job, "rows": rows})

    def prune(self, keep: int) -> tuple[str, ...]:
        """Remove old versions, all but the `keep` youngest, and return their ids.

        The current version, the one a rollback goes to and the one in service before stay whatever their age; so do
        broken versions, which somebody should look at. While the pointer is broken nothing is removed.
        """
        with self._changing():
            entries = self._storage.log()
            stack = served(entries)
            if stack and self._current_or_none() is None:
                return ()
            here = [version for version in dict.fromkeys(reversed(stack)) if self._storage.holds(version)]
            left = next((entry.previous for entry in reversed(entries) if entry.event in MOVES), None)
            needed = {*here[:2], left}
            whole = [info.version for info in self.versions() if info.manifest is not None]
            old = tuple(version for version in whole[: max(len(whole) - keep, 0)] if version not in needed)
            for version in old:
                self._storage.remove(version)
                self._log(PRUNED, _SYSTEM, version)
            return old

    def sweep(self) -> None:
        """Remove what a crash left half written; `save` does it too, and `segbot serve` when it starts.

        Raises
        ------
        BadInput
            When the storage can't be written to.
        """
        with self._changing():
            self._storage.sweep()

    def _move(
        self,
        manifest: Manifest,
        current: str | None,
        event: str,
        actor: str,
        note: str,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Point at a version; the log takes the note of the person moving it, else of the one who trained it."""
        details = details_of(manifest) | dict(more)
        self._storage.move(
            self._entry(event, actor, manifest.version, previous=current, note=note or manifest.note, details=details)
        )

    def _log(self, event: str, actor: str, version: str, **more: Unpack[_More]) -> None:
        self._storage.append(self._entry(event, actor, version, **more))

    def _entry(self, event: str, actor: str, version: str, **more: Unpack[_More]) -> AuditEntry:
        return AuditEntry(self._stamp(), event, actor, version, **more)

    def _stamp(self) -> str:
        return self._now().astimezone(UTC).isoformat(timespec="seconds")

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the storage's lock; first log a pointer that somebody has moved by hand."""
        with self._storage.changing():
            current, stack = self._current_or_none(), served(self._storage.log())
            if current is not None and (not stack or stack[-1] != current):
                self._log(RECOVERED, _SYSTEM, current, previous=stack[-1] if stack else None)
            yield


def unsafe(manifest: Manifest) -> Unsafe:
    """Return the error to raise when a version that the gate objects to is not put in service."""
    return Unsafe(
        f"{manifest.version} is unsafe and was not put in service. {' '.join(manifest.objections)} "
        "To put it in service all the same, set SEGBOT_ALLOW_UNSAFE=1 and promote it again.",
        tuple(manifest.objections),
    )


def details_of(manifest: Manifest) -> dict[str, Any]:
    """Return what the log says of a version: what it was trained on, its measures, and whether the gate objects."""
    unsafe = {"unsafe": True} if manifest.objections else {}
    return {"data": manifest.report.data_fingerprint, "metrics": manifest.report.metrics(), **unsafe}
