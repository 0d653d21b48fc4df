"""A file job's subject and its outcome: plain data that the job engine stores between steps."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, Final

RESULT_MARK: Final = ".segments"
# Names of text tables, whose results are called alike; others are called after what the result is.
_TEXT_ENDINGS: Final = frozenset({".csv", ".tsv", ".tab", ".txt"})
_ARCHIVE_ENDINGS: Final = frozenset({".gz", ".zip"})
_NAMELESS: Final = "the file you shared"
_LONGEST_STEM: Final = 80
_SCORING: Final = "/score"


@dataclass(frozen=True, slots=True)
class FileJob:
    """Which file to score, for whom: ids only, as the signed event gave them.

    Parameters
    ----------
    attempt
        0 at first, then one more for each click on *Try again*.
    at
        When it was asked for, by Slack's clock, in seconds since the epoch; a person's files are scored in this order.
    answers
        What people have decided about the file, as `OrderAnswers.parse` takes it.
    shared
        What tells this share of the file from others: the ts of the event at first, then of the message it was shared
        with. Empty in jobs that 0.1.0 stored.
    waited
        How often the job was put off because Slack did not say yet where the file is shared.
    """

    team: str
    channel: str
    file: str
    user: str
    attempt: int = 0
    at: float = 0.0
    answers: tuple[str, ...] = ()
    shared: str = ""
    waited: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "answers", tuple(self.answers))  # stored as a list

    @property
    def id(self) -> str:
        """The job's id: the same event delivered twice is the same job, and a file shared again is another."""
        base = f"file:{self.team}:{self.file}:{self.channel}" + (f":{self.shared}" if self.shared else "")
        return f"{base}:{self.attempt}" if self.attempt else base

    @property
    def token(self) -> str:
        """A short mark in the title of the job's result, by which a later attempt finds it."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:8]

    @property
    def order(self) -> tuple[float, str]:
        """What sorts the jobs of one person: the earlier one first."""
        return self.at, self.id

    def of_share(self, ts: str) -> FileJob:
        """Return the job once it is known which message the file was shared with."""
        return replace(self, shared=ts) if self.shared and ts else self

    def later(self) -> FileJob:
        """Return the job for another look at where the file is shared."""
        return replace(self, waited=self.waited + 1)

    def again(self) -> FileJob:
        """Return the job for another try."""
        return replace(self, attempt=self.attempt + 1, waited=0)


@dataclass(frozen=True, slots=True)
class Upload:
    """What Slack says about the file.

    Parameters
    ----------
    name
        Its name as uploaded; never used as a path.
    size
        Its size in bytes, as Slack states it.
    url
        The address of its bytes.
    thread
        The message in whose thread to answer: the one it was shared with, or the one above that. Empty when Slack did
        not even say that; the answer then goes to the channel.
    shared
        The message it was shared with: the job's own messages cannot be older.
    private
        Whether the result must not be posted in the channel.
    refusal
        The sentence with which to refuse the file; empty when it can be scored.
    retry
        Whether trying a refused file again may help.
    outsiders
        Whether that is because people outside the organisation read the channel; otherwise results always go directly
        to the person who uploaded the file.
    late
        Whether Slack has not said yet where the file is shared: nothing else is known then.
    """

    name: str
    size: int
    url: str
    thread: str
    shared: str = ""
    private: bool = False
    refusal: str = ""
    retry: bool = False
    late: bool = False
    outsiders: bool = True

    @classmethod
    def not_shared_yet(cls) -> Upload:
        """Return what stands for a file of which Slack does not say yet where it is shared."""
        return cls(name=_NAMELESS, size=0, url="", thread="", late=True)

    @classmethod
    def unseen(cls, sentence: str) -> Upload:
        """Return the stand-in for a file that Slack would not show."""
        return cls(name=_NAMELESS, size=0, url="", thread="", refusal=sentence, retry=True)


@dataclass(frozen=True, slots=True)
class ScoringOutcome:
    """How the job ended: counts and sentences, nobody's values.

    Parameters
    ----------
    report
        `ScoreReport.to_data()`; empty on failure.
    failure
        The sentence to show; empty on success.
    retry
        Whether trying again may help.
    synthetic
        Whether the model was trained on sample customers.
    labels
        Feature labels with units, by feature name.
    choices
        The ways to read the file when `failure` asks for one: labels by the key of an answer.
    setup
        What segments could be set up from a file of other columns: `StoredSetup` as stored; empty if nothing.
    parts
        The questions that `failure` puts together, as `Failure.parts`.
    orders
        What segments of customers could be made of a file of orders: `OfferedOrders` as stored; empty if nothing.
    movement
        `Movement.to_data()`; empty without an earlier file of the same customers.
    actions
        What to do about each segment, by its name.
    result
        The id of the result in Slack; empty in outcomes that 0.1.0 stored.
    picture, picture_text
        The id in Slack of the picture of the file's customers, and what it shows; empty without one.
    """

    report: dict[str, Any] = field(default_factory=dict)
    failure: str = ""
    retry: bool = False
    synthetic: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    setup: dict[str, Any] = field(default_factory=dict)
    parts: list[dict[str, Any]] = field(default_factory=list)
    orders: dict[str, Any] = field(default_factory=dict)
    movement: dict[str, Any] = field(default_factory=dict)
    actions: dict[str, str] = field(default_factory=dict)
    result: str = ""
    picture: str = ""
    picture_text: str = ""


def scoring_of(job: FileJob) -> str:
    """Return the id of the workflow that scores a job's file."""
    return f"{job.id}{_SCORING}"


def result_name(name: str, suffix: str) -> str:
    """Return the result's file name, made from the upload's: letters, digits and a few marks, nothing else of it.

    Parameters
    ----------
    suffix
        What the result is: ".csv", ".xlsx", ".csv.gz", ".zip". A text table keeps an ending of its own, such as .tsv.

    Examples
    --------
    >>> result_name("../May.csv", ".csv"), result_name("May.tsv", ".csv"), result_name("May.xls", ".xlsx")
    ('May.segments.csv', 'May.segments.tsv', 'May.segments.xlsx')
    """
    path = PurePosixPath(PurePosixPath(name.replace("\\", "/")).name)
    if path.suffix.casefold() in _ARCHIVE_ENDINGS and suffix.endswith(path.suffix.casefold()):
        path = path.with_suffix("")
    if suffix == ".csv" and path.suffix.casefold() in _TEXT_ENDINGS:
        suffix = path.suffix.casefold()
    stem = path.name.rsplit(".", 1)[0]
    safe = "".join(character if character.isalnum() or character in "-_ ." else "_" for character in stem)
    return f"{safe.strip(' ._-')[:_LONGEST_STEM] or 'customers'}{RESULT_MARK}{suffix}"
