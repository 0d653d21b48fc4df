"""What a training saw, chose and measured, as plain values that a manifest keeps; no rows, no ids.

It imports nothing heavy, since whatever opens a stored version reads its report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from segmentation.training.distributions import TrainingProfile
from segmentation.training.reports.cleaning import CleaningReport


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """How well one k fits: K-Means inertia in scaled space, and silhouette (-1 to 1), None if it is not defined."""

    k: int
    inertia: float
    silhouette: float | None


@dataclass(frozen=True, slots=True)
class KChoice:
    """The chosen number of clusters and why.

    Parameters
    ----------
    k
        The choice.
    elbow
        Where the inertia curve bends (kneedle), None if nowhere.
    silhouette
        The k with the highest silhouette, None if it is defined for no k.
    reason
        What a person reads: how the choice was made, and any disagreement.
    suggested
        Another k that is clearly better than the one kept from the version in service; None without.
    """

    k: int
    elbow: int | None
    silhouette: int | None
    reason: str
    suggested: int | None = None


@dataclass(frozen=True, slots=True)
class Structure:
    """Whether the customers are in groups at all.

    Parameters
    ----------
    k, silhouette
        The number of clusters that suits them, whatever k was asked for, and their silhouette with it.
    bars
        The silhouette that customers without groups do not reach with as many clusters, by the kind of such customers.
    """

    k: int
    silhouette: float
    bars: dict[str, float]

    @property
    def bar(self) -> float:
        """What the silhouette must exceed."""
        return max(self.bars.values())

    @property
    def grouped(self) -> bool:
        """Whether the customers are in groups."""
        return self.silhouette > self.bar

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Structure:
        """Rebuild from `asdict`'s form; KeyError, TypeError or ValueError when the data do not have it."""
        bars = {str(kind): float(bar) for kind, bar in data["bars"].items()}
        return cls(k=int(data["k"]), silhouette=float(data["silhouette"]), bars=bars)


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What training saw, chose and measured.

    Parameters
    ----------
    cleaning
        What became of every row.
    sweep, choice
        Inertia and silhouette for each k tried, and why k was chosen.
    inertia, silhouette, stability, fidelity, fidelity_range
        Of the chosen fit: in scaled space; -1 to 1; bootstrap adjusted Rand index; tree against nearest centroid on
        unseen customers like the clusters, and on points spread over the data's range.
    leaves
        Leaves of the tree, at most 64.
    matched, new, gone
        Segment names against the previous version.
    warnings
        Sentences a person should read before trusting the model.
    cautions
        Sentences of the gate that come first wherever the model is reported.
    data_fingerprint
        SHA-256 over the cleaned, distinct customers and their counts.
    seed, synthetic
        How to repeat it; whether the customers were generated.
    profile
        How the customers were distributed, for a later training to be compared with; None for versions saved before
        profiles were kept.
    structure
        Whether the customers are in groups at all; None if no silhouette is defined, and for versions saved before
        this was measured.
    structure_on_log
        The same with a log scale for each feature of which cleaning says that it would suit; None if there is none, and
        for versions saved before this was measured.
    fidelity_held_out
        Agreement of trees grown on some of the customers with the nearest centroid on the others; None if there are
        too few to hold any out, and for versions saved before this was measured.
    kept
        The share of customers (0 to 1) who keep their segment when the model is trained again on another sample; None
        for versions saved before this was measured.
    steps_spread
        Whether features with few values were spread over their steps for sweep, silhouette and structure.
    """

    cleaning: CleaningReport
    sweep: tuple[SweepPoint, ...]
    choice: KChoice
    inertia: float
    silhouette: float | None
    stability: float
    fidelity: float
    fidelity_range: float
    leaves: int
    matched: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    warnings: tuple[str, ...]
    data_fingerprint: str
    seed: int
    synthetic: bool
    profile: TrainingProfile | None
    cautions: tuple[str, ...] = ()
    structure: Structure | None = None
    fidelity_held_out: float | None = None
    structure_on_log: Structure | None = None
    kept: float | None = None
    steps_spread: bool = False

    @property
    def in_bands(self) -> bool:
        """Whether the customers are in no groups, so that the segments are bands of a continuum."""
        return self.structure is not None and not self.structure.grouped

    def metrics(self) -> dict[str, float | None]:
        """Return the figures a model is judged by."""
        return {
            "inertia": self.inertia,
            "silhouette": self.silhouette,
            "stability": self.stability,
            "fidelity": self.fidelity,
            "fidelity_range": self.fidelity_range,
            "fidelity_held_out": self.fidelity_held_out,
        }

    def renamed(self, names: Mapping[str, str]) -> TrainingReport:
        """Return the report with new names for the model's segments; `names` are the new ones by the old."""
        matched, new = (tuple(names.get(name, name) for name in part) for part in (self.matched, self.new))
        return replace(self, matched=matched, new=new)

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> TrainingReport:
        """Rebuild a report from `to_data`'s form, also after a way through JSON; keys it does not know are ignored.

        Raises
        ------
        KeyError, TypeError, ValueError
            When the data do not have that form.
        """
        profile, structure, on_log = (data.get(key) for key in ("profile", "structure", "structure_on_log"))
        return cls(
            cleaning=CleaningReport.from_data(data["cleaning"]),
            sweep=tuple(SweepPoint(**point) for point in data["sweep"]),
            choice=KChoice(**data["choice"]),
            inertia=data["inertia"],
            silhouette=data["silhouette"],
            stability=data["stability"],
            fidelity=data["fidelity"],
            fidelity_range=data["fidelity_range"],
            leaves=data["leaves"],
            matched=tuple(data["matched"]),
            new=tuple(data["new"]),
            gone=tuple(data["gone"]),
            warnings=tuple(data["warnings"]),
            data_fingerprint=data["data_fingerprint"],
            seed=data["seed"],
            synthetic=data["synthetic"],
            profile=None if profile is None else TrainingProfile.from_data(profile),
            cautions=tuple(data.get("cautions", ())),
            structure=None if structure is None else Structure.from_data(structure),
            fidelity_held_out=data.get("fidelity_held_out"),
            structure_on_log=None if on_log is None else Structure.from_data(on_log),
            kept=data.get("kept"),
            steps_spread=data.get("steps_spread", False),
        )
