"""`segbot playground`: the workspace and the bot side by side."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from command_line import CommandLine, said
from harness import EXAMPLE, Harness
from reference import rfm_trained

from bot.cli.service.playground import (
    KEPT_IN,
    NotAnswered,
    NotKept,
    ensure_model,
    run,
    with_sample_table,
)
from bot.playground.delivery.deliverer import Deliverer
from bot.playground.delivery.reply import Reply as Delivered
from bot.playground.page.first_minute import FirstMinute
from bot.playground.server import Playground
from bot.playground.workspace.keep import Keep
from bot.settings import load_settings
from segmentation.errors import NoModel
from segmentation.schema import Schema
from segmentation.training.train import Trained

pytestmark = pytest.mark.usefixtures("without_jobs")


async def test_answers_the_example_and_ends(harness: Harness, schema: Schema) -> None:
    lines: list[str] = []
    await run(harness.settings, schema, port=0, once=True, echo=lines.append)
    assert lines[0] == "> /segment age=35 income=60 score=70\n"
    assert "Confidence: " in lines[1]
    assert len(lines) == 2


async def test_stays_until_it_is_told_to_stop(harness: Harness, schema: Schema) -> None:
    lines: list[str] = []

    def echo(line: str) -> None:
        lines.append(line)
        if "Ctrl+C" in line:
            asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGINT)

    await asyncio.wait_for(run(harness.settings, schema, port=0, once=False, echo=echo), 10)
    assert lines[-1].startswith("\nThe playground is at http://127.0.0.1:")


def test_there_is_a_table_to_train_on_and_watch_unless_the_settings_name_some(tmp_path: Path) -> None:
    settings = Harness(tmp_path).settings
    with_table = with_sample_table(settings)
    assert pl.read_parquet(with_table.tables["customers"].url).shape == (200, 3)
    # The process that trains and checks reads it from its environment.
    assert load_settings(with_table.environment()).tables == with_table.tables
    assert with_sample_table(with_table) is with_table


async def test_says_so_when_the_bot_does_not_answer(
    harness: Harness, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def command(*_arguments: object, **_more: object) -> Delivered:
        return Delivered(500, None, None, 0.0)

    monkeypatch.setattr(Deliverer, "command", command)
    with pytest.raises(NotAnswered, match="HTTP 500"):
        await run(harness.settings, schema, port=0, once=True, echo=lambda _line: None)


def test_trains_a_model_where_there_is_none(tmp_path: Path, schema: Schema) -> None:
    lines: list[str] = []
    registry = Harness(tmp_path).registry
    ensure_model(registry, schema, lines.append)
    assert registry.load_current().synthetic
    ensure_model(registry, schema, lines.append)
    assert lines == ["No model yet: training one on synthetic sample customers…"]
    assert len(registry.versions()) == 1


def test_names_the_candidate_that_waits(tmp_path: Path, schema: Schema, trained: Trained) -> None:
    lines: list[str] = []
    registry = Harness(tmp_path).registry
    candidate = registry.save(trained, actor="tests", source="customers")
    with pytest.raises(NoModel, match=f"Candidate {candidate} waits"):
        ensure_model(registry, replace(schema, features=schema.features[1:]), lines.append)
    ensure_model(registry, schema, lines.append)
    assert lines[0].startswith(f"There is no model in service. Candidate {candidate} waits: promote it")


def test_has_no_sample_for_another_schema(tmp_path: Path, schema: Schema) -> None:
    other = replace(schema, features=schema.features[1:])
    with pytest.raises(NoModel, match="no sample for your schema"):
        ensure_model(Harness(tmp_path).registry, other, lambda _line: None)


async def test_goes_on_where_a_kept_workspace_ended(harness: Harness, schema: Schema, tmp_path: Path) -> None:
    own = harness.copy(tmp_path)
    for _ in range(2):
        await run(own.settings, schema, port=0, once=True, echo=lambda _line: None, keep=True)
    with closing(Keep(own.settings.state_dir / KEPT_IN)) as keep:
        playground = Playground(seed=keep.seed)
        playground.keep_in(keep)
        assert len(playground.workspace.messages()) == 2


async def test_refuses_a_file_that_is_no_workspace(harness: Harness, schema: Schema, tmp_path: Path) -> None:
    own = harness.copy(tmp_path)
    (own.settings.state_dir / KEPT_IN).write_bytes(b"something else, and long enough" * 40)
    with pytest.raises(NotKept, match="start without --keep"):
        await run(own.settings, schema, port=0, once=True, echo=lambda _line: None, keep=True)


async def test_suggestions_follow_the_model_in_service(harness: Harness, schema: Schema, tmp_path: Path) -> None:
    own = harness.copy(tmp_path)
    other = own.registry.save(rfm_trained(), actor="tests", source="test")
    own.registry.promote(other, actor="tests")
    commands: list[str] = []
    offer = Playground.offer

    def noted(playground: Playground, offers: Callable[[], FirstMinute]) -> None:
        commands.extend(one.command for one in offers().suggestions)
        offer(playground, offers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Playground, "offer", noted)
        await run(own.settings, schema, port=0, once=True, echo=lambda _line: None)
    assert commands[0] == f"/segment {own.registry.load(other).schema.example}"


def test_the_playground_answers_the_example_once(run: CommandLine) -> None:
    text = said(run("playground", "--once"))
    assert text.startswith(f"> /segment {EXAMPLE}\n")
    assert "Confidence: " in text
    assert "This customer" in text
    assert run.log_levels == ["WARNING"]
