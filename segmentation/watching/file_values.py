"""Says whether a file's customers are unlike those the model learned from, by a sample taken while it is scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.watching.unlike import Unlike, unlike

if TYPE_CHECKING:
    import polars as pl

    from segmentation.schema import Schema
    from segmentation.training.distributions import TrainingProfile

# Rows looked at of each block that is scored at once: of small files all, of large ones one in some thirty.
SAMPLED: Final = 4096
# Of fewer customers nothing is said: somebody may have picked them.
FEWEST: Final = 50
_TELLING: Final = "large"


class FileValues:
    """Counts the values of a file's customers in the bins of a training profile.

    Parameters
    ----------
    schema, profile
        The model's features, and how its training customers were distributed.
    """

    def __init__(self, schema: Schema, profile: TrainingProfile) -> None:
        known = [(feature, profile.distribution(feature.name)) for feature in schema.features]
        self._features = [(feature, before) for feature, before in known if before is not None]
        # As arrays: turning tuples into them for every block would take longer than the counting.
        self._edges = [np.array(before.edges) for _, before in self._features]
        self._customers = profile.customers
        self.begin()

    def begin(self) -> None:
        """Start anew: the file is read from its beginning, which may happen twice."""
        self._counts = [np.zeros(len(before.shares), dtype=np.int64) for _, before in self._features]
        self._looked_at = [0] * len(self._features)

    def add(self, values: pl.DataFrame, segments: pl.Series | None = None) -> None:
        """Take in some rows.

        Parameters
        ----------
        values
            A column a feature, null for a value that is missing or refused.
        segments
            Of no account here.
        """
        # Every n-th, not the first ones: files are often sorted.
        step = -(-values.height // SAMPLED) or 1
        for place, (feature, before) in enumerate(self._features):
            some = values[feature.name].gather_every(step).drop_nulls().to_numpy()
            bins = self._edges[place].searchsorted(some, side="left")
            self._counts[place] += np.bincount(bins, minlength=len(before.shares)) * step
            self._looked_at[place] += len(some)

    def unlike(self) -> tuple[Unlike, ...]:
        """Return the features that are much unlike in training, the most unlike first."""
        found = [
            unlike(feature, before, self._customers, counts.tolist(), looked_at)
            for (feature, before), counts, looked_at in zip(self._features, self._counts, self._looked_at, strict=True)
            if looked_at >= FEWEST
        ]
        return tuple(sorted((one for one in found if one.level == _TELLING), key=lambda one: -one.index))

    def note(self) -> str:
        """Return the sentence that says so; empty if nothing is."""
        drifted = self.unlike()
        if not drifted:
            return ""
        others = len(drifted) - 1
        more = f", and {others} more feature{'s' if others > 1 else ''}" if others else ""
        return f"This file looks unlike what the model was trained on: {drifted[0].text}{more}."
