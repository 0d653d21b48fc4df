"""The queues in which jobs wait. Their names, and those of the workflows, are stored: they never change."""

from __future__ import annotations

from typing import Final

from dbos import DBOS

SEEN: Final = "files-seen"
SCORE: Final = "files-score"
RETRAIN: Final = "retrain"
# A queue of its own, so that a replica of the version before, which has no such workflow, takes none from it.
LISTS: Final = "lists"
WATCH: Final = "watches"
SCORED_AT_ONCE: Final = 2
UNFINISHED: Final = ["DELAYED", "ENQUEUED", "PENDING"]
FINISHED: Final = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
# These jobs mostly wait for Slack, so many may run at once; scoring is work for the processor.
_SEEN_AT_ONCE: Final = 50
_LISTED_AT_ONCE: Final = 2
# Each look takes the processor from people who wait for a command, and nearly all find nothing. So what may wait a
# moment longer than a file is looked for as many times less often.
_LISTS_LATER: Final = 2
_RETRAINS_LATER: Final = 5
_WATCHES_LATER: Final = 10


def register_queues(poll: float) -> None:
    """Tell the engine of the queues; it looks for files every `poll` seconds, and for the rest less often."""
    DBOS.register_queue(SEEN, worker_concurrency=_SEEN_AT_ONCE, polling_interval_sec=poll)
    # One file at a time from each person: a hundred files from one person do not keep another waiting.
    DBOS.register_queue(
        SCORE,
        worker_concurrency=SCORED_AT_ONCE,
        partition_worker_concurrency=1,
        polling_interval_sec=poll,
    )
    DBOS.register_queue(
        LISTS,
        worker_concurrency=_LISTED_AT_ONCE,
        partition_worker_concurrency=1,
        polling_interval_sec=_LISTS_LATER * poll,
    )
    # `concurrency` counts in all processes together, `worker_concurrency` in each.
    DBOS.register_queue(RETRAIN, concurrency=1, polling_interval_sec=_RETRAINS_LATER * poll)
    # Counting a table is work for the warehouse and takes a process of its own: one after the other will do.
    DBOS.register_queue(WATCH, worker_concurrency=1, polling_interval_sec=_WATCHES_LATER * poll)
