"""Rows → a trained model and its report: cleaning, scaling, choice of k, K-Means, naming and the tree, in order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline

from segmentation.answers.explanation import Segment
from segmentation.errors import BadTrainingData
from segmentation.model import SegmentModel
from segmentation.scales import expanded, unscaled_columns
from segmentation.training.aggregates.density import density_of
from segmentation.training.aggregates.profile import training_profile
from segmentation.training.bands import choose_bands, is_free
from segmentation.training.bounds import LARGEST_K, SMALLEST_K, is_k
from segmentation.training.calibration import calibrate
from segmentation.training.distillation import Distilled, distil
from segmentation.training.divisions import TwoWays, division_warnings, two_ways
from segmentation.training.groups.choice import choose_k, k_in_service
from segmentation.training.groups.log_scale import structure_on_log
from segmentation.training.groups.rounded import SAID, spread_steps
from segmentation.training.groups.structure import find_structure
from segmentation.training.groups.sweep import sweep
from segmentation.training.held_out import Newcomers, held_out_fidelity
from segmentation.training.names.clusters import Clusters
from segmentation.training.names.naming import Naming, name_clusters
from segmentation.training.points.cleaning import CleanData
from segmentation.training.points.dataset import gather
from segmentation.training.points.typical import category_shares, mean_and_percentiles
from segmentation.training.reports.training import KChoice, Structure, SweepPoint, TrainingReport
from segmentation.training.reports.warnings import cleaning_warnings
from segmentation.training.resampling import margins, resample
from segmentation.training.space import Space, input_steps, scale_steps, squared_distances

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.cluster import KMeans
    from sklearn.preprocessing import StandardScaler

    from segmentation.schema import Schema


@dataclass(frozen=True)
class Trained:
    """One training's result.

    Parameters
    ----------
    model
        The plain data that answers.
    pipelines
        The fitted scikit-learn pipelines behind it, "clusterer" and "classifier"; both take a DataFrame with the
        schema's feature names as columns and answer segment indices.
    report
        What training saw, chose and measured.
    """

    model: SegmentModel
    pipelines: dict[str, Pipeline]
    report: TrainingReport


@dataclass(frozen=True)
class _Clustered:
    """The clustering in canonical order: segment i is centre i, label i, name i."""

    scaler: StandardScaler
    kmeans: KMeans
    labels: NDArray[np.intp]
    naming: Naming


@dataclass(frozen=True)
class _Measured:
    """What training chose and measured besides the tree; fields as in `TrainingReport`, and what `two_ways` returns."""

    sweep: tuple[SweepPoint, ...]
    choice: KChoice
    inertia: float
    stability: float
    kept: float
    structure: Structure | None
    structure_on_log: Structure | None
    fidelity_held_out: float | None
    steps_spread: bool
    ways: TwoWays | None
    seed: int


def train(
    values: NDArray[np.float64],
    schema: Schema,
    *,
    k: int | None = None,
    seed: int = 0,
    previous: SegmentModel | None = None,
    already_rejected: Mapping[str, int] | None = None,
    synthetic: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Trained:
    """Train a model.

    Parameters
    ----------
    values
        (n, d) raw values in schema order and the features' units, NaN where missing.
    k
        Number of segments, 2 to 15; None keeps that of `previous`, or lets inertia and silhouette decide.
    seed
        Fixes everything random: the same values, schema, k, seed and previous give the same model to the byte.
    previous
        The version in service: its k is kept unless one is asked for, and matched segments keep their names.
    already_rejected
        Rows the reader refused, by reason, for the report.
    synthetic
        Whether the customers were generated; every answer of the model will say so.
    progress
        Called with the name of each step as it begins.

    Raises
    ------
    BadTrainingData
        When the rows cannot make a model; the sentence says what to fix.
    """
    if progress is not None:
        progress("Cleaning")
    data = gather(values, schema, already_rejected)
    return train_clean(data, schema, k=k, seed=seed, previous=previous, synthetic=synthetic, progress=progress)


def train_clean(
    data: CleanData,
    schema: Schema,
    *,
    k: int | None = None,
    seed: int = 0,
    previous: SegmentModel | None = None,
    synthetic: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Trained:
    """Train a model on clean customers, or on the cells that stand for them when they are many.

    Parameters
    ----------
    data
        What `dataset` made of a file, or `cells` of a database's counts.
    k, seed, previous, synthetic, progress
        As for `train`.

    Raises
    ------
    BadTrainingData
        When the customers cannot make a model; the sentence says what to fix.
    """
    if k is not None and not is_k(k):
        raise BadTrainingData(f"k must be from {SMALLEST_K} to {LARGEST_K}, not {k}.")
    say = progress or (lambda _step: None)
    space = Space.of(data, schema)
    say("Choosing k")
    looked_at = spread_steps(space.coarse, seed)
    swept = sweep(looked_at.points, looked_at.counts, seed, looked_at.scatter, progress=say)
    choice = choose_k(swept, k, k_in_service(schema, previous))
    spread = looked_at is not space.coarse
    if spread:
        choice = replace(choice, reason=f"{choice.reason} {SAID}")
    structure = find_structure(looked_at.points, looked_at.counts, swept, seed, groups=space.groups)
    on_log = structure_on_log(data, schema, seed)
    if schema.bands and structure is not None and not structure.grouped and is_free(schema, k, previous):
        choice = choose_bands(choice, space, swept, seed)
    say("Clustering")
    kmeans = space.fit(choice.k, seed)
    clustered = _name(kmeans, space, schema, previous)
    say("Measuring stability")
    resampled = resample(space, clustered.kmeans.cluster_centers_, seed, progress=say)
    say("Growing the tree")
    customers = np.ascontiguousarray(expanded(data.points, schema)[:, list(schema.cluster_inputs)])
    centres, squared = clustered.kmeans.cluster_centers_, squared_distances(clustered.scaler, schema)

    def nearest(centres: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.intp]:
        # Of equal distances the lower index wins, as in `SegmentModel.predict`.
        return np.asarray(squared(centres, points).argmin(axis=0))

    distilled = distil(customers, data.weights, clustered.labels, partial(nearest, centres), schema, seed)
    full, new = space.full, Newcomers.of(resampled, squared)
    unseen = held_out_fidelity(customers[space.first], full.points, full.counts, centres, nearest, schema, seed, new)
    clear = margins(squared(centres, distilled.unseen))
    calibrated = calibrate(resampled, clear, distilled.followed, seed)
    model = _model(data, clustered, distilled, schema, synthetic=synthetic)
    model = replace(model, confidence=calibrated.table, replicas=resampled.replicas)
    inertia = float(kmeans.inertia_) + space.full.scatter
    stable = (calibrated.stability, calibrated.kept)
    measured = _Measured(swept, choice, inertia, *stable, structure, on_log, unseen, spread, two_ways(resampled), seed)
    report = _report(data, model, clustered, distilled, measured)
    return Trained(model, _pipelines(data, clustered, distilled, schema), report)


def _name(kmeans: KMeans, space: Space, schema: Schema, previous: SegmentModel | None) -> _Clustered:
    """Name the clusters and put them in canonical order: as the schema's rules, then by centre."""
    index, scaler = list(schema.cluster_inputs), space.scaler
    # The scale is divided by the weight (`fit_scaler`); names go by plain standard deviations.
    weight = np.array([schema.inputs[i].weight for i in index])
    centres = kmeans.cluster_centers_ * scaler.scale_[index] + scaler.mean_[index]
    features = [schema.inputs[i] for i in index]
    centres = unscaled_columns(centres, features)
    clusters = Clusters(
        centres=centres,
        average=unscaled_columns(scaler.mean_[None, index], features)[0],
        levels=kmeans.cluster_centers_ / weight,
        customers=space.full.points / weight,
        weights=space.full.counts,
        labels=kmeans.labels_,
    )
    naming = name_clusters(clusters, schema, previous)
    position = {rule.name: i for i, rule in enumerate(schema.rules)}
    order = sorted(
        range(len(centres)), key=lambda i: (position.get(naming.names[i].name, len(position)), tuple(centres[i]))
    )
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    # Changed in place: the scikit-learn pipeline keeps this object, and its indices must mean the model's segments.
    kmeans.cluster_centers_ = np.ascontiguousarray(kmeans.cluster_centers_[order])
    kmeans.labels_ = rank[kmeans.labels_].astype(np.int32)
    names = tuple(naming.names[i] for i in order)
    matched, new = (tuple(n.name for n in names if n.name in part) for part in (naming.matched, naming.new))
    ordered = replace(naming, names=names, matched=matched, new=new)
    return _Clustered(scaler, kmeans, space.labels(kmeans), ordered)


