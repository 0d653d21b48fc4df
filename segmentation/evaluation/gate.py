"""The gate before service: what makes a candidate unsafe, each objection a sentence with the value and the way out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from segmentation.evaluation.other_k import clearer_k, smaller_k
from segmentation.evaluation.thresholds import DEFAULT_THRESHOLDS, Thresholds
from segmentation.evaluation.usage import usage_of
from segmentation.training.reports.cleaning import MOST_GROSS_ERRORS, MOST_OUTLIERS
from segmentation.training.reports.warnings import BETTER_FEATURES, log_advice, log_suited, may_be_mistakes
from segmentation.writing.figures import figure, percent
from segmentation.writing.plain import format_number

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.reading.problems import Problem
    from segmentation.training.reports.training import Structure, TrainingReport

# A segment is made of outliers when more than half of it is far out, and it holds no more than `MOST_GROSS_ERRORS` of
# all customers: a larger group is one.
OUTLIER_MAJORITY: Final = 0.5


def objections(
    model: SegmentModel,
    report: TrainingReport,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    problems: Sequence[Problem] = (),
) -> tuple[str, ...]:
    """Return what speaks against putting a model in service; nothing when it is safe.

    Unsafe are: too small a share of the rows used, which comes first; too few rows; a segment that is too small;
    customers in no groups, unless the schema lets them be cut into bands; segments that overlap (silhouette), that
    change with the sample (bootstrap stability), or that the decision tree does not follow (the lower fidelity, that to
    generated customers or that to held-out ones); and a segment made of outliers: one of at most a tenth of all
    customers, more than half of whom lie beyond Tukey's outer fence of a cluster feature (three interquartile ranges
    from the quartiles of all customers; J. W. Tukey, Exploratory Data Analysis, 1977). If more than a tenth of all
    customers lie beyond the fence, that is how the feature is distributed, and only a segment of at most a twentieth of
    all is made of outliers.

    Parameters
    ----------
    problems
        What is wrong with the rows of the file that were left out.
    """
    too_little = usage_of(report.cleaning, problems, model.schema).objection(thresholds)
    return (
        *([too_little] if too_little else []),
        *_too_few_rows(report, thresholds),
        *_too_small(model, report, thresholds),
        *([] if model.schema.bands else _no_groups(report)),
        *_too_vague(report, thresholds, bands=model.schema.bands),
        *_outlier_made(model, report),
    )


def cautions(
    model: SegmentModel,
    report: TrainingReport,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    problems: Sequence[Problem] = (),
) -> tuple[str, ...]:
    """Return what to say of a model before anything else, though it may be safe; parameters as for `objections`."""
    caution = usage_of(report.cleaning, problems, model.schema).caution(thresholds)
    return (*_bands(model, report), *([caution] if caution else []))


def _too_few_rows(report: TrainingReport, thresholds: Thresholds) -> Iterator[str]:
    used = report.cleaning.used
    if used < thresholds.rows:
        yield (
            f"Only {used:,} rows could be used. With fewer than {thresholds.rows:,}, segments follow chance more than "
            "customers: add rows and train again."
        )


def _too_small(model: SegmentModel, report: TrainingReport, thresholds: Thresholds) -> Iterator[str]:
    used = report.cleaning.used
    for segment in model.segments:
        few, small = segment.customers < thresholds.customers, segment.share < thresholds.share
        if few or small:
            needed = f"{thresholds.customers:,}" if few else f"{format_number(100 * thresholds.share, 3)}%"
            yield (
                f"{segment.name} holds only {segment.customers:,} of {used:,} customers; at least {needed} must be in "
                f"each segment. {smaller_k(report, thresholds, 'add data', bands=model.schema.bands)}"
            )


def _no_groups(report: TrainingReport) -> Iterator[str]:
    structure, on_log = report.structure, report.structure_on_log
    if structure is None or structure.grouped:
        return
    scaled, advice = "", f"Any segments would be arbitrary: {BETTER_FEATURES}."
    if on_log is not None and on_log.grouped:
        scaled, names = " on its present scale", " and ".join(log_suited(report.cleaning))
        advice = f'On a log scale there are: give {names} scale = "log" in the schema and train again.'
    yield f"There are no groups in this data{scaled}: {_compared(structure)}. {advice}"


def _bands(model: SegmentModel, report: TrainingReport) -> Iterator[str]:
    """Say that the segments of customers in no groups are bands, and how many customers a retrain moves."""
    structure = report.structure
    if structure is None or structure.grouped or not model.schema.bands:
        return
    move = ""
    if report.kept is not None:
        move = f": about {round(100 * (1 - report.kept))} of 100 change segment with the next retrain"
    yield (
        f"Customers are spread evenly, in no groups. I cut them into {len(model.segments)} bands, but the borders are "
        f"mine, not theirs{move}. ({_compared(structure, 'In')}.)"
    )


def _compared(structure: Structure, begin: str = "in") -> str:
    # Which k is compared must be said: another may have a silhouette that is a little better.
    return (
        f"{begin} {structure.k} segments the customers have a silhouette of {figure(structure.silhouette)}, and random "
        f"customers without groups reach {figure(structure.bar)}"
    )


def _too_vague(report: TrainingReport, thresholds: Thresholds, *, bands: bool) -> Iterator[str]:
    if report.silhouette is None:
        yield (
            "No silhouette is defined, because hardly two customers are alike enough to share a segment. "
            "Add rows, or train with a smaller k."
        )
    elif report.silhouette < thresholds.silhouette:
        yield (
            f"The segments overlap: the silhouette is {figure(report.silhouette)}, and at least "
            f"{format_number(thresholds.silhouette)} is needed. {clearer_k(report, thresholds, bands=bands)}"
        )
    if report.stability < thresholds.stability:
        yield (
            f"The segments change with the sample: the bootstrap stability is {figure(report.stability)}, and at least "
            f"{format_number(thresholds.stability)} is needed. "
            f"{smaller_k(report, thresholds, 'add data', bands=bands)}"
        )
    where, fidelity = "", report.fidelity
    if report.fidelity_held_out is not None and report.fidelity_held_out < fidelity:
        where, fidelity = " on customers it had not seen", report.fidelity_held_out
    if fidelity < thresholds.fidelity:
        yield (
            f"The decision tree doesn't follow the segments: its fidelity{where} is {figure(fidelity)}, and at least "
            f"{format_number(thresholds.fidelity)} is needed. "
            f"{smaller_k(report, thresholds, 'train on fewer cluster features', bands=bands)}"
        )


def _outlier_made(model: SegmentModel, report: TrainingReport) -> Iterator[str]:
    features = {feature.name: feature for feature in model.schema.features}
    log_suits = log_suited(report.cleaning)
    common = {beyond.feature for beyond in report.cleaning.outliers if not may_be_mistakes(beyond, report.cleaning)}
    for far in report.profile.far_out if report.profile else ():
        segment, feature = model.segment(far.segment), features[far.feature]
        if model.schema.bands and feature.name in log_suits:
            continue  # bands are drawn on the scale that the schema says, however long its tail is
        fence = far.fence.describe(feature.minimum, feature.maximum, feature.unit)
        # Cleaning said of values so common that they are not mistakes; a handful of rows may be, all the same.
        most = MOST_OUTLIERS if feature.name in common.difference(log_suits) else MOST_GROSS_ERRORS
        if far.share > OUTLIER_MAJORITY and segment.share <= most:
            made = "is set apart by one scale" if feature.name in log_suits else "is made of outliers"
            advice = "Check the units of these rows, correct or remove them, and train again."
            yield (
                f"{segment.name} {made}: of its {segment.customers:,} customers {percent(far.share)} have "
                f"{feature.label_in_text} far outside the rest ({fence}). "
                f"{log_advice(feature, report.structure_on_log) if feature.name in log_suits else advice}"
            )
