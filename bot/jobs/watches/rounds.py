"""Takes up what is due. Every process does so; what two of them take up at once is one job, by its id.

DBOS's own schedules sleep until a moment comes: a clock that is set then makes it late, and a process that is down
misses it, or makes up for every one it missed. Here the latest moment is taken up once, whenever somebody looks.
"""

from __future__ import annotations

import logging
import time
from typing import Final

from dbos import error as engine_error

from bot.jobs.retrains.retrain_workflow import RetrainWorkflow
from bot.jobs.team_workflow import RunningTeams
from bot.jobs.watches.steps import WatchSteps
from bot.jobs.watches.workflow import WatchWorkflow
from bot.records.retrain_job import RetrainJob
from bot.records.watch import WatchRun
from bot.timings import JobTimings
from segmentation.watching.store import WatchStore
from segmentation.watching.watch import Kind, Watch

_log = logging.getLogger(__name__)
_SCHEDULED: Final = "scheduled"


class WatchRounds:
    """Rounds through all watches.

    Parameters
    ----------
    steps
        What a check does, and where the watches are; None if there are none.
    running
        Whose workflows run in this process.
    retrains
        What is done when a scheduled retrain is due.
    timings
        How often it looks.
    """

    def __init__(
        self,
        steps: WatchSteps | None,
        running: RunningTeams,
        retrains: RetrainWorkflow,
        timings: JobTimings,
    ) -> None:
        self.steps = steps
        self._watches = None if steps is None else WatchWorkflow(steps, running, timings)
        self._retrains = retrains
        self._pause = timings.watching
        self._looked = float("-inf")

    @property
    def store(self) -> WatchStore | None:
        """The watches; None if there are none."""
        return None if self.steps is None else self.steps.store

    def define(self) -> None:
        """Define the workflow of a check for the engine that is about to be launched."""
        if self._watches is not None:
            self._watches.define()

    def round(self) -> None:
        """Take up what is due, if the last round was long enough ago.

        Raises
        ------
        NoDatabase
            When the watches cannot be read; the next round takes up what is due then.
        """
        if time.monotonic() - self._looked < self._pause:
            return
        self.take_up(time.time())
        # Only now: after a failure the next round tries again.
        self._looked = time.monotonic()

    def take_up(self, now: float) -> None:
        """Take up what is due at a moment, in seconds since the epoch; otherwise as `round`."""
        if self.steps is None or self._watches is None:
            return
        for watch in self.steps.store.every():
            due = watch.due(now)
            if due is None:
                if watch.is_ahead(now):
                    # Some clock was wrong: without this the watch would rest until that moment has come.
                    self.steps.store.take_up(watch, watch.schedule.last(now))
                continue
            # Enqueued first: after a crash in between it is enqueued again, which changes nothing.
            if watch.kind is Kind.WATCH:
                self._watches.enqueue(WatchRun(watch.team, watch.table, due))
            elif not self._retrain(watch, due):
                continue
            self.steps.store.take_up(watch, due)

    def _retrain(self, watch: Watch, due: float) -> bool:
        try:
            self._retrains.enqueue(scheduled_job(watch, due))
        except engine_error.DBOSQueueDeduplicatedError:
            return False  # another retrain is unfinished: this one has its turn in a later round
        _log.info("a scheduled retrain is due", extra={"team": watch.team})
        return True


def scheduled_job(watch: Watch, due: float) -> RetrainJob:
    """Return the retrain that is due: a candidate and its report, which a person then decides on."""
    return RetrainJob(
        team=watch.team,
        channel=watch.channel,
        user=watch.user,
        key=f"{_SCHEDULED}-{watch.table}-{due:.0f}",
        k=watch.k,
        note=f"Scheduled: {watch.schedule.text}",
        at=due,
        table=watch.table,
    )
