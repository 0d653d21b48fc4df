"""The report of a retrain: everything a decision needs, within Slack's limits, whatever the model is like."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from harness import everything_said, live_markup, mrkdwn_texts

from bot.blocks.models.naming import NAME_SEGMENTS
from bot.blocks.models.report_details import details_reply
from bot.blocks.models.retrain_report import DISCARD, PROMOTE, Choice, report_reply
from bot.blocks.reply import Reply
from bot.playground.block_kit.rules import check_blocks
from segmentation.evaluation.comparison import Comparison, Drift, Moves, SegmentChange, Verdict
from segmentation.reading.problems import Problem
from segmentation.registry.manifest import Manifest
from segmentation.registry.registry import Registry
from segmentation.schema import Schema
from segmentation.training.train import Trained

EVIL = "<!channel> `a` <@U012AB3CD> & \u202egnp"
CHOICE = Choice("v2", "v1", "F0ELBOW", "F0MAP", "F0SIZES")


@pytest.fixture(scope="module")
def manifest(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """A real candidate's manifest."""
    registry = Registry(tmp_path_factory.mktemp("report"), b"k" * 32)
    return registry.manifest(registry.save(trained, actor="slack:U1", source="customers.csv, 200 rows"))


def change(name: str, state: str = "matched", features: int = 3) -> SegmentChange:
    before, now = state != "new", state != "gone"
    return SegmentChange(
        name,
        state,
        40 if before else None,
        42 if now else None,
        0.2 if before else None,
        0.21 if now else None,
        tuple(float(i) for i in range(features)) if before else None,
        tuple(i + 0.5 for i in range(features)) if now else None,
    )


def moves(before: tuple[str, ...], now: tuple[str, ...], *, estimated: bool = False) -> Moves:
    counts = tuple(tuple(10 if a == b else int(j == 0) for j, b in enumerate(now)) for a in before)
    return Moves(before, now, counts, estimated)


def comparison(**more: Any) -> Comparison:
    names = ("Target", "Miser", "Spender")
    known: dict[str, Any] = {
        "against": "v1",
        "verdict": Verdict.BETTER,
        "reasons": ("The stability is better: 0.7 before, 0.9 now.",),
        "segments": (change("Target"), change("Miser"), change("Spender", "new"), change("Careful", "gone")),
        "moves": moves(("Target", "Miser", "Careful"), names),
        "drift": (Drift("income", 0.31, "large"), Drift("age", 0.01, "none")),
        "joint": Drift("distance from the centre", 0.4, "large"),
    }
    return Comparison(**{**known, **more})


def report(manifest: Manifest, found: Comparison | None = None, **more: Any) -> Reply:
    known: dict[str, Any] = {"choice": CHOICE, "promotable": True, **more}
    return report_reply(manifest, found or comparison(), known.pop("choice"), **known)


def details(manifest: Manifest, schema: Schema, found: Comparison | None = None, **charts: str) -> Reply:
    return details_reply(manifest, schema, found or comparison(), **charts)


def shown(slack_file: dict[str, Any]) -> object:
    return slack_file


def test_says_first_what_to_do_then_why_then_the_sizes_and_asks(manifest: Manifest) -> None:
    reply = report(manifest)
    assert check_blocks(reply.blocks, "message", shown) == []
    title, why, sizes, small, buttons = reply.blocks
    assert title["text"]["text"] == "🟢 Promote: 2 of 22 customers move, quality is better"
    assert why["text"]["text"] == "*Why*\n• The stability is better: 0.7 before, 0.9 now."
    assert sizes["slack_file"] == {"id": "F0SIZES"}
    assert sizes["alt_text"] == (
        "The largest change: Spender is new. "
        "Share of customers, before → now: Target 20% → 21%, Miser 20% → 21%, Spender – → 21%, Careful 20% → –"
    )
    assert [one["action_id"] for one in buttons["elements"]] == [PROMOTE, NAME_SEGMENTS, DISCARD]
    said = small["elements"][0]["text"]
    for words in (f"Candidate {manifest.version}", "compared with v1", "synthetic sample customers", "in the thread"):
        assert words in said


def test_without_its_chart_the_sizes_are_said(manifest: Manifest) -> None:
    reply = report(manifest, choice=Choice("v2", "v1"))
    assert "Share of customers, before → now: Target 20% → 21%" in reply.blocks[2]["text"]["text"]
    first = comparison(verdict=Verdict.FIRST, against=None, segments=(change("Target", "new"),), moves=None)
    assert "Share of customers: Target 21%" in everything_said(report(manifest, first, choice=Choice("v2", None)))


