"""Whose workspace a request is about, and who belongs to it: judged against where segbot is installed.

In a channel shared with another organisation an event names the other workspace as its own. So its outer `team_id`
decides nothing while the event says for whom it was delivered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.transfers.files import error_word

# Slack's errors about a person it does not show to this app.
NOT_KNOWN: Final = frozenset({"user_not_found", "user_not_visible", "users_not_found"})


def workspace_of(body: Mapping[str, Any]) -> str:
    """Return the id of the workspace that a signed request was delivered for; empty if the request does not say.

    Parameters
    ----------
    body
        The payload of an event, a command, a click or a form.
    """
    if "event" in body or "authorizations" in body:
        return _of_event(body)
    view, user = _object(body.get("view")), _object(body.get("user"))
    # Installed for a whole organisation, clicks and forms have `team: null`.
    stated = (
        view.get("app_installed_team_id"),
        _id_of(body.get("team")),
        body.get("team_id"),
        view.get("team_id"),
        user.get("team_id"),
    )
    return next((str(team) for team in stated if team), "")


def person_in(body: Mapping[str, Any]) -> dict[str, str]:
    """Return who did something, and where they act, as a command's fields: of a click, a form or a shortcut.

    The workspace is the one in which the person acts, not the one that a view is of.
    """
    return {
        "team_id": str(_id_of(body.get("team")) or ""),
        "enterprise_id": str(_id_of(body.get("enterprise")) or ""),
        "user_id": str(_object(body.get("user")).get("id") or ""),
    }


def _of_event(body: Mapping[str, Any]) -> str:
    authorizations = body.get("authorizations")
    first = _object(authorizations[0]) if isinstance(authorizations, list) and authorizations else {}
    shared = body.get("is_ext_shared_channel")
    stated = (first.get("team_id"), body.get("context_team_id"), None if shared else body.get("team_id"))
    return next((str(team) for team in stated if team), "")


def _id_of(team: object) -> object:
    return _object(team).get("id") if isinstance(team, Mapping) else team


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


@dataclass(frozen=True, slots=True)
class Installation:
    """Where the bot's token is valid.

    Parameters
    ----------
    team
        The workspace; empty if the app is installed for a whole organisation.
    enterprise
        The organisation on Enterprise Grid; empty outside of Grid.
    """

    team: str
    enterprise: str = ""

    @classmethod
    def of(cls, answer: Any) -> Installation:  # noqa: ANN401 - slack_sdk's response is not a Mapping
        """Read the answer of `auth.test`: a mapping, or slack_sdk's response."""
        team = "" if answer.get("is_enterprise_install") else str(answer["team_id"])
        return cls(team, str(answer.get("enterprise_id") or ""))

    def is_home_of(self, person: Mapping[str, Any], team: str) -> bool:
        """Say whether a person belongs here and to the workspace `team` of a request.

        Parameters
        ----------
        person
            The `user` object of `users.info`. Its `team_id` names only one of the workspaces of a Grid member, may be
            missing, and may be the organisation's id.
        team
            As `workspace_of` returns it; may be empty.
        """
        wanted = {team, self.team} - {""}
        if not wanted or person.get("is_stranger"):
            return False
        own, grid = str(person.get("team_id") or ""), _object(person.get("enterprise_user"))
        enterprise = str(grid.get("enterprise_id") or (own if own.startswith("E") else ""))
        if own and not self.team and self.enterprise and enterprise != self.enterprise:
            return False  # the partner's workspace may be all that a click in a shared channel names
        teams = {str(one) for one in grid.get("teams") or ()} | ({own} - {""})
        if not teams or teams == {self.enterprise}:
            return True
        return wanted <= teams


class Home:
    """Where the bot is installed: Slack is asked once."""

    def __init__(self) -> None:
        self._known: Installation | None = None

    async def learn(self, client: AsyncWebClient) -> Installation:
        """Return the installation, asking Slack if it is not known yet; errors as of `auth.test`."""
        if self._known is None:
            answer: Any = await client.auth_test()
            self._known = Installation.of(answer)
        return self._known

    async def is_stranger(self, client: AsyncWebClient, team: str, user: str) -> bool:
        """Ask Slack whether somebody does not belong here.

        Raises
        ------
        SlackApiError
            When Slack does not say.
        """
        try:
            answer, installation = await asyncio.gather(client.users_info(user=user), self.learn(client))
        except SlackApiError as error:
            if error_word(error) in NOT_KNOWN:
                return True
            raise
        return not installation.is_home_of(answer["user"], team)

    def note(self, installation: Installation) -> None:
        """Remember the installation, as somebody else has learnt it."""
        self._known = installation

    def names(self, body: Mapping[str, Any]) -> bool:
        """Say whether a command was typed in the workspace or organisation of the bot; True until that is known."""
        if self._known is None:
            return True
        if self._known.team:
            return body.get("team_id") == self._known.team
        return not self._known.enterprise or body.get("enterprise_id") == self._known.enterprise
