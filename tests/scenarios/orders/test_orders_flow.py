"""From an export of orders, dropped into a channel, to segments of its customers: by clicks alone."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from harness import Harness
from order_files import OrderFile
from order_groups import GROUPS, continuous_shop, grouped_shop, trained_on_orders
from retrain_harness import RetrainHarness, buttons, candidate_of, retraining

from bot.blocks.files.orders_offer import SEGMENT_ORDERS
from bot.blocks.files.summary import ANSWER
from bot.blocks.models.retrain_report import PROMOTE
from bot.blocks.questions import CHOSEN
from bot.playground.workspace.records import File, Message

pytestmark = pytest.mark.asyncio
_GO_ON = f"{ANSWER}:form"


@pytest_asyncio.fixture
async def desk(harness: Harness, tmp_path: Path) -> AsyncIterator[RetrainHarness]:
    """A bot whose model knows age, income and score."""
    async with retraining(harness.copy(tmp_path / "home")) as found:
        yield found


@pytest_asyncio.fixture
async def shop(harness: Harness, tmp_path: Path) -> AsyncIterator[RetrainHarness]:
    """A bot whose model knows recency, frequency and money."""
    home = harness.copy(tmp_path / "home")
    home.registry.promote(home.registry.save(trained_on_orders(), actor="tests", source="test"), actor="tests")
    async with retraining(home) as found:
        yield found


def _orders(folder: Path, currency: str = "EUR") -> bytes:
    return grouped_shop(currency=currency).write(folder / "orders.csv").read_bytes()


def _doubtful(folder: Path) -> bytes:
    """Orders whose dates, currency and one status can be read in several ways."""
    shop = grouped_shop(customers=3)
    rows = [[*row[:2], "3/4/2017", row[3], ("EUR", "USD")[n % 2], "On hold"] for n, row in enumerate(shop.rows)]
    file = OrderFile((*shop.header, "Currency", "Status"), rows)
    return file.write(folder / "orders.csv").read_bytes()


async def _said(desk: RetrainHarness, name: str, data: bytes) -> tuple[File, Message]:
    file = await desk.files.score(name, data)
    (message,) = desk.files.statuses(file)
    return file, desk.now(message)


async def _answered(desk: RetrainHarness, message: Message, *numbers: int) -> None:
    """Choose in each menu of a form the answer of that number, and go on."""
    menus = [block for block in message.blocks if block["type"] == "input"]
    chosen = {
        menu["block_id"]: {CHOSEN: menu["element"]["options"][number]["value"]}
        for menu, number in zip(menus, numbers, strict=False)
    }
    reply = await desk.pg.deliver.action(message, _GO_ON, state=chosen, user=desk.workspace.analyst)
    assert reply.ok, reply.problem


async def test_an_export_of_orders_becomes_a_model_of_its_customers(desk: RetrainHarness, tmp_path: Path) -> None:
    _, offer = await _said(desk, "orders.csv", _orders(tmp_path))
    said = desk.said(offer)
    assert "These are 919 order lines of 120 customers (919 orders, in EUR)." in said
    assert "I can turn them into recency, frequency and money as of 30 Dec 2017" in said
    assert "customer from “Customer ID”, order from “Order ID”, date from “Order Date”, amount from “Sales”" in said
    before = set(desk.jobs())
    await desk.click(offer, SEGMENT_ORDERS)
    report = await desk.end(before)
    assert "919 order lines: 919 orders of 120 customers, in EUR, as of 30 Dec 2017." in desk.details(report)
    notes = desk.registry.manifest(candidate_of(report)).notes
    assert len([note for note in notes if "Columns read" in note]) == 1
    await desk.promote(report)
    assert desk.registry.current() == candidate_of(report)
    assert set(desk.registry.load_current().names) == set(GROUPS)
    # The same click again, by whomever, trains nothing.
    told = await desk.next_ephemeral(
        lambda: desk.click(offer, SEGMENT_ORDERS, desk.workspace.owner), desk.workspace.owner
    )
    assert "Somebody clicked this before" in told
    # Now the same file is read as its customers.
    file, summary = await _said(desk, "again.csv", _orders(tmp_path))
    assert "120 of 120 rows scored" in desk.said(summary)
    assert [row["segment"] for row in await _rows(desk, file)] == [
        row["customer_id"].partition("-")[0] for row in await _rows(desk, file)
    ]


async def test_customers_in_no_groups_become_bands_that_a_person_looks_at_first(
    desk: RetrainHarness, tmp_path: Path
) -> None:
    data = continuous_shop().write(tmp_path / "orders.csv").read_bytes()
    _, offer = await _said(desk, "orders.csv", data)
    before = set(desk.jobs())
    await desk.click(offer, SEGMENT_ORDERS)
    report = await desk.end(before)
    said = desk.said(report)
    assert "Look first" in said
    assert "Customers are spread evenly, in no groups. I cut them into 5 bands, but the borders are mine" in said
    promote = next(
        one
        for block in report.blocks
        for one in block.get("elements", ())
        if one.get("text", {}) and one.get("action_id") == PROMOTE
    )
    assert "Customers are spread evenly" in promote["confirm"]["text"]["text"]
    await desk.promote(report)
    assert desk.registry.current() == candidate_of(report)
    file, summary = await _said(desk, "again.csv", data)
    assert "200 of 200 rows scored" in desk.said(summary)
    assert {row["segment"] for row in await _rows(desk, file)} == set(desk.registry.load_current().names)


async def _rows(desk: RetrainHarness, file: File) -> list[dict[str, str]]:
    result = await desk.files.result(file)
    return list(csv.DictReader(io.StringIO((result.data or b"").decode("utf-8-sig"))))


async def test_people_who_may_not_change_the_model_are_told_who_may(desk: RetrainHarness, tmp_path: Path) -> None:
    _, offer = await _said(desk, "orders.csv", _orders(tmp_path))
    analyst = desk.workspace.analyst
    told = await desk.next_ephemeral(lambda: desk.click(offer, SEGMENT_ORDERS, analyst), analyst)
    assert "admin" in told
    assert not desk.jobs()


async def test_with_a_model_that_knows_them_orders_are_scored_as_customers(
    shop: RetrainHarness, tmp_path: Path
) -> None:
    file, summary = await _said(shop, "orders.csv", _orders(tmp_path))
    said = shop.said(summary)
    assert "120 of 120 rows scored" in said
    assert "919 order lines: 919 orders of 120 customers, in EUR, as of 30 Dec 2017. One row a customer." in said
    assert "Recency is counted to 30 Dec 2017, the file's last day." in said
    assert said.count("Columns read") == 1
    rows = await _rows(shop, file)
    assert len(rows) == 120
    assert {row["segment"] for row in rows} == set(GROUPS)
    assert shop.files.scratch == []


async def test_orders_in_another_currency_are_refused_with_what_to_do(shop: RetrainHarness, tmp_path: Path) -> None:
    _, refusal = await _said(shop, "orders.csv", _orders(tmp_path, "USD"))
    assert "knows money in EUR, and these orders are in USD" in shop.said(refusal)
    assert buttons(refusal) == []


async def test_one_form_asks_for_all_that_is_open(desk: RetrainHarness, tmp_path: Path) -> None:
    data = _doubtful(tmp_path)
    file, asked = await _said(desk, "orders.csv", data)
    menus = [block for block in asked.blocks if block["type"] == "input"]
    assert ["Does 3/4/2017 mean" in menus[0]["label"]["text"], "“On hold”" in menus[1]["label"]["text"]] == [True, True]
    analyst = desk.workspace.analyst
    told = await desk.next_ephemeral(lambda: _answered(desk, asked, 1), analyst)
    assert "Choose an answer to every question" in told
    # In the thread of the form, where the person is.
    alone = [one for one in desk.workspace.messages() if one.ephemeral_to == analyst.id]
    assert [one.thread_ts for one in alone] == [asked.thread_ts]
    # Each question is asked once, by its menu.
    assert desk.said(asked).count("Does 3/4/2017 mean") == 1
    await _answered(desk, asked, 1, 0)
    second = desk.now(await desk.files.end(file, attempt=1))
    # Which currencies there are shows only once the orders are read; it is the only question left.
    assert "The orders are in several currencies" in desk.said(second)
    assert "Chosen: 3/4/2017 means 4 Mar 2017; “On hold” counts. Watch this thread." in desk.said(asked)
    assert not [block for block in desk.now(asked).blocks if block["type"] == "input"]
    assert "Does 3/4/2017 mean" in desk.said(asked)
    await desk.click(second, f"{ANSWER}:0", analyst)
    await desk.workspace.wait_until(lambda: len(desk.files.statuses(file)) == 3 or None, 60)
    offer = await desk.workspace.wait_until(
        lambda: next((one for one in desk.files.statuses(file) if SEGMENT_ORDERS in buttons(one)), None), 60
    )
    assert "as of 4 Mar 2017" in desk.said(offer)
    assert "Only orders in EUR were read" in desk.said(offer)


async def test_retrain_on_a_file_of_orders_trains_on_its_customers(desk: RetrainHarness, tmp_path: Path) -> None:
    report = await desk.latest(_orders(tmp_path))
    assert "919 order lines: 919 orders of 120 customers" in desk.details(report)
    assert set(desk.registry.load(candidate_of(report)).names) == set(GROUPS)


async def test_a_retrain_asks_for_all_that_is_open_in_one_form_too(desk: RetrainHarness, tmp_path: Path) -> None:
    asked = await desk.latest(_doubtful(tmp_path))
    assert len([block for block in asked.blocks if block["type"] == "input"]) == 2


async def test_orders_make_the_first_model_of_a_workspace(tmp_path: Path) -> None:
    home = Harness(tmp_path / "empty")
    (home.folder / "var").mkdir(parents=True)
    async with retraining(home) as desk:
        _, offer = await _said(desk, "orders.csv", _orders(tmp_path))
        assert "These are 919 order lines of 120 customers" in desk.said(offer)
        assert buttons(offer) == [SEGMENT_ORDERS]


async def test_where_others_read_nothing_is_said_of_the_orders(desk: RetrainHarness, tmp_path: Path) -> None:
    workspace = desk.workspace
    file = await desk.files.score("orders.csv", _orders(tmp_path), workspace.partners, workspace.admin)
    (message,) = desk.files.statuses(file)
    assert "orders.csv lists orders. People outside your organisation read this channel" in desk.said(message)
    assert "919" not in desk.said(message)
    assert buttons(desk.now(message)) == []


@pytest.mark.long
async def test_while_another_retrain_runs_the_button_says_so(desk: RetrainHarness, tmp_path: Path) -> None:
    _, offer = await _said(desk, "orders.csv", _orders(tmp_path))
    desk.trainer.hold()
    before = set(desk.jobs())
    await desk.type("latest")
    await desk.trainer.begun()
    admin = desk.workspace.admin
    told = await desk.next_ephemeral(lambda: desk.click(offer, SEGMENT_ORDERS, admin), admin)
    assert "One retrain at a time" in told
    desk.trainer.release()
    await desk.end(before)
