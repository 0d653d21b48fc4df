"""The form of *Get a list…*, submitted: it is read, queued as a job, and closed."""

from __future__ import annotations

import json
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.files.lists import (
    CLOSE_BLOCK,
    COLUMNS_BLOCK,
    CONFIDENCE_BLOCK,
    FORM,
    FORM_BLOCK,
    GET_LIST,
    HASHED_BLOCK,
    MOVED_BLOCK,
    NONE,
    ONLY_CLOSE,
    SEGMENTS_BLOCK,
    UNSEGMENTED,
    WITHOUT_CLOSE,
    XLSX,
    Scored,
)
from bot.blocks.inputs import state_of
from bot.blocks.reply import Reply
from bot.dependencies import Dependencies
from bot.parsing.names import names_in
from bot.records.list_job import ListJob
from bot.slack.responses import answers_errors, tell_alone
from bot.slack.workspace import workspace_of

NO_SEGMENT: Final = "Choose at least one segment."
HASHED_TOO: Final = "This column's addresses are to be hashed, so the list can't hold it as it is. Take it out."
_CLOSE: Final = {WITHOUT_CLOSE: False, ONLY_CLOSE: True}


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the submission."""

    async def submitted(ack: AsyncAck, client: AsyncWebClient, body: dict[str, Any], view: dict[str, Any]) -> None:
        job = job_of(body, view)
        if errors := errors_of(job):
            await ack(response_action="errors", errors=errors)
            return
        # Before the acknowledgement: after it nobody sends the form again.
        await dependencies.follow_ups.settle(note(client=client, body=body, view=view))
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups, _tell)
    async def note(client: AsyncWebClient, body: dict[str, Any], view: dict[str, Any]) -> None:
        job = job_of(body, view)
        await dependencies.access.entrust(client, job.team, job.user, GET_LIST)
        await dependencies.jobs.cut_list(job)

    app.view(FORM)(submitted)


def errors_of(job: ListJob) -> dict[str, str]:
    """Return what is wrong with a choice, by the block that has to change; empty if nothing is."""
    if not job.segments and not job.unsegmented:
        return {SEGMENTS_BLOCK: NO_SEGMENT}
    return {COLUMNS_BLOCK: HASHED_TOO} if job.hashed_email and job.hashed_email in job.columns else {}


def job_of(body: dict[str, Any], view: dict[str, Any]) -> ListJob:
    """Build the job: who and which team from the signed envelope; a modal is one request however often submitted."""
    scored = Scored.from_value(str(_metadata(view)["scored"]))
    chosen = _chosen(view, SEGMENTS_BLOCK)
    segments = tuple(_named(one, scored.segments) for one in chosen if one != UNSEGMENTED)
    hashed = _chosen(view, HASHED_BLOCK)
    return ListJob(
        team=workspace_of(body),
        user=str(body["user"]["id"]),
        key=str(view["id"]),
        file=scored.file,
        segments=segments or _typed(view, SEGMENTS_BLOCK),
        unsegmented=UNSEGMENTED in chosen,
        min_confidence=float(next(iter(_chosen(view, CONFIDENCE_BLOCK)), "0")),
        borderline=_CLOSE.get(next(iter(_chosen(view, CLOSE_BLOCK)), NONE)),
        columns=tuple(_named(one, scored.columns) for one in _chosen(view, COLUMNS_BLOCK))
        or _typed(view, COLUMNS_BLOCK),
        hashed_email=next(
            (_named(one, scored.columns) for one in hashed if one != NONE),
            str(state_of(view, HASHED_BLOCK).get("value") or "").strip(),
        ),
        xlsx=_chosen(view, FORM_BLOCK) == [XLSX],
        since=scored.since if _chosen(view, MOVED_BLOCK) else "",
    )


def _metadata(view: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(view.get("private_metadata") or "{}")
    return found


def _chosen(view: dict[str, Any], block: str) -> list[str]:
    """Return the values of the options that were chosen."""
    state = state_of(view, block)
    options = state.get("selected_options") or [state.get("selected_option")]
    return [str(option["value"]) for option in options if option]


def _typed(view: dict[str, Any], block: str) -> tuple[str, ...]:
    return names_in(str(state_of(view, block).get("value") or ""))


def _named(value: str, names: tuple[str, ...]) -> str:
    return names[int(value)]


async def _tell(arguments: dict[str, Any], reply: Reply) -> None:
    """Tell the person who submitted, visible to them alone in the channel they came from, else in a direct message."""
    body = arguments["body"]
    channel = str(_metadata(body["view"]).get("channel") or "")
    await tell_alone(arguments["client"], str(body["user"]["id"]), channel, reply)
