"""*Try again* and the answers to a question under a retrain: one new attempt, however often it is clicked."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.models.retrain import ANSWER, LONGEST_NOTE, TRY_AGAIN, running_reply, tried_again_reply
from bot.blocks.questions import UNREADABLE, answered_reply, read_click
from bot.blocks.reply import notice
from bot.dependencies import Dependencies
from bot.records.retrain_job import RetrainJob
from bot.records.setup import GONE
from bot.slack.responses import UNTAKEN, answers_errors, respond_in_place, respond_privately
from bot.slack.workspace import workspace_of
from segmentation.errors import BadInput
from segmentation.training.bounds import is_k

ITS_OWN: Final = "The retrain goes on in a message of its own."
KNOWN: Final = "Somebody clicked this before. The new attempt has its own message, which tells how it went."
_MOST_ATTEMPTS: Final = 20
_log = logging.getLogger(__name__)


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the button and the answers."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def again(
        action: dict[str, Any], body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        job, label = _job(action, body)
        await dependencies.access.admit(client, job.team, job.user, "/retrain: try again")
        if _is_of_a_setup(action, body):
            job = await _with_schema(dependencies, job)
        known = await dependencies.jobs.knows(job)
        running = None if known else await dependencies.jobs.retrain(job)
        if running is not None:
            await respond_privately(respond, running_reply(running))
            return
        try:
            if not label:
                await respond_in_place(respond, tried_again_reply(body["message"]))
            elif not known:
                await respond_in_place(respond, answered_reply(body.get("message"), label, ITS_OWN))
        except UNTAKEN as failure:
            # The button stays, but the new attempt has its own message anyway.
            _log.warning("a button could not be taken away", extra={"failure": type(failure).__name__})
        if known:
            await respond_privately(respond, notice(KNOWN))

    app.action(TRY_AGAIN)(ack=acknowledge, lazy=[again])
    app.action(re.compile(rf"{ANSWER}(:\d+|:form)?"))(ack=acknowledge, lazy=[again])


def _job(action: dict[str, Any], body: dict[str, Any]) -> tuple[RetrainJob, str]:
    """Build the new attempt: which file from the button, who and where from the signed envelope.

    The new attempt belongs to the person who clicks, whose right to change the model is checked: a user id in the
    button would prove nothing.
    """
    try:
        clicked = read_click(action, body.get("state"))
        stated = clicked.stated
        k, attempt = stated["k"], int(stated["attempt"])
        job = RetrainJob(
            team=workspace_of(body),
            channel=str(body["channel"]["id"]),
            user=str(body["user"]["id"]),
            key=str(stated["key"]),
            file=str(stated["file"]),
            k=None if k is None else int(k),
            note=str(stated["note"])[:LONGEST_NOTE],
            at=float(action.get("action_ts") or 0),
            attempt=attempt,
            table=str(stated.get("table", "")),
            answers=clicked.answers,
            looks=bool(stated.get("looks")),
            orders=bool(stated.get("orders")),
        )
    except UNREADABLE as error:
        raise BadInput("This button can no longer be used. Type /retrain again.") from error
    if not 0 < attempt <= _MOST_ATTEMPTS:
        raise BadInput("This file has been tried too often. Type /retrain again.")
    if job.k is not None and not is_k(job.k):
        raise BadInput("This button can no longer be used. Type /retrain again.")
    return job, clicked.label


def _is_of_a_setup(action: dict[str, Any], body: dict[str, Any]) -> bool:
    return bool(read_click(action, body.get("state")).stated.get("schema"))


async def _with_schema(dependencies: Dependencies, job: RetrainJob) -> RetrainJob:
    """Return the attempt with the schema of the one before, which is too long for a button."""
    before = await dependencies.jobs.stored_retrain(job.before.id)
    if before is None:
        raise BadInput(GONE)
    return replace(job, schema=before.schema)
