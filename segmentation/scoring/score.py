"""Files in bulk: a table in, the same rows with segment, confidence and note out, in one pass and bounded memory."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from segmentation.numbers.value_sentences import grouped_rows, unknown_rows
from segmentation.reading.batch import UNKNOWN
from segmentation.reading.encodings.raw_bytes import shown
from segmentation.reading.ids.duplicates import DuplicateCounter
from segmentation.reading.numerals.units import Expected, UnitCheck
from segmentation.reading.questions import Answers
from segmentation.reading.repeated_ids import count_repeats, refuse_order_lines
from segmentation.reading.source import opened_source
from segmentation.reading.table import DEFAULT_LIMITS, NOTHING_DECIDED, Limits, Table, Undecided, in_order, open_table
from segmentation.scoring.answer_table import AnswerTable, answer_table
from segmentation.scoring.packing import check_target, is_plain, pack, result_notes, result_suffix
from segmentation.scoring.replacing import replacing
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.result import assumed_notes, far_rows_note, renamed
from segmentation.scoring.result_text import ResultText
from segmentation.scoring.rows import RowScorer, ScoredBlock
from segmentation.scoring.sums import sum_unit

if TYPE_CHECKING:
    import polars as pl

    from segmentation.model import SegmentModel
    from segmentation.reading.blocks import Blocks
    from segmentation.schema import Feature

# Making the table of answers takes a moment, which pays off from about this size on, in bytes.
LOOK_UP_FROM: Final = 4 << 20


class RowWatch(Protocol):
    """Is told which segment each customer of a file is in, while it is scored."""

    def begin(self) -> None:
        """Start anew: the file is read from its beginning, which may happen twice."""

    def add(self, ids: pl.Series, segments: pl.Series) -> None:
        """Take some rows, in order, of a file that has a column of ids.

        Parameters
        ----------
        ids
            The cells of that column, empty for rows that stand for no customer.
        segments
            The index of each row's segment, null for a refused row.
        """


class ValueWatch(Protocol):
    """Is told the values of a file's customers, while it is scored."""

    def begin(self) -> None:
        """Start anew: the file is read from its beginning, which may happen twice."""

    def add(self, values: pl.DataFrame) -> None:
        """Take some rows, in order: a column a feature, null for a value that is missing or refused."""


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
        known = answer_table(model) if opened.text.stat().st_size >= look_up_from else None

        def score(*, all_cells: bool) -> ScoreReport:
            table = open_table(
                opened, model.schema, limits=limits, answers=answers, learned=_learned(model), all_cells=all_cells
            )
            if is_plain(opened):
                return score_table(table, target, model, answers=known, progress=progress, watch=watch, values=values)
            with tempfile.TemporaryDirectory(prefix="segbot-", dir=scratch) as name:
                scored = Path(name, "scored")
                report = score_table(table, scored, model, answers=known, progress=progress, watch=watch, values=values)
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


