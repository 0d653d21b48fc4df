"""Numbers that mean two things, in Slack: 2,288 in a shop's tab file is asked about, for scoring and for training."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from harness import Harness
from reference import SHARED
from retrain_harness import RetrainHarness, retraining
from test_doubtful_files import elements, retrain_asked
from workbooks import write_xlsx

from bot.blocks.files.summary import ANSWER
from bot.blocks.models.retrain import ANSWER as RETRAIN_ANSWER
from segmentation.schema_data import load_schema
from segmentation.versions.retraining import train_file

pytestmark = pytest.mark.asyncio(loop_scope="module")

CASES = SHARED / "cases"
THOUSANDS = CASES / "numbers" / "thousands-comma.tsv"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RetrainHarness]:
    """A bot at work for a shop."""
    shop = Harness(tmp_path_factory.mktemp("shop"), more=(("SEGBOT_SCHEMA", str(CASES / "shop.toml")),))
    (shop.folder / "var").mkdir()
    run = train_file(CASES / "shop-train.csv", shop.registry, load_schema(CASES / "shop.toml"), k=4, actor="cli:tests")
    shop.registry.promote(run.version, actor="cli:tests")
    async with retraining(Harness(shop.folder, (run.version,), shop.more)) as started:
        yield started


@pytest.mark.parametrize(
    ("choice", "label", "decided", "spent"),
    [
        (0, "2,288 means 2288", "“.” is the decimal mark", 2288.0),
        (1, "2,288 means 2.288", "“,” is the decimal mark", 2.288),
    ],
)
async def test_a_doubtful_number_is_asked_about_and_read_as_chosen(
    desk: RetrainHarness, choice: int, label: str, decided: str, spent: float
) -> None:
    file = await desk.files.score("shop.tsv", THOUSANDS.read_bytes())
    (asked,) = desk.files.statuses(file)
    assert "can be read in two ways" in asked.text
    assert [one["text"]["text"] for one in elements(asked)][choice] == label
    assert desk.files.results(file) == []
    await desk.click(asked, f"{ANSWER}:{choice}", desk.workspace.analyst)
    end = await desk.files.end(file, attempt=1)
    assert "rows scored" in end.text
    assert decided in str(end.blocks)
    result = await desk.files.result(file)
    rows = list(csv.DictReader(io.StringIO((result.data or b"").decode("utf-8-sig")), delimiter="\t"))
    model = desk.registry.load_current()
    assert rows[0]["Total Spent"] == "2,288"
    assert rows[0]["segment"] == model.predict({"spent": spent, "orders": 30.0}).segment


async def test_several_questions_in_a_row_keep_the_earlier_answers(desk: RetrainHarness, tmp_path: Path) -> None:
    rows = [line.split("\t") for line in THOUSANDS.read_text().splitlines()]
    book = write_xlsx(tmp_path / "book.xlsx", {"May": rows, "June": rows}).read_bytes()
    file = await desk.files.score("shop.xlsx", book)
    (first,) = desk.files.statuses(file)
    await desk.click(first, f"{ANSWER}:1", desk.workspace.analyst)
    second = await desk.files.end(file, attempt=1)
    assert "can be read in two ways" in second.text
    await desk.click(second, f"{ANSWER}:0", desk.workspace.owner)
    await desk.workspace.wait_until(lambda: len(desk.files.statuses(file)) == 3 or None, 60)
    await desk.files.rest()
    third = desk.files.statuses(file)[-1]
    assert "rows scored" in third.text
    assert "You decided: the sheet “June”, “.” is the decimal mark." in str(third.blocks)


async def test_a_retrain_asks_about_doubtful_numbers(desk: RetrainHarness) -> None:
    asked = await retrain_asked(desk, (CASES / "numbers" / "train-thousands-comma.tsv").read_bytes(), "shop.tsv")
    assert "can be read in two ways" in asked.text
    before = set(desk.jobs())
    await desk.click(asked, f"{RETRAIN_ANSWER}:0")
    end = await desk.end(before)
    assert "candidate" in end.text
    assert desk.trainer.requests[-1].answers == ("thousands=,",)
