"""Who may change the model from Slack: decided by asking Slack each time, at the moment something is to be done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import is_user_id
from bot.slack.files import error_word
from bot.timings import DEFAULT_SLACK_TIMINGS
from segmentation.errors import NotAllowed, SegbotError

CACHED_SECONDS: Final = 60.0
UNKNOWN: Final = "I could not ask Slack who you are. Please try again."
NOT_LISTED: Final = "Only the admins named in SEGBOT_ADMINS may change the model. Please ask one of them."
NOT_ADMIN: Final = "Only workspace admins and owners may change the model. Please ask one of them."
OUTSIDER: Final = "Guests, bots and people from other organisations may not change the model. Please ask an admin."
GONE: Final = "Slack says that this account is no longer in use, so it may not change the model."
_SLACKBOT: Final = "USLACKBOT"
_NOT_KNOWN: Final = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
_OUTSIDE: Final = ("is_restricted", "is_ultra_restricted", "is_bot", "is_workflow_bot", "is_stranger")
_ADMIN: Final = ("is_admin", "is_owner", "is_primary_owner")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether somebody may change the model; `sentence` says why not."""

    allowed: bool
    sentence: str = ""


class Access:
    """Decides who may change the model.

    Parameters
    ----------
    admins
        Slack user ids; empty stands for the workspace's admins and owners.
    refuse
        Records in the audit log who was refused what.
    clock
        Seconds that only go forward; a yes is remembered for a minute of them, a no never.
    asking
        Seconds that Slack has to answer.
    """

    def __init__(
        self,
        admins: Collection[str],
        refuse: Callable[[str, str], None],
        clock: Callable[[], float] = monotonic,
        *,
        asking: float = DEFAULT_SLACK_TIMINGS.asking,
    ) -> None:
        self._admins = frozenset(admins)
        self._refuse = refuse
        self._clock = clock
        self._asking = asking
        self._allowed_until: dict[tuple[str, str], float] = {}
        self._home: str | None = None

    async def allowed(self, client: AsyncWebClient, team: str, user: str) -> Decision:
        """Decide about somebody named by the signed envelope of a request, never by text or a button's value."""
        now = self._clock()
        self._allowed_until = {known: until for known, until in self._allowed_until.items() if until > now}
        if (team, user) in self._allowed_until:
            return Decision(allowed=True)
        decision = await self._decide(client, team, user)
        if decision.allowed:
            # Counted from the question, not from the answer, which may be slow.
            self._allowed_until[team, user] = now + CACHED_SECONDS
        return decision

    async def admit(self, client: AsyncWebClient, team: str, user: str, what: str) -> None:
        """Let somebody do `what`, or refuse and record it.

        Raises
        ------
        NotAllowed
            With why not.
        """
        decision = await self.allowed(client, team, user)
        if decision.allowed:
            return
        _log.warning("refused", extra={"team": team, "user": user, "what": what})
        try:
            await asyncio.to_thread(self._refuse, actor_of(user), f"{what}: {decision.sentence}")
        except (OSError, SegbotError) as error:
            # The answer stays no, whether or not it could be recorded.
            _log.error("a refusal could not be written down", extra={"failure": type(error).__name__})
        raise NotAllowed(decision.sentence)

    async def _decide(self, client: AsyncWebClient, team: str, user: str) -> Decision:
        if not team or not is_user_id(user):
            return Decision(allowed=False, sentence=UNKNOWN)
        try:
            async with asyncio.timeout(self._asking):
                answer, home = await asyncio.gather(client.users_info(user=user), self._own_team(client))
        except SlackApiError as error:
            if error_word(error) in _NOT_KNOWN:
                return Decision(allowed=False, sentence=OUTSIDER)
            _log.warning("Slack did not say who somebody is", extra={"slack_error": error_word(error)})
            return Decision(allowed=False, sentence=UNKNOWN)
        except (ClientError, TimeoutError, OSError) as error:
            _log.warning("Slack could not be asked", extra={"failure": type(error).__name__})
            return Decision(allowed=False, sentence=UNKNOWN)
        return self._judge(answer["user"], {team, home or team}, user)

    async def _own_team(self, client: AsyncWebClient) -> str:
        """Return the workspace whose bot this is, asked for once; empty if it is a whole organisation's."""
        if self._home is None:
            answer = await client.auth_test()
            self._home = "" if answer.get("is_enterprise_install") else str(answer["team_id"])
        return self._home

    def _judge(self, person: dict[str, Any], teams: set[str], user: str) -> Decision:
        if person.get("id") != user:
            return Decision(allowed=False, sentence=UNKNOWN)
        if person.get("deleted"):
            return Decision(allowed=False, sentence=GONE)
        # The request's workspace alone proves nothing: in a shared channel it may be the partner's.
        if user == _SLACKBOT or {person.get("team_id")} != teams or any(person.get(trait) for trait in _OUTSIDE):
            return Decision(allowed=False, sentence=OUTSIDER)
        if self._admins:
            listed = user in self._admins
            return Decision(listed, "" if listed else NOT_LISTED)
        admin = any(person.get(trait) for trait in _ADMIN)
        return Decision(admin, "" if admin else NOT_ADMIN)


def actor_of(user: str) -> str:
    """Return how the audit log names somebody in Slack."""
    return f"slack:{user}"


def user_of(actor: str) -> str | None:
    """Return the Slack user id of an actor in the audit log; None for anybody else."""
    user = actor.removeprefix("slack:")
    return user if user != actor and is_user_id(user) else None
