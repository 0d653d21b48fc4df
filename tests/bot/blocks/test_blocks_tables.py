"""The one builder of tables and charts keeps to Slack's limits and says what it leaves out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.limits import CHART_CATEGORIES, CHART_LABEL, TABLE_COLUMNS, TABLE_ROWS, TABLE_TEXT
from bot.blocks.tables import bar_chart, distinct_labels, level, table_blocks
from bot.playground.block_kit.rules import check_blocks
from segmentation.schema import Feature, Role, telling_first


def texts(block: dict[str, Any]) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in block["rows"]]


def test_a_small_table_is_as_it_was_given() -> None:
    (table,) = table_blocks([["Name", "Customers"], ["Loyal", ""]], right=[1])
    assert texts(table) == [["Name", "Customers"], ["Loyal", "–"]]
    assert table["column_settings"] == [
        {"align": "left", "is_wrapped": True},
        {"align": "right", "is_wrapped": False},
    ]
    (wrapped,) = table_blocks([["Name", "Customers"]], right=[1], wrapped=True)
    assert [column["is_wrapped"] for column in wrapped["column_settings"]] == [True, True]


def test_a_table_shortens_its_longest_cells_only_when_all_together_are_too_long() -> None:
    (alone,) = table_blocks([["x" * 4000, ""]])
    assert texts(alone) == [["x" * 4000, "–"]]
    (crowded,) = table_blocks([["x" * 6000] * 2, ["y" * 100, "z"]])
    lengths = [len(text) for row in texts(crowded) for text in row]
    assert lengths == [4949, 4949, 100, 1]
    assert sum(lengths) <= TABLE_TEXT


@pytest.mark.parametrize(
    ("heads", "said"),
    [
        (21, "The table has no room for the column &lt;20&gt;."),
        (23, "The table has no room for the columns &lt;20&gt;, &lt;21&gt;, &lt;22&gt;."),
        (30, "The table has no room for the columns &lt;20&gt;, &lt;21&gt;, &lt;22&gt; and 7 more."),
    ],
)
def test_a_table_of_too_many_columns_names_those_it_leaves_out(heads: int, said: str) -> None:
    table, line = table_blocks([[f"<{i}>" for i in range(heads)]] * 2)
    assert texts(table)[0] == [f"<{i}>" for i in range(TABLE_COLUMNS)]
    assert line["elements"][0]["text"] == said


@pytest.mark.parametrize(("rows", "said"), [(101, "1 more row."), (1300, "1,200 more rows.")])
def test_a_table_of_too_many_rows_counts_those_it_leaves_out(rows: int, said: str) -> None:
    table, line = table_blocks([[str(i)] for i in range(rows)])
    assert texts(table)[-1] == [str(TABLE_ROWS - 1)]
    assert line["elements"][0]["text"] == f"The table has no room for {said}"


@given(
    rows=st.integers(1, 120),
    columns=st.integers(1, 30),
    cells=st.lists(st.sampled_from(["", "a", "b" * 30, "&amp;" * 60, "é" * 300, "`" * 3000]), min_size=1, max_size=9),
)
def test_no_table_is_refused(rows: int, columns: int, cells: list[str]) -> None:
    grid = [[cells[(row * columns + column) % len(cells)] for column in range(columns)] for row in range(rows)]
    assert not check_blocks(table_blocks(grid, right=range(1, columns)))


@given(st.lists(st.integers(0, 400), min_size=1, max_size=30), st.integers(30, 3000))
def test_the_level_uses_the_room_and_no_more(lengths: list[int], total: int) -> None:
    found = level(lengths, total)
    cut = [min(max(length, 1), found) for length in lengths]
    assert sum(cut) <= total
    if any(length > found for length in lengths):
        assert sum(min(max(length, 1), found + 1) for length in lengths) > total


def test_features_that_decide_come_first_when_there_is_no_room_for_all() -> None:
    roles = [Role.PROFILE, Role.CLUSTER, Role.PROFILE, Role.CLUSTER]
    features = [Feature(f"f{i}", f"F{i}", "", 0, 1, role) for i, role in enumerate(roles)]
    assert telling_first(features) == [1, 3, 0, 2]


def test_bars_have_short_labels_of_their_own() -> None:
    bars = [(f"{'Loyal customers of the north' if i % 2 else 'New'} {i // 10}", i + 1) for i in range(30)]
    chart = bar_chart("Customers per segment", "Customers", bars, "Segment", "Customers")
    assert not check_blocks([chart])
    labels = chart["chart"]["axis_config"]["categories"]
    assert len(set(labels)) == len(labels) == CHART_CATEGORIES
    assert max(map(len, labels)) <= CHART_LABEL
    assert [point["value"] for point in chart["chart"]["series"][0]["data"]] == list(range(1, 21))


@given(st.lists(st.text(min_size=1, max_size=40), max_size=20))
def test_labels_stay_distinct_and_short(names: list[str]) -> None:
    found = distinct_labels(names, CHART_LABEL)
    assert len(set(found)) == len(names)
    assert all(0 < len(label) <= CHART_LABEL for label in found)
