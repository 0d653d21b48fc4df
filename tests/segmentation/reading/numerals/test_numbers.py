"""No number wrong in silence: a column's cells say how its numbers are written, or somebody is asked."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
import pytest
from campaigns import campaign
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference import SHARED
from scoring_cases import hand_made_model

from segmentation.reading.blocks import CleanBlock
from segmentation.reading.encoding import Limits
from segmentation.reading.questions import Answers, Choice, Question
from segmentation.reading.table import Undecided, open_table
from segmentation.reading.training_rows import TrainingRows, read_training_rows
from segmentation.schema import Schema
from segmentation.schema_data import default_schema, load_schema
from segmentation.scoring.score import score_file

CASES = SHARED / "cases"
SHOP = load_schema(CASES / "shop.toml")
HEADER = "id;spent;orders\n"


@dataclass(frozen=True)
class Read:
    values: list[list[float]]
    rows: TrainingRows


def read(
    source: Path, *answers: str, schema: Schema = SHOP, all_cells: bool = True, limits: Limits | None = None
) -> Read:
    parts: list[np.ndarray] = []
    rows = read_training_rows(
        source,
        schema,
        lambda values: values,
        parts.append,
        answers=Answers.parse(answers),
        all_cells=all_cells,
        limits=limits or Limits(),
    )
    return Read([row for part in parts for row in part.tolist()], rows)


def written(text: str, folder: Path) -> Path:
    source = folder / "shop.csv"
    source.write_text(text)
    return source


def column(cells: list[str], folder: Path, *answers: str, delimiter: str = ";") -> Read:
    """Read cells as what was spent."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    rows.writerow(["id", "spent", "orders"])
    rows.writerows([f"C-{i}", cell, 3] for i, cell in enumerate(cells))
    return read(written(text.getvalue(), folder), *answers)


def spent(cells: list[str], folder: Path, *answers: str, delimiter: str = ";") -> list[float]:
    return [values[0] for values in column(cells, folder, *answers, delimiter=delimiter).values]


@pytest.mark.parametrize("name", ["thousands-comma.tsv", "thousands-comma-utf16.tsv", "train-thousands-comma.tsv"])
def test_asks_what_a_comma_before_three_digits_means(name: str) -> None:
    with pytest.raises(Question) as asked:
        read(CASES / "numbers" / name)
    first = "2,168" if name.startswith("train") else "2,288"
    thousands, decimal = asked.value.choices
    assert thousands == Choice("thousands=,", f"{first} means {first.replace(',', '')}")
    assert decimal == Choice("decimal=,", f"{first} means {first.replace(',', '.')}")
    assert "“Total Spent”" in asked.value.asked
    assert "--thousands , or --decimal ," in asked.value.sentence
    assert "--" not in asked.value.asked
    grouped, fractions = (read(CASES / "numbers" / name, choice.key).values for choice in asked.value.choices)
    pairs = [(large, small) for (large, _), (small, _) in zip(grouped, fractions, strict=True)]
    assert all(large in (small, pytest.approx(small * 1000)) for large, small in pairs)
    assert max(grouped) != max(fractions)


def test_a_number_with_both_marks_settles_its_column() -> None:
    found = read(CASES / "numbers" / "cents.tsv")
    assert found.values == [[2288.5, 30], [194, 4], [12450, 5]]
    assert "In the column “Total Spent”, 2,288.50 was read as 2288.5." in found.rows.notes


def test_decimal_commas_in_quotes_are_read() -> None:
    found = read(CASES / "numbers" / "euro-sign-2.csv")
    assert found.values == [[331.24, 1], [2288.5, 26], [2288.5, 1], [2288.123, 1]]


