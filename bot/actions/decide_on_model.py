"""*Promote* and *Discard* under a report, *Roll back*: the clicker's rights are checked, and the channel is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.models.retrain import announcement
from bot.blocks.models.retrain_report import DISCARD, PROMOTE, Choice
from bot.blocks.models.versions import ROLL_BACK
from bot.candidates import Candidates, Decided
from bot.dependencies import Dependencies
from bot.slack.reports import show_report
from bot.slack.responses import announce, answers_errors, respond_privately, take_back
from bot.slack.workspace import workspace_of
from segmentation.errors import BadInput

STALE: Final = "This button can no longer be used. See /retrain history."
_DOES: Final[dict[str, Callable[[Candidates, Choice, str], Decided]]] = {
    PROMOTE: Candidates.promote,
    DISCARD: Candidates.discard,
    ROLL_BACK: Candidates.rollback,
}


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the buttons."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def decide(
        action: dict[str, Any], body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        try:
            choice = Choice.from_value(str(action.get("value") or ""))
        except ValueError as error:
            raise BadInput(STALE) from error
        team, user = workspace_of(body), str(body["user"]["id"])
        what = str(action["action_id"])
        await dependencies.access.admit(client, team, user, f"{what} {choice.version}")
        decided = await asyncio.to_thread(_DOES[what], dependencies.candidates, choice, user)
        # The decision is committed: neither following the model nor showing the report may fail it, so neither raises.
        if decided.announcement:
            await dependencies.live.look()
        if decided.report is not None:
            channel, ts = str(body["channel"]["id"]), str(body["container"]["message_ts"])
            await show_report(client, channel, ts, decided.report.message, decided.report.details)
        if decided.announcement:
            told = announcement(decided.announcement, decided.naming, decided.small)
            await announce(client, str(body["channel"]["id"]), respond, told)
            if what == ROLL_BACK:
                await take_back(respond)
        if decided.answer:
            await respond_privately(respond, announcement(decided.answer))

    for name in _DOES:
        app.action(name)(ack=acknowledge, lazy=[decide])
