"""Prompts and status lines only help: whatever Slack does with them, nothing is raised, and nothing waits for long."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.agent import show_status, suggest

REFUSED = SlackApiError("no", SimpleNamespace(data={"error": "missing_scope"}))  # type: ignore[no-untyped-call]  # slack_sdk annotates only a part


def client(fail: BaseException | None = None) -> AsyncWebClient:
    async def call(**_arguments: Any) -> None:
        if fail is not None:
            raise fail
        await asyncio.Event().wait()

    return cast(
        "AsyncWebClient", SimpleNamespace(assistant_threads_setStatus=call, assistant_threads_setSuggestedPrompts=call)
    )


@pytest.mark.parametrize(
    ("failure", "logged"),
    [
        (REFUSED, "slack_error"),
        (ClientError(), "failure"),
        (OSError(), "failure"),
        (None, "failure"),
    ],
    ids=["refused", "cut off", "not reached", "late"],
)
async def test_a_failure_is_only_logged(
    failure: BaseException | None, logged: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "bot.slack.agent"):
        await show_status(client(failure), "D1", "1.2", "is looking…", 0.0)
        await suggest(client(failure), "D1", [{"title": "a", "message": "b"}], 0.0)
    assert [hasattr(record, logged) for record in caplog.records] == [True, True]