def test_euros_in_a_column_of_dollars_are_refused_with_what_to_write(tmp_path: Path) -> None:
    model = hand_made_model()
    source = written("age;income;score\n1;44,10 €;5\n1;1.104,00 €;5\n", tmp_path)
    score_file(source, tmp_path / "out.csv", model)
    notes = [line.rsplit(";", 1)[-1].strip('"') for line in (tmp_path / "out.csv").read_text().splitlines()[1:]]
    assert notes[0].endswith("write 44,1")
    assert not read(CASES / "numbers" / "euro-sign.csv").values


def test_the_apostrophe_a_spreadsheet_shows_is_undone() -> None:
    found = read(CASES / "text" / "apostrophe-number.csv")
    assert found.values == [[2288, 30], [194, 4]]
    assert any("'2288.00 was read as 2288 $" in note for note in found.rows.notes)


def test_dollars_in_a_column_of_thousands_are_asked_about() -> None:
    source = CASES / "leftout" / "nine-in-ten-with-dollar-signs.csv"
    with pytest.raises(Question) as asked:
        read(source, schema=default_schema())
    divide, leave = asked.value.choices
    assert (divide.key, leave.key) == ("factor.income=0.001", "factor.income=1")
    assert len(read(source, divide.key, schema=default_schema()).values) == 2000
    assert len(read(source, leave.key, schema=default_schema()).values) == 200
    assert read(source, divide.key, schema=default_schema()).values[:2] == [[19, 15, 39], [19, 15, 39]]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["35,5", "1.104"], [35.5, 1104]),
        (["35.5", "1,104"], [35.5, 1104]),
        (["1.234.567", "1.104"], [1234567, 1104]),
        (["12,34,567.00", "1,104"], [1234567, 1104]),
        (["1'234.50", "12'450"], [1234.5, 12450]),
        (["1’234,50", "12’450"], [1234.5, 12450]),
        (["1 234,5", "1.104"], [1234.5]),
        (["1\u00a0234", "12\u202f450", "7"], [1234, 12450, 7]),
        (["0,288", "1,104"], [0.288, 1.104]),
        (["1234,567", "1,104"], [1234.567, 1.104]),
        (["1.5e3", "1.104"], [1500, 1.104]),
        (["$2,288.50", "$194.00"], [2288.5, 194]),
        (["USD 2288.50", "USD 194"], [2288.5, 194]),
        (["$2288.50", "194"], [2288.5, 194]),
        (["2.5k", "3k"], [2500, 3000]),
        (["'2288", "194"], [2288, 194]),
        ([".75", "12.5", "1,104"], [0.75, 12.5, 1104]),
        ([",75", "12,5", "1.104"], [0.75, 12.5, 1104]),
        (["$.75", "$12"], [0.75, 12]),
    ],
)
def test_what_the_cells_settle_is_read(cells: list[str], values: list[float], tmp_path: Path) -> None:
    if len(values) == len(cells):
        assert spent(cells, tmp_path) == [value for value in values if value <= 1_000_000]
    else:
        assert spent(cells, tmp_path)[: len(values)] == values


@pytest.mark.parametrize(
    ("cells", "advice"),
    [
        (["£2,288.50", "£194.00"], ["write 2288.5", "write 194"]),
        (["2.5k", "3000"], ["write 2500"]),
        (["70%", "80%"], ["write 70", "write 80"]),
        (["€44,10", "$44,10"], ["write 44,1", "write 44,1"]),
        (["(60)", "75"], ["outside 0 to 1000000 $; if you mean 60, write 60"]),
        (["(60,5)", "75,25"], ["if you mean 60.5, write 60,5"]),
        (["35 apples", "1.5"], []),
    ],
)
def test_what_does_not_go_with_the_unit_is_refused_with_what_to_write(
    cells: list[str], advice: list[str], tmp_path: Path
) -> None:
    table = open_table(written(HEADER + "".join(f"1;{cell};3\n" for cell in cells), tmp_path), SHOP)
    (block,) = table.blocks()
    notes = table.rows.read(block).rejected["note"].to_list()
    assert len(notes) == max(1, len(advice))
    assert all(note.endswith(end) for note, end in zip(notes, advice, strict=False))


