"""A CSV file → a candidate version in the registry: what `segbot train` and a retrain job both do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from segmentation.errors import BrokenArtifact, NoModel
from segmentation.model import SegmentModel
from segmentation.reader import read_training_rows
from segmentation.training import TrainingReport, train

if TYPE_CHECKING:
    from pathlib import Path

    from segmentation.registry import Registry
    from segmentation.schema import Schema


@dataclass(frozen=True)
class Run:
    """One training from file to candidate.

    Parameters
    ----------
    version
        The candidate's id.
    model, report
        The candidate and how it came about.
    notes
        What was assumed while reading the file, in sentences.
    """

    version: str
    model: SegmentModel
    report: TrainingReport
    notes: tuple[str, ...]

    def to_json(self, *, promoted: bool) -> dict[str, Any]:
        """Return the command line's JSON object."""
        return {
            "version": self.version,
            "promoted": promoted,
            "k": self.report.choice.k,
            "rows": self.report.cleaning.rows,
            "used": self.report.cleaning.used,
            "rejected": self.report.cleaning.rejected,
            "imputed": self.report.cleaning.imputed,
            "outliers": [asdict(outliers) for outliers in self.report.cleaning.outliers],
            "metrics": self.report.metrics(),
            "choice": asdict(self.report.choice),
            "segments": [
                {
                    "name": segment.name,
                    "customers": segment.customers,
                    "share": segment.share,
                    "centre": dict(zip(self.model.schema.names, segment.mean, strict=True)),
                }
                for segment in self.model.segments
            ],
            "matched": self.report.matched,
            "new": self.report.new,
            "gone": self.report.gone,
            "warnings": self.report.warnings,
            "notes": self.notes,
        }


def train_file(
    source: Path,
    registry: Registry,
    schema: Schema,
    *,
    k: int | None = None,
    seed: int = 0,
    actor: str,
    note: str = "",
    progress: Callable[[str], None] | None = None,
) -> Run:
    """Read a file, train on it with the names of the version in service, and save the result as a candidate.

    Parameters
    ----------
    actor, note
        For the audit log.
    progress
        Called with the name of each step as it begins.

    Raises
    ------
    BadInput
        When the file or its rows cannot be used.
    """
    if progress is not None:
        progress("Reading")
    rows = read_training_rows(source, schema)
    trained = train(
        rows.values,
        schema,
        k=k,
        seed=seed,
        previous=_in_service(registry),
        already_rejected=rows.rejected,
        progress=progress,
    )
    if progress is not None:
        progress("Saving")
    version = registry.save(trained, actor=actor, source=f"file, {rows.rows:,} rows", note=note)
    return Run(version, trained.model, trained.report, tuple(rows.notes))


def _in_service(registry: Registry) -> SegmentModel | None:
    """Return the model whose names to keep; none when there is none, or none that can be trusted."""
    try:
        model = registry.load_serving().model
    except (NoModel, BrokenArtifact):
        return None
    # Names of generated customers say nothing about real ones.
    return None if model.synthetic else model
