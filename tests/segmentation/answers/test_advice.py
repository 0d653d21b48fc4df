"""Advice leads to a place that retrained models agree on, is the smallest that does, and is not given otherwise."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from campaigns import campaign
from numpy.typing import NDArray
from reference import reference_trained, sample_trained
from small_model import MODEL

from segmentation.answers.advice import AGREEING, RELIABLE
from segmentation.answers.boundary import Boundary
from segmentation.answers.confidence import ConfidenceTable
from segmentation.answers.explanation import Explanation, no_change_text
from segmentation.answers.replica import Replica
from segmentation.model import SegmentModel
from segmentation.scoring.batch import BatchPredictor
from segmentation.training.train import Trained
from segmentation.tree import DecisionTree

# High from a margin of .2 on; the replicas below are the model itself.
TABLE = ConfidenceTable((0.0, 0.2), (0.5, 1.0))
SURE = replace(MODEL, confidence=TABLE, replicas=(Replica((1.0, 1.0), MODEL.centroids),) * 20)
ASK = {"age": 40.0, "income": 60.0, "score": 70.0}


def customers(model: SegmentModel, count: int, seed: int = 0) -> Iterator[dict[str, float]]:
    """Draw customers over the range that the model has seen."""
    rng = np.random.default_rng(seed)
    assert model.seen is not None
    for _ in range(count):
        found = dict(zip(model.schema.names, model.fill, strict=True))
        for i, (low, high) in zip(model.schema.cluster_indices, model.seen, strict=True):
            found[model.schema.names[i]] = float(np.round(rng.uniform(low, high)))
        yield found


def agreeing(model: SegmentModel, points: NDArray[np.float64], segments: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return the share of replicas whose nearest centroid is that of each point's segment."""
    clustering = list(model.schema.cluster_indices)
    scaled = (points[:, clustering] - np.array(model.mean)[clustering]) * np.array(model.factor)[clustering]
    same = np.zeros(len(points))
    for replica in model.replicas:
        off = (scaled[:, None] - np.array(replica.centroids)) * np.array(replica.weights)
        same += (off**2).sum(axis=2).argmin(axis=1) == segments
    return same / len(model.replicas)


