"""Messy tables → typed rows and problems, larger than memory: every row is either usable or refused with its reason.

Polars reads blocks of clean lines as a whole; the standard `csv` module, in strict mode, reads all others record by
record. Both end up as columns of text that go the same way, so the two paths cannot disagree.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from segmentation.errors import BadInput, SeveralTables
from segmentation.reading.blocks import Blocks
from segmentation.reading.columns import Undecided
from segmentation.reading.encoding import Encoded, Limits, inspect
from segmentation.reading.encodings.raw_bytes import shown
from segmentation.reading.layout import Layout, find_layout
from segmentation.reading.numerals.column_styles import NOTHING_LEARNED, Survey, find_styles
from segmentation.reading.numerals.subtotals import find_subtotals
from segmentation.reading.others.footer import NO_FOOTER, Footer, find_footer
from segmentation.reading.packed.found import Source
from segmentation.reading.problems import ROW, Problem, ProblemTally
from segmentation.reading.questions import Answers, Question
from segmentation.reading.rows import RowReader
from segmentation.reading.source import opened_source

if TYPE_CHECKING:
    from segmentation.schema import Schema
from segmentation.numbers.values import quote

__all__ = [
    "Limits",
    "Problem",
    "Table",
    "Undecided",
    "holds_table",
    "in_order",
    "open_table",
]

DEFAULT_LIMITS: Final = Limits()
NOTHING_DECIDED: Final = Answers()
# Polars uses several cores by itself, so a few blocks at once only fill the gaps where it uses one. On two cores three
# blocks at once are a seventh faster than two, and four are no faster than three.
_WORKERS: Final = 3
# As much of the beginning as holds the rows by whose values a column of ids is found.
_HEAD: Final = 1 << 17
# Where a header that is not understood is looked for letters beyond ASCII.
_LOOKED_AT: Final = 4096


S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True)
class Table:
    """A CSV file whose header names every cluster feature.

    Parameters
    ----------
    encoded, layout
        How to turn its bytes into text, and the text into cells.
    rows
        Reads its blocks.
    limits
        How much of a file is accepted.
    exact
        Whether every block is read record by record, clean or not: the same result, but slower.
    remarks
        What was decided before the text was read, as sentences.
    footer
        The file's last lines as far as they belong to no row.
    factors
        By feature name: what a person has said its numbers are multiplied with.
    """

    encoded: Encoded
    layout: Layout
    rows: RowReader
    limits: Limits
    exact: bool = False
    remarks: tuple[str, ...] = ()
    footer: Footer = NO_FOOTER
    factors: Mapping[str, float] = field(default_factory=dict)

    def blocks(self, block_bytes: int | None = None) -> Blocks:
        """Start a pass over the file; hand each block to `rows.read`.

        Parameters
        ----------
        block_bytes
            About how much of the file a block holds; as `limits` say if not given.
        """
        limits = self.limits if block_bytes is None else replace(self.limits, block_bytes=block_bytes)
        return Blocks(self.encoded, self.layout, limits, self.footer, exact=self.exact)

    def column(self, name: str) -> str:
        """Return the header of the column that a feature is read from."""
        return shown(self.layout.header[self.layout.columns[self.rows.schema.names.index(name)]])

    def tally(self) -> ProblemTally:
        """Return an empty tally for this file's problems."""
        features = self.rows.schema.features
        columns = tuple(shown(self.layout.header[i]) for i in self.layout.columns)
        return ProblemTally(features, columns, self.layout.counted)

    def notes(self, blocks: Blocks, tally: ProblemTally) -> tuple[str, ...]:
        """State, after a pass, the mapping, every assumption, and the rows that are not customers."""
        found = [*map(shown, self.layout.notes(self.rows.schema)), *self.remarks, *self.encoded.notes]
        if self.rows.decimal_comma:
            found.append("A comma in a number was read as the decimal point.")
        if blank := self.layout.blank_lines + blocks.blank_lines:
            found.append(f"{blank} blank line{' was' if blank == 1 else 's were'} skipped.")
        found += [f"{others.text}." for others in tally.other_rows()]
        return tuple(found)

    def check_shape(self, blocks: Blocks) -> None:
        """Check, after a pass, that the rows fit the header.

        Raises
        ------
        BadInput
            If there are no rows, or all of them differ from the header's width by the same number of fields.
        """
        rows = blocks.widths.total()
        if not rows:
            raise BadInput("The file has a header but no rows. Export it again, with the customers below.")
        found, count = blocks.widths.most_common(1)[0]
        width = self.layout.width
        if found != width and count == rows and (rows > 1 or abs(found - width) == 1):
            raise BadInput(
                f"Every row has {found} field{'' if found == 1 else 's'} but the header has {width}, so I can't "
                "tell which value belongs to which column. Make them match and send the file again."
            )