def test_only_reasons_that_tell_something_and_fit_a_screen_are_given(manifest: Manifest, schema: Schema) -> None:
    found = ("A weighty reason. " * 15, "A short one.", "A long one. " * 30, "The silhouette is about the same: 1.")
    silent = "2 of 22 customers (9%) would change segment."
    said = everything_said(report(manifest, comparison(reasons=(*found, silent))))
    assert "A weighty reason." in said
    assert "A short one." in said
    for left_out in ("A long one.", "about the same", "would change segment"):
        assert left_out not in said
        assert left_out in everything_said(details(manifest, schema, comparison(reasons=(*found, silent))))
    assert "A long one." in everything_said(report(manifest, comparison(reasons=found[2:])))  # the first always is


def test_the_details_say_all_else(manifest: Manifest, schema: Schema) -> None:
    reply = details(manifest, schema, elbow="F0ELBOW", segments="F0MAP")
    assert check_blocks(reply.blocks, "message", shown) == []
    assert [block["slack_file"]["id"] for block in reply.blocks if block["type"] == "image"] == ["F0ELBOW", "F0MAP"]
    said = everything_said(reply)
    for words in (
        "The stability is better",
        "200 in the file, 200 used",
        "; stability on other samples 0.9",
        "; rules match the clusters with fidelity ",
        ", on held-out customers ",
        "*Target* – 40 → 42 customers (20% → 21%) · annual income 1 → 1.5 · spending score 2 → 2.5 · age 0 → 0.5",
        "*Spender* (new) – 42 customers (21%) · annual income 1.5",
        "*Careful* (gone) – 40 customers (20%) before · annual income 1 · spending score 2 · age 0",
        "2 of the 22 customers in this file (9%)",
        "Annual income: 0.31 – *large*",
        "Age: 0.01 – none",
        "All together, by the distance from the centre: 0.40 – *large*",
    ):
        assert words in said.replace("\\n", "\n"), words


def test_a_model_that_moves_nobody_is_no_warning(manifest: Manifest) -> None:
    names = ("Target", "Miser")
    still = Moves(names, names, ((10, 0), (0, 12)), estimated=False)
    text = report(manifest, comparison(verdict=Verdict.SIMILAR, moves=still)).text
    assert text.startswith(
        "🟢 Promote or discard, it is the same: none of 22 customers move. The candidate is the model of "
    )
    unknown = report(manifest, comparison(verdict=Verdict.SIMILAR, moves=None)).text
    assert unknown.startswith("🟢 Promote: quality is fine. The candidate is the model of ")


def test_counts_who_would_move_in_one_table(manifest: Manifest, schema: Schema) -> None:
    tables = [block for block in details(manifest, schema).blocks if block["type"] == "table"]
    (grid,) = tables  # Slack takes one a message
    counts = [[cell["text"] for cell in row] for row in grid["rows"]]
    assert counts[0] == ["In this file, from\u00a0↓\u00a0to\u00a0→", "Target", "Miser", "Spender"]
    assert counts[1:] == [["Target", "10", "–", "–"], ["Miser", "1", "10", "–"], ["Careful", "1", "–", "–"]]


def test_an_estimate_for_the_customers_of_before_is_not_shown(manifest: Manifest, schema: Schema) -> None:
    names = ("Target", "Miser", "Spender")
    stored = comparison(moves_before=moves(("Target", "Miser", "Careful"), names, estimated=True))
    assert details(manifest, schema, stored) == details(manifest, schema)
    estimated = comparison(moves=moves(names, names, estimated=True))
    assert "about 2 of the 32 customers in this file (6.2%)" in everything_said(details(manifest, schema, estimated))
    assert report(manifest, estimated).text.startswith("🟢 Promote: about 2 of 32 customers move")


@pytest.mark.parametrize(
    ("verdict", "against", "words"),
    [
        (Verdict.BETTER, "v1", "🟢 Promote: 2 of 22 customers move, quality is better"),
        (Verdict.SIMILAR, "v1", "🟢 Promote: 2 of 22 customers move, quality is fine"),
        (Verdict.WORSE, "v1", "🟠 Don't promote: worse than the model in service, 2 of 22 customers move"),
        (Verdict.DIFFERENT, "v1", "🟠 Look first: much is different, 2 of 22 customers move"),
        (Verdict.UNSAFE, "v1", "🔴 Don't promote: unsafe, 2 of 22 customers move"),
        (Verdict.BANDS, "v1", "🟠 Look first: bands, no groups, 2 of 22 customers move"),
        (Verdict.FIRST, None, "🟢 Promote: your first model"),
        (Verdict.FIRST, "v1", "🟢 Promote: your first model of real customers"),
    ],
)
def test_has_one_plain_verdict(manifest: Manifest, verdict: Verdict, against: str | None, words: str) -> None:
    assert report(manifest, comparison(verdict=verdict, against=against)).text.startswith(words)


