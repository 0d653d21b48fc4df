"""What a person should read about the rows of a training before trusting its model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segmentation.training.reports.cleaning import MOST_GROSS_ERRORS
from segmentation.writing.figures import percent

if TYPE_CHECKING:
    from segmentation.schema import Feature, Schema
    from segmentation.training.reports.cleaning import CleaningReport, Outliers
    from segmentation.training.reports.training import Structure

FEW_ROWS: Final = 50
# What to do about customers in no groups.
BETTER_FEATURES: Final = "train on features that tell customers apart better, or add data"


def left_out_money(report: CleaningReport, schema: Schema) -> str:
    """Say which share of each money feature the rows beyond the fences hold: "72.5% of money spent"; empty if none."""
    shares = ((feature, report.outlier_money.get(feature.name)) for feature in schema.features)
    return ", ".join(f"{percent(share)} of {feature.label_in_text}" for feature, share in shares if share is not None)


def log_advice(feature: Feature, on_log: Structure | None = None) -> str:
    """Say what to do about a feature whose largest values are no mistakes; `on_log` as `structure_on_log`."""
    known = (
        f"A logarithm would even {feature.label_in_text} out, so these are hardly mistakes but your largest customers"
    )
    if on_log is not None and not on_log.grouped:
        return f"{known}. There would be no groups on a log scale either: {BETTER_FEATURES}."
    return f'{known}: give {feature.name} scale = "log" in the schema and train again.'


def log_suited(report: CleaningReport) -> tuple[str, ...]:
    """Return the names of the features that a log scale would suit."""
    return tuple(outliers.feature for outliers in report.outliers if outliers.log_suits)


def may_be_mistakes(outliers: Outliers, report: CleaningReport) -> bool:
    """Say whether the rows beyond a feature's fence are few enough for gross errors, whether or not they were kept."""
    return outliers.count <= MOST_GROSS_ERRORS * (report.used + report.outlier_rows)


def cleaning_warnings(report: CleaningReport, schema: Schema, on_log: Structure | None = None) -> tuple[str, ...]:
    """Return what a person should read about the rows before trusting the model; `on_log` as `structure_on_log`."""
    found = []
    if report.used < FEW_ROWS:
        found.append(
            f"Only {report.used} rows could be used. With fewer than {FEW_ROWS}, segments follow chance more than "
            "customers: expect them to change with the next data."
        )
    for outliers in report.outliers:
        if outliers.left_out:
            what = "left out of the fit."
        elif outliers.log_suits:
            what = "too many to be mistakes, so they were kept, and the fit counts each as if at that limit."
        elif may_be_mistakes(outliers, report):
            what = "too many to leave out unasked, so they were kept; check that they are in the same unit as the rest."
        else:
            what = "too many to be mistakes, so they were kept; the feature is heavy-tailed."
        rows = "1 row has" if outliers.count == 1 else f"{outliers.count} rows have"
        feature = schema.features[schema.names.index(outliers.feature)]
        fence = outliers.fence.describe(feature.minimum, feature.maximum)
        advice = f" {log_advice(feature, on_log)}" if outliers.log_suits else ""
        found.append(f"{rows} {feature.label_in_text} far outside the rest ({fence}): {what}{advice}")
    if money := left_out_money(report, schema):
        alone = report.outlier_rows == 1
        rows, hold = ("row", "holds") if alone else (f"{report.outlier_rows:,} rows", "hold")
        found.append(f"The {rows} left out as far outside the rest {hold} {money}.")
    found += [
        f"No customer has a value for {feature.name}, so the profile is without it."
        for feature in schema.features
        if report.imputed.get(feature.name) == report.used
    ]
    return tuple(found)
