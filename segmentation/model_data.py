"""A model's stored form: plain data that becomes a model again only when nothing in it can lead an answer astray."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any, Final

from segmentation.answers.confidence import ConfidenceTable
from segmentation.answers.explanation import Segment
from segmentation.answers.replica import Replica
from segmentation.density import Density
from segmentation.model import SegmentModel
from segmentation.schema import Schema
from segmentation.schema_data import schema_from_data
from segmentation.tree import DecisionTree

FORMAT: Final = 1
MAX_SEGMENTS: Final = 20
MAX_REPLICAS: Final = 100
# Beyond these, distances and factors could overflow when squared or divided; real models stay far inside.
_TINY: Final = 1e-100
_HUGE: Final = 1e100


def model_to_data(model: SegmentModel) -> dict[str, Any]:
    """Return a model's stored form: JSON-ready, deterministic, without the version."""
    data = asdict(replace(model, version=""))
    del data["version"]
    data["schema"] = model.schema.to_data()
    # As a version that did not keep them stores a model.
    for segment in data["segments"]:
        if not segment["named_by"]:
            del segment["named_by"]
    if model.seen is None:
        del data["seen"]
    if model.confidence is None:
        del data["confidence"]
    if not model.replicas:
        del data["replicas"]
    if model.density is None:
        del data["density"]
    for segment in data["segments"]:
        if not segment["shares"]:
            del segment["shares"]
    return {"format": FORMAT, **data}


def model_from_data(data: Mapping[str, Any]) -> SegmentModel:
    """Rebuild a model from its stored form and check every index and number in it.

    Raises
    ------
    KeyError, TypeError, ValueError
        When the data do not have that form or could lead a prediction astray.
    """
    # First: another format may lack any of the keys below.
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']} is not {FORMAT}")
    try:
        model = _rebuilt(data)
    # JSON has whole numbers of any length, and `float` refuses those beyond its range.
    except OverflowError as error:
        raise ValueError("a number is too large") from error
    _check(model)
    return model


def _rebuilt(data: Mapping[str, Any]) -> SegmentModel:
    tree = {field.name: tuple(data["tree"][field.name]) for field in fields(DecisionTree)}
    tree["cut"] = tuple(map(float, tree["cut"]))
    return SegmentModel(
        schema=schema_from_data(data["schema"]),
        segments=tuple(
            Segment(
                **{
                    **item,
                    **{key: tuple(map(_float_or_none, item[key])) for key in ("mean", "low", "high")},
                    "shares": tuple(tuple(map(float, shares)) for shares in item.get("shares", ())),
                }
            )
            for item in data["segments"]
        ),
        centroids=tuple(tuple(map(float, row)) for row in data["centroids"]),
        mean=tuple(map(float, data["mean"])),
        factor=tuple(map(float, data["factor"])),
        fill=tuple(map(float, data["fill"])),
        tree=DecisionTree(**tree),
        synthetic=bool(data["synthetic"]),
        seen=_seen(data["seen"]) if "seen" in data else None,
        confidence=_confidence(data["confidence"]) if "confidence" in data else None,
        replicas=tuple(_replica(item) for item in data.get("replicas", ())),
        density=Density.from_data(data["density"]) if "density" in data else None,
    )


def _float_or_none(value: float | None) -> float | None:
    return None if value is None else float(value)


