"""Whose workspace a payload is about, and who belongs to it: Slack Connect and Enterprise Grid."""

from __future__ import annotations

from typing import Any

import pytest

from bot.playground.server import Playground
from bot.settings import load_slack_settings
from bot.slack.client import slack_client
from bot.slack.workspace import Home, Installation, workspace_of

EVENT: dict[str, Any] = {"type": "event_callback", "event": {"type": "file_shared"}}
PAYLOADS: dict[str, tuple[dict[str, Any], str]] = {
    "an event of this workspace": (EVENT | {"team_id": "T1", "authorizations": [{"team_id": "T1"}]}, "T1"),
    "an event of a shared channel": (EVENT | {"team_id": "T9", "authorizations": [{"team_id": "T1"}]}, "T1"),
    "an event of an organisation": (EVENT | {"team_id": None, "authorizations": [{"team_id": "T1"}]}, "T1"),
    "an event without authorisations": (EVENT | {"team_id": "T9", "context_team_id": "T1"}, "T1"),
    "an event with an empty authorisation": (
        EVENT | {"team_id": "T9", "context_team_id": "T1", "authorizations": [{"team_id": None}]},
        "T1",
    ),
    "an event that says nothing else": (EVENT | {"team_id": "T1", "authorizations": []}, "T1"),
    "an event of a shared channel that says nothing else": (
        EVENT | {"team_id": "T9", "is_ext_shared_channel": True},
        "",
    ),
    "an event with odd authorisations": (EVENT | {"team_id": "T1", "authorizations": ["T9"]}, "T1"),
    "a command": ({"command": "/segment", "team_id": "T1"}, "T1"),
    "a command of no workspace": ({"command": "/segment", "team_id": ""}, ""),
    "a click": ({"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T2"}}, "T1"),
    "a click in an organisation": (
        {"type": "block_actions", "team": None, "user": {"id": "W1", "team_id": "T1"}},
        "T1",
    ),
    "a form": ({"team": {"id": "T9"}, "view": {"app_installed_team_id": "T1", "team_id": "T9"}}, "T1"),
    "a form in an organisation": (
        {"team": None, "view": {"app_installed_team_id": None, "team_id": "T1"}, "user": {"team_id": "T2"}},
        "T1",
    ),
    "a click that says nothing": ({"team": None, "user": None}, ""),
}


@pytest.mark.parametrize(("body", "team"), PAYLOADS.values(), ids=PAYLOADS)
def test_the_workspace_is_the_one_the_request_was_delivered_for(body: dict[str, Any], team: str) -> None:
    assert workspace_of(body) == team


HERE = Installation("T1")
GRID = Installation("T1", "E1")
ORGANISATION = Installation("", "E1")


def on_grid(*teams: str, enterprise: str = "E1", **more: Any) -> dict[str, Any]:
    """A person of an organisation, as `users.info` says."""
    return {"enterprise_user": {"enterprise_id": enterprise, "teams": list(teams)}, "is_stranger": False, **more}


PEOPLE: dict[str, tuple[Installation, dict[str, Any], bool]] = {
    "a member": (HERE, {"team_id": "T1"}, True),
    "of two workspaces, the other one named": (GRID, on_grid("T1", "T2", team_id="T2"), True),
    "the organisation named": (GRID, on_grid("T1", team_id="E1"), True),
    "the organisation named and nothing else": (GRID, {"team_id": "E1", "is_stranger": False}, True),
    "another organisation named and nothing else": (GRID, {"team_id": "E9"}, False),
    "no workspace named": (GRID, {"is_stranger": False}, True),
    "no workspace named, a stranger": (GRID, {"is_stranger": True}, False),
    "of another workspace of the organisation": (GRID, on_grid("T2", team_id="T2"), False),
    "a stranger": (HERE, {"team_id": "T9", "is_stranger": True}, False),
    "a stranger who claims to be of here": (HERE, {"team_id": "T1", "is_stranger": True}, False),
    "of elsewhere, not called a stranger": (HERE, {"team_id": "T9", "is_stranger": False}, False),
    "of elsewhere, nothing said of strangers": (HERE, {"team_id": "T9"}, False),
    "of a workspace of the installed organisation": (ORGANISATION, on_grid("T1", team_id="T1"), True),
    "of another organisation": (ORGANISATION, on_grid("T1", enterprise="E9", team_id="T1"), False),
    "of no organisation": (ORGANISATION, {"team_id": "T1"}, False),
}


@pytest.mark.parametrize(("installation", "person", "member"), PEOPLE.values(), ids=PEOPLE)
def test_somebody_belongs_by_any_of_their_workspaces(
    installation: Installation, person: dict[str, Any], *, member: bool
) -> None:
    assert installation.is_home_of(person, "T1") is member


def test_an_installation_that_names_no_workspace_is_nobodys_home() -> None:
    assert not Installation("").is_home_of({"team_id": "T1"}, "")
    assert HERE.is_home_of({"team_id": "T1"}, "")


@pytest.mark.parametrize("team", ["T1", "T9"])
def test_a_partners_workspace_in_the_request_makes_no_member(team: str) -> None:
    assert not HERE.is_home_of({"team_id": "T9"}, team)
    assert not ORGANISATION.is_home_of(on_grid("T9", enterprise="E9", team_id="T9"), team)


def test_a_command_from_elsewhere_is_told_from_one_typed_at_home() -> None:
    home = Home()
    assert home.names({"team_id": "T9"})  # nothing is known yet
    home.note(HERE)
    assert home.names({"team_id": "T1"})
    assert not home.names({"team_id": "T9"})
    assert not home.names({})
    home.note(ORGANISATION)
    assert home.names({"team_id": "T2", "enterprise_id": "E1"})
    assert not home.names({"team_id": "T9", "enterprise_id": "E9"})
    home.note(Installation(""))
    assert home.names({"team_id": "T2"})


async def test_slack_is_asked_once_where_the_bot_is_installed() -> None:
    async with Playground() as pg:
        slack = load_slack_settings(pg.settings_env())
        client = slack_client(slack, token=slack.bot_token)
        home = Home()
        assert await home.learn(client) == await home.learn(client) == Installation(pg.workspace.team.id)
        assert len(pg.workspace.calls_to("auth.test")) == 1
        pg.workspace.change_install(organisation="E1")
        assert await Home().learn(client) == ORGANISATION
