"""Whether customers are in groups on the log scale that their report advises: nobody is sent to a second refusal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from segmentation.schema import Scale
from segmentation.training.groups.rounded import spread_steps
from segmentation.training.groups.structure import find_structure
from segmentation.training.groups.sweep import sweep
from segmentation.training.reports.warnings import log_suited
from segmentation.training.space import Space

if TYPE_CHECKING:
    from segmentation.schema import Schema
    from segmentation.training.points.cleaning import CleanData
    from segmentation.training.reports.training import Structure


def structure_on_log(data: CleanData, schema: Schema, seed: int) -> Structure | None:
    """Look for groups as a training would with a log scale for each feature that it suits; None if there is none.

    Parameters
    ----------
    data
        Clean customers. On a log scale those beyond a fence are hardly far out, so they take part if they are known.
    schema
        The schema they were cleaned with.
    seed
        Of the training, so that one with the other schema finds the same.
    """
    suited = log_suited(data.report)
    if not suited:
        return None
    features = tuple(
        replace(feature, scale=Scale.LOG) if feature.name in suited else feature for feature in schema.features
    )
    points, weights = data.points, data.weights
    if data.left_out is not None:
        far = np.where(np.isnan(data.left_out.points), data.fill, data.left_out.points)
        points, weights = np.vstack([points, far]), np.concatenate([weights, data.left_out.counts])
    # How customers scatter around their cells, and who is far out, is known on the plain scale only.
    report = replace(data.report, outliers=())
    everyone = replace(data, points=points, weights=weights, report=report, scatter=None, left_out=None)
    space = Space.of(everyone, replace(schema, features=features))
    looked_at = spread_steps(space.coarse, seed)
    swept = sweep(looked_at.points, looked_at.counts, seed, looked_at.scatter)
    return find_structure(looked_at.points, looked_at.counts, swept, seed, groups=space.groups)
