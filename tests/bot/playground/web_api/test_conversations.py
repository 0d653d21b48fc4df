"""The methods about conversations and people: history, lists, members, direct messages."""

from __future__ import annotations

from typing import Any

from counterpart import client_of, refusal

from bot.playground.server import Playground


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
