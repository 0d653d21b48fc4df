"""Events that no other listener handles: acknowledged, since Slack retries a 404 and disables failing subscriptions."""

from __future__ import annotations

import logging
import re
from typing import Any

from slack_bolt.async_app import AsyncApp

_log = logging.getLogger(__name__)


def register(app: AsyncApp) -> None:
    """Register the acknowledgement of any other event."""

    async def ignore(event: dict[str, Any]) -> None:
        _log.debug("event ignored", extra={"event_type": str(event.get("type"))[:64]})

    app.event(re.compile(r".*", re.DOTALL))(ignore)
