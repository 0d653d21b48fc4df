"""What listeners are given: one object built at start, no global state."""

from __future__ import annotations

from dataclasses import dataclass

from bot.access import Access
from bot.candidates import Candidates
from bot.jobs import Jobs
from bot.live_model import LiveModel
from bot.map_uploads import MapUploads
from bot.metrics import Metrics
from bot.presses import Presses


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
