"""The trained model as plain, frozen data: which segment a customer is in, how sure, why, and what would change it.

Nothing here imports scikit-learn, numpy or pandas: one customer is answered in microseconds by pure Python.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Final

from segmentation.errors import BadInput
from segmentation.schema import Feature, Schema, format_number, schema_from_data
from segmentation.tree import LEAF, DecisionTree, Interval
from segmentation.values import ValueFault, check_range

FORMAT: Final = 1
HIGH_CONFIDENCE: Final = 0.6
MAX_SEGMENTS: Final = 20


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment as trained.

    Parameters
    ----------
    name, meaning, action
        What it is called, what that says of its customers, one thing to do about them.
    customers, share
        How many training customers it holds, and their share of all (0 to 1).
    mean, low, high
        Per feature in schema order, in the feature's unit: the mean, and the 10th and 90th percentile.
    """

    name: str
    meaning: str
    action: str
    customers: int
    share: float
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Prediction:
    """The short answer.

    Parameters
    ----------
    segment
        What the decision tree answers.
    confidence
        Geometric, 0 to 1: one minus the ratio of the distances to the nearest and second nearest centroid.
    runner_up
        The segment with the nearest centroid other than the answer's.
    borderline
        Whether the confidence is under the schema's threshold or the tree and the nearest centroid disagree.
    model_version
        The registry's version id; empty for a model that was never saved.
    """

    segment: str
    confidence: float
    runner_up: str
    borderline: bool
    model_version: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that led to the segment: a feature inside an interval, and the sentence for it."""

    feature: str
    above: float | None
    at_most: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """A customer's value of one feature beside the segment's typical ones, in the feature's unit."""

    feature: str
    label: str
    unit: str
    value: float
    imputed: bool
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Change:
    """The smallest change of one feature that leads to another segment."""

    feature: str
    value: float
    segment: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole answer for one customer; `values` echoes what was asked, in schema order."""

    prediction: Prediction
    values: tuple[float, ...]
    segment: Segment
    why: tuple[Reason, ...]
    profile: tuple[ProfileLine, ...]
    changes: tuple[Change, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the command line's JSON object."""
        return {
            **asdict(self.prediction),
            "confidence_word": confidence_word(self.prediction),
            "values": {line.feature: line.value for line in self.profile},
            "meaning": self.segment.meaning,
            "action": self.segment.action,
            "why": [reason.sentence for reason in self.why],
            "profile": {
                line.feature: {
                    "label": line.label,
                    "unit": line.unit,
                    "value": line.value,
                    "imputed": line.imputed,
                    "segment_mean": line.mean,
                    "segment_low": line.low,
                    "segment_high": line.high,
                }
                for line in self.profile
            },
            "changes": [asdict(change) for change in self.changes],
        }


