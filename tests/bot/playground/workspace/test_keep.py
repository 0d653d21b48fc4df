"""A kept workspace goes on where it ended; a file that cannot be used is refused in a sentence."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from counterpart import FAST, client_of

from bot.playground.server import Playground
from bot.playground.workspace.keep import CannotKeep, Keep


def kept_playground(keep: Keep) -> Playground:
    playground = Playground(timing=FAST, seed=keep.seed)
    playground.keep_in(keep)
    return playground


async def test_everything_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "var" / "playground.sqlite"
    with closing(Keep(path)) as keep:
        async with kept_playground(keep) as pg:
            ws, client = pg.workspace, client_of(pg)
            first = ws.say(ws.analyst, ws.general, "hello")
            gone = ws.say(ws.analyst, ws.general, "oops")
            ws.remove(gone)
            block = {"type": "header", "text": {"type": "plain_text", "text": "T"}}
            reply = await client.chat_postMessage(channel=ws.general.id, text="x", thread_ts=first.ts, blocks=[block])
            await client.chat_postEphemeral(channel=ws.general.id, user=ws.analyst.id, text="only you")
            file = ws.upload(ws.analyst, ws.customers, "a.csv", b"a,b\n\xff")
            handed = ws.files.hold(ws.analyst.id, "h.csv", b"a\n")
            ws.files.hand_over([handed.id])
            mine = ws.upload(ws.analyst, ws.customers, "b.csv", b"b\n")
            ws.files.delete(mine)
            await client.views_publish(user_id=ws.admin.id, view={"type": "home", "blocks": [block]})
            modal = {"type": "modal", "title": block["text"], "blocks": [block]}
            await client.views_open(trigger_id=ws.new_trigger(ws.admin.id), view=modal)
            ws.change_channel(ws.general, members=ws.general.members - {ws.guest.id})
            ws.change_user(ws.analyst, is_admin=True)
            dm = ws.direct_message(ws.guest)
            before = ws.messages()
            install = ws.install
    assert path.stat().st_mode & 0o777 == 0o600
    with closing(Keep(path)) as keep:
        async with kept_playground(keep) as pg:
            again = pg.workspace
            assert again.messages() == before
            assert again.message(again.general, reply["ts"]) is not None
            assert again.files.by_id[file.id] == ws.files.by_id[file.id]
            assert again.files.visible_to_app(again.files.by_id[handed.id])
            assert mine.id not in again.files.by_id
            assert again.home(again.admin) == ws.home(ws.admin)
            # A modal ends with the page it was opened on.
            assert again.open_views(again.admin) == []
            assert again.guest.id not in again.channels[again.general.id].members
            assert again.users[again.analyst.id].is_admin
            assert again.direct_message(again.guest) == dm
            assert again.install.app_id == install.app_id
            # Ids are fresh: none is given a second time.
            assert again.say(again.analyst, again.general, "next").ts > before[-1].ts
            assert again.upload(again.analyst, again.general, "c.csv", b"c").id not in ws.files.by_id
    with closing(Keep(path)) as keep:
        async with kept_playground(keep) as pg:
            assert pg.workspace.messages()[-2].text == "next"


async def test_nothing_is_written_after_the_end(tmp_path: Path) -> None:
    keep = Keep(tmp_path / "p.sqlite")
    pg = kept_playground(keep)
    keep.close()
    pg.workspace.say(pg.workspace.analyst, pg.workspace.general, "late")
    with closing(Keep(tmp_path / "p.sqlite")) as again:
        assert kept_playground(again).workspace.messages() == []
    Keep(tmp_path / "q.sqlite").close()


def test_one_file_is_for_one_playground(tmp_path: Path) -> None:
    path = tmp_path / "p.sqlite"
    with closing(Keep(path)), pytest.raises(CannotKeep, match=r"Another playground is using .*p\.sqlite"):
        Keep(path)


def test_another_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"my notes, and quite a few of them\n" * 50)
    with pytest.raises(CannotKeep, match="Remove it, or start without --keep"):
        Keep(path)
    assert path.read_bytes().startswith(b"my notes")


@pytest.mark.parametrize(
    "damage",
    [
        "PRAGMA user_version = 7",
        "DROP TABLE kept",
        "INSERT INTO kept VALUES ('message', 'C1', '1', '{', NULL)",
        "INSERT INTO kept VALUES ('message', 'C1', '1', '{}', NULL)",
        "INSERT INTO kept VALUES ('user', '', 'U1', '{\"id\": 5}', NULL)",
        "INSERT INTO kept VALUES ('ghost', '', 'U1', '{}', NULL)",
        "UPDATE seed SET seed = 'x'",
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "p.sqlite"
    Keep(path).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(damage)
    with pytest.raises(CannotKeep, match="was not written by this playground"):
        Keep(path)
