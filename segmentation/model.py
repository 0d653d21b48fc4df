"""The trained model as plain, frozen data: which segment a customer is in, how sure that is, and the whole answer.

Nothing here imports scikit-learn, numpy or pandas: pure Python answers one customer in microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from segmentation.answers.advice import Adviser
from segmentation.answers.axis import Axis
from segmentation.answers.confidence import BORDERLINE, HIGH, ConfidenceTable
from segmentation.answers.explanation import (
    HIGH_MARGIN,
    Assessment,
    Explanation,
    Prediction,
    Segment,
    confidence_word,
    far_outside_sentence,
    profile_lines,
)
from segmentation.answers.hints import Learned, unit_hint, unquestioned
from segmentation.answers.nearness import Nearness
from segmentation.answers.ranges import Ranges, learned_ranges, near_ranges, within_reach
from segmentation.answers.replica import Replica
from segmentation.answers.vector import checked_vector
from segmentation.answers.wording import Reason, assumed, changes, reasons, rules_text
from segmentation.density import Density
from segmentation.schema import Schema
from segmentation.tree import DecisionTree, smallest_steps

_ALL_GIVEN: Final[frozenset[int]] = frozenset()


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
        One row a segment, one column a cluster input (see `Schema.inputs`), in scaled space.
    mean, factor
        Per input: scaled value = (value on the feature's scale - mean) * factor, the factor holding the weight.
    fill
        Per feature: the value that stands for a profile feature not given while the tree is walked. Trees are grown
        on cluster features only, so it decides nothing; a tree stored before may ask for it (see `assumed`).
    tree
        The decision tree on raw values.
    synthetic
        Whether it was trained on generated sample customers, so that every answer can say so.
    version
        The registry's version id; not part of the stored form.
    seen
        Per cluster feature: the lowest and the highest value of the training customers, outliers left out. None for a
        model stored by a version that did not keep it.
    confidence
        How often customers of each margin keep their segment when the model is trained anew. None for a model stored
        by a version that did not measure it: then the margin is called the confidence, as it was then.
    replicas
        Models trained anew on resampled customers; none for a model stored by a version that did not keep them.
    density
        Where on the segment map the training customers are; decides nothing. None for a model stored by a version that
        did not count them.
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
    seen: tuple[tuple[float, float], ...] | None = None
    confidence: ConfidenceTable | None = None
    replicas: tuple[Replica, ...] = ()
    density: Density | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Segment names in index order."""
        return tuple(segment.name for segment in self.segments)

    @cached_property
    def limits(self) -> tuple[tuple[float, float], ...]:
        """Inclusive (minimum, maximum) of each feature in schema order, in its unit."""
        return tuple((feature.minimum, feature.maximum) for feature in self.schema.features)

    @cached_property
    def spread(self) -> tuple[float, ...]:
        """Standard deviation of each input over the training customers, in its unit.

        On a log scale it is half the width of what is within a standard deviation of the mean there.
        """
        return tuple(
            (feature.unscaled(mean + spread) - feature.unscaled(mean - spread)) / 2 if feature.is_log else spread
            for feature, mean, spread in zip(self.schema.inputs, self.mean, self._scaled_spread, strict=True)
        )

    @cached_property
    def borderline_below(self) -> float:
        """The confidence below which an answer is borderline."""
        return self.schema.borderline_below if self.confidence is None else BORDERLINE

    def segment(self, name: str) -> Segment:
        """Return the segment of that exact name; KeyError when there is none."""
        return self.segments[self._index[name]]

    def predict(self, values: Mapping[str, float | str | None]) -> Prediction:
        """Say which segment a customer is in and how sure that is.

        Parameters
        ----------
        values
            A finite number within bounds for every feature, or a category's name, by feature name. A profile feature
            may be missing or None; a cluster feature may not.

        Raises
        ------
        BadInput
            For an unknown or missing feature or a value out of range.

        Examples
        --------
        >>> model.predict({"age": 35, "income": 60, "score": 70}).segment
        'Standard'
        """
        return self.predict_at(self.vector(values)[0])

    def explain(self, values: Mapping[str, float | str | None]) -> Explanation:
        """Say which segment a customer is in, how sure that is, why, and what would change it.

        Parameters and errors as for `predict`.

        Examples
        --------
        >>> explanation = model.explain({"age": 35, "income": 60, "score": 70})
        >>> explanation.changes[0].sentence
        'annual income of 72 k$ (now 60) would move this customer to Target'
        """
        return self.worded(self.assess(values))

    def assess(self, values: Mapping[str, float | str | None]) -> Assessment:
        """Find out all that `explain` says, without the words; parameters and errors as for `predict`."""
        x, absent = self.vector(values)
        inputs = self.schema.expanded(x)
        leaf = self.tree.leaf_of(inputs)
        prediction = self._predict(inputs, leaf)
        if self._adviser is None:
            steps = smallest_steps(self.tree, inputs, self.schema, self.spread)
        else:
            steps = self._adviser.steps(inputs)
        given: tuple[float | None, ...] = x
        if absent:
            given = tuple(None if i in absent else value for i, value in enumerate(x))
            steps = [step for step in steps if step.feature not in absent]
        word = confidence_word(prediction, HIGH_MARGIN if self.confidence is None else HIGH)
        return Assessment(prediction, word, x, absent, given, leaf, steps)

    def worded(self, found: Assessment) -> Explanation:
        """Put an assessment into words."""
        x, features = found.x, self.schema.features
        segment = self.segment(found.prediction.segment)
        return Explanation(
            prediction=found.prediction,
            confidence_word=found.confidence_word,
            retrained=self.confidence is not None,
            values=found.given,
            segment=segment,
            why=self._reasons(found),
            profile=profile_lines(found.given, segment, features),
            changes=changes(x, found.steps, features, self.names),
            far_outside=tuple(
                far_outside_sentence(features[i], x[i], low, high)
                for (i, low, high), (_, least, most) in zip(self.learned, self.near, strict=True)
                if not least <= x[i] <= most
            ),
            hints=tuple(
                hint for i, learned in self._ranges if (hint := unit_hint(features[i], x[i], learned)) is not None
            ),
        )

    def is_ordinary(self, x: Sequence[float]) -> bool:
        """Say whether an explanation has nothing to remark on a value vector: neither `far_outside` nor `hints`.

        Of a few values it says no although there is nothing.
        """
        # A loop costs half of what `all` does, and each command asks.
        for i, least, most in self._ordinary:  # noqa: SIM110
            if not least <= x[i] <= most:
                return False
        return True

    @cached_property
    def learned(self) -> Ranges:
        """Per cluster feature its index and the range it was learned from, in its unit (see `ranges`)."""
        return learned_ranges(self.schema, self.segments, self.seen)

    @cached_property
    def near(self) -> Ranges:
        """Per cluster feature its index and the range beyond which a value is far outside `learned`, in its unit."""
        return near_ranges(self.schema, self.learned, self._scaled_spread)

    @cached_property
    def assumed(self) -> dict[int, float]:
        """What stands for each profile feature, by its index, if it is not given and the tree asks for it.

        Empty for every tree grown on cluster features only, as all new ones are.
        """
        features, deciding = len(self.schema.features), self.schema.cluster_indices
        return {i: self.fill[i] for i in self.tree.cuts if i < features and i not in deciding}

    def vector(self, values: Mapping[str, float | str | None]) -> tuple[tuple[float, ...], frozenset[int]]:
        """Order, check and complete the values of one customer.

        Returns
        -------
        tuple[tuple[float, ...], frozenset[int]]
            The values in schema order, `fill` where one was not given; and the indices of those not given.

        Raises
        ------
        BadInput
            As `predict`.
        """
        # Most customers come complete and in bounds: they are spared the bookkeeping of the others.
        if len(values) == len(self._bounds) and not self.schema.indicators:
            plain = []
            for name, minimum, maximum in self._bounds:
                value = values.get(name)
                # NaN fails the comparison, too, and is refused with its sentence below.
                if value is None or isinstance(value, str) or not minimum <= value <= maximum:
                    break
                plain.append(float(value))
            else:
                return tuple(plain), _ALL_GIVEN
        return checked_vector(self.schema, self.fill, values)

    def distances(self, x: Sequence[float]) -> list[float]:
        """Return the distance to each centroid, in scaled space, for a value vector in schema order, or its inputs."""
        if len(x) < len(self.schema.inputs):
            x = self.schema.expanded(x)
        return self._nearness.distances(x)

    def segment_at(self, x: Sequence[float]) -> int:
        """Return the index of the tree's segment for a value vector in schema order."""
        return self.tree.segment_of(self.schema.expanded(x))

    def predict_at(self, x: Sequence[float]) -> Prediction:
        """Return the answer for a value vector in schema order."""
        inputs = self.schema.expanded(x)
        return self._predict(inputs, self.tree.leaf_of(inputs))

    def rules_text(self) -> str:
        """Return the decision tree as indented text, in labels, units and segment names."""
        return rules_text(self.tree, self.schema, self.names)

    def _predict(self, inputs: Sequence[float], leaf: int) -> Prediction:
        answer = self.tree.segment[leaf]
        nearest, runner_up, margin = self._nearness.nearest(inputs)
        confidence = margin if self.confidence is None else self.confidence.of(margin)
        return Prediction(
            self.names[answer],
            confidence,
            margin,
            self.names[runner_up if answer == nearest else nearest],
            confidence < self.borderline_below or answer != nearest,
            self.version,
        )

    def _reasons(self, found: Assessment) -> tuple[Reason, ...]:
        """Return the rules that lead to a leaf: the same for all who end there, so put into words once."""
        leaf, absent = found.leaf, found.absent
        if not self.assumed.keys().isdisjoint(absent):
            path, features = self.tree.path(self.schema.expanded(found.x)), self.schema.features
            given = {i: interval for i, interval in path.items() if i not in absent}
            return (
                *reasons(given, self.schema),
                *(assumed(features[i], self.fill[i]) for i in path if i in absent),
            )
        # No lock: two threads may word the same leaf, and the one result is as good as the other.
        if leaf not in self._reasons_by_leaf:
            path = within_reach(self.tree.path(self.schema.expanded(found.x)), self.near)
            self._reasons_by_leaf[leaf] = reasons(path, self.schema)
        return self._reasons_by_leaf[leaf]

    # Looked up for every customer, so each is taken out of the schema once. (Frozen, but without slots: what
    # `cached_property` keeps is written into the instance's `__dict__`.)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {segment.name: i for i, segment in enumerate(self.segments)}

    @cached_property
    def _adviser(self) -> Adviser | None:
        """What finds reliable steps; None for a model that does not know how reliable a place is."""
        if self.confidence is None:
            return None
        inputs, spread = self.schema.inputs, self.spread
        axes = tuple(Axis(i, inputs[i], mean, factor, spread[i]) for i, mean, factor in self._scaling)
        return Adviser(self.tree, axes, self.centroids, self.confidence, self.replicas)

    @cached_property
    def _reasons_by_leaf(self) -> dict[int, tuple[Reason, ...]]:
        return {}

    @cached_property
    def _bounds(self) -> tuple[tuple[str, float, float], ...]:
        return tuple((feature.name, feature.minimum, feature.maximum) for feature in self.schema.features)

    @cached_property
    def _ranges(self) -> tuple[tuple[int, Learned], ...]:
        found = []
        for (i, low, high), (_, _, most) in zip(self.learned, self.near, strict=True):
            usual_low = min(tenth for segment in self.segments if (tenth := segment.low[i]) is not None)
            found.append((i, Learned(low, high, usual_low, most, estimated=self.seen is None)))
        return tuple(found)

    @cached_property
    def _ordinary(self) -> Ranges:
        near = zip(self._ranges, self.near, strict=True)
        return tuple((i, max(unquestioned(learned), least), most) for (i, learned), (_, least, most) in near)

    @cached_property
    def _scaled_spread(self) -> tuple[float, ...]:
        """Standard deviation of each input over the training customers, on its scale."""
        return tuple(feature.weight / factor for feature, factor in zip(self.schema.inputs, self.factor, strict=True))

    @cached_property
    def _nearness(self) -> Nearness:
        features = ((i, self.schema.features[i]) for i in self.schema.cluster_indices)
        logs = tuple((i, feature.minimum) for i, feature in features if feature.is_log)
        return Nearness(self.centroids, self._scaling, logs)

    @cached_property
    def _scaling(self) -> tuple[tuple[int, float, float], ...]:
        return tuple((i, self.mean[i], self.factor[i]) for i in self.schema.cluster_inputs)
