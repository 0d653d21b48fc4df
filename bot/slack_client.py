"""The client of Slack's Web API and its patience: how often, and after how long, a request is sent again."""

from __future__ import annotations

import asyncio
import random
from typing import Final

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

from bot.settings import SlackSettings

API_SECONDS: Final = 10
LONGEST_RETRY_AFTER: Final = 60.0
RETRIES: Final = 2
_PASSING_STATUS: Final = frozenset({500, 502, 503, 504})


class RateLimitHandler(AsyncRateLimitErrorRetryHandler):
    """Waits as long as Slack says, a minute at most; slack_sdk's own reads only the first digit of `Retry-After`."""

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
    """Return how many seconds a 429 asks to wait: 1 where it does not say, 60 at most."""
    headers = {} if response is None else {name.lower(): value for name, value in response.headers.items()}
    stated = headers.get("retry-after", "")
    text = stated if isinstance(stated, str) else next(iter(stated), "")
    seconds = stated_pause(text)
    return 1.0 if seconds is None else seconds


def stated_pause(header: str) -> float | None:
    """Read a `Retry-After` header: seconds, 60 at most; None where it states none."""
    return min(float(header), LONGEST_RETRY_AFTER) if header.isdigit() else None


def slack_client(slack: SlackSettings, token: str | None = None) -> AsyncWebClient:
    """Return a Web API client that waits out rate limits and retries what is safe to retry."""
    client = AsyncWebClient(token=token, base_url=slack.api_url, timeout=API_SECONDS)
    handlers: list[AsyncRetryHandler] = [
        AsyncConnectionErrorRetryHandler(max_retry_count=RETRIES),
        RateLimitHandler(max_retry_count=RETRIES),
        ServerErrorHandler(max_retry_count=RETRIES),
    ]
    client.retry_handlers = handlers
    return client
