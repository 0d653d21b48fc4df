"""Gives the segments of a stored version other names: that makes a new version, since versions never change."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from segmentation.errors import Conflict
from segmentation.evaluation.renamed import names_only, renamed_comparison
from segmentation.registry import artifact
from segmentation.registry.audit import PROMOTED, REFUSED, RENAMED
from segmentation.registry.moves import Moves, details_of, unsafe
from segmentation.registry.states import State, successor_of
from segmentation.registry.storage import FilesInMemory
from segmentation.renaming import changes_text, renamed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segmentation.model import SegmentModel
    from segmentation.registry.artifact import Stored
    from segmentation.registry.manifest import Manifest
    from segmentation.renaming import Wording

_NOTE: Final = "renamed "
# Twenty new names would fill every listing that shows notes.
_LONGEST_NOTE: Final = 300


@dataclass(frozen=True, slots=True)
class Renamed:
    """What came of renaming segments.

    Parameters
    ----------
    version, parent
        The new version, and the one that had the names before.
    in_service
        Whether the new version answers now; the parent of a candidate is a candidate no more instead.
    changes
        Which words are new, as `renaming.changes_text` says it.
    """

    version: str
    parent: str
    in_service: bool
    changes: str


class Renames(Moves):
    """Versions whose segments can be renamed. Nothing is trained, and nothing but words differs."""

    def rename(
        self, version: str, wordings: Sequence[Wording], *, actor: str, run: str = "", allow_unsafe: bool = False
    ) -> Renamed:
        """Make a version with other words for the segments of a candidate, or of the version in service.

        A candidate is superseded by the new one, so that only one of them can be promoted. The new version of the one
        in service is put in service at once; a rollback goes back to the old names.

        Parameters
        ----------
        wordings
            One a segment, in the model's order.
        run
            Id of what asked for it: asked again, it returns what was done the first time.
        allow_unsafe
            Whether a version the gate objects to may be put in service.

        Raises
        ------
        BadInput
            When a wording cannot be used, or all are as before.
        Conflict
            When the version is neither a candidate nor in service, or no longer.
        Unsafe
            When the gate objects to the version in service and that is not allowed; the attempt is in the log.
        UnknownVersion, BrokenArtifact
            As for `load`.
        """
        with self._changing():
            if done := self._done(run):
                return done
            current = self._current_or_none()
            in_service = self.check_renamable(version)
            stored = artifact.read(self._open(version), self._key)
            refused = in_service and bool(stored.manifest.objections) and not allow_unsafe
            if refused:
                self._log(REFUSED, actor, "", note=f"rename segments of {version}, which is unsafe")
            else:
                model = renamed(stored.model, wordings, actor)
                manifest = self._add(stored, model, actor, run, in_service=in_service)
                if in_service:
                    self._move(manifest, current, PROMOTED, actor, manifest.note)
        if refused:  # raised outside, since in a database an error rolls the log's line back with the change
            raise unsafe(stored.manifest)
        return Renamed(manifest.version, version, in_service, changes_text(stored.model, model))

    def _new_id(self, model: SegmentModel) -> str:
        """Return an id that no version has yet: when it is saved, and the beginning of the model's hash."""
        digest = hashlib.sha256(artifact.model_bytes(model)).hexdigest()[:8]
        base = f"{self._now().astimezone(UTC):%Y%m%d-%H%M%S}-{digest}"
        version, number = base, 2
        # Needed only if the same model is saved twice within a second.
        while self._storage.holds(version):
            version, number = f"{base}-{number}", number + 1
        return version

    def _done(self, run: str) -> Renamed | None:
        """Return what the same request has done already."""
        version = self.find_run(run)
        if version is None:
            return None
        manifest = self.manifest(version)
        in_service = self.state(version) is not State.CANDIDATE
        return Renamed(version, manifest.parent, in_service, manifest.note.removeprefix(_NOTE))

    def check_renamable(self, version: str) -> bool:
        """Refuse a version whose names nobody sees, or will see; else say whether it is in service.

        Raises
        ------
        Conflict
            When it is neither a candidate nor in service, or no longer.
        UnknownVersion
            When there is no such version.
        """
        state, current = self.state(version), self._current_or_none()
        if state in (State.CANDIDATE, State.CURRENT):
            return state is State.CURRENT
        if state is State.SUPERSEDED and (entry := successor_of(version, self._storage.log())) is not None:
            raise Conflict(
                f"The segments of {version} were renamed before: {entry.version} has the new names.", current
            )
        if state is State.RETIRED and current is not None:
            raise Conflict(f"{version} is no longer in service: {current} is.", current)
        raise Conflict(f"{version} is {state}: only a candidate or the version in service can be renamed.", current)

    def _add(self, stored: Stored, model: SegmentModel, actor: str, run: str, *, in_service: bool) -> Manifest:
        version, parent = self._new_id(model), stored.manifest
        said = changes_text(stored.model, model)
        comparison = parent.comparison
        if in_service:
            comparison = names_only(stored.model, model, said)
        elif comparison is not None:
            comparison = renamed_comparison(comparison, dict(zip(stored.model.names, model.names, strict=True)))
        about = {
            **_trained(parent),
            "version": version,
            "note": f"{_NOTE}{said}"[:_LONGEST_NOTE],
            "run": run,
            "comparison": None if comparison is None else comparison.to_data(),
            "parent": parent.version,
            "renamed_by": actor,
            "renamed_at": self._stamp(),
        }
        files = artifact.repack(stored, model, self._key, about)
        # Read as any later reader will: what could not be read back must not be stored.
        manifest = artifact.read(nullcontext(FilesInMemory(version, files)), self._key).manifest
        details = details_of(manifest)
        self._storage.sweep()
        self._storage.add(
            files,
            self._entry(RENAMED, actor, version, previous=parent.version, note=manifest.note, details=details),
        )
        return manifest


def _trained(parent: Manifest) -> dict[str, Any]:
    """Return what holds of both versions: who trained on what, and what the gate says."""
    return {
        "created_at": parent.created_at,
        "created_by": parent.created_by,
        "source": parent.source,
        "notes": list(parent.notes),
        "problems": [asdict(problem) for problem in parent.problems],
        "objections": list(parent.objections),
    }