def test_the_first_model_has_nobody_to_move_and_nothing_to_drift_from(manifest: Manifest, schema: Schema) -> None:
    first = comparison(
        verdict=Verdict.FIRST,
        against=None,
        segments=(change("Target", "new"),),
        moves=None,
        drift=(),
        reasons=(),
    )
    said = everything_said(report(manifest, first)) + everything_said(details(manifest, schema, first))
    for words in ("Would change", "Drift", "compared with", "*Why*"):
        assert words not in said


def actions(reply: Reply) -> list[str]:
    return [one["action_id"] for block in reply.blocks if block["type"] == "actions" for one in block["elements"]]


def test_an_unsafe_candidate_can_only_be_discarded(manifest: Manifest) -> None:
    assert actions(report(manifest)) == [PROMOTE, NAME_SEGMENTS, DISCARD]
    assert actions(report(manifest, promotable=False)) == [DISCARD]


def confirms(reply: Reply) -> list[dict[str, str]]:
    (buttons,) = [block["elements"] for block in reply.blocks if block["type"] == "actions"]
    found = [one["confirm"] for one in buttons if one["action_id"] in {PROMOTE, DISCARD}]
    return [{part: words["text"] for part, words in one.items()} for one in found]


def test_both_decisions_ask_once_more_and_say_who_moves(manifest: Manifest) -> None:
    for verdict in (Verdict.BETTER, Verdict.SIMILAR):
        promote, discard = confirms(report(manifest, comparison(verdict=verdict)))
        assert promote == {
            "title": "Promote this model?",
            "text": "2 of 22 customers move to another segment. Undo with /retrain rollback.",
            "confirm": "Promote",
            "deny": "Look again",
        }
        assert discard["title"] == "Discard this model?"
        assert discard["text"].startswith("No customer moves, and this candidate can't be promoted any more.")
        assert discard["confirm"] == "Discard"
    first = comparison(verdict=Verdict.FIRST, against=None, moves=None, reasons=())
    promote, discard = confirms(report(manifest, first))
    assert promote["text"] == "It will answer from then on."
    assert discard["text"].startswith("Nothing else changes")


def test_what_speaks_against_a_candidate_is_said_once_more_before_it_is_promoted(manifest: Manifest) -> None:
    found = comparison(verdict=Verdict.DIFFERENT, reasons=(f"{EVIL} moved." * 40, "More."))
    reply = report(manifest, found)
    assert check_blocks(reply.blocks, "message", shown) == []
    promote, _discard = confirms(reply)
    assert promote["title"] == "Promote a model this different?"
    assert promote["text"].startswith(
        f"2 of 22 customers move to another segment. Undo with /retrain rollback. {EVIL} moved."
    )
    bands, _ = confirms(report(manifest, comparison(verdict=Verdict.BANDS, reasons=("Spread evenly.",))))
    assert bands["title"] == "Promote bands of customers?"
    assert bands["text"].endswith("Undo with /retrain rollback. Spread evenly.")
    worse, _ = confirms(report(manifest, comparison(verdict=Verdict.WORSE, reasons=("The fidelity is worse.",))))
    assert worse["text"].endswith("Undo with /retrain rollback. The fidelity is worse.")


def test_of_many_features_those_that_drifted_most_are_shown(manifest: Manifest, schema: Schema) -> None:
    drift = tuple(Drift(f"f{i}", i / 100, "none") for i in range(20))
    said = everything_said(details(manifest, schema, comparison(drift=drift)))
    assert "f19: 0.19" in said
    assert "f8: 0.08" in said
    assert "f7: " not in said
    assert "8 more features: 0.07 at most" in said
    assert "1 more feature: 0.00 at most" in everything_said(details(manifest, schema, comparison(drift=drift[:13])))


def test_drift_that_may_be_chance_is_called_that(manifest: Manifest, schema: Schema) -> None:
    said = everything_said(details(manifest, schema, comparison(drift=(Drift("income", 0.31, "chance"),))))
    assert "Annual income: 0.31 – may be chance" in said


def test_what_is_decided_has_no_buttons_and_says_first_what_became_of_it(manifest: Manifest) -> None:
    reply = report(manifest, closing="*Promoted* by <@U1>.")
    assert actions(reply) == []
    assert reply.blocks[0]["text"]["text"] == "*Promoted* by <@U1>."
    assert reply.blocks[1]["text"]["text"] == "*🟢 Promote: 2 of 22 customers move, quality is better*"
    assert reply.text.startswith("*Promoted* by <@U1>. 🟢")


def test_charts_that_are_not_there_are_left_out(manifest: Manifest, schema: Schema) -> None:
    for reply in (report(manifest, choice=Choice("v2", "v1")), details(manifest, schema)):
        assert "image" not in [block["type"] for block in reply.blocks]


