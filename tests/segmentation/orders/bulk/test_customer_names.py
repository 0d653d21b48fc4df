"""Each customer has one number, however often and in whichever way the name is written."""

from __future__ import annotations

import polars as pl
import pytest

from segmentation.orders.bulk.library import OrderKernel, TooOdd
from segmentation.orders.bulk.names import CustomerNames


def test_a_text_has_the_number_it_got_first(order_kernel: OrderKernel) -> None:
    names = CustomerNames(order_kernel)
    # More than there are slots and bytes for at first.
    many = pl.Series([f"customer {n} {'x' * (n % 40 + 1)}" for n in range(50_000)])
    first = names.of_ids(many)
    assert first.to_list() == list(range(50_000))
    assert names.of_ids(many.reverse()).to_list() == list(range(49_999, -1, -1))
    assert names.texts().equals(many)


def test_addresses_in_capitals_are_those_in_small_letters_and_guests_are_nobody(order_kernel: OrderKernel) -> None:
    names = CustomerNames(order_kernel)
    found = names.of_ids(pl.Series(["Ann@Shop.com", "guest", "7", "ann@shop.com", None, "", "ANN@SHOP.COM", "7"]))
    ann, seven = names.texts().to_list().index("ann@shop.com"), names.texts().to_list().index("7")
    assert found.to_list() == [ann, None, seven, ann, None, None, ann, seven]
    assert names.guest_words == {"guest"}


def test_a_name_of_several_lines_is_left_to_the_exact_path(order_kernel: OrderKernel) -> None:
    with pytest.raises(TooOdd):
        CustomerNames(order_kernel).of_ids(pl.Series(["two\nlines"]))
