"""From a file of a team that never heard of age, income and score to segments in its own words, by clicks alone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from campaigns import campaign
from customer_files import TRADES, trade_file
from harness import Harness
from retrain_harness import RetrainHarness, candidate_of, retraining
from setup_harness import SetupDesk

from bot.playground.block_kit.render import render_blocks, render_message
from bot.playground.workspace.records import User

pytestmark = pytest.mark.asyncio
# Words of the model before; where a bank's customers have an age, that word is theirs.
_BEFORE: Final = re.compile(r"\b(age|income|spending score|score=\S|miser|spender)", re.IGNORECASE)
_SEEN: Final = {
    "cards": "an id and 13 numbers",
    "wholesale": "six numbers and two categories",
    "telecom": "an id, three numbers and seven categories",
    "bank": "six numbers and eight categories",
    "shop": "an id, four numbers, two categories and four columns nobody should segment on",
    "subscription": "an id, six numbers, three categories, a date and three columns nobody should segment on",
}
# The trades whose columns and files differ most; `--long` takes all.
_ROWS: Final = 400
_TRADES: Final = sorted(TRADES, key=lambda trade: trade != "shop")[: campaign(1, len(TRADES))]


@pytest_asyncio.fixture
async def desk(harness: Harness, tmp_path: Path) -> AsyncIterator[RetrainHarness]:
    async with retraining(harness.copy(tmp_path / "home")) as found:
        yield found


async def home_of(desk: RetrainHarness, user: User) -> str:
    """What a person sees in App Home."""
    assert (await desk.pg.deliver.open_home(user)).ok
    view = await desk.workspace.wait_until(lambda: desk.workspace.home(user), 20)
    return render_blocks(view.body["blocks"])


async def everything_said(desk: RetrainHarness, name: str, data: bytes) -> dict[str, str]:
    """Ask for everything that speaks of columns, and return what was answered."""
    said = {}
    example = desk.files.bot.dependencies.live.get().schema.example
    for command, text in (
        ("/segment", example),
        ("/segment", "help"),
        ("/segment", "unheard=5"),
        ("/segments", ""),
        ("/retrain", "help"),
    ):
        reply = await desk.pg.deliver.command(command, text)
        assert reply.message is not None
        said[f"{command} {text}"] = render_message(reply.message)
    said["file"] = desk.files.said(await desk.files.score(name, data))
    said["home"] = await home_of(desk, desk.workspace.admin)
    said["status"] = await desk.told("status")
    return said


@pytest.mark.parametrize("trade", _TRADES)
async def test_a_trades_own_file_becomes_named_segments_in_its_own_words(
    desk: RetrainHarness, trade: str, tmp_path: Path
) -> None:
    setup, data = SetupDesk(desk), trade_file(trade, tmp_path, _ROWS).read_bytes()
    offer = await setup.drop(f"{trade}.csv", data)
    assert _SEEN[trade] in desk.said(offer)
    report = await setup.name(await setup.train(offer), trade.capitalize())
    told = render_message(await desk.promote(report))
    model = desk.registry.load_current()
    assert model.version == candidate_of(report)
    assert f"Ask like this: `/segment {model.schema.example}`" in told
    assert "no longer uses " in told
    assert all(name.startswith(trade.capitalize()) for name in model.names)
    before = {message.ts for message in desk.workspace.messages()}
    said = await everything_said(desk, f"{trade}.csv", data)
    assert "onfidence" in said[f"/segment {model.schema.example}"]
    assert model.names[0] in said["file"]
    assert model.names[0] in said["home"]
    assert f"{_ROWS} of {_ROWS} rows scored" in said["file"] or trade == "telecom"
    said |= {
        f"message {one.ts}": f"{one.text} {one.blocks}" for one in desk.workspace.messages() if one.ts not in before
    }
    for what, text in said.items():
        assert {word.casefold() for word in _BEFORE.findall(text)} <= set(model.schema.names), (what, text)
    assert all(name in said["/segment help"] for name in model.schema.names)
