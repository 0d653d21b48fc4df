"""A check counts a table where it is, and tells the same of it as the training did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from category_cases import HEADER, category_trained, subscribers
from harness import Harness, harness, trained

from segmentation.errors import BadInput
from segmentation.registry.registry import Registry
from segmentation.training.samples.mall import sample_customers
from segmentation.warehouse.address import Address
from segmentation.watching.counting import check_table

__all__ = ["harness", "trained"]
NAMES = ["age", "income", "score"]


def table(folder: Path, frame: pl.DataFrame) -> Address:
    frame.write_parquet(folder / "customers.parquet")
    return Address(str(folder / "customers.parquet"))


def sample() -> pl.DataFrame:
    return pl.DataFrame(sample_customers(), schema=NAMES, orient="row")


def test_the_training_table_is_counted_as_in_training(harness: Harness, tmp_path: Path) -> None:
    registry = harness.registry
    model, manifest = registry.load_current(), registry.manifest(harness.versions[0])
    check = check_table(table(tmp_path, sample()), model, manifest)
    assert check.version == model.version
    assert (check.rows, check.scored, check.left_out) == (200, 200, 0.0)
    assert sum(check.shares.values()) == pytest.approx(1)
    assert [one.index for one in check.features] == [0, 0, 0]
    assert list(check.segments) == list(model.names)
    # A row that cannot be scored is left out, and a column that only describes may be missing.
    broken = sample().drop("age").with_columns(pl.when(pl.int_range(pl.len()) > 9).then("income").alias("income"))
    check = check_table(table(tmp_path, broken), model, manifest)
    assert (check.rows, check.scored, check.left_out) == (200, 190, 0.05)
    assert [one.name for one in check.features] == ["income", "score"]


def test_a_table_with_other_columns_is_refused(harness: Harness, tmp_path: Path) -> None:
    registry = harness.registry
    with pytest.raises(BadInput, match="no column"):
        check_table(
            table(tmp_path, sample().drop("income")), registry.load_current(), registry.manifest(harness.versions[0])
        )


def test_categories_are_counted_by_their_names(tmp_path: Path) -> None:
    registry = Registry.open(tmp_path / "models", tmp_path / "var")
    version = registry.save(category_trained(tmp_path), actor="tests", source="subscribers")
    frame = pl.DataFrame(subscribers(), schema=list(HEADER), orient="row").with_columns(
        pl.col("spend", "visits").cast(pl.Float64, strict=False)
    )
    model, manifest = registry.load(version), registry.manifest(version)
    check = check_table(table(tmp_path, frame), model, manifest)
    assert [(one.name, one.level) for one in check.features] == [(name, "none") for name in model.schema.names]
    check = check_table(table(tmp_path, frame.with_columns(Tariff=pl.lit("BASIC"))), model, manifest)
    (found,) = [one for one in check.features if one.level == "large"]
    assert found.name == "plan"
    assert found.text.startswith("plan is mixed differently (Basic 100%, ")


def test_a_version_without_a_profile_is_counted_without_features(harness: Harness, tmp_path: Path) -> None:
    registry = harness.registry
    manifest = registry.manifest(harness.versions[0])
    check = check_table(
        table(tmp_path, sample()),
        registry.load_current(),
        replace(manifest, report=replace(manifest.report, profile=None)),
    )
    assert check.features == ()
    assert check.scored == 200
