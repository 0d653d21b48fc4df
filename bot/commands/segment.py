"""`/segment age=35 income=60 score=70`: which segment, how sure, why, what would change it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse

from bot.blocks.refusal import error_reply
from bot.blocks.segment import SegmentReplies
from bot.dependencies import Dependencies
from bot.parsing.segment_text import NAME
from bot.segment_answers import OUTCOMES, reply_to
from bot.slack.responses import answered
from segmentation.model import SegmentModel

COMMAND: Final = NAME


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the command."""
    app.use(SegmentCommand(dependencies))


class SegmentCommand(AsyncMiddleware):
    """Answers the command as a middleware, because Bolt inspects a listener's arguments twice for every request.

    This is the command people type all day. It calls nothing that waits, except when it was typed in another workspace
    than the bot's: on Enterprise Grid by a member perhaps, in a shared channel by a stranger.
    """

    def __init__(self, dependencies: Dependencies) -> None:
        self._live = dependencies.live
        self._access = dependencies.access
        self._outcomes = {outcome: dependencies.metrics.commands.labels(COMMAND, outcome) for outcome in OUTCOMES}
        self._model: SegmentModel | None = None
        self._replies: SegmentReplies | None = None

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's name for it
    ) -> BoltResponse:
        """Answer `/segment`; hand anything else on."""
        if req.body.get("command") != COMMAND:
            return await next()
        refusal = await self._access.refusal(req.context.client, req.body)
        if refusal:
            self._outcomes["refused"].inc()
            return answered(error_reply(refusal))
        model = self._live.get()
        outcome, reply = reply_to(req.body.get("text") or "", model, self._rendering(model))
        self._outcomes[outcome].inc()
        return answered(reply)

    def _rendering(self, model: SegmentModel) -> SegmentReplies:
        # By identity: a version that comes into service is another object.
        if self._replies is None or self._model is not model:
            self._model = model
            self._replies = SegmentReplies(model.schema, model.names, synthetic=model.synthetic)
        return self._replies
