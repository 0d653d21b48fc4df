"""The space K-Means works in: the cluster features of clean customers, scaled, in full and coarsened."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from segmentation.scales import expanded, scaled, scaled_columns
from segmentation.schema import Indicator
from segmentation.training.clustering import N_INIT_BINNED, coarsen, fit_kmeans, fit_scaler, refine
from segmentation.training.statistics import least_reach

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray
    from sklearn.cluster import KMeans

    from segmentation.schema import Schema
    from segmentation.training.points.cleaning import CleanData
    from segmentation.training.reports.cleaning import Outliers


@dataclass(frozen=True)
class Points:
    """Distinct points in scaled space.

    Parameters
    ----------
    points, counts
        (m, c) points, cluster features only, and the (m,) customers at each.
    scatter
        The sum of squared distances between customers and their point, which any inertia lacks; 0 when each point is
        where its customers are.
    """

    points: NDArray[np.float64]
    counts: NDArray[np.int64]
    scatter: float

    def joined(self, others: Points) -> Points:
        """Return these points and others, in their order."""
        return Points(
            np.vstack([self.points, others.points]),
            np.concatenate([self.counts, others.counts]),
            self.scatter + others.scatter,
        )


@dataclass(frozen=True)
class Space:
    """Clean customers as K-Means sees them.

    Parameters
    ----------
    scaler
        Fitted on all features, each on its scale.
    where
        (n,) the index, among the full points, of each point of the data.
    full
        All distinct points.
    coarse
        Fewer of them, for what is computed many times; the same as `full` while each customer is kept.
    everyone
        The coarse points and those of the customers that a fence left out, as far as they are known; none is drawn in
        to a fence while each customer is kept.
    unfenced
        (n, c) the points of the data where they really are, if any has been drawn in to a fence.
    fenced
        Whether they are known: fences can be found again among `everyone`.
    reach
        Per cluster input how far its fence is from the quartiles at least, in scaled space; infinite without a fence.
    tailed
        Per cluster input whether it is heavy-tailed: those too many to be left out stand at the fence.
    groups
        For each category the columns of its indicators.
    """

    scaler: StandardScaler
    where: NDArray[np.intp]
    full: Points
    coarse: Points
    everyone: Points
    fenced: bool
    reach: tuple[float, ...]
    tailed: tuple[bool, ...]
    groups: tuple[tuple[int, ...], ...] = ()
    unfenced: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, data: CleanData, schema: Schema) -> Space:
        """Scale clean customers.

        Raises
        ------
        BadTrainingData
            When a cluster feature is constant.
        """
        clustering = list(schema.cluster_inputs)
        where_they_are = expanded(scaled_columns(data.points, schema.features), schema)
        on_scales = _drawn_in(where_they_are, data.report.outliers, schema)
        around = None if data.scatter is None else np.append(data.scatter, np.zeros(len(schema.indicators)))
        scaler = fit_scaler(on_scales, data.weights, schema, around)
        scaled = np.ascontiguousarray(scaler.transform(on_scales)[:, clustering])
        unfenced = None
        if on_scales is not where_they_are:
            unfenced = np.ascontiguousarray(scaler.transform(where_they_are)[:, clustering])
        # Customers that differ only in profile features are one point to K-Means.
        points, where = np.unique(scaled, axis=0, return_inverse=True)
        counts = np.bincount(where, weights=data.weights).astype(np.int64)
        scatter = 0.0
        if around is not None:
            scatter = float((around / scaler.scale_**2)[clustering].sum() * counts.sum())
        # The same object, not an equal one: `fit` tells by identity whether there is a second fit to make.
        full = coarse = Points(points, counts, scatter)
        if data.cells is not None:
            cells = np.empty(points.shape, dtype=np.int64)
            cells[where] = expanded(data.cells.astype(np.float64), schema)[:, clustering]
            whole = np.array([isinstance(schema.inputs[i], Indicator) for i in clustering])
            fewer, fewer_counts, lost = coarsen(points, counts, cells, whole)
            coarse = Points(fewer, fewer_counts, scatter + lost)
        everyone = coarse
        if unfenced is not None and data.cells is None:
            places, which = np.unique(unfenced, axis=0, return_inverse=True)
            everyone = Points(places, np.bincount(which, weights=data.weights).astype(np.int64), 0.0)
        if data.left_out is not None:
            there = expanded(scaled_columns(data.left_out.points, schema.features), schema)
            far = scaler.transform(there)[:, clustering]
            everyone = everyone.joined(Points(far, data.left_out.counts, 0.0))
        reach = tuple(float(least_reach(schema.inputs[i]) / scaler.scale_[i]) for i in clustering)
        heavy = {beyond.feature for beyond in data.report.outliers if beyond.log_suits}
        tailed = tuple(schema.inputs[i].name in heavy for i in clustering)
        fenced = data.cells is None
        return cls(scaler, where, full, coarse, everyone, fenced, reach, tailed, schema.groups, unfenced)

    @property
    def first(self) -> NDArray[np.intp]:
        """The (m,) index of the first of the data's points on each of the full points."""
        return np.unique(self.where, return_index=True)[1]

    @cached_property
    def orders(self) -> tuple[NDArray[np.intp], ...]:
        """Per feature what sorts `everyone` by it."""
        return tuple(column.argsort(kind="stable") for column in self.everyone.points.T)

    def fit(self, k: int, seed: int) -> KMeans:
        """Fit K-Means on the coarse points and, from there, on all of them; one fit when they are the same."""
        if self.coarse is self.full:
            return fit_kmeans(self.full.points, self.full.counts, k, seed)
        rough = fit_kmeans(self.coarse.points, self.coarse.counts, k, seed, N_INIT_BINNED)
        return refine(self.full.points, self.full.counts, rough.cluster_centers_)

    def labels(self, kmeans: KMeans) -> NDArray[np.intp]:
        """Return the (n,) segments of the data's points, as a model with these centres answers."""
        if self.unfenced is None:
            return np.asarray(kmeans.labels_[self.where], dtype=np.intp)
        off = self.unfenced[None] - kmeans.cluster_centers_[:, None]
        return np.asarray((off**2).sum(axis=2).argmin(axis=0))


