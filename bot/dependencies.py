"""The parts that listeners work with: one object, built at the start, instead of global state."""

from __future__ import annotations

from dataclasses import dataclass

from bot.candidates import Candidates
from bot.jobs.engine import Jobs
from bot.jobs.remembering import FileMemory
from bot.live_model import LiveModel
from bot.metrics import Metrics
from bot.slack.access import Access
from bot.slack.acknowledgements import FollowUps
from bot.slack.clicks import Clicks
from bot.slack.transfers.map_uploads import MapUploads
from bot.timings import SlackTimings
from segmentation.watching.store import WatchStore


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The parts listeners use.

    Parameters
    ----------
    live
        The model in service and its registry.
    jobs
        Takes in background jobs; processes them, too, unless another process does.
    maps
        Segment maps already uploaded to Slack.
    metrics
        Counters and durations.
    clicks
        Which buttons were clicked.
    access
        Who may change the model.
    candidates
        The candidates, and the decisions people make about them.
    memory
        Which segment the customers of scored files were in.
    watches
        What people have set up to happen again and again.
    follow_ups
        Work that goes on after its request was acknowledged.
    tables
        Names of the tables an admin may train on or have watched.
    timings
        How long Slack's answers are waited for.
    """

    live: LiveModel
    jobs: Jobs
    maps: MapUploads
    metrics: Metrics
    clicks: Clicks
    access: Access
    candidates: Candidates
    memory: FileMemory
    watches: WatchStore
    follow_ups: FollowUps
    tables: frozenset[str]
    timings: SlackTimings
