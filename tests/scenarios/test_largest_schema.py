"""The whole bot with as many features and segments, and as long names, as there may be: Slack takes every message."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import pytest_asyncio
from harness import Harness
from numpy.typing import NDArray
from retrain_harness import RetrainHarness, retraining

from bot.playground.workspace.records import Message, View
from segmentation.schema import Schema
from segmentation.schema_data import parse_schema
from segmentation.training.train import train

pytestmark = pytest.mark.asyncio(loop_scope="module")

FEATURES: Final = 20
CLUSTERING: Final = 3
SEGMENTS: Final = 10
LONG: Final = "a name of three hundred characters & <!channel> " * 7
LEFT_OUT: Final = "The table has no room for the columns "


def long_name(start: str) -> str:
    """Return a name of 300 characters."""
    return f"{start} {LONG}"[:299] + "x"


def largest_schema() -> str:
    """Return, as TOML, 20 features, the last 3 of which decide, and rules for 10 segments."""
    parts = ['name = "largest"']
    for i in range(FEATURES):
        role = "cluster" if i >= FEATURES - CLUSTERING else "profile"
        parts.append(
            f"[[features]]\nname = 'f{i}'\nlabel = '{long_name(f'Feature {i}')}'\nunit = 'points'\n"
            f"minimum = 0\nmaximum = 1000\nrole = '{role}'"
        )
    levels = [("low", "low"), ("low", "mid"), ("low", "high"), ("mid", "low"), ("mid", "mid"), ("mid", "high")]
    for i, (one, other) in enumerate([*levels, ("high", "low"), ("high", "mid"), ("high", "high")]):
        parts.append(
            f"[[segments]]\nname = '{long_name(f'Segment {i}')}'\nlevels = {{ f17 = '{one}', f18 = '{other}' }}\n"
            f"meaning = '{long_name('Meaning')}'\naction = '{long_name('Action')}'"
        )
    return "\n".join(parts)


def customers(seed: int = 0) -> NDArray[np.float64]:
    """Draw 300 customers in ten groups."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(100, 900, (SEGMENTS, CLUSTERING))
    groups = np.repeat(centres, 30, axis=0) + rng.normal(0, 10, (30 * SEGMENTS, CLUSTERING))
    return np.column_stack([rng.uniform(0, 1000, (len(groups), FEATURES - CLUSTERING)), groups]).clip(0, 1000).round()


def as_csv(values: NDArray[np.float64]) -> bytes:
    """Write customers as a file."""
    lines = [",".join(f"f{i}" for i in range(FEATURES)), *(",".join(f"{x:g}" for x in row) for row in values)]
    return ("\n".join(lines) + "\n").encode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RetrainHarness]:
    """A workspace and a bot with the largest model in service."""
    folder: Path = tmp_path_factory.mktemp("largest")
    (folder / "var").mkdir()
    (folder / "largest.toml").write_text(largest_schema(), encoding="utf-8")
    schema: Schema = parse_schema(largest_schema(), "largest.toml")
    more = (("SEGBOT_SCHEMA", str(folder / "largest.toml")),)
    empty = Harness(folder, more=more)
    version = empty.registry.save(train(customers(), schema, k=SEGMENTS), actor="tests", source=LONG)
    empty.registry.promote(version, actor="tests")
    async with retraining(Harness(folder, (version,), more)) as running:
        yield running


def kinds(blocks: Any) -> list[str]:
    return [block["type"] for block in blocks]


async def typed(desk: RetrainHarness, command: str, text: str) -> Message:
    """Type a command; the playground refuses blocks that Slack would refuse."""
    reply = await desk.pg.deliver.command(command, text, user=desk.workspace.admin)
    assert reply.ok, reply.problem
    message: Message | None = reply.message
    assert message is not None
    return message


async def test_a_customer_is_answered(desk: RetrainHarness) -> None:
    answer = await typed(desk, "/segment", " ".join(f"f{i}=500" for i in range(FEATURES)))
    assert "table" in kinds(answer.blocks)
    table = next(block for block in answer.blocks if block["type"] == "table")
    assert len(table["rows"]) == FEATURES + 1
    refused = await typed(desk, "/segment", "f1=2")
    assert "Missing: f17" in refused.text
    assert "How to use" in (await typed(desk, "/segment", "help")).text


async def test_all_segments_are_shown_with_the_features_that_decide(desk: RetrainHarness) -> None:
    shown = await typed(desk, "/segments", "")
    table = next(block for block in shown.blocks if block["type"] == "table")
    assert len(table["rows"]) == SEGMENTS + 1
    heads = [cell["text"] for cell in table["rows"][0]]
    assert [head.split(" a name")[0] for head in heads[3:6]] == ["Feature 17", "Feature 18", "Feature 19"]
    assert LEFT_OUT in json.dumps(shown.blocks)


async def test_a_file_is_summarised(desk: RetrainHarness) -> None:
    file = await desk.files.score("largest.csv", as_csv(customers()))
    (status,) = desk.files.statuses(file)
    assert "300 of 300 rows scored" in status.text
    assert kinds(status.blocks)[:5] == ["section", "section", "actions", "table", "context"]
    assert "Feature 17" in status.blocks[3]["rows"][0][3]["text"]
    assert LEFT_OUT in json.dumps(status.blocks)


async def test_a_retrain_is_reported_and_decided(desk: RetrainHarness) -> None:
    end = await desk.latest(as_csv(customers(seed=1)))
    assert {"header", "image", "actions"} <= set(kinds(end.blocks))
    (details,) = desk.thread(end)
    assert {"table", "image"} <= set(kinds(details.blocks))
    assert "(14 more features left out)" in json.dumps(details.blocks)
    assert "puts a retired version back in service" in await desk.told("history")
    await desk.discard(end)


async def test_the_home_tab_is_shown(desk: RetrainHarness) -> None:
    admin = desk.workspace.admin
    assert (await desk.pg.deliver.open_home(admin)).ok

    def published() -> View | None:
        view: View | None = desk.workspace.home(admin)
        return view

    view: View = await desk.workspace.wait_until(published)
    text = json.dumps(view.body["blocks"])
    assert f"{SEGMENTS} customer segments in service" in text
    assert "something went wrong" not in text
