"""Names suggested to a person: plain words from the centres, one for each segment."""

from __future__ import annotations

from reference import rfm_trained, sample_trained

from segmentation.training.names.derived import LONGEST_NAME
from segmentation.training.names.suggestions import suggested_names


def test_each_segment_is_described_by_where_its_centre_lies() -> None:
    model = sample_trained().model
    suggested = dict(zip(model.names, suggested_names(model), strict=True))
    assert suggested == {
        "Target": "Higher income, higher spending",
        "Miser": "Higher income, lower spending",
        "Spender": "Lower income, higher spending",
        "Careful": "Lower income, lower spending",
        "Standard": "Average customers",
    }


def test_suggestions_on_a_log_scale_differ_and_fit() -> None:
    suggested = suggested_names(rfm_trained().model)
    assert len({name.casefold() for name in suggested}) == len(rfm_trained().model.segments)
    assert all(0 < len(name) <= LONGEST_NAME for name in suggested)
