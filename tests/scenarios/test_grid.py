"""Slack Connect and Enterprise Grid: members get answers in every form of request, strangers a sentence and no data."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Final

import pytest
import pytest_asyncio
from files_harness import customers, steps_of
from harness import Harness
from retrain_harness import RetrainHarness, real_harness, retraining, sample_file

from bot.actions.try_file_again import STARTED
from bot.blocks.customers.segment import SHARE
from bot.blocks.files.summary import TRY_AGAIN
from bot.playground.block_kit.render import render_message
from bot.playground.workspace.records import Channel, Message, User
from bot.playground.workspace.workspace import Workspace
from bot.shortcuts import ask_customer, score_file
from bot.slack.access import NOT_ADMIN, OUTSIDER, STRANGER
from bot.slack.workspace import Installation
from segmentation.errors import BadInput

__all__ = ["real_harness"]
pytestmark = pytest.mark.asyncio(loop_scope="module")

ORGANISATION: Final = "E0RGANISATION"
CUSTOMER: Final = "age=35 income=60 score=70"
FILLED: Final = {"feature_income": {"entered": "60"}, "feature_score": {"entered": "70"}}


def person(workspace: Workspace, team: str, *teams: str, stranger: bool | None = None) -> User:
    """Somebody with an id as Grid gives them, in the channels of the workspace."""
    enterprise = ORGANISATION if teams else ""
    user = workspace.put_user(
        User("W0GRID00001", "grid", "Grid Erson", team, enterprise=enterprise, teams=teams, is_stranger=stranger)
    )
    for channel in (workspace.general, workspace.partners):
        workspace.change_channel(channel, members=workspace.channels[channel.id].members | {user.id})
    return user


MEMBERS: dict[str, Callable[[Workspace], User]] = {
    "another workspace named": lambda w: person(w, "T0OTHER", w.team.id, "T0OTHER"),
    "the organisation named": lambda w: person(w, ORGANISATION, w.team.id),
    "no workspace named": lambda w: person(w, ""),
}
STRANGERS: dict[str, Callable[[Workspace], User]] = {
    "called a stranger": lambda w: person(w, "T0PARTNER", stranger=True),
    "not called a stranger, as Slack says of people in shared channels": lambda w: person(
        w, "T0PARTNER", stranger=False
    ),
    "of another workspace of the organisation": lambda w: person(w, "T0OTHER", "T0OTHER"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at_the_desk(real_harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RetrainHarness]:
    """A bot at work."""
    async with retraining(real_harness.copy(tmp_path_factory.mktemp("grid"))) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module", params=["a workspace", "an organisation"])
async def desk(at_the_desk: RetrainHarness, request: pytest.FixtureRequest) -> AsyncIterator[RetrainHarness]:
    """The bot at work, installed for one workspace or for a whole organisation; nobody is remembered."""
    workspace, bot = at_the_desk.workspace, at_the_desk.files.bot
    organisation = ORGANISATION if request.param == "an organisation" else ""
    workspace.change_install(organisation=organisation)
    for colleague in (workspace.analyst, workspace.admin, workspace.owner):
        workspace.change_user(colleague, enterprise=organisation, teams=(workspace.team.id,) if organisation else ())
    home = Installation("" if organisation else workspace.team.id, organisation)
    access = bot.dependencies.access
    access.home.note(home)
    steps_of(bot)._uploads._home.note(home)
    access._allowed_until.clear()
    access._members_until.clear()
    yield at_the_desk
    # Everybody here is the same person: what one test leaves under way, another would meet.
    await at_the_desk.files.rest()
    at_the_desk.pg.faults.clear()
    at_the_desk.trainer.failure = None
    workspace.change_install(organisation="")


def partners(workspace: Workspace) -> Channel:
    """The shared channel; its events name the partner's workspace."""
    channel = workspace.channels[workspace.partners.id]
    assert channel.source_team not in {"", workspace.team.id}
    return channel


async def failed(desk: RetrainHarness) -> Message:
    """The message of a colleague's file that could not be fetched, in the shared channel."""
    desk.pg.faults.server_error("download", times=None)
    file = await desk.files.score("customers.csv", customers(5), partners(desk.workspace), desk.workspace.admin)
    desk.pg.faults.clear()
    (message,) = desk.files.statuses(file)
    return message


def has_map(message: Message) -> bool:
    """Say whether a message shows a picture."""
    return any(block["type"] == "image" for block in message.blocks)


async def segment(desk: RetrainHarness, user: User, channel: Channel | None = None) -> Message:
    """What `/segment` answers somebody."""
    reply = await desk.pg.deliver.command("/segment", CUSTOMER, user=user, channel=channel)
    message: Message = reply.message
    return message


@pytest.mark.parametrize("who", MEMBERS.values(), ids=MEMBERS)
async def test_a_members_file_is_scored(desk: RetrainHarness, who: Callable[[Workspace], User]) -> None:
    user = who(desk.workspace)
    file = desk.files.drop("customers.csv", customers(20), user=user)
    assert (await desk.files.end(file)).text.startswith("*customers.csv*: 20 of 20 rows scored")
    assert (await desk.files.result(file)).name == "customers.segments.csv"


