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
from bot.playground.web_api import chat as chat_methods
from bot.playground.web_api import conversations as conversation_methods
from bot.playground.web_api import files as file_methods
from bot.playground.web_api import views as view_methods
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
    **chat_methods.METHODS,
    **conversation_methods.METHODS,
    **file_methods.METHODS,
    **view_methods.METHODS,
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


# chat.*


async def test_posts_and_fills_in_ids() -> None:
    async with Playground() as pg:
        blocks: list[dict[str, Any]] = [
            {"type": "section", "text": {"type": "mrkdwn", "text": "*hi*"}},
            {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Go"}}]},
        ]
        answer = await client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="hi", blocks=blocks)
        message = pg.workspace.message(pg.workspace.general, answer["ts"])
        assert message is not None
        assert message.user == pg.workspace.bot.id
        assert message.blocks[0]["block_id"]
        assert message.blocks[1]["elements"][0]["action_id"]
        assert answer["message"]["bot_id"] == pg.workspace.install.bot_id


async def test_posts_markdown_text_as_a_markdown_block() -> None:
    async with Playground() as pg:
        client = client_of(pg)
        await client.chat_postMessage(channel=pg.workspace.general.id, markdown_text="**hi**")
        assert pg.workspace.messages()[-1].blocks[0]["type"] == "markdown"
        both = client.chat_postMessage(channel=pg.workspace.general.id, markdown_text="a", text="b")
        assert (await refusal(both))["error"] == "markdown_text_conflict"


@pytest.mark.parametrize(
    ("args", "word"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "  "}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": "{"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": '{"type": "divider"}'}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [{"type": "hologram"}]}, "invalid_blocks"),
        ({"text": "x", "attachments": "x"}, "invalid_attachments"),
        ({"text": "x", "attachments": [{"text": "a", "fallback": "a"}] * 101}, "too_many_attachments"),
        ({"text": "x", "metadata": "[]"}, "metadata_must_be_sent_from_app"),
        ({"text": "x", "thread_ts": "1.000000"}, "thread_not_found"),
    ],
)
async def test_refuses_messages_slack_would_refuse(args: dict[str, object], word: str) -> None:
    async with Playground() as pg:
        answer = await refusal(
            client_of(pg).api_call("chat.postMessage", json={"channel": pg.workspace.general.id, **args})
        )
        assert answer["error"] == word
        assert pg.workspace.messages() == []


async def test_explains_what_is_wrong_with_blocks() -> None:
    async with Playground() as pg:
        blocks = [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]
        answer = await refusal(
            client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="x", blocks=blocks),
        )
        assert answer["response_metadata"]["messages"] == [
            "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"
        ]


async def test_measures_all_blocks_together() -> None:
    async with Playground() as pg:
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}] * 5
        post = client_of(pg).chat_postMessage(channel=pg.workspace.general.id, text="x", blocks=blocks)
        assert (await refusal(post))["error"] == "msg_blocks_too_long"


async def test_keeps_attachments_and_metadata() -> None:
    async with Playground() as pg:
        metadata = {"event_type": "scored", "event_payload": {"n": 1}}
        answer = await client_of(pg).chat_postMessage(
            channel=pg.workspace.general.id,
            text="x",
            attachments=[{"text": "a", "fallback": "a"}],
            metadata=metadata,
        )
        assert answer["message"]["metadata"] == metadata
        assert answer["message"]["attachments"] == [{"text": "a", "fallback": "a"}]


async def test_posts_only_where_it_may() -> None:
    async with Playground() as pg:
        client, ws = client_of(pg), pg.workspace
        words = {
            ws.outside.id: "not_in_channel",
            ws.archived.id: "is_archived",
            ws.private.id: "channel_not_found",
            "#general": "channel_not_found",
            "general": "channel_not_found",
            ws.deleted.id: "channel_not_found",
        }
        for channel, word in words.items():
            assert (await refusal(client.chat_postMessage(channel=channel, text="x")))["error"] == word
        ws.change_install(scopes=ws.install.scopes | {"chat:write.public"})
        assert (await client.chat_postMessage(channel=ws.outside.id, text="x"))["ok"]


async def test_a_users_id_stands_for_the_direct_message() -> None:
    async with Playground() as pg:
        answer = await client_of(pg).chat_postMessage(channel=pg.workspace.admin.id, text="psst")
        assert answer["channel"] == pg.workspace.direct_message(pg.workspace.admin).id


async def test_ephemeral_messages_are_seen_by_one_and_kept_nowhere() -> None:
    async with Playground() as pg:
        client, ws = client_of(pg), pg.workspace
        answer = await client.chat_postEphemeral(channel=ws.general.id, user=ws.analyst.id, text="just you")
        ts = answer["message_ts"]
        assert [m.text for m in ws.messages(ws.general, seen_by=ws.analyst)] == ["just you"]
        assert ws.messages(ws.general, seen_by=ws.admin) == []
        assert (await client.conversations_history(channel=ws.general.id))["messages"] == []
        for call in (
            client.chat_update(channel=ws.general.id, ts=ts, text="y"),
            client.chat_delete(channel=ws.general.id, ts=ts),
            client.chat_getPermalink(channel=ws.general.id, message_ts=ts),
        ):
            assert (await refusal(call))["error"] == "message_not_found"
        stranger = client.chat_postEphemeral(channel=ws.customers.id, user=ws.guest.id, text="x")
        assert (await refusal(stranger))["error"] == "user_not_in_channel"


