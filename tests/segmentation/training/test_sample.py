"""The generated customers: ours, seeded, plausible, and honest about being generated."""

from __future__ import annotations

import numpy as np
from reference import FIVE_NAMES, PUBLISHED, known, sample_trained

from segmentation.model_data import model_to_data
from segmentation.schema_data import default_schema
from segmentation.training.samples.mall import sample_customers


def test_a_seed_fixes_every_customer() -> None:
    np.testing.assert_array_equal(sample_customers(), sample_customers())
    assert not np.array_equal(sample_customers(), sample_customers(seed=2))


def test_customers_are_whole_numbers_within_the_default_schema_s_bounds() -> None:
    values = sample_customers(repeat=20)
    assert values.shape == (4000, 3)
    assert (values == np.round(values)).all()
    for column, feature in zip(values.T, default_schema().features, strict=True):
        assert column.min() >= feature.minimum
        assert column.max() <= feature.maximum


def test_customers_come_in_no_order() -> None:
    incomes = sample_customers()[:, 1]
    assert abs(np.corrcoef(np.arange(200), incomes)[0, 1]) < 0.2


def test_their_elbow_is_five_and_their_segments_are_the_published_ones() -> None:
    trained = sample_trained()
    assert trained.report.choice.elbow == trained.report.choice.k == 5
    assert trained.model.names == FIVE_NAMES
    for segment in trained.model.segments:
        income, score, customers = PUBLISHED[segment.name]
        _age, mean_income, mean_score = known(segment.mean)
        assert abs(mean_income - income) < 5
        assert abs(mean_score - score) < 5
        assert abs(segment.customers - customers) <= 4


def test_a_model_of_them_says_it_is_synthetic() -> None:
    trained = sample_trained()
    assert trained.model.synthetic
    assert trained.report.synthetic
    assert model_to_data(trained.model)["synthetic"] is True
