"""How k was chosen: inertia and silhouette over k, as a PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from segmentation.charts.captions import elbow_finding
from segmentation.charts.sheet.ink import ACCENT, GREY, GROUND
from segmentation.charts.sheet.labels import Label
from segmentation.charts.sheet.png import png
from segmentation.charts.sheet.sheet import MARGIN, SYNTHETIC_NOTE, WIDTH, Sheet, count_of, ticks_between
from segmentation.charts.sheet.text import measure

_MAX_K_TICKS: Final = 15


class SweepLike(Protocol):
    """The measures of one number of clusters."""

    @property
    def k(self) -> int:
        """The number of clusters."""
        ...

    @property
    def inertia(self) -> float:
        """Sum of squared distances to the nearest centroid, in scaled space."""
        ...

    @property
    def silhouette(self) -> float | None:
        """Mean silhouette coefficient, -1 to 1; None if it is not defined."""
        ...


def elbow_chart(
    sweep: Sequence[SweepLike],
    chosen_k: int,
    elbow_k: int | None,
    silhouette_k: int | None,
    *,
    synthetic: bool = False,
) -> bytes:
    """Draw inertia and silhouette over k as a PNG, mark the chosen k, and say why in the title.

    Parameters
    ----------
    sweep
        One item for each k, at least one, in any order.
    chosen_k
        The number of segments the model has.
    elbow_k, silhouette_k
        The k that each criterion suggests; None if it suggests none.
    synthetic
        Whether the data are generated; the chart then says so.

    Raises
    ------
    ValueError
        When the sweep is empty.
    """
    return png(elbow_figure(sweep, chosen_k, elbow_k, silhouette_k, synthetic=synthetic))


def elbow_figure(
    sweep: Sequence[SweepLike],
    chosen_k: int,
    elbow_k: int | None,
    silhouette_k: int | None,
    *,
    synthetic: bool = False,
) -> Figure:
    """Build the figure of `elbow_chart`; same parameters and errors."""
    if not sweep:
        raise ValueError("the sweep is empty")
    ordered = sorted(sweep, key=lambda point: point.k)
    curves = [_Curve("Inertia (lower: tighter)", {p.k: p.inertia for p in ordered}, elbow_k, "elbow")]
    silhouette = {p.k: p.silhouette for p in ordered if p.silhouette is not None}
    if silhouette:
        curves.append(_Curve("Silhouette (higher: clearer)", silhouette, silhouette_k, "best"))

    heading, height, gap = 54, 246, 22
    notes = [_tried([point.k for point in ordered]), *([SYNTHETIC_NOTE] if synthetic else [])]
    title = elbow_finding(chosen_k, elbow_k, silhouette_k)
    sheet = Sheet(title, notes, (heading + height + gap) * len(curves) + 82)
    left = MARGIN + 16 + max(measure(text)[0] for curve in curves for _, text in curve.ticks)
    top = sheet.top
    for curve in curves:
        sheet.text(MARGIN, top + heading / 2, curve.title, weight="bold")
        axes = sheet.axes(left, top + heading, WIDTH - MARGIN, top + heading + height)
        axes.set_xlim(ordered[0].k - 0.4, ordered[-1].k + 0.4)
        axes.set_ylim(*curve.extent)
        sheet.label_y(axes, curve.ticks, grid=True)
        _draw_curve(sheet, axes, curve, chosen_k)
        top += heading + height + gap
    sheet.label_x(axes, _whole_ticks(ordered[0].k, ordered[-1].k), "Number of segments (k)")
    return sheet.figure


@dataclass(frozen=True, slots=True)
class _Curve:
    """One criterion over k: its values, the k it suggests, and a word for why."""

    title: str
    values: Mapping[int, float]
    best: int | None
    word: str

    @property
    def extent(self) -> tuple[float, float]:
        """The range of y, with room for labels above."""
        low, high = min(self.values.values()), max(self.values.values())
        room = (high - low or abs(high) or 1.0) * 0.18
        # Inertia is read against zero; silhouettes differ too little between ks for that.
        return (0.0 if self.word == "elbow" else low - room), high + room

    @property
    def ticks(self) -> list[tuple[float, str]]:
        return ticks_between(*self.extent, 4)


def _draw_curve(sheet: Sheet, axes: Axes, curve: _Curve, chosen_k: int) -> None:
    ks = list(curve.values)
    line = np.array([[k, curve.values[k]] for k in ks], dtype=np.float64)
    axes.plot(line[:, 0], line[:, 1], color=GREY, linewidth=1.8, marker="o", markersize=4.5, zorder=2)
    labels = []
    for k, colour in ((curve.best, GROUND), (chosen_k, ACCENT)):
        if k is None or k not in curve.values or (k == chosen_k and colour == GROUND):
            continue
        value = curve.values[k]
        if k == chosen_k:
            axes.axvline(k, color=ACCENT, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
        axes.plot(
            [k],
            [value],
            "o" if k == chosen_k else "D",
            markersize=11,
            color=colour,
            zorder=3,
            mec=ACCENT,
            mew=2,
        )
        words = (["chosen"] if k == chosen_k else []) + ([curve.word] if k == curve.best else [])
        x, y = sheet.pixels(axes, np.array([[k, value]]))[0]
        labels.append(Label(f"k = {k}: {', '.join(words)}", x, y, 19, "bold" if k == chosen_k else "normal"))
    # Labels avoid points, and should avoid the whole curve: so points are put on it every few pixels.
    dense = np.linspace(ks[0], ks[-1], 200)
    course = sheet.pixels(axes, np.column_stack([dense, np.interp(dense, line[:, 0], line[:, 1])]))
    sheet.place(axes, labels, course, 4.0)


def _tried(ks: Sequence[int]) -> str:
    if len(ks) == 1:
        return f"Only {count_of(ks[0], 'segment')} tried"
    return f"{ks[0]} to {ks[-1]} segments tried"


def _whole_ticks(low: int, high: int) -> list[tuple[float, str]]:
    step = -(-(high - low + 1) // _MAX_K_TICKS)
    return [(float(k), str(k)) for k in range(low, high + 1, step)]
