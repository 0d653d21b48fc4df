"""Subtotals such as "Germany Total": told from customers by their numbers, in the file's order, in bounded memory."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest
from campaigns import campaign
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import SHARED
from scoring_cases import hand_made_model

from segmentation.reading.encoding import Limits
from segmentation.reading.numerals.subtotals import Group, RunningSums, Written
from segmentation.reading.table import Undecided, open_table
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.score import score_file
from segmentation.training.points.dataset import gather_file

MODEL = hand_made_model()
HEADER = "name,income,score\n"
GERMANY = "Ann,60,70\nBob,26.5,79\nCem,41,20\n"  # together 127.5 and 169, on average 42.5 and 56.33
FRANCE = "Dan,50,10\nEve,80,30\n"


def scored(text: str, folder: Path, limits: Limits | None = None) -> tuple[list[dict[str, str]], ScoreReport]:
    source, target = folder / "in.csv", folder / "out.csv"
    source.write_text(text, encoding="utf-8")
    report = score_file(source, target, MODEL, limits=limits or Limits())
    result = target.read_bytes().decode("utf-8-sig")
    delimiter = ";" if ";" in text.splitlines()[0] else ","
    return list(csv.DictReader(io.StringIO(result, newline=""), delimiter=delimiter, strict=True)), report


def totals_of(text: str, folder: Path, limits: Limits | None = None) -> list[str]:
    """Return the names of the rows that were listed as totals."""
    rows, report = scored(text, folder, limits)
    found = [next(iter(row.values())) for row in rows if row["note"].endswith("this is a totals row, not a customer")]
    assert sum(kind.rows for kind in report.other_rows) == len(found)
    assert report.rows == len(rows) - len(found)
    return found


LABELS = [
    "Germany Total", "Total Germany", "Subtotal: Germany", "Total for Germany", "GERMANY - TOTAL", "Germany Average",
    "Summe Deutschland", "Zwischensumme: Deutschland", "Total Allemagne", "Sous-total Allemagne", "Total de Alemania",
    "Totale Germania", "Média Alemanha", "Totaal Duitsland", "Summa Tyskland", "Yhteensä Saksa", "Razem Niemcy",
    "Celkem Německo", "Spolu Nemecko", "Németország összesen", "Almanya Toplam", "Σύνολο Γερμανία", "Итого по Германии",
    "Германия итог", "Разом Німеччина", "Общо Германия", "Ukupno Njemačka", "ドイツ合計", "ドイツ 小計", "合计：德国",
    "德国合计", "독일 합계", "독일합계", "المجموع ألمانيا", 'סה"כ גרמניה', "Tổng cộng Đức", "Jumlah Jerman",
    "รวมทั้งสิ้น เยอรมนี",
]  # fmt: skip


@pytest.mark.parametrize("numbers", ["127.5,169", "42.5,56.33"])
def test_subtotals_are_known_in_the_languages_of_totals(numbers: str, tmp_path: Path) -> None:
    quoted = ['"' + label.replace('"', '""') + '"' for label in LABELS]
    text = HEADER + "".join(f"{GERMANY}{label},{numbers}\n" for label in quoted)
    assert totals_of(text, tmp_path) == LABELS


@pytest.mark.parametrize(
    "numbers",
    ["127.5,168", "126,169", "127.5,79", "127.5,56", "60,70", "26.5,79", "41,20", "42.5,", ",56", ",169.5", "90,90",
     "0,0", ",", "x,169", "1275,169"],
)  # fmt: skip
def test_a_customer_whose_name_holds_such_a_word_has_numbers_of_its_own(numbers: str, tmp_path: Path) -> None:
    expected = ["Total Wine"] if numbers in {"127.5,56", "x,169"} else []
    assert totals_of(f"{HEADER}{GERMANY}Total Wine,{numbers}\n", tmp_path) == expected


@pytest.mark.parametrize(
    "numbers", ["127.5,169", "127.50,169.00", "128,169", "127.5,56.3", "42.5,56.3333", "43,56", ",169", ",56.333"]
)
def test_a_subtotal_may_add_up_or_average_and_be_rounded(numbers: str, tmp_path: Path) -> None:
    assert totals_of(f"{HEADER}{GERMANY}Germany Total,{numbers}\n", tmp_path) == ["Germany Total"]


def test_each_subtotal_adds_up_the_rows_since_the_last_one(tmp_path: Path) -> None:
    text = f"{HEADER}{GERMANY}Germany Total,127.5,169\n{FRANCE}France Total,130,40\nTotal Wine,60,50\n"
    assert totals_of(text, tmp_path) == ["Germany Total", "France Total"]
    text = f"{HEADER}{GERMANY}Zwischensumme,127.5,169\n{FRANCE}France Total,130,40\n"
    assert totals_of(text, tmp_path) == ["Zwischensumme", "France Total"]


def test_a_subtotal_may_add_up_subtotals(tmp_path: Path) -> None:
    text = (
        f"{HEADER}{GERMANY}Germany Total,127.5,169\nGermany Average,42.5,56.33\n{FRANCE}France Total,130,40\n"
        "Europe Total,257.5,209\nFay,20,20\nPeru Total,20,20\nAmerica Total,20,20\nWorld Total,277.5,229\n"
        "Grand Total,277.5,229\n"
    )
    labels = ["Germany Total", "Germany Average", "France Total", "Europe Total", "Peru Total", "America Total",
              "World Total", "Grand Total"]  # fmt: skip
    assert totals_of(text, tmp_path) == labels


def test_refused_rows_are_added_up_as_a_spreadsheet_does(tmp_path: Path) -> None:
    text = f"{HEADER}Ann,60,\nBob,26.5,\nCem,n/a,20\nGermany Total,86.5,20\n"
    rows, report = scored(text, tmp_path)
    assert [row["name"] for row in rows if "totals row" in row["note"]] == ["Germany Total"]
    assert (report.rows, report.scored, report.rejected) == (3, 0, 3)


def test_decimal_commas_and_money_are_added_up(tmp_path: Path) -> None:
    text = "name;income;score\nAnn;60,5 k$;70\nBob;26,5 k$;79\nSumme Nord;87,0 k$;149\nTotal Wine;61,5 k$;70\n"
    assert totals_of(text, tmp_path) == ["Summe Nord"]


def test_the_label_may_stand_in_the_first_filled_cell(tmp_path: Path) -> None:
    text = "id,region,income,score\n1,Nord,60,70\n2,Nord,26.5,79\n,Nord Total,86.5,149\n3,Total Wine,40,50\n"
    rows, report = scored(text, tmp_path)
    assert (report.rows, [kind.lines for kind in report.other_rows]) == (3, [(4,)])
    assert rows[3]["segment"]


@pytest.mark.parametrize(("numbers", "listed"), [("86.5,149", True), ("60,50", False)])
@pytest.mark.parametrize("more", ["C-3,", "3,Paris"])
def test_a_bare_total_with_an_id_is_a_customer_unless_it_adds_up_the_rows_above(
    numbers: str, more: str, *, listed: bool, tmp_path: Path
) -> None:
    text = f"name,income,score,id,city\nAnn,60,70,C-1,Bonn\nBob,26.5,79,C-2,Bern\nTotal,{numbers},{more}\n"
    assert totals_of(text, tmp_path) == (["Total"] if listed else [])


@pytest.mark.parametrize("size", [16, 64])
def test_where_the_file_is_cut_into_blocks_makes_no_difference_to_subtotals(size: int, tmp_path: Path) -> None:
    text = f'{HEADER}{GERMANY}Germany Total,127.5,169\n,,\n{FRANCE}"France, Total",130,40\nTotal Wine,60,50\n'
    expected, limits = scored(text, tmp_path)[0], Limits(block_bytes=size, block_rows=2)
    assert scored(text, tmp_path, limits)[0] == expected
    assert [row["name"] for row in expected if not row["segment"]] == ["Germany Total", "France, Total"]


def test_a_file_is_read_in_one_pass_until_a_row_needs_those_above(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(f"{HEADER}{GERMANY}Germany Total,127.5,169\n")
    table = open_table(source, MODEL.schema, all_cells=False)
    with pytest.raises(Undecided):
        [table.rows.read(block) for block in table.blocks()]
    source.write_text(f"{HEADER}{GERMANY}")
    table = open_table(source, MODEL.schema, all_cells=False)
    assert sum(table.rows.read(block).rows for block in table.blocks()) == 3


def test_a_model_is_not_trained_on_subtotals(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    rows = "Ann,60,10\nBob,26.5,20\nCem,41,30\nGermany Total,127.5,60\nDan,50,10\nEve,80,30\nTotal France,65,20\n"
    source.write_text(HEADER + rows)
    found = gather_file(source, MODEL.schema)
    assert found.rows == 5
    assert sorted(found.data.points[:, 1].tolist()) == [26.5, 41, 50, 60, 80]


def test_the_shared_report_has_no_totals_but_its_own(tmp_path: Path) -> None:
    source = SHARED / "data" / "Mall_Customers.csv"
    if not source.exists():
        pytest.skip("the reference data are not beside the project")
    score_file(source, tmp_path / "out.csv", MODEL)
    assert "totals row" not in (tmp_path / "out.csv").read_text()


def test_a_row_that_repeats_the_only_one_above_it_is_a_customer(tmp_path: Path) -> None:
    assert totals_of(f"{HEADER}Ann,60,70\nTotal Wine,60,70\n{FRANCE}", tmp_path) == []


@settings(max_examples=campaign(15, 600), deadline=None)
@given(st.lists(st.integers(2, 6), min_size=1, max_size=6), st.integers(0, 2**32))
def test_all_subtotals_of_a_report_are_found_and_none_of_its_customers(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], seed: int
) -> None:
    choice, lines, labels = random.Random(seed), [], []  # noqa: S311 - nothing secret
    for number, size in enumerate(sizes):
        group = [(choice.randint(1, 1199), choice.randint(1, 99)) for _ in range(size)]
        names = [choice.choice(["Ann", "Total Wine", "Media Markt"]) for _ in group]
        lines += [f"{name},{tenths / 10},{score}" for name, (tenths, score) in zip(names, group, strict=True)]
        labels.append(f"Region {number} Total")
        lines.append(f"{labels[-1]},{sum(tenths for tenths, _ in group) / 10},{sum(score for _, score in group)}")
    text = "\n".join([HEADER.strip(), *lines, ""])
    assert totals_of(text, tmp_path_factory.mktemp("report")) == labels


def test_few_sums_are_kept_of_however_many_groups() -> None:
    sums = RunningSums(1)
    assert not sums.adds_up([Written(50.0, 0.5)])
    for _ in range(2000):
        sums.add(Group((50.0,), (3,)))
        sums.close()
        sums.close()
    assert len(sums._closed) == 500
    assert sums.adds_up([Written(100_000.0, 0.5)])
    assert sums.adds_up([Written(100_000.0, 0.5)])
    assert not sums.adds_up([Written(50.0, 0.5)])
    assert not sums.adds_up([None])
