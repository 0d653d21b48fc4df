"""Commands that Slack knows and this segbot does not: it is older or newer than the app's manifest."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks.refusal import error_reply
from bot.dependencies import Dependencies
from bot.slack.responses import answer

UNKNOWN: str = "I don't know {name}. I answer /segment, /segments and /retrain."


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the answer to any command that no other listener handles."""

    async def unknown(ack: AsyncAck, command: dict[str, Any]) -> None:
        await answer(ack, error_reply(UNKNOWN.format(name=str(command.get("command"))[:40])))
        dependencies.metrics.commands.labels("other", "unknown").inc()

    app.command(re.compile(r".*", re.DOTALL))(unknown)
