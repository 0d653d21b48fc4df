"""Customers derived from orders are scored like any others, and their segments go back to the lines."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from order_files import OrderFile
from order_groups import GROUPS, grouped_shop, trained_on_orders
from reference import sample_trained

from segmentation.errors import BadInput
from segmentation.orders.rfm import derive_customers
from segmentation.orders.score import score_orders
from segmentation.scoring.score import score_file


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_a_file_of_orders_is_scored_as_its_customers_are(tmp_path: Path) -> None:
    orders = grouped_shop(currency="EUR").write(tmp_path / "orders.csv")
    model = trained_on_orders().model
    found = score_orders(orders, tmp_path / "scored.csv", model)
    derive_customers(orders, tmp_path / "customers.csv")
    score_file(tmp_path / "customers.csv", tmp_path / "expected.csv", model)
    assert (tmp_path / "scored.csv").read_bytes() == (tmp_path / "expected.csv").read_bytes()
    assert (found.score.rows, found.score.scored) == (120, 120)
    assert found.score.segments == dict.fromkeys(GROUPS, 30)
    assert found.orders.customers == 120
    assert found.score.notes[0] == f"{found.orders.sentence} One row a customer."
    assert "as of 30 Dec 2017" in found.score.notes[0]


def test_lines_keep_their_cells_and_order_and_get_the_segment_of_their_customer(tmp_path: Path) -> None:
    shop = grouped_shop(customers=2, currency="EUR").shuffled(3)
    odd = [["", "G-1", "1 Dec 2017", "5", "EUR"], ["=1+1", "F-1", "1 Dec 2017", "5.5", "EUR"]]
    odd += [["Returner", "R-1", "2 Dec 2017", "-5", "EUR"], ["Total", "", "", "999", ""]]
    file = OrderFile((*shop.header[:4], "Segment"), [*shop.rows, *odd])
    source = file.write(tmp_path / "orders.csv")
    model, lines = trained_on_orders().model, tmp_path / "lines.csv"
    score_orders(source, tmp_path / "scored.csv", model, lines=lines)
    written = _rows(lines)
    assert list(written[0]) == [*file.header, "segment_2"]
    # The totals row is no line.
    assert [list(row.values())[1:5] for row in written] == [row[1:5] for row in file.rows[:-1]]
    segments = {row["customer_id"]: row["segment"] for row in _rows(tmp_path / "scored.csv")}
    assert all(row["segment_2"] == segments.get(row["Customer ID"], "") for row in written)
    assert {row["segment_2"] for row in written[:-3]} == set(GROUPS)
    assert [(row["Customer ID"], row["segment_2"]) for row in written[-3::2]] == [("", ""), ("Returner", "")]
    assert written[-2]["Customer ID"] == "'=1+1"
    assert written[-2]["segment_2"] == segments["'=1+1"]


def test_orders_in_another_currency_than_the_models_are_refused(tmp_path: Path) -> None:
    source = grouped_shop(customers=1, currency="USD").write(tmp_path / "orders.csv")
    with pytest.raises(BadInput, match="knows money in EUR, and these orders are in USD"):
        score_orders(source, tmp_path / "scored.csv", trained_on_orders().model)
    assert not (tmp_path / "scored.csv").exists()


def test_a_model_of_other_features_is_refused_with_what_to_do(tmp_path: Path) -> None:
    source = grouped_shop(customers=1).write(tmp_path / "orders.csv")
    with pytest.raises(BadInput, match="knows age, income, score, which orders don't tell"):
        score_orders(source, tmp_path / "scored.csv", sample_trained().model)
