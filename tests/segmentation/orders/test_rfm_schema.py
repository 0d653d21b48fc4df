"""The schema of customers derived from orders: its names are those marketers know, given where they are true."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from order_groups import GROUPS, grouped_shop, trained_on_orders

from segmentation.orders.rfm import derive_customers
from segmentation.orders.rfm_schema import money_unit, reads_customers, rfm_schema
from segmentation.schema import Schema
from segmentation.schema_data import default_schema


def test_money_is_in_the_currency_of_the_orders() -> None:
    assert (money_unit(rfm_schema("EUR")), money_unit(rfm_schema(None)), money_unit(default_schema())) == (
        "EUR",
        "",
        "",
    )
    assert rfm_schema("EUR").fingerprint != rfm_schema("USD").fingerprint


def test_every_rule_has_a_meaning_an_action_and_levels_of_its_own() -> None:
    rules = rfm_schema(None).rules
    assert [rule.name for rule in rules] == [
        *("Champions", "Loyal", "Promising", "New", "Need attention", "About to sleep", "Can't lose", "At risk"),
        "Hibernating",
    ]
    assert len({rule.meaning for rule in rules}) == len({rule.action for rule in rules}) == len(rules)


@pytest.mark.parametrize(
    ("schema", "reads"),
    [
        (rfm_schema("EUR"), True),
        (default_schema(), False),
        (replace(rfm_schema(None), features=(*rfm_schema(None).features, *default_schema().features[:1])), True),
        (replace(rfm_schema(None), features=(*rfm_schema(None).features, *default_schema().features[1:2])), False),
    ],
    ids=["rfm", "mall", "with a profile feature that orders lack", "with a cluster feature that orders lack"],
)
def test_a_schema_reads_derived_customers_if_they_have_its_cluster_features(schema: Schema, reads: bool) -> None:
    assert reads_customers(schema) is reads


def test_groups_of_customers_get_the_names_that_marketers_give_them(tmp_path: Path) -> None:
    source, target = grouped_shop().write(tmp_path / "orders.csv"), tmp_path / "customers.csv"
    derive_customers(source, target)
    model = trained_on_orders().model
    assert set(model.names) == set(GROUPS)
    # Every group's customers are where its name says.
    with target.open(newline="") as file:
        for row in csv.DictReader(file):
            answer = model.predict({name: float(row[name]) for name in model.schema.names})
            assert answer.segment == row["customer_id"].partition("-")[0]
