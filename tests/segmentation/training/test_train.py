"""Training, whole: the reference customers give the published segments, and the report says what happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from campaigns import campaign
from numpy.typing import NDArray
from reference import (
    FIVE_NAMES,
    PUBLISHED,
    known,
    reference_trained,
    reference_values,
    rfm_schema,
    rfm_trained,
    rfm_values,
    sample_trained,
)
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from segmentation.errors import BadTrainingData
from segmentation.model_data import model_from_data
from segmentation.registry.artifact import compare_forms, model_bytes
from segmentation.schema_data import default_schema
from segmentation.scoring.batch import BatchPredictor
from segmentation.training import distillation
from segmentation.training import train as training
from segmentation.training.points.dataset import DEFAULT_BUDGET, Budget, gather
from segmentation.training.resampling import RESAMPLES, resample
from segmentation.training.samples.mall import sample_customers
from segmentation.training.steps import Steps
from segmentation.training.train import Trained, train, train_clean

SCHEMA = default_schema()


def segment_names(values: NDArray[np.float64], seed: int) -> list[str]:
    model = train(values, SCHEMA, seed=seed).model
    return [model.names[index] for index in BatchPredictor(model).segments(values)]


def test_the_reference_customers_give_the_five_published_segments() -> None:
    trained = reference_trained()
    assert trained.report.choice.k == 5
    assert trained.model.names == FIVE_NAMES
    for segment in trained.model.segments:
        income, score, customers = PUBLISHED[segment.name]
        _age, mean_income, mean_score = known(segment.mean)
        assert abs(mean_income - income) < 1.0
        assert abs(mean_score - score) < 1.0
        assert segment.customers == customers
        assert segment.share == customers / 200
        assert all(
            low <= mean <= high
            for low, mean, high in zip(*map(known, (segment.low, segment.mean, segment.high)), strict=True)
        )


def test_the_reference_segments_are_scikit_learn_s_clusters() -> None:
    values = reference_values()
    scaled = StandardScaler().fit_transform(values[:, 1:])
    theirs = KMeans(n_clusters=5, n_init=10, random_state=42).fit_predict(scaled)
    ours = BatchPredictor(reference_trained().model).segments(values)
    assert adjusted_rand_score(theirs, ours) >= 0.98


def test_other_seeds_give_the_customers_the_same_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "resample", partial(resample, rounds=2))  # slow, and not the question here
    monkeypatch.setattr(distillation, "GENERATED", 50_000)  # a tree that knows less has it harder
    values = reference_values()
    index = BatchPredictor(reference_trained().model).segments(values)
    names = np.array(reference_trained().model.names)[index]
    for seed in range(1, campaign(3, 10) + 1):
        assert (np.array(segment_names(values, seed)) == names).mean() >= 0.97, seed


def test_one_income_in_dollars_among_the_reference_rows_changes_nothing() -> None:
    values = np.vstack([reference_values(), [40, 60_000, 50]])
    trained = train(values, SCHEMA)
    assert model_bytes(trained.model) == model_bytes(reference_trained().model)
    assert trained.report.cleaning.rejected == {"out_of_range": 1}
    assert (trained.report.cleaning.rows, trained.report.cleaning.used) == (201, 200)


def test_one_income_of_900_is_left_out_and_reported() -> None:
    values = np.vstack([reference_values(), [40, 900, 50]])
    trained = train(values, SCHEMA)
    # What may differ is what was measured on resamples: these draw from all customers.
    models = [replace(one.model, confidence=None, replicas=()) for one in (trained, reference_trained())]
    assert model_bytes(models[0]) == model_bytes(models[1])
    assert trained.report.warnings == (
        "1 row has annual income far outside the rest (above 186): left out of the fit.",
        "The row left out as far outside the rest holds 6.9% of annual income.",
    )


@pytest.mark.parametrize(
    ("far", "said"),
    [
        (12, "too many to leave out unasked, so they were kept; check that they are in the same unit as the rest."),
        (30, "too many to be mistakes, so they were kept; the feature is heavy-tailed."),
    ],
)
def test_many_far_values_are_kept_and_only_the_commonest_called_heavy_tailed(far: int, said: str) -> None:
    values = sample_customers()
    values[:far, 1] = 900
    (warning,) = train(values, SCHEMA, k=3).report.warnings
    assert warning.startswith(f"{far} rows have annual income far outside the rest")
    assert warning.endswith(said)


def test_the_same_training_gives_the_same_bytes_whatever_the_order_of_rows() -> None:
    values = sample_customers()
    shuffled = np.random.default_rng(0).permutation(values)
    again = train(shuffled, SCHEMA, synthetic=True)
    assert model_bytes(again.model) == model_bytes(sample_trained().model)
    assert again.report == sample_trained().report
    other = train(values, SCHEMA, seed=1, synthetic=True)
    assert other.report.data_fingerprint == again.report.data_fingerprint
    assert other.report.seed == 1


def test_fewer_than_fifty_rows_are_warned_about() -> None:
    (warning,) = train(sample_customers()[:49], SCHEMA).report.warnings
    assert warning.startswith("Only 49 rows could be used. With fewer than 50, segments follow chance")
    assert train(sample_customers()[:50], SCHEMA).report.warnings == ()


def test_two_customers_make_two_segments_and_a_warning() -> None:
    trained = train(np.array([[30.0, 20, 30], [40, 60, 70]]), SCHEMA)
    assert trained.report.choice.k == 2
    assert trained.report.warnings[0].startswith("Only 2 rows could be used.")
    assert (
        trained.model.predict({"income": 20, "score": 30}).segment
        != trained.model.predict({"income": 60, "score": 70}).segment
    )


def test_a_profile_feature_that_never_varies_does_no_harm() -> None:
    values = sample_customers()
    values[:, 0] = 40
    trained = train(values, SCHEMA)
    assert trained.model.names == FIVE_NAMES
    assert trained.report.fidelity >= 0.99


@pytest.mark.parametrize("k", [1, 0, -3, 16])
def test_k_outside_two_to_ten_is_refused(k: int) -> None:
    with pytest.raises(BadTrainingData, match=f"k must be from 2 to 15, not {k}"):
        train(sample_customers(), SCHEMA, k=k)


def test_fewer_distinct_customers_than_k_are_refused() -> None:
    values = np.array([[20.0 + i, 10 * (i % 3), 5 * (i % 3)] for i in range(60)])
    with pytest.raises(BadTrainingData, match=r"Too few customers for 4 segments: .* the data hold 3"):
        train(values, SCHEMA, k=4)
    assert train(values, SCHEMA, k=3).report.choice.k == 3


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.full((60, 3), np.nan), "None of the 60 rows can be used"),
        (np.full((60, 3), 1e308), "None of the 60 rows can be used"),
        (np.tile([30.0, 50, 60], (60, 1)), "Annual income is 50 k$ in every row"),
        (np.array([[30.0, 50, 60]]), "Annual income is 50 k$ in every row"),
    ],
    ids=["all missing", "1e308", "constant", "one row"],
)
def test_rows_that_make_no_model_are_refused_in_a_sentence(values: NDArray[np.float64], sentence: str) -> None:
    with pytest.raises(BadTrainingData) as caught:
        train(values, SCHEMA)
    assert sentence in caught.value.sentence


def test_k_can_be_chosen_and_the_report_says_so() -> None:
    trained = train(reference_values(), SCHEMA, k=3)
    assert len(trained.model.segments) == trained.report.choice.k == 3
    assert trained.report.choice.reason == "k = 3 was asked for; the elbow says 5, the silhouette is best at 5."
    assert trained.report.silhouette == trained.report.sweep[2].silhouette
    assert trained.report.inertia == pytest.approx(trained.report.sweep[2].inertia)


def test_the_report_counts_and_measures_and_is_json() -> None:
    values = np.vstack([reference_values(), [np.nan, 50, 50], [30, np.nan, 50]])
    trained = train(values, SCHEMA, already_rejected={"not_a_number": 3})
    report = trained.report
    assert (report.cleaning.rows, report.cleaning.used) == (205, 201)
    assert report.cleaning.rejected == {"not_a_number": 3, "missing": 1}
    assert report.cleaning.imputed == {"age": 1}
    assert report.new == FIVE_NAMES
    assert 0.9 < report.stability <= 1
    metrics = report.metrics()
    assert set(metrics) == {"inertia", "silhouette", "stability", "fidelity", "fidelity_range", "fidelity_held_out"}
    assert json.loads(json.dumps(report.to_data()))["choice"]["k"] == 5


def test_a_retrain_keeps_names_and_reports_them_in_the_model_s_order() -> None:
    trained = train(sample_customers(seed=3), SCHEMA, previous=sample_trained().model)
    assert trained.report.matched == trained.model.names == FIVE_NAMES
    assert trained.report.new == trained.report.gone == ()


def test_the_report_says_which_rule_s_name_is_not_given() -> None:
    report = train(reference_values(), SCHEMA, k=3).report
    assert report.new == ("Target", "Miser", "Lower income")
    assert report.warnings == (
        "No segment is called Standard: only 54.4% of the customers it would fit are near average in annual income and "
        "near average in spending score, and 60% must be. They are called Lower income.",
    )


def test_every_step_is_announced() -> None:
    steps: list[str] = []
    train(sample_customers(), SCHEMA, k=5, progress=steps.append)
    assert steps == ["Cleaning", "Choosing k", "Clustering", "Measuring stability", "Growing the tree"]


def test_tells_how_far_each_step_has_come_to_who_asks() -> None:
    begun: list[str] = []
    come: dict[str, list[str]] = {}
    train(
        sample_customers(),
        SCHEMA,
        progress=Steps(begun.append, lambda text: come.setdefault(begun[-1], []).append(text)),
    )
    assert come["Choosing k"] == [f"k = {k} of 15" for k in range(1, 16)]
    assert come["Measuring stability"] == [f"resample {number} of {RESAMPLES}" for number in range(1, RESAMPLES + 1)]


def test_another_schema_trains_and_names_its_own_segments() -> None:
    trained = rfm_trained()
    assert trained.model.names == ("Champion", "Lapsed", "Regular")
    assert [segment.customers for segment in trained.model.segments] == [60, 60, 60]
    assert trained.report.cleaning.imputed == {"tenure": 18}
    assert trained.report.fidelity >= 0.99
    champion = trained.model.segment("Champion")
    assert champion.mean[3] == pytest.approx(9000, rel=0.02)
    assert champion.meaning == "They come often and spend most."


def test_weights_are_part_of_the_scaling() -> None:
    model, schema = rfm_trained().model, rfm_schema()
    deviation = np.nanstd(rfm_values(), axis=0)
    for i in schema.cluster_indices:
        assert model.factor[i] * deviation[i] == pytest.approx(schema.features[i].weight)


@pytest.mark.parametrize("trained", [sample_trained, rfm_trained], ids=["sample", "rfm"])
def test_model_and_pipelines_answer_alike(trained: Callable[[], Trained]) -> None:
    result = trained()
    compare_forms(result.model, result.pipelines)
    names = list(result.model.schema.names)
    frame = pd.DataFrame([result.model.segments[1].mean, result.model.segments[0].mean], columns=names)
    assert result.pipelines["clusterer"].predict(frame).tolist() == [1, 0]
    assert result.pipelines["classifier"].predict(frame).tolist() == [1, 0]


def test_a_profile_is_of_those_who_have_the_feature() -> None:
    values = sample_customers()
    values[::2, 0] = np.nan
    trained = train(values, SCHEMA)
    labels = BatchPredictor(trained.model).segments(values)
    complete = train(sample_customers(), SCHEMA).model
    assert trained.model.tree == complete.tree, "who lacks an age is in the segment all the same"
    assert [s.mean[1:] for s in trained.model.segments] == [s.mean[1:] for s in complete.segments]
    for index, segment in enumerate(trained.model.segments):
        ages = values[labels == index, 0]
        assert known(segment.mean)[0] == pytest.approx(np.nanmean(ages), abs=1.5)  # the tree may err on one customer
    assert trained.report.cleaning.imputed == {"age": 100}
    assert trained.report.profile is not None
    ages_seen = trained.report.profile.distribution("age")
    assert ages_seen is not None
    assert sum(ages_seen.shares) == pytest.approx(1)


@pytest.mark.parametrize("budget", [DEFAULT_BUDGET, Budget(exact_points=50)])
def test_a_profile_feature_nobody_has_is_left_out_of_the_profile(budget: Budget) -> None:
    values = sample_customers()
    values[:, 0] = np.nan
    trained = train_clean(gather(values, SCHEMA, budget=budget), SCHEMA)
    model = trained.model
    assert all((s.mean[0], s.low[0], s.high[0]) == (None, None, None) for s in model.segments)
    assert "No customer has a value for age, so the profile is without it." in trained.report.warnings
    assert trained.report.profile is not None
    assert [one.feature for one in trained.report.profile.distributions] == ["income", "score"]
    assert model_from_data(json.loads(model_bytes(model))) == model
    compare_forms(model, trained.pipelines)
    line = model.explain({"age": 35, "income": 60, "score": 70}).profile[0]
    assert (line.value, line.mean_text, line.range_text) == (35, "", "")


def test_cells_average_a_profile_feature_over_those_who_have_it() -> None:
    values = np.tile(sample_customers(), (20, 1))
    values[:, 1:] += np.random.default_rng(1).uniform(-0.4, 0.4, (len(values), 2))
    values[:, 2] = values[:, 2].clip(0, 100)
    values[:, 0] = 30
    values[::2, 0] = np.nan
    values[1::20, 0] = 50  # so that the median is none of the averages
    data = gather(values, SCHEMA, budget=Budget(exact_points=50))
    assert data.cells is not None
    assert data.stated is not None
    assert data.stated[:, 0].sum() == 2000
    assert (data.stated[:, 1] == data.weights).all()
    ages, counts = data.known(0)
    assert np.average(ages, weights=counts) == pytest.approx(np.nanmean(values[:, 0]), abs=0.01)
