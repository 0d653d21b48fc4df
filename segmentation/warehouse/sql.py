"""The model as one SQL statement to paste into a warehouse: the table's columns, then segment, confidence and note.

Ibis writes the model's stages; sqlglot translates them into the warehouse's dialect. The table's other columns are not
known here, so each stage passes all columns on, and the last stage drops the intermediate ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import ibis
import sqlglot
import sqlglot.expressions as sge

from segmentation.errors import BadInput
from segmentation.numbers.values import quote
from segmentation.scoring.result import RESULT_COLUMNS
from segmentation.warehouse.columns import with_fences
from segmentation.warehouse.expressions.answers import INTERNAL, with_answers

if TYPE_CHECKING:
    from segmentation.model import SegmentModel

DIALECTS: Final = ("snowflake", "bigquery", "spark", "postgres", "duckdb")
# How a database changes the case of a name that is not quoted; in the other dialects case does not matter.
_UNQUOTED: Final = {"snowflake": str.upper, "postgres": str.lower}
_PART: Final = r'[A-Za-z0-9_$-]+|"(?:[^"]|"")+"|`[^`]+`'
_TABLE: Final = re.compile(rf"(?:{_PART})(?:\.(?:{_PART})){{0,2}}")
# The dialect in which Ibis writes for sqlglot to read, and the type that Ibis is told every column has; the statement
# casts it anyway. For PostgreSQL it is decimal: any column there may hold decimals beyond every double, which the
# statement must check for.
_WRITTEN_AS: Final = {"postgres": ("postgres", "decimal")}
_ELSE_WRITTEN_AS: Final = ("duckdb", "int64")
_STAND_IN: Final = "t"
# PostgreSQL cannot leave columns out of a star, but can select a whole row as a value.
_WHOLE_ROWS: Final = "postgres"
# DuckDB has integers of any size, and converts those beyond every double only by way of a text.
_READS_TEXT: Final = "duckdb"
_AS_TEXT: Final = """
    CASE WHEN TYPEOF({0}) = 'BIGNUM' THEN CAST(CAST({0} AS TEXT) AS DOUBLE) ELSE CAST({0} AS DOUBLE) END
