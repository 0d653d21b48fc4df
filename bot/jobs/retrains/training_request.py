"""What a training process is asked, and what it may answer instead of a version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from segmentation.errors import BadInput, NotReady, SegbotError
from segmentation.reading.questions import Choice, Question

if TYPE_CHECKING:
    from segmentation.watching.check import TableCheck


class NotTrained(SegbotError):
    """The training failed, though not because of the file: trying again may help."""


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What to train on and for whom.

    Parameters
    ----------
    source
        The downloaded file; not used if a table is named.
    k
        Number of segments; None leaves it to elbow and silhouette.
    actor, note, origin
        For the audit log and the manifest: who, why, and from what.
    run
        The job; a second training of the same run gives the version saved first.
    table
        The name of a configured table to train on instead of a file.
    answers
        What people have decided about the file, as `OrderAnswers.parse` takes it.
    schema
        The schema to train with, as `Schema.to_data` gives it; empty for the settings' or that of the version in
        service.
    looks
        Whether to look at the file only, and say what segments could be set up from it.
    orders
        Whether the file lists orders, whose customers are derived first; a file that lacks the columns may, too.
    checks
        Whether to count the table only, and say how it differs from what the model in service was trained on.
    """

    source: str
    k: int | None
    actor: str
    note: str
    run: str
    origin: str
    seed: int = 0
    table: str = ""
    answers: tuple[str, ...] = ()
    schema: dict[str, Any] = field(default_factory=dict)
    looks: bool = False
    orders: bool = False
    checks: bool = False


class LookedAt(BadInput):
    """Nothing was trained, but the file was looked at: `setup` is what segments could be set up from it."""

    def __init__(self, sentence: str, setup: dict[str, Any]) -> None:
        super().__init__(sentence)
        self.setup = setup


class Trainer(Protocol):
    """Trains somewhere else."""

    async def train(self, request: TrainingRequest, progress: Callable[[str], None]) -> str:
        """Return the version of the saved candidate."""
        ...


class Checker(Protocol):
    """Counts tables somewhere else."""

    async def check(self, table: str) -> TableCheck:
        """Count a configured table; errors as of a training."""
        ...


def version_of(said: Mapping[str, str]) -> str | None:
    """Return the version that a training process says it saved, or the check it made, as JSON.

    None while it says neither that nor why there is none.

    Raises
    ------
    Question, LookedAt, BadInput, NotTrained, NotReady
        As it says.
    """
    if "question" in said:
        choices: dict[str, str] = json.loads(said["choices"])
        parts = (_question(part["asked"], part["choices"]) for part in json.loads(said.get("parts", "[]")))
        raise _question(said["question"], choices, tuple(parts))
    if "setup" in said:
        raise LookedAt(said["refusal"], json.loads(said["setup"]))
    if "refusal" in said:
        raise BadInput(said["refusal"])
    if "failure" in said:
        raise NotTrained(said["failure"])
    if "later" in said:
        raise NotReady(said["later"])
    return said.get("version") or said.get("checked")


def _question(asked: str, choices: Mapping[str, str], parts: tuple[Question, ...] = ()) -> Question:
    return Question(asked, asked, tuple(Choice(*choice) for choice in choices.items()), parts)
