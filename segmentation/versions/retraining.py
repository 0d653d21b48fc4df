"""A CSV file, or a warehouse's table → a candidate version: what `segbot train` and a retrain job both do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Required, TypedDict, TypeVar, Unpack

from segmentation.errors import BadTrainingData, BrokenArtifact, NoDatabase, NoModel, OtherColumns
from segmentation.evaluation.comparison import Comparison, Side
from segmentation.evaluation.gate import cautions, objections
from segmentation.evaluation.thresholds import DEFAULT_THRESHOLDS, Thresholds
from segmentation.model import SegmentModel
from segmentation.orders.score import after_making
from segmentation.reading.table import DEFAULT_LIMITS, NOTHING_DECIDED, Limits
from segmentation.registry.states import KEEP_VERSIONS
from segmentation.training.bounds import SMALLEST_K
from segmentation.training.points.dataset import gather_file
from segmentation.training.samples.mall import is_sample
from segmentation.training.train import Trained, train_clean
from segmentation.versions.known_schemas import schema_instead
from segmentation.versions.version_comparison import compare_with_current

if TYPE_CHECKING:
    from pathlib import Path

    from segmentation.reading.problems import Problem
    from segmentation.reading.questions import Answers
    from segmentation.registry.registry import Registry
    from segmentation.schema import Schema
    from segmentation.training.points.cleaning import CleanData
    from segmentation.training.reports.training import TrainingReport
    from segmentation.warehouse.address import Address

T = TypeVar("T")
PAUSE_SECONDS: Final = 2.0


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
    objections
        What the gate says against it; empty when it is safe.
    comparison
        With the version in service when it was trained.
    problems
        Why rows of a file were left out, the commonest reason first.
    """

    version: str
    model: SegmentModel
    report: TrainingReport
    notes: tuple[str, ...]
    objections: tuple[str, ...]
    comparison: Comparison
    problems: tuple[Problem, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to beware of, without what the objections say already."""
        # The first sentence states the finding; only the advice after it differs.
        said = {objection.partition(". ")[0] for objection in self.objections}
        return tuple(warning for warning in self.report.warnings if warning.partition(". ")[0] not in said)

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
            "outlier_rows": self.report.cleaning.outlier_rows,
            "outlier_money": self.report.cleaning.outlier_money,
            "metrics": self.report.metrics(),
            "choice": asdict(self.report.choice),
            "segments": [
                {
                    "name": segment.name,
                    "customers": segment.customers,
                    "share": segment.share,
                    "centre": dict(zip(self.model.schema.names, segment.mean, strict=True)),
                    "shares": {
                        feature.name: dict(zip(feature.codes, segment.shares_of(i), strict=False))
                        for i, feature in enumerate(self.model.schema.features)
                        if feature.is_category
                    },
                }
                for segment in self.model.segments
            ],
            "matched": self.report.matched,
            "new": self.report.new,
            "gone": self.report.gone,
            "warnings": (*self.report.cautions, *self.report.warnings),
            "notes": self.notes,
            "problems": [asdict(problem) for problem in self.problems],
            "verdict": self.comparison.verdict.value,
            "reasons": self.comparison.reasons,
            "objections": self.objections,
            "comparison": self.comparison.to_data(),
        }


class TrainingOptions(TypedDict, total=False):
    """The options of a training, each passed by name.

    Parameters
    ----------
    k
        Number of segments; without, elbow and silhouette decide.
    seed
        Fixes everything random; 0 without.
    actor, note
        For the audit log.
    progress
        Called with the name of each step as it begins.
    thresholds
        What the candidate must reach to be safe.
    keep
        How many versions to keep; older ones are removed, see `Registry.prune`.
    run
        Id of the job, which saves one version even if it is started again.
    origin
        Where the customers came from, in words.
    patience
        For how many seconds to wait for a shared database that is away when the training is done; 0 without.
    pause
        Seconds between two tries to reach it.
    """

    k: int | None
    seed: int
    actor: Required[str]
    note: str
    progress: Callable[[str], None] | None
    thresholds: Thresholds
    keep: int
    run: str
    origin: str
    patience: float
    pause: float


def train_file(
    source: Path,
    registry: Registry,
    schema: Schema,
    *,
    limits: Limits = DEFAULT_LIMITS,
    answers: Answers = NOTHING_DECIDED,
    or_schema_in_service: bool = False,
    said: tuple[str, ...] = (),
    **options: Unpack[TrainingOptions],
) -> Run:
    """Read a file, train on it with the names of the version in service, compare the two, and save a candidate.

    Parameters
    ----------
    answers
        What a person has decided if the file can be read in several ways.
    or_schema_in_service
        Whether a file that lacks the schema's columns may be read with the schema of the version in service, or of
        customers that segbot made of orders if it lists such.
    said
        What was assumed while the file was made, as sentences; the notes begin with them.

    Raises
    ------
    Question
        When it can, and `answers` does not say which.
    OtherColumns
        When the file lacks the columns.
    BadInput
        When the file or its rows cannot be used.
    """
    gather = partial(gather_file, source, limits=limits, progress=options.get("progress"))
    try:
        rows = gather(schema, answers=answers)
    except OtherColumns as refusal:
        known = None
        if or_schema_in_service:
            known = schema_instead(source, registry, schema, limits=limits, answers=answers)
        if known is None:
            raise refusal from None
        schema, said = known.schema, (*said, *known.notes)
        rows = gather(schema, answers=replace(answers, factors={**known.factors, **answers.factors}))
    return _train(
        _Customers(rows.data, rows.rows, "file", after_making(said, rows.notes), rows.problems),
        registry,
        schema,
        **options,
    )


def train_table(source: Address, registry: Registry, schema: Schema, **options: Unpack[TrainingOptions]) -> Run:
    """Let a warehouse count a table's customers, and train on them as `train_file` does on a file's.

    Without an `origin` it is the table's address, which is shown without user and password.

    Raises
    ------
    BadInput
        When the address, the table or its rows cannot be used.
    NotReady
        When the warehouse cannot be reached.
    SegbotError
        When it refuses something.
    """
    from segmentation.warehouse.connections import open_warehouse  # noqa: PLC0415 - only where there is a warehouse
    from segmentation.warehouse.counts import training_counts  # noqa: PLC0415 - loads Ibis

    progress = options.get("progress")
    if progress is not None:
        progress("Connecting")
    with open_warehouse(source) as warehouse:
        found = training_counts(warehouse.table(source.table), schema, progress)
    rows = found.data.report.rows
    return _train(_Customers(found.data, rows, f"table {source.shown}", found.notes), registry, schema, **options)


@dataclass(frozen=True)
class _Customers:
    """Clean customers, how many rows they were, where from in words, what was assumed, and why rows were left out."""

    data: CleanData
    rows: int
    origin: str
    notes: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


def _train(  # noqa: PLR0913 - the options, each by name
    customers: _Customers,
    registry: Registry,
    schema: Schema,
    *,
    actor: str,
    k: int | None = None,
    seed: int = 0,
    note: str = "",
    progress: Callable[[str], None] | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    keep: int = KEEP_VERSIONS,
    run: str = "",
    origin: str = "",
    patience: float = 0.0,
    pause: float = PAUSE_SECONDS,
) -> Run:
    """Train, compare with the version in service, and save a candidate."""
    say = progress or (lambda _step: None)
    # Asked before the training: if another version is promoted meanwhile, promoting this one is a conflict.
    current = _current(registry)
    trained = train_clean(
        customers.data,
        schema,
        k=k,
        seed=seed,
        previous=_in_service(registry),
        synthetic=is_sample(customers.data.points, customers.data.weights),
        progress=progress,
    )
    _check_enough(trained, thresholds)
    faults = objections(trained.model, trained.report, thresholds, customers.problems)
    warned = cautions(trained.model, trained.report, thresholds, customers.problems)
    trained = replace(trained, report=replace(trained.report, cautions=warned))

    def keep_it() -> Run:
        say("Comparing")
        comparison = compare_with_current(registry, Side.of_training(trained), current, faults, customers.data)
        say("Saving")
        version = registry.save(
            trained,
            actor=actor,
            source=f"{origin or customers.origin}, {customers.rows:,} rows",
            note=note,
            run=run,
            notes=customers.notes,
            problems=customers.problems,
            objections=faults,
            comparison=comparison,
        )
        # After saving, so that a training that fails removes nothing.
        registry.prune(keep)
        return Run(version, trained.model, trained.report, customers.notes, faults, comparison, customers.problems)

    # Comparing reads the database too, so both are tried again; `run` keeps that from saving two versions.
    return _patiently(keep_it, patience, pause)


def _patiently(act: Callable[[], T], seconds: float, pause: float) -> T:
    """Call `act`; while the shared database is away, call it again for up to `seconds`."""
    # Monotonic, since the wall clock may be set while this waits.
    ends = time.monotonic() + seconds
    while True:
        try:
            return act()
        except NoDatabase:
            if time.monotonic() >= ends:
                raise
        time.sleep(pause)


def _check_enough(trained: Trained, thresholds: Thresholds) -> None:
    """Refuse so few rows that no two segments of the size the gate asks for could be made of them.

    A handful of rows is a mistake, such as the wrong file; a candidate nobody could promote would only hide that.
    """
    used, needed = trained.report.cleaning.used, SMALLEST_K * thresholds.customers
    if used < needed:
        raise BadTrainingData(
            f"Only {used} {'row' if used == 1 else 'rows'} could be used, and segments need at least {needed}: "
            "check that this is the right file, or add rows."
        )


def _current(registry: Registry) -> str | None:
    """Return the version a promotion will be decided against; none when the pointer is broken too."""
    try:
        return registry.current()
    except BrokenArtifact:
        return None


def _in_service(registry: Registry) -> SegmentModel | None:
    """Return the model whose names to keep; none when there is none, or none that can be trusted."""
    try:
        model = registry.load_serving().model
    except (NoModel, BrokenArtifact):
        return None
    # Names of generated customers say nothing about real ones.
    return None if model.synthetic else model
