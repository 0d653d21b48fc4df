"""Remembers a scored file for its workspace, and finds out who moved; scoring never fails because of it."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from segmentation.errors import NoDatabase, SegbotError
from segmentation.movement.remembering import Memory, Scoring
from segmentation.scoring.score import score_file

if TYPE_CHECKING:
    from pathlib import Path

    from bot.records.file_job import FileJob
    from segmentation.model import SegmentModel
    from segmentation.movement.moved_rows import MovedRows
    from segmentation.movement.movement import Movement
    from segmentation.movement.recorder import Recorder
    from segmentation.movement.snapshot import About
    from segmentation.reading.questions import Answers
    from segmentation.reading.table import Limits
    from segmentation.registry.registry import Registry
    from segmentation.scoring.report import ScoreReport

NOT_REMEMBERED: Final = "I can't say who moved since your last file: I can't read what I remember of it just now."
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scored:
    """A file that was just scored, still on this machine's disk.

    Parameters
    ----------
    name
        What the file is called.
    source
        The file, in a folder of its own that may be written to.
    """

    job: FileJob
    name: str
    source: Path
    answers: Answers
    model: SegmentModel
    report: ScoreReport


class FileMemory:
    """Remembers files.

    Parameters
    ----------
    memory
        Where, and for how long; for 0 days means not at all.
    registry
        Loads the version that an earlier file was scored with.
    """

    def __init__(self, memory: Memory, registry: Registry, limits: Limits) -> None:
        self._memory = memory
        self._registry = registry
        self._limits = limits

    def recorder(self, team: str) -> Recorder | None:
        """Return what is to watch the scoring of a workspace's file; None if nothing is remembered."""
        return self._memory.recorder(team) if self._memory.days else None

    async def remember(self, scored: Scored, recorder: Recorder | None) -> tuple[Movement | None, str]:
        """Remember a file; return who moved since the last one, and a note if that could not be found out."""
        if recorder is None:
            return None, ""
        job = scored.job
        again = partial(self._again, scored)
        scoring = Scoring(job.id, scored.name, job.team, job.at, scored.model, scored.report, recorder, again)
        try:
            return await asyncio.to_thread(self._memory.remember, scoring), ""
        except NoDatabase as error:
            _log.warning("a file is not remembered", extra={"job": job.id, "failure": type(error).__name__})
            return None, NOT_REMEMBERED

    @property
    def days(self) -> int:
        """How long files are remembered; 0 for not at all."""
        return self._memory.days

    def history(self, team: str, model: SegmentModel) -> list[About]:
        """Return what is known of a workspace's files with the model's features, the oldest first.

        Raises
        ------
        NoDatabase
            When what is remembered cannot be reached.
        """
        return self._memory.history(team, model)

    def between(self, earlier: About, later: About) -> Movement:
        """Compare two remembered files; errors as of `Memory.between`."""
        return self._memory.between(earlier, later)

    def moved_since(self, team: str, earlier: str) -> MovedRows:
        """Return what tells the rows of those that moved since a remembered file; errors as of `Memory.moved_since`."""
        return self._memory.moved_since(team, earlier, lambda version: self._registry.load(version).schema)

    def forget(self, team: str) -> int:
        """Forget all files of a workspace; return how many there were.

        Raises
        ------
        NoDatabase
            When what is remembered cannot be reached.
        """
        return self._memory.forget(team)

    def expire(self) -> None:
        """Forget the files of all workspaces that were remembered for long enough.

        Raises
        ------
        NoDatabase
            When what is remembered cannot be reached.
        """
        self._memory.expire(time.time())

    def _again(self, scored: Scored, version: str, recorder: Recorder) -> SegmentModel | None:
        """Score the file with an earlier version; None if that version is gone, or does not take the file."""
        try:
            model = self._registry.load(version)
            target = scored.source.with_name("again")
            score_file(
                scored.source,
                target,
                model,
                limits=self._limits,
                answers=scored.answers,
                scratch=target.parent,
                watch=recorder,
            )
        except SegbotError as error:
            about = {"job": scored.job.id, "version": version, "failure": type(error).__name__}
            _log.info("a file cannot be scored with an earlier version", extra=about)
            return None
        return model
