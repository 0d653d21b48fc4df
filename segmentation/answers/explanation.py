"""What a model says of one customer: the short answer, the long one, and how each part of it is worded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from segmentation.answers.shares import commonest_text, most_text, typical_text
from segmentation.answers.wording import Change, Reason
from segmentation.schema import Feature
from segmentation.tree import Step
from segmentation.writing.plain import format_number, with_unit

# From this margin on, a model that knows no confidence calls its answer *high*.
HIGH_MARGIN: Final = 0.6
NOT_GIVEN: Final = "not given"
NO_CHANGE: Final = "no single change would reliably do it"
_FULL: Final = 100


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
        Per feature in schema order, in the feature's unit: the mean, and the 10th and 90th percentile; each None for
        a profile feature that none of its training customers has, and for categories.
    named_by
        Who gave it its name, meaning or action, as the audit log names people; empty if training did.
    shares
        Per feature in schema order: the share of each category (0 to 1) among the segment's training customers who
        have the feature, by its code; empty for a number, and if none of them has it. Empty as a whole if the schema
        has no categories.
    """

    name: str
    meaning: str
    action: str
    customers: int
    share: float
    mean: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    named_by: str = ""
    shares: tuple[tuple[float, ...], ...] = ()

    def shares_of(self, index: int) -> tuple[float, ...]:
        """Return the shares of a feature's categories; empty for a number."""
        return self.shares[index] if self.shares else ()

    def typical(self, index: int, feature: Feature) -> str:
        """Write what is typical of a feature in a table's cell; empty if none of the customers has it."""
        return typical_text(feature, self.mean[index], self.shares_of(index))


class Prediction(NamedTuple):
    """The short answer. Every customer gets one, so it is a tuple: half the cost of a frozen dataclass.

    Parameters
    ----------
    segment
        The decision tree's answer.
    confidence
        How often this customer keeps the segment when the model is trained anew, 0 to 1; the margin, if the model was
        stored by a version that did not measure it.
    margin
        How clearly the customer is nearest to one centroid, 0 to 1: one minus the ratio of the distances to the nearest
        and the second nearest.
    runner_up
        The segment with the nearest centroid other than the answer's.
    borderline
        Whether the confidence is under `SegmentModel.borderline_below` or the tree and the nearest centroid disagree.
    model_version
        The registry's version id; empty for a model that was never saved.
    """

    segment: str
    confidence: float
    margin: float
    runner_up: str
    borderline: bool
    model_version: str


class Assessment(NamedTuple):
    """What an explanation puts into words; a tuple as a prediction is.

    Parameters
    ----------
    confidence_word
        As of `Explanation`.
    x
        The customer's values in schema order, completed where one was not given.
    absent
        The indices of those not given.
    given
        The values, None for each not given.
    leaf
        The tree's leaf that they lead to.
    steps
        The changes that lead to other segments.
    """

    prediction: Prediction
    confidence_word: str
    x: tuple[float, ...]
    absent: frozenset[int]
    given: tuple[float | None, ...]
    leaf: int
    steps: list[Step]