def _seen(ranges: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((float(low), float(high)) for low, high in ranges)


def _confidence(table: Mapping[str, Sequence[float]]) -> ConfidenceTable:
    return ConfidenceTable(*(tuple(map(float, table[field.name])) for field in fields(ConfidenceTable)))


def _replica(item: Mapping[str, Any]) -> Replica:
    rows = item["centroids"]
    return Replica(tuple(map(float, item["weights"])), tuple(tuple(map(float, row)) for row in rows))


def _check(model: SegmentModel) -> None:
    """Refuse, in this order: later checks count on the shapes that earlier ones hold to be right."""
    _check_segments(model)
    _check_shapes(model)
    _check_seen(model)
    _check_scaling(model)
    _check_retrained(model)
    if model.density is not None:
        model.density.check(model.schema)
    model.tree.check(len(model.schema.inputs), len(model.segments))


def _check_segments(model: SegmentModel) -> None:
    if not 1 < len(model.segments) <= MAX_SEGMENTS or len(model.centroids) != len(model.segments):
        raise ValueError("segments and centroids differ in number, or there are too few or too many")
    if len(set(model.names)) != len(model.names) or not all(model.names):
        raise ValueError("segment names are missing or not unique")
    for segment in model.segments:
        texts = (segment.name, segment.meaning, segment.action, segment.named_by)
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a segment's name, meaning or action, or who gave them, is not text")
        if not (isinstance(segment.customers, int) and segment.customers >= 0 and 0 <= segment.share <= 1):
            raise ValueError("a segment has an impossible size")
        _check_shares(segment, model.schema)


def _check_shares(segment: Segment, schema: Schema) -> None:
    if not segment.shares and not any(feature.is_category for feature in schema.features):
        return
    for feature, shares in zip(schema.features, segment.shares, strict=True):
        if len(shares) not in {0, len(feature.codes)} or not all(0 <= share <= 1 for share in shares):
            raise ValueError(f"a segment's shares are not those of the categories of {feature.name}")


def _check_shapes(model: SegmentModel) -> None:
    typical = [part for segment in model.segments for part in (segment.mean, segment.low, segment.high)]
    per_feature: list[tuple[float | None, ...]] = [model.fill, *typical]
    per_input = (model.mean, model.factor)
    if any(len(part) != len(model.schema.features) for part in per_feature):
        raise ValueError("a list does not have one number per feature")
    if any(len(part) != len(model.schema.inputs) for part in per_input):
        raise ValueError("a list does not have one number per feature")
    if any(len(row) != len(model.schema.cluster_inputs) for row in model.centroids):
        raise ValueError("a centroid does not have one number per cluster feature")
    numbers = [number for part in (*per_feature, *per_input, *model.centroids) for number in part if number is not None]
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError("a number is not finite")
    numbers_only = [i for i in model.schema.cluster_indices if not model.schema.features[i].is_category]
    if any(part[i] is None for part in typical for i in numbers_only):
        raise ValueError("a segment lacks a typical value of a cluster feature")


def _check_seen(model: SegmentModel) -> None:
    if model.seen is None:
        return
    if len(model.seen) != len(model.schema.cluster_indices):
        raise ValueError("the ranges seen are not one per cluster feature")
    bounds = (model.limits[i] for i in model.schema.cluster_indices)
    if not all(least <= low <= high <= most for (low, high), (least, most) in zip(model.seen, bounds, strict=True)):
        raise ValueError("a range seen is out of its feature's bounds")


def _check_scaling(model: SegmentModel) -> None:
    if any(not low <= value <= high for value, (low, high) in zip(model.fill, model.limits, strict=True)):
        raise ValueError("a value that stands for a missing one is out of its feature's bounds")
    if any(not _TINY < factor < _HUGE for factor in model.factor):
        raise ValueError("a scaling factor is not above zero, or is extreme")
    if any(not _TINY < spread < _HUGE for spread in model.spread):
        raise ValueError("a feature's weight is extreme")
    # Feature by feature, no value in bounds is farther from a centroid than one of the two bounds, so the corner of all
    # minima and the one of all maxima stand for every customer.
    corners = zip(*((feature.minimum, feature.maximum) for feature in model.schema.inputs), strict=True)
    if not all(distance < _HUGE for corner in corners for distance in model.distances(corner)):
        raise ValueError("a centroid lies beyond all bounds")


def _check_retrained(model: SegmentModel) -> None:
    if model.confidence is not None:
        model.confidence.check()
    if len(model.replicas) > MAX_REPLICAS:
        raise ValueError("there are too many replicas")
    for replica in model.replicas:
        if len(replica.centroids) != len(model.segments):
            raise ValueError("a replica does not have one centroid per segment")
        if any(len(row) != len(model.schema.cluster_inputs) for row in (replica.weights, *replica.centroids)):
            raise ValueError("a replica does not have one number per cluster feature")
        if not all(_TINY < weight < _HUGE for weight in replica.weights):
            raise ValueError("a replica's weight is not above zero, or is extreme")
        if not all(abs(number) < _HUGE for row in replica.centroids for number in row):
            raise ValueError("a replica's centroid is not a finite number, or is extreme")
