"""`/segment age=35 income=60 score=70`: which segment, how sure, why, what would change it; alone it opens a form."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.answers.segment_answers import OUTCOMES, reply_to
from bot.blocks.customers.segment import SegmentReplies
from bot.blocks.customers.segment_form import segment_form
from bot.blocks.customers.templates import SegmentTemplates
from bot.blocks.refusal import error_reply, usage_reply
from bot.blocks.reply import Reply
from bot.dependencies import Dependencies
from bot.parsing.segment_text import NAME, read_plain
from bot.records.origin import Origin
from bot.slack.modals import open_modal
from bot.slack.origin import tell
from bot.slack.responses import answered, encoded
from segmentation.errors import NotReady
from segmentation.model import SegmentModel

COMMAND: Final = NAME


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the command."""
    app.use(SegmentCommand(dependencies))


class SegmentAnswers:
    """Answers the texts of the command; the parts that all answers of a model share are rendered once."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._live = dependencies.live
        self._home = dependencies.access.home
        self._outcomes = {outcome: dependencies.metrics.commands.labels(COMMAND, outcome) for outcome in OUTCOMES}
        self._model: SegmentModel | None = None
        self._replies: SegmentReplies
        self._templates: SegmentTemplates

    def count(self, outcome: str) -> None:
        """Count an answer, for the metrics; `outcome` is one of `OUTCOMES`."""
        self._outcomes[outcome].inc()

    def at_once(self, command: Mapping[str, str]) -> bytes | None:
        """Return the JSON that answers the command if that takes no call of the Web API; None if it does.

        A call is needed to tell whether somebody in another workspace is a member, and to open the form.
        """
        text = command.get("text", "")
        if not text.strip() or not self._home.names(command):
            return None
        model = self._live.get()
        if (values := read_plain(text, model.schema)) is not None:
            self._follow(model)
            if (answer := self._templates.encoded(model.assess(values))) is not None:
                self.count("scored")
                return answer
        return encoded(self.to(text))

    def to(self, text: str) -> Reply:
        """Answer a text that is not blank."""
        model = self._live.get()
        self._follow(model)
        outcome, reply = reply_to(text, model, self._replies)
        self.count(outcome)
        return reply

    def _follow(self, model: SegmentModel) -> None:
        """Render answers for the model in service."""
        # By identity: a version that comes into service is another object.
        if self._model is not model:
            self._replies = SegmentReplies(model.schema, model.names, synthetic=model.synthetic)
            self._templates = SegmentTemplates(model, self._replies, encoded)
            self._model = model


class SegmentCommand(AsyncMiddleware):
    """Answers the command as a middleware, because Bolt inspects a listener's arguments twice for every request.

    Over HTTP most of them do not come this far (see `bot.fast_path`). It calls nothing that waits, except when it was
    typed in another workspace than the bot's: on Enterprise Grid by a member perhaps, in a shared channel by a
    stranger. The form is opened after the command was acknowledged.
    """

    def __init__(self, dependencies: Dependencies) -> None:
        self._live = dependencies.live
        self._access = dependencies.access
        self._clicks = dependencies.clicks
        self._follow_ups = dependencies.follow_ups
        self._opening = dependencies.timings.opening
        self._answers = SegmentAnswers(dependencies)

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
            self._answers.count("refused")
            return answered(error_reply(refusal))
        text = req.body.get("text") or ""
        if not text.strip():
            model = self._live.get()
            # Opening it takes a call of the Web API, which the command's own answer must not wait for.
            self._follow_ups.keep(asyncio.create_task(self._open_form(req.context.client, req.body, model)))
            self._answers.count("form")
            return BoltResponse(status=200, body="")
        return answered(self._answers.to(text))

    async def _open_form(self, client: AsyncWebClient, command: dict[str, Any], model: SegmentModel) -> None:
        """Open the form; if Slack doesn't in time, explain the command instead."""
        origin, trigger = Origin.of(command), str(command.get("trigger_id"))
        # A balancer may send a command twice; it opens one form.
        if not await self._clicks.claim(f"{COMMAND}:{trigger}"):
            return
        try:
            await open_modal(client, trigger, segment_form(model.schema, origin), self._opening)
        except NotReady:  # logged where it is raised
            await tell(origin, client, str(command.get("user_id")), usage_reply(COMMAND, model.schema))
