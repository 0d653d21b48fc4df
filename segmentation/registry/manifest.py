"""What a stored version says about itself: who trained it on what, how that went, and how it compares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from segmentation.evaluation.comparison import Comparison
from segmentation.reading.problems import Problem
from segmentation.training.reports.training import TrainingReport

T = TypeVar("T")


class UnknownForm(ValueError):
    """A part of a manifest has a form that this version of segbot cannot read; its message names the part."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version says about itself, once its signature has been checked.

    Parameters
    ----------
    version, created_at, created_by, source, note
        The id; ISO 8601 UTC; who trained it; what from, in words; a note for the log.
    contract
        Fingerprint of the schema the model was trained with.
    libraries
        Versions of the libraries the pipelines were pickled with.
    files
        SHA-256 of each other file.
    golden
        Rows of (values, segment, confidence) the model must still answer.
    report
        What its training saw, chose and measured.
    run
        Id of the job that trained it, or of the form that renamed its segments; empty from the terminal.
    notes
        What was assumed while reading the file, in sentences.
    problems
        Of the file's rows, the commonest first.
    objections
        What the gate says against it; empty when it is safe.
    comparison
        With the version then in service.
    parent, renamed_by, renamed_at
        Of a version made by renaming segments: the version that had the names before, who renamed them, and when
        (ISO 8601 UTC); all else is the parent's. Empty for a version that was trained.

    Notes
    -----
    The last eight have defaults: versions saved before they were kept stay readable.
    """

    version: str
    created_at: str
    created_by: str
    source: str
    note: str
    contract: str
    libraries: dict[str, str]
    files: dict[str, str]
    golden: list[list[Any]]
    report: TrainingReport
    run: str = ""
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    objections: list[str] = field(default_factory=list)
    comparison: Comparison | None = None
    parent: str = ""
    renamed_by: str = ""
    renamed_at: str = ""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Manifest:
        """Rebuild a manifest from its stored form, without format and signature.

        Raises
        ------
        UnknownForm
            When the data do not have that form.
        """
        report = _known("a report", lambda: TrainingReport.from_data(data["report"]))
        problems = _known("problems", lambda: [_problem(item) for item in data.get("problems", ())])
        stored = data.get("comparison")
        comparison = _known("a comparison", lambda: None if stored is None else Comparison.from_data(stored))
        typed = {"report": report, "problems": problems, "comparison": comparison}
        return _known("fields", lambda: cls(**{**data, **typed}))


def _problem(data: Mapping[str, Any]) -> Problem:
    return Problem(**{**data, "lines": tuple(data["lines"])})


def _known(part: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnknownForm(part) from error
