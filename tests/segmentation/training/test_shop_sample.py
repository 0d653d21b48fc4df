"""The generated customers of a shop: the same each time, nobody's, and with groups to be found."""

from __future__ import annotations

from segmentation.training.samples.shop import SHOP_COLUMNS, shop_rows


def test_the_shop_is_the_same_each_time_and_says_that_it_is_made_up() -> None:
    rows = shop_rows()
    assert rows == shop_rows()
    assert len(rows) == 240
    assert all(len(row) == len(SHOP_COLUMNS) for row in rows)
    assert all(row[0].startswith("synthetic-") and row[1].endswith("@shop.invalid") for row in rows)
    assert len({row[0] for row in rows}) == len(rows)


def test_customers_come_in_no_order() -> None:
    baskets = [float(row[3]) for row in shop_rows()]
    first, last = baskets[:120], baskets[120:]
    assert abs(sum(first) - sum(last)) < 0.15 * sum(baskets)
