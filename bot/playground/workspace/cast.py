"""The people, the channels and the installed app that every new workspace starts with."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from bot.playground.workspace.ids import IdSource
from bot.playground.workspace.records import SLACKBOT, Channel, Install, Team, User

DEFAULT_SCOPES: Final = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "commands",
        "chat:write",
        "channels:read",
        "channels:history",
        "groups:read",
        "groups:history",
        "im:read",
        "im:write",
        "im:history",
        "files:read",
        "files:write",
        "users:read",
    }
)
DEFAULT_EVENTS: Final = frozenset({"file_shared", "app_home_opened", "message.im", "app_mention"})
_NAME_LENGTH: Final = 9
APP_LEVEL_SCOPES: Final = frozenset({"connections:write"})


@dataclass(frozen=True, slots=True)
class Cast:
    """The people and channels of a new workspace, by role."""

    team: Team
    analyst: User
    admin: User
    owner: User
    guest: User
    deleted: User
    external: User
    bot: User
    slackbot: User
    general: Channel
    customers: Channel
    outside: Channel
    private: Channel
    archived: Channel
    partners: Channel
    dm: Channel

    @property
    def users(self) -> tuple[User, ...]:
        """All users, the app's and Slackbot included."""
        return (
            self.analyst,
            self.admin,
            self.owner,
            self.guest,
            self.deleted,
            self.external,
            self.bot,
            self.slackbot,
        )

    @property
    def channels(self) -> tuple[Channel, ...]:
        """All channels, the direct message included."""
        return (self.general, self.customers, self.outside, self.private, self.archived, self.partners, self.dm)


def assemble(ids: IdSource, now: int) -> Cast:
    """Return the people and channels of a new workspace; `now` is in seconds since the epoch."""
    team = Team(ids.new("T"), "Playground", "playground")
    elsewhere = ids.new("T")

    def person(name: str, real_name: str, **traits: Any) -> User:  # noqa: ANN401 - fields of User
        return User(_user_id(name), name, real_name, team.id, **traits)

    analyst = person("ana", "Ana Lyst")
    admin = person("adam", "Adam Min", is_admin=True)
    owner = person("olga", "Olga Wner", is_admin=True, is_owner=True)
    guest = person("gus", "Gus T.", is_guest=True)
    deleted = person("del", "Del Eted", deleted=True)
    external = User(_user_id("ext"), "ext", "Ext Ernal", elsewhere)
    bot = person("segbot", "segbot", is_bot=True)
    slackbot = User(SLACKBOT, "slackbot", "Slackbot", team.id, is_bot=False)
    staff = (analyst, admin, owner)

    def channel(name: str, members: Iterable[User], *, archived: bool = False, shared: bool = False) -> Channel:
        ids_of = frozenset(user.id for user in members)
        source = elsewhere if shared else ""
        return Channel(ids.new("C"), name, "public", ids_of, owner.id, now, archived, shared, source_team=source)

    private = Channel(ids.new("C"), "board", "private", frozenset(u.id for u in (admin, owner)), owner.id, now)
    pair = frozenset({analyst.id, bot.id})
    return Cast(
        team=team,
        analyst=analyst,
        admin=admin,
        owner=owner,
        guest=guest,
        deleted=deleted,
        external=external,
        bot=bot,
        slackbot=slackbot,
        general=channel("general", (*staff, guest, bot)),
        customers=channel("customers", (*staff, bot)),
        outside=channel("random", (*staff, guest)),
        private=private,
        archived=channel("old-reports", (*staff, bot), archived=True),
        partners=channel("partners", (*staff, external, bot), shared=True),
        dm=Channel(ids.new("D"), "", "im", pair, analyst.id, now, partner=analyst.id),
    )


def _user_id(name: str) -> str:
    """Return the same id in every workspace: an app's records about a user stay valid after a restart."""
    return f"U0{name.upper():0<{_NAME_LENGTH}}"


def install(ids: IdSource, scopes: frozenset[str], events: frozenset[str]) -> Install:
    """Return an installation of the app with new tokens, which are valid for this workspace only."""
    return Install(
        app_id=ids.new("A"),
        name="segbot",
        bot_id=ids.new("B"),
        bot_token=f"xoxb-playground-{secrets.token_hex(12)}",
        app_token=f"xapp-playground-{secrets.token_hex(12)}",
        signing_secret=secrets.token_hex(16),
        verification_token=secrets.token_hex(12),
        scopes=scopes,
        app_scopes=APP_LEVEL_SCOPES,
        events=events,
    )
