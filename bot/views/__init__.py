"""Modals, one file each."""

from slack_bolt.async_app import AsyncApp

from bot.dependencies import Dependencies
from bot.views import list_form, name_segments, retrain_form, segment_form, setup_form, unknown


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the listeners for submitted modals."""
    list_form.register(app, dependencies)
    retrain_form.register(app, dependencies)
    setup_form.register(app, dependencies)
    name_segments.register(app, dependencies)
    segment_form.register(app, dependencies)
    unknown.register(app)
