"""How much of the data a candidate was trained on, and whether one cause left out the rest.

Rows that are left out are seldom left out by chance: a currency sign, or a column some branch does not fill in, takes
away one kind of customer, and nothing that is measured on the others can show it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segmentation.numbers.values import Reason
from segmentation.reading.problems import NOT_CUSTOMERS, RowReason
from segmentation.writing.figures import percent
from segmentation.writing.plain import format_number

if TYPE_CHECKING:
    from segmentation.evaluation.thresholds import Thresholds
    from segmentation.reading.problems import Problem
    from segmentation.schema import Schema
    from segmentation.training.reports.cleaning import CleaningReport

# One cause stands out when it left out most of the rows that were, and these are more than a few in a hundred.
MOST: Final = 0.5
A_FEW: Final = 0.03
# Reasons whose rows hold no customer: leaving them out loses nobody.
_NOBODY: Final = NOT_CUSTOMERS | {RowReason.REPEATED_HEADER}
_REASONS: Final[dict[str, str]] = {Reason.MISSING: "a value is missing", Reason.OUT_OF_RANGE: "a value is out of range"}


@dataclass(frozen=True, slots=True)
class Usage:
    """How many customers' rows there were, how many were used, and what left out most of the others.

    Parameters
    ----------
    rows, used
        Rows that could be customers, which totals and repeated headers are not; those the candidate was trained on.
    cause
        The commonest cause, in a sentence without a full stop, and how many rows it left out; None if it left out no
        more than half of the rows that were.
    """

    rows: int
    used: int
    cause: tuple[str, int] | None

    @property
    def left_out(self) -> int:
        """How many rows were left out."""
        return self.rows - self.used

    @property
    def share(self) -> float:
        """The share of the rows that was used, 0 to 1."""
        return self.used / self.rows

    def objection(self, thresholds: Thresholds) -> str:
        """Say that too little was used for the candidate to be safe; empty if it was enough."""
        if self.share >= thresholds.used:
            return ""
        needed = f"{format_number(100 * thresholds.used, 3)}%"
        return (
            f"Only {self.used:,} of {self.rows:,} rows ({percent(self.share)}) could be used, and at least {needed} "
            f"must be.{self._cause()} Correct the rows that were left out and train again."
        )

    def caution(self, thresholds: Thresholds) -> str:
        """Warn of rows left out, if they are many or have one cause; empty if there is nothing to warn of."""
        concentrated = self.cause is not None and self.left_out > A_FEW * self.rows
        if self.share < thresholds.used or not (concentrated or self.share < thresholds.warn_used):
            return ""
        share, verb = percent(self.left_out / self.rows), "was" if self.left_out == 1 else "were"
        return (
            f"{self.left_out:,} of {self.rows:,} rows ({share}) {verb} left out.{self._cause()} "
            "If these are customers of one kind, the segments don't know them: correct the rows and train again."
        )

    def _cause(self) -> str:
        if self.cause is None:
            return ""
        sentence, rows = self.cause
        if rows == self.left_out:
            return f" {'Its cause' if rows == 1 else f'All {rows:,} left out have one cause'}: {sentence}."
        return f" {rows:,} of the {self.left_out:,} left out have one cause: {sentence}."


def usage_of(cleaning: CleaningReport, problems: Sequence[Problem], schema: Schema) -> Usage:
    """Work out how much was used.

    Parameters
    ----------
    cleaning
        What became of every row.
    problems
        What is wrong with rows of a file, by reason and column; without, as for a table, causes are told by reason.
    """
    others = sum(count for reason, count in cleaning.rejected.items() if reason in _NOBODY)
    rows = cleaning.rows - others
    left_out = rows - cleaning.used
    sentence, most = max(_causes(cleaning, problems, schema), key=lambda cause: cause[1], default=("", 0))
    # A row with several problems counts for each of them, so a cause may have more rows than were left out.
    return Usage(rows, cleaning.used, (sentence, min(most, left_out)) if most > MOST * left_out else None)


def _causes(cleaning: CleaningReport, problems: Sequence[Problem], schema: Schema) -> Iterator[tuple[str, int]]:
    if problems:
        yield from ((one.sentence, one.rows) for one in problems if one.reason not in _NOBODY)
    else:
        for reason, rows in cleaning.rejected.items():
            if reason not in _NOBODY:
                yield _REASONS.get(reason, reason.replace("_", " ")), rows
    labels = {feature.name: feature.label for feature in schema.features}
    for outliers in cleaning.outliers:
        if outliers.left_out:
            yield f"{labels[outliers.feature]} is far outside the rest", outliers.count
