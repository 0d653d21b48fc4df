"""Amounts are exact, whatever stands beside them."""

from __future__ import annotations

import polars as pl
import pytest

from segmentation.numbers.number_forms import NumberStyle
from segmentation.orders.cells.amounts import MILLION, cents, hundredths_text, product, read_amounts
from segmentation.orders.currencies import currency_code


@pytest.mark.parametrize(
    ("text", "amount", "sign"),
    [
        *(
            ("10", 10_000_000, None),
            ("0.1", 100_000, None),
            ("-3.50", -3_500_000, None),
            ("957.5775", 957_577_500, None),
        ),
        *(("1,234.50", 1_234_500_000, None), ("1 234.50", 1_234_500_000, None), ("(60)", -60_000_000, None)),
        *(
            ("€10", 10_000_000, "EUR"),
            ("10.00 eur", 10_000_000, "EUR"),
            ("US$5", 5_000_000, "USD"),
            ("$5", 5_000_000, "$"),
        ),
        *(
            ("A$5", 5_000_000, "AUD"),
            ("120 THB", 120_000_000, "THB"),
            ("-€3", -3_000_000, "EUR"),
            ("12.50-", -12_500_000, None),
        ),
        *(
            ("+5", 5_000_000, None),
            ("1e3", 1_000_000_000, None),
            ("€0.0000015", 2, "EUR"),
            ("0.0000005", 0, None),
            ("0.29", 290_000, None),
        ),
        *(("ten", None, None), ("5%", None, None), ("5k", None, None), ("5 pieces", None, None), ("", None, None)),
        *(
            ("1.234,50", None, None),
            ("10000000000000", None, None),
            ("€10000000000000", None, "EUR"),
            ("1e400", None, None),
        ),
    ],
)
def test_an_amount_is_read_in_every_form(text: str, amount: int | None, sign: str | None) -> None:
    assert read_amounts(pl.Series([text]), NumberStyle()).row(0) == (amount, sign)


def test_a_decimal_comma_is_read_where_the_column_has_it() -> None:
    read = read_amounts(pl.Series(["1.234,50", "7,5", "€ 1.000", "2.5"]), NumberStyle(decimal=","))
    assert read["amount"].to_list() == [1_234_500_000, 7_500_000, 1_000_000_000, None]


def test_a_cell_that_can_mean_two_numbers_is_refused_where_the_column_contradicts_itself() -> None:
    read = read_amounts(pl.Series(["1,234", "1.234", "€1.234", "1.5"]), NumberStyle(refused_marks=",."))
    assert read["amount"].to_list() == [None, None, None, 1_500_000]


def test_products_and_cents_round_half_away_from_zero() -> None:
    frame = pl.DataFrame({"price": [3, -3, 10 * MILLION], "quantity": [MILLION // 2, MILLION // 2, -2 * MILLION]})
    assert frame.select(product(pl.col("price"), pl.col("quantity"))).to_series().to_list() == [2, -2, -20 * MILLION]
    money = pl.DataFrame({"m": pl.Series([5_000, -5_000, 4_999, 123_456_789, None], dtype=pl.Int128)})
    rounded = money.select(cents(pl.col("m")).alias("m"))
    assert rounded["m"].to_list() == [1, -1, 0, 12_346, None]
    assert rounded.select(hundredths_text("m")).to_series().to_list() == ["0.01", "-0.01", "0.00", "123.46", None]


def test_a_currency_is_one_however_it_is_written() -> None:
    assert [currency_code(text) for text in (" eur", "€", "£", "$", "kr.", "XYZ")] == [
        "EUR",
        "EUR",
        "GBP",
        "$",
        "KR",
        "XYZ",
    ]


def test_a_fraction_without_a_zero_is_read() -> None:
    read = read_amounts(pl.Series([".75", "-.5", "$.25", "1,234.5"]), NumberStyle(grouped=True))
    assert read["amount"].to_list() == [750_000, -500_000, 250_000, 1_234_500_000]
    assert read_amounts(pl.Series([",75"]), NumberStyle(decimal=","))["amount"].to_list() == [750_000]
