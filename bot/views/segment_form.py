"""The form of `/segment`, submitted: checked field by field, then answered as the command is."""

from __future__ import annotations

from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.answers.segment_answers import segment_answer
from bot.blocks.customers.segment_form import SEGMENT_FORM, Entered, block_of, entered_in, is_offered, origin_of
from bot.blocks.refusal import error_reply
from bot.blocks.reply import Reply
from bot.dependencies import Dependencies
from bot.parsing.segment_text import NAME, Incomplete
from bot.records.origin import Origin
from bot.slack.origin import tell
from bot.slack.responses import answers_errors
from bot.slack.workspace import person_in
from segmentation.numbers.values import ValueFault, read_value
from segmentation.schema import Schema

OTHER_MODEL: Final = "The model in service no longer asks for this. Close the form and type /segment again."


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the submission."""

    async def submitted(ack: AsyncAck, client: AsyncWebClient, body: dict[str, Any], view: dict[str, Any]) -> None:
        read = read_form(entered_in(view), dependencies.live.get().schema)
        if isinstance(read, Faults):
            await ack(response_action="errors", errors=read)
            return
        # Before the acknowledgement: after it nobody sends the form again.
        await dependencies.follow_ups.settle(answer(client=client, body=body, view=view))
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups, _tell)
    async def answer(client: AsyncWebClient, body: dict[str, Any], view: dict[str, Any]) -> None:
        refusal = await dependencies.access.refusal(client, person_in(body))
        if refusal:
            outcome, reply = "refused", error_reply(refusal)
        else:
            model = dependencies.live.get()
            read = read_form(entered_in(view), model.schema)
            # Another model may have come into service since the form was checked, a moment ago.
            outcome, reply = (
                ("refused", error_reply(OTHER_MODEL)) if isinstance(read, Faults) else segment_answer(read, model)
            )
        await _tell({"client": client, "body": body, "view": view}, reply)
        dependencies.metrics.commands.labels(NAME, outcome).inc()

    app.view(SEGMENT_FORM)(submitted)


class Faults(dict[str, str]):
    """What is wrong with a form: a sentence by the block id of its field."""


def read_form(entered: dict[str, Entered], schema: Schema) -> dict[str, float] | Incomplete | Faults:
    """Read what was entered: the values, those of some features that decide the segment, or what is wrong."""
    faults, values = Faults(), dict[str, float]()
    for name, field in entered.items():
        feature = next((one for one in schema.features if one.name == name), None)
        if feature is None or (field.code is not None and not is_offered(feature, field)):
            faults[block_of(name)] = OTHER_MODEL
        elif field.code is not None:
            values[name] = float(field.code)
        elif field.text.strip():
            value = read_value(feature, field.text)
            if isinstance(value, ValueFault):
                faults[block_of(name)] = value.question
            else:
                values[name] = value
    if faults:
        return faults
    clustering = [schema.features[i] for i in schema.cluster_indices]
    missing = [feature for feature in clustering if feature.name not in values]
    if len(missing) == len(clustering):
        shown = next((one.name for one in clustering if one.name in entered), next(iter(entered), ""))
        said = " or ".join(feature.label_in_text for feature in clustering)
        return Faults({block_of(shown): f"Enter at least one value that decides the segment: {said}."})
    return Incomplete(values) if missing else values


async def _tell(arguments: dict[str, Any], reply: Reply) -> None:
    """Tell the person who submitted: where they chose, else where the form was opened."""
    body = arguments["body"]
    chosen = next(iter(body.get("response_urls") or ()), None)
    origin = Origin(str(chosen["channel_id"]), str(chosen["response_url"])) if chosen else origin_of(arguments["view"])
    await tell(origin, arguments["client"], str(body["user"]["id"]), reply)
