"""A file whose columns the model in service does not know: which version reads it, and what could be set up from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from bot.records.failure import failure_of
from bot.records.file_job import ScoringOutcome
from bot.records.setup import StoredSetup
from segmentation.errors import BadInput, NoModel, OtherColumns
from segmentation.orders.recognise import lists_orders
from segmentation.proposal.look import look_at
from segmentation.proposal.setup import Setup, setup_of
from segmentation.reading.ids.order_lines import ORDERS_ADVICE
from segmentation.reading.questions import Answers, Question
from segmentation.reading.table import Limits, holds_table
from segmentation.registry.registry import Registry
from segmentation.registry.states import State
from segmentation.schema_data import default_schema
from segmentation.versions.known_schemas import propose_for
from segmentation.versions.version_readers import find_reader

_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class OtherFile:
    """A downloaded file.

    Parameters
    ----------
    source, scratch
        Where it is, and the folder for what is written on the way.
    file, name
        Its id and its name in Slack.
    answers
        What people have decided about it.
    limits
        How large it may be.
    """

    source: Path
    scratch: Path
    file: str
    name: str
    answers: Answers
    limits: Limits


def outcome_for(refusal: OtherColumns, file: OtherFile, registry: Registry, *, offers: bool) -> ScoringOutcome:
    """Say which version reads the file, and what could be set up from it. Reads the file; call it in a thread.

    Parameters
    ----------
    offers
        Whether other columns than the schema's may be set up at all.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    sentence = f"{refusal.sentence}{_reader(file, registry)}"
    if not offers or ORDERS_ADVICE in refusal.sentence:
        return ScoringOutcome(failure=sentence)
    return _looked_at(file, sentence)


def outcome_without_model(reason: NoModel, file: OtherFile, *, offers: bool) -> ScoringOutcome:
    """Say that there is no model, and what could be set up from a file that the shipped schema does not read.

    Parameters and errors as for `outcome_for`.
    """
    # A candidate that waits needs no other, and the shipped schema's files are trained on as they are.
    if not offers or reason.candidate or _is_of_shipped_schema(file):
        return ScoringOutcome(**failure_of(reason))
    return _looked_at(file, "There is no model yet, but your file's own columns can make one.")


def _is_of_shipped_schema(file: OtherFile) -> bool:
    return holds_table(file.source, default_schema(), limits=file.limits, scratch=file.scratch)


def _looked_at(file: OtherFile, sentence: str) -> ScoringOutcome:
    """Add to a sentence what could be set up from a file."""
    try:
        setup = look_for_setup(file)
    except Question as question:
        asked = f"{sentence} To see what else it holds: {question.asked}"
        return replace(ScoringOutcome(**failure_of(question)), failure=asked)
    except BadInput as error:
        return ScoringOutcome(failure=f"{sentence} {error.sentence}")
    said = f"{setup.seen} {setup.suggestion} I couldn't score the file as it is. {sentence}"
    return ScoringOutcome(failure=said, setup=StoredSetup.of(file.file, file.name, setup))


def look_for_setup(file: OtherFile) -> Setup:
    """Look at a file and propose segments from its own columns.

    Raises
    ------
    Question
        When the file can be read in several ways.
    BadInput
        When none of its columns makes segments, or it lists orders rather than customers.
    OSError
        When it cannot be read.
    """
    if lists_orders(file.source, sheet=file.answers.sheet, limits=file.limits, scratch=file.scratch):
        raise BadInput(ORDERS_ADVICE)
    look = look_at(file.source, limits=file.limits, answers=file.answers, scratch=file.scratch)
    name = PurePosixPath(file.name.replace("\\", "/")).stem[:_LONGEST_NAME] or "customers"
    return setup_of(propose_for(look, name), file.answers)


def _reader(file: OtherFile, registry: Registry) -> str:
    """Say which version reads the file, and how to put it in service; empty if none does."""
    reader = find_reader(registry, file.source, limits=file.limits, scratch=file.scratch)
    if reader is None:
        return ""
    how = f"/retrain rollback {reader.version}" if reader.state is State.RETIRED else "Promote under its report"
    return f" {reader.sentence} An admin can put it in service: {how}"
