"""Files that can be read in two ways: asked about with buttons, answered once by a member, remembered for the job."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from files_harness import SECONDS, job_of
from harness import Harness
from retrain_harness import RetrainHarness, real_harness, retraining
from workbooks import Value, write_xlsx

from bot.actions.try_file_again import UNDER_WAY
from bot.blocks.files.summary import ANSWER
from bot.blocks.models.retrain import ANSWER as RETRAIN_ANSWER
from bot.playground.workspace.records import File, Message, User
from bot.slack.access import NOT_ADMIN, STRANGER
from segmentation.training.samples.mall import sample_customers

__all__ = ["real_harness"]
pytestmark = pytest.mark.asyncio(loop_scope="module")

HEADER: tuple[Value, ...] = ("id", "age", "income", "score")
STALE = "This button can no longer be used"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(real_harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RetrainHarness]:
    """A bot at work."""
    async with retraining(real_harness.copy(tmp_path_factory.mktemp("questions"))) as started:
        yield started


def book(folder: Path, *names: str, rows: int = 3) -> bytes:
    """A workbook with customers on each of its sheets."""
    sheets: dict[str, Sequence[Sequence[Value]]] = {}
    for number, name in enumerate(names, 1):
        some: list[list[Value]] = [
            [f"c{i}", *map(float, row)] for i, row in enumerate(sample_customers()[: rows * number])
        ]
        sheets[name] = [HEADER, *some]
    return write_xlsx(folder / "book.xlsx", sheets).read_bytes()


async def asked(desk: RetrainHarness, data: bytes, user: User | None = None) -> tuple[File, Message]:
    """A file that is asked about, and its message."""
    file = await desk.files.score("customers.xlsx", data, user=user)
    (message,) = desk.files.statuses(file)
    return file, message


def elements(message: Message) -> list[dict[str, Any]]:
    """What one can use in a message."""
    return [one for block in message.blocks if block["type"] == "actions" for one in block["elements"]]


async def test_a_click_reads_the_file_as_chosen_and_says_so(desk: RetrainHarness, tmp_path: Path) -> None:
    file, message = await asked(desk, book(tmp_path, "May", "June"))
    assert message.text.startswith("I couldn't score *customers.xlsx* yet. 2 sheets of this workbook could be meant")
    assert [one["text"]["text"] for one in elements(message)] == ["May", "June"]
    assert desk.files.results(file) == []
    await desk.click(message, f"{ANSWER}:1", desk.workspace.owner)
    end = await desk.files.end(file, attempt=1)
    assert end.text.startswith("*customers.xlsx*: 6 of 6 rows scored")
    assert "You decided: the sheet “June”." in str(end.blocks)
    assert (await desk.files.result(file)).name == "customers.segments.xlsx"
    await desk.files.rest()
    then = desk.now(message)
    assert "Chosen: *June*. Watch this thread." in then.text
    assert "2 sheets of this workbook" in str(then.blocks)
    assert elements(then) == []


async def test_two_clicks_are_one_effect_and_the_first_decides(desk: RetrainHarness, tmp_path: Path) -> None:
    file, message = await asked(desk, book(tmp_path, "May", "June"))
    await desk.click(message, f"{ANSWER}:0", desk.workspace.analyst)
    assert (await desk.files.end(file, attempt=1)).text.startswith("*customers.xlsx*: 3 of 3 rows scored")
    told = await desk.next_ephemeral(lambda: desk.click(message, f"{ANSWER}:1"), desk.workspace.admin)
    assert UNDER_WAY in told
    await desk.files.rest()
    assert len(desk.files.statuses(file)) == 2
    assert len(desk.files.results(file)) == 1
    assert "Chosen: *May*" in desk.now(message).text


async def test_many_choices_are_a_menu(desk: RetrainHarness, tmp_path: Path) -> None:
    names = [f"Month {number}" for number in range(1, 8)]
    file, message = await asked(desk, book(tmp_path, *names))
    (menu,) = elements(message)
    assert menu["type"] == "static_select"
    assert [one["text"]["text"] for one in menu["options"]] == names
    assert (await desk.pg.deliver.action(message, ANSWER, value="sheet=Month 2")).ok
    end = await desk.files.end(file, attempt=1)
    assert end.text.startswith("*customers.xlsx*: 6 of 6 rows scored")
    await desk.files.rest()
    assert "Chosen: *Month 2*" in desk.now(message).text


async def test_a_stranger_decides_nothing(desk: RetrainHarness, tmp_path: Path) -> None:
    workspace = desk.workspace
    file, message = await asked(desk, book(tmp_path, "May", "June"))
    click = lambda: desk.click(message, f"{ANSWER}:0", workspace.external)  # noqa: E731 - once
    assert STRANGER in await desk.next_ephemeral(click, workspace.external)
    await desk.files.rest()
    assert desk.files.statuses(file) == [message]


def forged(message: Message, change: Callable[[dict[str, Any]], object]) -> Message:
    """The message, its first button saying something else."""
    blocks = json.loads(json.dumps(message.blocks))
    element = next(one for block in blocks if block["type"] == "actions" for one in block["elements"])
    stated = json.loads(element["value"])
    element["value"] = json.dumps(change(stated))
    return replace(message, blocks=tuple(blocks))


FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "no object": lambda _stated: [1],
    "an answer of no known form": lambda stated: stated | {"answers": ["drop=table"]},
    "answers that are no list": lambda stated: stated | {"answers": 7},
    "no file": lambda stated: {name: value for name, value in stated.items() if name != "file"},
}


@pytest.mark.parametrize("change", FORGERIES.values(), ids=FORGERIES)
async def test_a_forged_button_gets_a_sentence(
    desk: RetrainHarness, tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    file, message = await asked(desk, book(tmp_path, "May", "June"))
    told = await desk.next_ephemeral(lambda: desk.click(forged(message, change), f"{ANSWER}:0"), desk.workspace.admin)
    assert STALE in told
    await desk.files.rest()
    assert desk.files.statuses(file) == [message]


async def test_an_answer_that_does_not_fit_the_file_is_refused_by_its_job(desk: RetrainHarness, tmp_path: Path) -> None:
    file, message = await asked(desk, book(tmp_path, "May", "June"))
    stale = forged(message, lambda stated: stated | {"answers": ["sheet=April"]})
    await desk.click(stale, f"{ANSWER}:0")
    assert "The workbook has no sheet “April”." in (await desk.files.end(file, attempt=1)).text


async def test_a_retrain_asks_too_and_an_admin_decides(desk: RetrainHarness, tmp_path: Path) -> None:
    workspace = desk.workspace
    message = await retrain_asked(desk, book(tmp_path, "May", "June", rows=60))
    assert message.text.startswith("I couldn't train on *customers.xlsx* yet. 2 sheets of this workbook")
    answer = f"{RETRAIN_ANSWER}:1"
    told = await desk.next_ephemeral(lambda: desk.click(message, answer, workspace.analyst), workspace.analyst)
    assert NOT_ADMIN in told
    before = set(desk.jobs())
    await desk.click(message, answer, workspace.owner)
    end = await desk.end(before)
    assert "candidate" in end.text
    request = desk.trainer.requests[-1]
    assert request.answers == ("sheet=June",)
    assert request.actor == f"slack:{workspace.owner.id}"
    assert "Chosen: *June*. The retrain goes on in a message of its own." in desk.now(message).text
    count = len(desk.trainer.requests)
    await desk.next_ephemeral(lambda: desk.click(message, f"{RETRAIN_ANSWER}:0"), workspace.admin)
    await desk.files.rest()
    assert len(desk.trainer.requests) == count


async def retrain_asked(desk: RetrainHarness, data: bytes, name: str = "customers.xlsx") -> Message:
    """The message of a retrain that asks about its file."""
    before, workspace = set(desk.jobs()), desk.workspace
    desk.files.drop(name, data)
    await desk.type("latest")

    def question() -> Message | None:
        new = [one for one in desk.statuses() if job_of(one) not in before]
        return next((one for one in new if "yet. " in one.text), None)

    message: Message = await workspace.wait_until(question, SECONDS)
    await desk.files.rest()
    return message
