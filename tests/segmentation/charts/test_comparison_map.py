"""The two maps side by side: the same axes, the same looks, and a note if they cannot be compared."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib import image
from matplotlib.figure import Figure
from reference import FIVE_NAMES, rfm_trained, sample_trained

from segmentation.answers.explanation import Segment
from segmentation.charts.comparison_map import comparison_figure, comparison_map
from segmentation.charts.map_drawing import TINT
from segmentation.charts.sheet.ink import mix
from segmentation.charts.sheet.sheet import WIDTH
from segmentation.model import SegmentModel
from segmentation.palette import colour_of
from segmentation.schema_data import default_schema
from segmentation.training.samples.mall import sample_customers
from segmentation.training.train import train

SCHEMA = default_schema()


@pytest.fixture(scope="module")
def three() -> SegmentModel:
    """A model of the same customers with three segments."""
    return train(sample_customers(), SCHEMA, k=3).model


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


def pixels(data: bytes) -> set[str]:
    picture = (image.imread(io.BytesIO(data))[..., :3] * 255).round().astype(int)
    assert picture.shape[1] == WIDTH
    found, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    return {"#{:02X}{:02X}{:02X}".format(*colour) for colour, count in zip(found, counts, strict=True) if count > 500}


def test_both_panels_have_the_same_axes_and_show_every_segment(three: SegmentModel) -> None:
    figure = comparison_figure(three, sample_trained().model)
    now, candidate = figure.axes
    assert now.get_xlim() == candidate.get_xlim()
    assert now.get_ylim() == candidate.get_ylim()
    said = words(figure)
    assert {"In service now", "Candidate", "5 segments, synthetic", "3 segments"} <= set(said)
    for name in (*FIVE_NAMES, *three.names):
        assert name in [text.replace("\n", " ") for text in said]
    assert said.index("In service now") < said.index("Candidate")


def test_a_segment_of_the_same_name_has_the_same_colour_in_both(three: SegmentModel) -> None:
    current = sample_trained().model
    seen = pixels(comparison_map(three, current))
    union = {*three.names, *current.names}
    for name in union:
        assert mix(colour_of(name, union), TINT, towards=1.0).upper() in seen


def test_without_a_version_in_service_the_candidate_is_drawn_alone() -> None:
    figure = comparison_figure(sample_trained().model, None)
    assert len(figure.axes) == 1
    assert not any("other features" in text for text in words(figure))


def test_a_version_with_other_features_or_units_is_not_drawn_but_said() -> None:
    income = replace(SCHEMA.features[1], unit="k€")
    euros = replace(SCHEMA, features=(SCHEMA.features[0], income, SCHEMA.features[2]))
    for current in (rfm_trained().model, replace(sample_trained().model, schema=euros)):
        figure = comparison_figure(sample_trained().model, current)
        assert len(figure.axes) == 1
        assert any("the version in service has other features" in text for text in words(figure))


def test_features_in_another_order_are_found_by_name() -> None:
    turned = replace(SCHEMA, features=(SCHEMA.features[2], SCHEMA.features[0], SCHEMA.features[1]))
    model = train(sample_customers()[:, [2, 0, 1]], turned).model
    assert len(comparison_figure(model, model).axes) == 2
    assert len(comparison_figure(model, sample_trained().model).axes) == 1  # its axes are score and income


def test_one_cluster_feature_is_a_strip(three: SegmentModel) -> None:
    one = replace(SCHEMA, features=SCHEMA.features[:2], rules=())
    model = train(sample_customers()[:, :2], one, k=3).model
    figure = comparison_figure(model, model)
    flat = figure.axes[0].bbox.height
    assert flat < comparison_figure(three, three).axes[0].bbox.height
    assert pixels(comparison_map(model, model))


def test_the_same_models_give_the_same_picture(three: SegmentModel) -> None:
    assert comparison_map(three, sample_trained().model) == comparison_map(three, sample_trained().model)


def test_long_names_stay_inside_the_picture(three: SegmentModel) -> None:
    def renamed(segment: Segment, number: int) -> Segment:
        return replace(segment, name=f"{number} high annual income, low spending score (around 77.9 k$)")

    model = replace(three, segments=tuple(renamed(segment, i) for i, segment in enumerate(three.segments)))
    figure = comparison_figure(model, sample_trained().model)
    comparison_map(model, sample_trained().model)
    for text in figure.texts:
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= WIDTH