"""
# Spark runs a long query as one large method, which Java does not compile unless Spark is told to split it.
_LARGE_METHODS: Final = "spark"
_ROW: Final = f"{INTERNAL}row"


def sql(model: SegmentModel, dialect: str, table: str, columns: Mapping[str, str] | None = None) -> str:
    """Write the model as one SELECT.

    Parameters
    ----------
    dialect
        One of `DIALECTS`.
    table
        The table's name, after its schema and catalog if needed, separated by dots; parts other than letters, digits
        and _ in quotes.
    columns
        The column of each feature whose column has another name than the feature; empty for a profile feature that
        the table does not have.

    Raises
    ------
    BadInput
        For an unknown dialect or feature, a cluster feature without a column, or a text that is not a table name.
    """
    check_dialect(dialect)
    names = model.schema.names
    if unknown := sorted(set(columns or {}) - set(names)):
        raise BadInput(f"Unknown feature: {', '.join(unknown)}. The model knows {', '.join(names)}.")
    column_of = {name: _column(name, dialect, columns or {}) for name in names if (columns or {}).get(name) != ""}
    if needed := [names[i] for i in model.schema.cluster_indices if names[i] not in column_of]:
        raise BadInput(f"The segment depends on {' and '.join(needed)}: name the column that holds it.")
    if len(set(column_of.values())) < len(column_of):
        raise BadInput("Two features can't share a column. Give each its own with --column FEATURE=NAME.")
    source = table_expression(table, dialect)
    written_as, kind = _WRITTEN_AS.get(dialect, _ELSE_WRITTEN_AS)
    shape = ibis.table(dict.fromkeys(column_of.values(), kind), name=_STAND_IN)
    stages = with_answers(shape, column_of, model, tuple(stored_name(name, dialect) for name in RESULT_COLUMNS))
    query = sqlglot.parse_one(str(ibis.to_sql(stages, dialect=written_as)), read=written_as)
    query = _with_all_columns(query, source, dialect)
    if dialect == _READS_TEXT:
        numbers = [feature.name for feature in model.schema.features if not feature.is_category]
        _read_as_text(query, {column_of[name] for name in numbers if name in column_of})
    if dialect == _WHOLE_ROWS:
        query = with_fences(query)
    return f"{_comment(model, dialect, column_of)}\n{query.sql(dialect, pretty=True)}"


def check_dialect(dialect: str) -> None:
    """Refuse a dialect that is none of `DIALECTS` with a `BadInput`."""
    if dialect not in DIALECTS:
        raise BadInput(f"There is no dialect {quote(dialect)}. Use one of {', '.join(DIALECTS)}.")


def _column(name: str, dialect: str, columns: Mapping[str, str]) -> str:
    return columns[name] if name in columns else stored_name(name, dialect)


def stored_name(name: str, dialect: str) -> str:
    """Return one of our names as the database stores it when it is not quoted."""
    return _UNQUOTED.get(dialect, str)(name)


def _comment(model: SegmentModel, dialect: str, columns: Mapping[str, str]) -> str:
    numeric = "Each feature is a numeric column; the answer is NULL,"
    if any(feature.is_category for feature in model.schema.features):
        numeric = "Features are numeric columns, categories texts; the answer is NULL,"
    lines = [f"segbot's model {model.version or '(not saved)'}. {numeric}"]
    lines.append("with the reason in note, if a cluster feature is missing or a value is out of bounds.")
    lines.append(f"The table must not have columns called {', '.join(RESULT_COLUMNS)}.")
    for feature in model.schema.features:
        if feature.name not in columns:
            lines.append(f"{feature.name}: not in the table")
            continue
        lines.append(f"{feature.name} from {quote(columns[feature.name])}: {feature.label}, {feature.range_text}")
    if dialect == _LARGE_METHODS:
        lines.append("It needs Spark 4, for SELECT * EXCEPT.")
        lines.append("SET spark.sql.codegen.hugeMethodLimit=8000 makes it several times faster.")
    if model.synthetic:
        lines.append("It was trained on generated sample customers: use it for trying out only.")
    return "\n".join(f"-- {line}" for line in lines)


def _with_all_columns(query: sge.Expr, table: sge.Table, dialect: str) -> sge.Expr:
    """Select all columns instead of those that Ibis named, and read from the given table."""
    selects = list(query.find_all(sge.Select))
    between = [item for select in selects[1:] for item in select.expressions if isinstance(item, sge.Alias)]
    for number, select in enumerate(selects):
        source = select.args["from_"].this
        alias = sge.to_identifier(source.alias, quoted=True)
        own: list[sge.Expr] = [item for item in select.expressions if isinstance(item, sge.Alias)]
        left_out = [sge.to_identifier(item.alias, quoted=True) for item in between] if number == 0 else []
        star: sge.Expr = sge.Column(this=sge.Star(except_=left_out or None), table=alias)
        if isinstance(source, sge.Table):
            source.replace(sge.alias_(table, alias, table=True))
            if dialect == _WHOLE_ROWS:
                own.append(sge.alias_(sge.Column(this=alias.copy()), _ROW, quoted=True))
        if number == 0 and dialect == _WHOLE_ROWS:
            row = sge.column(_ROW, table=alias, quoted=True)
            star = sge.Dot(this=sge.Paren(this=row), expression=sge.Star())
        select.set("expressions", [star, *own])
    return query


def _read_as_text(query: sge.Expr, columns: set[str]) -> None:
    """Cast the features' columns by way of a text if only that is exact."""
    for cast in list(query.find_all(sge.Cast)):
        if isinstance(cast.this, sge.Column) and cast.this.name in columns:
            cast.replace(sqlglot.parse_one(_AS_TEXT.format(cast.this.sql(_READS_TEXT)), read=_READS_TEXT))


def table_expression(text: str, dialect: str) -> sge.Table:
    """Return a table's name for use in a statement, every part quoted; BadInput when it is not a name."""
    parts = (sge.to_identifier(part, quoted=True) for part in reversed(table_parts(text, dialect)))
    return sge.Table(**dict(zip(("this", "db", "catalog"), parts, strict=False)))


def table_parts(text: str, dialect: str) -> tuple[str, ...]:
    """Split a table's name into its parts, in the case in which the database stores them.

    Raises
    ------
    BadInput
        When the text is not a table name.

    Examples
    --------
    >>> table_parts('Sales."Big Customers"', "postgres")
    ('sales', 'Big Customers')
    """
    if not _TABLE.fullmatch(text):
        raise BadInput(
            f"{quote(text)} is not a table name. Write name, schema.name or catalog.schema.name, each part of letters, "
            'digits and _, or in "double quotes".'
        )
    return tuple(_part(part, dialect) for part in re.findall(_PART, text))


def _part(part: str, dialect: str) -> str:
    if part[0] in '"`':
        return part[1:-1].replace('""', '"')
    return _UNQUOTED.get(dialect, str)(part)
