"""Rows in any number, block by block → clean customers: all of them while they are few, cells when they are many."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from segmentation.errors import BadTrainingData
from segmentation.numbers.values import Reason
from segmentation.reading.problems import Problem, RowReason
from segmentation.reading.spreadsheet.sheet_counts import UNCALCULATED
from segmentation.reading.table import DEFAULT_LIMITS, NOTHING_DECIDED, Limits, Undecided, in_order
from segmentation.reading.training_rows import read_training_rows
from segmentation.training.points.binning import Bins, find_bins
from segmentation.training.points.cells import EXACT_POINTS, MOST_CELLS, BinnedCounts, most_cells, to_clean_data
from segmentation.training.points.cleaning import CleanData, check_ranges, clean_distinct, units_asked_for
from segmentation.training.points.histogram import FineHistogram, to_fixed
from segmentation.training.steps import tell

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from segmentation.reading.questions import Answers
    from segmentation.reading.training_rows import TrainingRows
    from segmentation.schema import Schema

_NAMED: Final = 3
# What to do about each reason; for values out of range the advice is to check their units.
_ADVICE: Final[dict[str, str]] = {
    Reason.NOT_A_NUMBER: "Write plain numbers such as 60 or 61.5, without currency signs, separators or units.",
    Reason.MISSING: "Fill these columns in.",
    RowReason.RAGGED: "Check the file's delimiter and quotes.",
    RowReason.MISQUOTED: "Check the file's quotes.",
}
# No feature can have this name.
_COUNT: Final = "#"


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is kept, and where; the model does not depend on `part_rows` and `memory_bytes`.

    Parameters
    ----------
    exact_points
        Up to this many distinct customers are kept as they are; more are counted into cells.
    most_cells
        How many cells are kept at most, unless the coarsest resolution has more.
    part_rows
        Rows of the second pass at a time.
    memory_bytes
        Whole numbers of more bytes than this wait for the second pass on disk.
    """

    exact_points: int = EXACT_POINTS
    most_cells: int = MOST_CELLS
    # At most 2**22, which is as many rows as `BinnedCounts.of` adds up exactly.
    part_rows: int = 1 << 19
    memory_bytes: int = 16 << 20


DEFAULT_BUDGET: Final = Budget()


@dataclass(frozen=True)
class FileDataset:
    """A file's customers, clean.

    Parameters
    ----------
    data
        What a model is trained on.
    rows
        Number of customers' rows in the file, without those that repeat an earlier one's id.
    rejected
        How many rows the reader left out, by the reason of the first fault in each.
    problems
        All faults by kind and column, the commonest first.
    notes
        The mapping and what was assumed, as sentences.
    """

    data: CleanData
    rows: int
    rejected: dict[str, int]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def gather_file(
    source: Path,
    schema: Schema,
    *,
    limits: Limits = DEFAULT_LIMITS,
    answers: Answers = NOTHING_DECIDED,
    progress: Callable[[str], None] | None = None,
    budget: Budget = DEFAULT_BUDGET,
) -> FileDataset:
    """Read a table's customers in bounded memory; the same file gives the same customers to the bit.

    If a column holds ids, each customer counts once, with the first usable row.

    Parameters
    ----------
    source
        A CSV, a workbook, or one of these in a gzip or zip archive.
    answers
        What a person has decided if the file can be read in several ways.
    progress
        Called with the name of each step as it begins.
    budget
        How much to keep.

    Raises
    ------
    Question
        When the file can be read in several ways and `answers` does not say which.
    BadInput
        When the file or its rows cannot be used.
    OSError
        When it cannot be read, or the disk has no room for what waits for the second pass.
    """
    say = progress or (lambda _step: None)
    try:
        return _gather_file(source, schema, limits, answers, say, budget, all_cells=False)
    except Undecided:
        return _gather_file(source, schema, limits, answers, say, budget, all_cells=True)


def _gather_file(
    source: Path,
    schema: Schema,
    limits: Limits,
    answers: Answers,
    say: Callable[[str], None],
    budget: Budget,
    *,
    all_cells: bool,
) -> FileDataset:
    say("Reading")
    repeated = None
    while True:
        with DatasetBuilder(schema, budget) as builder:
            read = read_training_rows(
                source,
                schema,
                builder.digest,
                partial(_counted, builder, say),
                limits=limits,
                answers=answers,
                all_cells=all_cells,
                repeated=repeated,
            )
            if repeated is None and read.repeated is not None and read.repeated.first is not None:
                # Known only now, and rare: the file is read once more, each customer once.
                repeated = read.repeated
                continue
            if read.rows and sum(read.rejected.values()) == read.rows:
                raise _none_usable(read, schema)
            say("Cleaning")
            data = builder.clean(read.rejected)
        return FileDataset(data, read.rows, read.rejected, read.problems, read.notes)


def _counted(builder: DatasetBuilder, say: Callable[[str], None], digest: Digest) -> None:
    """Add a block of rows, and tell how many there are so far."""
    builder.add(digest)
    tell(say, f"{builder.rows:,} rows")


def _none_usable(read: TrainingRows, schema: Schema) -> BadTrainingData:
    """Return the refusal of a file none of whose rows can be used: what is wrong, where, and what to do about it."""
    uncalculated = next((note for note in read.notes if note.endswith(UNCALCULATED)), "")
    advice = uncalculated or _ADVICE.get(read.problems[0].reason) or units_asked_for(schema)
    wrong = "; ".join(problem.text for problem in read.problems[:_NAMED])
    return BadTrainingData(f"None of the {read.rows:,} rows can be used. {wrong}. {advice}")


