"""Remembers each scored file, and says who moved since the last one of the same customers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from segmentation.errors import BadInput, BrokenArtifact
from segmentation.movement.hashing import MovementKey
from segmentation.movement.moved_rows import MovedRows
from segmentation.movement.movement import LEAST_COMMON, Movement, are_comparable, common_share, compare
from segmentation.movement.recorder import Recorder
from segmentation.movement.snapshot import About, Snapshot, content_of

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.movement.store import SnapshotStore
    from segmentation.schema import Schema
    from segmentation.scoring.report import ScoreReport

_DAY: Final = 24 * 60 * 60
# Files of other customers may have been scored since; this many are looked through for the last one of these.
_LOOKED_THROUGH: Final = 20
_OTHER_KEY: Final = "These files can't be compared: ids are hashed with the signing key, which has changed in between."
FORGOTTEN: Final = (
    "I have forgotten the last file, so I can no longer tell who moved since. Choose again without “Only customers who "
    "moved”."
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scoring:
    """One file, just scored.

    Parameters
    ----------
    id
        Names the scoring, so that one that is repeated after a crash is remembered once.
    name
        What the file is called.
    at
        When the file was sent: seconds since the epoch. Files are compared with those sent before them.
    recorder
        Watched the file being scored.
    again
        Scores the file with another version, watched by the recorder given; returns that version's model, or None if
        it is gone.
    """

    id: str
    name: str
    team: str
    at: float
    model: SegmentModel
    report: ScoreReport
    recorder: Recorder
    again: Callable[[str, Recorder], SegmentModel | None]


@dataclass(frozen=True, slots=True)
class Memory:
    """What segbot remembers of files.

    Parameters
    ----------
    signing_key
        The key that signs versions; those of the workspaces are derived from it.
    days
        How long a file is remembered; 0 for not at all.
    """

    store: SnapshotStore
    signing_key: bytes = field(repr=False)
    days: int

    def recorder(self, team: str) -> Recorder:
        """Return what is to watch a workspace's file being scored."""
        return Recorder(MovementKey.of(self.signing_key, team))

    def remember(self, scoring: Scoring) -> Movement | None:
        """Remember a file, and compare it with the last one before it of the same customers.

        A file sent again, and answered in the same way, is remembered once.

        Returns
        -------
        Movement | None
            None without such a file, without a column of ids, if nobody in the file has a segment, or if it has more
            customers than are remembered.

        Raises
        ------
        NoDatabase
            When the store cannot be used.
        """
        self.expire(scoring.at)
        now = self._snapshot(scoring)
        if now is None or not _has_customers(now.about):
            return None
        earlier = [
            about
            for about in self.store.abouts(scoring.team)
            if about.id != scoring.id and about.taken <= scoring.at and are_comparable(about, now.about)
        ]
        same = next((about for about in earlier if about.content == now.about.content), None)
        if same is None:
            self.store.add(now)
        else:
            earlier = earlier[: earlier.index(same)]
        before = next(self._of_same_customers(earlier, now), None)
        return None if before is None else self._compared(before, now, scoring)

    def expire(self, now: float) -> None:
        """Forget the files of all workspaces that were remembered for long enough at a moment, in seconds."""
        self.store.forget_before(now - self.days * _DAY)

    def forget(self, team: str) -> int:
        """Forget all files of a workspace; return how many there were."""
        return self.store.forget(team)

    def history(self, team: str, model: SegmentModel) -> list[About]:
        """Return what is remembered of a workspace's files with the model's features, the oldest first."""
        population = _population(model)
        return [about for about in self.store.abouts(team) if about.population == population and _has_customers(about)]

    def between(self, earlier: About, later: About) -> Movement:
        """Compare two remembered files.

        Raises
        ------
        BadInput
            When they have no customers in common, or one of them has been forgotten or is damaged.
        NoDatabase
            When the store cannot be used.
        """
        if not are_comparable(earlier, later):
            raise BadInput(_OTHER_KEY)
        try:
            before, now = self.store.load(earlier), self.store.load(later)
        except BrokenArtifact as error:
            raise BadInput(error.sentence) from error
        if before is None or now is None:
            raise BadInput("I have forgotten one of these files meanwhile.")
        if not common_share(before, now):
            raise BadInput("These files have no customer in common: no id is in both.")
        return compare(before, now)

    def moved_since(self, team: str, earlier: str, schema_of: Callable[[str], Schema]) -> MovedRows:
        """Return what tells the rows of the customers that moved since a remembered file.

        Parameters
        ----------
        earlier
            The id of the file's snapshot.
        schema_of
            Returns the schema of a version.

        Raises
        ------
        BadInput
            When the file has been forgotten or is damaged, or the signing key has changed.
        NoDatabase
            When the store cannot be used.
        """
        about = next((about for about in self.store.abouts(team) if about.id == earlier), None)
        key = MovementKey.of(self.signing_key, team)
        if about is not None and about.key != key.name:
            raise BadInput(_OTHER_KEY)
        try:
            before = self.store.load(about) if about else None
        except BrokenArtifact as error:
            raise BadInput(error.sentence) from error
        if about is None or before is None:
            raise BadInput(FORGOTTEN)
        return MovedRows(before, key, schema_of(about.version))

    def _snapshot(self, scoring: Scoring) -> Snapshot | None:
        customers, doubtful = scoring.recorder.customers()
        if scoring.recorder.overflowed or customers.is_empty():
            return None
        model = scoring.model
        about = About(
            id=scoring.id,
            name=scoring.name,
            team=scoring.team,
            population=_population(model),
            taken=scoring.at,
            version=model.version,
            segments=tuple(model.names),
            sizes=dict(scoring.report.segments),
            key=MovementKey.of(self.signing_key, scoring.team).name,
            content=content_of(customers, model.names),
            customers=customers.height,
            doubtful=doubtful,
        )
        return Snapshot(about, customers)

    def _of_same_customers(self, earlier: list[About], now: Snapshot) -> Iterator[Snapshot]:
        """Yield the files that share customers with this one, the last first."""
        for about in reversed(earlier[-_LOOKED_THROUGH:]):
            try:
                snapshot = self.store.load(about)
            except BrokenArtifact:
                _log.warning("a remembered file is damaged", extra={"team": about.team, "snapshot": about.id})
                continue
            if snapshot is not None and common_share(snapshot, now) >= LEAST_COMMON:
                yield snapshot

    def _compared(self, before: Snapshot, now: Snapshot, scoring: Scoring) -> Movement:
        if before.about.version == now.about.version:
            return compare(before, now)
        same_model = self._scored_again(before.about.version, now, scoring)
        if same_model is not None and same_model.customers.equals(now.customers):
            # Both versions say the same of everybody: at most the segments' names have changed.
            names = before.about.segments
            before = replace(before, about=replace(before.about, segments=now.about.segments))
            movement = compare(before, now, now)
            # A list knows the earlier file by its names alone: under other ones everybody would seem to have moved.
            return movement if names == now.about.segments else replace(movement, earlier="")
        return compare(before, now, same_model)

    def _scored_again(self, version: str, now: Snapshot, scoring: Scoring) -> Snapshot | None:
        recorder = self.recorder(scoring.team)
        model = scoring.again(version, recorder)
        if model is None:
            return None
        customers, _ = recorder.customers()
        return Snapshot(replace(now.about, version=version, segments=tuple(model.names)), customers)


def _has_customers(about: About) -> bool:
    """Tell whether anybody in a file has a segment: no segment shrank because nobody's row could be read."""
    return any(about.sizes.values())


def _population(model: SegmentModel) -> str:
    """Name the features a model reads customers by: files read by others cannot be compared."""
    return ",".join(model.schema.names)
