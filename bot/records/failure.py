"""Why a job ended without a result: the same answer to the same error, whether a file is scored or trained on."""

from __future__ import annotations

from typing import Any, Final, TypedDict

from segmentation.errors import BadInput, SegbotError
from segmentation.reading.questions import Question

DISK: Final = "This server couldn't read or write a file ({problem}). Please tell the person who runs segbot."


class Failure(TypedDict):
    """What outcomes of all jobs say of a failure.

    Parameters
    ----------
    failure
        The sentence to show.
    retry
        Whether trying again may help.
    choices
        The ways to read the file when `failure` asks for one: labels by the key of an answer.
    parts
        The questions that `failure` puts together, as `parts_of` returns them; none if it is a single one.
    """

    failure: str
    retry: bool
    choices: dict[str, str]
    parts: list[dict[str, Any]]


def parts_of(question: Question) -> list[dict[str, Any]]:
    """Return the questions that one puts together, as they are stored: what each asks, and its choices by key."""
    return [
        {"asked": part.asked, "choices": {choice.key: choice.label for choice in part.choices}}
        for part in question.parts
    ]


def failure_of(error: SegbotError | OSError) -> Failure:
    """Say why a job ended, and what may help."""
    if isinstance(error, OSError):
        return Failure(failure=disk_sentence(error), retry=True, choices={}, parts=[])
    if isinstance(error, Question):
        choices = {choice.key: choice.label for choice in error.choices}
        return Failure(failure=error.asked, retry=False, choices=choices, parts=parts_of(error))
    # The same input would be refused again; everything else may be another matter next time.
    return Failure(failure=error.sentence, retry=not isinstance(error, BadInput), choices={}, parts=[])


def disk_sentence(error: OSError) -> str:
    """Say that the disk failed, in the system's own words for it, without the file's path."""
    return DISK.format(problem=error.strerror or type(error).__name__)
