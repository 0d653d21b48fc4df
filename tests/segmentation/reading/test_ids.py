"""Ids found by name or value, customers who are there several times, and orders that are no customers."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from scoring_cases import hand_made_model

from segmentation.errors import BadInput
from segmentation.reading.encoding import Limits
from segmentation.reading.ids import duplicates
from segmentation.reading.ids.duplicates import DuplicateCounter, hashed
from segmentation.reading.ids.id_column import ids_by_values
from segmentation.reading.questions import Answers
from segmentation.reading.repeated_ids import RepeatedIds
from segmentation.reading.table import open_table
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.score import score_file
from segmentation.training.points.dataset import FileDataset, gather_file

MODEL = hand_made_model()
CASE = Path(__file__).parents[4] / "shared/cases/repeats/every-customer-three-times.csv"

ONCE = "the id of an earlier row: each customer counts once, with the first usable row."


def written(text: str, folder: Path) -> Path:
    source = folder / "in.csv"
    source.write_text(text)
    return source


def scored(text: str, folder: Path) -> ScoreReport:
    return score_file(written(text, folder), folder / "out.csv", MODEL)


def gathered(text: str, folder: Path) -> FileDataset:
    return gather_file(written(text, folder), MODEL.schema)


def table(header: str, row: Callable[[int], str], rows: int = 60) -> str:
    return f"{header}\n" + "".join(f"{row(i)}\n" for i in range(rows))


@pytest.mark.parametrize(
    "values",
    [
        lambda i: f"C-{i:04}",
        lambda i: str(i + 1),
        lambda i: str(70_000 + i * 7919 % 30_000),
        lambda i: f"{i * 2654435761 % 2**32:08x}-{i:04x}-4abc",
        lambda i: f"{i}e3" if i % 2 else f"A{i}",
    ],
)
def test_a_column_of_distinct_codes_holds_the_ids(values: Callable[[int], str], tmp_path: Path) -> None:
    text = table("age,income,score,Ref", lambda i: f"35,{60 + i % 9},70,{values(i)}")
    found = open_table(written(text, tmp_path), MODEL.schema)
    assert (found.layout.id_column, found.layout.ids_by_values) == (3, True)
    report = scored(f"{text}35,60,70,{values(0)}\n", tmp_path)
    assert report.duplicate_ids == 1
    assert "The ids were taken from “Ref”, judging by its values." in report.notes
    assert "1 row repeats the id of an earlier row; it was scored." in report.notes


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("note", lambda i: f"{i}.{i % 10}"),  # decimals
        ("seen", lambda i: f"2024-{i % 12 + 1}-{i % 28 + 1}"),
        ("mail", lambda i: f"a{i}@example.com"),
        ("who", lambda i: f"Ann {i}"),
        ("who", lambda i: "abcdefghij"[i // 10] + "abcdefghij"[i % 10]),  # no digit
        ("Last name", lambda i: f"x{i}"),
        ("visits", lambda i: str(i * 37 % 61)),  # numbers of several lengths, in no order
        ("group", lambda i: f"G{i % 30}"),
        ("code", lambda i: f"C{i}" if i else ""),
    ],
)
def test_decimals_dates_addresses_names_amounts_and_groups_are_no_ids(
    name: str, values: Callable[[int], str], tmp_path: Path
) -> None:
    text = table(f"age,income,score,{name}", lambda i: f"35,{60 + i % 9},70,{values(i)}")
    assert open_table(written(text, tmp_path), MODEL.schema).layout.id_column is None
    assert scored(text, tmp_path).duplicate_ids is None


def test_a_few_rows_or_a_broken_quote_say_nothing_of_ids() -> None:
    assert ids_by_values("".join(f"C{i},1\n" for i in range(20)), ",", ("Ref", "age"), (1,)) is None
    assert ids_by_values("".join(f"C{i},1\n" for i in range(21)), ",", ("Ref", "age"), (1,)) == 0
    assert ids_by_values('"' + "C1,1\n" * 60_000, ",", ("Ref", "age"), (1,)) is None


def test_the_name_of_a_column_goes_before_the_values_of_another(tmp_path: Path) -> None:
    text = table("Ref,age,income,score,customer id", lambda i: f"R{i},35,60,70,C{i % 50}")
    found = open_table(written(text, tmp_path), MODEL.schema)
    assert (found.layout.id_column, found.layout.ids_by_values) == (4, False)


def test_codes_of_a_column_called_after_customers_may_repeat_early(tmp_path: Path) -> None:
    def text(name: str, distinct: int) -> str:
        return table(f"{name},age,income,score", lambda i: f"C{i % distinct},35,60,70")

    report = scored(text("Customer", 55), tmp_path)
    assert report.duplicate_ids == 5
    assert "The ids were taken from “Customer”, judging by its values." in report.notes
    assert scored(text("Customer", 3), tmp_path).duplicate_ids is None  # kinds of customers
    assert scored(text("Shop", 55), tmp_path).duplicate_ids is None


def test_a_name_that_means_customers_goes_before_the_id_of_something_else(tmp_path: Path) -> None:
    text = table("store_id,age,income,score,customer_id", lambda i: f"S{i % 3},35,60,70,C{i}")
    assert open_table(written(text, tmp_path), MODEL.schema).layout.id_column == 4
    assert (scored(text, tmp_path).duplicate_ids, gathered(text, tmp_path).rows) == (0, 60)


def test_a_column_that_only_begins_like_ids_is_none(tmp_path: Path) -> None:
    text = table("Ref,age,income,score", lambda i: f"R{min(i, 600)},35,60,70", rows=1_000)
    assert open_table(written(text, tmp_path), MODEL.schema).layout.id_column == 0
    assert scored(text, tmp_path).duplicate_ids is None
    assert gathered(text, tmp_path).rows == 1_000


def test_every_customer_three_times_is_trained_on_once() -> None:
    if not CASE.exists():
        pytest.skip("the cases are not beside the project")
    found = gather_file(CASE, MODEL.schema)
    assert (found.rows, found.data.report.rows, found.data.report.used) == (200, 200, 200)
    assert int(found.data.weights.sum()) == 200
    assert (
        "400 rows repeat the id of an earlier row: each customer counts once, with the first usable row." in found.notes
    )


@pytest.mark.parametrize("size", [24, 100, 4 << 20])
def test_the_first_usable_row_of_an_id_is_the_one_that_counts(size: int, tmp_path: Path) -> None:
    rows = ["id,age,income,score", "a,30,x,50", "a,31,41,51", ",32,42,52", ",,,", ",32,42,52", "Total,1,1,1"]
    text = "\n".join([*rows, "a,33,43,53", "Total,2,2,2", "b,34,44,54\n"])
    found = gather_file(written(text, tmp_path), MODEL.schema, limits=Limits(block_bytes=size))
    assert found.data.points.tolist() == [[31, 41, 51], [32, 42, 52], [34, 44, 54]]
    assert found.data.weights.tolist() == [1, 2, 1]
    assert (found.rows, found.rejected) == (5, {"not_a_number": 1})
    assert found.data.report.rows == 5
    assert (
        "1 row repeats the id of an earlier row: each customer counts once, with the first usable row." in found.notes
    )


def test_a_file_without_repeats_is_read_once(tmp_path: Path) -> None:
    steps: list[str] = []
    gather_file(written("id,age,income,score\na,30,40,50\nb,31,41,51\n", tmp_path), MODEL.schema, progress=steps.append)
    assert steps == ["Reading", "Cleaning"]


def orders(i: int) -> str:
    return f"{i},c{i * 7 % 20},2024-{i % 12 + 1:02}-{i % 28 + 1:02},{i % 90 + 0.5},35,60,70"


ORDERS = "order no,customer id,when,paid,age,income,score"


@pytest.mark.parametrize(
    ("text", "differing"),
    [
        (table(ORDERS, orders), "order no"),
        (table(ORDERS.replace("order no", "x"), orders), "when"),
        (table("customer id,order date,age,income,score", lambda i: f"c{i % 20},{i},35,60,70"), "order date"),
        (table("customer id,Betrag,age,income,score", lambda i: f"c{i % 20},{i * 3},35,60,70"), "Betrag"),
    ],
)
def test_orders_are_refused_as_customers_in_scoring_and_in_training(text: str, differing: str, tmp_path: Path) -> None:
    for read in (scored, gathered):
        with pytest.raises(BadInput, match="look like orders rather than customers: 40 rows repeat an id") as refused:
            read(text, tmp_path)
        assert f"the column “{differing}” differs" in refused.value.sentence
        assert "one row for each customer" in refused.value.sentence
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("text", "differing"),
    [
        # Every customer buys on each of three days: only the orders' numbers tell these lines from snapshots.
        (
            table(
                "customer id,day,invoice no,age,income,score",
                lambda i: f"c{i % 20},2024-01-0{i // 20 + 1},{i},35,60,70",
            ),
            "day",
        ),
        # Or only the goods do.
        (
            table(
                "customer id,day,sku,amount,age,income,score", lambda i: f"c{i % 20},M{i // 20},{i % 7},{i},35,60,70"
            ),
            "sku",
        ),
    ],
)
def test_orders_of_few_days_are_told_from_snapshots(text: str, differing: str, tmp_path: Path) -> None:
    for read in (scored, gathered):
        with pytest.raises(BadInput, match=f"the column “{differing}” differs"):
            read(text, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        # The number of the report all customers are in tells no orders apart.
        table("id,invoice no,age,income,score", lambda i: f"c{i % 20},{i // 20},35,60,70"),
        # What somebody likes is no purchase.
        table("id,month,favourite product,age,income,score", lambda i: f"c{i % 20},M{i // 20},{i % 7},35,60,70"),
        # A few customers twice, with the date of the export.
        table("id,date,age,income,score", lambda i: f"c{i % 50},2024-01-{i % 28 + 1:02},35,60,70"),
        # Every customer three times, nothing differs.
        table("id,date,age,income,score", lambda i: f"c{i % 20},2024-01-01,35,60,70"),
        # The same customers month by month, whatever differs besides.
        table("id,month,amount,age,income,score", lambda i: f"c{i % 20},2024-0{i // 20 + 1}-01,{i},35,60,70"),
        table("id,amount,month,age,income,score", lambda i: f"c{i % 20},{i},M{i // 20},35,60,70"),
        # Something differs, but nothing that orders have.
        table("id,shade,age,income,score", lambda i: f"c{i % 20},{i},35,60,70"),
        # No column holds ids.
        table("order date,age,income,score", lambda i: f"2024-01-{i % 28 + 1:02},35,60,70"),
    ],
)
def test_duplicates_and_snapshots_of_customers_are_not_taken_for_orders(text: str, tmp_path: Path) -> None:
    assert scored(text, tmp_path).scored == 60
    assert gathered(text, tmp_path).rows <= 60


def test_too_many_ids_to_keep_are_said_and_each_row_counts() -> None:
    assert RepeatedIds(1_200, None).note == (
        "About 1,200 rows repeat the id of an earlier row; they are too many to tell apart, so each was counted."
    )


def test_the_first_row_of_each_id_is_told_by_block() -> None:
    ids = DuplicateCounter()
    assert (ids.first_rows(), ids.rows_an_id()) == ([], 0.0)
    for part in (["a", "b", ""], [], ["b", "", "c"]):
        ids.add(hashed(pl.Series(part, dtype=pl.String)))
    assert [part.to_list() for part in ids.first_rows()] == [[True, True, True], [], [False, True, True]]
    assert (ids.duplicates(), ids.rows_an_id()) == (1, 4 / 3)
    ids.add(hashed(pl.Series(["c"])))
    assert (ids.duplicates(), ids.rows_an_id()) == (2, 5 / 3)


@pytest.mark.parametrize(
    ("header", "orders"),
    [
        ("Order ID,Customer ID,Order Date,Amount", True),
        ("Rechnungsnummer,Kunde,Datum,Betrag", True),
        ("Customer ID,Order Date,Amount", False),
        ("Customer ID,Total Orders,Total Spent", False),
        ("Customer ID,Total Orders,Last Order Date,Total Spent", False),
    ],
)
def test_a_header_of_orders_is_refused_with_what_to_do(header: str, orders: bool, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="I can't find") as refused:
        scored(f"{header}\n1,2,2024-01-01,3\n", tmp_path)
    assert ("It looks like a list of orders. Make one row for each customer" in refused.value.sentence) is orders
    # What its columns should be called, or which are needed, is beside the point then.
    assert not orders or not any(words in refused.value.sentence for words in ("Rename it", "It needs the columns"))


@pytest.mark.parametrize("column", ["store_id", "Branch ID", "shopId"])
def test_ids_that_many_customers_share_are_not_theirs(column: str, tmp_path: Path) -> None:
    text = table(f"{column},age,income,score", lambda i: f"S{i % 4},35,{20 + i % 40},{10 + i * 2654435761 % 80}", 160)
    report = scored(text, tmp_path)
    assert (report.rows, report.scored, report.duplicate_ids) == (160, 160, None)
    assert not any("id" in note.split() for note in report.notes)
    found = gathered(text, tmp_path)
    assert (found.rows, len(found.notes)) == (160, 1)


def test_a_few_repeats_of_any_id_and_all_of_the_customers_own_are_counted(tmp_path: Path) -> None:
    rows = [f"S{i},35,{20 + i % 40},{10 + i % 80}" for i in range(100)]
    few = "\n".join(["person_id,age,income,score", *rows, *rows[:20], ""])
    assert scored(few, tmp_path).duplicate_ids == 20
    assert gathered(few, tmp_path).rows == 100
    own = "\n".join(["customer_id,age,income,score", *rows, *rows, ""])
    assert scored(own, tmp_path).duplicate_ids == 100
    assert gathered(own, tmp_path).rows == 100


@pytest.mark.parametrize(
    ("identity", "rows"),
    [
        (None, 60),  # the customers' own ids, each once
        ("card no", 45),  # fifteen have another's card
        ("", 60),
        ("shop", 45),  # a column that no name and no value tells to hold ids
    ],
)
def test_a_person_can_say_which_column_tells_customers_apart(identity: str | None, rows: int, tmp_path: Path) -> None:
    text = table("customer_id,age,income,score,card no,shop", lambda i: f"C{i},35,60,70,K{i % 45},S {i % 45}")
    found = gather_file(written(text, tmp_path), MODEL.schema, answers=Answers(identity=identity))
    assert found.rows == rows


def test_without_ids_by_a_persons_word_every_row_is_a_customer(tmp_path: Path) -> None:
    text = table("customer_id,age,income,score", lambda i: f"C{i % 50},35,60,70")
    assert gathered(text, tmp_path).rows == 50
    assert gather_file(written(text, tmp_path), MODEL.schema, answers=Answers(identity="")).rows == 60


def test_a_column_of_ids_that_is_gone_is_said(tmp_path: Path) -> None:
    text = table("customer_id,age,income,score", lambda i: f"C{i},35,60,70")
    with pytest.raises(BadInput, match="The column “Kunde”, which was to tell customers apart, is not in the file"):
        open_table(written(text, tmp_path), MODEL.schema, answers=Answers(identity="Kunde"))


def test_beside_ids_that_customers_share_another_column_is_tried(tmp_path: Path) -> None:
    text = table("store_id,code,age,income,score", lambda i: f"S{i % 4},K-{i:03},35,{20 + i % 40},{10 + i % 80}", 160)
    found = scored(text, tmp_path)
    assert found.duplicate_ids == 0
    assert "The ids were taken from “code”, judging by its values." in found.notes
    # Its repeats count from now on, those of the stores do not.
    assert scored(f"{text}S9,K-007,35,40,50\n", tmp_path).duplicate_ids == 1
    assert gathered(f"{text}S9,K-007,35,40,50\n", tmp_path).rows == 160


@pytest.mark.parametrize(
    "text",
    [
        # What may be orders is told by the ids that their rows share, so these stay the ids.
        table("buyer_id,no,order date,age,income,score", lambda i: f"c{i % 20},K-{i:03},{i},35,60,70"),
        table("buyer_id,no,when,age,income,score", lambda i: f"c{i % 20},K-{i:03},2024-01-{i % 28 + 1:02},35,60,70"),
    ],
)
def test_orders_are_not_hidden_by_a_column_of_codes(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="look like orders rather than customers"):
        scored(text, tmp_path)


class Unhashed:
    """Ids that are hashed when they must be compared."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def __len__(self) -> int:
        return len(self.names)

    def hashes(self) -> memoryview:
        return memoryview(array("Q", hashed(pl.Series(self.names))))


@pytest.mark.parametrize("at_once", [60, 1_000_000])
def test_distinct_ids_are_hashed_only_to_compare_others_with_them(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "_AT_ONCE", at_once)
    names = [f"C{number}" for number in range(200)]
    ids = DuplicateCounter(most=50)
    for start in range(0, 200, 50):
        ids.add(Unhashed(names[start : start + 50]), distinct=True)
    assert (ids.duplicates(), ids.rows_an_id(), ids.exact) == (0, 1.0, True)
    ids.add(hashed(pl.Series([*names[:20], "D1", "D2"])))
    assert (ids.duplicates(), ids.rows_an_id(), ids.exact) == (20, 222 / 202, True)
    ids.add(Unhashed(["D2", "D3"]))
    assert ids.duplicates() == 21
    # More others than are kept: a share of them stands for all, and is compared with the same share of the distinct.
    ids.add(hashed(pl.Series(names)))
    assert not ids.exact
    assert 221 * 0.5 < ids.duplicates() < 221 * 1.5
    assert 1.5 < ids.rows_an_id() < 2.6
