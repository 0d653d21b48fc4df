"""Both competitors derive the same customers from the orders that are made for them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from benchmarks.files.orders import _polars, _segbot, generate


def test_segbot_and_polars_derive_the_same_customers(tmp_path: Path) -> None:
    source = tmp_path / "orders.csv"
    generate(3000).sink_csv(source)
    for competitor, name in ((_segbot, "segbot"), (_polars, "polars")):
        competitor(source, tmp_path / name)()
    ours = pl.read_csv(tmp_path / "segbot", schema_overrides={"monetary": pl.Decimal(18, 2)})
    theirs = pl.read_csv(tmp_path / "polars").with_columns(pl.col("monetary").round(2).cast(pl.Decimal(18, 2)))
    columns = ["customer_id", "first_order", "last_order", "frequency", "monetary"]
    assert ours.height > 200
    assert ours.select(columns).equals(theirs.select(columns))
