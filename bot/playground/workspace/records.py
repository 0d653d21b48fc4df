"""What a workspace is made of: plain, frozen values; a change is a new value in the old one's place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Json = dict[str, Any]
"""A JSON object as Slack sends and takes it."""

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
    """Somebody in the workspace, or from another one (`team_id` differs)."""

    id: str
    name: str
    real_name: str
    team_id: str
    is_admin: bool = False
    is_owner: bool = False
    is_guest: bool = False
    is_bot: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A conversation. `partner` is the person a direct message of the app is with."""

    id: str
    name: str
    kind: ChannelKind
    members: frozenset[str]
    creator: str
    created: int
    is_archived: bool = False
    is_shared: bool = False
    partner: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it stands now.

    Parameters
    ----------
    ephemeral_to
        The only user who sees it; None for everybody in the channel.
    files
        Ids of the files shared with it.
    made_by
        What put it there: ``command``, ``response_url``, ``chat.postMessage``, ``user``, …
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
        """Whether it lies inside a thread, rather than starting one."""
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
        Channel id → ts of the message it was shared with.
    processed
        Whether Slack has looked at it, so that an image can be shown in a block.
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

    @property
    def is_image(self) -> bool:
        """Whether its bytes are a picture's, whatever the name says."""
        return self.mimetype.startswith("image/")

    @property
    def is_table(self) -> bool:
        """Whether it is one of rows and columns."""
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
    """The app as this workspace installed it: who it is, what it may do, which events it asked for."""

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


@dataclass(frozen=True, slots=True)
class Hook:
    """A response URL: where an app may answer an interaction for a while.

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
        What the trail knows it by.
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
        What Slack would send, as an object.
    status
        HTTP status; 0 when nothing came back. An acknowledged envelope of Socket Mode counts as 200.
    body
        The answer: an object when it was JSON, else text, else None.
    attempt
        0 for the first, counted up by retries.
    problem
        ``http_timeout``, ``connection_failed``, ``http_error`` or empty.
    at
        When it was sent, in seconds since the epoch.
    headers
        Those it was sent with, the signature cut short; none through a socket.
    id
        What the trail knows it by.
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