async def test_updates_and_deletes_its_own_messages_only() -> None:
    async with Playground() as pg:
        client, ws = client_of(pg), pg.workspace
        ts = (await client.chat_postMessage(channel=ws.general.id, text="a"))["ts"]
        answer = await client.chat_update(channel=ws.general.id, ts=ts, text="b")
        assert answer["text"] == "b"
        assert answer["message"]["edited"]["ts"] > ts
        theirs = ws.say(ws.analyst, ws.general, "mine").ts
        assert (await refusal(client.chat_update(channel=ws.general.id, ts=theirs, text="b")))["error"] == (
            "cant_update_message"
        )
        assert (await refusal(client.chat_delete(channel=ws.general.id, ts=theirs)))["error"] == "cant_delete_message"
        await client.chat_delete(channel=ws.general.id, ts=ts)
        assert [m.text for m in ws.messages()] == ["mine"]
        missing = await refusal(client.chat_update(channel=ws.general.id, ts=ts, text="c"))
        assert missing["error"] == "message_not_found"


async def test_an_update_keeps_and_removes_what_slack_keeps_and_removes() -> None:
    async with Playground() as pg:
        client, ws = client_of(pg), pg.workspace
        attachments = [{"text": "a", "fallback": "a"}]
        divider = [{"type": "divider"}]
        ts = (
            await client.chat_postMessage(
                channel=ws.general.id, text="a", blocks=divider, attachments=attachments, metadata={"event_type": "x"}
            )
        )["ts"]

        async def updated(**args: Any) -> dict[str, Any]:
            answer = await client.api_call("chat.update", json={"channel": ws.general.id, "ts": ts, **args})
            message: dict[str, Any] = answer["message"]
            return message

        by_blocks = await updated(blocks=divider)
        assert (by_blocks["text"], "edited" in by_blocks) == ("a", False)
        by_text = await updated(text="b")
        assert (by_text["text"], "edited" in by_text, "blocks" in by_text) == ("b", True, False)
        assert by_text["attachments"] == attachments
        assert by_text["metadata"] == {"event_type": "x"}
        assert "attachments" not in await updated(text="c", attachments=[])
        too_long = client.chat_update(channel=ws.general.id, ts=ts, text="x" * 4001)
        assert (await refusal(too_long))["error"] == "msg_too_long"


async def test_links_to_messages_and_replies() -> None:
    async with Playground() as pg:
        client, ws = client_of(pg), pg.workspace
        ts = (await client.chat_postMessage(channel=ws.general.id, text="a"))["ts"]
        reply = (await client.chat_postMessage(channel=ws.general.id, text="b", thread_ts=ts))["ts"]
        link = (await client.chat_getPermalink(channel=ws.general.id, message_ts=ts))["permalink"]
        assert link.endswith(f"/archives/{ws.general.id}/p{ts.replace('.', '')}")
        link = (await client.chat_getPermalink(channel=ws.general.id, message_ts=reply))["permalink"]
        assert f"thread_ts={ts}" in link


async def test_replies_gather_in_threads_even_replies_to_replies() -> None:
    async with Playground() as pg:
        client, ws = client_of(pg), pg.workspace
        ts = (await client.chat_postMessage(channel=ws.general.id, text="root"))["ts"]
        first = (await client.chat_postMessage(channel=ws.general.id, text="one", thread_ts=ts))["ts"]
        await client.chat_postMessage(channel=ws.general.id, text="two", thread_ts=first)
        replies = (await client.conversations_replies(channel=ws.general.id, ts=ts))["messages"]
        assert [m["text"] for m in replies] == ["root", "one", "two"]
        assert (replies[0]["reply_count"], replies[0]["reply_users"]) == (2, [ws.bot.id])
        history = (await client.conversations_history(channel=ws.general.id))["messages"]
        assert [m["text"] for m in history] == ["root"]


# conversations.*, users.*


async def test_reads_history_in_pages_newest_first() -> None:
    async with Playground() as pg:
        client, ws = client_of(pg), pg.workspace
        said = [ws.say(ws.analyst, ws.general, str(n)).ts for n in range(5)]
        page = await client.conversations_history(channel=ws.general.id, limit=3)
        assert [m["text"] for m in page["messages"]] == ["4", "3", "2"]
        assert page["has_more"] is True
        cursor = page["response_metadata"]["next_cursor"]
        page = await client.conversations_history(channel=ws.general.id, limit=3, cursor=cursor)
        assert [m["text"] for m in page["messages"]] == ["1", "0"]
        between: dict[str, Any] = {"oldest": said[1], "latest": said[3]}
        page = await client.conversations_history(channel=ws.general.id, **between)
        assert [m["text"] for m in page["messages"]] == ["2"]
        page = await client.conversations_history(channel=ws.general.id, inclusive=True, **between)
        assert [m["text"] for m in page["messages"]] == ["3", "2", "1"]


