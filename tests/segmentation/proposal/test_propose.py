"""Which columns are proposed for what, and that the proposal is a schema that loads."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from random import Random

import numpy as np
import pytest
from campaigns import campaign
from customer_files import TRADES, as_csv, trade_file

from segmentation.errors import BadInput, BadSchema
from segmentation.proposal.look import look_at
from segmentation.proposal.propose import MOST_CLUSTERING, Proposal, Use, propose
from segmentation.proposal.schema_text import schema_text
from segmentation.schema import Feature
from segmentation.schema_data import MAX_FEATURES, parse_schema

ROWS = 80
HEADINGS = (
    *("id", "Age", "Income (k$)", "amount €", "", "%", "spend", "a b", "a_b", "a,b", "Name", "E-Mail", "date", "rate"),
    *("Score (1-10)", "収入", "segment", 'q"q', "Total", "l\nb"),
)
CELLS: tuple[Callable[[Random], object], ...] = (
    lambda r: r.randint(-50, 900),
    lambda r: f"{r.random() * 100:.2f}",
    lambda r: f"${r.random() * 1e4:,.2f}",
    lambda r: f"{r.random() * 1e4:.2f} €".replace(".", ","),
    lambda r: f"{r.randint(1, 99)}%",
    lambda r: f"{r.randint(1, 9)}k",
    lambda r: f"({r.randint(1, 99)})",
    lambda r: f"{r.randint(1, 9)}.{r.randint(100, 999)}",
    lambda r: r.randint(10**14, 10**18),
    lambda r: f"{r.random():.1e}",
    lambda r: r.choice(["inf", "nan", "1e999", "5"]),
    lambda r: r.choice(["n/a", "-", "1", "2"]),
    lambda r: r.choice(["yes", "no"]),
    lambda r: r.choice(["a", "b", "c"]),
    lambda r: f"{r.randint(1, 28)}.{r.randint(1, 12)}.2020",
    lambda r: f"x{r.randint(0, 10**6)}@example.org",
    lambda _: "",
)
RNG = np.random.default_rng(11)


def proposal(tmp_path: Path, columns: Mapping[str, Iterable[object]]) -> Proposal:
    path = tmp_path / "file.csv"
    path.write_text(as_csv(columns), encoding="utf-8")
    return propose(look_at(path), "file")


def spend(rows: int = ROWS) -> list[float]:
    return [float(value) for value in RNG.normal(500, 90, rows).round(2)]


def use_of(found: Proposal, name: str) -> tuple[Use, str]:
    return next((choice.use, choice.reason) for choice in found.choices if choice.column.name == name)


def feature_of(found: Proposal, name: str) -> Feature:
    feature = next(choice.feature for choice in found.choices if choice.column.name == name)
    assert feature is not None
    return feature


# By trade: what makes distances, what describes, and the id.
EXPECTED = {
    "cards": (
        {"balance", "balance_frequency", "purchases", "purchases_frequency", "cash_advance_trx", "purchases_trx"}
        | {"credit_limit", "prc_full_payment"},
        {"cash_advance", "minimum_payments", "tenure"},
        "CUST_ID",
    ),
    "wholesale": (
        {"fresh", "milk", "grocery", "frozen", "detergents_paper", "delicassen"},
        {"channel", "region"},
        None,
    ),
    "telecom": (
        {"tenure", "monthly_charges", "total_charges"},
        {"gender", "senior_citizen", "partner", "internet_service", "contract", "payment_method", "churn"},
        "customerID",
    ),
    "bank": (
        {"balance", "duration", "campaign"},
        {"age", "pdays", "previous", "job", "marital", "default", "housing", "contact", "day", "month", "y"},
        None,
    ),
    "shop": (
        {"tage_seit_kauf", "bestellungen", "umsatz", "retourenquote"},
        {"newsletter", "ort"},
        "Kundennummer",
    ),
    "subscription": ({"mrr", "feature_adoption", "nps"}, {"plan", "is_trial"}, "account_id"),
}


@pytest.mark.parametrize("trade", TRADES)
def test_six_trades_get_sensible_features(trade: str, tmp_path: Path) -> None:
    found = propose(look_at(trade_file(trade, tmp_path)), trade)
    clustering, describing, identity = EXPECTED[trade]
    assert {choice.feature.name for choice in found.of(Use.CLUSTER) if choice.feature} == clustering
    assert {choice.feature.name for choice in found.of(Use.PROFILE) if choice.feature} == describing
    assert (found.look.id.name if found.look.id else None) == identity
    assert parse_schema(schema_text(found), "file") == found.schema


def test_a_shops_euros_and_percentages_have_units_and_bounds_wider_than_the_data(tmp_path: Path) -> None:
    found = propose(look_at(trade_file("shop", tmp_path)), "shop")
    turnover, returns = feature_of(found, "Umsatz (€)"), feature_of(found, "Retourenquote")
    assert (turnover.label, turnover.unit, turnover.decimals, turnover.minimum) == ("Umsatz", "€", 2, 0)
    assert turnover.aliases == ()
    numbers = next(choice.column.numbers for choice in found.choices if choice.column.name == "Umsatz (€)")
    assert numbers is not None
    assert 2 * numbers.high <= turnover.maximum <= 4 * numbers.high
    assert (returns.unit, returns.minimum, returns.maximum, returns.decimals) == ("%", 0, 100, 1)


@pytest.mark.parametrize("name", ["Segment", "cluster_id2", "Target", "label"])
def test_somebody_elses_segments_are_left_out(tmp_path: Path, name: str) -> None:
    found = proposal(tmp_path, {"spend": spend(), name: RNG.integers(0, 900, ROWS)})
    assert use_of(found, name)[0] is Use.LEFT_OUT
    assert "somebody's segments" in use_of(found, name)[1]


def test_of_two_columns_that_say_the_same_one_is_kept(tmp_path: Path) -> None:
    money = spend()
    found = proposal(
        tmp_path, {"visits": [round(v / 10) for v in money], "spend": money, "net": [round(v / 1.19, 2) for v in money]}
    )
    assert use_of(found, "spend")[0] is Use.CLUSTER
    for other in ("visits", "net"):
        use, reason = use_of(found, other)
        assert use is Use.LEFT_OUT
        assert reason == "it says the same as “spend” (correlation 1.00) and would count twice"


def test_codes_of_a_category_are_left_out(tmp_path: Path) -> None:
    plans = RNG.integers(0, 6, ROWS)
    found = proposal(tmp_path, {"spend": spend(), "plan": [f"p{i}" for i in plans], "plancode": plans * 3 + 7})
    assert use_of(found, "plancode") == (Use.LEFT_OUT, "its numbers are codes of “plan”")


@pytest.mark.parametrize(
    ("name", "cells", "use", "reason"),
    [
        ("spread", ["", *RNG.normal(5, 1, 9)] * 8, Use.PROFILE, "it describes: 10% of its cells are empty"),
        ("spread", ["", ""] * 27 + list(RNG.normal(5, 1, 27)), Use.LEFT_OUT, "67% of its cells are empty"),
        ("spread", ["?", *RNG.normal(5, 1, 31)] * 3, Use.LEFT_OUT, "3% of its cells are no numbers"),
        ("spread", [1, 2, 3, 4] * 20, Use.PROFILE, "it describes: with only 4 different values"),
        ("spread", [-1] * 70 + list(range(10, 20)), Use.PROFILE, "hold the same value"),
        ("Age", RNG.integers(18, 80, ROWS), Use.PROFILE, "it describes who customers are"),
        ("€", RNG.normal(5, 1, ROWS), Use.LEFT_OUT, "its name has no letter or digit"),
        ("since", ["2024-01-01", "2023-05-06"] * 40, Use.LEFT_OUT, "dates can't be used yet"),
        ("plan", ["a", "b", "A"] * 30, Use.PROFILE, "it describes: 2 categories, mostly A (67%)"),
        ("active", ["yes", "no"] * 40, Use.PROFILE, "it describes: 2 categories, mostly no (50%)"),
        ("plan", ["a", "b"] * 148 + ["c", "d"] * 2, Use.PROFILE, "mostly a (49%), 2 rare ones grouped as other"),
        ("plan", ["a", "b"] * 148 + ["c"], Use.PROFILE, "a rare one grouped as other"),
        ("plan", ["a", "A", " á"] * 40, Use.LEFT_OUT, "nearly every cell holds the same"),
        ("plan code", [*range(10, 160)] * 3, Use.LEFT_OUT, "it has 150 categories, too many to describe by"),
        ("comment", [f"word {i} x" for i in range(ROWS)], Use.LEFT_OUT, "texts make no distances"),
        ("country", ["DE"] * ROWS, Use.LEFT_OUT, "every cell that is filled holds the same"),
        ("contact", [f"a{i}@example.org" for i in range(ROWS)], Use.LEFT_OUT, "personal data make no segments"),
        ("user_id", range(ROWS), Use.LEFT_OUT, "it identifies customers"),
    ],
)  # fmt: skip
def test_a_column_is_used_for_what_it_is_good_for(
    tmp_path: Path, name: str, cells: list[object], use: Use, reason: str
) -> None:
    found = proposal(tmp_path, {"spend": spend(len(list(cells))), name: cells})
    assert use_of(found, "spend")[0] is Use.CLUSTER
    assert use_of(found, name)[0] is use
    assert reason in use_of(found, name)[1]


def test_two_hundred_columns_make_eight_distances_and_twenty_features(tmp_path: Path) -> None:
    found = proposal(tmp_path, {f"column {i:03}": RNG.normal(100, 9, ROWS).round(2) for i in range(200)})
    assert [choice.column.name for choice in found.of(Use.CLUSTER)] == [
        f"column {i:03}" for i in range(MOST_CLUSTERING)
    ]
    assert len(found.schema.features) == MAX_FEATURES
    assert {choice.reason for choice in found.of(Use.LEFT_OUT)} == {"a schema has at most 20 features"}
    assert parse_schema(schema_text(found), "file") == found.schema


def test_a_single_column_makes_the_distances_even_if_it_only_describes(tmp_path: Path) -> None:
    found = proposal(tmp_path, {"Age": RNG.integers(18, 80, ROWS)})
    assert use_of(found, "Age")[1].startswith("it makes distances, since no other column does")


@pytest.mark.parametrize(
    "columns",
    [
        {"country": ["DE"] * 30, "n": [1] * 30},
        {"plan": ["a", "b", "c"] * 10, "comment": [f"it is {i}" for i in range(30)]},
        {f"c{i}": ["x"] * 30 for i in range(9)},
    ],
)
def test_a_file_without_numbers_is_refused_with_every_reason(tmp_path: Path, columns: dict[str, list[object]]) -> None:
    with pytest.raises(BadInput, match="I found no column of numbers") as caught:
        proposal(tmp_path, columns)
    assert f"“{next(iter(columns))}”: " in caught.value.sentence
    assert ("and 3 more columns" in caught.value.sentence) == (len(columns) > 6)


def test_names_and_labels_belong_to_one_column_only(tmp_path: Path) -> None:
    found = proposal(
        tmp_path,
        {
            "Income": ["high", "low"] * 40,
            "Income (k$)": spend(),
            "収入": spend(),
            "2nd spend": spend(),
            "a_b": spend(),
            "a b": spend(),
        },
    )
    assert feature_of(found, "Income (k$)").label == "Income (k$)"
    assert feature_of(found, "Income (k$)").name == "income_k"
    assert feature_of(found, "収入").name == "column_3"
    assert feature_of(found, "2nd spend").name == "spend"
    for twin in ("a b", "a_b"):  # the reader could not tell which of the two is meant
        assert use_of(found, twin) == (Use.LEFT_OUT, "its name has no letter or digit, or is another column's too")
    assert parse_schema(schema_text(found), "file") == found.schema


@pytest.mark.parametrize(
    ("name", "cells", "bounds"),
    [
        ("Age", [18, 80], (0, 120)),
        ("Score (1-10)", [2, 9], (1, 10)),
        ("Score (1-10)", [0, 9], (0, 10)),
        ("x", [3, 270], (0, 600)),
        ("x", [1990, 2020], (1960, 2050)),
        ("x", [-3, 40], (-6, 80)),
        ("x", [-40, -3], (-80, 0)),
        ("x", [-0.5, 0], (-1, 0)),
        ("hit rate", [0.25, 0.5], (0, 1)),
        ("hit rate", [0.5, 55.5], (0, 100)),
    ],
)
def test_bounds_leave_room_for_customers_to_come(
    tmp_path: Path, name: str, cells: list[float], bounds: tuple[float, float]
) -> None:
    low, high = cells
    between = np.linspace(low, high, 11).round(0 if isinstance(high, int) and isinstance(low, int) else 2)
    feature = feature_of(proposal(tmp_path, {name: [low, *between, high] * 3, "z": ["a", "b", "c"] * 13}), name)
    assert (feature.minimum, feature.maximum) == bounds
    assert feature.minimum <= feature.example <= feature.maximum


def test_comments_hold_no_line_of_a_column_name(tmp_path: Path) -> None:
    found = proposal(tmp_path, {'evil"\n[[features]]\nname = "x': spend(), "a\\b": spend()})
    assert parse_schema(schema_text(found), "file") == found.schema
    assert len(found.schema.features) == 2


def test_the_text_gives_every_reason(tmp_path: Path) -> None:
    text = schema_text(propose(look_at(trade_file("subscription", tmp_path)), "subscription"))
    assert "# Proposed from 400 rows." in text
    assert "# Customers are told apart by “account_id”." in text
    assert "# “mrr_usd” is money: its cells carry $." in text
    assert "# “owner_email” (free text): it holds e-mail addresses: personal data make no segments" in text
    assert "owner0@" not in text


def test_the_data_hold_no_cell(tmp_path: Path) -> None:
    found = propose(look_at(trade_file("shop", tmp_path)), "shop")
    data = found.to_data()
    assert data["schema"] == asdict(found.schema)
    assert (data["rows"], data["id"]) == (400, "Kundennummer")
    assert [column["use"] for column in data["columns"]] == [choice.use.value for choice in found.choices]
    for secret in ("Müller", "@example.org", "+49 30"):
        assert secret not in repr(data)


@pytest.mark.parametrize("seed", range(campaign(12, 400)))
def test_whatever_a_file_holds_there_is_a_schema_that_loads_or_a_refusal(tmp_path: Path, seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - test data
    columns = {draw.choice(HEADINGS): draw.choice(CELLS) for _ in range(8)}
    path = tmp_path / "file.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=draw.choice(",;\t"))
        writer.writerow(columns)
        for _ in range(draw.choice((1, 3, 30, 200))):
            # One cell in thirty is of another kind than its column.
            writer.writerow([(cell if draw.random() < 0.97 else draw.choice(CELLS))(draw) for cell in columns.values()])
    try:
        found = propose(look_at(path), "file")
    except BadInput as refusal:
        # Of the file, never of the schema that was made of it.
        if isinstance(refusal, BadSchema):
            raise
        return
    assert parse_schema(schema_text(found), "file") == found.schema
