"""Lines read as the first rows suggest are read anew if the whole column says otherwise: the customers are the same."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from order_files import OrderFile, customer_table, derived

from segmentation.orders.answers import OrderAnswers
from segmentation.orders.derivation.purchases import too_wide
from segmentation.orders.line_parts import LineParts
from segmentation.reading.encoding import Limits

_HEADER = ("customer id", "order id", "date", "amount")
# More than the rows that are looked at first.
_PLAIN = [[f"c{n % 7}", str(n), f"2024-01-{n % 28 + 1:02}", f"{n % 90}.50"] for n in range(2100)]


@pytest.mark.parametrize(
    ("late", "money"),
    [
        (["late", "x1", "31/12/2024", "1.00"], "1.00"),
        (["late", "x1", "2024-12-31", "1,234.50"], "1234.50"),
        (["late", "x1", "2024-12-31", "€7"], "7.00"),
        (["late", "x1", "2024-12-31", "(3.00)"], "-3.00"),
    ],
    ids=["another date", "a grouped number", "a currency", "brackets"],
)
def test_what_the_first_rows_did_not_show_is_read_all_the_same(late: list[str], money: str, tmp_path: Path) -> None:
    file = OrderFile(_HEADER, [*_PLAIN, late])
    answers = OrderAnswers.parse(["currency=EUR"] if "€" in late[3] else [])
    first = OrderFile(_HEADER, [late, *_PLAIN])
    data, notes = derived(file, tmp_path, answers, limits=Limits(block_bytes=9000), part_lines=500)
    assert customer_table(data).loc["late", "monetary"] == money
    assert derived(first, tmp_path, answers) == (data, notes)


def test_first_rows_that_leave_something_open_do_not_decide(tmp_path: Path) -> None:
    rows = [[who, order, "3/4/2024", amount] for who, order, _, amount in _PLAIN]
    settled = OrderFile(_HEADER, [*rows, ["late", "x1", "4/30/2024", "1.00"]])
    data, notes = derived(settled, tmp_path, OrderAnswers(), limits=Limits(block_bytes=9000))
    assert customer_table(data).loc["c1", "last_order"] == "2024-03-04"
    assert any("3/4/2024 was read as 4 Mar 2024, as other dates of the column show" in note for note in notes)


def test_lines_are_parted_by_their_order_and_their_number_tells_how_wide_sums_are(tmp_path: Path) -> None:
    parts = LineParts(tmp_path / "lines", 10, 4)
    lines = {"order": ["a", "b", None, "a", None, None], "customer": ["1", "2", "3", None, "3", None]}
    frame = pl.DataFrame({**lines, "hash": pl.Series(range(6), dtype=pl.UInt64)})
    for line in range(6):
        parts.add(frame.slice(line, 1))
    parts.flush()
    assert len(parts.folders) == 3
    found = [pl.read_parquet(own / "*.parquet") for own in parts.folders if any(own.iterdir())]
    assert sum(part.height for part in found) == 6
    # All lines of an order, and all without a number of one customer, are together.
    assert sum("a" in part["order"].to_list() for part in found) == 1
    assert sum((part["order"].is_null() & (part["customer"] == "3")).any() for part in found) == 1
    parts.remove()
    assert not any((tmp_path / "lines").iterdir())
    assert [too_wide(2**40, 2**20), too_wide(2**40, 2**22)] == [False, True]
