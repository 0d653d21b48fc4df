"""The trained model as plain, frozen data: which segment a customer is in, how sure, why, and what would change it.

Nothing here imports scikit-learn, numpy or pandas: one customer is answered in microseconds by pure Python.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

from segmentation.errors import BadInput
from segmentation.schema import Feature, Schema, format_number, schema_from_data
from segmentation.tree import LEAF, DecisionTree, Interval
from segmentation.values import ValueFault, check_range

FORMAT: Final = 1
_NOTHING: Final[frozenset[str]] = frozenset()
HIGH_CONFIDENCE: Final = 0.6
MAX_SEGMENTS: Final = 20
# Distances and factors beyond these could overflow when squared or divided; honest ones are nowhere near.
_TINY: Final = 1e-100
_HUGE: Final = 1e100
# A float32, which is how scikit-learn's trees see values, has 24 bits.
_WHOLE_FROM: Final = 2**24


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


class Prediction(NamedTuple):
    """The short answer, made for every customer: a tuple, since it costs half of what a frozen dataclass does.

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
            **self.prediction._asdict(),
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
            why=self._reasons(x),
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
        if len(values) == len(self._bounds):
            plain = []
            for name, minimum, maximum in self._bounds:
                value = values.get(name)
                if value is None or not minimum <= value <= maximum:
                    break
                plain.append(float(value))
            else:
                return tuple(plain), _NOTHING
        return self._checked_vector(values)

    def _checked_vector(self, values: Mapping[str, float | None]) -> tuple[tuple[float, ...], frozenset[str]]:
        """Do what `vector` says for values of which not all are there and in bounds."""
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
        try:
            model = cls._from_data(data)
        except OverflowError as error:
            raise ValueError("a number is too large") from error
        model._check()
        return model

    @classmethod
    def _from_data(cls, data: Mapping[str, Any]) -> SegmentModel:
        tree = {field.name: tuple(data["tree"][field.name]) for field in fields(DecisionTree)}
        tree["cut"] = tuple(map(float, tree["cut"]))
        return cls(
            schema=schema_from_data(data["schema"]),
            segments=tuple(
                Segment(**{**item, **{key: tuple(map(float, item[key])) for key in ("mean", "low", "high")}})
                for item in data["segments"]
            ),
            centroids=tuple(tuple(map(float, row)) for row in data["centroids"]),
            mean=tuple(map(float, data["mean"])),
            factor=tuple(map(float, data["factor"])),
            fill=tuple(map(float, data["fill"])),
            tree=DecisionTree(**tree),
            synthetic=bool(data["synthetic"]),
        )

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
        answer = self.tree.segment[self.tree.leaf_of(x)]
        # Squared distances rank like distances; only the two nearest need their roots.
        first = second = math.inf
        nearest = runner_up = 0
        scaled = [(x[i] - mean) * factor for i, mean, factor in self._scaling]
        for index, centroid in enumerate(self.centroids):
            total = 0.0
            for value, centre in zip(scaled, centroid, strict=False):  # of equal length: `_check` saw to it
                off = value - centre
                total += off * off
            if total < first:
                first, second, nearest, runner_up = total, first, index, nearest
            elif total < second:
                second, runner_up = total, index
        confidence = 1.0 - math.sqrt(first) / math.sqrt(second) if second > 0 else 0.0
        return Prediction(
            self.names[answer],
            confidence,
            self.names[runner_up if answer == nearest else nearest],
            confidence < self.schema.borderline_below or answer != nearest,
            self.version,
        )

    def _reasons(self, x: Sequence[float]) -> tuple[Reason, ...]:
        """Return the rules that lead to `x`'s leaf: the same for all who end there, so put into words once."""
        leaf = self.tree.leaf_of(x)
        if leaf not in self._reasons_by_leaf:
            path = self.tree.path(x).items()
            self._reasons_by_leaf[leaf] = tuple(self._reason(i, interval) for i, interval in path)
        return self._reasons_by_leaf[leaf]

    @cached_property
    def _reasons_by_leaf(self) -> dict[int, tuple[Reason, ...]]:
        return {}

    @cached_property
    def _bounds(self) -> tuple[tuple[str, float, float], ...]:
        return tuple((feature.name, feature.minimum, feature.maximum) for feature in self.schema.features)

    @cached_property
    def _scaling(self) -> tuple[tuple[int, float, float], ...]:
        return tuple((i, self.mean[i], self.factor[i]) for i in self.schema.cluster_indices)

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
        if len(set(self.names)) != len(self.names) or not all(self.names):
            raise ValueError("segment names are missing or not unique")
        for segment in self.segments:
            if not all(isinstance(text, str) for text in (segment.name, segment.meaning, segment.action)):
                raise TypeError("a text of a segment is none")
            if not (isinstance(segment.customers, int) and segment.customers >= 0 and 0 <= segment.share <= 1):
                raise ValueError("a segment has an impossible size")
        per_feature = [self.mean, self.factor, self.fill]
        per_feature += [part for segment in self.segments for part in (segment.mean, segment.low, segment.high)]
        if any(len(part) != features for part in per_feature):
            raise ValueError("a list does not have one number per feature")
        if any(len(row) != clustering for row in self.centroids):
            raise ValueError("a centroid does not have one number per cluster feature")
        numbers = [number for part in (*per_feature, *self.centroids) for number in part]
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError("a number is not finite")
        if any(not low <= value <= high for value, (low, high) in zip(self.fill, self._limits, strict=True)):
            raise ValueError("a value to impute is out of its feature's bounds")
        if any(not _TINY < factor < _HUGE for factor in self.factor):
            raise ValueError("a scaling factor is not above zero, or is extreme")
        if any(not _TINY < spread < _HUGE for spread in self._spread):
            raise ValueError("a feature's weight is extreme")
        corners = zip(*self._limits, strict=True)
        if not all(distance < _HUGE for corner in corners for distance in self.distances(corner)):
            raise ValueError("a centroid lies beyond all bounds")
        self.tree.check(features, len(self.segments))


def confidence_word(prediction: Prediction) -> str:
    """Say a prediction's confidence in one word: high, moderate or low."""
    if prediction.borderline:
        return "low"
    return "high" if prediction.confidence >= HIGH_CONFIDENCE else "moderate"


def _show_cut(feature: Feature, cut: float) -> str:
    # A cut sits a float32's rounding error above the number people know it by (see `classifier.exact_cut`). Seven
    # digits drop that error, and from some numbers more: then eight. From 2**24 on there is no fraction to drop.
    if abs(cut) >= _WHOLE_FROM:
        return feature.show(cut)
    shown = float(f"{cut:.7g}")
    return feature.show(shown if abs(shown - cut) <= abs(cut) / _WHOLE_FROM else float(f"{cut:.8g}"))


def _running(label: str) -> str:
    """Write a label inside a sentence: lower case at the start, unless it is an abbreviation."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
