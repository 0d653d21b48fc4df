"""What is stored of a file that was looked at, and the one request that setting up segments from it is."""

from __future__ import annotations

import pytest

from bot.records.setup import GONE, StoredSetup, setup_request
from segmentation.errors import BadInput


def test_the_request_follows_from_the_job_alone() -> None:
    one = setup_request("file:T1:F1:C1:12.5/score")
    assert one == setup_request("file:T1:F1:C1:12.5/score")
    assert one.team == "T1"
    assert one.id.startswith("retrain:T1:setup-")
    assert one.id != setup_request("file:T1:F1:C1:12.5:1/score").id


@pytest.mark.parametrize("job", ["", "file", "file:", "file:T1", "file::x", "forget:T1:x", "x:T1:F1"])
def test_what_is_no_job_of_ours_is_refused(job: str) -> None:
    with pytest.raises(BadInput) as refused:
        setup_request(job)
    assert refused.value.sentence == GONE


def test_fields_that_a_later_release_adds_are_ignored() -> None:
    stored = {"file": "F1", "name": "a.csv", "setup": {"rows": 1}, "later": True}
    assert StoredSetup.read(stored) == StoredSetup("F1", "a.csv", {"rows": 1})
