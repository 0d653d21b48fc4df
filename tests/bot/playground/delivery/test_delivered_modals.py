"""Modals and their inputs, delivered to a real Bolt app."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from counterpart import client_of, refusal, retrain_modal, workspace_with_answers, workspace_with_bolt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


async def nothing(_: Request) -> Response:
    return Response()


async def test_a_modal_opens_submits_and_shows_its_errors() -> None:
    async with workspace_with_bolt() as (pg, app):
        values: list[dict[str, Any]] = []

        @app.command("/retrain")
        async def retrain(ack: Any, body: dict[str, Any], client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=retrain_modal())

        @app.view("retrain")
        async def submitted(ack: Any, view: dict[str, Any]) -> None:
            values.append(view["state"]["values"])
            if view["state"]["values"]["k"]["k"]["value"] == "1":
                await ack(response_action="errors", errors={"k": "at least two"})
            else:
                await ack()

        ws = pg.workspace
        file = ws.upload(ws.admin, ws.dm, "train.csv", b"a,b\n")
        assert (await pg.deliver.command("/retrain", user=ws.admin)).ok
        [view] = ws.open_views(ws.admin)
        reply = await pg.deliver.view_submission(view, {"k": 1})
        assert reply.body == {"response_action": "errors", "errors": {"k": "at least two"}}
        [view] = ws.open_views(ws.admin)
        assert view.errors == {"k": "at least two"}
        await pg.deliver.view_submission(view, {"k": {"k": {"type": "number_input", "value": "5"}}, "file": [file.id]})
        assert ws.open_views(ws.admin) == []
        assert values[1]["k"]["k"]["value"] == "5"
        assert values[1]["file"]["file"]["files"][0]["name"] == "train.csv"


async def test_a_file_chosen_in_a_modal_is_the_apps_to_see_once_it_is_submitted() -> None:
    async with workspace_with_bolt() as (pg, app):

        @app.view("retrain")
        async def submitted(ack: Any) -> None:
            await ack()

        ws, client = pg.workspace, client_of(pg)
        file = ws.files.hold(ws.admin.id, "train.csv", b"a,b\n")
        await client.views_open(trigger_id=ws.new_trigger(ws.admin.id), view=retrain_modal())
        assert (await refusal(client.files_info(file=file.id)))["error"] == "file_not_found"
        assert (await pg.deliver.view_submission(ws.open_views(ws.admin)[0], {"file": file.id})).ok
        told = (await client.files_info(file=file.id))["file"]
        assert (told["name"], told["shares"], told["user"]) == ("train.csv", {}, ws.admin.id)
        assert ws.messages() == []


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"response_action": "errors"}, "missing required field: errors"),
        ({"response_action": "errors", "errors": {"nowhere": "x"}}, "no input block: nowhere"),
        ({"response_action": "update"}, "missing required field: view"),
        ({"response_action": "push", "view": {"type": "modal", "blocks": []}}, "missing required field: title"),
    ],
)
async def test_an_unusable_answer_to_a_submission_leaves_the_modal_and_says_why(
    answer: dict[str, Any], problem: str
) -> None:
    async def give(_: Request) -> Response:
        return JSONResponse(answer)

    async with workspace_with_answers(give) as pg:
        ws = pg.workspace
        await client_of(pg).views_open(trigger_id=ws.new_trigger(ws.admin.id), view=retrain_modal())
        reply = await pg.deliver.view_submission(ws.open_views(ws.admin)[0])
        assert problem in reply.problem
        assert len(ws.open_views(ws.admin)) == 1


@pytest.mark.parametrize("kind", ["update", "push", "clear", "silent"])
async def test_a_submission_changes_the_stack_of_modals(kind: str) -> None:
    async def answer(request: Request) -> Response:
        payload = json.loads(parse_qs((await request.body()).decode())["payload"][0])
        if kind == "silent" or payload["type"] != "view_submission":
            return Response(status_code=500 if kind == "silent" else 200)
        if kind == "clear":
            return JSONResponse({"response_action": "clear"})
        return JSONResponse({"response_action": kind, "view": retrain_modal(callback_id="next")})

    async with workspace_with_answers(answer) as pg:
        ws = pg.workspace
        await client_of(pg).views_open(trigger_id=ws.new_trigger(ws.admin.id), view=retrain_modal())
        [view] = ws.open_views(ws.admin)
        await pg.deliver.view_submission(view, {"k": 2})
        callbacks = [one.body["callback_id"] for one in ws.open_views(ws.admin)]
        assert callbacks == {"update": ["next"], "push": ["retrain", "next"], "clear": [], "silent": ["retrain"]}[kind]


async def test_closing_a_modal_is_reported_if_the_app_asked_for_it() -> None:
    async with workspace_with_answers(nothing) as pg:
        ws, client = pg.workspace, client_of(pg)
        await client.views_open(trigger_id=ws.new_trigger(ws.admin.id), view=retrain_modal())
        assert await pg.deliver.view_closed(ws.open_views(ws.admin)[0]) is None
        assert not ws.deliveries
        await client.views_open(trigger_id=ws.new_trigger(ws.admin.id), view=retrain_modal(notify_on_close=True))
        reply = await pg.deliver.view_closed(ws.open_views(ws.admin)[0], cleared=True)
        assert reply is not None
        assert reply.ok
        assert ws.open_views(ws.admin) == []
        assert ws.deliveries[-1].payload["is_cleared"] is True


async def test_an_element_in_a_modal_can_push_another_modal() -> None:
    async with workspace_with_bolt() as (pg, app):

        @app.action("more")
        async def more(ack: Any, body: dict[str, Any], client: Any) -> None:
            await ack()
            await client.views_push(trigger_id=body["trigger_id"], view=retrain_modal(callback_id="on top"))

        ws = pg.workspace
        button = {"type": "button", "text": {"type": "plain_text", "text": "More"}, "action_id": "more"}
        view = retrain_modal()
        view["blocks"].append({"type": "actions", "elements": [button]})
        await client_of(pg).views_open(trigger_id=ws.new_trigger(ws.admin.id), view=view)
        await pg.deliver.view_action(ws.open_views(ws.admin)[0], "more", state={"k": 3})
        below, top = ws.open_views(ws.admin)
        assert (top.previous_id, top.root_id) == (below.id, below.id)
        assert ws.deliveries[-1].payload["view"]["state"]["values"]["k"]["k"]["value"] == "3"


async def test_every_kind_of_input_reports_what_was_entered() -> None:
    option = [{"text": {"type": "plain_text", "text": t}, "value": t} for t in ("a", "b")]
    elements: dict[str, tuple[dict[str, Any], Any, dict[str, Any]]] = {
        "text": ({"type": "plain_text_input", "initial_value": "first"}, "second", {"value": "second"}),
        "untouched": ({"type": "plain_text_input", "initial_value": "first"}, None, {"value": "first"}),
        "empty": ({"type": "email_text_input"}, None, {"value": None}),
        "date": ({"type": "datepicker", "initial_date": "2026-01-01"}, None, {"selected_date": "2026-01-01"}),
        "user": ({"type": "users_select"}, "U1", {"selected_user": "U1"}),
        "radio": ({"type": "radio_buttons", "options": option}, "b", {"selected_option": option[1]}),
        "select": (
            {"type": "static_select", "option_groups": [{"label": option[0]["text"], "options": option}]},
            "a",
            {"selected_option": option[0]},
        ),
        "boxes": ({"type": "checkboxes", "options": option}, ["a", "b"], {"selected_options": option}),
        "one box": ({"type": "checkboxes", "options": option}, "a", {"selected_options": option[:1]}),
        "no boxes": (
            {"type": "checkboxes", "options": option, "initial_options": option[:1]},
            None,
            {"selected_options": option[:1]},
        ),
        "files": ({"type": "file_input"}, None, {"files": []}),
        "raw": ({"type": "users_select"}, {"type": "users_select", "selected_user": "U9"}, {"selected_user": "U9"}),
    }
    async with workspace_with_answers(nothing) as pg:
        ws = pg.workspace
        view = retrain_modal()
        view["blocks"] = [
            {
                "type": "input",
                "block_id": f"block {name}",
                "label": {"type": "plain_text", "text": name},
                "element": {**element, "action_id": name},
            }
            for name, (element, _, _) in elements.items()
        ]
        await client_of(pg).views_open(trigger_id=ws.new_trigger(ws.admin.id), view=view)
        entered = {name: value for name, (_, value, _) in elements.items() if value is not None}
        await pg.deliver.view_submission(ws.open_views(ws.admin)[0], entered)
        values = ws.deliveries[-1].payload["view"]["state"]["values"]
        for name, (element, _, expected) in elements.items():
            assert values[f"block {name}"][name] == {"type": element["type"], **expected}
