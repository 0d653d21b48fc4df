"""Whether a file is unlike what a model was trained on: told from a sample of its rows, with the direction."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from harness import trained

from segmentation.schema import Feature, FeatureKind, Role
from segmentation.scoring.score import score_file
from segmentation.training.distributions import Distribution, TrainingProfile
from segmentation.training.samples.mall import sample_customers
from segmentation.training.train import Trained
from segmentation.watching.file_values import FEWEST, SAMPLED, FileValues
from segmentation.watching.unlike import unlike

__all__ = ["trained"]
NAMES = ("age", "income", "score")


@pytest.fixture
def watch(trained: Trained) -> FileValues:
    """What watches a file for the sample's model."""
    assert trained.report.profile is not None
    return FileValues(trained.model.schema, trained.report.profile)


def values(rows: int = 200, **added: float) -> pl.DataFrame:
    """The sample customers, over and over; `added` adds so much to a column."""
    sample = np.resize(sample_customers(), (rows, len(NAMES)))
    return pl.DataFrame({name: sample[:, i] + added.get(name, 0.0) for i, name in enumerate(NAMES)})


def test_the_training_customers_themselves_are_alike(watch: FileValues, trained: Trained) -> None:
    watch.add(values())
    assert watch.note() == ""
    for counts, before in zip(watch._counts, trained.report.profile.distributions, strict=True):  # type: ignore[union-attr]
        assert counts.tolist() == [round(share * 200) for share in before.shares]


def test_a_file_of_others_is_told_with_the_feature_and_the_direction(watch: FileValues) -> None:
    watch.add(values(income=30))
    assert watch.note().startswith(
        "This file looks unlike what the model was trained on: annual income is higher (typically "
    )
    assert watch.note().endswith(" in training).")
    watch.begin()
    watch.add(values(income=-30, score=40))
    assert "lower" in watch.note() or "higher" in watch.note()
    assert watch.note().endswith(", and 1 more feature.")


def test_a_few_customers_may_be_picked_on_purpose(watch: FileValues) -> None:
    watch.add(values(FEWEST - 1, income=100))
    assert watch.note() == ""
    watch.add(values(1, income=100))
    assert watch.note()


def test_nothing_is_said_of_a_file_without_values(watch: FileValues) -> None:
    assert watch.note() == ""
    watch.add(values().with_columns(pl.lit(None, pl.Float64).alias(name) for name in NAMES))
    assert watch.note() == ""


def test_of_large_blocks_a_sample_from_all_over_is_looked_at(watch: FileValues) -> None:
    rows = 50 * SAMPLED + 7
    # Sorted, so that the first rows alone would look very unlike.
    watch.add(values(rows).sort("income"))
    assert watch.note() == ""
    assert SAMPLED * 0.9 < watch._looked_at[1] <= SAMPLED
    assert watch._counts[1].sum() == pytest.approx(rows, rel=0.02)


def test_scoring_tells_the_values_of_all_customers_and_none_of_refused_rows(
    watch: FileValues, trained: Trained, tmp_path: Path
) -> None:
    source = tmp_path / "in.csv"
    values().write_csv(source)
    with source.open("a", encoding="utf-8") as file:
        file.write("30,broken,50\n")
    score_file(source, tmp_path / "out.csv", trained.model, values=watch)
    assert watch._looked_at[1:] == [200, 200]
    # Scored again, it begins anew.
    score_file(source, tmp_path / "out.csv", trained.model, values=watch)
    assert watch._looked_at[1] == 200


def test_a_category_is_told_by_the_one_whose_share_changed_most() -> None:
    channel = Feature(
        "channel",
        "Channel",
        "",
        0,
        3,
        Role.CLUSTER,
        kind=FeatureKind.CATEGORY,
        categories=("web", "shop", "phone", "fax"),
    )
    before = Distribution("channel", (0.5, 1.5, 2.5), (0.4, 0.4, 0.1, 0.1))
    found = unlike(channel, before, 1000, [800, 100, 50, 50])
    assert found.level == "large"
    assert found.text == "channel is mixed differently (web 80%, 40% in training)"
    assert [label for label, _, _ in found.bars] == ["web", "shop", "phone", "fax"]


def test_a_feature_that_is_only_spread_differently_is_said_so(trained: Trained) -> None:
    profile = trained.report.profile
    assert profile is not None
    feature = trained.model.schema.features[0]
    before = replace(profile.distributions[0], edges=(20.0, 40.0, 60.0), shares=(0.25, 0.25, 0.25, 0.25))
    found = unlike(feature, before, 10_000, [4900, 100, 100, 4900])
    assert found.text == "age is spread differently (typically 40 years, as in training)"
    assert found.bars[0] == ("up to 20", 0.25, 0.49)
    assert found.bars[-1][0] == "above 60"


def test_versions_without_a_profile_of_a_feature_say_nothing_of_it(trained: Trained) -> None:
    profile = trained.report.profile
    assert profile is not None
    some = TrainingProfile(profile.customers, profile.distributions[:1], None, ())
    watch = FileValues(trained.model.schema, some)
    watch.add(values(income=30))
    assert watch.note() == ""