def score_table(
    table: Table,
    target: Path,
    model: SegmentModel,
    *,
    answers: AnswerTable | None = None,
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
    duplicates
        Counts repeated ids; by default a counter of the usual size.
    """
    started = time.monotonic()
    scorer, blocks = RowScorer(table, model, answers), table.blocks()
    totals = _Totals(scorer, duplicates or DuplicateCounter())
    if watch:
        watch.begin()
    if values:
        values.begin()
    with replacing(target) as file:
        result = ResultText(file, table.encoded)
        result.write(scorer.header())
        for scored in in_order(scorer.score, blocks):
            for part in scored.data:
                result.write(part)
            totals.add(scored)
            if watch and scored.batch.customer_ids is not None:
                watch.add(scored.batch.customer_ids, scored.answers)
            if values:
                values.add(scored.batch.values)
            blocks.leave_out(scored.batch.blank_lines)
            if progress:
                progress(totals.rows)
        # What only the whole file can show. Still inside `replacing`: a refusal here leaves no result behind.
        table.check_shape(blocks)
        totals.units.check()
        refuse_order_lines(table.rows, table.blocks(), totals.duplicates)
    return totals.report(blocks, time.monotonic() - started)


def _learned(model: SegmentModel) -> dict[str, tuple[float, float]]:
    """Return the ranges that settle how numbers are read: those a model kept, since an estimate could be wrong."""
    if model.seen is None:
        return {}
    return {model.schema.names[i]: seen for i, seen in zip(model.schema.cluster_indices, model.seen, strict=True)}


def _expected(scorer: RowScorer) -> Iterator[Expected]:
    model = scorer.model
    for i, low, high in model.learned:
        feature = model.schema.features[i]
        usual_low = min(tenth for segment in model.segments if (tenth := segment.low[i]) is not None)
        yield Expected(feature, scorer.table.column(feature.name), low, high, usual_low, model.spread[i])


class _Totals:
    """Adds up the blocks of one file."""

    def __init__(self, scorer: RowScorer, duplicates: DuplicateCounter) -> None:
        self._scorer, self._tally, self.duplicates = scorer, scorer.table.tally(), duplicates
        segments, features = len(scorer.model.names), len(scorer.model.schema.names)
        self._customers = [0] * segments
        self._sums = [[0] * features for _ in range(segments)]
        self._counts = [[0] * features for _ in range(segments)]
        codes = [len(feature.codes) for feature in scorer.model.schema.features]
        self._categories = [[[0] * count for count in codes] for _ in range(segments)]
        self._lacking = Counter[str]()
        self.units = UnitCheck(_expected(scorer), scorer.table.factors)
        self.rows = self._rejected = self._imputed = self._far = self._borderline = 0
        header = zip(scorer.guarded_header, scorer.table.layout.header, strict=True)
        self._guarded = sum(written != given for written, given in header)

    def add(self, scored: ScoredBlock) -> None:
        # Rows that stand for nobody are listed, but they do not count as refused customers.
        self.rows += scored.batch.rows - scored.batch.others
        self._rejected += scored.batch.rejected.height - scored.batch.others
        self._imputed += scored.batch.lacking["row"].n_unique()
        self._guarded += scored.guarded
        self._lacking.update(scored.batch.lacking["name"])
        self.units.add(scored.batch)
        self._far += scored.far
        self._borderline += scored.borderline
        scored.batch.count(self._tally)
        if scored.ids is not None:
            self.duplicates.add(scored.ids)
        for index, segment in enumerate(scored.segments):
            self._customers[index] += segment.customers
            for feature, (total, count) in enumerate(zip(segment.sums, segment.counts, strict=True)):
                self._sums[index][feature] += total
                self._counts[index][feature] += count
            for feature, customers in enumerate(segment.categories):
                known = self._categories[index][feature]
                self._categories[index][feature] = [one + more for one, more in zip(known, customers, strict=True)]

    def report(self, blocks: Blocks, seconds: float) -> ScoreReport:
        model, table = self._scorer.model, self._scorer.table
        duplicates = count_repeats(table.layout, self.duplicates)
        return ScoreReport(
            rows=self.rows,
            scored=self.rows - self._rejected,
            rejected=self._rejected,
            segments=dict(zip(model.names, self._customers, strict=True)),
            profiles={
                name: {feature: self._average(index, i) for i, feature in enumerate(model.schema.names)}
                for index, name in enumerate(model.names)
            },
            problems=self._tally.problems(),
            other_rows=self._tally.other_rows(),
            notes=(*table.notes(blocks, self._tally), *self._notes(duplicates or 0)),
            imputed=self.rows - self._rejected if table.layout.absent else self._imputed,
            not_given={name: self._lacking[name] for name in model.schema.names if name in self._lacking},
            duplicate_ids=duplicates,
            model_version=model.version,
            seconds=seconds,
            guarded_cells=self._guarded,
            far=self._far,
            borderline=self._borderline,
            columns=(*map(shown, self._scorer.table.layout.header), *self._scorer.result_names),
            shares=dict(zip(model.names, map(self._shares, range(len(model.names))), strict=True)),
        )

    def _grouped(self, feature: Feature) -> int:
        """Return how many scored customers have a category that is grouped with all others."""
        at = self._scorer.model.schema.names.index(feature.name)
        return sum(categories[at][-1] for categories in self._categories)

    def _shares(self, segment: int) -> dict[str, dict[str, float]]:
        found = {}
        for feature, counts in zip(self._scorer.model.schema.features, self._categories[segment], strict=True):
            if feature.is_category:
                total = max(1, sum(counts))
                found[feature.name] = {name: n / total for name, n in zip(feature.codes, counts, strict=True)}
        return found

    def _average(self, segment: int, feature: int) -> float | None:
        count = self._counts[segment][feature]
        if not count or self._scorer.model.schema.features[feature].is_category:
            return None
        # Exact until the last step: as floats the sum would lose digits before it is divided.
        unit = Fraction(sum_unit(self._scorer.model.schema.features[feature]))
        return float(self._sums[segment][feature] * unit / count)

    def _notes(self, duplicates: int) -> Iterator[str]:
        if duplicates:
            about = "" if self.duplicates.exact else "About "
            rows, each = ("1 row repeats", "it") if duplicates == 1 else (f"{duplicates:,} rows repeat", "each")
            yield f"{about}{rows} the id of an earlier row; {each} was scored."
        if self._far:
            yield far_rows_note(self._far)
        for feature in self._scorer.model.schema.features:
            if feature.other and (grouped := self._grouped(feature)):
                yield grouped_rows(feature, grouped)
            if unknown := self._lacking[f"{feature.name}{UNKNOWN}"]:
                yield f"{unknown_rows(feature, unknown)}; it only describes, so it makes no difference to the segment."
        yield from assumed_notes(self._scorer.model, self._scorer.table.layout.absent)
        if names := renamed(self._scorer.result_names):
            yield f"The file has such columns already, so in the result {names}."
