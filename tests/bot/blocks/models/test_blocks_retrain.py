"""Everything `/retrain` shows beside the report, checked against Slack's rules."""

from __future__ import annotations

import pytest
from harness import everything_said, live_markup, mrkdwn_texts

from bot.blocks.model_names import model_text
from bot.blocks.models.retrain import (
    announcement,
    misread_reply,
    progress_reply,
    retrain_form,
    retrain_usage,
    running_reply,
    started_reply,
    status_reply,
    tried_again_reply,
    unreported_reply,
    untold_reply,
    untrained_reply,
)
from bot.blocks.models.retrain_report import Choice
from bot.blocks.models.versions import HistoryLine, history_reply, rollback_question
from bot.blocks.reply import Reply
from bot.blocks.times import in_utc
from bot.parsing.retrain_text import Misread
from bot.playground.block_kit.rules import check_blocks
from bot.records.retrain_job import RetrainJob, Running

EVIL = "<!channel> `a` *b* <@U012AB3CD> & \u202egnp.csv\n```x"
JOB = RetrainJob("T1", "C1", "U012AB3CD", "V1", at=1_790_000_000.0)


def line(version: str = "v1", user: str | None = "U012AB3CD", source: str = "customers.csv, 200 rows") -> HistoryLine:
    return HistoryLine(version, "retired", "slack:U012AB3CD", user, "2026-11-23T22:15:00+00:00", source, "better")


REPLIES: dict[str, Reply] = {
    "usage": retrain_usage(()),
    "misread": misread_reply(Misread(("I don't know “" + EVIL + "”",), "latest")),
    "started": started_reply(EVIL, "U1", None),
    "started elsewhere": started_reply(EVIL, "U1", 5, "C1"),
    "progress": progress_reply(EVIL, "U1", 5, ("Downloading", "Reading", EVIL)),
    "untrained": untrained_reply(EVIL, EVIL, "{}"),
    "tried again": tried_again_reply({"text": "x", "blocks": untrained_reply(EVIL, EVIL, "{}").blocks}),
    "unreported": unreported_reply(EVIL),
    "untold": untold_reply("*v1* is now in service."),
    "running": running_reply(Running(JOB, "training")),
    "status": status_reply(Running(JOB, "training"), "In service: *v1*.", "Newest: *v2*, candidate."),
    "unknown": status_reply(None, "In service: *v1*.", "", EVIL),
    "idle": status_reply(None, "No version is in service yet.", ""),
    "announced": announcement("*v1* is now in service."),
    "announced with ids": announcement("*Model of 3 Oct* is now in service.", small="20261003-101500-0a1b2c3d"),
    "history": history_reply([line(f"20261123-10150{i % 10}-{i:08d}", source=EVIL * 9) for i in range(20)], 7),
    "no history": history_reply([], 0),
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_keeps_slacks_rules(reply: Reply) -> None:
    assert check_blocks(reply.blocks) == []
    assert reply.text


@pytest.mark.parametrize("name", REPLIES)
def test_nothing_from_outside_is_live(name: str) -> None:
    reply = REPLIES[name]
    ours = ("<@U1>", "<#C1>", "<@U012AB3CD>") if name != "misread" else ()
    for text in [*mrkdwn_texts(reply.blocks), reply.text]:
        plain = text
        for mention in ours:
            plain = plain.replace(mention, "")
        assert not live_markup(plain), text


def test_the_form_keeps_slacks_rules_and_limits() -> None:
    view = retrain_form("C1", None)
    assert check_blocks(view["blocks"], "modal") == []
    assert len(view["title"]["text"]) <= 24
    assert [len(view[name]["text"]) <= 24 for name in ("submit", "close")] == [True, True]
    chosen = retrain_form("C1", 10)["blocks"][2]["element"]["initial_option"]
    assert chosen["value"] == "10"


def test_steps_that_are_done_are_ticked_and_the_last_is_not() -> None:
    said = everything_said(progress_reply("a.csv", "U1", None, ("Downloading", "Reading", "Cleaning")))
    assert "✓ Downloading\\n✓ Reading\\n… *Cleaning*" in said
    assert "as many segments as the data suggest" in said


def test_a_failure_offers_to_try_again_only_where_that_may_help() -> None:
    kinds = [block["type"] for block in untrained_reply("a.csv", "It is empty.", None).blocks]
    assert kinds == ["section", "context"]
    assert untrained_reply("a.csv", "Slack hiccuped.", "{}").blocks[-1]["type"] == "actions"


def test_the_history_fits_a_phone_with_a_line_and_small_print_for_each_version() -> None:
    lines = [line("20261123-221500-0a1b2c3d"), line("v0", user=None)]
    first, small, second, other, _ = history_reply(lines, 0).blocks
    assert first["text"]["text"] == "*Model of 23 Nov* – retired, better"
    assert small["elements"][0]["text"] == (
        "`20261123-221500-0a1b2c3d` · 23 Nov 2026, 22:15 UTC · <@U012AB3CD> · customers.csv, 200 rows"
    )
    assert second["text"]["text"] == "*Model v0* – retired, better"
    assert "slack:U012AB3CD" in other["elements"][0]["text"]


def test_versions_of_one_day_are_told_apart_by_their_time() -> None:
    both = ["20261123-221500-0a1b2c3d", "20261123-090000-0a1b2c3d"]
    assert [model_text(one, both) for one in both] == ["model of 23 Nov, 22:15", "model of 23 Nov, 09:00"]
    assert model_text(both[0], ["20251123-221500-0a1b2c3d", "mine"]) == "model of 23 Nov"
    assert model_text("20269999-999999-x") == "model 20269999-999999-x"


def test_a_rollback_that_cannot_be_compared_is_asked_about_all_the_same() -> None:
    reply = rollback_question(Choice("v1", None), None)
    assert reply.text == "Go back to the model v1? Nobody can tell how many customers would move."
    assert "in service now" not in everything_said(reply)
    assert check_blocks(reply.blocks) == []


def test_a_stamp_that_is_no_time_is_shown_as_it_is() -> None:
    assert in_utc("yesterday") == "yesterday"
    assert in_utc("2026-01-02T03:04:05+02:00") == "2 Jan 2026, 01:04 UTC"


def test_says_how_many_versions_are_left_off() -> None:
    assert "7 older versions" in everything_said(REPLIES["history"])
    assert "older versions" not in everything_said(history_reply([line()], 0))
