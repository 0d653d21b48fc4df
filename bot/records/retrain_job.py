"""A retrain job's subject and its outcome: plain data that the job engine stores between steps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

LATEST: Final = ""
_NAMELESS: Final = "the file"


@dataclass(frozen=True, slots=True)
class RetrainJob:
    """Which file to train on, for whom: ids only, as the signed envelope gave them.

    Parameters
    ----------
    channel
        Where it was asked for, and where its message is posted.
    key
        Identifies the request: the same request delivered twice is the same job.
    file
        The file's id; empty for the last table a person uploaded in the channel.
    k
        Number of segments; None leaves it to elbow and silhouette.
    note
        For the audit log, as typed.
    at
        When it was asked for, in seconds since the epoch.
    attempt
        0 at first, then one more for each click on *Try again*.
    table
        The name of a configured table to train on; empty for a file.
    answers
        What people have decided about the file, as `OrderAnswers.parse` takes it.
    schema
        The schema that an admin has confirmed for the file, as `Schema.to_data` gives it; empty for the usual one.
    looks
        Whether the file is only looked at, so that an admin can set up segments from it.
    orders
        Whether the file lists orders, so that its customers are derived first.
    """

    team: str
    channel: str
    user: str
    key: str
    file: str = LATEST
    k: int | None = None
    note: str = ""
    at: float = 0.0
    attempt: int = 0
    table: str = ""
    answers: tuple[str, ...] = ()
    schema: dict[str, Any] = field(default_factory=dict)
    looks: bool = False
    orders: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "answers", tuple(self.answers))  # stored as a list

    @property
    def id(self) -> str:
        """The job's id."""
        base = f"retrain:{self.team}:{self.key}"
        return f"{base}:{self.attempt}" if self.attempt else base

    @property
    def first(self) -> RetrainJob:
        """The first attempt."""
        return replace(self, attempt=0)

    @property
    def before(self) -> RetrainJob:
        """The attempt before this one."""
        return replace(self, attempt=self.attempt - 1)

    def again(self, user: str, at: float) -> RetrainJob:
        """Return the job for another try, asked for by `user`."""
        return replace(self, user=user, at=at, attempt=self.attempt + 1)


@dataclass(frozen=True, slots=True)
class Running:
    """An unfinished retrain, and what it is doing, in words."""

    job: RetrainJob
    step: str


@dataclass(frozen=True, slots=True)
class Material:
    """What Slack says about the file to train on.

    Parameters
    ----------
    file
        Its id.
    name
        Its name as uploaded; never used as a path.
    size
        Its size in bytes, as Slack states it.
    url
        The address of its bytes.
    uploader
        Who uploaded it.
    refusal
        The sentence with which to refuse the file; empty when it can be trained on.
    retry
        Whether trying again may help.
    """

    file: str = ""
    name: str = _NAMELESS
    size: int = 0
    url: str = ""
    uploader: str = ""
    refusal: str = ""
    retry: bool = False

    @classmethod
    def unseen(cls, sentence: str, *, retry: bool = False) -> Material:
        """Return the stand-in for a file that Slack would not show."""
        return cls(refusal=sentence, retry=retry)


@dataclass(frozen=True, slots=True)
class MessageRef:
    """The job's one message: its channel and ts, and whether it is elsewhere than the retrain was asked for."""

    channel: str
    ts: str
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """How the training ended.

    Parameters
    ----------
    version
        The candidate; empty on failure.
    expected
        The version that was current when the candidate was compared with it; None when there was none.
    failure
        The sentence to show; empty on success.
    retry
        Whether trying again may help.
    choices
        The ways to read the file when `failure` asks for one: labels by the key of an answer.
    parts
        The questions that `failure` puts together, as `Failure.parts`.
    setup
        What segments could be set up from the file: `StoredSetup` as stored; empty if nothing was looked for.
    """

    version: str = ""
    expected: str | None = None
    failure: str = ""
    retry: bool = False
    choices: dict[str, str] = field(default_factory=dict)
    parts: list[dict[str, Any]] = field(default_factory=list)
    setup: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pictures:
    """Ids of the uploaded charts; empty for one that could not be uploaded."""

    elbow: str = ""
    segments: str = ""
    sizes: str = ""
