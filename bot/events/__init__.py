"""Events, one file each."""

from slack_bolt.async_app import AsyncApp

from bot.dependencies import Dependencies
from bot.events import app_home_opened, file_shared, message, unhandled, uninstalled


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register every event listener; the catch-all comes last."""
    file_shared.register(app, dependencies)
    app_home_opened.register(app, dependencies)
    message.register(app, dependencies)
    uninstalled.register(app, dependencies)
    unhandled.register(app)