def _drawn_in(on_scales: NDArray[np.float64], outliers: Iterable[Outliers], schema: Schema) -> NDArray[np.float64]:
    """Put those in a heavy tail who were kept, though beyond a fence, at the fence; the same array if there are none.

    They are too many to be left out, but the farthest few would have the scale and centres for themselves, and these
    would be others in each sample (Winsor's way with tails: W. J. Dixon, "Simplified Estimation from Censored Normal
    Samples", 1960). A group that is far from the others is no tail, and stays where it is.
    """
    kept = [beyond for beyond in outliers if beyond.log_suits and not beyond.left_out]
    if not kept:
        return on_scales
    drawn_in = on_scales.copy()
    for beyond in kept:
        index = schema.names.index(beyond.feature)
        feature = schema.features[index]
        drawn_in[:, index] = on_scales[:, index].clip(feature.scaled(beyond.below), feature.scaled(beyond.above))
    return drawn_in


def input_steps(points: NDArray[np.float64], schema: Schema) -> tuple[tuple[str, ColumnTransformer], ...]:
    """Return the named pipeline step that adds indicators to (n, d) values; none in a schema of numbers."""
    coded = [i for i in schema.cluster_indices if schema.features[i].is_category]
    if not coded:
        return ()
    codes = {i: np.arange(len(schema.features[i].codes), dtype=np.float64) for i in coded}
    encoders = [
        (schema.names[i], OneHotEncoder(categories=[codes[i]], sparse_output=False, handle_unknown="ignore"), [i])
        for i in coded
    ]
    inputs = ColumnTransformer([("features", "passthrough", list(range(len(schema.features)))), *encoders])
    return (("inputs", inputs.fit(points)),)


def scale_steps(
    points: NDArray[np.float64], schema: Schema
) -> tuple[tuple[str, StandardScaler | ColumnTransformer], ...]:
    """Return the named pipeline steps that put (n, d) values on the features' scales; none when all are plain.

    They are scikit-learn's own, so that a pipeline unpickles without segbot.
    """
    if not any(feature.is_log for feature in schema.features):
        return ()
    # Fitted for its form only: what it takes away is not the mean but the minimum of each feature on a log scale.
    shift = StandardScaler(with_std=False).fit(points)
    shift.mean_ = np.array([feature.minimum if feature.is_log else 0.0 for feature in schema.features])
    logs = ColumnTransformer(
        [
            (feature.name, FunctionTransformer(np.log1p) if feature.is_log else "passthrough", [i])
            for i, feature in enumerate(schema.features)
        ]
    )
    return ("shift", shift), ("logs", logs.fit(shift.transform(points)))


def squared_distances(
    scaler: StandardScaler, schema: Schema
) -> Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]:
    """Return what gives the (k, n) squared distances of (n, c) points of the cluster inputs from (k, c) centres."""
    clustering = schema.cluster_inputs

    def squared(centres: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
        found = np.zeros((len(centres), len(points)))
        # Column by column: several times as fast as sums over the few numbers of a row.
        for column, place, index in zip(points.T, centres.T, clustering, strict=True):
            on_scale = (scaled(column, schema.inputs[index]) - scaler.mean_[index]) / scaler.scale_[index]
            found += (on_scale - place[:, None]) ** 2
        return found

    return squared
