"""Labels beside their marks, arranged so that they cover neither each other nor what is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from segmentation.charts.sheet.text import Weight

Array = npt.NDArray[np.float64]
# Font sizes in points to try, largest first, until no two labels overlap.
LABEL_SIZES: Final = (12.5, 11.5, 10.5, 9.5, 8.5)
_PLACING_ROUNDS: Final = 8
_PUSHING_ROUNDS: Final = 400


@dataclass(frozen=True, slots=True)
class Label:
    """A text beside a mark, with the mark's position in pixels from the bottom left and its radius."""

    text: str
    x: float
    y: float
    radius: float
    weight: Weight = "normal"


def arrange(
    marks: Array, sizes: Array, box: Array, avoid: Array, dislike: float, others: Array | None = None
) -> tuple[Array, bool]:
    """Choose a position for each label: near its mark, inside the box, clear of other labels, marks and leader lines.

    Candidates lie on rings around each mark. Each label in turn takes its cheapest candidate, given where the others
    are, until none moves any more or the rounds are over: not the optimum, but fast and always the same.

    Parameters
    ----------
    marks
        x, y and radius of the marks, shape (n, 3), in pixels.
    sizes
        Width and height of the labels, shape (n, 2).
    box
        Left, bottom, right and top of the space, shape (4,).
    avoid, dislike, others
        As in `Sheet.place`.

    Returns
    -------
    tuple[Array, bool]
        The labels' centres, shape (n, 2), and whether no label overlaps another one or a mark.
    """
    candidates = np.stack([_candidates(mark, size, box) for mark, size in zip(marks, sizes, strict=True)])
    taken = marks if others is None else np.vstack([marks, others])
    mark_boxes = np.hstack([taken[:, :2] - taken[:, 2:], taken[:, :2] + taken[:, 2:]])
    own_costs = []
    for mark, rects in zip(marks, candidates, strict=True):
        distance = np.hypot(*(np.clip(mark[:2], rects[:, :2], rects[:, 2:]) - mark[:2]).T)
        covered = _contains(rects, avoid).sum(axis=1)
        crossed = _crossings(_leaders(mark, rects), mark_boxes).sum(axis=1)
        own_costs.append(0.06 * distance + dislike * covered + 3 * crossed + 10 * _overlaps(rects, mark_boxes))
    placed = candidates[np.arange(len(candidates)), _settled(marks, candidates, own_costs)]
    # Each label overlaps itself, too; less than a square pixel beyond that is rounding.
    itself = (sizes[:, 0] * sizes[:, 1]).sum()
    clear = _overlaps(placed, np.vstack([placed, mark_boxes])).sum() < itself + 1
    return (placed[:, :2] + placed[:, 2:]) / 2, bool(clear)


def pushed_apart(places: Array, radius: float, box: Array, fixed: int = 0) -> Array:
    """Move discs that overlap apart, as little as a few rounds need, and keep them inside the box.

    Parameters
    ----------
    places
        Middles in pixels, shape (n, 2).
    radius
        Of every disc.
    box
        Left, bottom, right and top of the space, shape (4,).
    fixed
        How many of them, the last, stay where they are.
    """
    # Discs in the very same place go apart in directions of their own, by their numbers.
    turn = np.arange(len(places)) * math.pi * (3 - math.sqrt(5))
    aside = 0.01 * np.column_stack([np.cos(turn), np.sin(turn)])
    moved = np.clip(places, box[:2] + radius, box[2:] - radius) + aside
    staying = slice(len(places) - fixed, None)
    moved[staying] = places[staying]
    for _ in range(_PUSHING_ROUNDS):
        delta = moved[:, None] - moved[None]
        distance = np.hypot(delta[..., 0], delta[..., 1])
        np.fill_diagonal(distance, np.inf)
        lacking = np.clip(2 * radius + 2 - distance, 0, None)
        if not lacking.any():
            break
        moved = moved + 0.5 * (delta * (lacking / distance)[..., None]).sum(axis=1)
        moved = np.clip(moved, box[:2] + radius, box[2:] - radius) + aside
        moved[staying] = places[staying]
    return moved


def _settled(marks: Array, candidates: Array, own_costs: list[Array]) -> npt.NDArray[np.intp]:
    """Let each label move to its cheapest candidate, given where the others are, until none moves any more."""
    chosen: npt.NDArray[np.intp] = np.argmin(own_costs, axis=1)
    for _ in range(_PLACING_ROUNDS):
        before = chosen.copy()
        for i, rects in enumerate(candidates):
            rest = np.arange(len(candidates)) != i
            placed = candidates[rest, chosen[rest]]
            crossed = _crossings(_leaders(marks[i], rects), placed).sum(axis=1)
            crossing = _contains(rects, _leaders(marks[rest], placed).reshape(-1, 2)).sum(axis=1)
            chosen[i] = np.argmin(own_costs[i] + 10 * _overlaps(rects, placed) + 80 * (crossed + crossing))
        if np.array_equal(chosen, before):
            break
    return chosen


def _candidates(mark: Array, size: Array, box: Array) -> Array:
    """Return rectangles, shape (m, 4), around a mark for a label of that size, moved into the box if needed."""
    angles = np.linspace(0, 2 * math.pi, 24, endpoint=False)
    gaps = mark[2] + np.array([1.0, 10.0, 22.0, 38.0, 58.0, 84.0, 116.0, 156.0, 206.0, 266.0])
    turn = np.column_stack([np.cos(angles), np.sin(angles)])
    centres = (mark[:2] + turn * (gaps[:, np.newaxis, np.newaxis] + size / 2)).reshape(-1, 2)
    half = np.minimum(size, box[2:] - box[:2]) / 2
    centres = np.clip(centres, box[:2] + half, box[2:] - half)
    return np.hstack([centres - size / 2, centres + size / 2])


def _overlaps(a: Array, b: Array) -> Array:
    """Return the area, shape (n,), that each rectangle of a, shape (n, 4), shares with those of b, shape (m, 4)."""
    low = np.maximum(a[:, np.newaxis, :2], b[np.newaxis, :, :2])
    high = np.minimum(a[:, np.newaxis, 2:], b[np.newaxis, :, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=2).sum(axis=1))


def _contains(rects: Array, points: Array) -> npt.NDArray[np.bool_]:
    """Say, shape (n, m), which rectangles, shape (n, 4), contain which points, shape (m, 2)."""
    at = points[np.newaxis]
    return np.asarray(((at >= rects[:, np.newaxis, :2]) & (at <= rects[:, np.newaxis, 2:])).all(axis=2))


def _leaders(marks: Array, rects: Array) -> Array:
    """Return points along the lines from marks, shape (3,) or (n, 3), to rectangles' centres, shape (n, 8, 2)."""
    delta = (rects[:, :2] + rects[:, 2:]) / 2 - marks[..., :2]
    # A leader line starts at the rim of its mark.
    start = marks[..., 2] / np.maximum(np.hypot(*delta.T), marks[..., 2])
    steps = start[:, np.newaxis] + (1 - start)[:, np.newaxis] * np.linspace(0.05, 1, 8)
    return np.asarray(marks[..., np.newaxis, :2] + steps[:, :, np.newaxis] * delta[:, np.newaxis, :])


def _crossings(lines: Array, rects: Array) -> npt.NDArray[np.bool_]:
    """Say, shape (n, m), which lines, shape (n, steps, 2), run through which rectangles, shape (m, 4)."""
    hits = _contains(rects, lines.reshape(-1, 2))
    return np.asarray(hits.reshape(len(rects), *lines.shape[:2]).any(axis=2).T)
