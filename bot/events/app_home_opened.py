"""Somebody opens segbot: its Home tab is published anew; in its Messages tab Slack suggests what to ask."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import ClientError
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.conversation import prompts
from bot.blocks.home import HomeFacts, home_view
from bot.blocks.refusal import error_reply
from bot.blocks.reply import Reply
from bot.dependencies import Dependencies
from bot.live_model import LiveModel
from bot.slack.access import user_of
from bot.slack.agent import suggest
from bot.slack.responses import answers_errors
from bot.slack.transfers.files import error_word
from bot.slack.workspace import workspace_of
from segmentation.errors import NoModel, SegbotError

HOME: Final = "home"
MESSAGES: Final = "messages"
_log = logging.getLogger(__name__)


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the event."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups, _tell)
    async def publish(client: AsyncWebClient, event: dict[str, Any], body: dict[str, Any]) -> None:
        if event.get("tab") == MESSAGES:
            await _suggest(client, event, workspace_of(body))
        if event.get("tab") != HOME:
            return
        user = str(event["user"])
        standing = await dependencies.access.standing(client, workspace_of(body), user)
        if not standing.member.allowed:
            await _publish(client, user, {"type": HOME, "blocks": error_reply(standing.member.sentence).blocks})
            return
        admins = dependencies.access.admins
        facts = await asyncio.to_thread(_facts, dependencies.live, admins, admin=standing.admin.allowed)
        await _publish(client, user, home_view(facts))

    async def _suggest(client: AsyncWebClient, event: dict[str, Any], team: str) -> None:
        """Suggest questions about the model in service; strangers, and people without a model, see the manifest's."""
        if not dependencies.live.loaded or not event.get("channel"):
            return
        if (await dependencies.access.member(client, team, str(event["user"]))).allowed:
            wanted = prompts(dependencies.live.get().schema)
            await suggest(client, str(event["channel"]), wanted, dependencies.timings.showing)

    app.event("app_home_opened")(ack=acknowledge, lazy=[publish])


def _facts(live: LiveModel, admins: Sequence[str], *, admin: bool) -> HomeFacts:
    model = live.get() if live.loaded else None
    problem = live.problem
    entries = live.registry.history()
    manifest = None
    if model is not None:
        try:
            manifest = live.registry.manifest(model.version)
        except SegbotError as error:
            # The loaded model keeps answering; only its manifest's figures cannot be shown.
            problem = problem or error
    actors = {entry.actor for entry in entries} | ({manifest.created_by} if manifest is not None else set())
    return HomeFacts(
        model=model,
        manifest=manifest,
        problem="" if problem is None or isinstance(problem, NoModel) else problem.sentence,
        waiting=problem.sentence if isinstance(problem, NoModel) and problem.candidate is not None else "",
        entries=entries,
        users={actor: user for actor in actors if (user := user_of(actor)) is not None},
        now=datetime.now(UTC),
        admin=admin,
        admins=admins,
    )


async def _tell(arguments: dict[str, Any], reply: Reply) -> None:
    """Show the reason in the tab itself."""
    view = {"type": HOME, "blocks": reply.blocks}
    await _publish(arguments["client"], str(arguments["event"].get("user") or ""), view)


async def _publish(client: AsyncWebClient, user: str, view: dict[str, Any]) -> None:
    try:
        await client.views_publish(user_id=user, view=view)
    except SlackApiError as error:
        _log.warning("the home tab could not be published", extra={"slack_error": error_word(error)})
    except (ClientError, TimeoutError, OSError) as error:
        _log.warning("the home tab could not be published", extra={"failure": type(error).__name__})
