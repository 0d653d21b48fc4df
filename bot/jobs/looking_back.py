"""What jobs have left in the jobs database: setups, the retrains of one request, the scorings of one file. Blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from dbos import DBOS

from bot.records.file_job import FileJob
from bot.records.retrain_job import RetrainJob
from bot.records.setup import StoredSetup
from bot.records.stored import decode

# The steps whose result may hold a setup.
_LOOKED: Final = frozenset({"score", "retrain.train"})
# What follows the first job's id in those of its attempts, and of the workflows that score.
_ATTEMPT: Final = re.compile(r"(?::([0-9]+))?(/score)?")


@dataclass(frozen=True, slots=True)
class Scorings:
    """What is stored of one share of a file.

    Parameters
    ----------
    attempts
        How many attempts there were: this number is free for the next.
    scored
        Whether any of them scored the file, or is about to.
    """

    attempts: int
    scored: bool


def stored_setup(workflow: str) -> StoredSetup | None:
    """Return what segments could be set up from the file that a workflow looked at; None if nothing is stored."""
    for one in reversed(DBOS.list_workflow_steps(workflow)):
        result: Any = one["output"]
        if one["function_name"] in _LOOKED and isinstance(result, dict) and result.get("setup"):
            return StoredSetup.read(result["setup"])
    return None


def stored_retrain(name: str) -> RetrainJob | None:
    """Return a retrain that was stored under an id; None if there is none."""
    status = DBOS.get_workflow_status(name)
    return None if status is None or not status.input else decode(RetrainJob, status.input["args"][0])


def attempts_at(job: RetrainJob) -> int:
    """Return how many attempts at a retrain are stored: this number is free for the next."""
    first = job.first.id
    found = DBOS.list_workflows(workflow_id_prefix=first, name="retrain", load_input=False, load_output=False)
    tails = (status.workflow_id.removeprefix(first) for status in found)
    numbers = [int(tail[1:] or 0) for tail in tails if not tail or (tail[0] == ":" and tail[1:].isdigit())]
    return max(numbers) + 1 if numbers else 0


def scorings(job: FileJob) -> Scorings:
    """Return what is stored of a share of a file; `job` is any attempt at it."""
    first = replace(job, attempt=0).id
    workflows = DBOS.list_workflows(
        workflow_id_prefix=first, name=["file", "score_file"], load_input=False, load_output=False
    )
    found = [match for one in workflows if (match := _ATTEMPT.fullmatch(one.workflow_id.removeprefix(first)))]
    attempts = max((int(match[1] or 0) + 1 for match in found), default=0)
    return Scorings(attempts, scored=any(match[2] for match in found))
