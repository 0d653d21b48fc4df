"""Custom steps of Workflow Builder, one file each; `manifest.workflow.yml` tells Slack of them."""

from slack_bolt.async_app import AsyncApp

from bot.dependencies import Dependencies
from bot.steps import score_customer, unknown


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register every step; the one for unknown steps comes last, since Bolt takes the first that matches."""
    score_customer.register(app, dependencies)
    unknown.register(app)
