"""A table's ids: which column holds them, how many rows repeat one, and one row for each; the engine compares them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

import ibis

from segmentation.numbers.values import quote
from segmentation.reading.ids.id_column import named_ids, names_customers
from segmentation.reading.ids.order_lines import ROWS_AN_ID
from segmentation.warehouse.columns import fetch
from segmentation.warehouse.expressions.values import double

if TYPE_CHECKING:
    from ibis.expr.types import Column, Table

ID: Final = "segbot_id"
_TURN: Final = "segbot_turn"


def id_column(table: Table, features: Collection[str]) -> str | None:
    """Return the column whose name says that it holds ids; None if there is none.

    Only a column of texts, whole numbers or UUIDs will do: some engines cannot compare values of other types. Values
    alone do not tell, as they do in a file: a table has no first rows.

    Parameters
    ----------
    features
        The names of the columns that hold features.
    """
    types = table.schema()
    names = [
        name
        for name in table.columns
        if name not in features and (types[name].is_string() or types[name].is_integer() or types[name].is_uuid())
    ]
    at = named_ids(names, ())
    return None if at is None else names[at]


def id_of(table: Table, name: str) -> Column:
    """Return the ids, NULL in a row without one; an empty text is not an id."""
    column = table[name]
    return column.nullif("") if column.type().is_string() else column


def repeated_ids(ids: Column, name: str) -> int | None:
    """Return how many rows' ids other rows have too, the first of each id not counted.

    None if the column seems to hold what customers share, such as their store: each value stands in many rows, and its
    name does not say that it is the customers' own.

    Parameters
    ----------
    ids
        As `id_of` returns them.
    name
        The column's name.
    """
    table = ids.as_table()
    (column,) = table.columns
    ((rows, different),) = fetch(table.agg(rows=table[column].count(), different=table[column].nunique()))
    if rows >= ROWS_AN_ID * different and not names_customers(name):
        return None
    return int(rows) - int(different)


def repeated_text(rows: int, name: str) -> str:
    """Say how many rows' ids are repeated: the beginning of a note."""
    return f"{'1 row repeats' if rows == 1 else f'{rows:,} rows repeat'} the id of another in the column {quote(name)}"


def each_customer_once(table: Table, values: Sequence[str]) -> Table:
    """Keep one row of each id, and every row without an id.

    A table has no first row, so it is the row with the smallest values, compared one after the other, a missing value
    last. Rows that agree in all of them are the same customer, whichever is kept: the result is always the same.

    Parameters
    ----------
    table
        Has the ids in `ID`.
    values
        The double columns to compare, in order.
    """
    order: list[Column] = []
    for name in values:
        # Engines disagree about where NULLs go, so none is left in what they sort by.
        order += [ibis.cases((table[name].isnull(), 1), else_=0), table[name].fill_null(double(0))]
    turn = ibis.row_number().over(ibis.window(group_by=ID, order_by=order))
    numbered = table.mutate(**{_TURN: turn})
    return numbered.filter((numbered[_TURN] == 0) | numbered[ID].isnull()).drop(_TURN)
