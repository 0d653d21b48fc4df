"""A scored file's message, for the usual report and for one as hostile and as large as can be."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from harness import everything_said, live_markup, mrkdwn_texts

from bot.blocks.files.lists import GET_LIST, Scored
from bot.blocks.files.summary import (
    TRY_AGAIN,
    Further,
    elsewhere_reply,
    failure_reply,
    progress_reply,
    seen_reply,
    summary_reply,
)
from bot.blocks.limits import MESSAGE_TEXT
from bot.blocks.reply import Reply
from bot.playground.block_kit.rules import check_blocks
from segmentation.movement.movement import Movement
from segmentation.scoring.report import ScoreReport

NASTY = "<!channel> <@U1> *x* `co`\nde & \u202e" + "long " * 60
LABELS = {"age": "Age (years)", "income": "Annual income (k$)"}


def report(**changes: Any) -> ScoreReport:
    """What a scoring of five rows reports."""
    data = {
        "rows": 5,
        "scored": 3,
        "rejected": 2,
        "segments": {"Target": 1, "Miser": 2, "Spender": 0},
        "profiles": {
            "Target": {"age": 30.25, "income": 1234.5},
            "Miser": {"age": None, "income": 80.0},
            "Spender": {"age": None, "income": None},
        },
        "problems": [
            {"reason": "missing", "column": "income", "sentence": "Annual income is missing", "rows": 1, "lines": (4,)},
            {"reason": "ragged", "column": "", "sentence": "the row is ragged", "rows": 1200, "lines": (5, 6)},
        ],
        "notes": ["Columns read: age from “age”."],
        "imputed": 1,
        "not_given": {"age": 1},
        "duplicate_ids": None,
        "model_version": "v1",
        "seconds": 0.1,
        **changes,
    }
    return ScoreReport.from_data(data)


def summary(found: ScoreReport, labels: dict[str, str] | None = None, **more: Any) -> Reply:
    return summary_reply("x.csv", found, LABELS if labels is None else labels, **{"synthetic": False, **more})


def block(reply: Reply, kind: str) -> dict[str, Any]:
    (found,) = (one for one in reply.blocks if one["type"] == kind)
    return found


def test_the_table_has_every_segment_the_largest_first_with_its_average_customer() -> None:
    rows = [[cell["text"] for cell in row] for row in block(summary(report()), "table")["rows"]]
    assert rows[0] == ["Segment", "Customers", "Share", "Age (years)", "Annual income (k$)"]
    assert [row[0].split(" ", 1)[1] for row in rows[1:]] == ["Miser", "Target", "Spender"]
    assert rows[1][1:] == ["2", "67%", "–", "80"], "as in /segments"
    assert rows[2][1:] == ["1", "33%", "30.2", "1,234.5"]
    assert rows[3][1:] == ["0", "0%", "–", "–"]


def test_bars_in_the_segments_colours_stand_in_the_tables_order() -> None:
    reply = summary(report())
    (bars,) = (text for text in mrkdwn_texts(reply.blocks) if "🟦" in text)
    assert bars.split("\n") == ["🟪🟪🟪🟪🟪🟪 *Miser* 2 (67%)", "🟦🟦🟦 *Target* 1 (33%)"]  # nobody is a Spender
    rows = [row[0]["text"] for row in block(reply, "table")["rows"][1:]]
    assert rows == ["🟪 Miser", "🟦 Target", "🟧 Spender"]


def test_the_smallest_segment_has_a_bar_and_many_segments_only_the_largest_actions() -> None:
    names = [f"S{i}" for i in range(9)]
    sizes = {name: 1000 if i == 3 else 9 - i for i, name in enumerate(names)}
    found = report(rows=1040, scored=1040, segments=sizes, profiles={})
    said = mrkdwn_texts(summary(found, further=Further(dict.fromkeys(names, "Act."))).blocks)
    first, *rest = said[1].split("\n")
    assert first.endswith(" *S3* 1,000 (96%) → Act.")
    assert sum(line.endswith("→ Act.") for line in rest) == 5
    assert rest[-1].endswith(" *S8* 1 (under 1%)")
    assert len(rest[-1].split(" ")[0]) == 1


def test_the_commonest_problems_come_with_counts_and_lines() -> None:
    said = mrkdwn_texts(summary(report()).blocks)
    assert (
        "*Rows that couldn't be scored*\n• 1 row: Annual income is missing (line 4)\n"
        "• 1,200 rows: they have more or fewer fields than the header (lines 5, 6 …)"
    ) in said
    many = [
        {"reason": "missing", "column": "age", "sentence": f"fault {i}", "rows": 1, "lines": (i,)} for i in range(7)
    ]
    text = "\n".join(mrkdwn_texts(summary(report(problems=many)).blocks))
    assert text.count("fault") == 5
    assert "and 2 more reasons; the result file gives one for every row" in text
    text = "\n".join(mrkdwn_texts(summary(report(problems=many[1:])).blocks))
    assert "and 1 more reason; the result file gives one for every row" in text


def test_points_to_what_to_write_instead_of_cells_that_are_not_plain_numbers() -> None:
    def said(reason: str) -> str:
        refused = {"reason": reason, "column": "Spent", "sentence": "Total spent is …", "rows": 4, "lines": (5,)}
        return "\n".join(mrkdwn_texts(summary(report(problems=[refused])).blocks))

    pointer = "• The notes in the result file quote each such cell, with what to write instead"
    assert pointer in said("not_a_number")
    assert pointer not in said("missing")


def test_what_was_assumed_is_said() -> None:
    text = "\n".join(mrkdwn_texts(summary(report(), synthetic=True).blocks))
    assert "One row had no age." in text
    assert "assumed," not in text
    assert "What I assumed" not in text
    assert "Columns read" not in text
    assert "Model v1 · the result file has every row, with the reason if it has no segment" in text
    assert "trained on *synthetic sample customers*" in text


def test_which_column_is_which_is_said_unless_their_names_say_it() -> None:
    def said(*notes: str) -> str:
        return "\n".join(mrkdwn_texts(summary(report(notes=notes)).blocks))

    plain, mapped = "Columns read: age from “Age”, income from “INCOME”.", "Columns read: age from “Alter”."
    assert "Columns read" not in said(plain)
    assert "What I assumed" not in said(mapped)
    assert "\nColumns read: age from “Alter”.\n" in said(mapped)
    assert "*What I assumed*\n• Columns read: age from “Alter”.\n• The delimiter is a tab." in said(
        mapped, "The delimiter is a tab."
    )
    assert "*What I assumed*\n• The delimiter is a tab." in said(plain, "The delimiter is a tab.")


def test_counts_the_rows_that_lack_each_profile_feature() -> None:
    text = "\n".join(mrkdwn_texts(summary(report(not_given={"age": 1200, "<tenure>": 1})).blocks))
    assert "1,200 rows had no age, one row had no &lt;tenure&gt;." in text


def test_a_report_stored_before_rows_were_counted_by_feature_still_loads() -> None:
    data = {key: value for key, value in report().to_data().items() if key not in {"not_given", "suffix"}}
    assert ScoreReport.from_data(data).not_given == {}
    with pytest.raises(KeyError):
        ScoreReport.from_data({key: value for key, value in data.items() if key != "imputed"})


def test_a_perfect_file_has_nothing_to_excuse() -> None:
    reply = summary(report(rejected=0, problems=[], imputed=0, not_given={}, notes=[]))
    kinds = ["section", "section", "table", "context"]
    assert [one["type"] for one in reply.blocks] == kinds
    assert mrkdwn_texts(reply.blocks)[-1] == "*x.csv*: 3 of 5 rows scored · Model v1 · the result file has every row"


def test_begins_with_what_stands_out_and_what_to_do_about_each_segment() -> None:
    found = report(scored=3, segments={"Target": 1, "Miser": 2, "Spender": 0}, borderline=1)
    said = mrkdwn_texts(
        summary(found, further=Further({"Target": "Call <them>.", "Miser": "", "Spender": "Never."})).blocks
    )
    assert said[:3] == [
        "Two thirds of the customers in *x.csv* are *Miser*; 1 customer is a close call.",
        "🟪🟪🟪🟪🟪🟪 *Miser* 2 (67%)\n🟦🟦🟦 *Target* 1 (33%) → Call &lt;them&gt;.",
        "*x.csv*: 3 of 5 rows scored. 2 rows couldn't be scored.",
    ]


@pytest.mark.parametrize(
    ("counts", "borderline", "sentence"),
    [
        ((4, 0), 0, "All of the customers in *x.csv* are *Target*."),
        ((99, 1), None, "Nearly all of the customers in *x.csv* are *Target*."),
        ((50, 50), 18, "Half of the customers in *x.csv* are *Target*; 18 customers are close calls."),
        ((52, 48), 0, "About half of the customers in *x.csv* are *Target*."),
        ((45, 55), 1200, "55% of the customers in *x.csv* are *Miser*; 1,200 customers are close calls."),
    ],
)
def test_says_the_largest_share_as_people_do(counts: tuple[int, int], borderline: int | None, sentence: str) -> None:
    target, miser = counts
    found = report(rows=sum(counts), scored=sum(counts), segments={"Target": target, "Miser": miser})
    found = replace(found, borderline=borderline, rejected=0)
    assert mrkdwn_texts(summary(found).blocks)[0] == sentence


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        (100, "All of the customers in *x.csv* are *Target*; Target grew by 20 since the file of 3 Oct 2026; {close}."),
        (
            130,
            "All of the customers in *x.csv* are *Target*; Target shrank by 10 since the file of 3 Oct 2026; {close}.",
        ),
        (120, "All of the customers in *x.csv* are *Target*; {close}."),
    ],
)
def test_says_which_segment_has_grown_since_the_last_file(before: int, sentence: str) -> None:
    moved = Movement(1_791_000_000.0, "v0", 20, 0, {}, {"Target": before})
    found = report(rows=120, scored=120, rejected=0, segments={"Target": 120}, borderline=3)
    said = mrkdwn_texts(summary(found, further=Further(movement=moved)).blocks)[0]
    assert said == sentence.format(close="3 customers are close calls")


def test_values_far_outside_come_first_and_if_most_are_nobody_is_told_to_act() -> None:
    some = summary(report(rows=300, scored=300, segments={"Target": 200, "Miser": 100}, far=2))
    assert some.blocks[0]["text"]["text"].startswith(":warning: 2 rows have values far outside")
    assert "are *Target*" in some.blocks[1]["text"]["text"]
    most = summary(report(rows=300, scored=300, segments={"Target": 200, "Miser": 100}, far=150))
    assert most.blocks[0]["text"]["text"].startswith(":warning: 150 rows have values far outside")
    assert "are *Target*" not in everything_said(most)
    assert "→" not in everything_said(most)


def test_lists_can_be_cut_from_a_result_that_is_known() -> None:
    reply = summary(report(columns=["id", "segment"]), further=Further(result="F1"))
    kinds = [one["type"] for one in reply.blocks]
    assert kinds.index("actions") < kinds.index("table")  # what people act on is on the first screen
    (one,) = block(reply, "actions")["elements"]
    assert (one["action_id"], one["text"]["text"]) == (GET_LIST, "Get a list…")
    assert Scored.from_value(one["value"]) == Scored("F1", ("Target", "Miser"), ("id", "segment"))
    for moved, since in ((3, "file:T1:F0:C1"), (0, "")):
        movement = Movement(1.0, "v0", 0, 0, {"Target": {"Miser": moved}}, {"Target": 3}, earlier="file:T1:F0:C1")
        further = Further(result="F1", movement=movement)
        (one,) = block(summary(report(), further=further), "actions")["elements"]
        assert Scored.from_value(one["value"]).since == since
    nobody = report(scored=0, rejected=5, segments={"Target": 0})
    assert not [one for one in summary(nobody, further=Further(result="F1")).blocks if one["type"] == "actions"]


def test_a_file_without_a_scored_row_has_neither_bars_nor_table() -> None:
    reply = summary(report(scored=0, rejected=5, segments={"Target": 0}))
    assert {one["type"] for one in reply.blocks} == {"section", "context"}
    assert reply.text == "*x.csv*: 0 of 5 rows scored. 5 rows couldn't be scored. "


def hostile() -> ScoreReport:
    names = [f"{NASTY} {i}" for i in range(20)]
    return report(
        segments=dict.fromkeys(names, 1_000_000),
        profiles={name: dict.fromkeys((f"f{i}" for i in range(17)), 1.0) for name in names},
        problems=[{"reason": "ragged", "column": "", "sentence": NASTY, "rows": 9, "lines": (1, 2, 3, 4, 5)}] * 12,
        notes=[NASTY] * 12,
        model_version="v" * 64,
        scored=20_000_000,
    )


REPLIES = {
    "summary": lambda: summary_reply(
        NASTY,
        hostile(),
        {f"f{i}": f"{NASTY} {i}" for i in range(17)},
        synthetic=True,
        further=Further({f"{NASTY} {i}": NASTY for i in range(20)}, "F1"),
    ),
    "seen": lambda: seen_reply(NASTY, 12),
    "progress": lambda: progress_reply(NASTY, 1_000_000),
    "failure": lambda: failure_reply(NASTY, NASTY, json.dumps({"file": "F1"})),
    "elsewhere": lambda: elsewhere_reply(NASTY),
}


@pytest.mark.parametrize("build", REPLIES.values(), ids=REPLIES)
def test_nothing_in_a_message_is_live_or_too_long_whatever_the_file_holds(build: Any) -> None:
    reply = build()
    assert check_blocks(reply.blocks) == []
    assert len(reply.text) <= MESSAGE_TEXT
    for said in [reply.text, *mrkdwn_texts(reply.blocks)]:
        assert live_markup(said) == ""


def test_each_stage_says_where_it_stands() -> None:
    assert seen_reply("x.csv", 0).text == "I have seen *x.csv* and am scoring it…"
    assert seen_reply("x.csv", 12).text == "I have seen *x.csv* and am scoring it… Queued, 12 ahead."
    assert progress_reply("x.csv", 1_234_567).text == "Scoring *x.csv*: 1,234,567 rows done…"
    assert "directly to the person who uploaded it" in everything_said(elsewhere_reply("x.csv"))


def test_a_refused_file_never_reads_like_a_scored_one() -> None:
    refused = failure_reply("confidence.csv", "I can't find income in the file's header, “age, Confidence”.", None)
    assert "confidence" not in everything_said(refused).casefold()


def test_a_failure_has_a_button_where_trying_again_may_help() -> None:
    assert [one["type"] for one in failure_reply("x.csv", "No.", None).blocks] == ["section"]
    (button,) = block(failure_reply("x.csv", "No.", "value"), "actions")["elements"]
    assert (button["action_id"], button["value"]) == (TRY_AGAIN, "value")


@pytest.mark.parametrize(
    ("rows", "scored", "said"),
    [(1, 1, "1 row scored."), (1, 0, "0 of 1 row scored. 1 row couldn't be scored."), (2, 2, "2 of 2 rows scored.")],
)
def test_one_row_is_not_called_rows(rows: int, scored: int, said: str) -> None:
    reply = summary(report(rows=rows, scored=scored, rejected=rows - scored, segments={"Target": scored}))
    assert reply.text.startswith(f"*x.csv*: {said}")