def test_a_column_that_contradicts_itself_loses_the_minority(tmp_path: Path) -> None:
    cells = ["12.5"] * 99 + ["12,5", "1,104", "1.104"]
    table = open_table(written(HEADER + "".join(f"1;{cell};3\n" for cell in cells), tmp_path), SHOP)
    (block,) = table.blocks()
    batch = table.rows.read(block)
    assert batch.rejected["row"].to_list() == [99, 100]
    assert "write 12.5" in batch.rejected["note"][0]
    assert "can mean 1104 or 1.104" in batch.rejected["note"][1]
    assert batch.values["spent"][101] == 1.104


def test_a_column_half_of_which_says_otherwise_loses_what_could_mean_two_numbers(tmp_path: Path) -> None:
    found = column(["12.5", "13.5", "14,5", "1.104", "1,104"], tmp_path)
    assert [values[0] for values in found.values] == [12.5, 13.5]
    assert any("decimal points and decimal commas" in note for note in found.rows.notes)


def test_what_a_ragged_row_has_too_much_is_no_decimal_mark(tmp_path: Path) -> None:
    # Joined to the last cell, the surplus makes "3,9" of it, or "3,900", which could mean two numbers.
    for surplus in ("9", "900"):
        source = written(f"id,spent,orders\nA,12.5,3\nB,13.5,3,{surplus}\nC,14.5,2\n", tmp_path)
        found = read(source)
        assert found.values == [[12.5, 3], [14.5, 2]]
        assert not any("comma" in note for note in found.rows.notes)
    source = written("id,spent,orders,price\nA,2.288,3,1\nB,1.104,4,2,9\n", tmp_path)
    with pytest.raises(Question):
        read(source)


def test_another_column_settles_what_a_column_leaves_open(tmp_path: Path) -> None:
    with_price = "id;spent;orders;price\nA;2.288;3;7,5\nB;1.104;4;8,25\n"
    assert read(written(with_price, tmp_path)).values == [[2288, 3], [1104, 4]]
    with_points = "id;spent;orders;price\nA;2.288;3;7.5\nB;1.104;4;8.25\n"
    assert read(written(with_points, tmp_path)).values == [[2.288, 3], [1.104, 4]]
    for other in ("7.5\nB;1.104;4;8,25", "x1\nB;1.104;4;about 7,5", "\nB;1.104;4;"):
        with pytest.raises(Question):
            read(written(f"id;spent;orders;price\nA;2.288;3;{other}\n", tmp_path))


@pytest.mark.parametrize(
    "cells",
    [
        ("12.05", "03.11", "28.02"),
        ("5.10", "12.12", "30.01"),
        ("14.30", "9.15", "20.45"),
        ("1.2", "1.10", "2.0"),
        ("52.5200", "13.40", "48.137"),
        ("3.14", "", "x"),
    ],
    ids=["days", "days without zeros", "times", "versions", "coordinates", "too few numbers"],
)
@pytest.mark.parametrize("mark", [".", ","])
def test_a_column_that_holds_no_amounts_settles_nothing(tmp_path: Path, mark: str, cells: tuple[str, ...]) -> None:
    text = "id;spent;orders;more\n" + "".join(
        f"{row};{spent.replace('.', mark)};3;{cell.replace('.', mark)}\n"
        for row, (spent, cell) in enumerate(zip(("2.288", "1.104", "12.450"), cells, strict=True))
    )
    with pytest.raises(Question, match="can be read in two ways"):
        read(written(text, tmp_path))


