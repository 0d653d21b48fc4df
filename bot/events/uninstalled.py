"""The app was removed or its token revoked: segbot cancels the workspace's jobs and deletes its data."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.dependencies import Dependencies
from bot.slack.workspace import workspace_of


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register both events."""

    async def forget(body: dict[str, Any]) -> None:
        team = workspace_of(body)
        if team:
            await dependencies.jobs.forget_team(team)

    async def tokens_revoked(event: dict[str, Any], body: dict[str, Any]) -> None:
        # A member's token may be revoked while the bot's still works.
        if (event.get("tokens") or {}).get("bot"):
            await forget(body)

    app.event("app_uninstalled")(forget)
    app.event("tokens_revoked")(tokens_revoked)
