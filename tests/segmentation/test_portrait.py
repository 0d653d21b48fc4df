"""What one segment is: neighbours by distance, and examples that the model itself puts in the segment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from category_cases import category_trained
from reference import FIVE_NAMES, reference_trained, rfm_trained

from segmentation.model import SegmentModel
from segmentation.portrait import example_text, examples, neighbours


@pytest.fixture(scope="module")
def model() -> SegmentModel:
    return reference_trained().model


def test_the_neighbours_are_the_nearest_with_what_is_furthest_apart_first(model: SegmentModel) -> None:
    first, second = neighbours(model, "Target")
    assert first.name == "Standard"
    assert second.name in {"Spender", "Miser"}
    assert first.differences == (
        "spending score is 49.5 points on average, here 82.1",
        "annual income is 55.3 k$ on average, here 86.5",
    )
    # Target and its second neighbour lie side by side on one feature, which is then not named.
    assert len(second.differences) == 1


@pytest.mark.parametrize("name", FIVE_NAMES)
def test_examples_are_customers_the_model_puts_there(model: SegmentModel, name: str) -> None:
    found = examples(model, name)
    assert len(found) == len(set(found)) == 3
    for values in found:
        assert model.predict(dict(zip(model.schema.names, values, strict=True))).segment == name
        assert all(low <= value <= high for value, (low, high) in zip(values, model.limits, strict=True))
        assert all(value == round(value, f.decimals) for value, f in zip(values, model.schema.features, strict=True))


def test_any_schema_and_a_segment_on_its_own_have_a_portrait(model: SegmentModel) -> None:
    shop = rfm_trained().model
    for name in shop.names:
        assert neighbours(shop, name)
        assert examples(shop, name)
    alone = replace(model, segments=model.segments[:1], centroids=model.centroids[:1])
    assert neighbours(alone, alone.names[0]) == ()


def test_a_segment_of_which_a_feature_is_not_known_has_no_examples(model: SegmentModel) -> None:
    first = model.segments[0]
    unknown = replace(first, mean=(None, *first.mean[1:]))
    assert examples(replace(model, segments=(unknown, *model.segments[1:])), first.name) == ()


def test_an_unknown_segment_is_an_error(model: SegmentModel) -> None:
    with pytest.raises(KeyError):
        neighbours(model, "Nobody")
    with pytest.raises(KeyError):
        examples(model, "Nobody")


def test_an_example_reads_as_a_person(model: SegmentModel) -> None:
    assert example_text(model.schema.features, (34.0, 88.0, 81.0)) == "34 years, 88 k$, 81 points"
    bare = [replace(feature, unit="") for feature in model.schema.features]
    assert example_text(bare[2:], (81.5,)) == "spending score 81.5"


def test_the_commonest_category_stands_in_an_example(tmp_path: Path) -> None:
    model = category_trained(tmp_path).model
    first = model.segments[0]
    commonest = model.schema.features[2].codes[first.shares[2].index(max(first.shares[2]))]
    for values in examples(model, first.name):
        assert f", plan {commonest}, country " in example_text(model.schema.features, values)
    unknown = replace(first, shares=())
    assert examples(replace(model, segments=(unknown, *model.segments[1:])), first.name) == ()
