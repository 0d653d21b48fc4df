"""What people do, delivered to a real Bolt app or to one that misbehaves."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from counterpart import FAST, client_of, refusal, workspace_with_answers, workspace_with_bolt
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.playground.delivery.courier import Timing
from bot.playground.delivery.deliverer import Command
from bot.playground.server import Playground
from bot.playground.workspace.records import SLACKBOT

IMPATIENT = Timing(ack=0.4, retry_delays=(0.0, 0.0, 0.0), sharing=0.0)
BUTTONS = [
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go", "value": "7"},
            {
                "type": "static_select",
                "action_id": "pick",
                "options": [{"text": {"type": "plain_text", "text": "Five"}, "value": "5"}],
            },
        ],
    }
]


async def nothing(_: Request) -> Response:
    return Response()


async def test_a_command_is_answered_in_the_response_for_one_user() -> None:
    async with workspace_with_bolt() as (pg, app):
        bodies: list[dict[str, Any]] = []

        @app.command("/segment")
        async def segment(ack: Any, body: dict[str, Any]) -> None:
            bodies.append(body)
            await ack(text="hi", blocks=[{"type": "divider"}])

        reply = await pg.deliver.command("/segment", "age=35 & more")
        assert (reply.status, reply.ok, reply.attempts) == (200, True, 1)
        assert reply.elapsed < 3
        assert reply.message is not None
        assert reply.message.ephemeral_to == pg.workspace.analyst.id
        assert (reply.message.text, reply.message.blocks[0]["type"]) == ("hi", "divider")
        body = bodies[0]
        assert body["text"] == "age=35 & more"
        assert body["command"] == "/segment"
        assert (body["user_id"], body["channel_id"]) == (pg.workspace.analyst.id, pg.workspace.general.id)
        assert body["is_enterprise_install"] == "false"
        assert body["api_app_id"] == pg.workspace.install.app_id


async def test_a_command_can_answer_everybody_or_with_bare_text_or_not_at_all() -> None:
    answers: list[Response] = [
        JSONResponse({"text": "all", "response_type": "in_channel"}),
        PlainTextResponse("bare"),
        Response(),
        JSONResponse({}),
        Response("{broken", media_type="application/json"),
    ]

    async def answer(_: Request) -> Response:
        return answers.pop(0)

    async with workspace_with_answers(answer) as pg:
        everybody = (await pg.deliver.command("/x")).message
        assert everybody is not None
        assert everybody.ephemeral_to is None
        bare = (await pg.deliver.command("/x", user=pg.workspace.admin, channel=pg.workspace.dm.id)).message
        assert bare is not None
        assert (bare.text, bare.ephemeral_to, bare.channel) == ("bare", pg.workspace.admin.id, pg.workspace.dm.id)
        assert (await pg.deliver.command("/x")).message is None
        assert (await pg.deliver.command("/x")).message is None
        broken = (await pg.deliver.command("/x")).message
        assert broken is not None
        assert broken.text == "{broken"


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (Response(status_code=500), "dispatch_failed"),
        (PlainTextResponse("no", 404), "dispatch_failed"),
        (JSONResponse({"blocks": [{"type": "hologram"}]}), "invalid_command_response"),
        (JSONResponse({"text": " "}), "invalid_command_response"),
    ],
)
async def test_slackbot_tells_when_a_command_went_wrong(answer: Response, word: str) -> None:
    async def give(_: Request) -> Response:
        return answer

    async with workspace_with_answers(give) as pg:
        reply = await pg.deliver.command("/segment")
        assert reply.message is not None
        assert word in reply.message.text
        assert reply.problem
        assert (reply.message.user, reply.message.ephemeral_to) == (SLACKBOT, pg.workspace.analyst.id)


async def test_a_slow_command_times_out() -> None:
    async def dawdle(_: Request) -> Response:
        await asyncio.sleep(30)
        return Response()

    async with workspace_with_answers(dawdle, timing=IMPATIENT) as pg:
        reply = await pg.deliver.command("/segment")
        assert reply.status == 0
        assert reply.message is not None
        assert "operation_timeout" in reply.message.text


async def test_nobody_listening_is_a_failed_dispatch() -> None:
    async with Playground(timing=FAST) as pg:
        assert pg.deliver.request_url is None
        first = await pg.deliver.command("/segment")
        pg.deliver.request_url = "http://127.0.0.1:9/slack/events"
        second = await pg.deliver.command("/segment")
        for reply in (first, second):
            assert reply.message is not None
            assert "dispatch_failed" in reply.message.text
            assert not reply.ok


async def test_only_the_apps_own_commands_are_delivered() -> None:
    async with workspace_with_answers(nothing, commands=[("/segment", "age=…", "Which segment?")]) as pg:
        assert (await pg.deliver.command("/segment")).ok
        reply = await pg.deliver.command("/other")
        assert (reply.status, reply.attempts) == (0, 0)
        assert reply.message is not None
        assert "not a valid command" in reply.message.text
        assert pg.deliver.commands == (Command("/segment", "age=…", "Which segment?"),)
        assert len(pg.workspace.deliveries) == 1


async def test_signs_what_it_sends_as_slack_does() -> None:
    seen: list[tuple[bytes, dict[str, str]]] = []

    async def keep(request: Request) -> Response:
        seen.append((await request.body(), dict(request.headers)))
        return Response()

    async with workspace_with_answers(keep) as pg:
        await pg.deliver.command("/segment", "ü")
        await pg.deliver.event({"type": "app_mention"})
        verifier = SignatureVerifier(pg.workspace.install.signing_secret)
        assert all(verifier.is_valid_request(body, headers) for body, headers in seen)
        assert not verifier.is_valid_request(seen[0][0] + b"x", seen[0][1])


# Response URLs


async def test_a_response_url_works_five_times_within_thirty_minutes() -> None:
    now = [1_700_000_000.0]
    async with workspace_with_answers(nothing, clock=lambda: now[0]) as pg:

        async def use(url: str, body: dict[str, Any]) -> tuple[int, str]:
            async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
                return response.status, await response.text()

        await pg.deliver.command("/segment")
        url = pg.workspace.deliveries[-1].payload["response_url"]
        assert await use(url, {"text": "one"}) == (200, "ok")
        assert pg.workspace.messages()[-1].ephemeral_to == pg.workspace.analyst.id
        assert (await use(url, {"text": "x", "blocks": [{"type": "hologram"}]}))[0] == 400
        for n in range(4):
            assert await use(url, {"text": str(n), "response_type": "in_channel"}) == (200, "ok")
        assert pg.workspace.messages()[-1].ephemeral_to is None
        assert await use(url, {"text": "six"}) == (404, "used_url")
        await pg.deliver.command("/segment")
        url = pg.workspace.deliveries[-1].payload["response_url"]
        now[0] += 1801
        assert await use(url, {"text": "late"}) == (404, "expired_url")
        assert await use(pg.url + "hooks/commands/T0/nowhere", {"text": "x"}) == (404, "no_service")
        assert [call.status for call in pg.workspace.calls_to("response_url")] == [
            200,
            400,
            200,
            200,
            200,
            200,
            404,
            404,
            404,
        ]


async def test_a_response_url_takes_a_form_and_refuses_nonsense() -> None:
    async with workspace_with_answers(nothing) as pg:
        await pg.deliver.command("/segment")
        url = pg.workspace.deliveries[-1].payload["response_url"]
        async with aiohttp.ClientSession() as session:
            async with session.post(url, data={"payload": json.dumps({"text": "form"})}) as response:
                assert response.status == 200
            async with session.post(url, data={"payload": "{"}) as response:
                assert response.status == 400
            async with session.post(url, json={"text": "in thread", "thread_ts": "1.000001"}) as response:
                assert response.status == 200
        assert pg.workspace.messages()[0].text == "form"
        assert pg.workspace.messages()[-1].thread_ts == "1.000001"


# Actions


async def test_a_button_carries_its_message_and_its_answer_takes_its_place() -> None:
    async with workspace_with_bolt() as (pg, app):
        bodies: list[dict[str, Any]] = []

        @app.action("go")
        async def go(ack: Any, body: dict[str, Any], respond: Any) -> None:
            await ack()
            bodies.append(body)
            await respond(text="done", replace_original=True)

        await client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="q", blocks=BUTTONS)
        message = pg.workspace.messages()[-1]
        reply = await pg.deliver.action(message, "go", user=pg.workspace.admin)
        assert (reply.status, reply.message) == (200, None)
        body = bodies[0]
        assert body["actions"][0]["value"] == "7"
        assert body["actions"][0]["block_id"] == "row"
        assert body["user"]["id"] == pg.workspace.admin.id
        assert body["container"]["message_ts"] == message.ts == body["message"]["ts"]
        assert body["state"]["values"] == {"row": {"pick": {"type": "static_select", "selected_option": None}}}
        [changed] = pg.workspace.messages()
        assert (changed.text, changed.blocks, changed.ts) == ("done", (), message.ts)
        assert changed.edited_ts is not None


async def test_an_answer_of_blocks_is_not_marked_as_edited() -> None:
    async with workspace_with_bolt() as (pg, app):

        @app.action("go")
        async def go(ack: Any, respond: Any) -> None:
            await ack()
            await respond(text="done", blocks=[{"type": "divider"}], replace_original=True)

        await client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="q", blocks=BUTTONS)
        await pg.deliver.action(pg.workspace.messages()[-1], "go")
        [changed] = pg.workspace.messages()
        assert (changed.text, changed.edited_ts) == ("done", None)


@pytest.mark.parametrize(
    ("answer", "texts"),
    [
        ({"text": "new"}, ["new"]),
        ({"text": "new", "replace_original": "true"}, ["new"]),
        ({"text": "new", "replace_original": False}, ["q", "new"]),
        ({"text": "new", "response_type": "ephemeral"}, ["q", "new"]),
        ({"delete_original": True}, []),
    ],
)
async def test_an_answer_to_a_button_replaces_unless_addressed_elsewhere(
    answer: dict[str, Any], texts: list[str]
) -> None:
    async with workspace_with_bolt() as (pg, app):

        @app.action("go")
        async def go(ack: Any, respond: Any) -> None:
            await ack()
            await respond(answer)
            await respond({"delete_original": False, "text": "x", "replace_original": False})

        await client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="q", blocks=BUTTONS)
        await pg.deliver.action(pg.workspace.messages()[-1], "go")
        assert [m.text for m in pg.workspace.messages()] == [*texts, "x"]


async def test_deleting_a_message_that_is_gone_already_does_no_harm() -> None:
    async with workspace_with_bolt() as (pg, app):

        @app.action("go")
        async def go(ack: Any, respond: Any) -> None:
            await ack()
            await respond(delete_original=True)
            await respond(delete_original=True)
            await respond(text="nothing to replace", replace_original=True)

        await client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="q", blocks=BUTTONS)
        await pg.deliver.action(pg.workspace.messages()[-1], "go")
        assert [m.text for m in pg.workspace.messages()] == ["nothing to replace"]


async def test_a_menu_sends_the_chosen_option_and_unknown_ones_cannot_be_chosen() -> None:
    async with workspace_with_answers(nothing) as pg:
        ts = (await client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="q", blocks=BUTTONS))["ts"]
        message = pg.workspace.message(pg.workspace.general, ts)
        assert message is not None
        await pg.deliver.action(message, "pick", value="5", block_id="row")
        [action] = pg.workspace.deliveries[-1].payload["actions"]
        assert action["selected_option"]["value"] == "5"
        with pytest.raises(LookupError, match="no option '6'"):
            await pg.deliver.action(message, "pick", value="6")
        with pytest.raises(LookupError, match="there are: go, pick"):
            await pg.deliver.action(message, "stop")
        with pytest.raises(LookupError):
            await pg.deliver.action(message, "go", block_id="other")


async def test_an_ephemeral_message_is_not_sent_along() -> None:
    async with workspace_with_answers(nothing) as pg:
        ws = pg.workspace
        await client_of(pg).chat_postEphemeral(channel=ws.dm.id, user=ws.analyst.id, text="q", blocks=BUTTONS)
        await pg.deliver.action(ws.messages()[-1], "go")
        payload = ws.deliveries[-1].payload
        assert "message" not in payload
        assert payload["container"]["is_ephemeral"] is True
        assert payload["channel"]["name"] == "directmessage"


async def test_a_button_in_a_thread_says_so() -> None:
    async with workspace_with_answers(nothing) as pg:
        ws, client = pg.workspace, client_of(pg)
        ts = (await client.chat_postMessage(channel=ws.general.id, text="root"))["ts"]
        await client.chat_postMessage(channel=ws.general.id, text="q", blocks=BUTTONS, thread_ts=ts)
        await pg.deliver.action(ws.messages()[-1], "go")
        assert ws.deliveries[-1].payload["container"]["thread_ts"] == ts


async def test_shortcuts_global_and_on_messages() -> None:
    async with workspace_with_bolt() as (pg, app):
        seen: list[str] = []

        @app.shortcut("score")
        async def score(ack: Any, body: dict[str, Any]) -> None:
            await ack()
            seen.append(body["type"])

        message = pg.workspace.say(pg.workspace.analyst, pg.workspace.general, "hello")
        assert (await pg.deliver.shortcut("score")).ok
        assert (await pg.deliver.shortcut("score", message=message)).ok
        assert seen == ["shortcut", "message_action"]


# Events


async def test_an_event_comes_in_slacks_envelope() -> None:
    async with workspace_with_bolt() as (pg, app):
        bodies: list[dict[str, Any]] = []

        @app.event("app_home_opened")
        async def opened(body: dict[str, Any], client: Any, event: dict[str, Any]) -> None:
            bodies.append(body)
            view = {"type": "home", "blocks": [{"type": "divider"}]}
            await client.views_publish(user_id=event["user"], view=view)

        reply = await pg.deliver.open_home(pg.workspace.admin)
        assert reply.ok
        body = bodies[0]
        assert body["type"] == "event_callback"
        assert body["authorizations"][0]["user_id"] == pg.workspace.bot.id
        assert body["event_id"].startswith("Ev")
        home = pg.workspace.home(pg.workspace.admin)
        assert home is not None
        assert home.blocks[0]["type"] == "divider"


async def test_an_unacknowledged_event_is_sent_four_times_with_the_reason() -> None:
    seen: list[tuple[str | None, str | None, str]] = []

    async def refuse(request: Request) -> Response:
        headers, body = request.headers, await request.json()
        seen.append((headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason"), body["event_id"]))
        return Response(status_code=404)

    async with workspace_with_answers(refuse) as pg:
        reply = await pg.deliver.event({"type": "app_mention"}, event_id="Ev1")
        assert (reply.status, reply.attempts) == (404, 4)
        assert [one[:2] for one in seen] == [
            (None, None),
            ("1", "http_error"),
            ("2", "http_error"),
            ("3", "http_error"),
        ]
        assert {one[2] for one in seen} == {"Ev1"}
        assert [d.attempt for d in pg.workspace.deliveries] == [0, 1, 2, 3]


async def test_the_app_can_ask_for_no_retry() -> None:
    async def refuse(_: Request) -> Response:
        return Response(status_code=500, headers={"x-slack-no-retry": "1"})

    async with workspace_with_answers(refuse) as pg:
        assert (await pg.deliver.event({"type": "app_mention"})).attempts == 1


async def test_a_slow_event_is_retried_as_timed_out_until_acknowledged() -> None:
    reasons: list[str | None] = []

    async def first_slow(request: Request) -> Response:
        reasons.append(request.headers.get("x-slack-retry-reason"))
        if len(reasons) == 1:
            # The next attempt may take its time.
            pg.deliver._courier._timing = FAST
            await asyncio.sleep(30)
        return Response()

    async with workspace_with_answers(first_slow, timing=IMPATIENT) as pg:
        reply = await pg.deliver.event({"type": "app_mention"})
        assert (reply.status, reply.attempts) == (200, 2)
        assert reasons == [None, "http_timeout"]


async def test_the_same_event_can_come_twice() -> None:
    ids: list[str] = []

    async def keep(request: Request) -> Response:
        ids.append((await request.json())["event_id"])
        return Response()

    async with workspace_with_answers(keep) as pg:
        pg.faults.duplicate_events()
        await pg.deliver.event({"type": "app_mention"})
        await pg.deliver.redeliver(pg.workspace.deliveries[0])
        await pg.deliver.event({"type": "app_mention"})
        assert len(ids) == 4
        assert ids[0] == ids[1] == ids[2] != ids[3]


async def test_proves_the_request_url() -> None:
    async with workspace_with_bolt() as (pg, _):
        assert (await pg.deliver.url_verification()).ok

    async def lie(_: Request) -> Response:
        return PlainTextResponse("something else")

    async with workspace_with_answers(lie) as pg:
        assert not (await pg.deliver.url_verification()).ok


async def test_what_is_under_way_ends_with_the_playground() -> None:
    async def never(_: Request) -> Response:
        await asyncio.sleep(30)
        return Response()

    async with workspace_with_answers(never) as pg:
        pg.workspace.upload(pg.workspace.analyst, pg.workspace.general, "x.csv", b"a")
        await asyncio.sleep(0)
    assert not pg.workspace.deliveries


# Modals


def modal(**more: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "retrain",
        "title": {"type": "plain_text", "text": "Retrain"},
        "submit": {"type": "plain_text", "text": "Start"},
        "blocks": [
            {
                "type": "input",
                "block_id": "k",
                "label": {"type": "plain_text", "text": "Segments"},
                "element": {"type": "number_input", "is_decimal_allowed": False, "action_id": "k"},
            },
            {
                "type": "input",
                "block_id": "file",
                "label": {"type": "plain_text", "text": "File"},
                "element": {"type": "file_input", "action_id": "file", "filetypes": ["csv"], "max_files": 1},
            },
        ],
        **more,
    }


async def test_a_modal_opens_submits_and_shows_its_errors() -> None:
    async with workspace_with_bolt() as (pg, app):
        values: list[dict[str, Any]] = []

        @app.command("/retrain")
        async def retrain(ack: Any, body: dict[str, Any], client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal())

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
        await client.views_open(trigger_id=ws.new_trigger(ws.admin.id), view=modal())
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
        await client_of(pg).views_open(trigger_id=ws.new_trigger(ws.admin.id), view=modal())
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
        return JSONResponse({"response_action": kind, "view": modal(callback_id="next")})

    async with workspace_with_answers(answer) as pg:
        ws = pg.workspace
        await client_of(pg).views_open(trigger_id=ws.new_trigger(ws.admin.id), view=modal())
        [view] = ws.open_views(ws.admin)
        await pg.deliver.view_submission(view, {"k": 2})
        callbacks = [one.body["callback_id"] for one in ws.open_views(ws.admin)]
        assert callbacks == {"update": ["next"], "push": ["retrain", "next"], "clear": [], "silent": ["retrain"]}[kind]


async def test_closing_a_modal_is_told_where_asked_for() -> None:
    async with workspace_with_answers(nothing) as pg:
        ws, client = pg.workspace, client_of(pg)
        await client.views_open(trigger_id=ws.new_trigger(ws.admin.id), view=modal())
        assert await pg.deliver.view_closed(ws.open_views(ws.admin)[0]) is None
        assert not ws.deliveries
        await client.views_open(trigger_id=ws.new_trigger(ws.admin.id), view=modal(notify_on_close=True))
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
            await client.views_push(trigger_id=body["trigger_id"], view=modal(callback_id="on top"))

        ws = pg.workspace
        button = {"type": "button", "text": {"type": "plain_text", "text": "More"}, "action_id": "more"}
        view = modal()
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
        view = modal()
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


# views.* as methods


async def test_views_need_a_fresh_trigger() -> None:
    now = [1_700_000_000.0]
    async with Playground(clock=lambda: now[0]) as pg:
        ws, client = pg.workspace, client_of(pg)
        trigger = ws.new_trigger(ws.admin.id)
        unknown = await refusal(client.views_open(trigger_id="1.2.x", view=modal()))
        assert unknown["error"] == "invalid_trigger_id"
        await client.views_open(trigger_id=trigger, view=modal())
        used = await refusal(client.views_open(trigger_id=trigger, view=modal()))
        assert used["error"] == "exchanged_trigger_id"
        late = ws.new_trigger(ws.admin.id)
        now[0] += 3.1
        assert (await refusal(client.views_open(trigger_id=late, view=modal())))["error"] == "expired_trigger_id"


async def test_opening_a_modal_replaces_the_one_before() -> None:
    async with Playground() as pg:
        ws, client = pg.workspace, client_of(pg)
        await client.views_open(trigger_id=ws.new_trigger(ws.admin.id), view=modal())
        await client.views_open(trigger_id=ws.new_trigger(ws.admin.id), view=modal(callback_id="second"))
        assert [view.body["callback_id"] for view in ws.open_views(ws.admin)] == ["second"]


async def test_views_update_by_id_or_external_id_and_guard_their_hash() -> None:
    async with Playground() as pg:
        ws, client = pg.workspace, client_of(pg)
        view = modal(external_id="ext")
        opened = (await client.views_open(trigger_id=ws.new_trigger(ws.admin.id), view=view))["view"]
        answer = await client.views_update(view_id=opened["id"], hash=opened["hash"], view=view)
        assert answer["view"]["id"] == opened["id"]
        stale = client.views_update(view_id=opened["id"], hash=opened["hash"], view=view)
        assert (await refusal(stale))["error"] == "hash_conflict"
        assert (await client.views_update(external_id="ext", view=view))["ok"]
        assert (await refusal(client.views_update(view_id="V404", view=view)))["error"] == "not_found"
        twin = client.views_open(trigger_id=ws.new_trigger(ws.admin.id), view=view)
        assert (await refusal(twin))["error"] == "duplicate_external_id"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"title": {"type": "plain_text", "text": "x" * 25}},
            "less than 25 characters [json-pointer:/view/title/text]",
        ),
        ({"submit": None}, "missing required field: submit"),
        ({"type": "home"}, "must be one of: modal"),
        ({"blocks": "x"}, "must be an array [json-pointer:/view/blocks]"),
        ({"blocks": [{"type": "hologram"}]}, "unsupported type: hologram [json-pointer:/view/blocks/0/type]"),
        ({"private_metadata": "x" * 3001}, "less than 3001"),
        ({"colour": "red"}, "invalid additional property: colour"),
    ],
)
async def test_views_are_checked(change: dict[str, Any], sentence: str) -> None:
    async with Playground() as pg:
        ws = pg.workspace
        call = client_of(pg).views_open(trigger_id=ws.new_trigger(ws.admin.id), view={**modal(), **change})
        answer = await refusal(call)
        assert answer["error"] == "invalid_arguments"
        assert any(sentence in message for message in answer["response_metadata"]["messages"])


async def test_views_have_a_size_and_must_be_there() -> None:
    async with Playground() as pg:
        ws, client = pg.workspace, client_of(pg)
        trigger = ws.new_trigger(ws.admin.id)
        huge = client.views_open(trigger_id=trigger, view=modal(private_metadata="x" * 250_001))
        assert (await refusal(huge))["error"] == "view_too_large"
        none = client.api_call("views.open", json={"trigger_id": trigger})
        assert (await refusal(none))["error"] == "invalid_arguments"
        none = client.api_call("views.open", json={"trigger_id": trigger, "view": "[]"})
        assert (await refusal(none))["error"] == "invalid_arguments"


async def test_three_modals_are_the_most() -> None:
    async with Playground() as pg:
        ws, client = pg.workspace, client_of(pg)
        await client.views_open(trigger_id=ws.new_trigger(ws.admin.id), view=modal())
        nowhere = client.views_push(trigger_id=ws.new_trigger(ws.admin.id), view=modal())
        assert (await refusal(nowhere))["error"] == "not_found"
        for expected in ("ok", "ok", "push_limit_reached"):
            top = ws.open_views(ws.admin)[-1]
            push = client.views_push(trigger_id=ws.new_trigger(ws.admin.id, top.id), view=modal())
            if expected == "ok":
                await push
            else:
                assert (await refusal(push))["error"] == expected


async def test_home_tabs_are_published_again_and_again() -> None:
    async with Playground() as pg:
        ws, client = pg.workspace, client_of(pg)
        home = {"type": "home", "blocks": [{"type": "divider"}]}
        first = (await client.views_publish(user_id=ws.analyst.id, view=home))["view"]
        second = (await client.views_publish(user_id=ws.analyst.id, view=home, hash=first["hash"]))["view"]
        assert first["id"] == second["id"]
        stale = client.views_publish(user_id=ws.analyst.id, view=home, hash=first["hash"])
        assert (await refusal(stale))["error"] == "hash_conflict"
        assert (await client.views_update(view_id=first["id"], view=home))["ok"]
        stranger = client.views_publish(user_id=ws.external.id, view=home)
        assert (await refusal(stranger))["error"] == "invalid_arguments"
