"""The form of a list, and its messages: within Slack's limits and inert, whatever segments and columns are called."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from harness import everything_said, live_markup, mrkdwn_texts

from bot.blocks.files.lists import (
    COLUMNS_BLOCK,
    HASHED_BLOCK,
    MOVED_BLOCK,
    SEGMENTS_BLOCK,
    Scored,
    list_button,
    list_failure_reply,
    list_form,
    list_progress_reply,
    list_ready_reply,
    list_started_reply,
)
from bot.blocks.limits import BUTTON_VALUE, METADATA
from bot.playground.block_kit.rules import check_blocks
from bot.records.list_job import ListJob, ListOutcome, list_name

NASTY = "<!channel> <@U1> *x* `co`\nde & \u202e" + "long " * 60
SMALL = Scored("F1", ("Target", "Miser"), ("id", "email", ""))
JOB = ListJob("T1", "U1", "V1", "F1", ("Target",))
OUTCOME = ListOutcome("May.segments.csv", 39, 200, {"Target": 39})


def element(view: dict[str, Any], block_id: str) -> dict[str, Any]:
    """The element of an input."""
    (found,) = (one["element"] for one in view["blocks"] if one.get("block_id") == block_id)
    return dict(found)


@pytest.mark.parametrize(
    "scored",
    [
        SMALL,
        Scored("F1"),
        Scored("F1", tuple(f"{NASTY}{i}" for i in range(15)), tuple(f"{NASTY}{i}" for i in range(200))),
        Scored("F1", ("Target",), tuple(f"c{i}" for i in range(150))),
        Scored("F1", ('"' * 900,), ('\\"' * 20,)),
        Scored("F1", ('"' * 900,), ('\\"' * 20,), "file:T1:F0:C1"),
    ],
    ids=["small", "unknown", "hostile", "many columns", "quotes", "movers"],
)
def test_button_and_form_keep_to_slacks_limits(scored: Scored) -> None:
    assert check_blocks([list_button(scored)]) == []
    assert len(scored.value) <= BUTTON_VALUE
    view = list_form(Scored.from_value(scored.value), "C1")
    assert check_blocks(view["blocks"], "modal") == []
    assert len(view["private_metadata"]) <= METADATA
    assert json.loads(view["private_metadata"])["channel"] == "C1"


def test_movers_are_offered_only_if_the_button_knows_of_an_earlier_file() -> None:
    since = replace(SMALL, since="file:T1:F0:C1")
    assert MOVED_BLOCK not in str(list_form(SMALL, "C1"))
    boxes = element(list_form(since, "C1"), MOVED_BLOCK)
    assert [one["text"]["text"] for one in boxes["options"]] == ["Only customers who moved since the last file"]
    for room in (since, replace(since, segments=tuple(f"{i}{'x' * 200}" for i in range(15)))):
        stated = list_form(Scored.from_value(room.value), "C1")
        assert Scored.from_value(json.loads(stated["private_metadata"])["scored"]).since == since.since
        assert MOVED_BLOCK in str(stated["blocks"])


def test_what_was_chosen_says_movers_only() -> None:
    said = str(list_ready_reply(replace(JOB, since="file:T1:F0:C1"), OUTCOME).blocks)
    assert "Chosen: Target · only customers who moved since the last file" in said


def test_what_the_button_has_room_for_comes_back() -> None:
    assert Scored.from_value(SMALL.value) == SMALL
    many = Scored("F1", ("Target",), tuple(f"column number {i}" for i in range(150)))
    assert Scored.from_value(many.value) == Scored("F1", ("Target",))
    long = Scored("F1", tuple(f"{i}{'x' * 200}" for i in range(15)))
    assert Scored.from_value(long.value) == Scored("F1")


def test_names_that_are_known_are_chosen_and_others_typed() -> None:
    known, unknown = list_form(SMALL, "C1"), list_form(Scored("F1"), "C1")
    assert element(known, SEGMENTS_BLOCK)["type"] == element(known, COLUMNS_BLOCK)["type"] == "multi_static_select"
    assert element(known, HASHED_BLOCK)["initial_option"]["value"] == "none"
    for block_id in (SEGMENTS_BLOCK, COLUMNS_BLOCK, HASHED_BLOCK):
        assert element(unknown, block_id)["type"] == "plain_text_input"
    assert [one["text"]["text"] for one in element(known, COLUMNS_BLOCK)["options"]] == ["id", "email", "(no heading)"]


def test_says_how_many_are_listed_and_what_was_chosen() -> None:
    job = ListJob("T1", "U1", "V1", "F1", ("Target",), True, 0.8, False, (), "email")
    outcome = ListOutcome("May.segments.csv", 1_239, 2_000, {"Target": 1_200, "Miser": 0}, 39, 2)
    reply = list_ready_reply(job, outcome)
    assert reply.text == (
        "Your list: 1,239 of 2,000 rows of *May.segments.csv*. Target 1,200, without a segment 39. "
        "Download the file here."
    )
    assert mrkdwn_texts(reply.blocks)[1:] == [
        "Chosen: Target and rows without a segment · confidence at least 80% · no close calls · "
        "SHA-256 of the addresses in email",
        "2 rows were left out, having no e-mail address in email.",
    ]
    only = list_ready_reply(ListJob("T1", "U1", "V1", "F1", ("Target",), borderline=True), OUTCOME)
    assert "Chosen: Target · close calls only" in everything_said(only)
    one = list_ready_reply(job, ListOutcome("May.segments.csv", 1, 2, {"Target": 1}, 0, 1))
    assert "1 row was left out, having no e-mail address" in everything_said(one)


HOSTILE = ListJob("T1", "U1", "V1", "F1", (NASTY,) * 15, True, 0.8, True, (), NASTY)


@pytest.mark.parametrize(
    "reply",
    [
        list_started_reply(),
        list_progress_reply(1_000_000),
        list_ready_reply(JOB, OUTCOME),
        list_ready_reply(HOSTILE, ListOutcome(NASTY, 9, 99, {f"{NASTY}{i}": 9 for i in range(15)}, 5, 7)),
        list_ready_reply(HOSTILE, ListOutcome(NASTY, 0, 99)),
        list_failure_reply(NASTY, retry=True),
    ],
)
def test_nothing_in_a_message_is_live_or_too_long(reply: Any) -> None:
    assert check_blocks(reply.blocks) == []
    for said in [reply.text, *mrkdwn_texts(reply.blocks)]:
        assert live_markup(said) == ""


def test_a_failure_never_reads_like_a_scored_reply() -> None:
    assert "confidence" not in everything_said(list_failure_reply("It has no column confidence.", retry=False))


@pytest.mark.parametrize(
    ("result", "name"),
    [
        ("May.segments.csv", "May.list.csv"),
        ("May.segments.csv.gz", "May.list.csv"),
        ("../=x.segments.zip", "x.list.csv"),
        (".segments.csv", "customers.list.csv"),
    ],
)
def test_a_list_is_named_after_the_file_it_comes_from(result: str, name: str) -> None:
    assert list_name(result, ".csv") == name
