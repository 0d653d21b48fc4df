"""Watches: what a check found, that a table could not be checked, and the list of watches with their buttons."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.blocks.limits import CHART_LABEL, CHART_TITLE
from bot.blocks.model_names import small_model
from bot.blocks.refusal import sentences, unread_reply
from bot.blocks.reply import Reply, notice
from bot.blocks.tables import distinct_labels
from bot.blocks.text import Block, bullets, button, capital, confirmation, context, cut, escape, section
from bot.blocks.times import day_of
from segmentation.watching.changes import STALE_DAYS, News
from segmentation.watching.check import TableCheck
from segmentation.watching.schedule import Schedule, zone_of
from segmentation.watching.unlike import Unlike
from segmentation.watching.watch import Kind, Watch

RETRAIN: Final = "retrain_watched"
PAUSE: Final = "pause_watch"
RESUME: Final = "resume_watch"
DELETE: Final = "delete_watch"
LIST: Final = "/segments watches"
_MOST_LINES: Final = 6
_MOST_LISTED: Final = 20
_HUNDRED: Final = 100
_TRY: Final = "`/segments watch table=NAME every monday 9:00`"


def watch_set_reply(watch: Watch, now: float, *, zone_known: bool) -> Reply:
    """Say what was set up, and when it is due next."""
    when = f"{watch.schedule.text} ({escape(watch.schedule.zone)})"
    due = f"next on {moment(watch.schedule, watch.schedule.next(now))}"
    unzoned = "" if zone_known else " I don't know your time zone, so these times are in UTC."
    end = f"To pause, resume or delete it: `{LIST}`; to change it, type the command again."
    if watch.kind is Kind.RETRAIN:
        text = (
            f"I'll train on the table *{escape(watch.table)}* {when}, {due}, and post the report here. "
            f"Training alone changes nothing: an admin decides on each candidate.{unzoned} {end}"
        )
        return Reply(text, [section(text)])
    lead = f"I'll check the table *{escape(watch.table)}* {when}, {due}.{unzoned}"
    *most, last = cases = (
        f"a segment's share moves by more than {_points(watch.points)}",
        "a feature drifts from what the model was trained on",
        "rows are suddenly left out",
        f"the model is {STALE_DAYS} days old",
        "the check fails",
    )
    text = f"{lead} I post here only if {', '.join(most)}, or {last}. {end}"
    return Reply(text, [section(lead), bullets("I post here only if", cases), section(end)])


def misread_watch_reply(faults: Sequence[str]) -> Reply:
    """Say what could not be read, and what to type instead."""
    return unread_reply(sentences([capital(escape(fault)) for fault in faults]), f"Try this: {_TRY}")


def unknown_table_reply(name: str, tables: Sequence[str]) -> Reply:
    """Say that there is no table of that name, and which there are."""
    known = (
        f"I know these: {', '.join(tables)}."
        if tables
        else "No table is configured: the person who runs segbot can name tables in SEGBOT_TABLES."
    )
    return notice(f"I know no table called “{name[:100]}”. {known}")


def news_reply(watch: Watch, check: TableCheck, news: News, key: str) -> Reply:
    """Say what a check found, why, and offer a retrain if one may help.

    Parameters
    ----------
    key
        Names the check: two clicks on its button are one retrain.
    """
    found = [*_moves(news), *_rows(news), *_drifts(news), *_age(news)]
    lead = f"Something changed in *{escape(watch.table)}*"
    if news.recovered:
        lead = f"I can check *{escape(watch.table)}* again" + (", and something changed" if found else "")
    blocks: list[Block] = [section(f"{lead}.")]
    blocks += [bullets("What changed", found)] if found else []
    if news.moved:
        blocks.append(bullets("Why", _reasons(news)))
    blocks += [_chart(one) for one in news.drifted[:1]]
    if news.advises_retrain:
        value = json.dumps({"table": watch.table, "key": key})
        blocks.append({"type": "actions", "elements": [button("Retrain", RETRAIN, value)]})
        blocks.append(context("For admins. Training alone changes nothing: an admin has to click *Promote*."))
    blocks.append(context(_small_print(watch, check.version)))
    return Reply(". ".join([lead, *found]) + ".", blocks)


def failing_reply(watch: Watch, sentence: str, due: float) -> Reply:
    """Say that a table could not be checked, which is told once."""
    text = (
        f"I couldn't check *{escape(watch.table)}*. {escape(sentence)} I'll try again on "
        f"{moment(watch.schedule, watch.schedule.next(due))}, and post here once it works again."
    )
    return Reply(text, [section(text), context(_small_print(watch))])


def watches_reply(watches: Sequence[Watch], now: float) -> Reply:
    """List a workspace's watches, each with its buttons."""
    if not watches:
        return Reply(f"Nothing is watched. Try {_TRY}.", [section(f"Nothing is watched. Try {_TRY}.")])
    blocks: list[Block] = []
    for watch in watches[:_MOST_LISTED]:
        blocks += [section(_line(watch, now)), _buttons(watch)]
    if more := len(watches) - _MOST_LISTED:
        blocks += [context(f"… and {more} more")] if more > 0 else []
    blocks.append(context("To change one, type its command again."))
    return Reply("Watches: " + "; ".join(_line(watch, now) for watch in watches[:_MOST_LISTED]), blocks)


