"""The Web API as slack_sdk's client meets it."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from counterpart import FAST, client_of, refusal
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.server import Playground
from bot.playground.web_api import chat, conversations, files, views
from bot.playground.web_api.call import Call
from bot.playground.web_api.errors import ApiError
from bot.playground.workspace.workspace import Workspace


async def test_knows_whose_token_it_is() -> None:
    async with Playground() as pg:
        answer = await client_of(pg).auth_test()
        assert answer["user_id"] == pg.workspace.bot.id
        assert answer["team_id"] == pg.workspace.team.id
        assert answer["bot_id"] == pg.workspace.install.bot_id
        assert "chat:write" in answer.headers["x-oauth-scopes"]


async def test_turns_away_missing_wrong_revoked_and_misplaced_tokens() -> None:
    async with Playground() as pg:
        async with aiohttp.ClientSession() as session, session.post(pg.api_url + "auth.test") as response:
            assert await response.json() == {"ok": False, "error": "not_authed"}
        assert (await refusal(client_of(pg, "xoxb-wrong").auth_test()))["error"] == "invalid_auth"
        app_token = pg.workspace.install.app_token
        assert (await refusal(client_of(pg, app_token).auth_test()))["error"] == "not_allowed_token_type"
        bot_token = pg.workspace.install.bot_token
        misplaced = client_of(pg).apps_connections_open(app_token=bot_token)
        assert (await refusal(misplaced))["error"] == "not_allowed_token_type"
        pg.workspace.change_install(revoked=True)
        assert (await refusal(client_of(pg).auth_test()))["error"] == "token_revoked"


async def test_says_which_scope_is_missing() -> None:
    async with Playground(scopes=["users:read"]) as pg:
        answer = await refusal(client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="x"))
        assert answer["error"] == "missing_scope"
        assert (answer["needed"], answer["provided"]) == ("chat:write", "users:read")


async def test_needs_the_scope_for_the_kind_of_channel() -> None:
    async with Playground(scopes=["channels:read"]) as pg:
        client = client_of(pg)
        assert (await client.conversations_info(channel=pg.workspace.general.id))["ok"]
        answer = await refusal(client.conversations_info(channel=pg.workspace.dm.id))
        assert answer["needed"] == "im:read"


async def test_does_not_know_other_methods() -> None:
    async with Playground() as pg:
        answer = await refusal(client_of(pg).api_call("pins.list"))
        assert answer["error"] == "unknown_method"
        assert answer["req_method"] == "pins.list"


async def test_takes_arguments_as_query_form_and_json_and_the_token_in_any_of_them() -> None:
    async with Playground() as pg, aiohttp.ClientSession() as session:
        args = {"token": pg.workspace.install.bot_token, "user": pg.workspace.admin.id}
        url = pg.api_url + "users.info"
        for request in (session.get(url, params=args), session.post(url, data=args), session.post(url, json=args)):
            async with request as response:
                assert (await response.json())["user"]["is_admin"] is True
        assert all(call.args == {"user": pg.workspace.admin.id} for call in pg.workspace.calls)


@pytest.mark.parametrize(
    ("body", "kind", "word"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"\xff", "application/x-www-form-urlencoded", "invalid_form_data"),
    ],
)
async def test_refuses_unreadable_bodies(body: bytes, kind: str, word: str) -> None:
    async with (
        Playground() as pg,
        aiohttp.ClientSession() as session,
        session.post(pg.api_url + "auth.test", data=body, headers={"Content-Type": kind}) as response,
    ):
        assert (await response.json())["error"] == word


async def test_api_test_echoes_and_fails_on_request() -> None:
    async with Playground() as pg:
        assert (await client_of(pg).api_test(foo="bar"))["args"] == {"foo": "bar"}
        assert (await refusal(client_of(pg).api_test(error="my_error")))["error"] == "my_error"


async def test_logs_calls_without_the_token() -> None:
    async with Playground() as pg:
        await client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="hello")
        [call] = pg.workspace.calls_to("chat.postMessage")
        assert call.args["text"] == "hello"
        assert call.answer["ok"] is True
        assert pg.workspace.install.bot_token not in repr(pg.workspace.calls)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4) | st.sampled_from(["[", "[{}]", "{}", "1.0"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
ARGUMENTS = ["channel", "user", "users", "text", "blocks", "ts", "thread_ts", "view", "view_id", "trigger_id", "files"]
METHODS = {
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **views.METHODS,
}


@given(
    name=st.sampled_from(sorted(METHODS)),
    args=st.dictionaries(st.sampled_from([*ARGUMENTS, "limit", "cursor", "length", "filename"]), json_values),
    with_channel=st.booleans(),
)
def test_no_arguments_make_a_method_stumble(name: str, args: dict[str, Any], with_channel: bool) -> None:
    workspace = Workspace(seed=1)
    if with_channel:
        args |= {"channel": workspace.general.id, "user": workspace.analyst.id}
        args |= {"trigger_id": workspace.new_trigger(workspace.analyst.id), "user_id": workspace.analyst.id}
    try:
        answer = METHODS[name].run(Call(workspace, args, workspace.install.scopes))
    except ApiError as error:
        answer = error.answer
    json.dumps(answer)


async def test_the_client_can_be_told_of_slack_by_url_alone() -> None:
    async with Playground(timing=FAST) as pg:
        env = pg.settings_env(socket_mode=True)
        assert set(env) == {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL", "SLACK_APP_TOKEN"}
        assert "SLACK_APP_TOKEN" not in pg.settings_env()
        client = AsyncWebClient(token=env["SLACK_BOT_TOKEN"], base_url=env["SLACK_API_URL"])
        assert (await client.auth_test())["ok"]
