"""What a customer is made of: features with their bounds, and the rules that name segments."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from segmentation.writing.folding import fold_key
from segmentation.writing.labels import in_text
from segmentation.writing.plain import format_number, with_unit

DEFAULT_BORDERLINE: Final = 0.3
# What customers are called whose category is not among those of a schema that groups them.
OTHER: Final = "other"
# Sentences list the first of many categories: those at the top of a schema are usually the commonest.
_MOST_NAMED: Final = 12
# What a value may hold without quotes in a command.
_BARE: Final = re.compile(r"[^\s\"'`,;=:，；、“”„‘’«»´]+")
_LARGEST_LOG: Final = 700.0


class Role(StrEnum):
    """What a feature is for: making distances, or describing who is in a segment."""

    CLUSTER = "cluster"
    PROFILE = "profile"


class Scale(StrEnum):
    """What differences of a feature are measured on: its own unit, or a logarithm of it."""

    PLAIN = "plain"
    LOG = "log"


class FeatureKind(StrEnum):
    """What a feature's values are: numbers in a unit, or one of a few categories."""

    NUMBER = "number"
    CATEGORY = "category"


class Level(StrEnum):
    """Where a segment's centre lies on a feature, relative to all customers."""

    LOW = "low"
    MID = "mid"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing known of a customer: a number, or one of a few categories.

    A category is a whole number everywhere but in what people read and write: its position in `codes`. So its bounds
    are 0 and the last position, and it has no unit.

    Parameters
    ----------
    name
        The key people type: lower case, no spaces.
    label, unit
        How it is shown: "Annual income", "k$".
    minimum, maximum
        Inclusive bounds in `unit`; a value outside is refused, never clipped.
    role
        Whether it makes distances or only describes.
    weight
        Factor on the standardised feature in distances; 1 is neutral.
    decimals
        Digits after the point people state it with.
    base_unit_factor
        Base units per unit (1000 dollars per k$); 1 if the unit is the base unit.
    aliases
        Other names accepted in commands and file headers.
    example
        A plausible value for usage texts; the middle of the bounds if not given.
    scale
        What distances, fences and drift are measured on. Values, centres and cuts are in `unit` on either scale.
    kind
        Whether its values are numbers or categories.
    categories
        The categories' names; empty for a number.
    other
        Whether a category that is not among them counts as one more, called `OTHER`.
    """

    name: str
    label: str
    unit: str
    minimum: float
    maximum: float
    role: Role
    weight: float = 1.0
    decimals: int = 0
    base_unit_factor: float = 1.0
    aliases: tuple[str, ...] = ()
    example: float = 0.0
    scale: Scale = Scale.PLAIN
    kind: FeatureKind = FeatureKind.NUMBER
    categories: tuple[str, ...] = ()
    other: bool = False

    @property
    def is_category(self) -> bool:
        """Whether its values are categories."""
        return self.kind is FeatureKind.CATEGORY

    @property
    def codes(self) -> tuple[str, ...]:
        """The name of each category, in the order of their codes; empty for a number."""
        return (*self.categories, OTHER) if self.other else self.categories

    @property
    def is_log(self) -> bool:
        """Whether the scale is logarithmic."""
        return self.scale is Scale.LOG

    def scaled(self, value: float) -> float:
        """Put a value on the feature's scale: as it is, or log1p(value - minimum).

        >>> model.schema.find("income").scaled(60.0)
        60.0
        """
        # A value below the minimum, which only another schema allows, counts as the minimum.
        return math.log1p(max(value - self.minimum, 0.0)) if self.is_log else value

    def unscaled(self, scaled: float) -> float:
        """Take a number off the feature's scale: the inverse of `scaled`, also for numbers beyond the bounds."""
        if not self.is_log:
            return scaled
        # Beyond every double there is nothing to show, and `expm1` would raise.
        return self.minimum + (math.expm1(scaled) if scaled < _LARGEST_LOG else math.inf)

    def show(self, value: float) -> str:
        """Write `value` exactly, with the unit; a category by its name."""
        if self.is_category:
            return self.codes[int(value)]
        return f"{format_number(value)} {self.unit}".rstrip()

    def show_typical(self, value: float) -> str:
        """Write an average of values with the unit: with a digit more than whole numbers and tenths are stated with."""
        if self.is_category:
            return self.show(value)
        return f"{format_number(value, max(self.decimals, min(self.decimals + 1, 2)))} {self.unit}".rstrip()

    def typed(self, value: float) -> str:
        """Write a category as it is typed in a command: in quotes if it holds more than a word."""
        name = self.show(value)
        return name if _BARE.fullmatch(name) else f'"{name}"'

    @property
    def label_in_text(self) -> str:
        """The label inside a sentence; abbreviations keep their capitals.

        >>> model.schema.find("income").label_in_text
        'annual income'
        """
        return in_text(self.label)

    @property
    def label_with_unit(self) -> str:
        """The label as `with_unit` writes it."""
        return with_unit(self.label, self.unit)

    @property
    def range_text(self) -> str:
        """The bounds in words: "0 to 120 years"; of categories their names, if few: "Basic, Pro or other"."""
        if self.is_category:
            names = self.codes[:_MOST_NAMED]
            more = len(self.codes) - len(names)
            *others, last = (*names, f"one of {more} more") if more else names
            return f"{', '.join(others)} or {last}"
        return f"{format_number(self.minimum)} to {format_number(self.maximum)} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Indicator(Feature):
    """A column of distances and trees: 1 for customers with one category of a feature, 0 for all others.

    It belongs to no schema's list: it is worked out from the category's code.

    Parameters
    ----------
    owner
        The position of the feature in the schema.
    code, category
        Which of its categories, and what it is called.
    """

    owner: int = 0
    code: int = 0
    category: str = ""

    @property
    def label_in_text(self) -> str:
        """The label inside a sentence: "plan is Pro", with the category as it is written."""
        return f"{in_text(self.label.removesuffix(self.category).rstrip())} {self.category}"


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """A segment's name, the levels that earn it among all customers, and what it means for a marketer."""

    name: str
    levels: tuple[tuple[str, Level], ...]
    meaning: str
    action: str


