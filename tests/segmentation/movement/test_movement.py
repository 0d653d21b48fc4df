"""Who moved between two files, counted by hand and against sets."""

from __future__ import annotations

from collections import Counter

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from segmentation.movement.movement import NOT_SCORED, Movement, common_share, compare, movers
from segmentation.movement.snapshot import About, Snapshot, content_of

SEGMENTS = ("Target", "Miser", "Careful")
Places = dict[int, int | None]


def snapshot(places: Places, segments: tuple[str, ...] = SEGMENTS, taken: float = 0.0) -> Snapshot:
    rows = sorted(places.items())
    customers = pl.DataFrame(rows, schema={"customer": pl.UInt64, "segment": pl.UInt8}, orient="row")
    about = About(
        id=f"file at {taken}",
        team="T1",
        population="income,score",
        taken=taken,
        version="v1",
        segments=segments,
        sizes=dict(Counter(segments[place] for place in places.values() if place is not None)),
        key="one",
        content=content_of(customers, segments),
        customers=len(rows),
    )
    return Snapshot(about, customers)


def test_joined_left_stayed_and_moved_are_those_counted_by_hand() -> None:
    before = snapshot({1: 0, 2: 0, 3: 1, 4: 2, 5: None, 6: 1}, taken=5.0)
    now = snapshot({1: 0, 2: 1, 3: 1, 5: 2, 6: None, 7: 0, 8: 0}, taken=6.0)
    movement = compare(before, now)
    assert (movement.joined, movement.left, movement.stayed, movement.moved, movement.common) == (2, 1, 2, 1, 5)
    assert movement.table == {
        "Target": {"Target": 1, "Miser": 1},
        "Miser": {"Miser": 1, NOT_SCORED: 1},
        NOT_SCORED: {"Careful": 1},
    }
    assert (movement.since, movement.sizes) == (5.0, {"Target": 2, "Miser": 2, "Careful": 1})
    assert movers(before, now).rows() == [(2, "Target", "Miser")]
    assert Movement.from_data(movement.to_data()) == movement


def test_segments_are_compared_by_name_whatever_their_order() -> None:
    before, now = snapshot({1: 0, 2: 1}), snapshot({1: 2, 2: 1}, ("Careful", "Spender", "Target"))
    movement = compare(before, now)
    assert movement.table == {"Target": {"Target": 1}, "Miser": {"Spender": 1}}
    assert (movement.moved, movers(before, now).rows()) == (1, [(2, "Miser", "Spender")])


def test_a_change_of_the_model_is_told_from_a_change_of_the_customers() -> None:
    before = snapshot({1: 0, 2: 0, 3: 0, 4: 0, 5: 0})
    # 2 changed; 3 did not, but the model sees it elsewhere; 4 changed and the model too; of 5 nobody can tell.
    with_the_same_model = snapshot({1: 0, 2: 1, 3: 0, 4: 1, 5: None})
    now = snapshot({1: 0, 2: 1, 3: 2, 4: 2, 5: 1})
    movement = compare(before, now, with_the_same_model)
    assert (movement.moved, movement.by_model) == (4, 1)


def test_a_file_of_other_customers_has_none_in_common() -> None:
    assert common_share(snapshot({1: 0, 2: 0}), snapshot({3: 0, 4: 0})) == 0
    assert common_share(snapshot({1: 0, 2: 0, 3: 0}), snapshot({3: 0})) == 1
    assert common_share(snapshot({}), snapshot({3: 0})) == 0


PLACES = st.dictionaries(st.integers(0, 40), st.one_of(st.none(), st.integers(0, 2)))


@given(PLACES, PLACES)
def test_the_counts_are_those_of_sets(earlier: Places, later: Places) -> None:
    movement = compare(snapshot(earlier), snapshot(later))
    both = earlier.keys() & later.keys()
    pairs = Counter((earlier[customer], later[customer]) for customer in both)
    counted = {(before, now): count for before, row in movement.table.items() for now, count in row.items()}
    named = [*SEGMENTS, NOT_SCORED]
    assert counted == {
        (named[3 if before is None else before], named[3 if now is None else now]): count
        for (before, now), count in pairs.items()
    }
    assert (movement.joined, movement.left) == (len(later.keys() - both), len(earlier.keys() - both))
    assert movement.moved == len(movers(snapshot(earlier), snapshot(later)))
