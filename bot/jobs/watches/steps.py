"""One check of a watched table, from due to told: the steps of its job, each safe to repeat."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.files.watch import failing_reply, news_reply
from bot.blocks.reply import Reply, plainer
from bot.jobs.retrains.training_request import Checker
from bot.records.failure import failure_of
from bot.records.watch import CheckOutcome, WatchRun
from bot.slack.fallbacks import show_somehow
from bot.slack.status_message import CLOSED, StatusMessage
from bot.slack.transfers.files import error_word
from bot.timings import DEFAULT_TIMINGS, JobTimings
from segmentation.errors import BadInput, NoDatabase, SegbotError
from segmentation.watching.changes import news_of, seen_failing
from segmentation.watching.check import TableCheck
from segmentation.watching.watch import Kind, Seen, Watch

if TYPE_CHECKING:
    from segmentation.watching.store import WatchStore

EVENT_TYPE: Final = "segbot_watch"
NO_ROWS: Final = "The table has no rows."
NONE_SCORED: Final = "None of the table's {rows:,} rows can be scored. Are its values in other units than before?"
_log = logging.getLogger(__name__)


class WatchSteps:
    """The steps. Each may run again after a crash, and then changes nothing that is there already.

    Parameters
    ----------
    client
        Slack's Web API as the bot.
    store
        The watches.
    checker
        Counts tables in a process of its own.
    timings
        How long a warehouse is waited for.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        store: WatchStore,
        checker: Checker,
        timings: JobTimings = DEFAULT_TIMINGS.jobs,
    ) -> None:
        self.store = store
        self._client = client
        self._checker = checker
        self._timings = timings
        self._message = StatusMessage(client, EVENT_TYPE)

    async def check(self, run: WatchRun) -> CheckOutcome:
        """Count the table, unless the watch was paused or deleted meanwhile."""
        watch = await asyncio.to_thread(self.store.find, run.team, Kind.WATCH, run.table)
        if watch is None or watch.paused:
            return CheckOutcome()
        outcome = CheckOutcome(watch.to_data(), watch.seen.to_data())
        try:
            check = await self._checked(run)
        except NoDatabase:
            raise  # the step is tried again
        except (SegbotError, OSError) as error:
            return replace(outcome, failure=failure_of(error)["failure"])
        if not check.scored:
            return replace(outcome, failure=NONE_SCORED.format(rows=check.rows) if check.rows else NO_ROWS)
        return replace(outcome, check=check.to_data())

    async def tell(self, run: WatchRun, outcome: CheckOutcome) -> None:
        """Post what is news, unless it was posted already; mostly nothing is."""
        reply, _ = _judged(run, outcome)
        if reply is not None:
            watch = _watch_of(outcome)
            await show_somehow(partial(self._post, run, watch), reply, *plainer(reply))
        about = {"job": run.id, "team": run.team, "told": reply is not None, "failed": bool(outcome.failure)}
        _log.info("table checked", extra=about)

    async def note(self, run: WatchRun, outcome: CheckOutcome) -> None:
        """Keep what was seen, for the next check to compare with."""
        _, seen = _judged(run, outcome)
        await asyncio.to_thread(self.store.note, _watch_of(outcome), seen)

    async def _checked(self, run: WatchRun) -> TableCheck:
        """Check; if that fails for another reason than the table itself, again after each of the pauses."""
        for pause in self._timings.until_checked:
            try:
                return await self._checker.check(run.table)
            except BadInput:
                raise
            except (SegbotError, OSError) as error:
                _log.info("a check is tried again", extra={"job": run.id, "failure": type(error).__name__})
                await asyncio.sleep(pause)
        return await self._checker.check(run.table)

    async def _post(self, run: WatchRun, watch: Watch, reply: Reply) -> None:
        """Post in the watch's channel.

        If the bot may not write there, or people from elsewhere read it, the person who set the watch up is told.
        """
        try:
            about: dict[str, Any] = (await self._client.conversations_info(channel=watch.channel))["channel"]
            # People who are still invited will read what is posted now.
            if not (about.get("is_ext_shared") or about.get("is_pending_ext_shared")):
                await self._post_once(run, watch.channel, reply)
                return
        except SlackApiError as error:
            if error_word(error) not in CLOSED:
                raise
        opened = await self._client.conversations_open(users=watch.user)
        await self._post_once(run, str(opened["channel"]["id"]), reply)

    async def _post_once(self, run: WatchRun, channel: str, reply: Reply) -> None:
        # Looked for first: the attempt before this one may have posted it.
        if await self._message.find(run.id, channel) is None:
            await self._message.post(run.id, channel, reply)


def _judged(run: WatchRun, outcome: CheckOutcome) -> tuple[Reply | None, Seen]:
    """Return what is to be posted, and what has been seen by then: the same however often it is asked."""
    watch = _watch_of(outcome)
    if outcome.failure:
        told, seen = seen_failing(watch, run.due)
        return (failing_reply(watch, outcome.failure, run.due) if told else None), seen
    check = TableCheck.from_data(outcome.check)
    news, seen = news_of(watch, check, run.due)
    return (news_reply(watch, check, news, run.id) if news else None), seen


def _watch_of(outcome: CheckOutcome) -> Watch:
    return Watch.from_data(outcome.watch, 0.0, Seen.from_data(outcome.seen))
