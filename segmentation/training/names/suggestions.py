"""Names to offer a person who names segments: each says in plain words where the segment's centre lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from segmentation.scales import unscaled_columns
from segmentation.training.names.clusters import Clusters
from segmentation.training.names.derived import Describer

if TYPE_CHECKING:
    from segmentation.model import SegmentModel


def suggested_names(model: SegmentModel) -> tuple[str, ...]:
    """Return a name for each segment of a model, in its order, all different.

    The model keeps no customers, so unlike a name that training gives, a suggestion holds of the centre only: a person
    decides whether it suits the segment.

    Examples
    --------
    >>> suggested_names(model)[0]
    'Higher income, higher spending'
    """
    index = list(model.schema.cluster_inputs)
    features = [model.schema.inputs[i] for i in index]
    centroids, mean, factor = np.array(model.centroids), np.array(model.mean)[index], np.array(model.factor)[index]
    levels = centroids / np.array([feature.weight for feature in features])
    count = len(model.segments)
    clusters = Clusters(
        centres=unscaled_columns(centroids / factor + mean, features),
        average=unscaled_columns(mean[None], features)[0],
        levels=levels,
        customers=levels,
        weights=np.ones(count, dtype=np.int64),
        labels=np.arange(count),
    )
    named = Describer(clusters, features).names(range(count), ())
    return tuple(named[i] for i in range(count))
