"""Files in bulk: a table in, the same rows with segment, confidence and note out, in one pass and bounded memory."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from segmentation.reading.ids.duplicates import DuplicateCounter
from segmentation.reading.questions import Answers
from segmentation.reading.repeated_ids import refuse_order_lines
from segmentation.reading.source import opened_source
from segmentation.reading.table import DEFAULT_LIMITS, NOTHING_DECIDED, Limits, Table, Undecided, in_order, open_table
from segmentation.scoring.answer_table import AnswerTable, answer_table
from segmentation.scoring.kernel.use import wanted_kernel
from segmentation.scoring.packing import check_target, is_plain, pack, result_notes, result_suffix
from segmentation.scoring.piece import Piece
from segmentation.scoring.replacing import replacing
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.result_text import ResultText
from segmentation.scoring.rows import RowScorer
from segmentation.scoring.totals import Totals

if TYPE_CHECKING:
    import polars as pl

    from segmentation.model import SegmentModel
    from segmentation.reading.blocks import Blocks
    from segmentation.reading.numerals.column_styles import Survey
    from segmentation.reading.numerals.units import UnitCheck
    from segmentation.reading.rows import RowReader
    from segmentation.scoring.kernel.library import Kernel

# Making the table of answers takes a moment, which pays off from about this size on, in bytes.
LOOK_UP_FROM: Final = 4 << 20


class RowWatch(Protocol):
    """Is told which segment each customer of a file is in, while it is scored, not always in the file's order."""

    def begin(self) -> None:
        """Start anew: the file is read from its beginning, which may happen twice."""

    def add(self, ids: pl.Series, segments: pl.Series) -> None:
        """Take some rows of a file that has a column of ids.

        Parameters
        ----------
        ids
            The cells of that column, empty for rows that stand for no customer.
        segments
            The index of each row's segment, null for a refused row.
        """


class ValueWatch(Protocol):
    """Is told the values of a file's customers, while it is scored, not always in the file's order."""

    def begin(self) -> None:
        """Start anew: the file is read from its beginning, which may happen twice."""

    def add(self, values: pl.DataFrame, segments: pl.Series) -> None:
        """Take some rows.

        Parameters
        ----------
        values
            A column a feature, null for a value that is missing or refused.
        segments
            The index of each row's segment, null for a refused row and one that stands for no customer.
        """


def score_file(  # noqa: PLR0913 - options of one entry point, each with a default
    source: Path,
    target: Path,
    model: SegmentModel,
    *,
    limits: Limits = DEFAULT_LIMITS,
    answers: Answers = NOTHING_DECIDED,
    look_up_from: int = LOOK_UP_FROM,
    progress: Callable[[int], None] | None = None,
    scratch: Path | None = None,
    watch: RowWatch | None = None,
    values: ValueWatch | None = None,
) -> ScoreReport:
    """Score every customer of a table into a new file of the same form.

    The table may be a CSV, a sheet of a workbook (xlsx, xlsm, xls, ods; the result is an xlsx workbook), or one of
    these in a gzip or zip archive. What follows is said of a CSV.

    The result has the file's columns and rows, in order, followed by `segment`, `confidence` and `note`. It keeps the
    file's delimiter and line ends. It is UTF-8, with a byte order mark if the file had one or if anything in the result
    is beyond ASCII, since spreadsheets need it then. If nobody can be sure of the file's encoding, the result is in the
    file's own bytes, and what we add is ASCII. A refused row has its reason in `note` and its own cells: a ragged row
    has its surplus fields in its last cell, as they were, and a misquoted cell keeps its quotes, in proper quotes of
    its own, so that a strict reader of the result gets the very characters of the file. Totals and the lines below a
    report keep their place, with a note that says what they are. Blank lines, and those of separators only, are left
    out, and so are titles above the header. Cells that a spreadsheet could run as a formula get a leading apostrophe.
    The result appears whole or not at all.

    Parameters
    ----------
    target
        Where the result goes; replaced if it exists.
    answers
        What a person has decided if the file can be read in several ways.
    look_up_from
        The size of file, in bytes, from which on answers to whole numbers are looked up rather than computed.
    progress
        Called now and then with the number of rows done so far. An exception it raises ends the scoring.
    scratch
        Where to write on the way, for archives and workbooks; None for the system's own folder.
    watch
        Is told which segment each customer is in, if the file has a column of ids.
    values
        Is told the customers' values.

    Raises
    ------
    Question
        When the file can be read in several ways and `answers` does not say which.
    BadInput
        If the file as a whole cannot be used, or lists orders instead of customers.
    OSError
        If a file cannot be read or written.
    """
    started = time.monotonic()
    with opened_source(source, model.schema, sheet=answers.sheet, limits=limits, scratch=scratch) as opened:
        check_target(opened, target)
        size = opened.text.stat().st_size
        compiled = wanted_kernel()
        known = answer_table(model) if compiled is None and size >= look_up_from else None

        def score(*, all_cells: bool) -> ScoreReport:
            table = open_table(
                opened,
                model.schema,
                limits=limits,
                answers=answers,
                learned=_learned(model),
                all_cells=all_cells,
                survey=partial(_survey, compiled),
            )
            run = partial(
                score_table, table, answers=known, kernel=compiled, progress=progress, watch=watch, values=values
            )
            if is_plain(opened):
                return run(target, model)
            with tempfile.TemporaryDirectory(prefix="segbot-", dir=scratch) as name:
                scored = Path(name, "scored")
                report = run(scored, model)
                with replacing(target) as result:
                    pack(opened, scored, result, model, Path(name))
                return report

        try:
            # Looking at a file's beginning decides how most are read; the few it misleads are read again, whole.
            report = score(all_cells=False)
        except Undecided:
            report = score(all_cells=True)
        # A workbook's texts are written as texts: none of them needs an apostrophe.
        guarded_cells = 0 if opened.workbook else report.guarded_cells
        notes = (*report.notes, *result_notes(opened, guarded_cells))
        suffix, seconds = result_suffix(opened), time.monotonic() - started
        return replace(report, notes=notes, guarded_cells=guarded_cells, suffix=suffix, seconds=seconds)


