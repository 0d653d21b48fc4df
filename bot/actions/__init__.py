"""Buttons, one file each, and the answer to buttons that no longer exist."""

from slack_bolt.async_app import AsyncApp

from bot.actions import (
    compare_files,
    decide_on_model,
    get_list,
    name_segments,
    retrain_again,
    segment_orders,
    set_up_segments,
    share_segment,
    show_on_map,
    show_segment,
    suggested,
    try_file_again,
    unknown,
    watches,
)
from bot.dependencies import Dependencies


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register every action; the one for unknown buttons comes last, since Bolt takes the first that matches."""
    share_segment.register(app, dependencies)
    show_on_map.register(app, dependencies)
    compare_files.register(app, dependencies)
    show_segment.register(app, dependencies)
    suggested.register(app, dependencies)
    try_file_again.register(app, dependencies)
    get_list.register(app, dependencies)
    decide_on_model.register(app, dependencies)
    name_segments.register(app, dependencies)
    retrain_again.register(app, dependencies)
    segment_orders.register(app, dependencies)
    set_up_segments.register(app, dependencies)
    watches.register(app, dependencies)
    unknown.register(app, dependencies)
