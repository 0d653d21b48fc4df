"""Whether a log scale finds the customers of lognormal shops, and the best ones among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from sklearn.metrics import adjusted_rand_score

from benchmarks.figures import Figure, Goal, Measurement, Section
from segmentation.errors import BadTrainingData
from segmentation.schema import Feature, Role, Scale, Schema
from segmentation.scoring.batch import BatchPredictor
from segmentation.training.train import train

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.trained_sample import TrainedSample

SHOPS: Final = 12
# The reach of fences on a log scale was tuned on the seeds before.
_HELD_OUT: Final = 100
# Medians of the groups are at least this many standard deviations apart in orders and money together.
_APART: Final = 5.0
_SPREAD: Final = (0.35, 0.45)
_BEST: Final = 0.04
_CUSTOMERS: Final = 1000


@dataclass(frozen=True)
class Shop:
    """Customers (n, 2): orders and money; the (n,) group each is in, of which 0 are the best; and as many more."""

    values: NDArray[np.float64]
    groups: NDArray[np.intp]
    fresh: NDArray[np.float64]
    fresh_groups: NDArray[np.intp]

    @property
    def k(self) -> int:
        """How many groups there are."""
        return int(self.groups.max()) + 1


def shop(seed: int) -> Shop:
    """Generate one shop: three or four groups of customers, the best of them few."""
    rng = np.random.default_rng([17, seed])
    spread, count = np.array(_SPREAD), int(rng.integers(3, 5))
    medians = [np.log([80.0, 20_000.0])]
    while len(medians) < count:
        place = rng.uniform(np.log([1.5, 30.0]), np.log([25.0, 3000.0]))
        if all(np.linalg.norm((place - other) / spread) >= _APART for other in medians):
            medians.append(place)
    rest = rng.uniform(1, 3, count - 1)
    shares = np.concatenate([[_BEST], (1 - _BEST) * rest / rest.sum()])

    def draw() -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        groups = rng.choice(count, _CUSTOMERS, p=shares)
        drawn = np.exp(np.array(medians)[groups] + rng.normal(0, spread, (_CUSTOMERS, 2)))
        return np.column_stack([np.ceil(drawn[:, 0]), np.round(drawn[:, 1], 2)]), groups

    return Shop(*draw(), *draw())


def schema_of(scale: Scale) -> Schema:
    """Return a shop's schema."""
    orders = Feature("orders", "Orders", "", 0, 10_000, Role.CLUSTER, scale=scale)
    spent = Feature("spent", "Money spent", "€", 0, 1e7, Role.CLUSTER, decimals=2, scale=scale)
    return Schema("shop", (orders, spent), ())


@dataclass(frozen=True, slots=True)
class Found:
    """What one training found: agreement with the true groups, the money left out, and whether the best are told."""

    agreement: float
    money_left_out: float
    best_apart: bool


def found(shop: Shop, scale: Scale) -> Found:
    """Train on one shop's customers, with as many segments as there are groups, and ask about the others."""
    schema = schema_of(scale)
    try:
        trained = train(shop.values, schema, k=shop.k)
    except BadTrainingData:
        return Found(0.0, 1.0, best_apart=False)
    answers = BatchPredictor(trained.model).segments(shop.fresh)
    best = shop.fresh_groups == 0
    theirs = np.bincount(answers[best]).argmax()
    return Found(
        agreement=float(adjusted_rand_score(shop.fresh_groups, answers)),
        money_left_out=trained.report.cleaning.outlier_money.get("spent", 0.0),
        # Most of the best are in one segment, and most of that segment are the best.
        best_apart=bool((answers[best] == theirs).mean() > 1 / 2 and best[answers == theirs].mean() > 1 / 2),
    )


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Compare the scales on generated shops."""
    del sample
    return measured([shop(_HELD_OUT + seed) for seed in range(2 if quick else SHOPS)])


def measured(shops: Sequence[Shop]) -> Section:
    """Compare the scales on shops."""
    by_scale = {scale: [found(one, scale) for one in shops] for scale in (Scale.PLAIN, Scale.LOG)}
    log = by_scale[Scale.LOG]
    return Section(
        "truth, scale: whether the customers of lognormal shops are found",
        f"{len(shops)} shops of {_CUSTOMERS:,} customers, k given; agreement (adjusted Rand index) on as many others.",
        tuple(
            Measurement(
                str(scale),
                {
                    "agreement": float(np.mean([item.agreement for item in items])),
                    "money left out": float(np.mean([item.money_left_out for item in items])),
                    "best are a segment": float(np.mean([item.best_apart for item in items])),
                },
            )
            for scale, items in by_scale.items()
        ),
        (
            Figure(
                "agreement with the true groups", float(np.mean([item.agreement for item in log])), "", Goal.least(0.95)
            ),
            Figure(
                "the best customers are a segment",
                float(sum(item.best_apart for item in log)),
                f"of {len(shops)}",
                Goal.least(len(shops)),
            ),
            Figure(
                "right k chosen on the log scale",
                float(sum(train(one.values, schema_of(Scale.LOG)).report.choice.k == one.k for one in shops)),
                f"of {len(shops)}",
                Goal.least(round(0.93 * len(shops))),
            ),
            Figure("money left out", float(np.mean([item.money_left_out for item in log])), "", Goal.most(0.02)),
        ),
    )