@dataclass(frozen=True)
class SegmentModel:
    """Everything needed to answer, and nothing else. Frozen, plain and safe to share between threads.

    Parameters
    ----------
    schema
        The features and rules it was trained with.
    segments
        In the order that tree and centroids refer to.
    centroids
        One row a segment, one column a cluster feature, in scaled space.
    mean, factor
        Per feature in schema order: scaled value = (value - mean) * factor, the factor holding the weight.
    fill
        Per feature: the value a missing profile feature is imputed with.
    tree
        The decision tree on raw values.
    synthetic
        Whether it was trained on generated sample customers, so that every answer can say so.
    version
        The registry's version id; not part of the stored form.
    """

    schema: Schema
    segments: tuple[Segment, ...]
    centroids: tuple[tuple[float, ...], ...]
    mean: tuple[float, ...]
    factor: tuple[float, ...]
    fill: tuple[float, ...]
    tree: DecisionTree
    synthetic: bool = False
    version: str = ""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Segment names in index order."""
        return tuple(segment.name for segment in self.segments)

    def segment(self, name: str) -> Segment:
        """Return the segment of that exact name; KeyError when there is none."""
        return self.segments[self._index[name]]

    def predict(self, values: Mapping[str, float | None]) -> Prediction:
        """Say which segment a customer is in and how sure that is.

        Parameters
        ----------
        values
            A finite number within bounds for every feature, by feature name. A profile feature may be missing or
            None and is then imputed; a cluster feature may not.

        Raises
        ------
        BadInput
            For an unknown or missing feature or a value out of range.
        """
        return self._predict(self.vector(values)[0])

    def explain(self, values: Mapping[str, float | None]) -> Explanation:
        """Say which segment a customer is in, how sure that is, why, and what would change it.

        Parameters and errors as for `predict`.
        """
        x, imputed = self.vector(values)
        prediction = self._predict(x)
        return Explanation(
            prediction=prediction,
            values=x,
            segment=self.segment(prediction.segment),
            why=tuple(self._reason(i, interval) for i, interval in self.tree.path(x).items()),
            profile=self._profile(x, imputed, prediction.segment),
            changes=self._changes(x),
        )

    def vector(self, values: Mapping[str, float | None]) -> tuple[tuple[float, ...], frozenset[str]]:
        """Order, check and complete the values of one customer.

        Returns
        -------
        tuple[tuple[float, ...], frozenset[str]]
            The values in schema order, and the names of the features that were imputed.
        """
        x: list[float] = []
        imputed: set[str] = set()
        for i, feature in enumerate(self.schema.features):
            value = values.get(feature.name)
            if value is None:
                if i in self.schema.cluster_indices:
                    raise BadInput(f"{feature.label} is missing; without it no segment can be told.")
                imputed.add(feature.name)
                value = self.fill[i]
            elif isinstance(checked := check_range(feature, value), ValueFault):
                raise BadInput(f"{checked.sentence}.")
            x.append(float(value))
        if len(values) > len(x) or not values.keys() <= set(self.schema.names):
            unknown = ", ".join(sorted(set(values) - set(self.schema.names)))
            raise BadInput(f"Unknown feature: {unknown}. The model knows {', '.join(self.schema.names)}.")
        return tuple(x), frozenset(imputed)

    def distances(self, x: Sequence[float]) -> list[float]:
        """Return the distance to each centroid, in scaled space, for a value vector in schema order."""
        scaled = [(x[i] - self.mean[i]) * self.factor[i] for i in self.schema.cluster_indices]
        found = []
        for centroid in self.centroids:
            total = 0.0
            for value, centre in zip(scaled, centroid, strict=True):
                total += (value - centre) * (value - centre)
            found.append(math.sqrt(total))
        return found

    def rules_text(self) -> str:
        """Return the decision tree as indented text, in labels, units and segment names."""

        def lines(node: int, depth: int) -> list[str]:
            indent = "  " * depth
            if self.tree.feature[node] == LEAF:
                return [f"{indent}→ {self.names[self.tree.segment[node]]}"]
            feature = self.schema.features[self.tree.feature[node]]
            cut = _show_cut(feature, self.tree.cut[node])
            return [
                f"{indent}{_running(feature.label)} at most {cut}:",
                *lines(self.tree.left[node], depth + 1),
                f"{indent}{_running(feature.label)} above {cut}:",
                *lines(self.tree.right[node], depth + 1),
            ]

        return "\n".join(lines(0, 0))

    def to_data(self) -> dict[str, Any]:
        """Return the stored form: JSON-ready, deterministic, without the version."""
        data = asdict(replace(self, version=""))
        del data["version"]
        return {"format": FORMAT, **data}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> SegmentModel:
        """Rebuild a model from its stored form and check every index and number in it.

        Raises
        ------
        KeyError, TypeError, ValueError
            When the data do not have that form or could lead a prediction astray.
        """
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']} is not {FORMAT}")
        model = cls(
            schema=schema_from_data(data["schema"]),
            segments=tuple(
                Segment(**{**item, **{key: tuple(map(float, item[key])) for key in ("mean", "low", "high")}})
                for item in data["segments"]
            ),
            centroids=tuple(tuple(map(float, row)) for row in data["centroids"]),
            mean=tuple(map(float, data["mean"])),
            factor=tuple(map(float, data["factor"])),
            fill=tuple(map(float, data["fill"])),
            tree=DecisionTree(**{key: tuple(value) for key, value in data["tree"].items()}),
            synthetic=bool(data["synthetic"]),
        )
        model._check()
        return model

    @cached_property
    def _index(self) -> dict[str, int]:
        return {segment.name: i for i, segment in enumerate(self.segments)}

    @cached_property
    def _limits(self) -> tuple[tuple[float, float], ...]:
        return tuple((feature.minimum, feature.maximum) for feature in self.schema.features)

    @cached_property
    def _spread(self) -> tuple[float, ...]:
        return tuple(feature.weight / factor for feature, factor in zip(self.schema.features, self.factor, strict=True))

    @cached_property
    def _decimals(self) -> tuple[int, ...]:
        return tuple(feature.decimals for feature in self.schema.features)

    def _predict(self, x: Sequence[float]) -> Prediction:
        answer = self.tree.segment_of(x)
        distances = self.distances(x)
        ranked = sorted(range(len(distances)), key=distances.__getitem__)
        nearest, second = ranked[0], ranked[1]
        confidence = 1.0 - distances[nearest] / distances[second] if distances[second] > 0 else 0.0
        return Prediction(
            segment=self.names[answer],
            confidence=confidence,
            runner_up=self.names[second if answer == nearest else nearest],
            borderline=confidence < self.schema.borderline_below or answer != nearest,
            model_version=self.version,
        )

    def _reason(self, index: int, interval: Interval) -> Reason:
        feature = self.schema.features[index]
        above = interval.low if math.isfinite(interval.low) else None
        at_most = interval.high if math.isfinite(interval.high) else None
        parts = [f"above {_show_cut(feature, above)}"] if above is not None else []
        parts += [f"at most {_show_cut(feature, at_most)}"] if at_most is not None else []
        return Reason(feature.name, above, at_most, f"{_running(feature.label)} {' and '.join(parts)}")

    def _profile(self, x: Sequence[float], imputed: frozenset[str], name: str) -> tuple[ProfileLine, ...]:
        segment = self.segment(name)
        return tuple(
            ProfileLine(
                feature.name,
                feature.label,
                feature.unit,
                x[i],
                feature.name in imputed,
                segment.mean[i],
                segment.low[i],
                segment.high[i],
            )
            for i, feature in enumerate(self.schema.features)
        )

    def _changes(self, x: Sequence[float]) -> tuple[Change, ...]:
        found = []
        for step in self.tree.smallest_steps(x, self._limits, self._spread, self._decimals):
            feature, name = self.schema.features[step.feature], self.names[step.segment]
            way = "up" if step.value > x[step.feature] else "down"
            sentence = (
                f"{_running(feature.label)} {way} from {format_number(x[step.feature])} to {feature.show(step.value)}"
                f" makes it {name}"
            )
            found.append(Change(feature.name, step.value, name, sentence))
        return tuple(found)

    def _check(self) -> None:
        features, clustering = len(self.schema.features), len(self.schema.cluster_indices)
        if not 1 < len(self.segments) <= MAX_SEGMENTS or len(self.centroids) != len(self.segments):
            raise ValueError("segments and centroids differ in number, or there are too few or too many")
        if len(set(self.names)) != len(self.names) or not all(isinstance(name, str) and name for name in self.names):
            raise ValueError("segment names are missing or not unique")
        per_feature = [self.mean, self.factor, self.fill]
        per_feature += [part for segment in self.segments for part in (segment.mean, segment.low, segment.high)]
        if any(len(part) != features for part in per_feature):
            raise ValueError("a list does not have one number per feature")
        if any(len(row) != clustering for row in self.centroids):
            raise ValueError("a centroid does not have one number per cluster feature")
        numbers = [number for part in (*per_feature, *self.centroids) for number in part]
        if not all(math.isfinite(number) for number in numbers) or not all(factor > 0 for factor in self.factor):
            raise ValueError("a number is not finite or a scaling factor is not above zero")
        self.tree.check(features, len(self.segments))


def confidence_word(prediction: Prediction) -> str:
    """Say a prediction's confidence in one word: high, moderate or low."""
    if prediction.borderline:
        return "low"
    return "high" if prediction.confidence >= HIGH_CONFIDENCE else "moderate"


def _show_cut(feature: Feature, cut: float) -> str:
    # A cut sits a rounding error above the number people know it by (see `classifier.exact_cut`).
    return feature.show(float(f"{cut:.7g}"))


def _running(label: str) -> str:
    """Write a label inside a sentence: lower case at the start, unless it is an abbreviation."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
