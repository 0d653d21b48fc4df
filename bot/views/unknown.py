"""Modals that an older segbot opened: people who submit one are told that it is no longer used."""

from __future__ import annotations

import re
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks.text import section

OLD_FORM: Final = (
    "This form is from an older version of segbot, so nothing was done. Close it and type the command again."
)


def register(app: AsyncApp) -> None:
    """Register the answers to any modal that no other listener handles."""

    async def submitted(ack: AsyncAck) -> None:
        await ack(response_action="update", view=_view())

    async def closed(ack: AsyncAck) -> None:
        await ack()

    app.view_submission(re.compile(r".*", re.DOTALL))(submitted)
    app.view_closed(re.compile(r".*", re.DOTALL))(closed)


def _view() -> dict[str, Any]:
    plain = {"type": "plain_text", "text": "segbot"}
    return {"type": "modal", "title": plain, "blocks": [section(OLD_FORM)]}
