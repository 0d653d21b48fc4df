"""Shows the summary of a scored file in the best form that Slack takes: with a chart, a picture, or in words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.files.file_outcome import scored_reply
from bot.blocks.files.summary import CHART_TITLE, chart_text
from bot.blocks.reply import Reply, plainer
from bot.jobs.files.file_chart import distribution_picture
from bot.records.file_job import ScoringOutcome, Upload
from bot.slack.fallbacks import show_somehow
from bot.slack.files import upload_chart
from bot.timings import SlackTimings
from segmentation.scoring.report import ScoreReport


async def show_summary(
    show: Callable[[Reply], Awaitable[None]],
    client: AsyncWebClient,
    upload: Upload,
    outcome: ScoringOutcome,
    timings: SlackTimings,
) -> None:
    """Show the summary.

    Parameters
    ----------
    show
        Posts or edits the message.
    client
        Uploads the picture if one is needed.
    """
    summary = scored_reply(upload, outcome, chart=True)
    # A workspace that does not know the chart block yet gets a picture; one that refuses that too gets words.
    illustrated = partial(_illustrated, client, upload, outcome, timings)
    await show_somehow(show, summary, illustrated, *plainer(summary))


async def _illustrated(client: AsyncWebClient, upload: Upload, outcome: ScoringOutcome, timings: SlackTimings) -> Reply:
    """Return the summary with its chart as an image; without one if Slack does not take the image."""
    report = ScoreReport.from_data(outcome.report)
    image = ""
    if report.scored:
        picture = await asyncio.to_thread(distribution_picture, report, synthetic=outcome.synthetic)
        image = await upload_chart(client, "segments.png", picture, CHART_TITLE, chart_text(report), timings)
    return scored_reply(upload, outcome, chart=False, image=image)
