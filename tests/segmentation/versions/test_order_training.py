"""A file of orders makes a candidate whose segments are its customers'."""

from __future__ import annotations

from pathlib import Path

from order_files import OrderFile
from order_groups import GROUPS, grouped_shop
from registries import opened

from segmentation.schema_data import default_schema
from segmentation.versions.order_training import train_orders


def test_a_candidate_is_trained_on_the_customers_who_ordered(tmp_path: Path) -> None:
    shop = grouped_shop(currency="EUR")
    file = OrderFile(shop.header, [*shop.rows, ["Returner", "R-1", "2 Dec 2017", "-5", "EUR"]])
    registry, steps = opened(tmp_path / "models"), list[str]()
    source = file.write(tmp_path / "orders.csv")
    run = train_orders(source, registry, default_schema(), actor="tests", progress=steps.append)
    assert {segment.name: segment.customers for segment in run.model.segments} == dict.fromkeys(GROUPS, 30)
    assert run.model.schema.features[2].unit == "EUR"
    # The one who only gave back is no customer to learn from, and that is said.
    assert (run.report.cleaning.rows, run.report.cleaning.used, run.problems) == (120, 120, ())
    assert run.notes[0].startswith("920 order lines: 919 orders of 121 customers, in EUR, as of 30 Dec 2017.")
    assert any("1 customer had refunds or cancelled orders only" in note for note in run.notes)
    assert steps[0] == "Deriving customers from orders"
    manifest = registry.versions()[0].manifest
    assert manifest is not None
    assert manifest.notes[0] == run.notes[0]
