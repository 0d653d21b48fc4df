"""A block of a CSV → values, refused rows and problems, each with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import polars as pl

from segmentation.errors import BadInput
from segmentation.numbers.number_forms import PLAIN, PLAIN_STYLE, NumberStyle
from segmentation.numbers.values import Reason
from segmentation.reading.batch import Batch
from segmentation.reading.blocks import CleanBlock, RecordBlock
from segmentation.reading.columns import ColumnReading, Undecided, has_plain_points, read_column, read_numbers
from segmentation.reading.encoding import Limits
from segmentation.reading.faults import gather_faults, nothing_settled, settle, without_numbers
from segmentation.reading.layout import Layout
from segmentation.reading.others.second_header import SecondHeader, other_columns_below
from segmentation.reading.others.totals import Labelled, TotalsFinder, filled, labels_in_place
from segmentation.reading.problems import ROW
from segmentation.schema import Feature, Schema

# If fewer than one row in this many needs its cells, they are split one by one, not with the whole block.
_FEW: Final = 16
# Number of a block's rows by which the type of its columns is chosen.
_PEEKED: Final = 16

_LETTER: Final = r"\p{L}"


@dataclass(frozen=True)
class RowReader:
    """Reads blocks of one file; it holds no state, so any number of threads may share it.

    Parameters
    ----------
    schema
        The features that have a column: `whole` without the layout's absent ones.
    whole
        All features; those without a column are null in every batch.
    subtotals
        The lines, Int64, of the rows whose label may be a total's and whose numbers prove it; None until the whole file
        was looked at.
    """

    schema: Schema
    whole: Schema
    layout: Layout
    limits: Limits
    styles: tuple[NumberStyle, ...] = ()
    subtotals: pl.Series | None = None

    @cached_property
    def column_styles(self) -> tuple[NumberStyle, ...]:
        """How the numbers of each feature's column are written, in schema order."""
        return self.styles or (PLAIN_STYLE,) * len(self.layout.columns)

    @cached_property
    def decimal_comma(self) -> bool:
        """Whether a column has decimal commas, so that the file's readers expect them."""
        return any(style.decimal == "," for style in self.column_styles)

    @cached_property
    def _totals(self) -> TotalsFinder:
        return TotalsFinder(self.layout.columns, self.layout.id_column)

    @property
    def label_columns(self) -> tuple[int, ...]:
        """The positions, beside the first, of the columns whose cells may be a total's label."""
        return self._totals.label_columns

    def read(self, block: CleanBlock | RecordBlock) -> Batch:
        """Read one block.

        Raises
        ------
        BadInput
            When a field is longer than the limit, or a row names other columns than the header does.
        Undecided
            When the style was assumed and a cell holds a number in another form, or when only the rows above can tell
            whether a row is a total.
        """
        return self._read_clean(block) if isinstance(block, CleanBlock) else self._read_records(block)

    def _read_clean(self, block: CleanBlock) -> Batch:
        raw = _collect(pl.scan_lines(block.data), block).to_series()
        self._check_lines(raw, block.first_line)
        types = self._types(block, raw)
        labels = self._totals.label_columns
        split = self._split(block, {0, *self.layout.columns, self.layout.id_column or 0, *labels}, types)

        def texts(position: int) -> Callable[[pl.Series], pl.Series]:
            def of(rows: pl.Series) -> pl.Series:
                if len(rows) * _FEW < block.rows:
                    return raw.gather(rows).str.split(self.layout.delimiter).list.get(position)
                return self._split(block, {position}, {}).to_series().gather(rows)

            return of

        readings = [
            read_column(split[f"c{at}"], feature, self.schema, style=style)
            if types[at] is pl.String
            else read_numbers(split[f"c{at}"], texts(at), feature, self.schema, style=style)
            for feature, at, style in self._features()
        ]
        if len(blank := self._blank_rows(block, readings)):
            return self._without_blank(block, blank)
        self._refuse_second_header(block, without_numbers((), self.schema, readings), texts)
        first = split["c0"]
        texts_of_first = first.gather if first.dtype == pl.String else texts(0)
        own = labels_in_place(self._not_numbers(readings), texts)
        labelled = self._totals.find(first, texts_of_first, lambda: self.cells(block), _columns(split, labels), own)
        totals = self._all_totals(block, labelled)
        ids = None if self.layout.id_column is None else split[f"c{self.layout.id_column}"]
        return self._batch(
            block.rows, block.first_line, readings, gather_faults((), totals, readings), raw=raw, ids=ids
        )

    def _blank_rows(self, block: CleanBlock, readings: list[ColumnReading]) -> pl.Series:
        """Return the rows that hold nothing but separators and what looks empty; they lack every feature."""
        lacking = [reading.faults.filter(pl.col("reason") == Reason.MISSING.value)["row"] for reading in readings]
        if any(rows.is_empty() for rows in lacking):
            return pl.Series(dtype=pl.UInt32)
        shortest = min(lacking, key=len)
        cells = self.cells(block)[shortest]
        some = pl.DataFrame([filled(column) for column in cells.get_columns()]).select(pl.any_horizontal(pl.all()))
        return shortest.filter(~some.to_series())

    def _without_blank(self, block: CleanBlock, blank: pl.Series) -> Batch:
        """Read a clean block that has blank lines among its rows, leaving these out."""
        kept = pl.select(pl.int_range(block.rows, dtype=pl.UInt32)).to_series()
        kept = kept.filter(~kept.is_in(blank.implode()))
        columns = tuple(column.gather(kept).to_list() for column in self.cells(block).get_columns())
        lines = (kept.cast(pl.Int64) + block.first_line).to_list()
        return replace(self._read_records(RecordBlock(columns, lines, ())), blank_lines=len(blank))

    def _types(self, block: CleanBlock, raw: pl.Series) -> dict[int, type[pl.DataType]]:
        """Choose what the features' columns are split as: numbers where they seem to be, else text.

        Every choice gives the same values. A cell that turns out not to be such a number is split again, as text.
        """
        # Polars reads "+5" as a number; the grammar in `values` does not.
        if b"+" in block.data:
            return dict.fromkeys(self.layout.columns, pl.String)
        cells = raw.head(_PEEKED).str.split(self.layout.delimiter)
        whole = {at: cells.list.get(at).cast(pl.Int32, strict=False).is_not_null() for at in self.layout.columns}
        types: dict[int, type[pl.DataType]] = {
            at: pl.Int32 for at, found in whole.items() if found.sum() * 2 >= len(found)
        }
        texts = {at for feature, at, style in self._features() if style.dress != PLAIN or feature.is_category}
        types |= dict.fromkeys(texts, pl.String)
        pointed = {at for _, at, style in self._features() if style.decimal == "." and "." not in style.refused_marks}
        pointed -= texts
        if pointed <= types.keys() or not has_plain_points(block.data, self.layout.delimiter):
            return {at: types.get(at, pl.String) for at in whole}
        return {at: types.get(at, pl.Float64 if at in pointed else pl.String) for at in whole}

    def _features(self) -> Iterable[tuple[Feature, int, NumberStyle]]:
        return zip(self.schema.features, self.layout.columns, self.column_styles, strict=True)

    def _read_records(self, block: RecordBlock) -> Batch:
        lines, cells = pl.Series(block.lines, dtype=pl.Int64), self.cells(block)
        self._check_cells(cells, lines)
        readings = [
            read_column(cells[f"c{at}"], feature, self.schema, style=style) for feature, at, style in self._features()
        ]
        suspects = without_numbers(block.faults, self.schema, readings)
        self._refuse_second_header(block, suspects, lambda at: cells[f"c{at}"].gather)
        labels = _columns(cells, self._totals.label_columns)
        own = labels_in_place(self._not_numbers(readings), lambda at: cells[f"c{at}"].gather)
        labelled = self._totals.find(cells["c0"], cells["c0"].gather, lambda: cells, labels, own)
        totals = self._all_totals(block, labelled)
        ids = None if self.layout.id_column is None else cells[f"c{self.layout.id_column}"]
        faults = gather_faults(block.faults, totals, readings)
        return self._batch(block.rows, lines, readings, faults, cells=cells, ids=ids)

    def _batch(
        self,
        rows: int,
        lines: int | pl.Series,
        readings: list[ColumnReading],
        faults: pl.DataFrame,
        *,
        ids: pl.Series | None,
        raw: pl.Series | None = None,
        cells: pl.DataFrame | None = None,
    ) -> Batch:
        read = {name: reading.values for name, reading in zip(self.schema.names, readings, strict=True)}
        nothing = pl.repeat(None, rows, dtype=pl.Float64, eager=True) if self.layout.absent else None
        values = pl.DataFrame({name: read.get(name, nothing) for name in self.whole.names})
        if not faults.height:
            return Batch(rows, lines, raw, cells, ids, values, *nothing_settled())
        rejected, lacking, kinds = settle(faults, lines, self.schema, self.layout)
        beyond = {name: reading.beyond for name, reading in zip(self.schema.names, readings, strict=True)}
        for i in self.schema.cluster_indices:
            name = self.schema.names[i]
            values = values.with_columns(values[name].scatter(rejected["row"], None))
        return Batch(rows, lines, raw, cells, ids, values, rejected, lacking, kinds, beyond=beyond)

    def labelled(self, block: CleanBlock | RecordBlock) -> Labelled:
        """Return a block's rows that have a total's label."""
        labels = self._totals.label_columns
        cells = self.cells(block, (0, *labels, *self.layout.columns))
        lettered = (
            (at, cells[f"c{at}"].str.contains(_LETTER).arg_true())
            for feature, at, _ in self._features()
            if not feature.is_category
        )
        own = labels_in_place(lettered, lambda at: cells[f"c{at}"].gather)
        labelled = _columns(cells, labels)
        return self._totals.find(cells["c0"], cells["c0"].gather, lambda: self.cells(block), labelled, own)

    def _refuse_second_header(
        self, block: CleanBlock | RecordBlock, rows: pl.Series, texts: Callable[[int], Callable[[pl.Series], pl.Series]]
    ) -> None:
        """Refuse the file if one of some rows without numbers is the header of another table."""
        if rows.is_empty():
            return
        layout = self.layout
        places = [*layout.columns, *([] if layout.id_column is None else [layout.id_column])]
        lines = self.lines_of(block, rows)
        header = SecondHeader(layout.header, places, self.schema)
        if (at := header.find(lambda place: texts(place)(rows), lines > layout.first_line)) is not None:
            cells = [texts(place)(rows[at : at + 1])[0] for place in range(layout.width)]
            way_out = "Put each table on a sheet of its own" if layout.counted == ROW else "Make a file of each table"
            raise other_columns_below(f"{layout.counted.capitalize()} {lines[at]}", cells, way_out)

    def _not_numbers(self, readings: Sequence[ColumnReading]) -> Iterable[tuple[int, pl.Series]]:
        """Yield each feature's column with the rows, UInt32, in which it holds something else than a number."""
        for at, reading in zip(self.layout.columns, readings, strict=True):
            yield at, reading.faults.filter(pl.col("reason") == Reason.NOT_A_NUMBER.value)["row"]

    def lines_of(self, block: CleanBlock | RecordBlock, rows: pl.Series) -> pl.Series:
        """Return the physical lines, Int64, that some of a block's rows start on."""
        if isinstance(block, CleanBlock):
            return rows.cast(pl.Int64) + block.first_line
        return pl.Series(block.lines, dtype=pl.Int64).gather(rows)

    def _all_totals(self, block: CleanBlock | RecordBlock, labelled: Labelled) -> pl.Series:
        """Return the totals of a block: by their label, or by their numbers."""
        totals, suspects = labelled.totals, labelled.suspects
        if suspects.is_empty():
            return totals
        if self.subtotals is None:
            raise Undecided
        proven = self.lines_of(block, suspects).is_in(self.subtotals.implode())
        return pl.concat([totals, suspects.filter(proven)]).sort()

    def cells(
        self,
        block: CleanBlock | RecordBlock,
        positions: Iterable[int] | None = None,
        *,
        numbers: Iterable[int] = (),
    ) -> pl.DataFrame:
        """Return a block's cells as text: of all columns, or at least of those at the given positions.

        Columns at `numbers` may come as Float64 instead, null if a cell is not a number, which takes less time.
        """
        if isinstance(block, CleanBlock):
            types = dict.fromkeys(numbers, pl.Float64)
            return self._split(block, range(self.layout.width) if positions is None else positions, types)
        return pl.DataFrame({f"c{i}": pl.Series(cells, dtype=pl.String) for i, cells in enumerate(block.columns)})

    def _split(
        self, block: CleanBlock, positions: Iterable[int], types: Mapping[int, type[pl.DataType]]
    ) -> pl.DataFrame:
        """Let Polars split a block's lines; what does not fit a type becomes null."""
        scan = pl.scan_csv(
            block.data,
            has_header=False,
            schema={f"c{i}": types.get(i, pl.String) for i in range(self.layout.width)},
            separator=self.layout.delimiter,
            quote_char=None,
            empty_string_is_null=False,
            ignore_errors=True,
        )
        return _collect(scan.select([f"c{i}" for i in sorted(set(positions))]), block)

    def _check_lines(self, raw: pl.Series, first_line: int) -> None:
        """Refuse an overlong field; only an overlong line can hold one."""
        limit = self.limits.field_bytes
        for row in (raw.str.len_bytes() > limit).arg_true():
            if any(len(cell.encode()) > limit for cell in raw[row].split(self.layout.delimiter)):
                self._refuse_long(first_line + row)

    def _check_cells(self, texts: pl.DataFrame, lines: pl.Series) -> None:
        longest = texts.select(pl.max_horizontal(pl.all().str.len_bytes())).to_series()
        for row in (longest > self.limits.field_bytes).arg_true():
            self._refuse_long(lines[row])

    def _refuse_long(self, line: int) -> None:
        raise BadInput(self.limits.long_field(line))


def _columns(cells: pl.DataFrame, positions: Sequence[int]) -> pl.DataFrame:
    return cells.select(f"c{at}" for at in positions)


def _collect(scan: pl.LazyFrame, block: CleanBlock) -> pl.DataFrame:
    found = scan.collect(engine="streaming")
    if found.height != block.rows:
        raise AssertionError(f"Polars read {found.height} rows where there are {block.rows}")
    return found
