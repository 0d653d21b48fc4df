"""Rows read → rows scored: the model's answers beside the original text, as bytes of the result file, and the sums."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import IO, TYPE_CHECKING, Final, Literal, cast

import polars as pl

from segmentation.numbers.value_sentences import outside
from segmentation.reading.batch import UNKNOWN
from segmentation.reading.blocks import CleanBlock
from segmentation.reading.ids.duplicates import hashed
from segmentation.scoring.formula_guard import any_suspicious, guard, guard_unread, guarded
from segmentation.scoring.polars_expressions import RUNNER_UP_INDEX, SEGMENT_INDEX, IndexStages
from segmentation.scoring.result import (
    CONFIDENCE,
    NOTE,
    RESULT_COLUMNS,
    SEGMENT,
    FarNote,
    borderline_note,
    far_notes,
    not_given_note,
    result_names,
)
from segmentation.scoring.sums import SegmentSum, segment_sums

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from segmentation.model import SegmentModel
    from segmentation.reading.batch import Batch
    from segmentation.reading.blocks import RecordBlock
    from segmentation.reading.table import Table
    from segmentation.scoring.answer_table import AnswerTable

CONFIDENCE_DECIMALS: Final = 6
# Follows the name of a feature whose value is far outside what the model learned from; no name contains it.
_FAR: Final = " far"
_ONE: Final = 10**CONFIDENCE_DECIMALS
_IS_BORDERLINE: Final = "is_borderline"
# If the answer table lacks more than one row in this many, computing all rows is faster than looking up the others.
_FEW: Final = 4


@dataclass(frozen=True)
class ScoredBlock:
    """A block's part of the result.

    Parameters
    ----------
    data
        Lines of the result file, in parts.
    batch
        The rows as they were read.
    segments
        One sum a segment, in the model's order.
    ids
        Hashes of the rows' ids, null for a row without one; None if no column holds ids.
    guarded
        How many of the file's cells got an apostrophe, because a spreadsheet could run them as formulas.
    far
        How many rows have a value far outside what the model learned from.
    answers
        The index of each row's segment, null for a refused row.
    borderline
        How many rows are close calls.
    """

    data: list[bytes]
    batch: Batch
    segments: tuple[SegmentSum, ...]
    ids: pl.Series | None
    guarded: int
    far: int
    answers: pl.Series
    borderline: int


@dataclass(frozen=True)
class RowScorer:
    """Scores blocks of one file; its state never changes, so any number of threads may share it.

    Parameters
    ----------
    answers
        The model's answers to whole numbers; None for files too small for them to pay off.
    hash_ids
        Hashes ids as `duplicates.hashed` does.
    """

    table: Table
    model: SegmentModel
    answers: AnswerTable | None = None
    hash_ids: Callable[[pl.Series], pl.Series] = hashed

    @cached_property
    def result_names(self) -> tuple[str, ...]:
        """The names of the columns added."""
        return result_names(self.table.layout.header)

    @cached_property
    def guarded_header(self) -> tuple[str, ...]:
        """The names of the file's columns as they may stand in the result."""
        return tuple(map(self._guard, self.table.layout.header))

    @cached_property
    def _guard(self) -> Callable[[str], str]:
        encoded = self.table.encoded
        return partial(guard_unread, encodings=encoded.rivals) if encoded.unknown else guard

    def _far_outside(self, batch: Batch) -> pl.DataFrame:
        """Return the rows whose values are far outside what the model learned from: row (UInt32) and name."""
        found = pl.DataFrame(schema={"row": pl.UInt32, "name": pl.String})
        for far in self._far_notes:
            name = self.model.schema.names[far.feature]
            if not batch.all_between(name, far.least, far.most):
                rows = (~batch.values[name].is_between(far.least, far.most)).arg_true().alias("row")
                found = found.vstack(rows.to_frame().with_columns(name=pl.lit(f"{name}{_FAR}")))
        return found

    def header(self) -> bytes:
        """Return the result's first line."""
        text = io.StringIO(newline="")
        layout = self.table.layout
        writer = csv.writer(text, delimiter=layout.delimiter, lineterminator=layout.line_end)
        writer.writerow([*self.guarded_header, *self.result_names])
        return text.getvalue().encode()

    @property
    def decimal_mark(self) -> str:
        """The mark that the result's confidences have before their decimals."""
        return "," if self.table.rows.decimal_comma else "."

    def score(self, block: CleanBlock | RecordBlock) -> ScoredBlock:
        """Read and score one block.

        Raises
        ------
        BadInput
            As reading does.
        """
        batch = self.table.rows.read(block)
        ids = None if batch.customer_ids is None else self.hash_ids(batch.customer_ids)
        far = self._far_outside(batch)
        parts, found, changed = self._written_rows(block, batch, far)
        answers, borderline = found[SEGMENT_INDEX], int(found[_IS_BORDERLINE].sum())
        rows = far["row"].n_unique() if far.height else 0
        sums = segment_sums(batch.values, answers, self.model)
        return ScoredBlock(parts, batch, sums, ids, changed, rows, answers, borderline)

    def _written_rows(
        self, block: CleanBlock | RecordBlock, batch: Batch, far: pl.DataFrame
    ) -> tuple[list[bytes], pl.DataFrame, int]:
        """Return the result's lines, in parts; segment_index and is_borderline; and the number of guarded cells."""
        if batch.raw is None or not isinstance(block, CleanBlock):
            assert batch.cells is not None  # noqa: S101 - for the type checker: every batch has one of the two
            return self._from_cells(batch, batch.cells, far)
        unread = self.table.encoded.unknown and not block.data.isascii()
        if unread or any_suspicious(block.data, batch.raw, self.table.layout.delimiter):
            return self._from_cells(batch, self.table.rows.cells(block), far)
        return self._from_lines(batch, batch.raw, far)

    def _from_cells(
        self, batch: Batch, cells: pl.DataFrame, far: pl.DataFrame
    ) -> tuple[list[bytes], pl.DataFrame, int]:
        """Write every cell anew, guarded and quoted if needed."""
        found = self._look_up(batch, far, self._known, lambda answered: answered)
        # Null, not "": Polars would write an empty text in quotes.
        texts = cells.select(pl.when(pl.all() != "").then(pl.all())).get_columns()
        added = found.select(RESULT_COLUMNS).get_columns()
        safe = [guarded(column, self._guard) for column in texts]
        parts = self._write([*(column for column, _ in safe), *added], quote_style="necessary")
        return parts, found, sum(count for _, count in safe)

    def _from_lines(self, batch: Batch, lines: pl.Series, far: pl.DataFrame) -> tuple[list[bytes], pl.DataFrame, int]:
        """Let lines that need no guard through as they are, and add to their ends."""
        found = self._look_up(batch, far, self._known_ends, self._ends)
        # The lines are as the file quotes them, and `_ends` has quoted the rest: once more would be wrong.
        parts = self._write([lines, found["end"]], quote_style="never")
        return parts, found, 0

    def _look_up(
        self,
        batch: Batch,
        far: pl.DataFrame,
        known: pl.DataFrame | None,
        form: Callable[[pl.DataFrame], pl.DataFrame],
    ) -> pl.DataFrame:
        """Return a batch's answers, from a table of all there are as far as it reaches.

        Parameters
        ----------
        far
            What `_far_outside` found.
        known
            One row a cell of the answer table, in the form wanted; None without a table.
        form
            Brings answers into that form.
        """
        lacking = batch.lacking if far.is_empty() else pl.concat([batch.lacking, far])
        cells = None if self.answers is None else self.answers.cells(batch.values)
        if known is None or cells is None or cells.null_count() * _FEW > batch.rows:
            return form(self._answer(batch.values, batch.rejected, lacking))
        # Rows without a cell get the first one's answer for the moment; `scatter` puts their own in its place.
        found = known[cells.fill_null(0)]
        # The table knows nothing of rows that lack a value, nor of those that are refused.
        rows = pl.concat([cells.is_null().arg_true(), batch.rejected["row"], lacking["row"]]).unique().sort()
        if rows.is_empty():
            return found
        rest = form(self._answer(batch.values[rows], _within(batch.rejected, rows), _within(lacking, rows)))
        return pl.DataFrame([column.scatter(rows, rest[column.name]) for column in found.get_columns()])

    @cached_property
    def _known(self) -> pl.DataFrame | None:
        return None if self.answers is None else self._worded(self.answers.answers)

    @cached_property
    def _known_ends(self) -> pl.DataFrame | None:
        return None if self._known is None else self._ends(self._known)

    def _answer(self, values: pl.DataFrame, rejected: pl.DataFrame, lacking: pl.DataFrame) -> pl.DataFrame:
        """Return segment_index, segment, confidence and note, as text, and is_borderline for each row of `values`."""
        answered = self._worded(self._stages.add_to(values.lazy()).collect(engine="in-memory"))
        if rejected.is_empty() and lacking.is_empty():
            return answered
        said = lacking.join(self._not_given, on="name", how="left", maintain_order="left")
        said = said.group_by("row", maintain_order=True).agg(pl.col(NOTE).str.join("; "))
        notes = answered[NOTE]
        both = said.select(pl.concat_str(pl.lit(notes).gather("row"), NOTE, separator="; ", ignore_nulls=True))
        notes = notes.scatter(said["row"], both.to_series()).scatter(rejected["row"], rejected["note"])
        return answered.with_columns(notes)

    def _worded(self, answers: pl.DataFrame) -> pl.DataFrame:
        """Turn answers given as indices into the result's words; notes about single rows come later."""
        return pl.DataFrame(
            [
                answers[SEGMENT_INDEX],
                _pick(self._names, answers[SEGMENT_INDEX]).alias(SEGMENT),
                self._written(answers[CONFIDENCE]).alias(CONFIDENCE),
                _pick(self._borderline, answers[RUNNER_UP_INDEX]).alias(NOTE),
                answers[RUNNER_UP_INDEX].is_not_null().alias(_IS_BORDERLINE),
            ]
        )

    @cached_property
    def _stages(self) -> IndexStages:
        return IndexStages(self.model)

    @cached_property
    def _names(self) -> pl.Series:
        return pl.Series(map(guard, self.model.names), dtype=pl.String)

    @cached_property
    def _borderline(self) -> pl.Series:
        return pl.Series(map(borderline_note, self.model.names), dtype=pl.String)

    @cached_property
    def _far_notes(self) -> tuple[FarNote, ...]:
        return far_notes(self.model)

    @cached_property
    def _not_given(self) -> pl.DataFrame:
        assumed = self.model.assumed
        said = [
            (feature.name, guard(not_given_note(feature, assumed.get(i))))
            for i, feature in enumerate(self.model.schema.features)
        ]
        said += [(f"{f.name}{UNKNOWN}", guard(outside(f))) for f in self.model.schema.features if f.is_category]
        said += [(f"{self.model.schema.names[far.feature]}{_FAR}", guard(far.text)) for far in self._far_notes]
        return pl.DataFrame(said, schema={"name": pl.String, NOTE: pl.String}, orient="row")

    def _written(self, confidence: pl.Series) -> pl.Series:
        """Write confidences with `CONFIDENCE_DECIMALS` decimals."""
        digits = ((confidence * _ONE).round().cast(pl.UInt32) + _ONE).cast(
            pl.String
        )  # the 1 in front keeps leading zeros
        whole = pl.when(digits.str.starts_with("2")).then(pl.lit("1")).otherwise(pl.lit("0"))
        return pl.select(whole + self.decimal_mark + digits.str.slice(1)).to_series()

    def _ends(self, answered: pl.DataFrame) -> pl.DataFrame:
        """Return segment_index, is_borderline, and each line's end: segment, confidence and note, quoted if needed."""
        columns = [self._quoted(answered[name]).fill_null("") for name in RESULT_COLUMNS]
        end = pl.concat_str(columns, separator=self.table.layout.delimiter).alias("end")
        return answered.select(SEGMENT_INDEX, _IS_BORDERLINE, end)

    def _quoted(self, texts: pl.Series) -> pl.Series:
        special = rf'["\r\n{re.escape(self.table.layout.delimiter)}]'
        rows = texts.str.contains(special).fill_null(value=False).arg_true()
        if rows.is_empty():
            return texts
        return texts.scatter(rows, '"' + texts.gather(rows).str.replace_all('"', '""', literal=True) + '"')

    def _write(self, columns: list[pl.Series], *, quote_style: Literal["never", "necessary"]) -> list[bytes]:
        frame = pl.DataFrame([column.alias(str(i)) for i, column in enumerate(columns)])
        parts = _Parts()
        layout = self.table.layout
        frame.write_csv(
            cast("IO[bytes]", parts),
            include_header=False,
            separator=layout.delimiter,
            line_terminator=layout.line_end,
            quote_style=quote_style,
        )
        return parts.written


class _Parts(io.RawIOBase):
    """Keeps the written parts, without the copies that a growing buffer makes."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: Buffer, /) -> int:
        part = bytes(data)
        self.written.append(part)
        return len(part)


def _pick(table: pl.Series, indices: pl.Series) -> pl.Series:
    return indices.to_frame("i").select(pl.lit(table).gather("i")).to_series()


def _within(frame: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """Renumber a frame's rows by their place among `rows`."""
    return frame.with_columns(row=rows.search_sorted(frame["row"]))
