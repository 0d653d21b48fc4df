"""The client of Slack's Web API and its patience: how often, and after how long, a request is sent again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, Final

from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.settings import SlackSettings

Assurance = Callable[[], Awaitable[None]]

API_SECONDS: Final = 10
LONGEST_RETRY_AFTER: Final = 60.0
RETRIES: Final = 2
_PASSING_STATUS: Final = frozenset({500, 502, 503, 504})


class RateLimitHandler(AsyncRateLimitErrorRetryHandler):
    """Waits as long as Slack says, a minute at most; slack_sdk's own reads only the first digit of `Retry-After`.

    Parameters
    ----------
    assured
        Asked after the wait; None if nobody need be asked.
    """

    def __init__(self, max_retry_count: int = 1, assured: Assurance | None = None) -> None:
        super().__init__(max_retry_count)
        self._assured = assured

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        """Sleep, then ask for the next attempt."""
        del request, error
        await asyncio.sleep(retry_after(response) + random.random() / 10)  # noqa: S311 - spreads retries, no secret
        if self._assured is not None:
            await self._assured()
        state.next_attempt_requested = True
        state.increment_current_attempt()


class ServerErrorHandler(AsyncServerErrorRetryHandler):
    """Retries what a proxy in between answers too: 502 and 504."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        del state, request, error
        return response is not None and response.status_code in _PASSING_STATUS


def retry_after(response: HttpResponse | None) -> float:
    """Return how many seconds a 429 asks to wait: 1 if it does not say, 60 at most."""
    headers = {} if response is None else {name.lower(): value for name, value in response.headers.items()}
    stated = headers.get("retry-after", "")
    text = stated if isinstance(stated, str) else next(iter(stated), "")
    seconds = stated_pause(text)
    return 1.0 if seconds is None else seconds


def stated_pause(header: str) -> float | None:
    """Read a `Retry-After` header: seconds, 60 at most; None if it states none."""
    return min(float(header), LONGEST_RETRY_AFTER) if header.isdigit() else None


class AssuredClient(AsyncWebClient):
    """Asks before every call whether it may still be made; so does a retry after the pause that Slack asked for.

    Attributes
    ----------
    assured
        Returns when the call may be made.
    """

    assured: Assurance

    async def api_call(self, *arguments: Any, **more: Any) -> AsyncSlackResponse:  # noqa: ANN401 - as the SDK's own
        """Call a method of the Web API."""
        await self.assured()
        return await super().api_call(*arguments, **more)


def slack_client(slack: SlackSettings, token: str | None = None, assured: Assurance | None = None) -> AsyncWebClient:
    """Return a Web API client that waits out rate limits and retries what is safe to retry."""
    client: AsyncWebClient
    if assured is None:
        client = AsyncWebClient(token=token, base_url=slack.api_url, timeout=API_SECONDS)
    else:
        client = AssuredClient(token=token, base_url=slack.api_url, timeout=API_SECONDS)
        client.assured = assured
    handlers: list[AsyncRetryHandler] = [
        AsyncConnectionErrorRetryHandler(max_retry_count=RETRIES),
        RateLimitHandler(max_retry_count=RETRIES, assured=assured),
        ServerErrorHandler(max_retry_count=RETRIES),
    ]
    client.retry_handlers = handlers
    return client
