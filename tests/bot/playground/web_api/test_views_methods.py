"""The `views.*` methods: triggers, hashes, the stack of modals, Home tabs."""

from __future__ import annotations

from typing import Any

import pytest
from counterpart import client_of, refusal, retrain_modal
from starlette.requests import Request
from starlette.responses import Response

from bot.playground.server import Playground


async def nothing(_: Request) -> Response:
    return Response()


async def test_views_need_a_fresh_trigger() -> None:
    now = [1_700_000_000.0]
    async with Playground(clock=lambda: now[0]) as pg:
        ws, client = pg.workspace, client_of(pg)
        trigger = ws.new_trigger(ws.admin.id)
        unknown = await refusal(client.views_open(trigger_id="1.2.x", view=retrain_modal()))
        assert unknown["error"] == "invalid_trigger_id"
        await client.views_open(trigger_id=trigger, view=retrain_modal())
        used = await refusal(client.views_open(trigger_id=trigger, view=retrain_modal()))
        assert used["error"] == "exchanged_trigger_id"
        late = ws.new_trigger(ws.admin.id)
        now[0] += 3.1
        assert (await refusal(client.views_open(trigger_id=late, view=retrain_modal())))[
            "error"
        ] == "expired_trigger_id"


async def test_opening_a_modal_replaces_the_one_before() -> None:
    async with Playground() as pg:
        ws, client = pg.workspace, client_of(pg)
        await client.views_open(trigger_id=ws.new_trigger(ws.admin.id), view=retrain_modal())
        await client.views_open(trigger_id=ws.new_trigger(ws.admin.id), view=retrain_modal(callback_id="second"))
        assert [view.body["callback_id"] for view in ws.open_views(ws.admin)] == ["second"]


async def test_views_update_by_id_or_external_id_and_guard_their_hash() -> None:
    async with Playground() as pg:
        ws, client = pg.workspace, client_of(pg)
        view = retrain_modal(external_id="ext")
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
        call = client_of(pg).views_open(trigger_id=ws.new_trigger(ws.admin.id), view={**retrain_modal(), **change})
        answer = await refusal(call)
        assert answer["error"] == "invalid_arguments"
        assert any(sentence in message for message in answer["response_metadata"]["messages"])


async def test_views_have_a_size_and_must_be_there() -> None:
    async with Playground() as pg:
        ws, client = pg.workspace, client_of(pg)
        trigger = ws.new_trigger(ws.admin.id)
        huge = client.views_open(trigger_id=trigger, view=retrain_modal(private_metadata="x" * 250_001))
        assert (await refusal(huge))["error"] == "view_too_large"
        none = client.api_call("views.open", json={"trigger_id": trigger})
        assert (await refusal(none))["error"] == "invalid_arguments"
        none = client.api_call("views.open", json={"trigger_id": trigger, "view": "[]"})
        assert (await refusal(none))["error"] == "invalid_arguments"


async def test_three_modals_are_the_most() -> None:
    async with Playground() as pg:
        ws, client = pg.workspace, client_of(pg)
        await client.views_open(trigger_id=ws.new_trigger(ws.admin.id), view=retrain_modal())
        nowhere = client.views_push(trigger_id=ws.new_trigger(ws.admin.id), view=retrain_modal())
        assert (await refusal(nowhere))["error"] == "not_found"
        for expected in ("ok", "ok", "push_limit_reached"):
            top = ws.open_views(ws.admin)[-1]
            push = client.views_push(trigger_id=ws.new_trigger(ws.admin.id, top.id), view=retrain_modal())
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
