"""How many bands customers in no groups are cut into: as many as hold, and never against somebody's word."""

from __future__ import annotations

from dataclasses import replace

import pytest
from order_groups import continuous_trained, trained_on_orders

from segmentation.orders.rfm_schema import rfm_schema
from segmentation.training import bands
from segmentation.training.bands import choose_bands, is_free
from segmentation.training.reports.training import KChoice, SweepPoint
from segmentation.training.space import Space

CHOICE = KChoice(2, 3, 2, "As if there were groups.")
SWEPT = tuple(SweepPoint(k, 1 / k, 0.4) for k in range(1, 16))


class _NoSpace(Space):
    """Customers whom nobody looks at."""

    def __init__(self) -> None:
        """Hold nothing."""


@pytest.mark.parametrize(
    ("stability", "largest", "k"),
    [
        ({5: 0.81, 4: 0.95}, 15, 5),
        ({5: 0.79, 4: 0.8}, 15, 4),
        ({5: 0.6, 4: 0.75, 3: 0.7, 2: 0.72}, 15, 4),
        ({3: 0.9}, 3, 3),
    ],
    ids=["the most", "the most that hold", "the best if none holds", "no more than were swept"],
)
def test_the_most_bands_that_hold_are_chosen(
    stability: dict[int, float], largest: int, k: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bands, "_stability", lambda _space, k, _seed: stability[k])
    chosen = choose_bands(CHOICE, _NoSpace(), SWEPT[:largest], 0)
    assert (chosen.k, chosen.elbow, chosen.silhouette) == (k, 3, 2)
    holds = stability[k] >= bands.STABLE
    assert chosen.reason == (
        f"There are no groups to count. k = {k}: "
        f"{'the most bands, up to 5, whose borders hold' if holds else 'as many bands as hold best'} "
        "when other customers are drawn."
    )


def test_a_number_that_was_asked_for_or_is_in_service_stands() -> None:
    schema, model = rfm_schema("EUR"), continuous_trained().model
    assert is_free(schema, None, None)
    assert not is_free(schema, 3, None)
    assert not is_free(schema, None, model)
    other = replace(model, schema=replace(model.schema, features=model.schema.features[:2]))
    assert is_free(schema, None, other)


def test_customers_in_groups_are_counted_as_ever() -> None:
    grouped, continuous = trained_on_orders().report, continuous_trained().report
    assert (grouped.in_bands, grouped.choice.k) == (False, 4)
    assert (continuous.in_bands, continuous.choice.k) == (True, 5)
    assert continuous.choice.reason.startswith("There are no groups to count. k = 5")
    assert continuous.stability >= 0.7
    # Resampled trainings say how many keep their segment; in groups nearly everybody does.
    assert (grouped.kept or 0) > 0.99
    assert 0.8 < (continuous.kept or 0) < 0.97
