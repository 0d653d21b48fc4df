"""What became of a scored file: counts, averages and sentences, nobody's values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any

from segmentation.reading.problems import Problem


@dataclass(frozen=True)
class ScoreReport:
    """What became of a file.

    Parameters
    ----------
    rows, scored, rejected
        Number of customers' rows: rows = scored + rejected.
    segments
        Customers in each of the model's segments, by name, in the model's order; 0 for an empty one.
    profiles
        Average of each feature over a segment's customers, by segment and feature name, in the feature's unit;
        None if no customer of the segment has the feature, and for categories.
    problems
        All kinds of fault, the commonest first, with example lines.
    notes
        The mapping and what was assumed, as sentences.
    imputed
        How many rows lacked a profile feature and were scored nevertheless. (Nothing is imputed; the name is from
        when it was.)
    not_given
        How many of them had an empty cell, by feature, for the profile features that have a column.
    duplicate_ids
        How many rows repeat an earlier row's id; None if no column holds ids.
    model_version
        The version that scored; empty for a model that was never saved.
    seconds
        How long it took.
    suffix
        How the result's file name ends: ".csv", ".xlsx", ".csv.gz", ".zip".
    guarded_cells
        How many of the file's cells, its header's included, begin with an apostrophe in a text result, lest a
        spreadsheet run them as formulas.
    other_rows
        The file's rows that stand for no customer, by kind: totals, the lines below a report. They count neither in
        `rows` nor in `rejected`, and are in the result with a note.
    borderline
        How many scored customers are close calls; None in reports of versions that did not count them.
    columns
        The headings of the result, as they stand there.
    shares
        Of each category its share (0 to 1) among a segment's customers who have the feature, by segment, feature and
        category; without the features that are numbers.
    far
        How many rows have a value far outside what the model learned from: their segment is merely the nearest.
    """

    rows: int
    scored: int
    rejected: int
    segments: Mapping[str, int]
    profiles: Mapping[str, Mapping[str, float | None]]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    imputed: int
    duplicate_ids: int | None
    model_version: str
    seconds: float
    suffix: str = ".csv"
    guarded_cells: int = 0
    other_rows: tuple[Problem, ...] = ()
    not_given: Mapping[str, int] = field(default_factory=dict)
    borderline: int | None = None
    columns: tuple[str, ...] = ()
    shares: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    far: int = 0

    def to_data(self) -> dict[str, Any]:
        """Return the command line's JSON object, which is also what jobs store."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> ScoreReport:
        """Rebuild a report from `to_data`'s form, before or after it was JSON; keys of later versions are ignored.

        Raises
        ------
        KeyError, TypeError
            When the data do not have that form.
        """
        needed = [field for field in fields(cls) if field.default is field.default_factory is MISSING]
        known = {field.name: data[field.name] for field in fields(cls) if field.name in data or field in needed}
        listed = {name: _problems(known.get(name, ())) for name in ("problems", "other_rows")}
        texts = {name: tuple(known.get(name, ())) for name in ("notes", "columns")}
        return cls(**{**known, **listed, **texts})


def _problems(data: Iterable[Mapping[str, Any]]) -> tuple[Problem, ...]:
    return tuple(Problem(**{**problem, "lines": tuple(problem["lines"])}) for problem in data)
