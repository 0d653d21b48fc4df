"""The form that sets up segments: what it shows, what it refuses and in which words, and who may use it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from customer_files import as_csv
from harness import Harness
from order_files import shopify_file
from retrain_harness import buttons, retraining
from setup_harness import SetupDesk

from bot.blocks.files.setup_offer import SET_UP
from bot.blocks.models.retrain import FILE_BLOCK, TRY_AGAIN
from bot.blocks.models.setup_form import DESCRIBE_BLOCK, ENTERED, GROUPS_BLOCK, ID_BLOCK, K_BLOCK, field_block
from bot.jobs.retrains.training_request import LookedAt, NotTrained, TrainingRequest, version_of
from bot.jobs.retrains.training_work import SCHEMA_IS_SET, work
from bot.playground.workspace.records import Message, View
from bot.records.setup import GONE
from bot.views.setup_form import FASTER, MOST_ATTEMPTS, NO_NUMBER, OTHERS_RUN, STALE, TOO_OFTEN
from segmentation.proposal.confirmed import Field

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROWS = 40


def shop_file(columns: int = 3) -> bytes:
    """Customers with so many columns of numbers."""
    rng = np.random.default_rng(columns)
    numbers = {f"count {number}": rng.poisson(20 + number, ROWS) for number in range(1, columns + 1)}
    people = [f"person{i}@example.org" for i in range(ROWS)]
    return as_csv({"customer id": [f"K{i}" for i in range(ROWS)], **numbers, "email": people}).encode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at_the_desk(harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SetupDesk]:
    """A bot at work."""
    async with retraining(harness.copy(tmp_path_factory.mktemp("form"))) as started:
        yield SetupDesk(started)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def offer(at_the_desk: SetupDesk) -> Message:
    """What is said of a file with three columns of numbers."""
    return await at_the_desk.drop("shop.csv", shop_file())


@pytest_asyncio.fixture(loop_scope="module")
async def setup(at_the_desk: SetupDesk) -> AsyncIterator[SetupDesk]:
    """The bot at work; nothing is left behind by any test."""
    yield at_the_desk
    desk = at_the_desk.desk
    desk.trainer.release()
    desk.trainer.failure = None
    await desk.files.rest()
    for user in (desk.workspace.admin, desk.workspace.owner):
        for view in desk.workspace.open_views(user):
            await desk.pg.deliver.view_closed(view)


async def details(setup: SetupDesk, offer: Message, entered: Mapping[str, object] | None = None) -> View:
    """The first page of details."""
    first = await setup.open(offer)
    shown = await setup.submit(first, entered)
    assert shown is not None
    assert shown.id != first.id, shown.errors
    return shown


def texts(view: View) -> str:
    return json.dumps(view.blocks, ensure_ascii=False)


def blocks_of(view: View) -> list[str]:
    return [block["block_id"] for block in view.blocks if block["type"] == "input"]


async def test_the_form_proposes_columns_and_says_why_others_cannot_be_chosen(setup: SetupDesk, offer: Message) -> None:
    view = await setup.open(offer)
    assert blocks_of(view) == [GROUPS_BLOCK, DESCRIBE_BLOCK, ID_BLOCK, K_BLOCK]
    groups = next(block["element"] for block in view.blocks if block["block_id"] == GROUPS_BLOCK)
    assert [option["text"]["text"] for option in groups["initial_options"]] == ["count 1", "count 2", "count 3"]
    ids = next(block["element"] for block in view.blocks if block["block_id"] == ID_BLOCK)
    assert [one["text"]["text"] for one in ids["options"]] == ["customer id", "No column: every row is a customer"]
    assert ids["initial_option"] == ids["options"][0]
    assert "“email”: It holds e-mail addresses: personal data make no segments." in texts(view)


async def test_nobody_elses_address_is_in_the_form_or_in_what_is_stored(setup: SetupDesk, offer: Message) -> None:
    assert "example.org" not in texts(await setup.open(offer))
    stored = await setup.desk.files.bot.dependencies.jobs.stored_setup(value_of(offer))
    assert "example.org" not in json.dumps(stored.setup)


def value_of(offer: Message) -> str:
    return str(next(block for block in offer.blocks if block["type"] == "actions")["elements"][0]["value"])


@pytest.mark.parametrize(
    ("entered", "block", "sentence"),
    [
        ({GROUPS_BLOCK: []}, GROUPS_BLOCK, "Choose at least one column to make groups by"),
        ({DESCRIBE_BLOCK: ["2"]}, DESCRIBE_BLOCK, "Take it out of one of the two."),
    ],
)
async def test_a_wrong_choice_of_columns_gets_its_sentence(
    setup: SetupDesk, offer: Message, entered: dict[str, object], block: str, sentence: str
) -> None:
    errors = await setup.errors(await setup.open(offer), entered)
    assert list(errors) == [block]
    assert sentence in errors[block]


@pytest.mark.parametrize(
    ("entered", "block", "sentence"),
    [
        ({"name:1": "収入"}, "name:1", "People type this name in /segment."),
        ({"name:1": "same", "name:3": "Same"}, "name:3", "“count 1” is called that already."),
        ({"name:2": "customer id"}, "name:2", "is another column of this file."),
        ({"minimum:2": "50", "maximum:2": "10"}, "maximum:2", "The upper bound must be above the lower one, 50."),
        ({"minimum:2": "1000", "maximum:2": "2000"}, "minimum:2", "so no customer lies within these bounds."),
        ({"maximum:1": "a lot"}, "maximum:1", NO_NUMBER),
        ({"minimum:1": "nan"}, "minimum:1", "That number is too large to be a bound."),
    ],
)
async def test_a_wrong_detail_gets_its_sentence_at_its_field(
    setup: SetupDesk, offer: Message, entered: dict[str, object], block: str, sentence: str
) -> None:
    errors = await setup.errors(await details(setup, offer), entered)
    assert list(errors) == [block]
    assert sentence in errors[block]


async def test_one_column_is_said_to_be_few_and_trained_on_all_the_same(setup: SetupDesk, offer: Message) -> None:
    view = await details(setup, offer, {GROUPS_BLOCK: ["1"]})
    assert "Only count 1 makes groups, so the segments will be slices of it." in texts(view)
    setup.desk.trainer.failure = NotTrained("Not today.")
    before = set(setup.desk.jobs())
    assert await setup.submit(view) is None
    await setup.desk.end(before)
    (feature,) = setup.desk.trainer.requests[-1].schema["features"]
    assert (feature["name"], feature["role"]) == ("count_1", "cluster")


async def test_what_is_entered_is_what_is_trained_with(setup: SetupDesk) -> None:
    offer = await setup.drop("own.csv", shop_file())
    chosen = {GROUPS_BLOCK: ["1", "3"], DESCRIBE_BLOCK: ["2"], ID_BLOCK: "-1", K_BLOCK: "4"}
    view = await details(setup, offer, chosen)
    setup.desk.trainer.failure = NotTrained("Not today.")
    before = set(setup.desk.jobs())
    entered = {"name:3": "Orders a year", "unit:3": "orders", "maximum:3": "250.5", "scale:3": "log"}
    assert await setup.submit(view, entered) is None
    failed = await setup.desk.end(before)
    request = setup.desk.trainer.requests[-1]
    first, second, third = request.schema["features"]
    assert (first["name"], second["name"], second["role"]) == ("count_1", "count_2", "profile")
    own = {"name": "orders_a_year", "label": "Orders a year", "unit": "orders", "maximum": 250.5, "scale": "log"}
    assert own.items() <= third.items()
    assert third["aliases"] == ["count 3"]
    assert (request.k, set(request.answers) >= {"factor.orders_a_year=1.0", "id="}) == (4, True)
    await trained_again_with_the_same(setup, failed)


async def test_categories_describe_or_make_groups_and_are_asked_for_a_name_alone(setup: SetupDesk) -> None:
    plans = [("Basic", "Pro", "pro", "Pro plus")[number % 4] for number in range(ROWS)]
    spent = np.random.default_rng(3).gamma(4, 30, ROWS).round(2)
    file = as_csv({"customer id": [f"K{i}" for i in range(ROWS)], "spent": spent, "plan": plans})
    offer = await setup.drop("plans.csv", file.encode())
    view = await details(setup, offer)
    assert field_block(2, Field.NAME) in blocks_of(view)
    assert field_block(2, Field.MINIMUM) not in blocks_of(view)
    assert "The file's values are Pro, Basic or Pro plus" in texts(view)
    setup.desk.trainer.failure = NotTrained("Not today.")
    before = set(setup.desk.jobs())
    assert await setup.submit(view, {"name:2": "tariff"}) is None
    await setup.desk.end(before)
    _spent, plan = setup.desk.trainer.requests[-1].schema["features"]
    assert (plan["name"], plan["kind"], plan["categories"]) == ("tariff", "category", ["Pro", "Basic", "Pro plus"])
    assert plan["role"] == "profile"
    grouped = await details(setup, offer, {GROUPS_BLOCK: ["1", "2"], DESCRIBE_BLOCK: []})
    assert "*“plan”* makes groups." in texts(grouped)


async def trained_again_with_the_same(setup: SetupDesk, failed: Message) -> None:
    """*Try again* under a failed training takes the schema along, though no button could hold it."""
    schema = setup.desk.trainer.requests[-1].schema
    before = set(setup.desk.jobs())
    await setup.desk.click(failed, TRY_AGAIN)
    await setup.desk.end(before)
    assert setup.desk.trainer.requests[-1].schema == schema


async def test_twenty_columns_are_confirmed_on_two_pages_and_one_more_is_refused(setup: SetupDesk) -> None:
    offer = await setup.drop("wide.csv", shop_file(21))
    positions = [str(number) for number in range(1, 22)]
    first = await setup.open(offer)
    errors = await setup.errors(first, {GROUPS_BLOCK: positions, DESCRIBE_BLOCK: []})
    assert errors == {GROUPS_BLOCK: "That is 21 columns in all, and segments can have 20. Take out 1."}
    page = await setup.submit(first, {GROUPS_BLOCK: positions[:9], DESCRIBE_BLOCK: positions[9:20]})
    assert page is not None
    assert "9 columns make groups." in texts(page)
    longest = {field_block(number, Field.NAME): '"' * 30 + f"name {number}" for number in range(1, 11)}
    longest |= {field_block(number, Field.UNIT): '"' * 24 for number in range(1, 11)}
    longest |= {field_block(number, Field.MAXIMUM): "123456789.12345678" for number in range(1, 11)}
    last = await setup.submit(page, longest)
    assert last is not None
    assert (len(blocks_of(page)), len(blocks_of(last))) == (50, 50)
    assert "page 2 of 2" in texts(last)
    errors = await setup.errors(last, {"name:20": "name 3"})
    assert errors == {"name:20": "“count 3” is called that already. Choose another name."}
    setup.desk.trainer.failure = NotTrained("Not today.")
    before = set(setup.desk.jobs())
    assert await setup.submit(last) is None
    await setup.desk.end(before)
    features = setup.desk.trainer.requests[-1].schema["features"]
    assert [feature["name"] for feature in features[:2]] == ["name_1", "name_2"]
    assert len(features) == 20


async def test_two_hundred_columns_can_be_chosen_from(setup: SetupDesk) -> None:
    offer = await setup.drop("widest.csv", shop_file(198))
    view = await setup.open(offer)
    groups = next(block["element"] for block in view.blocks if block["block_id"] == GROUPS_BLOCK)
    assert sum(len(group["options"]) for group in groups["option_groups"]) == 198
    page = await setup.submit(view, {GROUPS_BLOCK: ["197", "198"], DESCRIBE_BLOCK: []})
    assert page is not None
    assert [block for block in blocks_of(page) if block.startswith("name")] == ["name:197", "name:198"]


async def test_others_than_admins_are_told_who_can(setup: SetupDesk, offer: Message) -> None:
    analyst = setup.desk.workspace.analyst
    told = await setup.desk.next_ephemeral(lambda: setup.desk.click(offer, SET_UP, analyst), analyst)
    assert "Only workspace admins and owners may change the model." in told
    assert setup.desk.workspace.open_views(analyst) == []
    assert setup.desk.refusals()[-1][0] == f"slack:{analyst.id}"


async def test_a_right_that_was_lost_meanwhile_is_said_in_the_form(setup: SetupDesk, offer: Message) -> None:
    view = await setup.open(offer)
    analyst = setup.desk.workspace.analyst
    reply = await setup.desk.pg.deliver.view_submission(view, {}, user=analyst)
    assert reply.body["response_action"] == "errors"
    assert "Only workspace admins" in reply.body["errors"][GROUPS_BLOCK]


async def test_two_admins_at_once_have_one_effect_and_the_second_is_told(setup: SetupDesk) -> None:
    workspace = setup.desk.workspace
    offer = await setup.drop("both.csv", shop_file())
    one, other = await details(setup, offer), await setup.open(offer, workspace.owner)
    theirs = await setup.submit(other, {GROUPS_BLOCK: ["1", "2"]})
    assert theirs is not None
    setup.desk.trainer.hold()
    before = set(setup.desk.jobs())
    assert await setup.submit(one) is None
    assert await setup.errors(theirs) == {"name:1": FASTER}
    # Slack sends a submission again whose answer got lost: that is the same request.
    again = await setup.desk.pg.deliver.view_submission(one, {})
    assert again.body == {"response_action": "clear"}
    setup.desk.trainer.failure = NotTrained("Not today.")
    setup.desk.trainer.release()
    await setup.desk.end(before)
    assert len(set(setup.desk.jobs()) - before) == 1
    # The form that was open before still says so once the training has ended; a new one begins another.
    assert await setup.errors(theirs) == {"name:1": FASTER}
    before = set(setup.desk.jobs())
    page = await setup.submit(await setup.open(offer, workspace.owner), {GROUPS_BLOCK: ["1", "2"]})
    assert page is not None
    assert await setup.submit(page) is None
    await setup.desk.end(before)
    assert len(set(setup.desk.jobs()) - before) == 1


async def test_another_training_under_way_is_said_in_the_form(setup: SetupDesk, offer: Message) -> None:
    view = await details(setup, offer)
    setup.desk.trainer.hold()
    before = set(setup.desk.jobs())
    setup.desk.workspace.upload(setup.desk.workspace.analyst, setup.desk.workspace.general, "c.csv", b"age,income\n")
    await setup.desk.type("latest")
    await setup.desk.trainer.begun()
    assert await setup.errors(view, {"unit:1": "pieces"}) == {"name:1": OTHERS_RUN}
    setup.desk.trainer.failure = NotTrained("Not today.")
    setup.desk.trainer.release()
    await setup.desk.end(before)


async def test_what_is_no_longer_stored_is_said(setup: SetupDesk, offer: Message) -> None:
    jobs, admin = setup.desk.files.bot.dependencies.jobs, setup.desk.workspace.admin
    blocks = [
        {**block, "elements": [{**block["elements"][0], "value": "file:T1:F1:C1:1.0/score"}]}
        if block["type"] == "actions"
        else block
        for block in offer.blocks
    ]
    forged = setup.desk.workspace.put(replace(offer, ts=setup.desk.workspace.ids.ts(), blocks=tuple(blocks)))
    assert jobs is not None
    assert GONE in await setup.desk.next_ephemeral(lambda: setup.desk.click(forged, SET_UP), admin)


@pytest.mark.parametrize("metadata", ["", "{}", "[]", '{"job":"x"}', "no"])
async def test_a_form_that_is_not_ours_is_refused(setup: SetupDesk, offer: Message, metadata: str) -> None:
    view = await setup.open(offer)
    forged: Any = replace(view, body={**view.body, "private_metadata": metadata})
    reply = await setup.desk.pg.deliver.view_submission(forged, {})
    assert reply.body["response_action"] == "errors"
    assert reply.body["errors"][GROUPS_BLOCK] in {STALE, GONE}


async def test_a_column_renamed_meanwhile_is_said_by_the_training(setup: SetupDesk) -> None:
    offer = await setup.drop("renamed.csv", shop_file())
    view = await details(setup, offer)
    file = next(one for one in setup.desk.workspace.files.by_id.values() if one.name == "renamed.csv")
    data = shop_file().replace(b"count 2", b"COUNTED ", 1)
    setup.desk.workspace.files.by_id[file.id] = replace(file, data=data)
    before = set(setup.desk.jobs())
    assert await setup.submit(view) is None
    said = setup.desk.said(await setup.desk.end(before))
    assert "The file no longer has the columns that were set up. I can't find count_2" in said
    assert buttons(setup.desk.statuses()[-1]) == []


async def test_a_file_chosen_in_a_form_is_looked_at_and_offered_as_a_dropped_one_is(setup: SetupDesk) -> None:
    desk = setup.desk
    view = await desk.form("setup")
    file = desk.choose("mine.csv", shop_file())
    before = set(desk.jobs())
    reply = await desk.pg.deliver.view_submission(view, {FILE_BLOCK: {ENTERED: file.id}})
    assert reply.ok
    looked = await desk.seen(before)
    await desk.workspace.wait_until(lambda: SET_UP in buttons(desk.now(looked)), 20)
    assert "I have looked at mine.csv. I see 40 customers: an id, three numbers and" in desk.said(looked)
    await desk.files.rest()
    page = await details(setup, desk.now(looked))
    assert "count 1" in texts(page)


async def test_a_retrain_on_other_columns_offers_to_set_them_up(setup: SetupDesk) -> None:
    report = await setup.desk.latest(shop_file())
    said = setup.desk.said(report)
    assert "customers.csv: I see 40 customers: " in said, "what was found comes first"
    assert "I couldn't train on the file as it is. I can't find" in said
    assert buttons(report) == [SET_UP]
    assert "count 3" in texts(await details(setup, report))


async def test_a_look_is_refused_where_the_settings_state_the_columns(setup: SetupDesk, tmp_path: Path) -> None:
    settings = replace(setup.desk.files.harness.settings, schema_path=tmp_path / "schema.toml")
    said: list[dict[str, str]] = []
    work(TrainingRequest("x", None, "a", "", "r", "", looks=True), settings, said.append)
    assert said == [{"refusal": SCHEMA_IS_SET}]


async def test_orders_and_files_without_numbers_are_not_offered(setup: SetupDesk, tmp_path: Path) -> None:
    files = setup.desk.files
    texts = as_csv({"name": ["Ann", "Bob"] * 20, "town": ["Rome", "Bari"] * 20}).encode()
    orders = shopify_file().write(tmp_path / "orders.csv").read_bytes()
    for name, data, sentence in (
        ("texts.csv", texts, "I found no column of numbers to make segments of."),
        ("orders.csv", orders, "These are 391 order lines of 40 customers"),
    ):
        said = files.said(await files.score(name, data))
        assert sentence in said
        assert SET_UP not in said


async def test_doubtful_numbers_are_asked_about_before_anything_is_proposed(setup: SetupDesk) -> None:
    spent = [f"{number / 1000:.3f}" for number in np.random.default_rng(1).integers(1100, 9900, ROWS)]
    doubtful = as_csv({"id": [f"C{i}" for i in range(ROWS)], "spent": spent}).encode()
    file = await setup.desk.files.score("spent.csv", doubtful)
    (asked,) = setup.desk.files.statuses(file)
    assert "To see what else it holds:" in asked.text
    elements = [element for block in asked.blocks for element in block.get("elements", ())]
    thousands = next(element["action_id"] for element in elements if "thousands=." in element["value"])
    await setup.desk.click(asked, thousands)
    offer = await setup.desk.files.end(file, attempt=1)
    stored = await setup.desk.files.bot.dependencies.jobs.stored_setup(value_of(offer))
    assert stored.offered.columns[1].low > 1000
    view = await details(setup, offer)
    setup.desk.trainer.failure = NotTrained("Not today.")
    before = set(setup.desk.jobs())
    assert await setup.submit(view) is None
    await setup.desk.end(before)
    assert set(setup.desk.trainer.requests[-1].answers) == {"decimal=,", "factor.spent=1.0"}


def refused(setup: SetupDesk, source: Path, **more: Any) -> dict[str, str]:
    """The last that a training says of a file."""
    said: list[dict[str, str]] = []
    work(
        TrainingRequest(str(source), None, "a", "", "r", source.name, **more),
        setup.desk.files.harness.settings,
        said.append,
    )
    return said[-1]


async def test_a_training_asks_about_doubtful_numbers_and_says_what_makes_no_segments(
    setup: SetupDesk, tmp_path: Path
) -> None:
    spent = [f"{number / 1000:.3f}" for number in np.random.default_rng(1).integers(1100, 9900, ROWS)]
    doubtful, texts_only = tmp_path / "doubtful.csv", tmp_path / "texts.csv"
    doubtful.write_text(as_csv({"id": [f"C{i}" for i in range(ROWS)], "spent": spent}))
    texts_only.write_text(
        as_csv({"name": [f"Ann {i}" for i in range(ROWS)], "note": [f"said {i}" for i in range(ROWS)]})
    )
    asked = refused(setup, doubtful)
    assert "I can't find" in asked["question"]
    assert "To see what else it holds:" in asked["question"]
    assert set(json.loads(asked["choices"])) == {"thousands=.", "decimal=."}
    assert "I found no column of numbers to make segments of." in refused(setup, texts_only)["refusal"]
    looked = refused(setup, texts_only, looks=True)
    assert looked["refusal"].startswith("I found no column of numbers")
    with pytest.raises(LookedAt) as found:
        version_of(refused(setup, doubtful, answers=("thousands=.",)))
    assert found.value.setup["rows"] == ROWS


async def test_setting_up_again_and_again_ends(setup: SetupDesk, offer: Message) -> None:
    view = await details(setup, offer)
    late = json.dumps({**json.loads(view.body["private_metadata"]), "attempt": MOST_ATTEMPTS})
    reply = await setup.desk.pg.deliver.view_submission(replace(view, body={**view.body, "private_metadata": late}), {})
    assert reply.body == {"response_action": "errors", "errors": {"name:1": TOO_OFTEN}}


@pytest.mark.parametrize(
    ("block", "chosen"),
    [
        (GROUPS_BLOCK, {"type": "multi_static_select", "selected_options": [{"value": "0"}]}),
        (GROUPS_BLOCK, {"type": "multi_static_select", "selected_options": [{"value": "99"}]}),
        (ID_BLOCK, {"type": "static_select", "selected_option": {"value": "1"}}),
    ],
)
async def test_a_choice_that_was_not_offered_is_refused(
    setup: SetupDesk, offer: Message, block: str, chosen: dict[str, Any]
) -> None:
    errors = await setup.errors(await setup.open(offer), {block: chosen})
    assert errors == {GROUPS_BLOCK: STALE}