async def test_refuses_to_read_what_it_cannot() -> None:
    async with Playground() as pg:
        client, ws = client_of(pg), pg.workspace
        calls = [
            (client.conversations_history(channel=ws.outside.id), "not_in_channel"),
            (client.conversations_history(channel="C404"), "channel_not_found"),
            (client.conversations_history(channel=ws.general.id, oldest="x"), "invalid_ts_oldest"),
            (client.conversations_history(channel=ws.general.id, cursor="x"), "invalid_cursor"),
            (client.conversations_history(channel=ws.general.id, limit=1001), "invalid_limit"),
            (
                client.api_call("conversations.history", params={"channel": ws.general.id, "limit": "x"}),
                "invalid_limit",
            ),
            (client.conversations_replies(channel=ws.general.id, ts="1.0"), "thread_not_found"),
            (client.api_call("conversations.replies", params={"channel": ws.general.id}), "invalid_arguments"),
            (client.conversations_list(types="everything"), "invalid_types"),
            (client.users_info(user="U404"), "user_not_found"),
            (client.bots_info(bot="B404"), "bot_not_found"),
        ]
        for call, word in calls:
            assert (await refusal(call))["error"] == word


async def test_lists_channels_by_kind() -> None:
    async with Playground() as pg:
        client, ws = client_of(pg), pg.workspace
        public = (await client.conversations_list())["channels"]
        assert {c["name"] for c in public} == {"general", "customers", "random", "old-reports", "partners"}
        assert {c["name"]: c["is_member"] for c in public}["random"] is False
        public = (await client.conversations_list(exclude_archived=True))["channels"]
        assert "old-reports" not in {c["name"] for c in public}
        ims = (await client.conversations_list(types="im,private_channel,mpim"))["channels"]
        assert [c["user"] for c in ims] == [ws.analyst.id]


async def test_describes_channels_and_their_members() -> None:
    async with Playground() as pg:
        client, ws = client_of(pg), pg.workspace
        channel = (await client.conversations_info(channel=ws.partners.id))["channel"]
        assert channel["is_ext_shared"] is True
        members = (await client.conversations_members(channel=ws.general.id, limit=2))["members"]
        assert len(members) == 2
        everybody = (await client.conversations_members(channel=ws.general.id))["members"]
        assert set(everybody) == ws.general.members


async def test_opens_direct_messages_once() -> None:
    async with Playground() as pg:
        client, ws = client_of(pg), pg.workspace
        first = await client.conversations_open(users=ws.admin.id)
        again = await client.conversations_open(users=ws.admin.id, return_im=True)
        assert first["channel"]["id"] == again["channel"]["id"]
        assert (first["already_open"], again["already_open"]) == (False, True)
        assert again["channel"]["user"] == ws.admin.id
        by_channel = await client.conversations_open(channel=ws.dm.id)
        assert by_channel["channel"]["id"] == ws.dm.id
        words = {
            "U404": "user_not_found",
            ws.deleted.id: "user_disabled",
            ws.bot.id: "cannot_dm_bot",
            f"{ws.admin.id},{ws.owner.id}": "method_not_supported_for_channel_type",
        }
        for users, word in words.items():
            assert (await refusal(client.conversations_open(users=users)))["error"] == word


async def test_tells_who_people_are() -> None:
    async with Playground() as pg:
        client, ws = client_of(pg), pg.workspace
        guest = (await client.users_info(user=ws.guest.id))["user"]
        assert (guest["is_restricted"], guest["is_admin"]) == (True, False)
        assert (await client.users_info(user=ws.owner.id))["user"]["is_owner"] is True
        assert (await client.users_info(user=ws.external.id))["user"]["is_stranger"] is True
        ws.change_user(ws.analyst, is_admin=True)
        assert (await client.users_info(user=ws.analyst.id))["user"]["is_admin"] is True
        members = (await client.users_list())["members"]
        assert ws.external.id not in {member["id"] for member in members}
        assert {member["id"]: member["deleted"] for member in members}[ws.deleted.id] is True
        assert (await client.bots_info())["bot"]["user_id"] == ws.bot.id


async def test_membership_decides_what_the_app_reads() -> None:
    async with Playground() as pg:
        client, ws = client_of(pg), pg.workspace
        assert (await refusal(client.conversations_info(channel=ws.private.id)))["error"] == "channel_not_found"
        ws.change_channel(ws.private, members=ws.private.members | {ws.bot.id})
        assert (await client.conversations_info(channel=ws.private.id))["channel"]["is_private"] is True


async def test_the_client_can_be_told_of_slack_by_url_alone() -> None:
    async with Playground(timing=FAST) as pg:
        env = pg.settings_env(socket_mode=True)
        assert set(env) == {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL", "SLACK_APP_TOKEN"}
        assert "SLACK_APP_TOKEN" not in pg.settings_env()
        client = AsyncWebClient(token=env["SLACK_BOT_TOKEN"], base_url=env["SLACK_API_URL"])
        assert (await client.auth_test())["ok"]
