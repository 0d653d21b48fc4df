"""What listeners are given: one object built at start, no global state."""

from __future__ import annotations

from dataclasses import dataclass

from bot.candidates import Candidates
from bot.jobs.engine import Jobs
from bot.live_model import LiveModel
from bot.metrics import Metrics
from bot.slack.access import Access
from bot.slack.clicks import Presses
from bot.slack.map_uploads import MapUploads


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The parts listeners use.

    Parameters
    ----------
    live
        The model in service and its registry.
    jobs
        Takes in background jobs.
    maps
        Segment maps already uploaded to Slack.
    metrics
        Counters and durations.
    presses
        Which buttons were pressed.
    access
        Who may change the model.
    candidates
        What there is to decide about.
    tables
        Names of the tables an admin may train on.
    """

    live: LiveModel
    jobs: Jobs
    maps: MapUploads
    metrics: Metrics
    presses: Presses
    access: Access
    candidates: Candidates
    tables: frozenset[str]