def moment(schedule: Schedule, seconds: float) -> str:
    """Return a moment as people in the schedule's time zone write it: "Mon 30 Nov 2026 at 9:00"."""
    return f"{datetime.fromtimestamp(seconds, zone_of(schedule.zone)):%a %-d %b %Y at %-H:%M}"


def _moves(news: News) -> list[str]:
    before = "in the model's training" if news.since is None else f"on {day_of(news.since)}"
    lines = [
        f"*{escape(one.segment)}* has {one.now:.0%} of the customers; {before} it had {one.before:.0%}"
        for one in news.moved[:_MOST_LINES]
    ]
    rest = len(news.moved) - _MOST_LINES
    return [*lines, f"{rest} more segments moved as far"] if rest > 0 else lines


def _rows(news: News) -> list[str]:
    lines = []
    if news.left_out:
        before, now = news.left_out
        lines.append(f"{now:.0%} of the rows can't be scored; it was {before:.0%}")
    if news.lost:
        lines.append(f"The table has {news.lost[1]:,} rows; it had {news.lost[0]:,}")
    return lines


def _drifts(news: News) -> list[str]:
    lines = [f"{escape(capital(one.text))}: unlike what the model learned from" for one in news.drifted[:_MOST_LINES]]
    rest = len(news.drifted) - _MOST_LINES
    return [*lines, f"{rest} more features are unlike it too"] if rest > 0 else lines


def _age(news: News) -> list[str]:
    return [] if news.stale_days is None else [f"The model was trained {news.stale_days:,} days ago"]


def _reasons(news: News) -> list[str]:
    reasons = [escape(capital(one.text)) for one in news.why[:_MOST_LINES]]
    return reasons or [
        "No single feature is unlike in training: the customers differ in several at once, a little each"
    ]


def _chart(one: Unlike) -> Block:
    labels = distinct_labels([label for label, _, _ in one.bars], CHART_LABEL)
    series = {"In training": [then for _, then, _ in one.bars], "Now": [now for _, _, now in one.bars]}
    return {
        "type": "data_visualization",
        "title": cut(f"{one.title}: then and now", CHART_TITLE),
        "chart": {
            "type": "bar",
            "series": [
                {
                    "name": name,
                    "data": [
                        {"label": label, "value": round(share * _HUNDRED, 1)}
                        for label, share in zip(labels, shares, strict=True)
                    ],
                }
                for name, shares in series.items()
            ],
            "axis_config": {"categories": labels, "x_label": cut(one.title, CHART_LABEL), "y_label": "Percent"},
        },
    }


def _line(watch: Watch, now: float) -> str:
    what = "checked" if watch.kind is Kind.WATCH else "trained on"
    state = "paused" if watch.paused else f"next on {moment(watch.schedule, watch.schedule.next(now))}"
    told = f", told from {_points(watch.points)} on" if watch.kind is Kind.WATCH else ""
    failing = ". The last check failed" if watch.seen.failing else ""
    return (
        f"*{escape(watch.table)}* is {what} {watch.schedule.text} ({escape(watch.schedule.zone)}): {state}, in "
        f"<#{watch.channel}>{told}. Set up by <@{watch.user}>{failing}."
    )


def _buttons(watch: Watch) -> Block:
    value = json.dumps({"kind": watch.kind.value, "table": watch.table})
    rest = button("Resume", RESUME, value) if watch.paused else button("Pause", PAUSE, value)
    sure = confirmation("Delete it?", f"“{watch.table}” will no longer be looked at {watch.schedule.text}.", "Delete")
    delete = {**button("Delete", DELETE, value, style="danger"), "confirm": sure}
    return {"type": "actions", "elements": [rest, delete]}


def _small_print(watch: Watch, version: str = "") -> str:
    model = f"{small_model(version)} · " if version else ""
    return f"{model}Watched {watch.schedule.text} · to pause or delete this: `{LIST}`"


def _points(points: float) -> str:
    return "1 point" if points == 1 else f"{points:g} points"