@pytest.mark.parametrize(
    "cells", [("12.05", "3.99", "28.02"), ("14.30", "1.5", "20.45"), ("12.50 €", "7.10 €", "1.00 €")]
)
def test_a_column_of_amounts_settles_how_the_file_writes_numbers(tmp_path: Path, cells: tuple[str, ...]) -> None:
    rows = zip(("2.288", "1.104", "12.450"), cells, strict=True)
    text = "id;spent;orders;price\n" + "".join(f"A;{spent};3;{cell}\n" for spent, cell in rows)
    assert read(written(text, tmp_path)).values == [[2.288, 3], [1.104, 3], [12.45, 3]]


def test_the_bounds_settle_what_only_one_reading_fits(tmp_path: Path) -> None:
    text = "age;income;score\n35;61.125;70\n36;45.250;12\n"
    assert read(written(text, tmp_path), schema=default_schema()).values == [[35, 61.125, 70], [36, 45.25, 12]]


def values_of(source: Path, spent: tuple[float, float], *answers: str) -> list[float | None]:
    """Read what was spent as a model does that learned from the given range."""
    table = open_table(source, SHOP, learned={"spent": spent}, answers=Answers.parse(answers))
    return [value for block in table.blocks() for value in table.rows.read(block).values["spent"]]


@pytest.mark.parametrize(
    ("cells", "learned", "values"),
    [
        (["2,288", "1,047", "2,450"], (1000, 3000), [2288, 1047, 2450]),
        (["2.288", "1.047", "2.450"], (1000, 3000), [2288, 1047, 2450]),
        (["2.288", "1.047", "2.450"], (0.5, 9.75), [2.288, 1.047, 2.45]),
        (["-2.288", "1.047"], (-3000, 3000), None),
        (["2,288", "194", "12,450"], (19.5, 12_450), [2288, 194, 12450]),
        (["2,288 $", "1,047 $"], (1000, 3000), [2288, 1047]),
        (["2,288", "1,047", "2,450"], (1, 3000), None),
        (["2,288", "1,047", "2,450"], (10, 500), None),
        (["2,288", "1,047", "2,450"], (2000, 3000), None),
        (["2,288"] * 98 + ["250,000", "10,000"], (15, 5000), [2288.0] * 98 + [250_000, 10_000]),
        (["2,288"] * 90 + ["250,000"] * 10, (300, 5000), None),
        (["45.000", "38.500", "112.000"], (1, 3263.5), None),  # a list of the best customers, or 45 $ each
        (["450", "380", "45.000"], (1, 3263.5), None),
        (["812.100", "500.250"], (1, 3263.5), [812.1, 500.25]),
    ],
)
def test_what_a_model_learned_from_settles_what_the_bounds_leave_open(
    cells: list[str], learned: tuple[float, float], values: list[float] | None, tmp_path: Path
) -> None:
    source = written(HEADER + "".join(f"1;{cell};3\n" for cell in cells), tmp_path)
    with pytest.raises(Question):
        open_table(source, SHOP)
    if values is None:
        with pytest.raises(Question):
            values_of(source, learned)
    else:
        assert values_of(source, learned) == values
        assert any(f"{cells[0]} was read as" in note for note in open_table(
            source, SHOP, learned={"spent": learned}).remarks)  # fmt: skip


def test_the_files_own_cells_and_an_answer_say_more_than_a_model(tmp_path: Path) -> None:
    source = written(HEADER + "1;2.288;3\n1;1.047;3\n", tmp_path)
    assert values_of(source, (1000, 3000), "decimal=.") == [2.288, 1.047]
    source = written(HEADER + "1;2.288;3\n1;1.5;3\n", tmp_path)
    assert values_of(source, (1000, 3000)) == [2.288, 1.5]
    source = written("id;spent;orders;price\n1;2.288;3;7.95\n", tmp_path)
    assert values_of(source, (1000, 3000)) == [2.288]


