"""*Try again* and the answers to a question under a file: a new attempt, once however often a button is clicked."""

from __future__ import annotations

import logging
import re
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.files.summary import ANSWER, TRY_AGAIN
from bot.blocks.questions import UNREADABLE, answered_reply, read_click
from bot.blocks.reply import notice
from bot.dependencies import Dependencies
from bot.records.file_job import FileJob
from bot.slack.responses import UNTAKEN, answers_errors, respond_in_place, respond_privately
from bot.slack.workspace import workspace_of
from segmentation.errors import BadInput

WATCH: Final = "Watch this thread."
STARTED: Final = "Trying again – watch this thread."
UNDER_WAY: Final = "Somebody clicked this before. The new attempt is in the file's thread, under way or done."
_MOST_ATTEMPTS: Final = 20
_TS: Final = re.compile(r"[0-9]{1,12}\.[0-9]{1,6}")
_log = logging.getLogger(__name__)


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the button and the answers."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def again(
        action: dict[str, Any], body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        await dependencies.access.welcome(client, workspace_of(body), str(body["user"]["id"]), TRY_AGAIN)
        job, label = _job(action, body)
        press = f"again:{job.id}"
        first = await dependencies.clicks.claim(press)
        if first:
            try:
                await dependencies.jobs.enqueue(job)
            except Exception:
                await dependencies.clicks.release(press)
                raise
        try:
            # The failed attempt's message loses its button; the new attempt posts its own.
            if label and first:
                await respond_in_place(respond, answered_reply(body.get("message"), label, WATCH))
            elif not label:
                await respond_in_place(respond, notice(STARTED))
        except UNTAKEN as failure:
            # The attempt runs all the same, and its message says what came of it.
            _log.warning("a button could not be taken away", extra={"failure": type(failure).__name__})
        if not first:
            await respond_privately(respond, notice(UNDER_WAY), body=body)

    app.action(TRY_AGAIN)(ack=acknowledge, lazy=[again])
    app.action(re.compile(rf"{ANSWER}(:\d+|:form)?"))(ack=acknowledge, lazy=[again])


def _job(action: dict[str, Any], body: dict[str, Any]) -> tuple[FileJob, str]:
    """Build the new attempt: which file and whose from the button, where from the signed envelope.

    The job stays the uploader's, no matter who clicks: the uploader's membership is checked, the job waits in line with
    the uploader's other files, and a private result goes to the uploader. So the person who clicks gains no right and
    receives nothing, and any member who can see the message may click. The button is as trustworthy as the envelope:
    Slack repeats, inside the signed request, what this app wrote into its own message.
    """
    try:
        clicked = read_click(action, body.get("state"))
        stated, answers = clicked.stated, clicked.answers
        attempt, file, user = int(stated["attempt"]), str(stated["file"]), str(stated["user"])
        team, channel = workspace_of(body), str(body["channel"]["id"])
        at = float(action.get("action_ts") or 0)
        shared = str(stated.get("shared") or "")
        if shared and not _TS.fullmatch(shared):
            raise BadInput("No message has such a ts.")  # the sentence below is shown
    except UNREADABLE as error:
        raise BadInput("This button can no longer be used. Upload the file again.") from error
    if not 0 < attempt <= _MOST_ATTEMPTS:
        raise BadInput("This file has been tried too often. Upload the file again.")
    return FileJob(team, channel, file, user, attempt, at, answers, shared), clicked.label
