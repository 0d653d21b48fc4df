"""Blocks of any shape are checked without an exception."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.playground.block_kit.rules import check_blocks

Json = dict[str, Any]


def test_broken_charts_are_refused_not_stumbled_over() -> None:
    broken: list[Json] = [
        {"type": "bar", "series": "x", "axis_config": {"categories": ["a"]}},
        {"type": "bar", "series": [1], "axis_config": {"categories": ["a"]}},
        {"type": "bar", "series": [{"name": "n", "data": [1]}], "axis_config": []},
        {"type": "pie", "segments": [1]},
        {"type": "pie", "segments": 1},
    ]
    for chart in broken:
        assert check_blocks([{"type": "data_visualization", "title": "t", "chart": chart}])


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["section", "table", "mrkdwn"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "rows", "fields", "element", "chart", "segments", "block_id"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(anything, max_size=3))
def test_never_stumbles_over_anything(blocks: list[Any]) -> None:
    assert all(error.startswith("[ERROR] ") for error in check_blocks(blocks))
