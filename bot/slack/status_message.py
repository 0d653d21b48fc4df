"""A job's one message: posted once, found again after a crash by its metadata, edited from then on."""

from __future__ import annotations

import logging
from typing import Any, Final

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.reply import Reply, arguments_of
from bot.slack.transfers.files import error_word, unrepeated

# Slack's words for a channel in which the bot may not write, or not any more.
CLOSED: Final = frozenset(
    {
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "is_inactive",
        "restricted_action",
        "restricted_action_read_only_channel",
    }
)
_RECENT: Final = 200
_log = logging.getLogger(__name__)


class StatusMessage:
    """The messages of one kind of job.

    Parameters
    ----------
    client
        Slack's Web API as the bot.
    event_type
        Names the kind in a message's metadata.
    """

    def __init__(self, client: AsyncWebClient, event_type: str) -> None:
        self._client = client
        self._event_type = event_type
        self._me = ""

    async def me(self) -> str:
        """Return the bot's own user id, asked for once."""
        if not self._me:
            self._me = str((await self._client.auth_test())["user_id"])
        return self._me

    async def find(self, job: str, channel: str, *, thread: str = "", oldest: str = "") -> str | None:
        """Return the ts of a job's message, posted before a crash could note that it was; None when there is none.

        Parameters
        ----------
        thread
            The message in whose thread it would be; empty for the channel itself.
        oldest
            The ts of a message it cannot be older than.
        """
        known: dict[str, Any] = {"channel": channel, "limit": _RECENT, "include_all_metadata": True}
        try:
            answer = (
                await self._client.conversations_replies(ts=thread, oldest=oldest, **known)
                if thread
                else await self._client.conversations_history(**known)
            )
        except SlackApiError as error:
            if error_word(error) != "missing_scope":
                raise
            # Without the scope the message cannot be found: people would rather read it twice after a crash than never.
            _log.warning("the thread cannot be read", extra={"job": job, "needed": error.response.get("needed")})
            return None
        for message in answer.get("messages") or []:
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            # Another app may have set the same metadata: only the bot's own messages count.
            if message.get("user") == await self.me() and payload.get("job") == job:
                return str(message["ts"])
        return None

    async def post(self, job: str, channel: str, reply: Reply, *, thread: str = "") -> str:
        """Post a job's message and return its ts; call `find` first, since this posts even if there is one."""
        posted = await unrepeated(self._client).chat_postMessage(
            channel=channel,
            thread_ts=thread or None,
            metadata={"event_type": self._event_type, "event_payload": {"job": job}},
            unfurl_links=False,
            unfurl_media=False,
            **arguments_of(reply),
        )
        return str(posted["ts"])

    async def edit(self, channel: str, ts: str, reply: Reply) -> None:
        """Replace a message with another reply."""
        await self._client.chat_update(channel=channel, ts=ts, **arguments_of(reply))

    async def put(self, job: str, channel: str, reply: Reply) -> None:
        """Show a reply in a job's message, which is posted if it is not there yet."""
        found = await self.find(job, channel)
        if found is None:
            await self.post(job, channel, reply)
        else:
            await self.edit(channel, found, reply)
