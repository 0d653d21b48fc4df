"""What segments could be set up from a file: stored with the job that looked at it, shown in a form."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final, Self

from bot.records.retrain_job import RetrainJob
from bot.records.stored import decode, encode
from segmentation.errors import BadInput
from segmentation.proposal.setup import Setup

GONE: Final = "I no longer know what I saw in that file. Upload it again, then set up segments from it."


@dataclass(frozen=True, slots=True)
class StoredSetup:
    """A file that was looked at.

    Parameters
    ----------
    file
        Its id in Slack.
    name
        Its name as uploaded.
    setup
        `Setup.to_data()`: headings and aggregates, nobody's values.
    """

    file: str
    name: str
    setup: dict[str, Any]

    @classmethod
    def of(cls, file: str, name: str, setup: Setup) -> dict[str, Any]:
        """Return what is stored for a setup."""
        stored: dict[str, Any] = encode(cls(file, name, setup.to_data()))
        return stored

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Self:
        """Return what was stored; TypeError if that is not a setup."""
        return decode(cls, stored)

    @property
    def offered(self) -> Setup:
        """What an admin may choose; errors as of `Setup.from_data`."""
        return Setup.from_data(self.setup)


def setup_request(job: str) -> RetrainJob:
    """Return the retrain that sets up segments from what a job looked at, before anybody has chosen anything.

    Its id follows from the job's, so that two admins who submit the same form cause one training.

    Raises
    ------
    BadInput
        When the text isn't the id of a job that looks at files.
    """
    kind, _, rest = job.partition(":")
    team, _, rest = rest.partition(":")
    if kind not in {"file", "retrain"} or not team or not rest:
        raise BadInput(GONE)
    key = hashlib.sha256(job.encode()).hexdigest()[:16]
    return RetrainJob(team=team, channel="", user="", key=f"setup-{key}")
