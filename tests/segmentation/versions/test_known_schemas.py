"""Customers that segbot made of orders are known by their columns, and segmented as those of the orders are."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from order_files import OrderFile
from order_groups import GROUPS, grouped_shop, trained_on_orders
from registries import opened

from segmentation.errors import OtherColumns
from segmentation.orders.recognise import lists_made_customers
from segmentation.orders.rfm import derive_customers
from segmentation.orders.rfm_schema import rfm_schema
from segmentation.proposal.confirmed import confirmed_schema, wanted_as_proposed
from segmentation.proposal.look import look_at
from segmentation.proposal.propose import Use, propose
from segmentation.proposal.schema_text import schema_text
from segmentation.proposal.setup import Setup, setup_of
from segmentation.reading.questions import Answers
from segmentation.schema import Role
from segmentation.schema_data import default_schema, load_schema
from segmentation.scoring.score import score_file
from segmentation.versions.known_schemas import propose_for
from segmentation.versions.retraining import train_file


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `segbot rfm` writes of a shop with customers in groups, one of whom only gave back."""
    folder = tmp_path_factory.mktemp("made")
    shop = grouped_shop(currency="EUR")
    orders = OrderFile(shop.header, [*shop.rows, ["Returner", "R-1", "2 Dec 2017", "-5", "EUR"]])
    derive_customers(orders.write(folder / "orders.csv"), folder / "customers.csv")
    return folder / "customers.csv"


@pytest.fixture(scope="module")
def scored(made: Path) -> Path:
    """The same customers, scored."""
    target = made.with_name("scored.csv")
    score_file(made, target, trained_on_orders().model)
    return target


@pytest.fixture(params=["made", "scored"])
def file(request: pytest.FixtureRequest) -> Path:
    """Either of them."""
    path: Path = request.getfixturevalue(request.param)
    return path


def test_made_customers_are_trained_on_by_recency_frequency_and_money(file: Path, tmp_path: Path) -> None:
    registry = opened(tmp_path / "models")
    run = train_file(file, registry, default_schema(), actor="tests", or_schema_in_service=True)
    assert {segment.name: segment.customers for segment in run.model.segments} == dict.fromkeys(GROUPS, 30)
    assert run.model.schema == rfm_schema(None)
    assert run.notes[0].startswith("These are customers that segbot made of orders: segments are made from recency,")


def test_a_schema_that_somebody_set_is_kept_to(made: Path, tmp_path: Path) -> None:
    with pytest.raises(OtherColumns):
        train_file(made, opened(tmp_path / "models"), default_schema(), actor="tests")


def test_what_is_proposed_for_made_customers_leaves_our_own_columns_out(file: Path, tmp_path: Path) -> None:
    proposal = propose_for(look_at(file), "customers")
    assert [choice.column.name for choice in proposal.of(Use.CLUSTER)] == ["recency", "frequency", "monetary"]
    assert not proposal.of(Use.PROFILE)
    assert proposal.schema == rfm_schema(None)
    assert proposal.look.notes[0].startswith("These are customers that segbot made of orders")
    (tmp_path / "schema.toml").write_text(schema_text(proposal), encoding="utf-8")
    assert load_schema(tmp_path / "schema.toml") == rfm_schema(None)


def _setup(file: Path) -> Setup:
    return setup_of(propose_for(look_at(file), "customers"), Answers())


def test_bands_and_names_are_confirmed_with_the_three_columns_only(made: Path) -> None:
    setup = Setup.from_data(_setup(made).to_data())
    wanted = [wanted_as_proposed(setup, at, Role.CLUSTER) for at in setup.proposed(Use.CLUSTER)]
    schema = confirmed_schema(setup, wanted)
    assert (schema.bands, schema.rules) == (True, rfm_schema(None).rules)
    fewer = confirmed_schema(setup, wanted[:2])
    assert (fewer.bands, fewer.rules) == (False, ())


def test_a_scored_file_of_any_customers_makes_no_segments_of_our_answers(tmp_path: Path) -> None:
    path = tmp_path / "scored.csv"
    rows = [[f"C{n}", n * 37 % 100, "Best" if n % 3 else "Rest", f"0.{900 - n}", ""] for n in range(60)]
    for added in (["segment", "confidence", "note"], ["segment_2", "Confidence", "note"]):
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([["customer_id", "spend", *added], *rows])
        choices = {choice.column.name: choice for choice in propose(look_at(path), "scored").choices}
        assert {choices[name].use for name in added} == {Use.LEFT_OUT}
        assert choices[added[1]].reason == "segbot wrote it when it scored these customers"
        assert choices["spend"].use is Use.CLUSTER
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["customer_id", "spend", "group", "confidence", "remark"], *rows])
    choices = {choice.column.name: choice for choice in propose(look_at(path), "scored").choices}
    assert choices["confidence"].use is Use.CLUSTER


def test_customers_of_somebody_else_are_not_taken_for_made_ones(tmp_path: Path) -> None:
    path = tmp_path / "others.csv"
    path.write_text("customer_id,recency,frequency,monetary\n1,3,2,10\n")
    assert not lists_made_customers(path)
    path.write_bytes(b"%PDF-1.4")
    assert not lists_made_customers(path)
