"""The App Home tab, opened by different people."""

from __future__ import annotations

import asyncio
import json

import pytest
from stage import Stage

from bot.playground.workspace.records import User, View


async def opened(stage: Stage, user: User) -> str:
    """What a person sees in the tab."""
    before = stage.pg.workspace.home(user)
    assert (await stage.pg.deliver.open_home(user)).ok

    def published() -> View | None:
        view = stage.pg.workspace.home(user)
        return None if view is None or (before is not None and view.hash == before.hash) else view

    view = await stage.pg.workspace.wait_until(published)
    return json.dumps(view.body["blocks"], ensure_ascii=False)


async def test_everybody_sees_the_model_and_admins_see_who_was_refused(stage: Stage) -> None:
    workspace = stage.pg.workspace
    stage.harness.registry.refuse(f"slack:{workspace.analyst.id}", "/retrain: not an admin")
    theirs = await opened(stage, workspace.analyst)
    assert stage.harness.versions[0] in theirs
    assert "5 customer segments in service" in theirs
    assert "not an admin" not in theirs
    admins = await opened(stage, workspace.admin)
    assert f"<@{workspace.analyst.id}>: /retrain: not an admin" in admins


async def test_a_broken_manifest_is_told_while_the_model_goes_on(stage: Stage) -> None:
    stage.harness.break_manifest(stage.harness.versions[0])
    text = await opened(stage, stage.pg.workspace.analyst)
    assert "5 customer segments in service" in text
    assert ":warning:" in text


async def test_the_messages_tab_publishes_nothing(stage: Stage) -> None:
    workspace = stage.pg.workspace
    event = {"type": "app_home_opened", "user": workspace.analyst.id, "tab": "messages", "event_ts": "1.0"}
    assert (await stage.pg.deliver.event(event)).ok
    await stage.pg.deliver.settle()
    assert workspace.home(workspace.analyst) is None


async def test_a_failure_is_shown_in_the_tab_and_logged(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(stage.bot.dependencies.live.registry, "history", fail)
    text = await opened(stage, stage.pg.workspace.analyst)
    assert "something went wrong" in text
    assert "secret" not in text


async def test_slack_not_taking_the_tab_is_only_logged(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.pg.faults.error("views.publish", "hash_conflict")
    assert (await stage.pg.deliver.open_home(stage.pg.workspace.analyst)).ok
    async with asyncio.timeout(5):
        while "could not be published" not in caplog.text:  # noqa: ASYNC110 - a log tells nobody
            await asyncio.sleep(0.01)
