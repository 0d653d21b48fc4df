"""The model registry: immutable versions, one pointer to the current one, and the log of who moved it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from segmentation.errors import Conflict
from segmentation.registry import artifact
from segmentation.registry.audit import SAVED
from segmentation.registry.moves import details_of
from segmentation.registry.renames import Renames
from segmentation.registry.signing import key_of
from segmentation.registry.storage import FilesInMemory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from segmentation.evaluation.comparison import Comparison
    from segmentation.reading.problems import Problem
    from segmentation.training.train import Trained


class About(TypedDict, total=False):
    """Optional facts to store with a version.

    Parameters
    ----------
    note, notes, problems, objections, comparison
        As in `Manifest`.
    run
        Id of the job that trained it. A job that is interrupted and trains again gets the version it saved first.
    """

    note: str
    run: str
    notes: Sequence[str]
    problems: Sequence[Problem]
    objections: Sequence[str]
    comparison: Comparison | None


class Registry(Renames):
    """Versions in a storage, and the way in for new ones. Safe between threads and processes.

    `Versions` reads stored versions; `Moves` promotes, rolls back, discards and prunes them; `Renames` gives their
    segments other names.
    """

    @classmethod
    def open(cls, root: Path, state_dir: Path, key: str = "", address: str = "") -> Registry:
        """Open a registry with the key given, or the one kept in the state folder, made there on first use.

        Parameters
        ----------
        root
            The models folder, used if no address is given.
        state_dir
            Holds the key, and the cache of what a database keeps.
        address
            A PostgreSQL database that replicas share, as libpq takes it; it needs a key that they share too.
        """
        if not address:
            return cls(root, key_of(state_dir, key))
        from segmentation.registry.postgres_storage import PostgresStorage  # noqa: PLC0415 - loads a driver most do without

        return cls(PostgresStorage(address, state_dir / "models-cache"), key.encode())

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
            self._storage.sweep()
            # Under the lock, since two replicas may be running the same interrupted job.
            version = self.find_run(about.get("run", ""))
            if version is None:
                version = self._new_id(trained.model)
                files = artifact.pack(trained, self._key, self._described(version, actor, source, about))
                # Read as any later reader will: what could not be read back must not be stored.
                manifest = artifact.read_manifest(nullcontext(FilesInMemory(version, files)), self._key)
                entry = self._entry(SAVED, actor, version, note=manifest.note, details=details_of(manifest))
                self._storage.add(files, entry)
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

    def take_in(self, version: str, content: Mapping[str, bytes], *, actor: str, note: str = "") -> bool:
        """Store a version that another registry with the same key has saved, as a candidate; never overwrite one.

        Returns
        -------
        bool
            False when the same version, byte for byte, is here already.

        Raises
        ------
        BrokenArtifact
            When it fails verification.
        Conflict
            When another version of that name is here.
        """
        # Verified before the lock is taken, so that nobody waits for it.
        manifest = artifact.read(nullcontext(FilesInMemory(version, content)), self._key).manifest
        with self._changing():
            self._storage.sweep()
            if self._storage.holds(version):
                if self.content(version) != content:
                    raise Conflict(f"Another version {version} is there already; it was left as it is.")
                return False
            self._storage.add(content, self._entry(SAVED, actor, version, note=note, details=details_of(manifest)))
            return True
