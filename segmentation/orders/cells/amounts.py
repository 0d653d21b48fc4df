"""Amounts of money as exports write them → exact integers, and the currency beside them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import polars as pl

from segmentation.numbers.number_forms import GROUPING, DressKind, NumberStyle, grouped_number, is_doubtful, taken_apart
from segmentation.numbers.values import folded
from segmentation.orders.cells.dates import trimmed
from segmentation.orders.currencies import currency_code
from segmentation.schema import Feature, Role

# Amounts are counted in millionths, as Int64: sums of them are exact, so no order of rows changes a cent.
MILLION: Final = 1_000_000
_DIGITS: Final = 6
# Larger amounts are no payments, and would not fit.
_LARGEST: Final = 10**12
_CENT: Final = 10_000
# What can be cast to a decimal as it is, once the mark before its fraction is a point.
_PLAIN: Final = {".": r"^-?[0-9]{1,13}(?:\.[0-9]{1,18})?$", ",": r"^-?[0-9]{1,13}(?:,[0-9]{1,18})?$"}
_BESIDE: Final = re.compile(r"[0-9.,\s'’()+\-−\u00a0\u2007\u2009\u202f]")
_CODE_LENGTH: Final = 3
# Stands for an amount's column where its marks are decided; an amount may be anything.
AMOUNT: Final = Feature("amount", "Amount", "", -float(_LARGEST), float(_LARGEST), Role.PROFILE)


def read_amounts(cells: pl.Series, style: NumberStyle) -> pl.DataFrame:
    """Read a column of amounts.

    Parameters
    ----------
    cells
        String.
    style
        The mark before fractions, and the marks with which a cell that can mean two numbers is refused.

    Returns
    -------
    pl.DataFrame
        amount (Int64, millionths; null if the cell is empty or no amount) and sign (String: the currency beside it).
    """
    texts = trimmed(cells).rename("text")
    plain = texts.str.contains(_PLAIN[style.decimal])
    if style.refused_marks:
        plain &= ~texts.str.contains(rf"^-?[1-9][0-9]{{0,2}}[{style.refused_marks}][0-9]{{3}}$")
    number = texts.str.replace(",", ".", literal=True) if style.decimal == "," else texts
    millionths = number.cast(pl.Decimal(38, _DIGITS), strict=False).to_physical()
    small = millionths.abs() <= _LARGEST * MILLION
    amount = millionths.zip_with(plain & small, pl.Series([None], dtype=pl.Int128)).cast(pl.Int64)
    frame = pl.DataFrame({"text": texts, "amount": amount})
    odd = texts.filter(~plain & (texts != "")).unique().to_list()
    if not odd:
        return frame.select("amount", pl.lit(None, dtype=pl.String).alias("sign"))
    read = [(text, *_read(text, style)) for text in odd]
    known = pl.DataFrame(read, schema={"text": pl.String, "odd": pl.Int64, "sign": pl.String}, orient="row")
    joined = frame.join(known, on="text", how="left", maintain_order="left")
    return joined.select(pl.coalesce("amount", "odd").alias("amount"), "sign")


def _read(text: str, style: NumberStyle) -> tuple[int | None, str | None]:
    """Read an amount with groups of digits, a currency, or brackets that mean below zero."""
    plain = folded(text).replace("−", "-")
    trailing = plain.endswith("-") and plain[:1].isdigit()
    apart = taken_apart(f"-{plain[:-1]}" if trailing else plain.removeprefix("+"))
    if apart is None or apart.dress.thousands or (apart.dress.kind is DressKind.PERCENT):
        return None, None
    if grouped_number(apart.core, style.decimal) is None or (style.refused_marks and is_doubtful(apart.core)):
        return None, None
    beside = apart.dress.kind in {DressKind.CURRENCY, DressKind.UNIT}
    sign = _BESIDE.sub("", plain) if beside else ""
    if apart.dress.kind is DressKind.UNIT and len(sign) != _CODE_LENGTH:
        return None, None
    core = re.sub(GROUPING[style.decimal], "", apart.core).replace(",", ".")
    value = int((Decimal(core) * MILLION).to_integral_value(ROUND_HALF_EVEN))
    return (value if abs(value) <= _LARGEST * MILLION else None), (currency_code(sign) if sign else None)


def product(price: pl.Expr, quantity: pl.Expr) -> pl.Expr:
    """Multiply two amounts in millionths, rounding to a millionth."""
    exact = price.cast(pl.Int128) * quantity.cast(pl.Int128)
    return _rounded(exact, MILLION)


def cents(millionths: pl.Expr) -> pl.Expr:
    """Round an amount, Int128, to cents: half a cent away from zero."""
    return _rounded(millionths, _CENT)


def ratio(total: pl.Expr, count: pl.Expr) -> pl.Expr:
    """Divide an integer, Int128, by a count above zero, and round."""
    return _rounded(total, count)


def _rounded(value: pl.Expr, by: pl.Expr | int) -> pl.Expr:
    divisor = pl.lit(by, dtype=pl.Int128) if isinstance(by, int) else by.cast(pl.Int128)
    half = (2 * value.abs() + divisor) // (2 * divisor)
    return pl.when(value < 0).then(0 - half).otherwise(half)


def hundredths_text(name: str) -> pl.Expr:
    """Write a column of hundredths as decimals with two digits after the point; nulls stay."""
    value = pl.col(name)
    size = value.abs()
    digits = pl.concat_str((size // 100).cast(pl.String), (size % 100).cast(pl.String).str.zfill(2), separator=".")
    return pl.when(value < 0).then(pl.concat_str(pl.lit("-"), digits)).otherwise(digits).alias(name)
