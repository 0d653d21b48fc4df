"""Values as the jobs database keeps them: there and back, and from what earlier and later releases stored."""

from __future__ import annotations

import pytest

from bot.records.file_job import FileJob, ScoringOutcome, Upload
from bot.records.retrain_job import Material, MessageRef, Pictures, RetrainJob, TrainingOutcome
from bot.records.stored import decode, decode_as, encode

VALUES = (
    FileJob("T1", "C1", "F1", "U1", 2, 7.5, ("sheet=May", "decimal=,"), "1.2", 3),
    Upload("a.csv", 3, "https://files.slack.com/a", "1.2", "1.2", private=True, refusal="No.", retry=True),
    ScoringOutcome({"rows": 1}, retry=True, synthetic=True, labels={"age": "Age"}, choices={"sheet=May": "May"}),
    RetrainJob("T1", "C1", "U1", "K1", k=None, note="“ç”", table="customers", answers=("sheet=May",)),
    Material("F1", "a.csv", 3, uploader="U1"),
    MessageRef("D1", "1.2", elsewhere=True),
    TrainingOutcome("v2", None),
    Pictures("F1"),
)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_is_stored_is_read_back(value: object) -> None:
    assert decode_as(type(value), encode(value)) == value


def test_plain_data_and_nothing_pass_as_they_are() -> None:
    assert encode("1.2") == decode_as(str, "1.2") == "1.2"
    assert decode_as(Upload | None, None) is None
    assert decode_as(Upload | None, encode(VALUES[1])) == VALUES[1]


def test_a_missing_field_takes_its_default_and_an_unknown_one_is_ignored() -> None:
    stored = {"team": "T1", "channel": "C1", "file": "F1", "user": "U1", "of_another_release": 1}
    assert decode(FileJob, stored) == FileJob("T1", "C1", "F1", "U1")


def test_a_field_without_a_default_must_be_there() -> None:
    with pytest.raises(TypeError, match="user"):
        decode(FileJob, {"team": "T1", "channel": "C1", "file": "F1"})