def _model(
    data: CleanData, clustered: _Clustered, distilled: Distilled, schema: Schema, *, synthetic: bool
) -> SegmentModel:
    total = int(data.weights.sum())
    seen = [
        (schema.features[i].minimum, schema.features[i].maximum)
        if schema.features[i].is_category
        else (float(known.min()), float(known.max()))
        for i, known in ((i, data.distribution(i)[0]) for i in schema.cluster_indices)
    ]
    segments = []
    for i, name in enumerate(clustered.naming.names):
        inside = clustered.labels == i
        customers = int(data.weights[inside].sum())
        typical = [
            (None, None, None) if feature.is_category else mean_and_percentiles(*data.known(at, inside))
            for at, feature in enumerate(schema.features)
        ]
        mean, low, high = zip(*typical, strict=True)
        segments.append(
            Segment(
                name=name.name,
                meaning=name.meaning,
                action=name.action,
                named_by=name.named_by,
                customers=customers,
                share=customers / total,
                mean=mean,
                low=low,
                high=high,
                shares=category_shares(data, schema, inside),
            )
        )
    return SegmentModel(
        schema=schema,
        segments=tuple(segments),
        centroids=tuple(tuple(row) for row in clustered.kmeans.cluster_centers_.tolist()),
        mean=tuple(clustered.scaler.mean_.tolist()),
        factor=tuple((1 / clustered.scaler.scale_).tolist()),
        fill=tuple(data.fill.tolist()),
        tree=distilled.tree,
        synthetic=synthetic,
        seen=tuple(seen),
        density=density_of(schema, data),
    )