def test_scoring_asks_only_what_a_model_that_kept_its_range_leaves_open(tmp_path: Path) -> None:
    model, target = hand_made_model(), tmp_path / "out.csv"
    source = written("age;income;score\n35;1.000;70\n", tmp_path)
    with pytest.raises(Question):
        score_file(source, target, model)
    with pytest.raises(Question):
        score_file(source, target, replace(model, seen=((0.5, 1000.0), (1.0, 99.0))))
    report = score_file(source, target, replace(model, seen=((20.0, 1000.0), (1.0, 99.0))))
    assert "In the column “income”, 1.000 was read as 1000." in report.notes
    assert report.profiles["Target"]["income"] == 1000


def test_an_answer_decides_only_what_is_doubtful(tmp_path: Path) -> None:
    assert spent(["2.288", "1.104"], tmp_path, "decimal=.") == [2.288, 1.104]
    assert spent(["2.288", "1.104"], tmp_path, "thousands=.") == [2288, 1104]
    assert spent(["2.5", "1.104"], tmp_path, "decimal=,") == [2.5, 1.104]


@pytest.mark.parametrize("cells", [("US$2288.50", "C$380"), ("$5", "5 USD", "AUD 7"), ("A$2288.50", "5", "6 CAD")])
def test_two_currencies_with_one_sign_are_not_read_alike(tmp_path: Path, cells: tuple[str, ...]) -> None:
    assert spent(list(cells), tmp_path) == [float(cell) for cell in cells if cell.isdigit()]


@pytest.mark.parametrize("cells", [("US$2288.50", "$380", "USD 7"), ("A$5", "5 $", "AUD 7")])
def test_one_currency_may_be_written_in_several_ways(tmp_path: Path, cells: tuple[str, ...]) -> None:
    assert len(spent(list(cells), tmp_path)) == len(cells)


def test_a_factor_is_applied_and_stated(tmp_path: Path) -> None:
    found = column(["229", "2"], tmp_path, "factor.spent=0.01")
    assert [values[0] for values in found.values] == [2.29, 0.02]
    assert "In the column “spent”, every number was divided by 100, as you said." in found.rows.notes
    assert spent(["0,29", "0,5"], tmp_path, "factor.spent=100") == [29, 50]


def test_a_file_that_begins_plainly_is_looked_at_whole_when_it_does_not_go_on_so(tmp_path: Path) -> None:
    model, limits = hand_made_model(), Limits(block_bytes=64)
    plain = "age;income;score\n" + "35;60;70\n" * 20
    source, target = written(f"{plain}35;60,5;70\n", tmp_path), tmp_path / "out.csv"
    with pytest.raises(Undecided):
        read(source, schema=model.schema, all_cells=False, limits=limits)
    assert score_file(source, target, model, limits=limits).scored == 21
    assert target.read_text().splitlines()[-1].startswith("35;60,5;70;")
    source = written(f"{plain}35;1.000;70\n", tmp_path)
    with pytest.raises(Question):
        score_file(source, tmp_path / "other.csv", model, limits=limits)
    assert not (tmp_path / "other.csv").exists()


# How the same number is written in twelve places: the mark before fractions and the one that groups digits by three.
FORMS = {
    "plain": (".", ""),
    "United States": (".", ","),
    "Switzerland": (".", "'"),
    "Liechtenstein": (".", "’"),
    "Mexico": (".", " "),
    "India": (".", "lakh"),
    "Germany": (",", "."),
    "Austria": (",", " "),
    "France": (",", "\u202f"),
    "Norway": (",", "\u00a0"),
    "Bulgaria": (",", ""),
    "Italy": (",", "’"),
}


def write_number(thousandths: int, digits: int, decimal: str, group: str) -> str:
    """Write a number of thousandths with so many digits after the mark."""
    whole, rest = divmod(abs(thousandths), 1000)
    text = str(whole)
    if group == "lakh":
        head, tail = text[:-3], text[-3:]
        parts = [head[max(0, i - 2) : i] for i in range(len(head), 0, -2)][::-1]
        text = ",".join([*parts, tail])
    elif group:
        text = f"{whole:,}".replace(",", group)
    return text + (f"{decimal}{rest:03d}"[: digits + 1] if digits else "")


