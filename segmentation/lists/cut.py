"""A scored file → the list of those of its rows that somebody wants, in one pass and bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import polars as pl

from segmentation.errors import BadInput
from segmentation.lists.choice import ListChoice, ListReport
from segmentation.lists.hashed_email import EMAIL, hashed_emails, holds_addresses
from segmentation.lists.list_files import SHEET_ROWS, form_of, opened_list
from segmentation.lists.scored_table import ScoredTable, opened_scored
from segmentation.numbers.values import quote, trim
from segmentation.reading.encodings.raw_bytes import shown
from segmentation.reading.table import DEFAULT_LIMITS, Limits
from segmentation.scoring.replacing import replacing
from segmentation.scoring.result import borderline_note
from segmentation.writing.folding import fold_text

_BORDERLINE: Final = borderline_note("")
_NAMED: Final = 20
_BEFORE: Final = "segment_before"


class Moved(Protocol):
    """Knows which customers moved since an earlier file."""

    def of(
        self, table: ScoredTable, progress: Callable[[int], None] | None = None
    ) -> Callable[[pl.DataFrame], pl.Series]:
        """Return what tells, of a frame of the table, each row's segment before; null if its customer has not moved."""


def cut_list(
    source: Path,
    target: Path,
    choice: ListChoice,
    *,
    limits: Limits = DEFAULT_LIMITS,
    scratch: Path | None = None,
    progress: Callable[[int], None] | None = None,
    sheet_rows: int = SHEET_ROWS,
    moved: Moved | None = None,
) -> ListReport:
    """Write the rows of a scored file that are chosen, in the file's order, cells as they are.

    The lists of all segments and the one of the rows without a segment hold each row of the file exactly once. A CSV
    keeps the scored file's delimiter, line ends and encoding; with hashed addresses it is what ad platforms take:
    commas, and the column called Email. The list appears whole or not at all.

    Parameters
    ----------
    source
        A result of `score_file`, in any of its forms.
    target
        Where the list goes, replaced if it exists; its ending says whether it is a CSV or an xlsx workbook.
    progress
        Called now and then with the number of rows read so far. An exception it raises ends the work.
    scratch
        Where to write on the way; None for the system's own folder.
    sheet_rows
        How many rows a workbook's sheet has room for, its header's included.
    moved
        For the customers alone that moved since an earlier file, with a column `segment_before`, which a list of
        hashed addresses does not have; None for all customers.

    Raises
    ------
    BadInput
        When the source is not a scored file, or has none of a segment or column that is chosen.
    OSError
        If a file cannot be read or written.
    """
    form = form_of(target)
    with opened_scored(source, limits=limits, scratch=scratch) as table:
        cutter = _Cutter(table, choice, moved.of(table, progress) if moved else None)
        with (
            replacing(target) as file,
            opened_list(
                file,
                form,
                table,
                cutter.header,
                plain=bool(choice.hashed_email),
                scratch=scratch,
                sheet_rows=sheet_rows,
            ) as written,
        ):
            for frame in table.frames():
                written.write(cutter.cut(frame))
                if progress:
                    progress(cutter.of)
            # What only the whole file can show. Still inside `replacing`: a refusal here leaves no list behind.
            return cutter.report()