class ProfileLine(NamedTuple):
    """A customer's value of one feature beside the segment's typical ones, in the feature's unit.

    A tuple as a prediction is, since each answer has one a feature.

    Parameters
    ----------
    value
        None if it was not given, which only a profile feature may be. A category's code.
    mean, low, high
        None if no training customer of the segment has the feature, and for categories.
    categories, shares
        The feature's categories and their shares in the segment, by code; empty for a number.
    """

    feature: str
    label: str
    unit: str
    value: float | None
    mean: float | None
    low: float | None
    high: float | None
    categories: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()

    @property
    def plain_value(self) -> float | str | None:
        """The customer's value as JSON has it: a number, a category's name, or None."""
        return self.categories[int(self.value)] if self.categories and self.value is not None else self.value

    @property
    def shares_data(self) -> dict[str, Any]:
        """What JSON has of a category beside what it has of a number."""
        return {"segment_shares": dict(zip(self.categories, self.shares, strict=False))} if self.categories else {}

    @property
    def value_text(self) -> str:
        """The customer's value as a table shows it."""
        value = self.plain_value
        return NOT_GIVEN if value is None else value if isinstance(value, str) else format_number(value)

    @property
    def mean_text(self) -> str:
        """The segment's mean, or its commonest category, as a table shows it; empty if there is none."""
        if self.categories:
            return commonest_text(self.categories, self.shares)
        return "" if self.mean is None else format_number(self.mean, 1)

    @property
    def range_text(self) -> str:
        """The range or categories most of the segment's customers are in as a table shows it; empty without any."""
        if self.categories:
            return most_text(self.categories, self.shares)
        if self.low is None or self.high is None:
            return ""
        return f"{format_number(self.low, 1)} – {format_number(self.high, 1)}"

    @property
    def label_with_unit(self) -> str:
        """The label as `with_unit` writes it."""
        return with_unit(self.label, self.unit)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The long answer.

    Parameters
    ----------
    confidence_word
        The prediction's confidence in one word: high, moderate or low.
    retrained
        Whether confidence and changes follow retrained models; a model stored by a version that did not train anew
        states its margin, and the smallest changes without regard to the next training.
    values
        The customer's values, in schema order, None for one not given.
    far_outside
        For each cluster feature whose value is far outside everything the model learned from: a sentence that says so.
        The segment is then merely the nearest one, and what is typical of its members says nothing of this customer.
    hints
        For each cluster feature whose value looks as if it were in another unit: a question with the value to type.
    """

    prediction: Prediction
    confidence_word: str
    retrained: bool
    values: tuple[float | None, ...]
    segment: Segment
    why: tuple[Reason, ...]
    profile: tuple[ProfileLine, ...]
    changes: tuple[Change, ...]
    far_outside: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the command line's JSON object."""
        return {
            **self.prediction._asdict(),
            "confidence_word": self.confidence_word,
            "values": {line.feature: line.plain_value for line in self.profile},
            "meaning": "" if self.far_outside else self.segment.meaning,
            "action": "" if self.far_outside else self.segment.action,
            "why": [] if self.far_outside else [reason.sentence for reason in self.why],
            "profile": profile_data(self.profile),
            "changes": [change._asdict() for change in self.changes],
            "far_outside": list(self.far_outside),
            "hints": list(self.hints),
        }


def far_outside_sentence(feature: Feature, value: float | None, low: float, high: float) -> str:
    """Say that a value is far outside the range the model learned from, without the value if that is None."""
    of = feature.label if value is None else f"{feature.label} of {feature.show(value)}"
    return f"{of} is far outside what I learned from ({format_number(low)} to {feature.show(high)})"


def far_outside_text(explanation: Explanation) -> str:
    """Say what makes a customer unlike all others, and what the segment is worth then."""
    far = " and ".join(explanation.far_outside)
    return f"{far}. {explanation.prediction.segment} is only the nearest segment, so check the value before you act."


def share_text(prediction: Prediction) -> str:
    """Write a confidence in percent, cut off rather than rounded; a full one as "more than 99%".

    100% would be a promise: that all models trained so far agree does not say that every later one will.

    >>> share_text(model.predict({"age": 35, "income": 60, "score": 70}))
    '99%'
    """
    percent = math.floor(round(100 * prediction.confidence, 6))
    return f"{percent}%" if percent < _FULL else f"more than {_FULL - 1}%"


def agreement_text(explanation: Explanation) -> str:
    """Say what the confidence is a share of; empty if it is the margin, which is none."""
    return " of retrained models agree" if explanation.retrained else ""


def no_change_text(explanation: Explanation) -> str:
    """Say that nothing is known that would move the customer to another segment; empty if something is."""
    return NO_CHANGE if explanation.retrained and not explanation.changes else ""


def confidence_word(prediction: Prediction, high: float) -> str:
    """Say a prediction's confidence in one word: high (from `high` on), moderate, or low if it is borderline."""
    if prediction.borderline:
        return "low"
    return "high" if prediction.confidence >= high else "moderate"


def profile_lines(
    values: Sequence[float | None], segment: Segment, features: Sequence[Feature]
) -> tuple[ProfileLine, ...]:
    """Put a customer's values beside the segment's typical ones, one line a feature."""
    mean, low, high = segment.mean, segment.low, segment.high
    return tuple(
        ProfileLine(
            feature.name,
            feature.label,
            feature.unit,
            values[i],
            mean[i],
            low[i],
            high[i],
            feature.codes,
            segment.shares_of(i),
        )
        for i, feature in enumerate(features)
    )


def profile_data(lines: Sequence[ProfileLine]) -> dict[str, dict[str, Any]]:
    """Return a profile as the command line's JSON object has it: by the feature's name."""
    return {
        line.feature: {
            "label": line.label,
            "unit": line.unit,
            "value": line.plain_value,
            "imputed": line.value is None,
            "segment_mean": line.mean,
            "segment_low": line.low,
            "segment_high": line.high,
            **line.shares_data,
        }
        for line in lines
    }
