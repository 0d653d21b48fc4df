import numpy as np
import pytest
from scipy.cluster.vq import kmeans2

from benchmarks.truth.customer_sets import GROUPED, STRUCTURELESS, grouped, schema_of, structureless


@pytest.mark.parametrize("kind", GROUPED)
def test_the_same_seed_makes_the_same_customers(kind: str) -> None:
    one, again, other = grouped(kind, 3, 2, 7), grouped(kind, 3, 2, 7), grouped(kind, 3, 2, 8)
    assert np.array_equal(one.values, again.values)
    assert one.values.shape != other.values.shape or not np.array_equal(one.values, other.values)


@pytest.mark.parametrize("kind", GROUPED)
def test_fresh_customers_are_others_from_the_same_groups(kind: str) -> None:
    found = grouped(kind, 3, 2, 7)
    assert found.values.shape == found.fresh.shape
    assert not np.array_equal(found.values, found.fresh)
    spread = found.values.std(axis=0)
    assert (abs(found.values.mean(axis=0) - found.fresh.mean(axis=0)) < spread / 3).all()


def test_blobs_lie_around_as_many_centres_as_they_say() -> None:
    found = grouped("blobs", 4, 2, 7)
    _, labels = kmeans2(found.values, 4, minit="++", rng=np.random.default_rng(0))
    within = [found.values[labels == label].std(axis=0) for label in range(4)]
    # Each blob has a standard deviation of 1 along each axis.
    assert np.allclose(within, 1.0, atol=0.3)


@pytest.mark.parametrize("kind", STRUCTURELESS)
def test_customers_without_groups_are_within_the_bounds_of_their_schema(kind: str) -> None:
    found = structureless(kind, 5, 200, 7)
    assert (found.k, found.values.shape) == (1, (200, 5))
    for column, feature in zip(found.values.T, found.schema.features, strict=True):
        assert feature.minimum < column.min() < column.max() < feature.maximum


def test_every_feature_of_a_generated_set_decides() -> None:
    schema = schema_of(5)
    assert schema.cluster_indices == (0, 1, 2, 3, 4)
