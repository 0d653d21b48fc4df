"""`/segments` where there is nothing to show."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from harness import Harness, ask, command_form, make_bot, signed

from bot.server import create_asgi


async def test_without_a_model_one_answer_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bolt runs lazy listeners although the answer was a failure; the person must not be told twice."""
    sent: list[object] = []

    async def respond(_self: object, **message: object) -> None:
        sent.append(message)

    monkeypatch.setattr("slack_bolt.context.respond.async_respond.AsyncRespond.__call__", respond)
    body = command_form("", "/segments")
    before = asyncio.all_tasks()
    answer = await ask(create_asgi(make_bot(Harness(tmp_path))), body, signed(body))
    assert "no model yet" in answer.json["text"]
    await asyncio.gather(*(asyncio.all_tasks() - before))
    assert sent == []
