"""The form that sets up segments, submitted: every page is checked in the form, and the last one begins a training."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from time import time
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.models.setup_form import (
    COLUMNS_FORM,
    DETAILS_FORM,
    ENTERED,
    ID_BLOCK,
    K_BLOCK,
    NO_COLUMN,
    Progress,
    changes_of,
    details_form,
    field_block,
    role_block,
    with_changes,
)
from bot.dependencies import Dependencies
from bot.records.retrain_job import RetrainJob
from bot.records.setup import setup_request
from bot.slack.responses import reply_for
from bot.slack.workspace import workspace_of
from segmentation.errors import BadInput, SegbotError
from segmentation.proposal.confirmed import Field, Wanted, choice_fault, confirmed_schema, faults_of
from segmentation.proposal.setup import Setup
from segmentation.reading.questions import Answers
from segmentation.schema import Role, Scale, Schema
from segmentation.training.bounds import is_k

NO_NUMBER: Final = "Type a number here, such as 0 or 2500.5."
STALE: Final = "This form can no longer be used. Click the button under the file again."
OTHERS_RUN: Final = (
    "Another training is running. Wait for its report, then click Train again: what you typed stays here."
)
FASTER: Final = (
    "Another admin has set up segments from this file since you opened the form, and theirs are trained; yours are "
    "not. To train with yours, close this form and click the button under the file again."
)
TOO_OFTEN: Final = "Segments have been set up from this file too often. Upload the file again."
MOST_ATTEMPTS: Final = 20
# What reading a form raises if this app did not write what comes back.
_UNREADABLE: Final = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)

Errors = dict[str, str]
_Handle = Callable[["_Page"], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class _Page:
    """A submitted page.

    Parameters
    ----------
    user
        Who submitted it.
    file
        The file's id.
    setup
        What was proposed.
    progress
        What the pages before held.
    values
        What was entered, by block.
    """

    user: str
    file: str
    setup: Setup
    progress: Progress
    values: dict[str, Any]

    def entered(self, block: str) -> dict[str, Any]:
        """Return the state of a block's input."""
        found: dict[str, Any] = self.values[block][ENTERED]
        return found


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the submissions."""
    form = _SetupForm(dependencies)

    async def choose(ack: AsyncAck, client: AsyncWebClient, body: dict[str, Any], view: dict[str, Any]) -> None:
        await ack(**await form.answer(form.choose, client, body, view))

    async def confirm(ack: AsyncAck, client: AsyncWebClient, body: dict[str, Any], view: dict[str, Any]) -> None:
        await ack(**await form.answer(form.confirm, client, body, view))

    app.view(COLUMNS_FORM)(choose)
    app.view(DETAILS_FORM)(confirm)


class _SetupForm:
    """Answers the form's pages: with what is wrong at its field, with the next page, or by closing the form."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._jobs = dependencies.jobs
        self._access = dependencies.access
        self._metrics = dependencies.metrics

    async def answer(
        self, handle: _Handle, client: AsyncWebClient, body: dict[str, Any], view: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the answer to a submission. A failure is told in the form, where what was typed stays."""
        try:
            return await handle(await self._page(client, body, view))
        except Exception as error:  # noqa: BLE001 - the last stop: the person is told in the form
            sentence = error.sentence if isinstance(error, SegbotError) else reply_for(error, self._metrics).text
            first = next(str(block["block_id"]) for block in view["blocks"] if block["type"] == "input")
            return _errors({first: sentence})

    async def choose(self, page: _Page) -> dict[str, Any]:
        """Answer the choice of columns with the first page of details."""
        clustering, describing = (_chosen(page, role) for role in (Role.CLUSTER, Role.PROFILE))
        if fault := choice_fault(page.setup.columns, clustering, describing):
            role, sentence = fault
            return _errors({role_block(role): sentence})
        k = str((page.entered(K_BLOCK).get("selected_option") or {}).get("value"))
        count = int(k) if k.isdecimal() and is_k(int(k)) else None
        chosen = replace(page.progress, clustering=clustering, describing=describing)
        progress = replace(chosen, identity=_identity(page), k=count)
        return {"response_action": "push", "view": details_form(page.setup, progress)}

    async def confirm(self, page: _Page) -> dict[str, Any]:
        """Answer a page of details with the next one, or begin the training."""
        progress, setup = page.progress, page.setup
        before = progress.wanted(setup, progress.page)
        wanted, errors = _wanted(page)
        for fault in () if errors else faults_of(setup, [*before, *wanted]):
            errors.setdefault(field_block(fault.position, fault.field), fault.sentence)
        if errors:
            return _errors(errors)
        changed = {str(one.position): found for one in wanted if (found := changes_of(setup, one))}
        if not progress.is_last:
            carried = {**(progress.changed or {}), **changed}
            following = replace(progress, page=progress.page + 1, changed=carried)
            return {"response_action": "push", "view": details_form(setup, following)}
        job = _job(page, confirmed_schema(setup, [*before, *wanted]))
        sentence = await self._begin(job)
        name = field_block(wanted[0].position, Field.NAME)
        return _errors({name: sentence}) if sentence else {"response_action": "clear"}

    async def _begin(self, job: RetrainJob) -> str:
        """Begin the training, once however often and by however many it is asked for; say why not, or nothing."""
        if job.attempt >= MOST_ATTEMPTS:
            return TOO_OFTEN
        running = await self._jobs.retrain(job)
        if running is not None:
            return OTHERS_RUN
        stored = await self._jobs.stored_retrain(job.id)
        theirs = stored is not None and (stored.user, stored.schema, stored.k) != (job.user, job.schema, job.k)
        return FASTER if theirs else ""

    async def _page(self, client: AsyncWebClient, body: dict[str, Any], view: dict[str, Any]) -> _Page:
        user = str(body["user"]["id"])
        await self._access.admit(client, workspace_of(body), user, "set up segments: submit the form")
        try:
            progress = Progress.from_metadata(str(view.get("private_metadata") or ""))
            stored = await self._jobs.stored_setup(progress.job)
            setup = stored.offered
            progress.wanted(setup, progress.pages)
            return _Page(user, stored.file, setup, progress, view["state"]["values"])
        except _UNREADABLE as error:
            raise BadInput(STALE) from error


def _chosen(page: _Page, role: Role) -> tuple[int, ...]:
    """Return the positions of the columns chosen for a role."""
    options = page.entered(role_block(role)).get("selected_options") or ()
    chosen = tuple(int(option["value"]) for option in options)
    if not set(chosen) <= set(page.setup.usable):
        raise BadInput(STALE)
    return chosen


def _identity(page: _Page) -> int | None:
    """Return the column chosen to tell customers apart, as `Progress` has it."""
    setup = page.setup
    if not setup.ids:
        return None
    chosen = int(page.entered(ID_BLOCK)["selected_option"]["value"])
    if chosen not in (*setup.ids, NO_COLUMN):
        raise BadInput(STALE)
    return None if chosen != NO_COLUMN and setup.columns[chosen].name == setup.identity else chosen


def _wanted(page: _Page) -> tuple[list[Wanted], Errors]:
    """Return the page's columns as they were entered, and by block the texts that aren't numbers."""
    wanted, errors = [], {}
    for one in page.progress.on_page(page.setup):
        if page.setup.feature(one.position).is_category:
            wanted.append(with_changes(one, {Field.NAME: _typed(page, one, Field.NAME)}))
            continue
        changed: dict[str, Any] = {
            Field.NAME: _typed(page, one, Field.NAME),
            Field.UNIT: _typed(page, one, Field.UNIT),
            Field.SCALE: Scale(page.entered(field_block(one.position, Field.SCALE))["selected_option"]["value"]),
        }
        for field in (Field.MINIMUM, Field.MAXIMUM):
            try:
                changed[field] = float(_typed(page, one, field))
            except ValueError:
                errors[field_block(one.position, field)] = NO_NUMBER
        wanted.append(with_changes(one, changed))
    return wanted, errors


def _typed(page: _Page, one: Wanted, field: Field) -> str:
    return str(page.entered(field_block(one.position, field)).get("value") or "").strip()


def _job(page: _Page, schema: Schema) -> RetrainJob:
    """Build the training of a confirmed schema; who submitted it comes from the signed envelope."""
    progress = page.progress
    # The schema was made of this file's numbers as they are, so their unit is not in doubt.
    answers = replace(Answers.parse(page.setup.answers), factors=dict.fromkeys(schema.names, 1.0))
    if progress.identity is not None:
        none = progress.identity == NO_COLUMN
        answers = replace(answers, identity="" if none else page.setup.columns[progress.identity].name)
    return replace(
        setup_request(progress.job),
        channel=progress.channel,
        user=page.user,
        file=page.file,
        k=progress.k,
        at=time(),
        attempt=progress.attempt,
        answers=answers.keys(),
        # As it is read back from where jobs are stored.
        schema=json.loads(json.dumps(schema.to_data())),
    )


def _errors(errors: Errors) -> dict[str, Any]:
    return {"response_action": "errors", "errors": errors}
