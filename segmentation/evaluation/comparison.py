"""A candidate beside the version in service, as plain values: segments, moves, drift, verdict and reasons.

Nothing heavy is imported, since every command that shows a stored version reads its comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from segmentation.answers.shares import typical_text
from segmentation.evaluation.usage import usage_of
from segmentation.writing.figures import figure

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.schema import Feature
    from segmentation.training.distributions import TrainingProfile
    from segmentation.training.reports.training import TrainingReport
    from segmentation.training.train import Trained

# Parts of reasons that say that nothing speaks for or against a candidate.
NOTHING_BEFORE: Final = "There is no version in service to compare with."
ABOUT_THE_SAME: Final = " is about the same: "
WOULD_MOVE: Final = " would change segment."


class Verdict(StrEnum):
    """What the comparison comes to."""

    BETTER = "better"
    SIMILAR = "similar"
    WORSE = "worse"
    DIFFERENT = "different"
    UNSAFE = "unsafe"
    FIRST = "first"
    BANDS = "bands"

    @property
    def look_first(self) -> bool:
        """Whether a person confirms it before it goes into service."""
        return self in {Verdict.DIFFERENT, Verdict.BANDS}

    @property
    def word(self) -> str:
        """What people read in lists."""
        return f"{self.value} – look first" if self.look_first else self.value


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """One segment, before and now.

    Parameters
    ----------
    name, state
        What it is called; "matched", "new" or "gone". Segments of the same name are the same: a retrain keeps a name
        only if it still describes the segment.
    customers_before, share_before, customers_now, share_now
        Its training customers, and their share of all (0 to 1); None if there is no such segment.
    centre_before, centre_now
        The means of its customers in the features' units, in the candidate's schema order; None if there is no
        such segment, or the version before does not know all these features.
    name_before
        What a matched segment is called in the version before, if a person has renamed it in the candidate.
    shares_before, shares_now
        The shares of categories as `Segment.shares` has them, in the candidate's schema order; empty likewise.
    """

    name: str
    state: str
    customers_before: int | None
    customers_now: int | None
    share_before: float | None
    share_now: float | None
    centre_before: tuple[float | None, ...] | None
    centre_now: tuple[float | None, ...] | None
    name_before: str = ""
    shares_before: tuple[tuple[float, ...], ...] = ()
    shares_now: tuple[tuple[float, ...], ...] = ()

    def typical_before(self, index: int, feature: Feature) -> str:
        """Write what was typical of a feature; empty if there was no such segment."""
        return _typical(index, feature, self.centre_before, self.shares_before)

    def typical_now(self, index: int, feature: Feature) -> str:
        """Write what is typical of a feature now; empty if there is no such segment."""
        return _typical(index, feature, self.centre_now, self.shares_now)


@dataclass(frozen=True, slots=True)
class Moves:
    """Where customers would go: `counts[i][j]` were in `names_before[i]` and are in `names_now[j]`.

    `estimated` says that they were counted by cells of a coarse grid, not one by one. `same` pairs the names, before
    and now, of segments that are the same; None if those are the ones whose names are equal.
    """

    names_before: tuple[str, ...]
    names_now: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    estimated: bool
    same: tuple[tuple[str, str], ...] | None = None

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The names, before and now, of each segment that is in both versions."""
        if self.same is not None:
            return self.same
        return tuple((name, name) for name in self.names_before if name in self.names_now)

    @property
    def total(self) -> int:
        """All customers counted."""
        return sum(map(sum, self.counts))

    @property
    def moved(self) -> int:
        """Those who are in another segment now."""
        pairs = set(self.pairs)
        return self.total - sum(
            count
            for before, row in zip(self.names_before, self.counts, strict=True)
            for now, count in zip(self.names_now, row, strict=True)
            if (before, now) in pairs
        )


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one feature, or what all say together, is from the training profile: stability index, and its level.

    The level is "none", "moderate", "large", or "chance" if samples this small may differ as much by chance.
    """

    feature: str
    index: float
    level: str

    @property
    def text(self) -> str:
        """The index in writing, to two digits, as its marks are."""
        return figure(self.index, 2)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate beside the version that was current.

    Parameters
    ----------
    against
        That version; None when there was none.
    verdict, reasons
        What it comes to, and why, in sentences.
    segments
        The candidate's in its order, then those that are gone.
    moves
        Of the customers the candidate was trained with.
    moves_before
        Always None today. Comparisons stored by 0.1.0 hold an estimate for the customers the current version was
        trained with, from a coarse grid: it put up to 4 in 200 into another segment than both models do, while a
        retrain on customers of the same kind really moves about 1.
    drift
        Of each feature both know, in the candidate's order; empty if the current version keeps no profile.
    joint
        Of what the features say together, the distance from the current version's centres; None if that version does
        not keep it, or the customers are not at hand.
    """

    against: str | None
    verdict: Verdict
    reasons: tuple[str, ...]
    segments: tuple[SegmentChange, ...]
    moves: Moves | None = None
    moves_before: Moves | None = None
    drift: tuple[Drift, ...] = ()
    joint: Drift | None = None

    @property
    def telling_reasons(self) -> tuple[str, ...]:
        """The reasons without those that find no difference, and without the count of `moves`.

        Against a model of sample customers it is the first alone, which says that the comparison means little: figures
        that are "worse" than a sample's would contradict the advice to promote.
        """
        silent = (NOTHING_BEFORE, ABOUT_THE_SAME, WOULD_MOVE)
        telling = tuple(reason for reason in self.reasons if not any(part in reason for part in silent))
        return telling[:1] if self.verdict is Verdict.FIRST else telling

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form."""
        data = {**asdict(self), "verdict": self.verdict.value}
        # As a version that knew no renaming stores it, which reads no other keys.
        for change in data["segments"]:
            if not change["name_before"]:
                del change["name_before"]
        for moves in (data["moves"], data["moves_before"]):
            if moves is not None and moves["same"] is None:
                del moves["same"]
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Comparison:
        """Rebuild a comparison from `to_data`'s form, also after a way through JSON.

        Raises
        ------
        KeyError, TypeError, ValueError
            When the data do not have that form.
        """
        return cls(
            against=data["against"],
            verdict=Verdict(data["verdict"]),
            reasons=tuple(data["reasons"]),
            segments=tuple(
                SegmentChange(
                    **{
                        **item,
                        **{name: _tuple(item[name]) for name in ("centre_before", "centre_now")},
                        **{name: tuple(map(tuple, item.get(name, ()))) for name in ("shares_before", "shares_now")},
                    }
                )
                for item in data["segments"]
            ),
            moves=_moves_from(data["moves"]),
            moves_before=_moves_from(data["moves_before"]),
            drift=tuple(Drift(**item) for item in data["drift"]),
            joint=None if data.get("joint") is None else Drift(**data["joint"]),
        )


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Parameters
    ----------
    version
        Its id; empty for a training that is not saved yet.
    model
        What answers.
    silhouette, stability, fidelity
        As in `TrainingReport`; None if not defined.
    profile
        What it was trained with; None for versions from before profiles were kept.
    cautions
        As in `TrainingReport`.
    used
        The share of the rows that it was trained on, 0 to 1.
    in_bands, steps_spread
        As in `TrainingReport`.
    """

    version: str
    model: SegmentModel
    silhouette: float | None
    stability: float | None
    fidelity: float | None
    profile: TrainingProfile | None
    cautions: tuple[str, ...] = ()
    used: float = 1.0
    in_bands: bool = False
    steps_spread: bool = False

    @classmethod
    def of_training(cls, trained: Trained) -> Side:
        """Take a training's result."""
        return cls.of_report("", trained.model, trained.report)

    @classmethod
    def of_report(cls, version: str, model: SegmentModel, report: TrainingReport) -> Side:
        """Take a version by what its training reported."""
        measures = (report.silhouette, report.stability, report.fidelity)
        used = usage_of(report.cleaning, (), model.schema).share
        return cls(
            version, model, *measures, report.profile, report.cautions, used, report.in_bands, report.steps_spread
        )


def _tuple(values: Sequence[float] | None) -> tuple[float, ...] | None:
    return None if values is None else tuple(values)


def _moves_from(data: Mapping[str, Any] | None) -> Moves | None:
    if data is None:
        return None
    counts = tuple(tuple(row) for row in data["counts"])
    same = None if data.get("same") is None else tuple((str(old), str(new)) for old, new in data["same"])
    return Moves(tuple(data["names_before"]), tuple(data["names_now"]), counts, data["estimated"], same)


def _typical(
    index: int, feature: Feature, centre: Sequence[float | None] | None, shares: Sequence[Sequence[float]]
) -> str:
    return typical_text(feature, centre[index] if centre else None, shares[index] if shares else ())
