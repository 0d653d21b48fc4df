"""What the kernel writes behind the rows that it refuses, and how many there are of each kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from segmentation.numbers.value_sentences import missing
from segmentation.numbers.values import Reason
from segmentation.reading.faults import in_column
from segmentation.reading.problems import EXAMPLES, WHOLE_ROW, RowReason, width_sentence
from segmentation.scoring.kernel.library import REFUSING_SETS
from segmentation.scoring.piece import RefusedRows, RowProblem

if TYPE_CHECKING:
    from segmentation.scoring.rows import RowScorer

# So many of the features that decide have a bit each in the sets; a row that lacks another is left to the exact path.
MOST_DECIDING: Final = REFUSING_SETS.bit_length() - 1
# Digits of a line's number.
_LONGEST_NUMBER: Final = 20

_T = TypeVar("_T")


class Refusals:
    """The refused rows of one file.

    Parameters
    ----------
    deciding
        The features that have a bit in the sets, in the order of these, as indices in the model's schema.
    most_columns
        A row of more fields is left to the exact path.
    """

    def __init__(self, scorer: RowScorer, deciding: Sequence[int], most_columns: int) -> None:
        self._layout, self._most_columns = scorer.table.layout, most_columns
        features = [scorer.model.schema.features[i] for i in deciding]
        self._places = [scorer.table.rows.schema.names.index(feature.name) for feature in features]
        self._lacking = [
            f"{in_column(self._layout.header[self._layout.columns[place]])}{missing(feature)}"
            for place, feature in zip(self._places, features, strict=True)
        ]

    @property
    def kinds(self) -> int:
        """How many kinds there are: sets of features that lack, and numbers of fields."""
        return REFUSING_SETS + self._most_columns + 1

    def ends(self) -> tuple[list[str], list[str]]:
        """Return what is added to a row of each kind, before its line's number and behind it, quoted if needed."""
        delimiter, counted = self._layout.delimiter, self._layout.counted
        heads, tails = [], []
        for said in self._sentences():
            quote = '"' if not {'"', "\r", "\n", delimiter}.isdisjoint(f"{counted} , {said}") else ""
            escaped = said.replace('"', '""') if quote else said
            heads.append(f"{delimiter * 3}{quote}{counted} ")
            tails.append(f", {escaped}{quote}{self._layout.line_end}")
        return heads, tails

    def longest(self, heads: Sequence[bytes], tails: Sequence[bytes]) -> int:
        """Return the most bytes that are added to a row: within it, two quotes or the delimiters of what it lacks."""
        return max(map(len, heads)) + max(map(len, tails)) + _LONGEST_NUMBER + self._layout.width + 2

    def counted(self, rows: int, counts: Sequence[int], lines: Sequence[int]) -> RefusedRows:
        """Return refused rows by what is wrong with them.

        Parameters
        ----------
        rows
            How many there are.
        counts
            How many of each kind; those of the empty set are all of another width.
        lines
            For each set, the first few lines.
        """
        if not rows:
            return RefusedRows()
        named = [lines[at * EXAMPLES : at * EXAMPLES + min(counts[at], EXAMPLES)] for at in range(REFUSING_SETS)]
        problems = [RowProblem(WHOLE_ROW, RowReason.RAGGED, counts[0], named[0])]
        for lacking in range(1, REFUSING_SETS):
            for place in self._of(self._places, lacking):
                problems.append(RowProblem(place, Reason.MISSING, counts[lacking], named[lacking]))
        widths = {width: count for width, count in enumerate(counts[REFUSING_SETS:]) if count}
        return RefusedRows(rows, tuple(problem for problem in problems if problem.rows), widths)

    def _sentences(self) -> Iterator[str]:
        for lacking in range(REFUSING_SETS):
            yield "; ".join(self._of(self._lacking, lacking))
        for fields in range(self._most_columns + 1):
            yield width_sentence(fields, self._layout.width)

    @staticmethod
    def _of(each: Sequence[_T], lacking: int) -> Iterator[_T]:
        """Yield what belongs to the features of a set."""
        return (one for place, one in enumerate(each) if lacking >> place & 1)