@st.composite
def shop_files(draw: st.DrawFn) -> tuple[str, list[tuple[float, float, float]]]:
    """Draw a file in one country's form, some of its columns ungrouped, and the numbers its author meant.

    Some files are long enough, and plain enough, for Polars to split them as numbers.
    """
    decimal, group = FORMS[draw(st.sampled_from(sorted(FORMS)))]
    delimiter = draw(st.sampled_from(",;\t|"))
    quoting: Literal[0, 1] = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    groups = [draw(st.sampled_from([group, group, ""])) for _ in range(3)]
    digits = [draw(st.sampled_from([0, 0, 1, 2, 3])) for _ in range(3)]
    sign = draw(st.sampled_from(["", "", "", "$", "€"]))
    largest = [999_999_999, 1_000_000, 99_999_999]
    meant, text = [], io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\n")
    writer.writerow(["id", "spent", "orders", "price"])
    # Drawn one by one, many numbers would take Hypothesis long.
    chance = draw(st.randoms(use_true_random=False)) if draw(st.booleans()) else None
    for row in range(draw(st.integers(1, 8)) if chance is None else 40):
        numbers, cells = [], [f"C-{row}"]
        for limit, group_here, count in zip(largest, groups, digits, strict=True):
            places = 10 ** (3 - count)
            number = draw(st.integers(0, limit)) if chance is None else chance.randint(0, limit)
            number = number // places * places
            numbers.append(number / 1000)
            cells.append(write_number(number, count, decimal, group_here))
        cells[1] = sign + cells[1]
        meant.append((numbers[0], numbers[1], numbers[2]))
        writer.writerow(cells)
    return text.getvalue(), meant


def read_as_scoring_does(source: Path) -> list[tuple[float | None, ...]]:
    """Read a file's values by its beginning alone if that is enough, else after a look at all its cells."""
    found: list[list[tuple[float | None, ...]]] = []
    for all_cells in (False, True):
        table = open_table(source, SHOP, all_cells=all_cells)
        with suppress(Undecided):
            found.append([row for block in table.blocks() for row in table.rows.read(block).values.iter_rows()])
    assert all(values == found[-1] for values in found)
    return found[-1]


@settings(max_examples=campaign(40, 3000), deadline=None, suppress_health_check=list(HealthCheck))
@given(shop_files())
def test_an_accepted_number_is_the_one_that_was_meant_or_somebody_is_asked(
    tmp_path_factory: pytest.TempPathFactory, drawn: tuple[str, list[tuple[float, float, float]]]
) -> None:
    text, meant = drawn
    source = written(text, tmp_path_factory.mktemp("shop"))
    try:
        values = read_as_scoring_does(source)
    except Question:
        return
    assert len(values) == len(meant)
    for got, (spent_meant, orders_meant, _) in zip(values, meant, strict=True):
        assert got[0] is None or got[0] == pytest.approx(spent_meant)
        assert got[1] is None or got[1] == pytest.approx(orders_meant)


@pytest.mark.parametrize(("country", "kinds"), [("plain", {pl.Float64, pl.Int32}), ("Bulgaria", {pl.String, pl.Int32})])
def test_numbers_of_a_plain_file_take_the_fast_path(country: str, kinds: set[object], tmp_path: Path) -> None:
    decimal, group = FORMS[country]
    rows = [f"{n};{write_number(n * 12_340, 2, decimal, group)};{n}" for n in range(40)]
    table = open_table(written("id;spent;orders\n" + "\n".join(rows) + "\n", tmp_path), SHOP)
    (block,) = table.blocks()
    assert isinstance(block, CleanBlock)
    assert set(table.rows._types(block, pl.Series(rows)).values()) == kinds
    assert table.rows.read(block).values["spent"].to_list() == pytest.approx([n * 12.34 for n in range(40)])
