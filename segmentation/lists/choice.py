"""What somebody wants in a list, and what came of it: names and counts, nobody's values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from segmentation.errors import BadInput


@dataclass(frozen=True, slots=True)
class ListChoice:
    """Which rows and columns of a scored file to list.

    Parameters
    ----------
    segments
        Names of segments, in any case.
    unsegmented
        Whether the rows without a segment are listed, too.
    min_confidence
        The least confidence, from 0 to 1. A row without a segment has none, and so is left out if this is above 0.
    borderline
        True for borderline customers only, False for the others only, None for both. A row without a segment is not
        borderline.
    columns
        Headings of the columns to keep, in this order; empty for all, and with `hashed_email` for none but the hashes.
    hashed_email
        The heading of the column whose e-mail addresses are written as hashes; empty for no hashes.

    Raises
    ------
    BadInput
        When nothing is chosen, or the confidence is not from 0 to 1.
    """

    segments: tuple[str, ...] = ()
    unsegmented: bool = False
    min_confidence: float = 0.0
    borderline: bool | None = None
    columns: tuple[str, ...] = ()
    hashed_email: str = ""

    def __post_init__(self) -> None:
        if not self.segments and not self.unsegmented:
            raise BadInput("Choose at least one segment, or the rows without one.")
        if not 0 <= self.min_confidence <= 1:
            raise BadInput("The least confidence is a number from 0 to 1, such as 0.8.")


@dataclass(frozen=True, slots=True)
class ListReport:
    """What became of a list.

    Parameters
    ----------
    rows
        Rows in the list.
    of
        Rows in the scored file.
    segments
        The list's rows in each chosen segment, by its name in the file.
    unsegmented
        The list's rows without a segment.
    without_email
        Rows that were chosen but left out, because the column of addresses holds no e-mail address in them; 0 unless
        addresses are hashed.
    columns
        The list's headings.
    """

    rows: int
    of: int
    segments: Mapping[str, int]
    unsegmented: int
    without_email: int
    columns: tuple[str, ...]

    def to_data(self) -> dict[str, Any]:
        """Return the command line's JSON object."""
        return asdict(self)
