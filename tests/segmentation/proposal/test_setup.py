"""What a person may change of a proposal, what is said of a choice, and the schema that comes of it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from customer_files import TRADES, as_csv, trade_file

from segmentation.proposal.confirmed import (
    Fault,
    Field,
    Wanted,
    choice_fault,
    choice_notes,
    confirmed_schema,
    faults_of,
    wanted_as_proposed,
)
from segmentation.proposal.look import look_at
from segmentation.proposal.propose import Use, propose
from segmentation.proposal.setup import Setup, setup_of
from segmentation.reading.questions import Answers
from segmentation.reading.table import holds_table
from segmentation.schema import Role, Scale
from segmentation.schema_data import schema_from_data
from segmentation.training.points.dataset import gather_file
from segmentation.writing.folding import fold_key

ROWS = 60


def setup_from(path: Path) -> Setup:
    return setup_of(propose(look_at(path), path.stem), Answers())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with an amount, a count, the amount's double, somebody's segments, an e-mail and one constant."""
    rng = np.random.default_rng(3)
    spend = rng.lognormal(4, 1, ROWS).round(2)
    columns: dict[str, Iterable[object]] = {
        "customer_id": [f"C{i}" for i in range(ROWS)],
        "E-Mail": [f"person{i}@example.org" for i in range(ROWS)],
        "Total Spend ($)": spend,
        "net": (spend / 1.19).round(2),
        "orders": rng.poisson(8, ROWS),
        "segment": rng.integers(1, 9, ROWS),
        "shop": ["web"] * ROWS,
    }
    path = tmp_path_factory.mktemp("setup") / "shop.csv"
    path.write_text(as_csv(columns), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def setup(shop: Path) -> Setup:
    """What may be changed of that file's proposal."""
    return setup_from(shop)


def at(setup: Setup, name: str) -> int:
    return next(position for position, column in enumerate(setup.columns) if column.name == name)


def wanted(setup: Setup, *names: str) -> list[Wanted]:
    return [wanted_as_proposed(setup, at(setup, name), Role.CLUSTER) for name in names]


def faults(setup: Setup, *wanted: Wanted) -> list[tuple[Field, str]]:
    return [(fault.field, fault.sentence) for fault in faults_of(setup, wanted)]


@pytest.mark.parametrize("trade", TRADES)
def test_what_is_proposed_for_a_trades_file_is_confirmed_as_it_is(trade: str, tmp_path: Path) -> None:
    path = trade_file(trade, tmp_path)
    proposal = propose(look_at(path), trade)
    found = setup_of(proposal, Answers())
    roles = [(position, Role.CLUSTER) for position in found.proposed(Use.CLUSTER)]
    roles += [(position, Role.PROFILE) for position in found.proposed(Use.PROFILE)]
    chosen = [wanted_as_proposed(found, position, role) for position, role in roles]
    assert faults_of(found, chosen) == []
    assert confirmed_schema(found, chosen) == proposal.schema


@pytest.mark.parametrize("trade", TRADES)
def test_every_column_that_may_be_chosen_is_found_in_the_file_again(trade: str, tmp_path: Path) -> None:
    path = trade_file(trade, tmp_path)
    found = setup_from(path)
    chosen = [wanted_as_proposed(found, position, Role.CLUSTER) for position in found.usable]
    renamed = [replace(one, name=f"my own {number}") for number, one in enumerate(chosen)]
    for schema in (confirmed_schema(found, chosen), confirmed_schema(found, renamed)):
        assert holds_table(path, schema)
        assert schema_from_data(json.loads(json.dumps(schema.to_data()))) == schema


def test_a_setup_is_read_back_as_it_was_stored(setup: Setup) -> None:
    assert Setup.from_data(json.loads(json.dumps(setup.to_data()))) == setup


def test_a_setup_holds_no_cell_and_of_personal_columns_the_heading_alone(setup: Setup) -> None:
    stored = json.dumps(setup.to_data())
    assert "example.org" not in stored
    assert "C1" not in stored
    mail = setup.columns[at(setup, "E-Mail")]
    assert (mail.personal, mail.reason, mail.low, mail.high, mail.feature) == (True, "", 0.0, 0.0, "")


def test_what_is_seen_is_counted_in_words(setup: Setup) -> None:
    assert setup.seen == "I see 60 customers: an id, three numbers and three columns nobody should segment on."
    assert setup.identity == "customer_id"


def test_a_column_left_out_of_the_proposal_may_be_chosen_all_the_same(setup: Setup) -> None:
    net = at(setup, "net") if setup.columns[at(setup, "net")].use is Use.LEFT_OUT else at(setup, "Total Spend ($)")
    assert net in setup.usable
    (note,) = choice_notes(setup, [net, at(setup, "orders")], [])
    assert note.startswith("I would leave “")
    assert "and would count twice." in note


def test_one_column_to_make_groups_of_is_enough_and_said(setup: Setup) -> None:
    assert choice_fault(setup.columns, [at(setup, "orders")], []) is None
    assert choice_notes(setup, [at(setup, "orders")], []) == [
        "Only orders makes groups, so the segments will be slices of it."
    ]


def test_without_a_column_to_make_groups_of_there_are_no_segments() -> None:
    assert choice_fault((), [], [2, 3]) == (
        Role.CLUSTER,
        "Choose at least one column to make groups by: without one there are no segments.",
    )


def test_a_column_cannot_both_make_groups_and_describe(setup: Setup) -> None:
    orders, net = at(setup, "orders"), at(setup, "net")
    fault = choice_fault(setup.columns, [orders, net], [orders])
    assert fault == (
        Role.PROFILE,
        "“orders” is chosen to make groups, too, and can't do both. Take it out of one of the two.",
    )
    both = choice_fault(setup.columns, [orders, net], [orders, net])
    assert both is not None
    names = " and ".join(f"“{setup.columns[i].name}”" for i in sorted((orders, net)))
    assert both[1] == f"{names} are chosen to make groups, too, and can't do both. Take them out of one of the two."
    many = choice_fault(setup.columns, range(4), range(4))
    assert many is not None
    assert many[1].startswith("4 columns are chosen to make groups, too")


def test_twenty_columns_are_possible_and_more_are_not() -> None:
    assert choice_fault((), range(20), []) is None
    assert choice_fault((), range(12), range(20, 31)) == (
        Role.CLUSTER,
        "That is 23 columns in all, and segments can have 20. Take out 3.",
    )
    assert choice_fault((), range(3), range(20, 40)) is not None
    assert choice_fault((), range(3), range(20, 40))[0] is Role.PROFILE  # type: ignore[index]  # not None, as said above


def test_too_many_columns_to_make_groups_of_are_advised_against(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    path = tmp_path / "wide.csv"
    path.write_text(as_csv({f"n{i}": rng.normal(50, 9, ROWS).round(1) for i in range(12)}), encoding="utf-8")
    found = setup_from(path)
    (note,) = choice_notes(found, found.usable[:9], ())
    assert note.startswith("9 columns make groups.")
    assert choice_notes(found, found.usable[:8], ()) == []


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"name": "収入"}, Field.NAME, "People type this name in /segment."),
        ({"name": "42"}, Field.NAME, "People type this name in /segment."),
        ({"name": ""}, Field.NAME, "such as orders."),
        ({"name": "NET"}, Field.NAME, "“net” is another column of this file. Choose another name."),
        ({"name": "e mail"}, Field.NAME, "“E-Mail” is another column of this file."),
        ({"name": "customer id"}, Field.NAME, "“customer_id” is another column"),
        ({"unit": "x" * 25}, Field.UNIT, "Use at most 24 characters"),
        ({"minimum": 9.0, "maximum": 2.0}, Field.MAXIMUM, "The upper bound must be above the lower one, 9."),
        ({"minimum": 5.0, "maximum": 5.0}, Field.MAXIMUM, "The upper bound must be above the lower one, 5."),
        ({"maximum": math.inf}, Field.MAXIMUM, "That number is too large to be a bound."),
        ({"minimum": -1e16}, Field.MINIMUM, "That number is too large to be a bound."),
        ({"minimum": math.nan}, Field.MINIMUM, "That number is too large to be a bound."),
        ({"minimum": -9.0, "maximum": -1.0}, Field.MAXIMUM, "so no customer lies within these bounds."),
        ({"minimum": 1e6, "maximum": 2e6}, Field.MINIMUM, "so no customer lies within these bounds."),
    ],
)
def test_a_wrong_field_gets_its_sentence(setup: Setup, changed: dict[str, Any], field: Field, sentence: str) -> None:
    (orders,) = wanted(setup, "orders")
    ((where, said),) = faults(setup, replace(orders, **changed))
    assert where is field
    assert sentence in said


