"""How long the bot waits for things, in seconds: the defaults are those of service, tests hand in their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class HeartbeatTimings:
    """When a replica beats, and when the others may take its jobs over.

    Parameters
    ----------
    beat
        Between two beats, and between two rounds of maintenance.
    fresh
        After a beat, nobody can have declared the replica dead for this long. It is well below `dead`, since clocks
        differ in pace.
    dead
        A replica whose last beat is older than this is declared dead.
    """

    beat: float = 2.0
    fresh: float = 6.0
    dead: float = 10.0


@dataclass(frozen=True, slots=True)
class ProgressTimings:
    """How often a job's message says how far the job is.

    Parameters
    ----------
    first_rows
        Before the first edit of a scoring: a short one is over by then.
    rows
        Between two edits of a scoring.
    steps
        Between two edits of a retrain.
    edit
        How long one edit may take; the next one will do.
    """

    first_rows: float = 5.0
    rows: float = 3.0
    steps: float = 2.0
    edit: float = 3.0


@dataclass(frozen=True, slots=True)
class JobTimings:
    """The pace of background jobs.

    Parameters
    ----------
    poll
        Between two looks at a queue of files: about what a file waits before its job starts. Lists, retrains and
        watches are looked for less often (see `bot.jobs.queues`).
    first_pause
        Before a failed step is tried again; each further pause is twice as long.
    enqueue
        How long taking in a job may last. It is short so that a balancer can ask another replica before Slack's three
        seconds are over.
    let_go
        How long forgetting a workspace waits for its running steps to end.
    cleaning
        Between two removals of old jobs.
    retention
        How long a finished job is remembered, and with it that its event was seen: Slack repeats events for minutes.
    until_shared
        Between looks at a new upload: Slack announces it a moment before it says where it was shared.
    until_late
        Then, between further looks, for which the job gives its place to others: with those before, about a minute.
    until_database
        Between attempts to read a candidate back: a shared database that goes away right after the candidate was
        saved is waited for, about four minutes in all.
    until_checked
        Between attempts to check a watched table: a warehouse that restarts just then isn't a failure to report.
    watching
        Between two looks at which watches are due.
    progress
        How often people are told how far a job is.
    """

    poll: float = 0.2
    first_pause: float = 1.0
    enqueue: float = 1.2
    let_go: float = 60.0
    cleaning: float = 3600.0
    retention: timedelta = timedelta(days=7)
    until_shared: tuple[float, ...] = (0.2, 0.4, 0.8, 1.6, 3.2)
    until_late: tuple[float, ...] = (6.0, 12.0, 18.0, 18.0)
    until_database: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
    until_checked: tuple[float, ...] = (5.0, 30.0, 120.0)
    watching: float = 10.0
    progress: ProgressTimings = field(default_factory=ProgressTimings)


@dataclass(frozen=True, slots=True)
class SlackTimings:
    """How long Slack's answers are waited for.

    Parameters
    ----------
    asking
        For who somebody is. A form must be opened within three seconds of the command; this leaves time for that.
    opening
        For a form to open; after three seconds Slack refuses it anyway.
    showing
        For a line that says what segbot is doing, or for suggestions, to be taken: an answer waits for the line.
    acknowledging
        How long an acknowledgement may wait for the work to be stored. Slack waits for three seconds; a balancer asks
        another replica before (`proxy_read_timeout` in deploy/nginx.conf).
    between_uploads
        Between attempts to share a file.
    upload
        For the whole upload of a file.
    upload_silence
        Between two pieces of its answer.
    image
        For Slack to process an image.
    first_image_look
        Before the second look at an image; each further pause is twice as long.
    """

    asking: float = 1.8
    opening: float = 2.5
    showing: float = 1.0
    acknowledging: float = 1.2
    between_uploads: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    upload: float = 600.0
    upload_silence: float = 60.0
    image: float = 20.0
    first_image_look: float = 0.1


@dataclass(frozen=True, slots=True)
class ServingTimings:
    """From the start of a process to its end. What follows a signal must add up to less than `last`.

    Parameters
    ----------
    introduction
        Between two attempts to learn from Slack who the bot is.
    socket_ping
        Between two pings in Socket Mode. slack_sdk calls a connection dead after four silent intervals and looks once
        an interval: at most 10 s.
    request
        For a request to arrive, headers and body. Slack and balancers need milliseconds.
    notice
        After the signal, for how long new connections are still taken: a balancer sees at `/readyz` that this process
        is leaving before it is refused a connection.
    connections
        Then, for how long requests under way may take to finish; whole seconds, as uvicorn wants them.
    follow_up
        Then, how long work that follows an acknowledgement may take.
    jobs
        Then, how long running jobs may take.
    last
        After the signal, when the process ends whatever hangs. Process managers commonly kill after 30 s.
    """

    introduction: float = 30.0
    socket_ping: float = 2.0
    request: float = 10.0
    notice: float = 2.0
    connections: int = 8
    follow_up: float = 3.0
    jobs: int = 10
    last: float = 24.0


@dataclass(frozen=True, slots=True)
class Timings:
    """All timings of a bot."""

    heartbeat: HeartbeatTimings = field(default_factory=HeartbeatTimings)
    jobs: JobTimings = field(default_factory=JobTimings)
    serving: ServingTimings = field(default_factory=ServingTimings)
    slack: SlackTimings = field(default_factory=SlackTimings)


DEFAULT_TIMINGS: Final = Timings()
DEFAULT_SLACK_TIMINGS: Final = DEFAULT_TIMINGS.slack
