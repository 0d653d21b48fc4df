"""What listeners are given: one object built at start, no global state."""

from __future__ import annotations

from dataclasses import dataclass

from bot.live_model import LiveModel
from bot.map_uploads import MapUploads
from bot.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The parts listeners use.

    Parameters
    ----------
    live
        The model in service and its registry.
    maps
        Segment maps already uploaded to Slack.
    metrics
        Counters and durations.
    """

    live: LiveModel
    maps: MapUploads
    metrics: Metrics
