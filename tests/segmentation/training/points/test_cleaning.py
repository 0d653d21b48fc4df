"""Cleaning: every row is accounted for, and no impossible row moves the model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_strategies
from numpy.typing import NDArray
from reference import reference_values, rfm_schema, rfm_values
from sklearn.metrics import adjusted_rand_score

from segmentation.errors import BadTrainingData
from segmentation.schema import Feature, Role, Schema
from segmentation.schema_data import default_schema
from segmentation.training.clustering import fit_kmeans, fit_scaler
from segmentation.training.points.cleaning import CleanData, clean
from segmentation.training.samples.mall import sample_customers

SCHEMA = default_schema()
NAN = np.nan


def rows(*values: tuple[float, float, float]) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64).reshape(-1, 3)


def check_account(data: CleanData) -> None:
    report = data.report
    assert report.rows == report.used + sum(report.rejected.values()) + report.outlier_rows
    assert data.weights.sum() == report.used
    assert np.isfinite(data.points).all()
    assert (data.weights >= 1).all()


def test_rows_without_a_cluster_feature_or_out_of_range_are_left_out_and_counted() -> None:
    values = rows(
        (30, 50, 50), (30, NAN, 50), (30, 50, NAN), (30, NAN, 500), (121, 50, 50), (30, -1, 50), (30, 40, 101)
    )
    data = clean(values, SCHEMA, {"missing": 2, "not_a_number": 4})
    assert data.report.rejected == {"missing": 5, "not_a_number": 4, "out_of_range": 3}
    assert (data.report.rows, data.report.used, data.report.outlier_rows) == (13, 1, 0)
    check_account(data)


def test_infinite_values_are_out_of_range() -> None:
    data = clean(rows((30, 50, 50), (30, np.inf, 50), (-np.inf, 50, 50)), SCHEMA)
    assert data.report.rejected == {"out_of_range": 2}


def test_a_missing_profile_feature_is_stood_in_for_by_the_median_and_counted() -> None:
    values = rows((20, 1, 1), (NAN, 2, 2), (40, 3, 3), (33, 4, 4))
    before = values.copy()
    data = clean(values, SCHEMA)
    assert data.fill.tolist() == [33, 2.5, 2.5]
    assert data.points.tolist() == [[20, 1, 1], [33, 2, 2], [33, 4, 4], [40, 3, 3]]
    assert data.report.imputed == {"age": 1}
    assert data.stated is not None
    assert data.stated.tolist() == [[1, 1, 1], [0, 1, 1], [1, 1, 1], [1, 1, 1]]
    ages, counts = data.distribution(0)
    assert (ages.tolist(), counts.tolist()) == ([20, 33, 40], [1, 1, 1])
    np.testing.assert_array_equal(values, before)


def test_a_profile_feature_nobody_states_is_the_middle_of_its_bounds() -> None:
    data = clean(rows((NAN, 1, 1), (NAN, 2, 2)), SCHEMA)
    assert data.fill[0] == 60
    assert data.report.imputed == {"age": 2}


def test_somebody_of_unknown_age_is_another_customer_than_somebody_of_the_median_age() -> None:
    data = clean(rows((NAN, 2, 2), (33, 2, 2), (NAN, 2, 2)), SCHEMA)
    assert data.points.tolist() == [[33, 2, 2], [33, 2, 2]]
    assert data.weights.tolist() == [1, 2]
    assert data.stated is not None
    assert data.stated.tolist() == [[1, 1, 1], [0, 2, 2]]


def test_equal_customers_are_one_point_with_a_count() -> None:
    data = clean(rows((30, 50, 0.0), (20, 50, 50), (30, 50, -0.0)), SCHEMA)
    assert data.points.tolist() == [[20, 50, 50], [30, 50, 0]]
    assert data.weights.tolist() == [1, 2]


def test_a_few_far_values_are_left_out_and_many_are_kept() -> None:
    few = sample_customers()
    few[3, 1] = few[40, 1] = 700
    data = clean(few, SCHEMA)
    (found,) = data.report.outliers
    assert (found.feature, found.count, found.left_out) == ("income", 2, True)
    assert data.points[:, 1].max() < found.above < 700
    assert data.report.outlier_rows == 2
    check_account(data)
    many = sample_customers()
    many[:11, 1] = 700
    data = clean(many, SCHEMA)
    (found,) = data.report.outliers
    assert (found.count, found.left_out) == (11, False)
    assert (data.report.outlier_rows, data.report.used) == (0, 200)
    check_account(data)


def test_a_row_far_out_on_two_features_is_counted_once() -> None:
    values = np.vstack([sample_customers(), [40, 700, 50]])
    wide = Schema("wide", (*SCHEMA.features[:2], Feature("score", "Score", "", 0, 9000, Role.CLUSTER)), ())
    values[-1, 2] = 8000
    data = clean(values, wide)
    assert [outliers.feature for outliers in data.report.outliers] == ["income", "score"]
    assert data.report.outlier_rows == 1
    check_account(data)


def test_a_value_most_customers_share_does_not_make_the_others_outliers() -> None:
    values = sample_customers()
    values[:160, 1] = 50
    assert clean(values, SCHEMA).report.outliers == ()


def test_another_schema_is_cleaned_by_its_own_bounds_and_roles() -> None:
    data = clean(np.vstack([rfm_values(), [10, NAN, 5, -501], [10, 5, NAN, 100]]), rfm_schema())
    assert data.report.rejected == {"missing": 1, "out_of_range": 1}
    assert data.report.imputed == {"tenure": 18}
    check_account(data)


@pytest.mark.parametrize(
    "values",
    [np.empty((0, 3)), np.full((5, 3), NAN), np.full((5, 3), 1e12), np.full((5, 3), 1e308), rows((30, NAN, 5))],
    ids=["no rows", "all missing", "1e12", "1e308", "one row lacking"],
)
def test_rows_of_which_none_can_be_used_are_refused_with_the_units(values: NDArray[np.float64]) -> None:
    with pytest.raises(BadTrainingData) as caught:
        clean(values, SCHEMA)
    assert caught.value.sentence.startswith(f"None of the {len(values)} rows can be used")
    assert "age in 0 to 120 years, income in 0 to 1000 k$, score in 0 to 100 points" in caught.value.sentence


def test_rows_that_are_each_far_from_the_others_are_refused() -> None:
    count = 6
    schema = Schema("s", tuple(Feature(f"f{i}", f"F{i}", "", 0, 1e6, Role.CLUSTER) for i in range(count)), ())
    values = np.random.default_rng(0).uniform(0, 10, (count, count))
    values[np.diag_indices(count)] = 1e5
    with pytest.raises(BadTrainingData, match="Each of the 6 usable rows is far outside the others"):
        clean(values, schema)


CELLS = st.one_of(
    st.floats(0, 100), st.sampled_from([NAN, np.inf, -np.inf, 1e12, 1e308, -1.0, 0.0, -0.0, 50.0, 1000.0, 5e-324])
)


@given(numpy_strategies.arrays(np.float64, st.tuples(st.integers(0, 30), st.just(3)), elements=CELLS))
def test_every_row_of_any_table_is_accounted_for(values: NDArray[np.float64]) -> None:
    try:
        data = clean(values, SCHEMA)
    except BadTrainingData:
        return
    check_account(data)
    for column, feature in zip(data.points.T, SCHEMA.features, strict=True):
        assert column.min() >= feature.minimum
        assert column.max() <= feature.maximum


@pytest.mark.parametrize("income", [60_000, 900, 300])
def test_one_impossible_income_does_not_move_the_clusters(income: float) -> None:
    values = reference_values()
    values[7, 1] = income

    def labels(data: CleanData) -> NDArray[np.int32]:
        scaler = fit_scaler(data.points, data.weights, SCHEMA)
        kmeans = fit_kmeans(scaler.transform(data.points)[:, 1:], data.weights, 5, seed=0)
        found: NDArray[np.int32] = kmeans.predict(np.ascontiguousarray(scaler.transform(reference_values())[:, 1:]))
        return found

    data = clean(values, SCHEMA)
    assert data.report.used == 199
    assert adjusted_rand_score(labels(clean(reference_values(), SCHEMA)), labels(data)) >= 0.97
