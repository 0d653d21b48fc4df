"""A small model made by hand, and a second, independent reading of a file to hold the first against."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segmentation.answers.explanation import Segment
from segmentation.model import SegmentModel
from segmentation.numbers.number_forms import NumberStyle
from segmentation.numbers.values import ValueFault, read_value, trim
from segmentation.schema_data import default_schema
from segmentation.tree import LEAF, DecisionTree

MALL = Path(__file__).parents[3].parent / "shared/data/Mall_Customers.csv"

_CENTRES = {
    "Target": (86.5, 82.1),
    "Miser": (88.2, 17.1),
    "Spender": (25.7, 79.4),
    "Careful": (26.3, 20.9),
    "Standard": (55.3, 49.5),
}
_MEAN = (38.85, 60.56, 50.2)
_FACTOR = (0.0718, 0.0382, 0.0388)
# income ≤ 40 → score; income > 70 → score; between them by age, so that a profile feature decides too.
_TREE = DecisionTree(
    feature=(1, 2, 1, LEAF, LEAF, 0, 2, LEAF, LEAF, LEAF, LEAF),
    cut=(40.5, 50.25, 70.0, 0.0, 0.0, 90.0, 49.5, 0.0, 0.0, 0.0, 0.0),
    left=(1, 3, 5, LEAF, LEAF, 7, 9, LEAF, LEAF, LEAF, LEAF),
    right=(2, 4, 6, LEAF, LEAF, 8, 10, LEAF, LEAF, LEAF, LEAF),
    segment=(4, 3, 4, 3, 2, 4, 0, 4, 3, 1, 0),
)
AGELESS_TREE = DecisionTree(
    feature=(1, 2, 2, LEAF, LEAF, LEAF, LEAF),
    cut=(60.5, 50.25, 49.0, 0.0, 0.0, 0.0, 0.0),
    left=(1, 3, 5, LEAF, LEAF, LEAF, LEAF),
    right=(2, 4, 6, LEAF, LEAF, LEAF, LEAF),
    segment=(4, 3, 1, 3, 2, 1, 0),
)


def hand_made_model(names: tuple[str, ...] = tuple(_CENTRES), *, tree: DecisionTree = _TREE) -> SegmentModel:
    """Return a model of five segments, the last of the names for the middle."""
    segments = tuple(
        Segment(name, "A meaning.", "An action.", 1, 0.2, (40.0, *centre), (20.0, *centre), (60.0, *centre))
        for name, centre in zip(names, _CENTRES.values(), strict=True)
    )
    centroids = tuple(
        tuple((value - _MEAN[i]) * _FACTOR[i] for i, value in enumerate(centre, start=1))
        for centre in _CENTRES.values()
    )
    return SegmentModel(default_schema(), segments, centroids, _MEAN, _FACTOR, (36.0, 61.5, 50.0), tree, version="v1")


@dataclass(frozen=True)
class Expected:
    """What an independent reading says of one row; segment None where it is refused."""

    cells: list[str]
    segment: str | None
    confidence: float
    borderline: str | None
    imputed: bool


def read_independently(text: str, delimiter: str, model: SegmentModel, styles: Sequence[NumberStyle]) -> list[Expected]:
    """Read a file's text with the standard csv module alone and ask the model about every row."""
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header, *rows = [row for row in records if any(map(trim, row))]
    places = {feature.name: i for i, name in enumerate(header) if (feature := model.schema.find(name))}
    return [_expected(row, len(header), places, model, styles) for row in rows]


def _expected(
    row: list[str], width: int, places: dict[str, int], model: SegmentModel, styles: Sequence[NumberStyle]
) -> Expected:
    refused = Expected(row, None, 0.0, None, imputed=False)
    if len(row) != width:
        return refused
    values: dict[str, float | None] = {}
    for i, feature in enumerate(model.schema.features):
        read = read_value(feature, row[places[feature.name]], style=styles[i])
        if not isinstance(read, ValueFault):
            values[feature.name] = read
        elif read.reason != "missing" or i in model.schema.cluster_indices:
            return refused
    prediction = model.predict(values)
    return Expected(
        row,
        prediction.segment,
        prediction.confidence,
        prediction.runner_up if prediction.borderline else None,
        imputed=len(values) < len(model.schema.features),
    )


def is_safe_copy(copy: str, original: str) -> bool:
    """Tell whether a result's cell is the original, led by an apostrophe exactly where a formula could hide."""
    bare = original.strip(" \u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
    harmless = re.fullmatch(r"-[0-9]+([.,][0-9]+)?", bare) or re.fullmatch(r" *\+(?=.*[0-9])[-0-9 ()/.]+", original)
    risky = bare[:1] in tuple("=+-@\t\r\n＝＋－＠") and not harmless
    return copy == (f"'{original}" if risky else original)
