"""Steps of another segbot's manifest: they fail at once, with what to do, instead of holding their workflow up."""

from __future__ import annotations

import re
from typing import Final

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.fail.async_fail import AsyncFail

UNKNOWN: Final = "This segbot has no such step. Ask the person who runs it to bring it and its manifest up to date."


def register(app: AsyncApp) -> None:
    """Register the failure of any step that no other listener handles."""

    async def unknown(fail: AsyncFail) -> None:
        await fail(UNKNOWN)

    app.function(re.compile(r".*", re.DOTALL))(unknown)
