"""What a training saw, chose and measured, as plain values that a manifest keeps; no rows, no ids.

It imports nothing heavy, since whatever opens a stored version reads its report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from segmentation.training.distributions import Fence, TrainingProfile
from segmentation.writing.figures import percent

if TYPE_CHECKING:
    from segmentation.schema import Feature, Schema

FEW_ROWS: Final = 50
# What to do about customers in no groups.
BETTER_FEATURES: Final = "train on features that tell customers apart better, or add data"
# More than this share beyond the fence is not a few mistakes: cleaning keeps these rows.
MOST_OUTLIERS: Final = 0.05
# Routine data have 1 to 10 % gross errors (F. R. Hampel et al., Robust Statistics, 1986): up to here, the rows that
# were kept may yet be mistakes; more are how the feature is distributed.
MOST_GROSS_ERRORS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Outliers:
    """Values of one cluster feature beyond Tukey's outer fence.

    Parameters
    ----------
    feature
        The feature's name.
    count
        Rows beyond the fence.
    below, above
        The fence, in the feature's unit and within its bounds.
    left_out
        Whether these rows were kept out of the fit; False when they are too many to be mistakes.
    log_suits
        Whether a log scale would suit the feature, which has a plain one: the fit takes those kept to be at the fence.
    """

    feature: str
    count: int
    below: float
    above: float
    left_out: bool
    log_suits: bool = False

    @property
    def fence(self) -> Fence:
        """The fence around all customers."""
        return Fence(self.below, self.above)


@dataclass(frozen=True, slots=True)
class CleaningReport:
    """What became of every row: rows = used + rejected (all reasons) + outlier_rows.

    Parameters
    ----------
    rejected
        Rows left out, by reason.
    imputed
        Rows that lack a profile feature, by its name; the profile is of the others.
    outlier_rows, outlier_money
        Rows left out because a value is beyond its fence, and their share (0 to 1) of the sum of each feature that is
        money; empty if no such row was left out, and for versions saved before this was measured.
    """

    rows: int
    used: int
    rejected: dict[str, int]
    imputed: dict[str, int]
    outliers: tuple[Outliers, ...]
    outlier_rows: int
    outlier_money: dict[str, float] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> CleaningReport:
        """Rebuild from `asdict`'s form; KeyError, TypeError or ValueError when the data do not have it."""
        return cls(
            rows=int(data["rows"]),
            used=int(data["used"]),
            rejected={str(reason): int(rows) for reason, rows in data["rejected"].items()},
            imputed={str(feature): int(rows) for feature, rows in data["imputed"].items()},
            outliers=tuple(Outliers(**item) for item in data["outliers"]),
            outlier_rows=int(data["outlier_rows"]),
            outlier_money={str(feature): float(share) for feature, share in data.get("outlier_money", {}).items()},
        )


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