def test_a_name_given_twice_is_said_at_the_later_column(setup: Setup) -> None:
    spend, orders = wanted(setup, "Total Spend ($)", "orders")
    spend, orders = replace(spend, name="worth"), replace(orders, name="Worth!")
    assert faults_of(setup, [spend, orders]) == [
        Fault(orders.position, Field.NAME, "“Total Spend ($)” is called that already. Choose another name.")
    ]


def test_what_a_person_changed_is_in_the_schema(setup: Setup, shop: Path) -> None:
    spend, orders = wanted(setup, "Total Spend ($)", "orders")
    spend = replace(spend, name="Money spent", maximum=5e4, scale=Scale.PLAIN, role=Role.PROFILE)
    schema = confirmed_schema(setup, [orders, spend])
    first, second = schema.features
    assert (first.name, first.label, first.unit, first.maximum) == ("money_spent", "Money spent", "$", 5e4)
    assert (first.role, first.scale, second.name) == (Role.PROFILE, Scale.PLAIN, "orders")
    assert {fold_key("Total Spend ($)")} <= {fold_key(alias) for alias in first.aliases}
    assert gather_file(shop, schema).data.report.used == ROWS


def test_a_unit_says_how_many_base_units_it_is(setup: Setup) -> None:
    (spend,) = wanted(setup, "Total Spend ($)")
    in_thousands, in_points = (
        confirmed_schema(setup, [replace(spend, unit=unit)]).features[0] for unit in ("k$", "points of ours")
    )
    assert (in_thousands.unit, in_thousands.base_unit_factor) == ("k$", 1000.0)
    assert (in_points.unit, in_points.base_unit_factor) == ("points of ours", 1.0)


def test_the_example_stays_within_changed_bounds(setup: Setup) -> None:
    (orders,) = wanted(setup, "orders")
    feature = confirmed_schema(setup, [replace(orders, minimum=12.0)]).features[0]
    assert feature.example == 12


def test_a_category_has_no_bounds_that_could_be_wrong(tmp_path: Path) -> None:
    found = setup_from(trade_file("subscription", tmp_path))
    wanted = wanted_as_proposed(found, at(found, "plan"), Role.PROFILE)
    assert faults_of(found, [wanted]) == []
    (fault,) = faults_of(found, [replace(wanted, name="1")])
    assert fault.field is Field.NAME
    feature = confirmed_schema(found, [replace(wanted, name="tariff")]).features[0]
    assert (feature.name, feature.codes, feature.aliases) == (
        "tariff",
        found.feature(at(found, "plan")).codes,
        ("plan",),
    )
