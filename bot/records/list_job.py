"""A list job's subject and its outcome: plain data that the job engine stores between steps. No customer is in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from bot.records.file_job import RESULT_MARK
from segmentation.lists.choice import ListChoice

_LIST_MARK: Final = ".list"


@dataclass(frozen=True, slots=True)
class ListJob:
    """Which list to cut out of which scored file, for whom.

    Parameters
    ----------
    team, user
        Who asked, as the signed envelope says.
    key
        Identifies the request: the same form submitted twice is the same job.
    file
        The id of the scored file in Slack.
    segments, unsegmented, min_confidence, borderline, columns, hashed_email
        As in `ListChoice`.
    xlsx
        Whether the list is a workbook; else it is a CSV.
    since
        The id of an earlier file's snapshot, for the customers alone that moved since; empty for all customers.
    """

    team: str
    user: str
    key: str
    file: str
    segments: tuple[str, ...] = ()
    unsegmented: bool = False
    min_confidence: float = 0.0
    borderline: bool | None = None
    columns: tuple[str, ...] = ()
    hashed_email: str = ""
    xlsx: bool = False
    since: str = ""

    def __post_init__(self) -> None:
        # Both are stored as lists.
        object.__setattr__(self, "segments", tuple(self.segments))
        object.__setattr__(self, "columns", tuple(self.columns))

    @property
    def id(self) -> str:
        """The job's id."""
        return f"list:{self.team}:{self.key}"

    @property
    def choice(self) -> ListChoice:
        """What is to be listed.

        Raises
        ------
        BadInput
            When nothing is chosen.
        """
        return ListChoice(
            segments=self.segments,
            unsegmented=self.unsegmented,
            min_confidence=self.min_confidence,
            borderline=self.borderline,
            columns=self.columns,
            hashed_email=self.hashed_email,
        )

    @property
    def suffix(self) -> str:
        """How the list's file name ends."""
        return ".xlsx" if self.xlsx else ".csv"


@dataclass(frozen=True, slots=True)
class ListOutcome:
    """How the job ended: counts and names of segments, nobody's values.

    Parameters
    ----------
    name
        What the scored file is called.
    rows, of, segments, unsegmented, without_email
        As in `ListReport`.
    failure
        The sentence to show; empty on success.
    retry
        Whether asking again may help.
    """

    name: str = ""
    rows: int = 0
    of: int = 0
    segments: dict[str, int] = field(default_factory=dict)
    unsegmented: int = 0
    without_email: int = 0
    failure: str = ""
    retry: bool = False


def list_name(result: str, suffix: str) -> str:
    """Return a list's file name, made from the scored file's, which segbot itself made.

    >>> list_name("May.segments.csv.gz", ".xlsx")
    'May.list.xlsx'
    """
    stem = PurePosixPath(result).name.split(RESULT_MARK)[0]
    safe = "".join(character if character.isalnum() or character in "-_ ." else "_" for character in stem)
    return f"{safe.strip(' ._-') or 'customers'}{_LIST_MARK}{suffix}"