@pytest.mark.parametrize("who", MEMBERS.values(), ids=MEMBERS)
async def test_a_members_file_in_a_shared_channel_is_answered_in_private(
    desk: RetrainHarness, who: Callable[[Workspace], User]
) -> None:
    workspace = desk.workspace
    user = who(workspace)
    direct = workspace.direct_message(user)
    before = workspace.messages(direct)
    file = desk.files.drop("mine.csv", customers(20), partners(workspace), user)
    assert (await desk.files.end(file)).text.startswith("*mine.csv* is scored. People outside your organisation")
    await desk.files.rest()
    result, summary = sorted(workspace.messages(direct)[len(before) :], key=lambda message: not message.files)
    assert result.files
    assert "20 of 20" in summary.text
    assert desk.files.results(file) == []


@pytest.mark.parametrize("who", STRANGERS.values(), ids=STRANGERS)
@pytest.mark.parametrize("shared", [True, False])
async def test_a_strangers_file_is_refused_and_nothing_is_sent(
    desk: RetrainHarness, who: Callable[[Workspace], User], *, shared: bool
) -> None:
    workspace = desk.workspace
    user = who(workspace)
    direct = workspace.direct_message(user)
    before, asked = workspace.messages(direct), len(workspace.calls_to("files.completeUploadExternal"))
    file = desk.files.drop("theirs.csv", customers(20), partners(workspace) if shared else None, user)
    assert STRANGER.split(". ")[0] in (await desk.files.end(file)).text
    await desk.files.rest()
    assert desk.files.results(file) == []
    assert workspace.messages(direct) == before
    assert len(workspace.calls_to("files.completeUploadExternal")) == asked


@pytest.mark.parametrize("who", MEMBERS.values(), ids=MEMBERS)
async def test_a_members_clicks_work(desk: RetrainHarness, who: Callable[[Workspace], User]) -> None:
    user, workspace = who(desk.workspace), desk.workspace
    message = await failed(desk)
    await desk.pg.deliver.action(message, TRY_AGAIN, user=user)
    assert (await workspace.wait_for(lambda one: one.ts == message.ts and one.text == STARTED)).text
    answer = await segment(desk, user)
    everybody = await desk.announced(lambda: desk.pg.deliver.action(answer, SHARE, user=user))
    assert f"<@{user.id}>" in render_message(everybody)
    await desk.files.rest()


@pytest.mark.parametrize("who", STRANGERS.values(), ids=STRANGERS)
async def test_a_strangers_clicks_do_nothing(desk: RetrainHarness, who: Callable[[Workspace], User]) -> None:
    workspace = desk.workspace
    answer = replace(await segment(desk, workspace.analyst), channel=workspace.partners.id)
    message, announced = await failed(desk), desk.announcements()
    jobs = {one.ts for one in workspace.messages() if one.metadata}
    user = who(workspace)
    told = await desk.next_ephemeral(lambda: desk.pg.deliver.action(message, TRY_AGAIN, user=user), user)
    assert STRANGER in told
    assert STRANGER in await desk.next_ephemeral(lambda: desk.pg.deliver.action(answer, SHARE, user=user), user)
    await desk.files.rest()
    assert {one.ts for one in workspace.messages() if one.metadata} == jobs
    assert desk.announcements() == announced


@pytest.mark.parametrize("who", MEMBERS.values(), ids=MEMBERS)
async def test_a_members_shortcuts_work(desk: RetrainHarness, who: Callable[[Workspace], User]) -> None:
    user, workspace = who(desk.workspace), desk.workspace
    said = workspace.say(user, workspace.general, "no file here")
    told = await desk.next_ephemeral(
        lambda: desk.pg.deliver.shortcut(score_file.SHORTCUT, user=user, message=said), user
    )
    assert "There is no CSV or Excel file" in told
    assert (await desk.pg.deliver.shortcut(ask_customer.SHORTCUT, user=user)).ok
    (view,) = await workspace.wait_until(lambda: workspace.open_views(user))
    before = workspace.ids.ts()
    assert (await desk.pg.deliver.view_submission(view, FILLED, user=user)).ok
    direct = workspace.direct_message(user)
    answer = await workspace.wait_for(lambda one: one.channel == direct.id and one.ts > before)
    assert "Standard" in render_message(answer)


@pytest.mark.parametrize("who", STRANGERS.values(), ids=STRANGERS)
async def test_a_strangers_shortcuts_are_refused(desk: RetrainHarness, who: Callable[[Workspace], User]) -> None:
    user, workspace = who(desk.workspace), desk.workspace
    said = workspace.say(user, partners(workspace), "no file here")
    told = await desk.next_ephemeral(
        lambda: desk.pg.deliver.shortcut(score_file.SHORTCUT, user=user, message=said), user
    )
    assert STRANGER in told
    if user.enterprise and workspace.install.organisation:
        return  # the app is installed in this person's workspace too
    before = workspace.ids.ts()
    assert (await desk.pg.deliver.shortcut(ask_customer.SHORTCUT, user=user)).ok
    direct = workspace.direct_message(user)
    refused = await workspace.wait_for(lambda one: one.channel == direct.id and one.ts > before)
    assert render_message(refused) == STRANGER
    assert not workspace.open_views(user)