def _report(
    data: CleanData, model: SegmentModel, clustered: _Clustered, distilled: Distilled, measured: _Measured
) -> TrainingReport:
    choice, naming, on_log = measured.choice, clustered.naming, measured.structure_on_log
    return TrainingReport(
        cleaning=data.report,
        sweep=measured.sweep,
        choice=choice,
        inertia=measured.inertia,
        silhouette=next(point.silhouette for point in measured.sweep if point.k == choice.k),
        stability=measured.stability,
        fidelity=distilled.fidelity,
        fidelity_range=distilled.fidelity_range,
        leaves=distilled.tree.leaves,
        matched=naming.matched,
        new=naming.new,
        gone=naming.gone,
        warnings=(
            *cleaning_warnings(data.report, model.schema, on_log),
            *division_warnings(measured.ways, data.report, model.schema, on_log),
            *naming.withheld,
        ),
        # Points are sorted and counted, so the order of the file's rows makes no difference.
        data_fingerprint=hashlib.sha256(data.points.tobytes() + data.weights.tobytes()).hexdigest(),
        seed=measured.seed,
        synthetic=model.synthetic,
        profile=training_profile(model, data, clustered.labels),
        structure=measured.structure,
        structure_on_log=on_log,
        fidelity_held_out=measured.fidelity_held_out,
        kept=measured.kept,
        steps_spread=measured.steps_spread,
    )


def _pipelines(data: CleanData, clustered: _Clustered, distilled: Distilled, schema: Schema) -> dict[str, Pipeline]:
    """Assemble the fitted scikit-learn steps into pipelines that take a DataFrame of raw values."""
    names = list(schema.names)
    frame = pd.DataFrame(data.points, columns=names)
    # Fitted for its form only. Its own medians would be of distinct points, with the gaps filled and no weights.
    imputer = SimpleImputer(strategy="median").fit(frame)
    imputer.statistics_ = data.fill.copy()
    inputs, there = input_steps(data.points, schema), expanded(data.points, schema)
    select = ColumnTransformer([("cluster", "passthrough", list(schema.cluster_inputs))]).fit(there)
    return {
        "clusterer": Pipeline(
            [
                ("imputer", imputer),
                *scale_steps(data.points, schema),
                *inputs,
                ("scaler", clustered.scaler),
                ("select", select),
                ("kmeans", clustered.kmeans),
            ]
        ),
        "classifier": Pipeline([("imputer", imputer), *inputs, ("select", select), ("tree", distilled.fitted)]),
    }
