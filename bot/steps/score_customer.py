"""*Score a customer*: a workflow hands over a customer in words or as `key=value`, and goes on with the segment."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import ClientError
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.complete.async_complete import AsyncComplete
from slack_bolt.context.fail.async_fail import AsyncFail
from slack_sdk.errors import SlackApiError

from bot.answers.described import explained
from bot.blocks.customers.handed_on import handed_on
from bot.dependencies import Dependencies
from bot.slack.responses import reply_for
from bot.slack.transfers.files import is_passing
from segmentation.errors import NotReady

STEP: Final = "score_customer"
CUSTOMER: Final = "customer"
AWAY: Final = "Slack didn't take the step's result."


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the step. Its event is acknowledged once Slack has the result; until then it is sent again."""

    async def score(
        ack: AsyncAck, event: dict[str, Any], inputs: dict[str, Any], complete: AsyncComplete, fail: AsyncFail
    ) -> None:
        claim = f"{STEP}:{event['function_execution_id']}"
        if await dependencies.clicks.claim(claim):
            try:
                await _end(str(inputs.get(CUSTOMER) or ""), complete, fail)
            except (SlackApiError, ClientError, OSError) as error:
                # A run that Slack no longer knows has ended: sent again, it would come to the same.
                if not isinstance(error, SlackApiError) or is_passing(error):
                    await dependencies.clicks.release(claim)
                    raise NotReady(AWAY) from error
        await ack()

    async def _end(text: str, complete: AsyncComplete, fail: AsyncFail) -> None:
        try:
            model = dependencies.live.get()
            outputs = handed_on(explained(text, model))
        except Exception as error:  # noqa: BLE001 - the workflow's owner is told, and the log
            await fail(reply_for(error, dependencies.metrics).text)
        else:
            await complete(outputs)

    app.function(STEP, auto_acknowledge=False)(score)
