"""Slash commands, one file each."""

from typing import Final

from slack_bolt.async_app import AsyncApp

from bot.commands import retrain, segment, segments, unknown
from bot.dependencies import Dependencies

# Name, usage hint and description, as manifest.yml registers them with Slack.
LISTED: Final = (
    (
        "/segment",
        "[a customer's values, e.g. age=35 income=60 score=70 | help]",
        "Which segment a customer is in, how sure that is, and why",
    ),
    (
        "/segments",
        "[NAME | history | compare | watch table=NAME every monday 9:00 | watches | forget | help]",
        "All customer segments of the current model, with their map",
    ),
    (
        "/retrain",
        "[latest | table=NAME] [every monday 9:00] [k=6] | setup | status | history | rollback | help",
        "Train a new model, compare it, then decide",
    ),
)


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register every slash command; the answer to unknown ones comes last, since Bolt takes the first that matches."""
    segment.register(app, dependencies)
    segments.register(app, dependencies)
    retrain.register(app, dependencies)
    unknown.register(app, dependencies)