def test_rows_left_out_and_filled_in_are_counted_with_their_reasons(manifest: Manifest, schema: Schema) -> None:
    cleaning = replace(
        manifest.report.cleaning,
        rows=1210,
        used=1200,
        rejected={"missing": 4, "out_of_range": 5, "none": 0},
        outlier_rows=1,
        outlier_money={"income": 0.0712},
        imputed={"age": 1234},
    )
    changed = replace(manifest, report=replace(manifest.report, cleaning=cleaning, silhouette=None))
    said = everything_said(details(changed, schema))
    assert "1,210 in the file, 1,200 used; left out: 4 missing, 5 out of range, 1 far outside the rest (7.1%" in said
    assert "the rest (7.1% of annual income). Of those used" in said
    assert "Of those used, 1,234 had no age." in said
    assert "silhouette 0" not in said


def test_rows_left_out_are_told_with_their_reason_and_lines(manifest: Manifest, schema: Schema) -> None:
    first = Problem("not_a_number", "Income", "Annual income is not a plain number", 57, (3, 9))
    one = Problem("ragged", "", "the row has more or fewer fields than the header", 1, (12,))
    said = everything_said(details(replace(manifest, problems=[first, one]), schema))
    assert "57 rows: Annual income is not a plain number (lines 3, 9 …)" in said
    assert "1 row: the row has more or fewer fields than the header (line 12)" in said
    many = [replace(one, column=EVIL, sentence=f"{EVIL} {number}") for number in range(7)]
    reply = details(replace(manifest, problems=many), schema)
    assert "and 2 more kinds" in everything_said(reply)
    assert [live_markup(text) for text in mrkdwn_texts(reply.blocks) if live_markup(text)] == []
    assert "Left out" not in everything_said(details(manifest, schema))


def test_nothing_from_outside_is_live_and_everything_fits(manifest: Manifest, schema: Schema) -> None:
    names = tuple(f"{EVIL} {i} " + "long " * 20 for i in range(10))
    worst = comparison(
        reasons=(EVIL * 50,) * 20,
        segments=tuple(change(name) for name in names) + tuple(change(f"{name}x", "gone") for name in names),
        moves=moves(names, names),
        drift=tuple(Drift(EVIL, 9.99, "large") for _ in range(30)),
    )
    hostile = replace(
        manifest,
        source=EVIL * 9,
        note=EVIL * 9,
        notes=[EVIL * 90] * 30,
        report=replace(manifest.report, warnings=(EVIL * 90,) * 30),
    )
    for reply in (report(hostile, worst), details(hostile, schema, worst)):
        assert check_blocks(reply.blocks, "message", shown) == []
        assert len(reply.blocks) <= 50
        for text in [*mrkdwn_texts(reply.blocks), reply.text]:
            assert not live_markup(text), text[:200]


def test_a_segment_gone_from_a_version_of_other_features_has_a_size_only(manifest: Manifest, schema: Schema) -> None:
    gone = replace(change("Careful", "gone"), centre_before=None)
    said = everything_said(details(manifest, schema, comparison(segments=(change("Target"), gone))))
    assert '*Careful* (gone) – 40 customers (20%) before"' in said


@pytest.mark.parametrize("label", ["Feature number", " and ".join(["A label as long as labels get to be"] * 4)])
def test_every_segment_is_shown_whole_however_many_there_are(manifest: Manifest, schema: Schema, label: str) -> None:
    wide = replace(schema, features=tuple(replace(schema.features[0], label=f"{label} {i}") for i in range(6)))
    now, before = [f"Now {i} {'long ' * 9}" for i in range(10)], [f"Gone {i} {'long ' * 9}" for i in range(10)]
    changes = [change(name, features=6) for name in now] + [change(name, "gone", 6) for name in before]
    reply = details(manifest, wide, comparison(segments=tuple(changes)))
    assert check_blocks(reply.blocks, "message", shown) == []
    assert len(reply.blocks) <= 50
    lines = "\n".join(mrkdwn_texts(reply.blocks)).split("\n")
    for name in (*now, *before):
        (line,) = [one for one in lines if f"*{name}*" in one]
        # Slack refuses twenty segments with six such long labels each: then labels are cut, and figures are not.
        whole = len(label) < 40
        labels = [feature.label_in_text + " " if whole else feature.label_in_text[:39] for feature in wide.features]
        assert sum(line.count(found) for found in set(labels)) == 6
        assert line.count(" · ") == 6
        assert line.endswith("5 → 5.5" if name in now else "5")


@pytest.mark.parametrize("expected", [None, "v1"])
def test_a_buttons_value_is_read_back(expected: str | None) -> None:
    choice = Choice("20261123-101500-0a1b2c3d", expected, "F0ELBOW", "", "F0SIZES")
    assert Choice.from_value(choice.to_value()) == choice


def test_paths_stay_out(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no version"):
        Choice.from_value(Choice(str(tmp_path), None).to_value())
