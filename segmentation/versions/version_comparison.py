"""Stored versions beside each other: loads them, verified, and hands them to the comparison.

It stands above the registry, which stores comparisons, and apart from `retraining`, since the serving bot compares
versions too and must not load scikit-learn for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segmentation.errors import BrokenArtifact, UnknownVersion
from segmentation.evaluation.compare import compare
from segmentation.evaluation.comparison import Side

if TYPE_CHECKING:
    from segmentation.evaluation.comparison import Comparison
    from segmentation.model import SegmentModel
    from segmentation.registry.manifest import Manifest
    from segmentation.registry.registry import Registry
    from segmentation.training.points.cleaning import CleanData


def side_of_version(model: SegmentModel, manifest: Manifest) -> Side:
    """Take a stored version as one side of a comparison."""
    return Side.of_report(manifest.version, model, manifest.report)


def compare_versions(registry: Registry, candidate: str, current: str | None) -> Comparison:
    """Compare two stored versions, from what their manifests keep.

    The comparison made when the candidate was trained is returned if it was made with the same version; otherwise
    a comparison is estimated from the profiles.

    Raises
    ------
    UnknownVersion, BrokenArtifact
        When the candidate cannot be loaded. A current version that cannot is said in the reasons.
    """
    manifest = registry.manifest(candidate)
    # The stored one counted the customers themselves; a new one could only estimate from profiles.
    if manifest.comparison is not None and manifest.comparison.against == current:
        return manifest.comparison
    side = side_of_version(registry.load(candidate), manifest)
    return compare_with_current(registry, side, current, manifest.objections)


def compare_with_current(
    registry: Registry,
    candidate: Side,
    current: str | None,
    objections: Sequence[str] = (),
    customers: CleanData | None = None,
) -> Comparison:
    """Compare a candidate with a stored version, which may be none, gone or broken; parameters as for `compare`."""
    if current is None:
        return compare(candidate, None, objections, customers)
    try:
        side = side_of_version(registry.load(current), registry.manifest(current))
    except (UnknownVersion, BrokenArtifact) as error:
        problem = f"There is nothing to compare with: {error.sentence}"
        return compare(candidate, None, objections, customers, problem, current)
    return compare(candidate, side, objections, customers)
