"""The App Home tab as people read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness import Harness

from bot.blocks.home import RECENT, HomeFacts, home_view
from segmentation.evaluation.comparison import Comparison, Verdict
from segmentation.model import SegmentModel
from segmentation.registry.audit import AuditEntry

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
AT = "2026-03-03T10:00:00+00:00"


@pytest.fixture
def facts(harness: Harness, model: SegmentModel) -> HomeFacts:
    manifest = replace(harness.registry.manifest(model.version), created_at=AT, created_by="slack:U2")
    return HomeFacts(model, manifest, "", (), {"slack:U2": "U2"}, NOW, admin=False)


def said(facts: HomeFacts) -> str:
    view = home_view(facts)
    assert view["type"] == "home"
    return "\n".join(texts(view["blocks"]))


def texts(part: Any) -> list[str]:
    if isinstance(part, list):
        return [text for one in part for text in texts(one)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if isinstance(part.get("text"), str) else []
    return own + [text for value in part.values() for text in texts(value)]


def entry(event: str, **more: Any) -> AuditEntry:
    return AuditEntry(**{"at": AT, "event": event, "actor": "slack:U2", "version": "v2", **more})


def test_shows_the_model_in_service_with_its_age_size_and_quality(facts: HomeFacts, harness: Harness) -> None:
    assert facts.manifest is not None
    report = replace(
        facts.manifest.report, silhouette=0.55449, stability=0.69951, fidelity=0.98769, fidelity_held_out=0.97999
    )
    text = said(replace(facts, manifest=replace(facts.manifest, report=report)))
    assert f"({harness.versions[0]})" in text
    assert "1 day ago by <@U2>" in text
    assert "200 customers of 200 rows" in text
    assert "*How distinct the segments are*\nsilhouette 0.554 (" in text
    assert "*Stability on other samples*\nstability 0.699 (" in text
    assert "*Rules match the clusters*\nfidelity 0.987 (1: for every customer), 0.979 on held-out customers" in text
    assert "synthetic sample customers" in text


def test_names_that_a_person_gave_are_told_beside_the_training(facts: HomeFacts) -> None:
    assert facts.manifest is not None
    itself = Comparison("v1", Verdict.SIMILAR, ("Only words differ.",), ())
    before = replace(facts.manifest, comparison=itself)
    assert "similar, compared with the model v1" in said(replace(facts, manifest=before))
    named = replace(before, parent="v1", renamed_by="slack:U2", renamed_at="2026-03-04T09:00:00+00:00")
    log = [entry("renamed", previous="v1", note="renamed Miser → Savers")]
    text = said(replace(facts, manifest=named, entries=log))
    assert "*Trained*\n1 day ago by <@U2>" in text
    assert "*Segments named*\n3 hours ago by <@U2>" in text
    assert "compared with" not in text
    assert "<@U2> named the segments of the model v2 (before: model v1) – renamed Miser → Savers" in text


def test_sends_who_may_not_retrain_to_an_admin(facts: HomeFacts) -> None:
    assert "Train one on yours: `/retrain`" in said(replace(facts, admin=True))
    assert "Train one on yours" not in said(facts)
    assert "Ask an admin to train one on yours." in said(facts)


def test_shows_every_segment_with_its_size_and_centre(facts: HomeFacts) -> None:
    text = said(facts)
    assert facts.model is not None
    for segment in facts.model.segments:
        assert f"*{segment.name}* – {segment.customers:,} customers ({segment.share:.0%}): income " in text


def test_says_how_to_begin_where_there_is_no_model(facts: HomeFacts) -> None:
    text = said(replace(facts, model=None, manifest=None))
    assert "Nobody has trained a model" in text
    assert "`/retrain`" in text
    assert "`/segment age=35 income=60 score=70`" in text


def test_says_what_is_wrong_with_the_version_that_should_answer(facts: HomeFacts) -> None:
    assert ":warning: It is &lt;broken&gt;." in said(replace(facts, problem="It is <broken>."))


@pytest.mark.parametrize(
    ("past", "age"),
    [(timedelta(minutes=5), "less than an hour"), (timedelta(hours=1), "1 hour"), (timedelta(days=40), "40 days")],
)
def test_says_how_old_the_model_is(facts: HomeFacts, past: timedelta, age: str) -> None:
    assert facts.manifest is not None
    manifest = replace(facts.manifest, created_at=(NOW - past).isoformat())
    assert f"{age} ago by " in said(replace(facts, manifest=manifest))


def test_a_silhouette_that_is_not_defined_is_left_open(facts: HomeFacts) -> None:
    assert facts.manifest is not None
    manifest = replace(facts.manifest, report=replace(facts.manifest.report, silhouette=None))
    assert "*How distinct the segments are*\n–" in said(replace(facts, manifest=manifest))


def test_tells_the_latest_moves_newest_first_with_notes_made_inert(facts: HomeFacts) -> None:
    entries = [
        entry("saved", actor="cli:<!channel>"),
        entry("promoted", previous="v1", note="spring <!here>"),
        entry("refused", version="", note="/retrain: no"),
        entry("rolled_back", version="v1", previous="v2"),
    ]
    text = said(replace(facts, entries=entries))
    moves = [line for line in text.splitlines() if line.startswith("• 3 Mar 2026, 10:00 UTC")]
    assert moves == [
        "• 3 Mar 2026, 10:00 UTC <@U2> rolled back to the model v1 (before: model v2)",
        "• 3 Mar 2026, 10:00 UTC <@U2> promoted the model v2 (before: model v1) – spring &lt;!here&gt;",
        "• 3 Mar 2026, 10:00 UTC cli:&lt;!channel&gt; trained the model v2",
    ]


def test_recent_changes_name_models_by_their_days_with_the_way_to_ids_for_admins(facts: HomeFacts) -> None:
    old, new = "20261001-101500-0a1b2c3d", "20261003-101500-0a1b2c3e"
    moved = replace(facts, entries=[entry("promoted", version=new, previous=old)])
    assert "<@U2> promoted the model of 3 Oct (before: model of 1 Oct)" in said(moved)
    assert "Their ids" not in said(moved)
    assert "Their ids: `/retrain history`" in said(replace(moved, admin=True))


def test_shows_no_more_than_the_latest(facts: HomeFacts) -> None:
    entries = [entry("saved", version=f"v{i}") for i in range(RECENT + 5)]
    text = said(replace(facts, entries=entries))
    assert text.count(" trained the model v") == RECENT
    assert "model v4" not in text
    assert "model v5" in text
    assert f"model v{RECENT + 4}" in text


def test_shows_refused_attempts_to_admins_only(facts: HomeFacts) -> None:
    tried = replace(facts, entries=[entry("refused", version="", note="/retrain: not an admin")])
    assert "not an admin" not in said(tried)
    assert "<@U2>: /retrain: not an admin" in said(replace(tried, admin=True))
    assert "Nobody was refused a change of the model." in said(replace(facts, admin=True))


def test_names_the_candidate_that_waits_when_nothing_is_in_service(facts: HomeFacts) -> None:
    text = said(replace(facts, model=None, manifest=None, waiting="Candidate v7 waits: promote it."))
    assert "No model in service\nCandidate v7 waits: promote it." in text
    assert "Nobody has trained a model yet" not in text


def test_says_how_the_model_compared_when_it_was_trained(facts: HomeFacts) -> None:
    assert facts.manifest is not None
    assert "When it was trained" not in said(facts)
    compared = Comparison("v1", Verdict.DIFFERENT, ("Many moved.",), ())
    text = said(replace(facts, manifest=replace(facts.manifest, comparison=compared)))
    assert "*When it was trained*\ndifferent – look first, compared with the model v1" in text
    after_sample = replace(facts.manifest, comparison=replace(compared, verdict=Verdict.FIRST))
    assert "*When it was trained*\nyour first model of real customers" in said(replace(facts, manifest=after_sample))
    first = replace(compared, against=None, verdict=Verdict.FIRST)
    assert "When it was trained" not in said(replace(facts, manifest=replace(facts.manifest, comparison=first)))
