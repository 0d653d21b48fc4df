"""One plain verdict on a candidate, and the reasons for it.

The verdict follows one rule.

- *unsafe*: the gate has an objection. It beats everything else.
- *bands*: customers are in no groups, the schema lets them be cut into bands all the same, and nobody has accepted that
  yet: the version in service, if there is one, is of customers in groups. A person looks before it goes into service.
- *first*: there is no version to compare with, or only one trained on generated customers.
- *different*: the candidate makes segments without a feature that the version in service needs; a feature has drifted
  far, or what the features say together has (how close customers are to the centres
  in service); more than a fifth of the customers would change segment, or more than a fifth of the rows were left out.
  Whether the measures are better or worse, a person looks before it goes into service: drift may explain an upheaval,
  but it does not excuse one.
- *worse*: no measure (silhouette, bootstrap stability, tree fidelity) is better, and at least one is worse or a segment
  is gone.
- *better*: at least one measure is better, none is worse, and no segment is gone.
- *similar*: everything else.

Measures of segments that are made from other features say nothing about which are better, and are not compared.
A measure is better or worse only when it differs by more than chance. On bootstrap samples of 200 reference customers
the standard deviation was .014 for the silhouette, .017 for the stability and .0007 for the fidelity; the tolerances
are above twice that of a difference of two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from segmentation.evaluation.comparison import ABOUT_THE_SAME, WOULD_MOVE, Drift, Moves, SegmentChange, Side, Verdict
from segmentation.evaluation.drift import LARGE, MODERATE
from segmentation.evaluation.moves import positions
from segmentation.evaluation.units import other_unit
from segmentation.writing.figures import figure, percent

TOLERANCES: Final = {"silhouette": 0.05, "stability": 0.05, "fidelity": 0.01}
# Retraining on other customers of the same kind moves a few in a hundred; a fifth is another segmentation.
MOST_MOVED: Final = 0.2
MOST_LEFT_OUT: Final = 0.2
_OTHER_FEATURES: Final = "The two versions use different features, so I can't tell who would change segment."
_MARKS: Final = {"large": LARGE, "moderate": MODERATE}


@dataclass(frozen=True)
class Evidence:
    """The facts from which verdict and reasons follow."""

    candidate: Side
    current: Side
    segments: tuple[SegmentChange, ...]
    moves: Moves | None
    drift: tuple[Drift, ...]
    joint: Drift | None = None

    def verdict(self) -> Verdict:
        """Apply the rule at the top of this module."""
        if self.candidate.in_bands and (self._against_generated or not self.current.in_bands):
            return Verdict.BANDS
        if self._against_generated:
            return Verdict.FIRST
        if any(self._differences()):
            return Verdict.DIFFERENT
        better, worse = (any(way == sign for _, _, _, way in self._measures()) for sign in (1, -1))
        gone = any(change.state == "gone" for change in self.segments)
        if not better and (worse or gone):
            return Verdict.WORSE
        if better and not worse and not gone:
            return Verdict.BETTER
        return Verdict.SIMILAR

    def reasons(self) -> Iterator[str]:
        """Say what speaks for the verdict, with figures, the weightiest first."""
        if self._against_generated:
            yield (
                "The version in service was trained on generated sample customers, so the comparison with real ones "
                "means little."
            )
        weighty = () if self._against_generated else tuple(self._differences())
        yield from weighty
        yield from (reason for reason in self._facts() if reason not in weighty)

    def _differences(self) -> Iterator[str]:
        """Say what makes the candidate different."""
        if self._lacks_features:
            yield _OTHER_FEATURES
        if 1 - self.candidate.used > MOST_LEFT_OUT:
            yield f"More than {percent(MOST_LEFT_OUT)} of the rows were left out: {percent(1 - self.candidate.used)}."
        if self.moves is not None and self.moves.moved > MOST_MOVED * self.moves.total:
            yield self._moved(self.moves)
        alone = [drift for drift in self.drift if drift.level == "large"]
        yield from map(self._drifted, alone)
        # If a feature has drifted, customers must be at other distances too: that isn't news.
        if not alone and self.joint is not None and self.joint.level == "large":
            yield self._drifted_together(self.joint)

    def _facts(self) -> Iterator[str]:
        for name, before, now, way in self._measures():
            figures = f"{figure(before)} before, {figure(now)} now"
            if way:
                yield f"The {name} is {'better' if way > 0 else 'worse'}: {figures}."
            else:
                yield f"The {name}{ABOUT_THE_SAME}{figures} (up to {TOLERANCES[name]:g} may be chance)."
        if self.moves is None:
            yield _OTHER_FEATURES
        else:
            yield self._moved(self.moves)
        for state, word in (("gone", "No longer there"), ("new", "New")):
            if names := [change.name for change in self.segments if change.state == state]:
                yield f"{word}: {'; '.join(names)}."
        if self.current.profile is None:
            yield "The version in service kept no profile of its customers, so I can't tell how far they have drifted."
        yield from (self._drifted(drift) for drift in self.drift if drift.level in _MARKS)
        if self.joint is not None and self.joint.level in _MARKS:
            yield self._drifted_together(self.joint)

    @staticmethod
    def _moved(moves: Moves) -> str:
        if not moves.moved:
            return f"None of {moves.total:,} customers{WOULD_MOVE}"
        share = percent(moves.moved / moves.total)
        about = "About " if moves.estimated else ""
        return f"{about}{moves.moved:,} of {moves.total:,} customers ({share}){WOULD_MOVE}"

    def _drifted(self, drift: Drift) -> str:
        labels = {feature.name: feature.label for feature in self.candidate.model.schema.features}
        return (
            f"{labels[drift.feature]} has drifted from the customers the version in service was trained with: "
            f"{self._marked(drift)}.{self._unit(drift)}"
        )

    def _drifted_together(self, drift: Drift) -> str:
        mixed_up = " Check that the values of no column are mixed up between rows." if drift.level == "large" else ""
        return (
            "Customers are not as close to the centres of the version in service as those it was trained with: "
            f"{self._marked(drift)}.{mixed_up}"
        )

    @staticmethod
    def _marked(drift: Drift) -> str:
        return f"population stability index {drift.text} ({drift.level} from {_MARKS[drift.level]:g} on)"

    def _unit(self, drift: Drift) -> str:
        """Say in which unit the values seem to be, if that explains a large drift."""
        before, now = self.current.profile, self.candidate.profile
        if drift.level != "large" or before is None or now is None:
            return ""
        feature = self.candidate.model.schema.find(drift.feature)
        if feature is not None and feature.is_category:  # codes have no unit
            return ""
        one, other = before.distribution(drift.feature), now.distribution(drift.feature)
        if one is None or other is None:
            return ""
        unit = other_unit(one, other, before.customers, now.customers)
        return f" {unit.sentence}" if unit else ""

    @property
    def _against_generated(self) -> bool:
        return self.current.model.synthetic and not self.candidate.model.synthetic

    @property
    def _lacks_features(self) -> bool:
        """Whether the version in service needs a feature that the candidate's customers don't have."""
        needed = [self.current.model.schema.features[i] for i in self.current.model.schema.cluster_indices]
        return None in positions(self.candidate.model.schema.features, needed)

    def _measures(self) -> Iterator[tuple[str, float, float, int]]:
        """Yield each measure both sides have: name, before, now, and 1 for better, -1 for worse, 0 for neither."""
        if _deciding(self.current) != _deciding(self.candidate):
            return
        for name, tolerance in TOLERANCES.items():
            before, now = getattr(self.current, name), getattr(self.candidate, name)
            if name == "silhouette" and self.current.steps_spread != self.candidate.steps_spread:
                continue  # one of them has that of customers who are all alike
            if before is not None and now is not None:
                yield name, before, now, (now - before > tolerance) - (before - now > tolerance)


def _deciding(side: Side) -> frozenset[tuple[str, str]]:
    """Return the features that a version makes segments from, each with its unit."""
    schema = side.model.schema
    return frozenset((schema.features[i].name, schema.features[i].unit) for i in schema.cluster_indices)
