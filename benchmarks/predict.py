"""One customer in one process: `SegmentModel` against the scikit-learn pipelines it was made from."""

from __future__ import annotations

import random
from typing import Final

import numpy as np
import pandas as pd

from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.trained_sample import TrainedSample
from benchmarks.turns import timed
from segmentation.training.train import Trained

_PREDICTIONS: Final = 500
_EXPLANATIONS: Final = 200
_FRAMES: Final = 15
_MICROSECONDS: Final = 1e6


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Time prediction and explanation of one customer at a time."""
    trained = sample.trained
    model, customers = trained.model, _customers(trained)
    # Built in advance: the comparison leaves building a DataFrame out.
    frames = [pd.DataFrame([customer]) for customer in customers[:_FRAMES]]
    for customer, frame in zip(customers, frames, strict=False):
        _assert_same(trained, customer, frame)

    def predict() -> None:
        for customer in customers:
            model.predict(customer)

    def explain() -> None:
        for customer in customers[:_EXPLANATIONS]:
            model.explain(customer)

    def pipelines() -> None:
        for frame in frames:
            _pipeline_answer(trained, frame)

    seconds = timed({"predict": predict, "explain": explain, "pipelines": pipelines}, rounds=7 if quick else 40)
    predicted = min(seconds["predict"]) / _PREDICTIONS
    explained = min(seconds["explain"]) / _EXPLANATIONS
    reference = min(seconds["pipelines"]) / _FRAMES
    return Section(
        "predict: one customer, against the scikit-learn pipelines on a one-row DataFrame",
        f"Best of {len(seconds['predict'])} rounds in turns. The pipelines answer segment and margin only.",
        (
            Measurement("SegmentModel.predict", {"µs": predicted * _MICROSECONDS}),
            Measurement("SegmentModel.explain", {"µs": explained * _MICROSECONDS}),
            Measurement("scikit-learn: imputer, scaler, K-Means, tree", {"µs": reference * _MICROSECONDS}),
        ),
        (
            Figure("scikit-learn's time / predict's", reference / predicted, "×", Goal.least(500)),
            Figure("scikit-learn's time / explain's", reference / explained, "×", Goal.least(20)),
            Figure("explain", explained * 1000, "ms", Goal.most(0.5)),
        ),
    )


def _customers(trained: Trained) -> list[dict[str, float]]:
    """Draw customers uniformly within the schema's bounds, with as many decimals as people type."""
    rng = random.Random(1)
    return [
        {
            feature.name: round(rng.uniform(feature.minimum, feature.maximum), feature.decimals)
            for feature in trained.model.schema.features
        }
        for _ in range(_PREDICTIONS)
    ]


def _pipeline_answer(trained: Trained, frame: pd.DataFrame) -> tuple[int, float]:
    """Return segment index and margin as one would compute them with the fitted pipelines."""
    segment = int(trained.pipelines["classifier"].predict(frame)[0])
    nearest, second = np.partition(trained.pipelines["clusterer"].transform(frame)[0], 1)[:2]
    return segment, float(1 - nearest / second)


def _assert_same(trained: Trained, customer: dict[str, float], frame: pd.DataFrame) -> None:
    segment, margin = _pipeline_answer(trained, frame)
    prediction = trained.model.predict(customer)
    assert prediction.segment == trained.model.names[segment]
    assert abs(prediction.margin - margin) < 1e-9
