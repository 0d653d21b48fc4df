"""A million customers in memory: `BatchPredictor` against the scikit-learn tree it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.trained_sample import TrainedSample
from benchmarks.turns import timed
from segmentation.scoring.batch import BatchPredictor
from segmentation.training.samples.mall import sample_customers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.schema import Schema

_ROWS: Final = 1_000_000


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Time segments alone, and segments with confidence, on the same array."""
    trained = sample.trained
    values = _values(trained.model.schema)
    predictor = BatchPredictor(trained.model)
    tree = trained.pipelines["classifier"].named_steps["tree"]
    # The tree has the features that make distances, as an array of its own so that neither has to copy.
    inputs = np.ascontiguousarray(values[:, trained.model.schema.cluster_indices])
    assert np.array_equal(predictor.segments(values), tree.predict(inputs))
    seconds = timed(
        {
            "segments": lambda: predictor.segments(values),
            "segments_with_confidence": lambda: predictor.segments_with_confidence(values),
            "tree": lambda: tree.predict(inputs),
        },
        rounds=7 if quick else 25,
    )
    best = {name: min(times) for name, times in seconds.items()}
    return Section(
        "batch: a million customers in memory, against scikit-learn's tree.predict",
        f"Best of {len(seconds['tree'])} rounds in turns.",
        (
            Measurement("BatchPredictor.segments", {"ms": best["segments"] * 1000}),
            Measurement("BatchPredictor.segments_with_confidence", {"ms": best["segments_with_confidence"] * 1000}),
            Measurement("scikit-learn tree.predict", {"ms": best["tree"] * 1000}),
        ),
        (
            Figure("segments' time / tree.predict's", best["segments"] / best["tree"], "×", Goal.most(1)),
            Figure(
                "segments_with_confidence's time / tree.predict's",
                best["segments_with_confidence"] / best["tree"],
                "×",
                Goal.most(4),
            ),
        ),
    )


def _values(schema: Schema) -> NDArray[np.float64]:
    """Return a million customers, shape (n, features), like the sample's but with fractions, within bounds."""
    customers = sample_customers(_ROWS // 200)
    customers += np.random.default_rng(1).uniform(-0.5, 0.5, customers.shape)
    minimum, maximum = zip(*((feature.minimum, feature.maximum) for feature in schema.features), strict=True)
    return np.clip(customers, minimum, maximum)
