"""The `chat.*` methods: posting, updating, deleting, linking, threads."""

from __future__ import annotations

from typing import Any

import pytest
from counterpart import client_of, refusal

from bot.playground.server import Playground


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
