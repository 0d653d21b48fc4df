"""Who would change segment: both models' answers for the same customers, counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from segmentation.evaluation.comparison import Moves, Side
from segmentation.scoring.batch import BatchPredictor
from segmentation.training.aggregates.profile import cell_centres

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.model import SegmentModel
    from segmentation.schema import Feature
    from segmentation.training.points.cleaning import CleanData


def positions(features: Sequence[Feature], wanted: Sequence[Feature]) -> list[int | None]:
    """Find each wanted feature among others: one in another unit, or with other categories, is another one."""
    known = {(feature.name, feature.unit, feature.codes): i for i, feature in enumerate(features)}
    return [known.get((feature.name, feature.unit, feature.codes)) for feature in wanted]


def moves_now(candidate: Side, current: Side, customers: CleanData | None) -> Moves | None:
    """Count the candidate's training customers by both models' answers; by its grid if there are no rows."""
    features = candidate.model.schema.features
    if customers is not None:
        binned, points = customers.cells is not None, customers.points
        if customers.stated is not None:
            # If nobody at a point states a value, each model fills it in its own way.
            points = np.where(customers.stated > 0, points, np.nan)
        return _moves(current.model, candidate.model, features, points, customers.weights, estimated=binned)
    return _moves_on_grid(candidate, current.model, candidate.model)


def _moves_on_grid(owner: Side, before: SegmentModel, now: SegmentModel) -> Moves | None:
    if owner.profile is None or owner.profile.grid is None:
        return None
    grid, schema = owner.profile.grid, owner.model.schema
    features = [feature for feature in schema.features if feature.name in grid.features]
    centres = cell_centres(grid, features)
    limits = [(feature.minimum, feature.maximum) for feature in features]
    # The centre of an outer cell may lie out of bounds, and the models would refuse it.
    for column, (minimum, maximum) in zip(centres.T, limits, strict=True):
        np.clip(column, minimum, maximum, out=column)
    return _moves(before, now, features, centres, np.array(grid.counts), estimated=True)


def _moves(
    before: SegmentModel,
    now: SegmentModel,
    features: Sequence[Feature],
    points: NDArray[np.float64],
    weights: NDArray[np.int64],
    *,
    estimated: bool,
) -> Moves | None:
    """Count customers by both models' answers; None if a model needs a cluster feature they lack.

    Customers that one of the models refuses, because a value is outside its bounds, are left out.
    """
    answers = []
    for model in (before, now):
        order = positions(features, model.schema.features)
        if any(order[i] is None for i in model.schema.cluster_indices):
            return None
        missing = np.full(len(points), np.nan)
        values = np.column_stack([missing if i is None else points[:, i] for i in order])
        answers.append(BatchPredictor(model).segments(values))
    known = (answers[0] >= 0) & (answers[1] >= 0)
    counts = np.zeros((len(before.names), len(now.names)), dtype=np.int64)
    # `counts[…] += weights` would count a pair of segments that occurs again only once.
    np.add.at(counts, (answers[0][known], answers[1][known]), weights[known])
    return Moves(before.names, now.names, tuple(tuple(row) for row in counts.tolist()), estimated)
