"""Shortcuts, one file each."""

from typing import Final

from slack_bolt.async_app import AsyncApp

from bot.dependencies import Dependencies
from bot.shortcuts import ask_customer, score_file

# Name, kind, callback id and description, as manifest.yml registers them with Slack.
LISTED: Final = (
    ("Ask about a customer", "global", ask_customer.SHORTCUT, "Fill in what you know, and see which segment it is"),
    ("Score this file", "message", score_file.SHORTCUT, "Say of each customer in this message's file which segment"),
)


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register every shortcut; the answer to unknown ones is among the actions, which are registered later."""
    ask_customer.register(app, dependencies)
    score_file.register(app, dependencies)
