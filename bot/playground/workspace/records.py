"""The values a workspace is made of. All are frozen: to change one, a new value replaces it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Json = dict[str, Any]
"""A JSON object as Slack's API sends and accepts it."""

ChannelKind = Literal["public", "private", "im"]
SLACKBOT: Final = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Team:
    """The workspace itself."""

    id: str
    name: str
    domain: str


@dataclass(frozen=True, slots=True)
class User:
    """A person or app in the workspace, or from another workspace if `team_id` differs.

    Parameters
    ----------
    team_id
        The workspace the Web API names; of a member of an Enterprise Grid it is one of several. Empty if it names none.
    enterprise, teams
        On Enterprise Grid, the organisation and all workspaces the person belongs to.
    is_stranger
        What the Web API says; None for what follows from the workspaces.
    tz
        The person's time zone.
    """

    id: str
    name: str
    real_name: str
    team_id: str
    is_admin: bool = False
    is_owner: bool = False
    is_guest: bool = False
    is_bot: bool = False
    deleted: bool = False
    enterprise: str = ""
    teams: tuple[str, ...] = ()
    is_stranger: bool | None = None
    tz: str = "Etc/UTC"

    def belongs_to(self, team: str) -> bool:
        """Say whether this is a person of that workspace."""
        return not self.is_stranger and (team in {self.team_id, *self.teams} or not (self.team_id or self.teams))


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel or direct message.

    Parameters
    ----------
    partner
        The person in a direct message with the app.
    source_team
        The workspace that events of a shared channel name as their own, if not this one.
    """

    id: str
    name: str
    kind: ChannelKind
    members: frozenset[str]
    creator: str
    created: int
    is_archived: bool = False
    is_shared: bool = False
    partner: str | None = None
    source_team: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """The current state of one message.

    Parameters
    ----------
    ephemeral_to
        The only user who sees it; None for everybody in the channel.
    files
        Ids of the files shared with it.
    made_by
        What posted it: ``command``, ``response_url``, ``chat.postMessage``, ``user``, …
    """

    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[Json, ...] = ()
    bot_id: str | None = None
    thread_ts: str | None = None
    ephemeral_to: str | None = None
    edited_ts: str | None = None
    files: tuple[str, ...] = ()
    metadata: Json | None = None
    attachments: tuple[Json, ...] = ()
    made_by: str = ""

    @property
    def is_reply(self) -> bool:
        """Whether it is a reply in a thread rather than its first message."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file.

    Parameters
    ----------
    data
        Its bytes; None until they have arrived at the upload URL.
    length
        Bytes announced before the upload.
    complete
        Whether the upload was finished with ``files.completeUploadExternal``.
    shares
        Channel id → ts of the message it was first shared with.
    reshares
        Further shares, the oldest first: channel id and ts.
    is_listed
        Whether Slack says where it is shared; it announces a share a moment before.
    processed
        Whether Slack has processed it; only then can an image block show it.
    """

    id: str
    name: str
    title: str
    user: str
    created: int
    mimetype: str
    filetype: str
    length: int
    data: bytes | None = None
    complete: bool = False
    processed: bool = False
    shares: Mapping[str, str] = field(default_factory=dict)
    alt_text: str = ""
    reshares: tuple[tuple[str, str], ...] = ()
    is_listed: bool = True

    @property
    def all_shares(self) -> tuple[tuple[str, str], ...]:
        """All shares, as channel id and ts."""
        return (*self.shares.items(), *self.reshares)

    @property
    def is_image(self) -> bool:
        """Whether its bytes are a picture's, regardless of the name."""
        return self.mimetype.startswith("image/")

    @property
    def is_table(self) -> bool:
        """Whether it holds rows and columns."""
        return self.filetype in ("csv", "tsv")


@dataclass(frozen=True, slots=True)
class View:
    """A modal or an App Home tab. `body` is the view as the app sent it, with ids filled in."""

    id: str
    type: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    is_open: bool = True
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        """Its blocks, with block and action ids filled in."""
        return list(self.body.get("blocks", []))


@dataclass(frozen=True, slots=True)
class Install:
    """The app as installed here: its identity, its scopes, and the events it subscribed to.

    Parameters
    ----------
    organisation
        The Enterprise Grid organisation it is installed for as a whole; empty for this workspace only.
    """

    app_id: str
    name: str
    bot_id: str
    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str
    scopes: frozenset[str]
    app_scopes: frozenset[str]
    events: frozenset[str]
    revoked: bool = False
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class ResponseUrl:
    """A response URL: the app may answer an interaction through it, a few times and until it expires.

    Parameters
    ----------
    original_ts
        The message the interaction came from; None for a command.
    expires
        Seconds since the epoch.
    """

    path: str
    channel: str
    user: str
    expires: float
    uses_left: int
    original_ts: str | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger id: good for opening one view within three seconds."""

    id: str
    user: str
    expires: float
    view_id: str | None = None
    used: bool = False


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call the app made: its arguments without the token, and the answer.

    Parameters
    ----------
    at, elapsed
        When it came, in seconds since the epoch, and how long the workspace took over it, in seconds.
    id
        Its id in the trail.
    """

    method: str
    args: Json
    status: int
    answer: Json
    at: float
    elapsed: float = 0.0
    id: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request made to the app and what came back.

    Parameters
    ----------
    kind
        ``command``, ``event``, ``interactive`` or ``url_verification``.
    payload
        The request's content as an object.
    status
        HTTP status; 0 when nothing came back. An acknowledged envelope of Socket Mode counts as 200.
    body
        The answer: an object when it was JSON, else text, else None.
    attempt
        0 for the first attempt, 1 for the first retry.
    problem
        ``http_timeout``, ``connection_failed``, ``http_error`` or empty.
    at
        When it was sent, in seconds since the epoch.
    headers
        HTTP headers it was sent with, the signature cut short; empty over a socket.
    id
        Its id in the trail.
    """

    kind: str
    payload: Json
    status: int
    body: Json | str | None
    elapsed: float
    attempt: int = 0
    problem: str = ""
    no_retry: bool = False
    at: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)
    id: str = ""
