"""The whole bot over signed HTTP in a workspace of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from harness import Harness

from bot.app import Bot
from bot.cli.service.playground import bot_on_loopback
from bot.commands import LISTED
from bot.playground.block_kit.render import render_message
from bot.playground.delivery.courier import Timing
from bot.playground.server import Playground
from bot.playground.workspace.records import Message
from bot.settings import load_slack_settings
from bot.timings import SlackTimings, Timings
from segmentation.schema_data import default_schema
from segmentation.training.samples.mall import sample_customers
from segmentation.training.train import Trained, train


@dataclass
class Stage:
    """A workspace and the bot that answers in it."""

    pg: Playground
    bot: Bot
    harness: Harness

    async def segment(self, text: str) -> Message:
        """What the analyst sees after `/segment`."""
        return await self.type("/segment", text)

    async def type(self, command: str, text: str = "") -> Message:
        """What the analyst sees after a command."""
        reply = await self.pg.deliver.command(command, text)
        assert reply.status == 200
        assert reply.message is not None
        assert reply.message.made_by == "command"
        return reply.message

    def public(self) -> list[Message]:
        """What the bot said for everybody to see."""
        workspace = self.pg.workspace
        return [one for one in workspace.messages() if one.ephemeral_to is None and one.user == workspace.bot.id]


PATIENT: Final = Timings(slack=SlackTimings(asking=30.0, opening=30.0, showing=30.0, acknowledging=30.0))
Staging = Callable[[Harness], AbstractAsyncContextManager[Stage]]


@pytest.fixture(scope="session")
def retrained() -> Trained:
    """Another model of the same customers, with four segments."""
    return train(sample_customers(), default_schema(), k=4, synthetic=True)


@pytest.fixture
def staging(without_jobs: None) -> Staging:
    """Open a stage in a given harness."""

    @asynccontextmanager
    async def opened(harness: Harness) -> AsyncIterator[Stage]:
        async with Playground(commands=LISTED, timing=Timing(ack=30.0, sharing=0.0)) as pg:
            # Long deadlines: a busy machine is not what these tests are about.
            bot = Bot(harness.settings, load_slack_settings(pg.settings_env()), timings=PATIENT)
            async with bot_on_loopback(bot) as (url, _server):
                pg.deliver.request_url = url
                yield Stage(pg, bot, harness)

    return opened


@pytest.fixture
async def stage(staging: Staging, harness: Harness, tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage in a harness of its own, the sample model in service."""
    async with staging(harness.copy(tmp_path)) as opened:
        yield opened


@pytest.fixture
def read() -> Callable[[Message], str]:
    """A message as a person reads it."""
    return render_message
