"""What people read when a job ends without a result."""

from __future__ import annotations

import pytest

from bot.records.failure import DISK, failure_of
from segmentation.errors import BadInput, BadTrainingData, BrokenArtifact, NoModel
from segmentation.reading.questions import Choice, Question


@pytest.mark.parametrize("error", [BadInput("No header."), BadTrainingData("Too few rows.")])
def test_what_is_wrong_with_a_file_is_not_tried_again(error: BadInput) -> None:
    assert failure_of(error) == {"failure": error.sentence, "retry": False, "choices": {}, "parts": []}


@pytest.mark.parametrize("error", [NoModel("No model yet."), BrokenArtifact("It was changed.")])
def test_anything_else_may_be_better_next_time(error: NoModel | BrokenArtifact) -> None:
    assert failure_of(error) == {"failure": error.sentence, "retry": True, "choices": {}, "parts": []}


def test_a_full_disk_is_named_without_a_path() -> None:
    error = OSError(28, "No space left on device", "/var/lib/secret")
    assert failure_of(error) == {
        "failure": DISK.format(problem="No space left on device"),
        "retry": True,
        "choices": {},
        "parts": [],
    }
    assert failure_of(OSError())["failure"] == DISK.format(problem="OSError")


def test_a_question_comes_with_its_answers() -> None:
    question = Question(
        "Comma or point? Use --decimal.",
        "Comma or point?",
        (Choice("decimal=,", "2,288 is 2.288"), Choice("thousands=,", "2,288 is 2288")),
    )
    assert failure_of(question) == {
        "failure": "Comma or point?",
        "retry": False,
        "choices": {"decimal=,": "2,288 is 2.288", "thousands=,": "2,288 is 2288"},
        "parts": [],
    }
