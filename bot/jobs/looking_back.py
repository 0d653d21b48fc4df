"""What finished jobs have left in the jobs database: setups, and the retrains of one request. Blocks."""

from __future__ import annotations

from typing import Any, Final

from dbos import DBOS

from bot.records.retrain_job import RetrainJob
from bot.records.setup import StoredSetup
from bot.records.stored import decode

# The steps whose result may hold a setup.
_LOOKED: Final = frozenset({"score", "retrain.train"})


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
