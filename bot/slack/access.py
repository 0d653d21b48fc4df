"""Who belongs to the workspace, and who may change its model: decided by asking Slack when something is to be done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, NoReturn

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import is_user_id
from bot.slack.transfers.files import error_word
from bot.slack.workspace import NOT_KNOWN, Home, Installation, workspace_of
from bot.timings import DEFAULT_SLACK_TIMINGS
from segmentation.errors import NotAllowed, SegbotError

CACHED_SECONDS: Final = 60.0
UNKNOWN: Final = "I couldn't ask Slack who you are. Please try again."
GUEST: Final = "Lists of customers are for full members of this workspace, not for guests. Please ask a colleague."
STRANGER: Final = "I work for members of this workspace only. Please ask a colleague there."
NOT_LISTED: Final = "Only the admins named in SEGBOT_ADMINS may change the model. Please ask one of them."
NOT_ADMIN: Final = "Only workspace admins and owners may change the model. Please ask one of them."
OUTSIDER: Final = "Guests, bots and people from other organisations may not change the model. Please ask an admin."
GONE: Final = "Slack says that this account is no longer in use, so it may not change the model."
_SLACKBOT: Final = "USLACKBOT"
_OUTSIDE: Final = ("is_restricted", "is_ultra_restricted", "is_bot", "is_workflow_bot", "is_stranger")
_ADMIN: Final = ("is_admin", "is_owner", "is_primary_owner")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether somebody may do something; `sentence` says why not."""

    allowed: bool
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody may do.

    Parameters
    ----------
    member
        See the workspace's segments.
    admin
        Change the model.
    full_member
        Take lists of customers away, which guests and bots may not.
    """

    member: Decision
    admin: Decision
    full_member: Decision


_YES: Final = Decision(allowed=True)
_OUTSIDE_STANDING: Final = Standing(Decision(False, STRANGER), Decision(False, OUTSIDER), Decision(False, STRANGER))


class Access:
    """Decides who gets answers and who may change the model.

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
        self._members_until: dict[tuple[str, str], float] = {}
        self.home = Home()

    @property
    def admins(self) -> tuple[str, ...]:
        """The user ids that the settings name; empty for the workspace's admins and owners."""
        return tuple(sorted(self._admins))

    async def allowed(self, client: AsyncWebClient, team: str, user: str) -> Decision:
        """Decide whether somebody may change the model.

        Who it is must come from the signed envelope of a request, never from text or a button's value.
        """
        self._forget()
        if (team, user) in self._allowed_until:
            return _YES
        return (await self.standing(client, team, user)).admin

    async def member(self, client: AsyncWebClient, team: str, user: str) -> Decision:
        """Decide whether somebody belongs to the workspace; otherwise as `allowed`."""
        self._forget()
        if (team, user) in self._members_until:
            return _YES
        return (await self.standing(client, team, user)).member

    async def standing(self, client: AsyncWebClient, team: str, user: str) -> Standing:
        """Ask Slack what somebody may do."""
        # Counted from the question, not from the answer, which may be slow.
        until = self._clock() + CACHED_SECONDS
        standing = await self._decide(client, team, user)
        if standing.admin.allowed:
            self._allowed_until[team, user] = until
        if standing.member.allowed:
            self._members_until[team, user] = until
        return standing

    def _forget(self) -> None:
        now = self._clock()
        self._allowed_until = {known: until for known, until in self._allowed_until.items() if until > now}
        self._members_until = {known: until for known, until in self._members_until.items() if until > now}

    async def welcome(self, client: AsyncWebClient, team: str, user: str, what: str) -> None:
        """Let a member do `what`.

        Raises
        ------
        NotAllowed
            To anybody else, with a sentence that tells them nothing of the workspace's data.
        """
        decision = await self.member(client, team, user)
        if not decision.allowed:
            _log.warning("refused", extra={"team": team, "user": user, "what": what})
            raise NotAllowed(decision.sentence)

    async def entrust(self, client: AsyncWebClient, team: str, user: str, what: str) -> None:
        """Let a full member do `what`, which takes customers' data away, or refuse and record it.

        Raises
        ------
        NotAllowed
            With why not.
        """
        decision = (await self.standing(client, team, user)).full_member
        if not decision.allowed:
            await self._turn_away(team, user, what, decision)

    async def refusal(self, client: AsyncWebClient, command: Mapping[str, Any]) -> str:
        """Return why a command gets no answer; empty to a member.

        Slack is only asked about commands that come from another workspace than the bot's: on Enterprise Grid that may
        be a member, in a shared channel a stranger. A command must be answered while Slack cannot be asked, too; Slack
        itself lets nobody from outside type it.
        """
        if self.home.names(command):
            return ""
        decision = await self.member(client, workspace_of(command), str(command.get("user_id") or ""))
        return "" if decision.sentence == UNKNOWN else decision.sentence

    async def admit(self, client: AsyncWebClient, team: str, user: str, what: str) -> None:
        """Let somebody who may change the model do `what`, or refuse and record it.

        Raises
        ------
        NotAllowed
            With why not.
        """
        decision = await self.allowed(client, team, user)
        if not decision.allowed:
            await self._turn_away(team, user, what, decision)

    async def _turn_away(self, team: str, user: str, what: str, decision: Decision) -> NoReturn:
        _log.warning("refused", extra={"team": team, "user": user, "what": what})
        try:
            await asyncio.to_thread(self._refuse, actor_of(user), f"{what}: {decision.sentence}")
        except (OSError, SegbotError) as error:
            # The answer stays no, whether or not it could be recorded.
            _log.error("a refusal could not be written down", extra={"failure": type(error).__name__})
        raise NotAllowed(decision.sentence)

    async def _decide(self, client: AsyncWebClient, team: str, user: str) -> Standing:
        if not is_user_id(user):
            return _nothing(UNKNOWN)
        try:
            async with asyncio.timeout(self._asking):
                answer, home = await asyncio.gather(client.users_info(user=user), self.home.learn(client))
        except SlackApiError as error:
            if error_word(error) in NOT_KNOWN:
                return _OUTSIDE_STANDING
            _log.warning("Slack did not say who somebody is", extra={"slack_error": error_word(error)})
            return _nothing(UNKNOWN)
        except (ClientError, TimeoutError, OSError) as error:
            _log.warning("Slack could not be asked", extra={"failure": type(error).__name__})
            return _nothing(UNKNOWN)
        return self._standing_of(answer["user"], home, team, user)

    def _standing_of(self, person: dict[str, Any], home: Installation, team: str, user: str) -> Standing:
        if person.get("id") != user or not (team or home.team):
            return _nothing(UNKNOWN)
        if person.get("deleted"):
            return _nothing(GONE)
        # The request's workspace is not enough: in a channel shared with strangers it may be theirs.
        if not home.is_home_of(person, team):
            return _OUTSIDE_STANDING
        outside = user == _SLACKBOT or any(person.get(trait) for trait in _OUTSIDE)
        return Standing(_YES, self._judge(person, user), Decision(False, GUEST) if outside else _YES)

    def _judge(self, person: dict[str, Any], user: str) -> Decision:
        """Decide whether a member may change the model."""
        # Before the list is read: naming a guest or a bot there does not admit them.
        if user == _SLACKBOT or any(person.get(trait) for trait in _OUTSIDE):
            return Decision(allowed=False, sentence=OUTSIDER)
        if self._admins:
            listed = user in self._admins
            return Decision(listed, "" if listed else NOT_LISTED)
        admin = any(person.get(trait) for trait in _ADMIN)
        return Decision(admin, "" if admin else NOT_ADMIN)


def _nothing(sentence: str) -> Standing:
    refused = Decision(allowed=False, sentence=sentence)
    return Standing(refused, refused, refused)


def actor_of(user: str) -> str:
    """Return how the audit log names somebody in Slack."""
    return f"slack:{user}"


def user_of(actor: str) -> str | None:
    """Return the Slack user id of an actor in the audit log; None for anybody else."""
    user = actor.removeprefix("slack:")
    return user if user != actor and is_user_id(user) else None