def gather(
    values: NDArray[np.float64],
    schema: Schema,
    already_rejected: Mapping[str, int] | None = None,
    budget: Budget = DEFAULT_BUDGET,
) -> CleanData:
    """Clean rows that are in memory already, by the same rule.

    Parameters
    ----------
    values
        (n, d) raw values in schema order, NaN where missing.
    already_rejected
        Rows a reader refused before, by reason; they are counted in the report.
    budget
        How much to keep.

    Raises
    ------
    BadTrainingData
        When no row is left.
    """
    with DatasetBuilder(schema, budget) as builder:
        for start in range(0, len(values), budget.part_rows):
            builder.add(builder.digest(values[start : start + budget.part_rows]))
        return builder.clean(already_rejected or {})


@dataclass(frozen=True)
class Digest:
    """What can be worked out from one block of rows alone, on any thread.

    Parameters
    ----------
    rejected
        Rows that are not usable, by reason.
    fixed
        The others as whole numbers.
    histograms
        Their values, one histogram a feature.
    distinct
        The distinct ones and how often each occurs; None when they are too many to be kept.
    """

    rejected: dict[str, int]
    fixed: NDArray[np.int32]
    histograms: tuple[FineHistogram, ...]
    distinct: pl.DataFrame | None


class DatasetBuilder:
    """Takes blocks of rows and turns them into clean customers; a context manager, since it may use a temporary file.

    It keeps every distinct customer while there are at most `Budget.exact_points`. It also keeps all rows' whole
    numbers and histograms from the start, because it cannot know how many rows will follow: the numbers lie in memory,
    and beyond `Budget.memory_bytes` in an unnamed file that is deleted with it.
    """

    def __init__(self, schema: Schema, budget: Budget = DEFAULT_BUDGET) -> None:
        self._schema = schema
        self._budget = budget
        self._waiting = tempfile.SpooledTemporaryFile(max_size=budget.memory_bytes)  # noqa: SIM115 - closed with this context
        self._rejected = Counter[str]()
        self.rows = 0
        self._histograms: tuple[FineHistogram, ...] = ()
        self._distinct: pl.DataFrame | None = pl.DataFrame(
            schema={**dict.fromkeys(schema.names, pl.Float64), _COUNT: pl.Int64}
        )

    def __enter__(self) -> DatasetBuilder:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._waiting.close()

    def digest(self, values: NDArray[np.float64]) -> Digest:
        """Work out what one block's (n, d) raw values give; safe on any number of threads at once."""
        usable, rejected = check_ranges(values, np.ones(len(values), dtype=np.int64), self._schema)
        values = values if usable.all() else values[usable]
        fixed = to_fixed(values, self._schema)
        histograms = tuple(FineHistogram.of(column) for column in fixed.T)
        # Read without a lock while `add` may set it to None: the worst that happens is a count nobody needs.
        return Digest(rejected, fixed, histograms, None if self._distinct is None else self._counted(values))

    def add(self, digest: Digest) -> None:
        """Add a block's digest; on one thread at a time."""
        self._rejected.update(digest.rejected)
        self.rows += len(digest.fixed) + sum(digest.rejected.values())
        self._waiting.write(digest.fixed.tobytes())
        pairs = zip(self._histograms, digest.histograms, strict=True)
        self._histograms = tuple(one.add(two) for one, two in pairs) if self._histograms else digest.histograms
        if self._distinct is not None:
            self._distinct = self._few(self._distinct, digest.distinct)

    def clean(self, already_rejected: Mapping[str, int]) -> CleanData:
        """Return all that was added as clean customers.

        Raises
        ------
        BadTrainingData
            When no row is left.
        """
        rejected = Counter(already_rejected)
        rejected.update(self._rejected)
        if self._distinct is not None:
            values, counts = self._distinct.drop(_COUNT).to_numpy(), self._distinct[_COUNT].to_numpy()
            return clean_distinct(values, counts, self._schema, rejected)
        bins = find_bins(self._histograms, self._schema, rejected)
        return to_clean_data(self._binned(bins), bins, rejected)

    def _binned(self, bins: Bins) -> BinnedCounts:
        total: BinnedCounts | None = None

        most = most_cells(self._schema, self._budget.most_cells)

        def count(part: NDArray[np.int32]) -> BinnedCounts:
            # Counting a part more finely than the total so far would only take time: merging coarsens it again.
            return BinnedCounts.of(part, bins, None if total is None else total.resolution, most)

        # Other threads may see an older total and count too finely; merging gives the same cells either way.
        for counted in in_order(count, self._parts()):
            total = counted if total is None else total.merge(counted, self._schema, most)
        assert total is not None  # noqa: S101 - told to the type checker: more rows than EXACT_POINTS were added
        return total

    def _parts(self) -> Iterator[NDArray[np.int32]]:
        width = len(self._schema.features)
        self._waiting.seek(0)
        # A part is a whole number of rows, so that none is cut in two.
        while data := self._waiting.read(self._budget.part_rows * width * np.dtype(np.int32).itemsize):
            yield np.frombuffer(data, dtype=np.int32).reshape(-1, width)

    def _counted(self, values: NDArray[np.float64]) -> pl.DataFrame | None:
        frame = pl.from_numpy(values, schema=list(self._schema.names))
        return self._if_few(frame.group_by(self._schema.names).agg(pl.len().cast(pl.Int64).alias(_COUNT)))

    def _few(self, known: pl.DataFrame, more: pl.DataFrame | None) -> pl.DataFrame | None:
        if more is None:
            return None
        return self._if_few(pl.concat([known, more]).group_by(self._schema.names).agg(pl.col(_COUNT).sum()))

    def _if_few(self, distinct: pl.DataFrame) -> pl.DataFrame | None:
        return distinct if distinct.height <= self._budget.exact_points else None
