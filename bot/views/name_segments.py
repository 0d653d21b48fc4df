"""The form *Name the segments*, submitted: checked, saved as a new version, and shown where it was asked for."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.models.naming import NAMING_FORM, NamingOf, block_of, wordings_before, wordings_in
from bot.blocks.models.retrain import announcement
from bot.blocks.models.retrain_report import Choice
from bot.blocks.reply import Reply
from bot.dependencies import Dependencies
from bot.jobs.retrains.retrain_charts import draw_charts, upload_segments
from bot.segment_names import Named, SegmentNames
from bot.slack.origin import respond_in, tell
from bot.slack.reports import show_report
from bot.slack.responses import announce, answers_errors
from bot.slack.workspace import workspace_of
from segmentation.renaming import faults_of

_log = logging.getLogger(__name__)


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the submission."""
    naming = Naming(dependencies)

    async def submitted(ack: AsyncAck, client: AsyncWebClient, body: dict[str, Any], view: dict[str, Any]) -> None:
        faults = faults_of(wordings_in(view), wordings_before(view))
        if faults:
            errors = {block_of(fault.field, fault.segment): fault.sentence for fault in faults}
            await ack(response_action="errors", errors=errors)
            return
        # Before the acknowledgement: after it nobody sends the form again.
        await dependencies.follow_ups.settle(save(client=client, body=body, view=view))
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups, _tell)
    async def save(client: AsyncWebClient, body: dict[str, Any], view: dict[str, Any]) -> None:
        await naming.save(client, body, view)

    app.view(NAMING_FORM)(submitted)


class Naming:
    """Saves names for people who may change the model."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._live = dependencies.live
        self._access = dependencies.access
        self._clicks = dependencies.clicks
        self._registry = dependencies.candidates.registry
        self._names = SegmentNames(dependencies.candidates)
        self._follow_ups = dependencies.follow_ups
        self._timings = dependencies.timings

    async def save(self, client: AsyncWebClient, body: dict[str, Any], view: dict[str, Any]) -> None:
        """Check the person's rights, save the names, then show what came of it."""
        about, user = NamingOf.from_metadata(view["private_metadata"]), str(body["user"]["id"])
        choice = Choice.from_value(about.choice)
        await self._access.admit(client, workspace_of(body), user, f"{NAMING_FORM} {choice.version}")
        # A modal is one request however often it is submitted, so its id tells a repetition.
        wordings, run = wordings_in(view), f"naming:{view['id']}"
        named = await asyncio.to_thread(self._names.name, choice, wordings, user, run)
        # The names are saved: neither following the model nor showing them may fail that, so neither raises.
        if named.in_service:
            await self._live.look()
            # A form that arrives twice is told once.
            if await self._clicks.claim(run):
                told = announcement(named.told, named.choice.to_value(), named.small)
                await announce(client, about.origin.channel, respond_in(about.origin, client), told)
        elif not await self._shown(client, about, named):
            await tell(about.origin, client, user, announcement(named.told, small=named.small))

    async def _shown(self, client: AsyncWebClient, about: NamingOf, named: Named) -> bool:
        """Bring the candidate's report up to date, at first without the pictures that show the old names."""
        if named.report is None or not about.report:
            return False
        shown = await show_report(
            client, about.origin.channel, about.report, named.report.message, named.report.details
        )
        if shown:
            self._follow_ups.keep(asyncio.create_task(self._pictures(client, about, named.choice)))
        return shown

    async def _pictures(self, client: AsyncWebClient, about: NamingOf, choice: Choice) -> None:
        """Draw the segments with their new names and add them to the report, which goes without if that fails."""
        try:
            charts = await asyncio.to_thread(draw_charts, self._registry, choice.version, choice.expected)
            pictures = await upload_segments(client, choice.version, charts, self._timings)
            report = await asyncio.to_thread(self._names.illustrated, replace(choice, **pictures))
        except Exception as error:  # noqa: BLE001 - nobody waits for this task; the report stands without them
            _log.warning("a renamed report goes without its pictures", extra={"failure": type(error).__name__})
            return
        await show_report(client, about.origin.channel, about.report, report.message, report.details)


async def _tell(arguments: dict[str, Any], reply: Reply) -> None:
    """Tell the person who submitted why nothing was saved."""
    about = NamingOf.from_metadata(arguments["view"]["private_metadata"])
    await tell(about.origin, arguments["client"], str(arguments["body"]["user"]["id"]), reply)