@dataclass(frozen=True)
class Schema:
    """The features and rules one model is made with. Immutable; equal schemas have equal fingerprints.

    Parameters
    ----------
    bands
        Whether customers who are in no groups may be cut into bands all the same. Then such a model is to be looked at
        first; without, it is unsafe.
    """

    name: str
    features: tuple[Feature, ...]
    rules: tuple[SegmentRule, ...]
    borderline_below: float = DEFAULT_BORDERLINE
    bands: bool = False

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Feature names in schema order: the order of every value vector."""
        return tuple(feature.name for feature in self.features)

    @cached_property
    def cluster_indices(self) -> tuple[int, ...]:
        """Positions of the features that make distances."""
        return tuple(i for i, feature in enumerate(self.features) if feature.role is Role.CLUSTER)

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """An indicator for each category of the categories that make distances; none in a schema of numbers."""
        return tuple(
            Indicator(
                name=f"{feature.name}={name}",
                label=f"{feature.label} is {name}",
                unit="",
                minimum=0.0,
                maximum=1.0,
                role=Role.CLUSTER,
                weight=feature.weight,
                owner=i,
                code=code,
                category=name,
            )
            for i, feature in ((i, self.features[i]) for i in self.cluster_indices)
            for code, name in enumerate(feature.codes)
        )

    @cached_property
    def inputs(self) -> tuple[Feature, ...]:
        """What distances and trees are made of: the features, in schema order, then the indicators."""
        return (*self.features, *self.indicators)

    @cached_property
    def cluster_inputs(self) -> tuple[int, ...]:
        """Positions of the inputs that make distances; the same as `cluster_indices` in a schema of numbers."""
        numbers = tuple(i for i in self.cluster_indices if not self.features[i].is_category)
        return (*numbers, *range(len(self.features), len(self.inputs)))

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """For each category that makes distances: where its indicators are among `cluster_inputs`."""
        first = len(self.cluster_inputs) - len(self.indicators)
        owners = [indicator.owner for indicator in self.indicators]
        return tuple(tuple(first + at for at, owner in enumerate(owners) if owner == i) for i in dict.fromkeys(owners))

    def expanded(self, x: Sequence[float]) -> Sequence[float]:
        """Return the inputs for a value vector in schema order: the vector itself in a schema of numbers."""
        if not self.indicators:
            return x
        return (*x, *(float(x[indicator.owner] == indicator.code) for indicator in self.indicators))

    @cached_property
    def by_key(self) -> dict[str, Feature]:
        """Features by every folded key that names them: name, label, aliases."""
        return {
            fold_key(key): feature
            for feature in self.features
            for key in (feature.name, feature.label, *feature.aliases)
        }

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the whole schema: the feature contract an artifact is checked against."""
        return hashlib.sha256(json.dumps(self.to_data(), sort_keys=True).encode()).hexdigest()

    def to_data(self) -> dict[str, Any]:
        """Return the JSON-ready form that a model artifact stores.

        A plain scale, what only categories have, and bands that are not wanted are left out: it is what a schema stored
        by a version without them means, and so the fingerprints of both are the same.
        """
        data = asdict(self)
        if not self.bands:
            del data["bands"]
        for feature in data["features"]:
            if feature["scale"] is Scale.PLAIN:
                del feature["scale"]
            if feature["kind"] is FeatureKind.NUMBER:
                del feature["kind"], feature["categories"], feature["other"]
        return data

    @property
    def example(self) -> str:
        """A command text that is accepted: "age=35 income=60 score=70"."""
        return " ".join(
            f"{f.name}={f.typed(f.example) if f.is_category else format_number(f.example)}" for f in self.features
        )

    def without(self, names: Iterable[str]) -> Schema:
        """Return the schema without some features, for data that lack their columns."""
        left_out = set(names)
        if not left_out:
            return self
        return replace(self, features=tuple(feature for feature in self.features if feature.name not in left_out))

    def find(self, key: str) -> Feature | None:
        """Return the feature a person means by `key`: name, label or alias, whatever the case and spacing."""
        return self.by_key.get(fold_key(key))


def telling_first(features: Sequence[Feature]) -> list[int]:
    """Return the features' positions, those that decide the segment first: the end of a table may be cut off."""
    return sorted(range(len(features)), key=lambda i: features[i].role is not Role.CLUSTER)