@pytest.mark.parametrize("who", MEMBERS.values(), ids=MEMBERS)
async def test_a_member_gets_commands_and_the_tab_answered(
    desk: RetrainHarness, who: Callable[[Workspace], User]
) -> None:
    user, workspace = who(desk.workspace), desk.workspace
    assert "confidence" in render_message(await segment(desk, user, workspace.general)).casefold()
    assert NOT_ADMIN in await desk.told("status", user)
    before = len(workspace.messages())
    reply = await desk.pg.deliver.command("/segments", user=user)
    assert reply.message is not None
    assert STRANGER not in render_message(reply.message)
    # The map comes after the table.
    await workspace.wait_until(lambda: [one for one in workspace.messages()[before:] if has_map(one)], 20)
    home = str(await opened(desk, user))
    assert "customer segments in service" in home


@pytest.mark.parametrize("who", STRANGERS.values(), ids=STRANGERS)
async def test_a_stranger_gets_a_sentence_from_commands_and_in_the_tab(
    desk: RetrainHarness, who: Callable[[Workspace], User]
) -> None:
    user, workspace = who(desk.workspace), desk.workspace
    if user.enterprise and workspace.install.organisation:
        # The app is installed in this person's workspace too.
        assert "confidence" in render_message(await segment(desk, user)).casefold()
        return
    shared = partners(workspace)
    assert (await segment(desk, user, shared)).text == STRANGER
    before = len(workspace.calls_to("files.getUploadURLExternal"))
    reply = await desk.pg.deliver.command("/segments", user=user, channel=shared)
    assert reply.message is not None
    assert reply.message.text == STRANGER
    assert len(workspace.calls_to("files.getUploadURLExternal")) == before
    assert OUTSIDER in await desk.told("status", user, shared)


@pytest.mark.parametrize("who", MEMBERS.values(), ids=MEMBERS)
async def test_an_admin_retrains_by_form_and_a_member_does_not(
    desk: RetrainHarness, who: Callable[[Workspace], User]
) -> None:
    workspace = desk.workspace
    user = workspace.change_user(who(workspace), is_admin=True)
    desk.trainer.failure = BadInput("This is far enough.")
    view = await desk.form("", user)
    before = set(desk.jobs())
    await desk.submit(view, desk.choose("customers.csv", sample_file(), user), user)
    assert "This is far enough." in (await desk.end(before)).text
    workspace.change_user(user, is_admin=False)
    desk.files.bot.dependencies.access._allowed_until.clear()
    view = await desk.form()
    file = desk.choose("customers.csv", sample_file(), user)
    assert NOT_ADMIN in await desk.next_ephemeral(lambda: desk.submit(view, file, user), user)
    await desk.pg.deliver.view_closed(view)


@pytest.mark.parametrize("who", STRANGERS.values(), ids=STRANGERS)
async def test_a_strangers_form_is_refused_whatever_they_are_called(
    desk: RetrainHarness, who: Callable[[Workspace], User]
) -> None:
    workspace = desk.workspace
    user = workspace.change_user(who(workspace), is_admin=True, is_owner=True)
    view, jobs = await desk.form(), desk.jobs()
    file = desk.choose("customers.csv", sample_file(), user)
    assert OUTSIDER in await desk.next_ephemeral(lambda: desk.submit(view, file, user), user)
    assert desk.jobs() == jobs
    await desk.pg.deliver.view_closed(view)


async def test_listed_admins_decide_when_they_are_members(
    desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = MEMBERS["another workspace named"](desk.workspace)
    monkeypatch.setattr(desk.files.bot.dependencies.access, "_admins", frozenset({user.id}))
    assert "In service" in await desk.told("status", user)
    user = STRANGERS["called a stranger"](desk.workspace)
    desk.files.bot.dependencies.access._allowed_until.clear()
    assert OUTSIDER in await desk.told("status", user)


async def opened(desk: RetrainHarness, user: User) -> object:
    """What a person sees in the App Home."""
    before = desk.workspace.home(user)
    assert (await desk.pg.deliver.open_home(user)).ok

    def published() -> object:
        view = desk.workspace.home(user)
        return None if view is None or (before is not None and view.hash == before.hash) else view.blocks

    return await desk.workspace.wait_until(published, 20)


async def test_the_tab_tells_a_stranger_nothing(desk: RetrainHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    user = MEMBERS["another workspace named"](desk.workspace)
    # The playground gives strangers no tab of the app; Slack's own word about this one changes meanwhile.
    users_info = desk.files.bot.dependencies.access.standing

    async def stranger(client: object, team: str, who: str) -> object:
        desk.workspace.change_user(user, is_stranger=True)
        try:
            return await users_info(client, team, who)  # type: ignore[arg-type]  # Bolt's client
        finally:
            desk.workspace.change_user(user, is_stranger=None)

    monkeypatch.setattr(desk.files.bot.dependencies.access, "standing", stranger)
    said = str(await opened(desk, user))
    assert STRANGER in said
    assert "in service" not in said
