"""The form of `/retrain`, submitted: it is checked, queued as a job, and closed."""

from __future__ import annotations

import json
from time import time
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.inputs import state_of
from bot.blocks.models.retrain import (
    FILE_BLOCK,
    FORM,
    K_BLOCK,
    LONGEST_NOTE,
    LOOK_FORM,
    NOTE_BLOCK,
    running_reply,
)
from bot.blocks.reply import Reply
from bot.dependencies import Dependencies
from bot.records.retrain_job import RetrainJob
from bot.slack.responses import answers_errors, tell_alone
from bot.slack.transfers.file_kinds import TABLE_ENDINGS
from bot.slack.workspace import workspace_of
from segmentation.training.bounds import LARGEST_K, SMALLEST_K

NO_FILE: Final = "Choose a CSV or Excel file."
NO_TABLE: Final = "This doesn't look like a table. Choose a CSV or text file, or an Excel or OpenDocument workbook."
_OTHER_ENDINGS: Final = (".txt", ".gz", ".zip")
_COUNTS: Final = frozenset(map(str, range(SMALLEST_K, LARGEST_K + 1)))


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the submission."""

    async def submitted(ack: AsyncAck, client: AsyncWebClient, body: dict[str, Any], view: dict[str, Any]) -> None:
        fault = fault_of(view)
        if fault:
            await ack(response_action="errors", errors={FILE_BLOCK: fault})
            return
        # Before the acknowledgement: after it nobody sends the form again.
        await dependencies.follow_ups.settle(note(client=client, body=body, view=view))
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups, _tell)
    async def note(client: AsyncWebClient, body: dict[str, Any], view: dict[str, Any]) -> None:
        job = job_of(body, view)
        await dependencies.access.admit(client, job.team, job.user, "/retrain: submit the form")
        running = await dependencies.jobs.retrain(job)
        if running is not None:
            await _tell({"client": client, "body": body}, running_reply(running))

    app.view(FORM)(submitted)
    app.view(LOOK_FORM)(submitted)


def fault_of(view: dict[str, Any]) -> str:
    """Return what is wrong with the chosen file; empty if nothing is."""
    files = state_of(view, FILE_BLOCK).get("files") or []
    if len(files) != 1 or not files[0].get("id"):
        return NO_FILE
    name = str(files[0].get("name") or "").casefold()
    # The job looks at the bytes; here the name must do.
    return "" if name.endswith((*TABLE_ENDINGS, *_OTHER_ENDINGS)) or not name else NO_TABLE


def job_of(body: dict[str, Any], view: dict[str, Any]) -> RetrainJob:
    """Build the job: who and which team from the signed envelope; a modal is one request however often submitted."""
    # A form that only takes a file to look at has neither of these.
    k = str((state_of(view, K_BLOCK).get("selected_option") or {}).get("value"))
    note = " ".join(str(state_of(view, NOTE_BLOCK).get("value") or "").split())
    return RetrainJob(
        team=workspace_of(body),
        channel=_channel(view),
        user=str(body["user"]["id"]),
        key=str(view["id"]),
        file=str(state_of(view, FILE_BLOCK)["files"][0]["id"]),
        k=int(k) if k in _COUNTS else None,
        note=note[:LONGEST_NOTE],
        at=time(),
        looks=view.get("callback_id") == LOOK_FORM,
    )


def _channel(view: dict[str, Any]) -> str:
    return str(json.loads(view.get("private_metadata") or "{}").get("channel") or "")


async def _tell(arguments: dict[str, Any], reply: Reply) -> None:
    """Tell the person who submitted, visible to them alone in the channel they came from, else in a direct message."""
    body = arguments["body"]
    await tell_alone(arguments["client"], str(body["user"]["id"]), _channel(body["view"]), reply)
