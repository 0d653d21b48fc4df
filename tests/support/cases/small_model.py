"""A model small enough to be worked out by hand."""

from __future__ import annotations

from segmentation.answers.explanation import Segment
from segmentation.model import SegmentModel
from segmentation.schema_data import default_schema
from segmentation.tree import LEAF, DecisionTree


def segment(name: str, mean: tuple[float, float, float]) -> Segment:
    return Segment(
        name, f"About {name}.", f"Do {name}.", 10, 0.5, mean, tuple(v - 5 for v in mean), tuple(v + 5 for v in mean)
    )


# Income scaled by 1/20 around 50, score by 1/10 around 50; the tree looks at the score alone, then at the income.
MODEL = SegmentModel(
    schema=default_schema(),
    segments=(segment("Low", (40, 30, 30)), segment("High", (40, 70, 70)), segment("Rich", (40, 110, 70))),
    centroids=((-1.0, -2.0), (1.0, 2.0), (3.0, 2.0)),
    mean=(40.0, 50.0, 50.0),
    factor=(0.1, 0.05, 0.1),
    fill=(38.0, 50.0, 50.0),
    tree=DecisionTree(
        (2, LEAF, 1, LEAF, LEAF), (50.5, 0.0, 90.0, 0.0, 0.0), (1, -1, 3, -1, -1), (2, -1, 4, -1, -1), (0, 0, 1, 1, 2)
    ),
    version="v1",
)
