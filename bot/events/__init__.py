"""Events, one file each."""

from slack_bolt.async_app import AsyncApp

from bot.dependencies import Dependencies
from bot.events import unhandled


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register every event listener; the catch-all comes last."""
    del dependencies  # no event needs them yet
    unhandled.register(app)