@dataclass
class _Cutter:
    """Chooses the rows of one file's blocks, and counts them."""

    table: ScoredTable
    choice: ListChoice
    before: Callable[[pl.DataFrame], pl.Series] | None = None
    of: int = 0
    rows: int = 0
    without_email: int = 0
    names: dict[str, bool] = field(default_factory=dict)
    listed: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        wanted = self.choice.columns
        self._wanted = {_key(name): name for name in self.choice.segments}
        self._email = self._place(self.choice.hashed_email) if self.choice.hashed_email else None
        everything = () if self._email is not None else range(self.table.layout.width)
        self._places = [self._place(name) for name in wanted] if wanted else list(everything)
        if self._email in self._places:
            raise BadInput(
                f"The addresses in {quote(self.choice.hashed_email)} are hashed, so the list can't hold that column "
                "as it is. Leave it out of the columns."
            )

    @property
    def header(self) -> tuple[str, ...]:
        """The list's headings, as they stand in the scored file."""
        hashes = () if self._email is None else (EMAIL,)
        before = (_free(_BEFORE, self.table.header),) if self._tells_before else ()
        return (*hashes, *(self.table.layout.header[place] for place in self._places), *before)

    @property
    def _tells_before(self) -> bool:
        """Whether the list has the column of the segments before: ad platforms take no such column."""
        return self.before is not None and self._email is None

    def cut(self, frame: pl.DataFrame) -> Sequence[pl.Series]:
        """Return the list's columns of the rows that are chosen."""
        first = self.table.first
        segments = self.table.segments(frame)
        self._learn(segments)
        self.of += frame.height
        chosen = frame.with_columns(segments.alias("segment")).filter(self._chosen(segments))
        if self.before is not None:
            chosen = chosen.with_columns(self.before(chosen).alias("before")).drop_nulls("before")
            chosen = chosen.filter(chosen["segment"] != "")
        chosen = chosen.filter(self._sure(chosen[f"c{first + 1}"], chosen[f"c{first + 2}"]))
        columns: list[pl.Series] = []
        if self._email is not None:
            hashes = hashed_emails(self.table.plain_cells(chosen[f"c{self._email}"]))
            self.without_email += hashes.null_count()
            chosen, columns = chosen.filter(hashes.is_not_null()), [hashes.drop_nulls()]
            self._check_addresses(chosen)
        self.rows += chosen.height
        self.listed.update(dict(chosen["segment"].value_counts().iter_rows()))
        before = [chosen["before"]] if self._tells_before else []
        return [*columns, *(chosen[f"c{place}"] for place in self._places), *before]

    def report(self) -> ListReport:
        """Say what the list holds, after the last block.

        Raises
        ------
        BadInput
            When a segment is chosen that no row of the file is in.
        """
        there = {_key(name) for name in self.names}
        if absent := [name for key, name in self._wanted.items() if key not in there]:
            raise BadInput(_no_such_segment(absent[0], [name for name in self.names if name]))
        return ListReport(
            rows=self.rows,
            of=self.of,
            segments={shown(name): self.listed[name] for name, chosen in self.names.items() if chosen and name},
            unsegmented=self.listed[""],
            without_email=self.without_email,
            columns=tuple(shown(self.table.plain(name)) for name in self.header),
        )

    def _check_addresses(self, chosen: pl.DataFrame) -> None:
        """Refuse a column beside the hashes that would give the addresses away."""
        for place in self._places:
            if holds_addresses(self.table.plain_cells(chosen[f"c{place}"])):
                heading = shown(quote(self.table.header[place]))
                raise BadInput(
                    f"The column {heading} holds e-mail addresses, which a list of hashes never does. Leave it out of "
                    "the columns."
                )

    def _learn(self, segments: pl.Series) -> None:
        """Note the names that are new, and whether they are chosen."""
        for name in segments.unique(maintain_order=True):
            if name not in self.names:
                self.names[name] = _key(name) in self._wanted if name else self.choice.unsegmented

    def _chosen(self, segments: pl.Series) -> pl.Series:
        return segments.is_in([name for name, chosen in self.names.items() if chosen])

    def _sure(self, confidences: pl.Series, notes: pl.Series) -> pl.Series:
        """Tell which rows are sure enough, and borderline or not as wanted."""
        sure = pl.repeat(value=True, n=len(notes), dtype=pl.Boolean, eager=True)
        if self.choice.min_confidence:
            sure &= (_numbers(confidences) >= self.choice.min_confidence).fill_null(value=False)
        if self.choice.borderline is not None:
            sure &= notes.str.starts_with(_BORDERLINE).fill_null(value=False) == self.choice.borderline
        return sure

    def _place(self, wanted: str) -> int:
        """Return where the column of that heading is."""
        headings = self.table.header
        for place, name in enumerate(headings):
            if _key(name) == _key(wanted):
                return place
        raise BadInput(f"The file has no column {quote(wanted)}. Its columns are {_listed(headings)}.")


def _numbers(confidences: pl.Series) -> pl.Series:
    """Read confidences as segbot writes them, and as a spreadsheet does that shows them in percent; null if empty.

    Raises
    ------
    BadInput
        When a cell holds something else.
    """
    texts = confidences.fill_null("").str.replace_all(r"\s", "")
    numbers = texts.str.strip_suffix("%").str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    if (numbers.is_null() & (texts != "")).any():
        # The cell is not quoted: it could hold somebody's data.
        raise BadInput(
            "The column confidence holds cells that are no confidences. The file was changed since it was scored; "
            "score it again, then cut the list."
        )
    return numbers.zip_with(~texts.str.ends_with("%"), numbers / 100)


def _free(name: str, taken: Sequence[str]) -> str:
    """Return a heading that no column has: with a number at the end if one is called so already."""
    known, free, number = {_key(heading) for heading in taken}, name, 2
    while free in known:
        free, number = f"{name}_{number}", number + 1
    return free


def _key(name: str) -> str:
    return fold_text(trim(name))


def _no_such_segment(wanted: str, known: Sequence[str]) -> str:
    if not known:
        return "No row of this file has a segment, so there is nobody to list."
    return f"No row of this file is in the segment {quote(wanted)}. Its segments are {_listed(known)}."


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(shown(quote(name)) for name in names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