def score_table(  # noqa: PLR0913 - options of one entry point, each with a default
    table: Table,
    target: Path,
    model: SegmentModel,
    *,
    answers: AnswerTable | None = None,
    kernel: Kernel | None = None,
    duplicates: DuplicateCounter | None = None,
    progress: Callable[[int], None] | None = None,
    watch: RowWatch | None = None,
    values: ValueWatch | None = None,
) -> ScoreReport:
    """Score a file that was opened before, as `score_file` does.

    Parameters
    ----------
    answers
        The model's answers to whole numbers, which are then looked up rather than computed.
    kernel
        Scores plain rows, if the file and the model suit it, to the same result.
    duplicates
        Counts repeated ids; by default a counter of the usual size.
    """
    started = time.monotonic()
    rows = RowScorer(table, model, answers)
    totals = Totals(rows, duplicates or DuplicateCounter())
    blocks, pieces = _scored(table, rows, kernel, totals.units, watched=watch is not None or values is not None)
    for watcher in (watch, values):
        if watcher:
            watcher.begin()
    with replacing(target) as file:
        result = ResultText(file, table.encoded)
        result.write(rows.header())
        for piece in pieces:
            for part in piece.data:
                result.write(part)
            totals.add(piece)
            _tell(piece, watch, values)
            for scored in piece.exact:
                blocks.leave_out(scored.batch.blank_lines)
            blocks.count(piece.counts)
            if progress:
                progress(totals.rows)
        # What only the whole file can show. Still inside `replacing`: a refusal here leaves no result behind.
        table.check_shape(blocks)
        totals.units.check()
        refuse_order_lines(table.rows, table.blocks(), totals.duplicates)
    return totals.report(blocks, time.monotonic() - started)


def _scored(
    table: Table, rows: RowScorer, kernel: Kernel | None, units: UnitCheck, *, watched: bool
) -> tuple[Blocks, Iterator[Piece]]:
    """Begin a pass over a file, and return it with the pieces of its result: by the kernel, if it suits, or without."""
    if kernel is not None:
        from segmentation.scoring.kernel.scorer import kernel_scorer  # noqa: PLC0415 - a system without the kernel does without its rules

        if fast := kernel_scorer(kernel, rows, units, watched=watched):
            blocks = table.blocks(fast.block_bytes)
            return blocks, fast.pieces(blocks.unread(fast.whole_records))
    blocks = table.blocks()
    return blocks, map(Piece.of, in_order(rows.score, blocks))


def _survey(kernel: Kernel | None, rows: RowReader) -> Survey | None:
    """Return what counts how a file's numbers are written; None without the kernel."""
    if kernel is None:
        return None
    from segmentation.scoring.kernel.survey import kernel_survey  # noqa: PLC0415 - a system without the kernel does without its rules

    return kernel_survey(kernel, rows)


def _tell(piece: Piece, watch: RowWatch | None, values: ValueWatch | None) -> None:
    """Tell the watchers of a piece's rows."""
    plain = None if piece.plain is None else piece.plain.watched
    ids = [(scored.batch.customer_ids, scored.answers) for scored in piece.exact]
    ids += [] if plain is None else [(plain.ids, plain.answers)]
    if watch:
        for each, answers in ids:
            if each is not None:
                watch.add(each, answers)
    if values:
        frames = [(scored.batch.values, scored.answers) for scored in piece.exact]
        frames += [] if plain is None else [(plain.values, plain.answers)]
        for frame, answers in frames:
            values.add(frame, answers)


def _learned(model: SegmentModel) -> dict[str, tuple[float, float]]:
    """Return the ranges that settle how numbers are read: those a model kept, since an estimate could be wrong."""
    if model.seen is None:
        return {}
    return {model.schema.names[i]: seen for i, seen in zip(model.schema.cluster_indices, model.seen, strict=True)}
