"""Builds the Bolt app: all listeners, one error handler, and no question to Slack before a command is answered."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from aiohttp import ClientError
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.errors import SlackApiError

from bot import actions, commands, events, shortcuts, steps, views
from bot.candidates import Candidates
from bot.dependencies import Dependencies
from bot.jobs.engine import Jobs
from bot.jobs.files.file_job import FileJobSteps
from bot.jobs.lists.steps import ListSteps
from bot.jobs.remembering import FileMemory
from bot.jobs.retrains.retrain_job import RetrainSteps
from bot.jobs.retrains.training_process import TrainingProcess
from bot.jobs.scratch import Scratch
from bot.jobs.watches.steps import WatchSteps
from bot.jobs.workflows import JobSteps
from bot.live_model import LiveModel
from bot.metrics import Metrics
from bot.settings import Settings, SlackSettings
from bot.slack.access import Access
from bot.slack.acknowledgements import FollowUps
from bot.slack.clicks import Clicks
from bot.slack.client import slack_client
from bot.slack.responses import error_handler
from bot.slack.transfers.downloads import Downloader
from bot.slack.transfers.files import error_word
from bot.slack.transfers.map_uploads import MapUploads
from bot.slack.workspace import Installation
from bot.timings import DEFAULT_TIMINGS, Timings
from segmentation.movement.remembering import Memory
from segmentation.movement.store import open_store
from segmentation.reading.table import DEFAULT_LIMITS
from segmentation.registry.registry import Registry
from segmentation.registry.signing import key_of
from segmentation.watching.store import WatchStore

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Identity:
    """Who the bot is in its workspace; empty until Slack has said."""

    bot_id: str | None = None
    bot_user_id: str | None = None
    team_id: str | None = None


class Bot:
    """The whole bot, built from settings; nothing in it is global.

    Attributes
    ----------
    app
        The Bolt app.
    dependencies
        What listeners use.
    client
        Slack's Web API as the bot, outside any request.
    identity
        Who the bot is; learnt by `introduce`.
    draining
        Whether it has been told to stop: a balancer should send it no more requests.

    Parameters
    ----------
    works
        Whether this process processes background jobs, or only queues them.
    listens
        Whether it answers Slack, or only processes jobs.
    timings
        How long it waits for things.
    """

    def __init__(
        self,
        settings: Settings,
        slack: SlackSettings,
        *,
        works: bool = True,
        listens: bool = True,
        timings: Timings = DEFAULT_TIMINGS,
    ) -> None:
        self.slack = slack
        self.listens = listens
        self.timings = timings
        self.draining = False
        # A replica whose jobs were taken over must not post for them any more.
        self.client = slack_client(slack, token=slack.bot_token, assured=self._assured)
        self.scratch = Scratch(settings.state_dir)
        self.dependencies = self._depend_on(settings, works=works)
        self.identity = Identity()
        self.app = self._bolt_app()

    def _depend_on(self, settings: Settings, *, works: bool) -> Dependencies:
        """Build what listeners use."""
        timings = self.timings
        registry = Registry.open(
            settings.models_dir, settings.state_dir, settings.signing_key, settings.database_address
        )
        live = LiveModel(registry)
        downloader = Downloader(self.slack, DEFAULT_LIMITS.file_bytes)
        memory = FileMemory(_memory(settings), registry, DEFAULT_LIMITS)
        steps = FileJobSteps(self.client, downloader, live, self.scratch, memory, timings=timings, ways=settings.ways)
        candidates = Candidates(registry, allow_unsafe=settings.allow_unsafe)
        trainer = TrainingProcess(settings)
        watches = WatchStore.open(settings.state_dir, settings.database_address)
        retrain_steps = RetrainSteps(self.client, downloader, candidates, self.scratch, trainer, timings=timings)
        list_steps = ListSteps(self.client, downloader, registry, memory, self.scratch, timings=timings)
        return Dependencies(
            live,
            Jobs(
                settings.database_url,
                JobSteps(steps, retrain_steps, list_steps, WatchSteps(self.client, watches, trainer, timings.jobs)),
                settings.database_address,
                memory=memory,
                works=works,
                timings=timings,
            ),
            MapUploads(timings.slack),
            Metrics(),
            Clicks(settings.database_address),
            Access(settings.admins, registry.refuse, asking=timings.slack.asking),
            candidates,
            memory,
            watches,
            FollowUps(timings.slack.acknowledging),
            frozenset(settings.tables),
            timings.slack,
        )

    def _bolt_app(self) -> AsyncApp:
        """Build the Bolt app with all listeners."""
        app = AsyncApp(
            name="segbot",
            # Without a token: each request gets it from the authorisation below.
            client=slack_client(self.slack),
            signing_secret=self.slack.signing_secret or None,
            # The server verifies signatures on the raw bytes, before Bolt parses anything.
            request_verification_enabled=False,
            # Bolt's own authorisation calls auth.test before the first answer; a command must not wait for Slack.
            authorize=_KnownBot(self),
            # segbot needs neither: unsigned requests are refused before Bolt sees them, and it shows itself as an agent
            # by its own means (`bot.slack.agent`).
            ssl_check_enabled=False,
            attaching_conversation_kwargs_enabled=False,
            # Otherwise Bolt polls for the answer every 10 ms. Listeners are quick; slow work is in lazy ones.
            process_before_response=True,
        )
        app.error(error_handler(self.dependencies.metrics))
        # Bolt takes the first listener that matches: those for what nobody else handles are the actions' and events'.
        for listeners in (commands, shortcuts, actions, steps, events, views):
            listeners.register(app, self.dependencies)
        return app

    async def _assured(self) -> None:
        await self.dependencies.jobs.assured()

    async def introduce(self) -> bool:
        """Ask Slack who the bot is; return whether it answered, and log why not."""
        try:
            answer = await self.client.auth_test()
        except SlackApiError as error:
            _log.error("Slack refused the bot token", extra={"slack_error": error_word(error)})
            return False
        except (ClientError, TimeoutError) as error:
            _log.warning("Slack cannot be reached", extra={"failure": type(error).__name__})
            return False
        self.dependencies.access.home.note(Installation.of(answer))
        self.identity = Identity(answer.get("bot_id"), answer.get("user_id"), answer.get("team_id"))
        _log.info("connected to Slack", extra={"team": self.identity.team_id})
        return True


def _memory(settings: Settings) -> Memory:
    store = open_store(settings.state_dir, settings.database_address)
    return Memory(store, key_of(settings.state_dir, settings.signing_key), settings.days_remembered)


class _KnownBot(AsyncAuthorize):
    """Tells Bolt who a request is for. A class, since Bolt looks up a function's arguments anew for every request."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        actor_enterprise_id: str | None = None,
        actor_team_id: str | None = None,
        actor_user_id: str | None = None,
    ) -> AuthorizeResult:
        identity = self._bot.identity
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=self._bot.slack.bot_token,
            bot_id=identity.bot_id,
            bot_user_id=identity.bot_user_id,
        )