def reliable(model: SegmentModel, points: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the segment of each point at which advice may aim, -1 elsewhere: by trying, not by geometry."""
    segments, confidence, borderline = BatchPredictor(model).segments_with_confidence(points)
    good = (confidence >= RELIABLE) & ~borderline & (agreeing(model, points, segments) >= AGREEING)
    return np.where(good, segments, -1).astype(np.int8)


@pytest.mark.parametrize("trained", [reference_trained, sample_trained], ids=["reference", "sample"])
def test_each_change_is_the_smallest_whole_number_that_reliably_leads_there(trained: Callable[[], Trained]) -> None:
    model = trained().model
    found = 0
    for customer in customers(model, campaign(8, 300)):
        told = {change.segment: change for change in model.explain(customer).changes}
        best = dict.fromkeys(model.names, math.inf)
        home = model.predict(customer).segment
        for i in model.schema.cluster_indices:
            feature = model.schema.features[i]
            points = np.tile(np.array(list(customer.values())), (int(feature.maximum - feature.minimum) + 1, 1))
            points[:, i] = np.arange(feature.minimum, feature.maximum + 1)
            away = np.abs(points[:, i] - customer[feature.name]) / model.spread[i]
            for segment, distance in zip(reliable(model, points), away.tolist(), strict=True):
                if segment >= 0:
                    best[model.names[segment]] = min(best[model.names[segment]], distance)
        best.pop(home)
        # Between two whole numbers there may be a place although neither of them is one.
        for name, change in list(told.items()):
            if not change.value.is_integer():
                there = np.array([list({**customer, change.feature: change.value}.values())])
                assert model.names[reliable(model, there)[0]] == name, customer
                assert math.isinf(best[name]), customer
                del told[name]
        assert told.keys() == {name for name, distance in best.items() if distance < math.inf}, customer
        for name, change in told.items():
            spread = model.spread[model.schema.names.index(change.feature)]
            assert abs(change.value - customer[change.feature]) / spread == pytest.approx(best[name]), customer
            found += 1
    assert found > 8


@pytest.mark.parametrize("trained", [reference_trained, sample_trained], ids=["reference", "sample"])
def test_asking_every_replica_gives_the_same_advice(
    trained: Callable[[], Trained], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Copies, since a model keeps what it advised on a line.
    model, again, quick = replace(trained().model), replace(trained().model), Counter[bool]()
    short_cut = Boundary.holds

    def counted(boundary: Boundary, at: Sequence[float]) -> bool:
        found = short_cut(boundary, at)
        quick[found] += 1
        return found

    monkeypatch.setattr(Boundary, "holds", counted)
    asked = list(customers(model, 200, seed=5))
    changes = [model.explain(customer).changes for customer in asked]
    assert quick[True] > quick[False] > 0
    monkeypatch.setattr(Boundary, "holds", lambda *_: False)
    assert [again.explain(customer).changes for customer in asked] == changes


def test_the_example_is_told_only_what_holds() -> None:
    model = reference_trained().model
    changes = model.explain({"age": 35, "income": 60, "score": 70}).changes
    assert changes[0].segment == "Target"
    for change in changes:
        there = model.predict({"age": 35, "income": 60, "score": 70, change.feature: change.value})
        assert (there.segment, there.borderline, there.confidence >= RELIABLE) == (change.segment, False, True)


def step_to(model: SegmentModel, segment: str) -> float | None:
    """Return the income that the model advises for a segment."""
    changes = model.explain(ASK).changes
    return next((change.value for change in changes if (change.segment, change.feature) == (segment, "income")), None)


def test_a_step_goes_on_until_the_confidence_is_reliable() -> None:
    # On the line, High is at 70 and Rich at 110: 1 - (110 - x) / (x - 70) is .188 first at 92.1.
    needed = TABLE.margin_of(RELIABLE)
    assert needed == pytest.approx(0.188)
    assert step_to(SURE, "Rich") == 93
    assert step_to(replace(SURE, confidence=ConfidenceTable((0.0, 0.4), (0.5, 1.0))), "Rich") == 95


def test_a_step_goes_on_until_enough_replicas_agree() -> None:
    # In this one Rich begins halfway from 70 to 130, at 100.
    other = Replica((1.0, 1.0), (*MODEL.centroids[:2], (4.0, 2.0)))
    for dissenters, income in ((0, 93), (1, 93), (2, 100), (20, 100)):
        replicas = (other,) * dissenters + SURE.replicas[dissenters:]
        assert step_to(replace(SURE, replicas=replicas), "Rich") == income


def test_no_step_is_named_if_none_is_reliable() -> None:
    never = replace(SURE, confidence=ConfidenceTable((0.0, 0.5), (0.5, 0.96)))
    contrary = Replica((1.0, 1.0), (MODEL.centroids[0], MODEL.centroids[2], MODEL.centroids[1]))
    for model in (never, replace(SURE, replicas=(contrary,) * 20)):
        explanation = model.explain(ASK)
        assert step_to(model, "Rich") is None
        assert all(change.segment != "Rich" for change in explanation.changes)
    assert said(never.explain(ASK)) == "no single change would reliably do it"
    assert said(SURE.explain(ASK)) == ""


def said(explanation: Explanation) -> str:
    return no_change_text(explanation)


def test_a_table_without_replicas_is_enough() -> None:
    assert step_to(replace(SURE, replicas=()), "Rich") == 93


def test_a_model_without_a_table_advises_as_it_did() -> None:
    assert step_to(MODEL, "Rich") == 91
    lonely = replace(MODEL, tree=replace(MODEL.tree, segment=(1, 1, 1, 1, 1)))
    assert lonely.explain(ASK).changes == ()
    assert said(lonely.explain(ASK)) == ""


def test_steps_stay_within_the_bounds() -> None:
    features = list(MODEL.schema.features)
    features[1] = replace(features[1], maximum=92.0)
    narrow = replace(SURE, schema=replace(SURE.schema, features=tuple(features)))
    assert step_to(narrow, "Rich") is None


def test_a_model_that_has_advised_many_advises_as_one_that_has_advised_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segmentation.answers.advice._MOST_LINES", 20)  # so that lines are forgotten on the way
    model = replace(reference_trained().model)
    for customer in customers(model, 80, seed=9):
        assert model.explain(customer).changes == replace(model).explain(customer).changes


def test_a_tree_that_asks_for_a_profile_feature_has_other_lines_for_its_values() -> None:
    # Stored by an early version: whoever is under 50 follows the small model's tree, everybody else is in segment 2.
    tree, size = MODEL.tree, len(MODEL.tree.feature)
    old = DecisionTree(
        (0, *tree.feature, -1),
        (50.0, *tree.cut, 0.0),
        (1, *(child + 1 if child >= 0 else child for child in tree.left), -1),
        (size + 1, *(child + 1 if child >= 0 else child for child in tree.right), -1),
        (0, *tree.segment, 2),
    )
    model = replace(SURE, tree=old)
    assert SURE.schema.names[0] == "age"
    assert 0 not in SURE.schema.cluster_indices
    assert model.explain(ASK).changes == SURE.explain(ASK).changes != ()
    assert model.explain(ASK | {"age": 60.0}).changes == ()
