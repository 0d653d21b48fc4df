"""Who may change the model: each kind of person, each way Slack can fail to say, and how long a yes lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from harness import logged

from bot.playground.server import Playground
from bot.playground.workspace.records import User
from bot.playground.workspace.workspace import Workspace
from bot.settings import load_slack_settings
from bot.slack.access import (
    CACHED_SECONDS,
    GONE,
    GUEST,
    NOT_ADMIN,
    NOT_LISTED,
    OUTSIDER,
    STRANGER,
    UNKNOWN,
    Access,
    Decision,
    actor_of,
    user_of,
)
from bot.slack.client import slack_client
from segmentation.errors import BadInput, NotAllowed


class Door:
    """An `Access` in a workspace, its clock and its log of refusals."""

    def __init__(self, pg: Playground, admins: tuple[str, ...] = (), asking: float = 1.8) -> None:
        self.workspace = pg.workspace
        self.faults = pg.faults
        self.now = 1000.0
        self.refused: list[tuple[str, str]] = []
        slack = load_slack_settings(pg.settings_env())
        self.client = slack_client(slack, token=slack.bot_token)
        self.access = Access(admins, self._refuse, lambda: self.now, asking=asking)

    def _refuse(self, actor: str, what: str) -> None:
        self.refused.append((actor, what))

    async def ask(self, user: User | str, team: str = "") -> Decision:
        """Decide about somebody."""
        name = user if isinstance(user, str) else user.id
        return await self.access.allowed(self.client, team or self.workspace.team.id, name)

    @property
    def asked(self) -> int:
        """How often Slack was asked."""
        return len(self.workspace.calls_to("users.info"))


PEOPLE: dict[str, tuple[Callable[[Workspace], User], str]] = {
    "an admin": (lambda w: w.admin, ""),
    "an owner": (lambda w: w.owner, ""),
    "a plain member": (lambda w: w.analyst, NOT_ADMIN),
    "a guest": (lambda w: w.guest, OUTSIDER),
    "a bot": (lambda w: w.bot, OUTSIDER),
    "somebody deleted": (lambda w: w.deleted, GONE),
    "somebody from another organisation": (lambda w: w.external, OUTSIDER),
}


@pytest.mark.parametrize(("who", "sentence"), PEOPLE.values(), ids=PEOPLE)
async def test_admins_and_owners_may_and_nobody_else(who: Callable[[Workspace], User], sentence: str) -> None:
    async with Playground() as pg:
        door = Door(pg)
        assert await door.ask(who(pg.workspace)) == Decision(not sentence, sentence)


@pytest.mark.parametrize("who", [PEOPLE[name][0] for name in list(PEOPLE)[3:]], ids=list(PEOPLE)[3:])
async def test_a_guest_or_bot_may_not_even_as_admin_or_when_listed(who: Callable[[Workspace], User]) -> None:
    async with Playground() as pg:
        user = pg.workspace.change_user(who(pg.workspace), is_admin=True, is_owner=True)
        assert not (await Door(pg).ask(user)).allowed
        assert not (await Door(pg, (user.id,)).ask(user)).allowed


async def test_where_admins_are_listed_only_they_may() -> None:
    async with Playground() as pg:
        door = Door(pg, (pg.workspace.analyst.id,))
        assert (await door.ask(pg.workspace.analyst)).allowed
        assert await door.ask(pg.workspace.owner) == Decision(allowed=False, sentence=NOT_LISTED)


async def plainly(door: Door, monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
    """Let Slack not say of strangers that they are, and more of the bot."""
    users_info, auth_test = door.client.users_info, door.client.auth_test

    async def info(**arguments: Any) -> Any:
        answer = await users_info(**arguments)
        answer["user"].pop("is_stranger")
        return answer

    async def test() -> Any:
        return {**(await auth_test()).data, **more}  # type: ignore[dict-item]  # JSON here

    monkeypatch.setattr(door.client, "users_info", info)
    monkeypatch.setattr(door.client, "auth_test", test)


@pytest.mark.parametrize("listed", [True, False])
async def test_a_stranger_is_one_in_an_envelope_of_their_own_workspace_too(
    monkeypatch: pytest.MonkeyPatch, *, listed: bool
) -> None:
    async with Playground() as pg:
        stranger = pg.workspace.change_user(pg.workspace.external, is_admin=True)
        door = Door(pg, (stranger.id,) if listed else ())
        await plainly(door, monkeypatch)
        for team in (stranger.team_id, pg.workspace.team.id):
            assert await door.ask(stranger, team) == Decision(allowed=False, sentence=OUTSIDER)
        assert not (await door.ask(pg.workspace.admin, stranger.team_id)).allowed


async def test_where_the_bot_is_a_whole_organisations_the_requests_workspace_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Playground() as pg:
        door = Door(pg)
        await plainly(door, monkeypatch, is_enterprise_install=True, team_id="E0123456789")
        assert (await door.ask(pg.workspace.admin)).allowed
        assert not (await door.ask(pg.workspace.admin, "T0THER")).allowed


async def test_which_workspace_the_bot_belongs_to_is_asked_once_and_without_an_answer_nobody_may() -> None:
    async with Playground() as pg:
        door = Door(pg)
        pg.faults.error("auth.test", "internal_error")
        assert await door.ask(pg.workspace.admin) == Decision(allowed=False, sentence=UNKNOWN)
        for person in (pg.workspace.admin, pg.workspace.owner, pg.workspace.analyst):
            await door.ask(person)
        assert len(pg.workspace.calls_to("auth.test")) == 2


async def test_slackbot_is_no_person() -> None:
    async with Playground() as pg:
        slackbot = pg.workspace.change_user("USLACKBOT", is_admin=True)
        assert await Door(pg).ask(slackbot) == Decision(allowed=False, sentence=OUTSIDER)


FAILURES: dict[str, Callable[[Any], None]] = {
    "an error": lambda f: f.error("users.info", "internal_error", times=None),
    "a missing scope": lambda f: f.missing_scope("users.info", "users:read"),
    "a rate limit": lambda f: f.rate_limit("users.info", retry_after=30, times=None),
    "a proxy's page": lambda f: f.server_error("users.info", times=None),
    "a broken connection": lambda f: f.drop("users.info", times=None),
    "silence": lambda f: f.hang("users.info", times=None),
}


@pytest.mark.parametrize("fail", FAILURES.values(), ids=FAILURES)
async def test_when_slack_cannot_be_asked_the_answer_is_no_for_now(
    fail: Callable[[Any], None],
) -> None:
    async with Playground() as pg:
        fail(pg.faults)
        hurried = Door(pg, asking=0.2)
        assert await hurried.ask(pg.workspace.admin) == Decision(allowed=False, sentence=UNKNOWN)
        pg.faults.clear()
        assert (await Door(pg).ask(pg.workspace.admin)).allowed


@pytest.mark.parametrize("word", ["user_not_found", "user_not_visible"])
async def test_somebody_slack_does_not_know_is_an_outsider(word: str) -> None:
    async with Playground() as pg:
        pg.faults.error("users.info", word)
        assert await Door(pg).ask(pg.workspace.admin) == Decision(allowed=False, sentence=OUTSIDER)


@pytest.mark.parametrize("user", ["", "me", "U1; drop", "<@U012AB3CD>", "u012ab3cd", "U" + "A" * 99])
async def test_an_id_that_is_none_is_not_asked_about(user: str) -> None:
    async with Playground() as pg:
        door = Door(pg)
        assert await door.ask(user, "T1") == Decision(allowed=False, sentence=UNKNOWN)
        assert door.asked == 0


async def test_an_answer_about_somebody_else_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Playground() as pg:
        door = Door(pg)
        other = await door.client.users_info(user=pg.workspace.owner.id)

        async def answer(**_arguments: Any) -> Any:
            return other

        monkeypatch.setattr(door.client, "users_info", answer)
        assert await door.ask(pg.workspace.admin) == Decision(allowed=False, sentence=UNKNOWN)


async def test_a_yes_lasts_a_minute_and_not_a_second_longer() -> None:
    async with Playground() as pg:
        door, admin = Door(pg), pg.workspace.admin
        assert (await door.ask(admin)).allowed
        pg.workspace.change_user(admin, is_admin=False)
        door.now += CACHED_SECONDS - 0.1
        assert (await door.ask(admin)).allowed
        assert door.asked == 1
        door.now += 0.1
        assert not (await door.ask(admin)).allowed
        assert door.asked == 2


async def test_a_no_is_never_remembered() -> None:
    async with Playground() as pg:
        door, analyst = Door(pg), pg.workspace.analyst
        assert not (await door.ask(analyst)).allowed
        pg.workspace.change_user(analyst, is_admin=True)
        assert (await door.ask(analyst)).allowed


async def test_a_yes_counts_from_when_slack_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Playground() as pg:
        door = Door(pg)
        real = door.client.users_info

        async def slowly(**arguments: Any) -> Any:
            answer = await real(**arguments)
            door.now += 1.5
            return answer

        monkeypatch.setattr(door.client, "users_info", slowly)
        await door.ask(pg.workspace.admin)
        door.now += CACHED_SECONDS - 1.5
        await door.ask(pg.workspace.admin)
        assert door.asked == 2


async def test_a_yes_is_for_one_person_in_one_workspace() -> None:
    async with Playground() as pg:
        door = Door(pg)
        assert (await door.ask(pg.workspace.admin)).allowed
        assert not (await door.ask(pg.workspace.admin, "T0THER")).allowed


async def test_a_refusal_is_written_down_with_who_what_and_why() -> None:
    async with Playground() as pg:
        door, analyst = Door(pg), pg.workspace.analyst
        with pytest.raises(NotAllowed) as refused:
            await door.access.admit(door.client, pg.workspace.team.id, analyst.id, "promote v2")
        assert refused.value.sentence == NOT_ADMIN
        assert door.refused == [(f"slack:{analyst.id}", f"promote v2: {NOT_ADMIN}")]
        await door.access.admit(door.client, pg.workspace.team.id, pg.workspace.admin.id, "promote v2")
        assert len(door.refused) == 1


@pytest.mark.parametrize("error", [OSError("full"), BadInput("The models folder can't be written to.")])
async def test_a_refusal_that_cannot_be_written_down_is_still_one(error: Exception) -> None:
    async with Playground() as pg:
        door = Door(pg)

        def fail(_actor: str, _what: str) -> None:
            raise error

        access = Access((), fail)
        with logged() as stream, pytest.raises(NotAllowed):
            await access.admit(door.client, pg.workspace.team.id, pg.workspace.analyst.id, "promote")
        assert "a refusal could not be written down" in stream.getvalue()


async def test_many_at_once_are_each_decided_about() -> None:
    async with Playground() as pg:
        door = Door(pg)
        people = [pg.workspace.admin, pg.workspace.analyst, pg.workspace.owner] * 5
        decisions = await asyncio.gather(*map(door.ask, people))
        assert [one.allowed for one in decisions] == [True, False, True] * 5


async def test_a_command_from_elsewhere_is_refused_to_strangers_and_answered_while_slack_is_away() -> None:
    async with Playground() as pg:
        door, stranger = Door(pg), pg.workspace.external
        typed = {"command": "/segment", "team_id": stranger.team_id, "user_id": stranger.id}
        assert await door.access.refusal(door.client, typed) == ""  # nobody knows yet where the bot is installed
        await door.access.home.learn(door.client)
        assert await door.access.refusal(door.client, typed) == STRANGER
        pg.faults.error("users.info", "internal_error")
        assert await door.access.refusal(door.client, typed) == ""
        asked = door.asked
        at_home = typed | {"team_id": pg.workspace.team.id}
        assert await door.access.refusal(door.client, at_home) == ""
        assert door.asked == asked


async def test_a_member_is_remembered_for_a_minute_and_a_stranger_never() -> None:
    async with Playground() as pg:
        door, team = Door(pg), pg.workspace.team.id
        for user, member in ((pg.workspace.analyst, True), (pg.workspace.guest, True), (pg.workspace.external, False)):
            asked = door.asked
            for _ in range(2):
                assert (await door.access.member(door.client, team, user.id)).allowed is member
            assert door.asked == asked + (1 if member else 2)
        door.now += CACHED_SECONDS
        assert (await door.access.member(door.client, team, pg.workspace.analyst.id)).allowed
        with pytest.raises(NotAllowed, match="members of this workspace only"):
            await door.access.welcome(door.client, team, pg.workspace.external.id, "share")


FULL_MEMBERS: dict[str, tuple[Callable[[Workspace], User], str]] = {
    "an admin": (lambda w: w.admin, ""),
    "a plain member": (lambda w: w.analyst, ""),
    "a guest": (lambda w: w.guest, GUEST),
    "a bot": (lambda w: w.bot, GUEST),
    "somebody deleted": (lambda w: w.deleted, GONE),
    "somebody from another organisation": (lambda w: w.external, STRANGER),
}


@pytest.mark.parametrize(("who", "sentence"), FULL_MEMBERS.values(), ids=FULL_MEMBERS)
async def test_lists_are_for_full_members_and_refusals_are_logged(
    who: Callable[[Workspace], User], sentence: str
) -> None:
    async with Playground() as pg:
        door, user = Door(pg), who(pg.workspace)
        if not sentence:
            await door.access.entrust(door.client, pg.workspace.team.id, user.id, "get_list")
            assert door.refused == []
            return
        with pytest.raises(NotAllowed) as refusal:
            await door.access.entrust(door.client, pg.workspace.team.id, user.id, "get_list")
        assert refusal.value.sentence == sentence
        assert door.refused == [(f"slack:{user.id}", f"get_list: {sentence}")]


async def test_nobody_is_entrusted_with_lists_while_slack_does_not_say_who_they_are() -> None:
    async with Playground() as pg:
        door = Door(pg)
        await door.access.entrust(door.client, pg.workspace.team.id, pg.workspace.analyst.id, "get_list")
        pg.faults.error("users.info", "internal_error")
        with pytest.raises(NotAllowed, match="couldn't ask Slack"):
            await door.access.entrust(door.client, pg.workspace.team.id, pg.workspace.analyst.id, "get_list")


def test_an_actor_is_read_back_as_who_they_are() -> None:
    assert actor_of("U012AB3CD") == "slack:U012AB3CD"
    assert user_of("slack:U012AB3CD") == "U012AB3CD"
    for other in ("cli:ana", "U012AB3CD", "slack:", "slack:<!channel>", "segbot"):
        assert user_of(other) is None
