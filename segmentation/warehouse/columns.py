"""A table → the same table with the model's answers, as a query that the engine runs; no row leaves the engine.

Ibis writes the query, so DuckDB, PostgreSQL, Spark and others can run it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import sqlglot.expressions as sge

from segmentation.errors import BadInput
from segmentation.numbers.values import quote
from segmentation.schema import Feature, Schema
from segmentation.scoring.result import result_names
from segmentation.warehouse.expressions.answers import with_answers

if TYPE_CHECKING:
    from ibis.expr.datatypes import DataType
    from ibis.expr.types import Table

    from segmentation.model import SegmentModel

# Inlines a subquery unless it has an OFFSET.
_FLATTENING: Final = "postgres"


def score(table: Table, model: SegmentModel) -> Table:
    """Return a table with the model's answer to each row, as a query not yet run.

    Parameters
    ----------
    table
        Has a column for each cluster feature, named as the feature, its label or an alias, in any case, and may have
        one for each profile feature: numeric, or for categories a text, a boolean or an integer. Other columns are
        kept.

    Returns
    -------
    ibis.Table
        The table's columns, then `segment` and `confidence` (0 to 1), both NULL if a cluster feature is missing or a
        value is out of bounds, and `note`, NULL if there is nothing to say. If the table already has a column of that
        name, the new name gets a number: see `result_names`.

    Raises
    ------
    BadInput
        When a cluster feature has no column, or a feature has several or one of another type.
    """
    columns = feature_columns(table, model.schema)
    return _fenced(with_answers(table, columns, model, result_names(table.columns)))


def feature_columns(table: Table, schema: Schema) -> dict[str, str]:
    """Find the column that holds each feature, by the feature's name; a profile feature may have none.

    Raises
    ------
    BadInput
        As `score` does.
    """
    columns: dict[str, list[str]] = {feature.name: [] for feature in schema.features}
    for name in table.columns:
        if feature := schema.find(name):
            columns[feature.name].append(name)
    needed = [schema.names[i] for i in schema.cluster_indices]
    if missing := [name for name in needed if not columns[name]]:
        plural = "s" if len(missing) > 1 else ""
        raise BadInput(
            f"The table has no column{plural} {', '.join(missing)}. It needs {', '.join(needed)}; it has "
            f"{', '.join(map(quote, table.columns))}."
        )
    for feature_name, candidates in columns.items():
        if len(candidates) > 1:
            both = " and ".join(map(quote, candidates))
            raise BadInput(
                f"{len(candidates)} columns could be {feature_name}: {both}. Keep one of them, for instance in a view."
            )
    columns = {feature_name: candidates for feature_name, candidates in columns.items() if candidates}
    types = table.schema()
    for feature_name, (name,) in columns.items():
        _check_type(name, types[name], schema.features[schema.names.index(feature_name)])
    return {feature_name: name for feature_name, (name,) in columns.items()}


def _check_type(name: str, kind: DataType, feature: Feature) -> None:
    # Ibis counts booleans among the numbers.
    if feature.is_category:
        fits, wanted = kind.is_string() or kind.is_integer() or kind.is_boolean(), "a text"
    else:
        fits, wanted = kind.is_numeric() and not kind.is_boolean(), "a number"
    if not fits:
        raise BadInput(
            f"The column {quote(name)} holds {kind}, but {feature.name} must be {wanted}. Make a view "
            "that casts it to one, and use that view."
        )


def fetch(table: Table) -> list[tuple[Any, ...]]:
    """Run a query and return all its rows: for results that are small."""
    backend = table.get_backend()
    result = backend.raw_sql(backend.compile(table))
    # Spark's client returns a frame to collect; the others return a cursor.
    rows = result.collect() if backend.name == "pyspark" else result.fetchall()
    return [tuple(row) for row in rows]


def fetch_in_parts(table: Table, rows: int) -> Iterator[list[tuple[Any, ...]]]:
    """Run a query and return its rows, so many at a time."""
    backend = table.get_backend()
    result = backend.raw_sql(backend.compile(table))
    if backend.name == "pyspark":
        rest = map(tuple, result.toLocalIterator())
        while part := list(islice(rest, rows)):
            yield part
        return
    while part := [tuple(row) for row in result.fetchmany(rows)]:
        yield part


def _fenced(table: Table) -> Table:
    """Fence the stages for PostgreSQL: it would inline each into the next, and planning would take minutes."""
    backends = table._find_backends()[0]  # Ibis has no public way to ask for it
    if not backends or backends[0].name != _FLATTENING:
        return table
    query = backends[0].compiler.to_sqlglot(table)
    return backends[0].sql(with_fences(query).sql(_FLATTENING), schema=table.schema())


def with_fences(query: sge.Expr) -> sge.Expr:
    """Add OFFSET 0 to each subquery: PostgreSQL then plans it separately instead of inlining it."""
    for subquery in query.find_all(sge.Subquery):
        if isinstance(subquery.this, sge.Select):
            subquery.this.set("offset", sge.Offset(expression=sge.Literal.number(0)))
    return query
