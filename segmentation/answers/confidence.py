"""How often customers keep their segment when the model is trained anew, read off how clearly they are in it.

The margin, 1 - d1 / d2 of the distances to the two nearest centroids, ranks customers well, but it is not a share of
anything. Training measures, on resampled customers, how often those of each margin keep their segment
(`training.resampling`), and keeps that as a table. Every engine evaluates the table by the same linear pieces.

The votes of the retrained models about the very customer would rank heavy-tailed customers better than their margin
does. But each row would need the distances to twenty times as many centroids: files would be scored in several times
the time, and SQL would be twenty times as long. A log scale removes the tail instead.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

# Above this share of retrained models an answer is *high*; below `BORDERLINE`, it is borderline.
HIGH: Final = 0.95
BORDERLINE: Final = 0.8
# Two margins closer than this would make a slope that magnifies rounding errors.
_LEAST_GAP: Final = 1e-6


class Piece(NamedTuple):
    """From the margin `start` on, the confidence is ``at + (margin - start) * slope``."""

    start: float
    at: float
    slope: float


@dataclass(frozen=True)
class ConfidenceTable:
    """Confidence by margin: linear between neighbouring entries, constant above the last.

    Parameters
    ----------
    margins
        Ascending, the first 0, all below 1.
    confidences
        As many, never falling, from 0 to 1.
    """

    margins: tuple[float, ...]
    confidences: tuple[float, ...]

    def of(self, margin: float) -> float:
        """Return the confidence (0 to 1) of a margin from 0 to 1.

        >>> ConfidenceTable((0.0, 0.5), (0.5, 1.0)).of(0.25)
        0.75
        """
        start, at, slope = self.pieces[bisect_right(self.margins, margin) - 1]
        return at + (margin - start) * slope

    def margin_of(self, confidence: float) -> float:
        """Return the least margin with at least that confidence; infinite if there is none.

        >>> ConfidenceTable((0.0, 0.5), (0.5, 1.0)).margin_of(0.75)
        0.25
        """
        upper = bisect_left(self.confidences, confidence)
        if upper == len(self.confidences):
            return math.inf
        if upper == 0:
            return 0.0
        start, at, slope = self.pieces[upper - 1]
        return start + (confidence - at) / slope

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The linear pieces, ascending: what every engine evaluates, with the same roundings."""
        entries = list(zip(self.margins, self.confidences, strict=True))
        rising = [Piece(low, at, (then - at) / (high - low)) for (low, at), (high, then) in pairwise(entries)]
        return (*rising, Piece(*entries[-1], 0.0))

    def check(self) -> None:
        """Verify that every margin has a confidence from 0 to 1 that never falls.

        Raises
        ------
        ValueError
            When it does not.
        """
        if not self.margins or len(self.margins) != len(self.confidences):
            raise ValueError("margins and confidences differ in number, or there are none")
        # NaN fails every comparison and is refused with the rest.
        if self.margins[0] != 0 or not all(low + _LEAST_GAP <= high < 1 for low, high in pairwise(self.margins)):
            raise ValueError("the margins do not rise from 0 to below 1")
        falls = any(not low <= high for low, high in pairwise(self.confidences))
        if falls or not self.confidences[0] >= 0 or not self.confidences[-1] <= 1:
            raise ValueError("the confidences do not rise within 0 and 1")