def open_table(
    source: Path | Source,
    schema: Schema,
    *,
    limits: Limits = DEFAULT_LIMITS,
    answers: Answers = NOTHING_DECIDED,
    learned: Mapping[str, tuple[float, float]] = NOTHING_LEARNED,
    exact: bool = False,
    all_cells: bool = True,
    survey: Callable[[RowReader], Survey | None] = lambda _: None,
) -> Table:
    """Tell how a text table is laid out and how its numbers are written; its rows are not read yet.

    Parameters
    ----------
    source
        The text, or what `opened_source` found.
    answers
        What a person has decided if the file can be read in several ways.
    learned
        By feature name: the range, in the feature's unit, that the model learned from. It settles numbers that can be
        read in two ways if only one of these is what the model knows.
    exact
        As for `Table`.
    all_cells
        Whether to look at all cells before the first is read. Without, a file that begins with plain numbers is
        assumed to go on so, which spares a pass; a cell that does not, or a row that is a total only if it adds up
        those above, raises `Undecided` when it is read.
    survey
        Returns what counts plain cells faster than they can be read, None without.

    Raises
    ------
    Question
        When the file's numbers can be read in two ways and `answers` does not say which.
    BadInput
        If it is too large, is not a CSV, or its header does not name every cluster feature, or names a feature twice.
    OSError
        When it cannot be read.
    """
    found = source if isinstance(source, Source) else Source(source)
    encoded, layout = _laid_out(inspect(found.text, limits), schema, limits)
    if answers.identity is not None:
        layout = _with_ids_in(answers.identity, layout)
    if found.workbook is not None:
        # Rows are counted as the spreadsheet counts them.
        layout = replace(layout, first_line=layout.first_line + found.workbook.table.header_row, counted=ROW)
    footer = find_footer(encoded, layout)
    rows = RowReader(schema.without(layout.absent), schema, layout, limits)
    table = Table(encoded, layout, rows, limits, exact, found.notes, footer)
    typed = frozenset() if found.workbook is None else found.workbook.table.typed
    columns = find_styles(
        rows,
        replace(table, exact=False).blocks,
        answers,
        typed=typed,
        learned=learned,
        all_cells=all_cells,
        survey=survey,
    )
    rows = replace(rows, styles=columns.styles)
    if columns.suspects is not None:
        rows = replace(rows, subtotals=find_subtotals(rows, table.blocks() if columns.suspects else ()))
    return replace(table, rows=rows, remarks=(*found.notes, *columns.notes), factors=answers.factors)


def _with_ids_in(heading: str, layout: Layout) -> Layout:
    """Return the layout with the ids in the column that a person has chosen; an empty heading for none.

    Raises
    ------
    BadInput
        When no column has that heading.
    """
    places = [at for at, name in enumerate(layout.header) if shown(name) == heading]
    if heading and not places:
        raise BadInput(f"The column {quote(heading)}, which was to tell customers apart, is not in the file.")
    return replace(layout, id_column=places[0] if heading else None, ids_by_values=False, id_chosen=True)


def _laid_out(encoded: Encoded, schema: Schema, limits: Limits) -> tuple[Encoded, Layout]:
    """Find the layout; a header that names every feature in one of the encodings a text may be in settles which."""
    refusals = []
    for candidate in (encoded, *(Encoded(encoded.source, rival, 0) for rival in encoded.rivals)):
        head = _head(candidate, limits)
        try:
            return candidate, find_layout(head, schema, limits)
        except BadInput as refusal:
            about = "" if head[:_LOOKED_AT].isascii() else encoded.doubt
            refusals.append(refusal.saying(shown(refusal.sentence) + about) if about else refusal)
    raise refusals[0]


def _head(encoded: Encoded, limits: Limits) -> bytes:
    head = b""
    for chunk in encoded.chunks():
        head += chunk
        if len(head) > limits.header_bytes:
            break
    # A chunk may hold far more; the layout is looked for in all that is passed on, several times.
    return head[: max(limits.header_bytes + 1, _HEAD)]


def holds_table(source: Path, schema: Schema, *, limits: Limits = DEFAULT_LIMITS, scratch: Path | None = None) -> bool:
    """Tell whether a file of any kind holds a table whose header names the features, whatever the file is called.

    So does an archive of several tables, of which its sender should be told that one at a time is read.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    try:
        with opened_source(source, schema, limits=limits, scratch=scratch) as opened:
            open_table(opened, schema, limits=limits, all_cells=False)
    except (Question, SeveralTables):
        return True
    except BadInput:
        return False
    return True


def in_order(work: Callable[[S], T], items: Iterable[S]) -> Iterator[T]:
    """Work on a few items, such as blocks of rows, at once and yield the results in the items' order."""
    with ThreadPoolExecutor(_WORKERS, "rows") as pool:
        waiting: deque[Future[T]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > _WORKERS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
