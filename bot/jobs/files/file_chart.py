"""The chart of a file's summary as a picture, for workspaces that do not know the chart block yet."""

from __future__ import annotations

from segmentation.scoring.report import ScoreReport


def distribution_picture(report: ScoreReport, *, synthetic: bool) -> bytes:
    """Draw how many customers each segment has, as PNG."""
    from segmentation.charts.distribution import distribution_chart  # noqa: PLC0415 - matplotlib is loaded only where it is needed
    from segmentation.palette import NOT_SCORED  # noqa: PLC0415 - matplotlib is loaded only where it is needed

    counts = {**report.segments, **({NOT_SCORED: report.rejected} if report.rejected else {})}
    return distribution_chart(counts, tuple(report.segments), synthetic=synthetic)
