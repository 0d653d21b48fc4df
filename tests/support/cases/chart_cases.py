"""Models and customers to draw, and checks of pictures."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib import image
from matplotlib.figure import Figure

from segmentation.answers.explanation import Segment
from segmentation.model import SegmentModel
from segmentation.schema import Feature, Role, Schema
from segmentation.schema_data import default_schema
from segmentation.tree import DecisionTree

DEFAULT_NAMES = ("Target", "Miser", "Spender", "Careful", "Standard")
LONG_NAMES = (
    "High income, low spending, weekends only",
    "Ältere Stammkunden mit $ und noch mehr $",
    "W" * 40,
    "高价值客户，经常购买，喜欢新产品",
    "Sporadic bargain hunters of the suburbs",
    "Постоянные покупатели со скидкой",
    r"$\frac{broken}$ {mathtext} $",
    "Big spender",
    "Occasional visitor in the middle",
    "🙂 happy\nline break\tand\u202e tricks\x00",
)
RFM = Schema(
    "rfm",
    (
        Feature("recency", "Days since last order", "days", 0, 3650, Role.CLUSTER),
        Feature("frequency", "Orders a year", "", 0, 500, Role.CLUSTER),
        Feature("monetary", "Spend a year", "€", 0, 1e9, Role.CLUSTER),
    ),
    (),
)
SPEND = Schema("spend", (Feature("spend", "Monthly spend", "€", 0, 1e6, Role.CLUSTER),), ())


@dataclass(frozen=True)
class Point:
    k: int
    inertia: float
    silhouette: float | None


SWEEP = [Point(k, 400 / k, None if k == 1 else 0.6 - 0.03 * abs(k - 5)) for k in range(1, 11)]


def split(cuts: Sequence[tuple[int, float]]) -> DecisionTree:
    """A chain: left of cut i is segment i, right of all of them the last segment."""
    inner = len(cuts)
    feature, cut, left, right, segment = [], [], [], [], []
    for i, (index, at) in enumerate(cuts):
        feature += [index, -1]
        cut += [at, 0.0]
        left += [2 * i + 1, -1]
        right += [2 * i + 2, -1]
        segment += [i, i]
    return DecisionTree((*feature, -1), (*cut, 0.0), (*left, -1), (*right, -1), (*segment, inner))


def model(
    names: Sequence[str] = DEFAULT_NAMES,
    schema: Schema | None = None,
    means: Sequence[tuple[float, ...]] | None = None,
    tree: DecisionTree | None = None,
) -> SegmentModel:
    schema = schema or default_schema()
    if means is None:
        centres = [(86.5, 82.1), (88.2, 17.1), (25.7, 79.4), (26.3, 20.9), (55.3, 49.5)]
        centres += [(60.0, 90.0), (60.0, 10.0), (20.0, 50.0), (95.0, 50.0), (110.0, 30.0)]
        means = [(38.0, *centre) for centre in centres[: len(names)]]
    segments = tuple(
        Segment(name, "", "", 40, 0.2, mean, tuple(v * 0.85 for v in mean), tuple(v * 1.15 for v in mean))
        for name, mean in zip(names, means, strict=True)
    )
    features, clustering = len(schema.features), len(schema.cluster_indices)
    if tree is None:
        axis = schema.cluster_indices[0]
        middles = sorted(mean[axis] for mean in means)
        tree = split([(axis, (a + b) / 2 + i * 1e-6) for i, (a, b) in enumerate(itertools.pairwise(middles))])
    return SegmentModel(
        schema, segments, ((0.0,) * clustering,) * len(names), (0.0,) * features, (1.0,) * features, means[0], tree
    )


def customers(count: int, seed: int = 0) -> list[list[float]]:
    rng = np.random.default_rng(seed)
    drawn = [rng.uniform(low, high, count).tolist() for low, high in ((18, 70), (15, 137), (1, 99))]
    return [list(row) for row in zip(*drawn, strict=True)]


def words(figure: Figure) -> str:
    return " | ".join(text.get_text().replace("\n", " ") for text in figure.texts)


def pixels(png: bytes) -> npt.NDArray[np.float32]:
    return np.asarray(image.imread(io.BytesIO(png)), dtype=np.float32)


def colours(png: bytes) -> dict[str, int]:
    channels = np.rint(pixels(png)[..., :3] * 255).astype(np.int64)
    found, counts = np.unique(channels @ np.array([1 << 16, 1 << 8, 1]), return_counts=True)
    return {f"#{rgb:06X}": int(n) for rgb, n in zip(found.tolist(), counts.tolist(), strict=True)}


def check_layout(figure: Figure) -> None:
    """Check that every text lies inside the figure and covers no other text."""
    width, height = figure.bbox.width, figure.bbox.height
    boxes = [(text.get_text(), text.get_window_extent()) for text in figure.texts]
    for text, box in boxes:
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= width, text
        assert box.y1 <= height, text
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        overlap = min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
        assert not overlap, (one, other)
