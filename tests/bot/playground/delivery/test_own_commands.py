"""Slack's own commands in the playground: /invite and /help never reach the app."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from counterpart import FAST

from bot.playground.server import Playground
from bot.playground.workspace.records import SLACKBOT, Json, Message

COMMANDS = [("/segment", "age=…", "Which segment?"), ("/retrain", "", "A new model")]


@pytest_asyncio.fixture
async def pg() -> AsyncIterator[Playground]:
    """A workspace whose app is subscribed to who joins a channel."""
    async with Playground(timing=FAST, commands=COMMANDS, events=frozenset({"member_joined_channel"})) as started:
        yield started


async def invite(pg: Playground, text: str, channel: str = "") -> Message:
    reply = await pg.deliver.command("/invite", text, channel=channel or pg.workspace.outside)
    assert (reply.status, reply.problem) == (0, "")
    assert reply.message is not None
    return reply.message


@pytest.mark.parametrize("text", ["@segbot", "segbot", " @SegBot "])
async def test_invites_the_app_for_everybody_to_read(pg: Playground, text: str) -> None:
    workspace, heard = pg.workspace, list[Json]()
    workspace.event_sink = heard.append
    message = await invite(pg, text)
    assert message.text == "was added to #random by Ana Lyst."
    assert (message.user, message.ephemeral_to) == (workspace.bot.id, None)
    assert workspace.bot.id in workspace.channels[workspace.outside.id].members
    assert [(one["type"], one["user"], one["inviter"]) for one in heard] == [
        ("member_joined_channel", workspace.bot.id, workspace.analyst.id)
    ]


async def test_invites_a_mentioned_person(pg: Playground) -> None:
    workspace = pg.workspace
    message = await invite(pg, f"<@{workspace.guest.id}>", workspace.customers.id)
    assert message.user == workspace.guest.id
    assert workspace.guest.id in workspace.channels[workspace.customers.id].members


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Type who should come: /invite @segbot"),
        ("@nobody", "Nobody here is called “nobody”. Type /invite @segbot"),
        ("@del", "Nobody here is called “del”. Type /invite @segbot"),
        ("@ana", "Ana Lyst is already in #random."),
    ],
)
async def test_says_why_it_invites_nobody(pg: Playground, text: str, said: str) -> None:
    before = pg.workspace.channels[pg.workspace.outside.id]
    message = await invite(pg, text)
    assert (message.text, message.user, message.ephemeral_to) == (said, SLACKBOT, pg.workspace.analyst.id)
    assert pg.workspace.channels[pg.workspace.outside.id] == before


async def test_nobody_is_invited_to_a_direct_message(pg: Playground) -> None:
    message = await invite(pg, "@adam", pg.workspace.dm.id)
    assert message.text == "Only channels take invitations. In a channel, type /invite @segbot"


async def test_help_names_the_apps_commands(pg: Playground) -> None:
    reply = await pg.deliver.command("/help")
    assert reply.message is not None
    assert reply.message.text.splitlines()[1:] == ["• `/segment help`", "• `/retrain help`"]
    assert reply.message.ephemeral_to == pg.workspace.analyst.id
    assert not pg.workspace.deliveries


async def test_an_app_without_commands_has_help_too() -> None:
    async with Playground(timing=FAST) as pg:
        reply = await pg.deliver.command("/help")
    assert reply.message is not None
    assert "Ask segbot" in reply.message.text


async def test_an_apps_own_command_of_that_name_is_the_apps() -> None:
    async with Playground(timing=FAST, commands=[("/help", "", "Its own")]) as pg:
        reply = await pg.deliver.command("/help")
        assert reply.problem == "connection_failed"
        assert len(pg.workspace.deliveries) == 1
