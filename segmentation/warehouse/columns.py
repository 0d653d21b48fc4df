"""A warehouse's table → the same table scored, by the engine that holds it: the model goes to the data.

Written with Ibis, so DuckDB, PostgreSQL, Spark and others run it; no row leaves the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlglot.expressions as sge

from segmentation.errors import BadInput
from segmentation.schema import Schema
from segmentation.scoring.result import result_names
from segmentation.values import quote
from segmentation.warehouse.ibis_expressions import with_answers

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from segmentation.model import SegmentModel

_FLATTENING: Final = "postgres"


def score(table: Table, model: SegmentModel) -> Table:
    """Return what the model says of each row of a table, as an expression of its engine's.

    Parameters
    ----------
    table
        One numeric column a feature, named as the feature, its label or an alias, in any case; other columns are kept.

    Returns
    -------
    ibis.Table
        The table's columns, then `segment` and `confidence` (0 to 1), both NULL where a cluster feature is missing or
        a value is out of bounds, and `note`, NULL where there is nothing to say. Where the table has such a column
        already, the new one's name has a number behind.

    Raises
    ------
    BadInput
        When a feature has no column, several, or one that holds no numbers.
    """
    columns = feature_columns(table, model.schema)
    return _fenced(with_answers(table, columns, model, result_names(table.columns)))


def feature_columns(table: Table, schema: Schema) -> dict[str, str]:
    """Find the column that holds each feature, by the feature's name.

    Raises
    ------
    BadInput
        As `score` does.
    """
    places: dict[str, list[str]] = {feature.name: [] for feature in schema.features}
    for name in table.columns:
        if feature := schema.find(name):
            places[feature.name].append(name)
    if lacking := [name for name, found in places.items() if not found]:
        plural = "s" if len(lacking) > 1 else ""
        raise BadInput(
            f"The table lacks the column{plural} {', '.join(lacking)}. It needs {', '.join(schema.names)}; it has "
            f"{', '.join(map(quote, table.columns))}."
        )
    for meant, found in places.items():
        if len(found) > 1:
            both = " and ".join(map(quote, found))
            raise BadInput(f"{len(found)} columns mean {meant}: {both}. Keep one of them, for instance in a view.")
    types = table.schema()
    for meant, (name,) in places.items():
        if not types[name].is_numeric() or types[name].is_boolean():
            raise BadInput(
                f"The column {quote(name)} holds {types[name]}, but {meant} must be a number. Make a view in which "
                "it is cast to one, and name that."
            )
    return {meant: name for meant, (name,) in places.items()}


def fetch(table: Table) -> list[tuple[Any, ...]]:
    """Run a query with few rows as result, and return them."""
    backend = table.get_backend()
    found = backend.raw_sql(backend.compile(table))
    # Spark's client alone gives a frame to collect, where the others give a cursor.
    rows = found.collect() if backend.name == "pyspark" else found.fetchall()
    return [tuple(row) for row in rows]


def _fenced(table: Table) -> Table:
    """Keep PostgreSQL from writing each stage out in the next, again and again, which would take it ages to plan."""
    backends = table._find_backends()[0]  # Ibis has no public way to ask that
    if not backends or backends[0].name != _FLATTENING:
        return table
    query = backends[0].compiler.to_sqlglot(table)
    return backends[0].sql(with_fences(query).sql(_FLATTENING), schema=table.schema())


def with_fences(query: sge.Expr) -> sge.Expr:
    """Put OFFSET 0 behind each subquery, which PostgreSQL then plans by itself."""
    for subquery in query.find_all(sge.Subquery):
        if isinstance(subquery.this, sge.Select):
            subquery.this.set("offset", sge.Offset(expression=sge.Literal.number(0)))
    return query
