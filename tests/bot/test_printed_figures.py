"""One figure reads the same wherever it is printed: in reasons, both reports, a version's details and the Home tab."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness import everything_said

from bot.blocks.home import HomeFacts, home_view
from bot.blocks.models.report_details import details_reply
from bot.blocks.models.retrain_report import Choice, report_reply
from bot.blocks.reply import Reply
from bot.cli.text.models import version_report
from bot.cli.text.training import report_text
from segmentation.evaluation.compare import compare
from segmentation.evaluation.comparison import Comparison, Moves, Side
from segmentation.evaluation.gate import objections
from segmentation.evaluation.thresholds import Thresholds
from segmentation.registry.registry import Registry
from segmentation.training.samples.mall import sample_customers
from segmentation.training.train import Trained, train
from segmentation.versions.retraining import Run

# Each lies just below a limit that rounding to two digits, or to none, would reach.
SILHOUETTE, STABILITY, FIDELITY = 0.49951, 0.69951, 0.84996
STRICT = Thresholds(silhouette=0.5, stability=0.7, fidelity=0.85)
PRINTED = {"silhouette": "0.499", "stability": "0.699", "fidelity": "0.849"}


@pytest.fixture(scope="module")
def candidate(trained: Trained) -> Trained:
    report = replace(trained.report, silhouette=SILHOUETTE, stability=STABILITY, fidelity=FIDELITY)
    return replace(trained, report=report)


@pytest.fixture(scope="module")
def compared(candidate: Trained) -> Comparison:
    """The candidate beside a version of poorer customers, so that drift and moves are told too."""
    before = train(sample_customers() * [1, 0.7, 1], candidate.model.schema)
    current = replace(Side.of_training(before), version="v1", silhouette=0.9, stability=0.9, fidelity=0.99)
    faults = objections(candidate.model, candidate.report, STRICT)
    return compare(Side.of_training(candidate), current, faults)


def printings(candidate: Trained, compared: Comparison, folder: Path) -> dict[str, str]:
    """Return everything people read about one candidate, by where they read it."""
    registry = Registry(folder, b"k" * 32)
    version = registry.save(candidate, actor="U1", source="test", comparison=compared)
    manifest, schema = registry.manifest(version), candidate.model.schema
    run = Run(version, candidate.model, candidate.report, (), compared.reasons[:3], compared)
    facts = HomeFacts(candidate.model, manifest, "", (), {}, datetime.now(UTC), admin=True)
    report = report_reply(manifest, compared, Choice(version, "v1"), promotable=False)
    details = details_reply(manifest, schema, compared)
    return {
        "report": everything_said(report) + everything_said(details),
        "training": report_text(run, promoted=False),
        "version": version_report(candidate.model, manifest, rules=False),
        "home": everything_said(Reply("", home_view(facts)["blocks"])),
    }


def test_each_measure_is_printed_one_way_and_never_as_its_limit(
    candidate: Trained, compared: Comparison, tmp_path: Path
) -> None:
    told = printings(candidate, compared, tmp_path)
    for name, text in told.items():
        for measure, wanted in PRINTED.items():
            # The figure before is another one: "0.900 before, 0.499 now".
            now = re.sub(r"[0-9.]+ before, ", "", text)
            found = re.findall(rf"{measure}(?: is(?: better| worse)?:?)? (-?[0-9]+(?:\.[0-9]+)?%?)", now)
            assert set(found) == {wanted}, (name, measure, found)
    assert told["report"].count("0.699") >= 3  # the objection, the comparison, the quality


def test_drift_and_moves_are_printed_one_way(candidate: Trained, compared: Comparison, tmp_path: Path) -> None:
    told = printings(candidate, compared, tmp_path)["report"]
    income = next(drift for drift in compared.drift if drift.feature == "income")
    assert income.level == "large"
    assert set(re.findall(r"population stability index ([0-9.]+) \(", told)) == {income.text}
    assert f"Annual income: {income.text} – *large*" in told
    moves = compared.moves
    assert isinstance(moves, Moves)
    assert moves.moved
    shares = re.findall(rf"{moves.moved} of (?:the )?{moves.total} customers[a-z ]* \(([^)]+)\)", told)
    assert len(shares) >= 2
    assert len(set(shares)) == 1
