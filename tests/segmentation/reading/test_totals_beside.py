"""Totals whose label does not begin their row: told by their numbers, or by the id that they lack."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from scoring_cases import hand_made_model

from segmentation.reading.encoding import Limits
from segmentation.scoring.score import score_file
from segmentation.training.points.dataset import gather_file

MODEL = hand_made_model()
NORTH = ["North,Ann,60,70", "North,Bob,26.5,79", "North,Cem,41,20"]  # together 127.5 and 169
SOUTH = ["South,Dan,50,10", "South,Eve,80,30"]


def totals_of(header: str, rows: list[str], folder: Path, limits: Limits | None = None) -> list[int]:
    """Return which rows, counted from 0, were listed as totals; all others must be customers."""
    source, target = folder / "in.csv", folder / "out.csv"
    source.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    report = score_file(source, target, MODEL, limits=limits or Limits())
    found = list(csv.DictReader(io.StringIO(target.read_bytes().decode("utf-8-sig"), newline=""), strict=True))
    totals = [at for at, row in enumerate(found) if row["note"].endswith("this is a totals row, not a customer")]
    assert report.rows == len(rows) - len(totals)
    assert sum(kind.rows for kind in report.other_rows) == len(totals)
    return totals


@pytest.mark.parametrize("label", ["Total", "TOTAL:", "Sum", "Summe", "Total (3)", "Итого", "合計"])
@pytest.mark.parametrize("size", [Limits(), Limits(block_bytes=32, block_rows=2)], ids=["whole", "in blocks"])
def test_a_label_in_the_second_column_is_a_totals_if_its_numbers_add_up(
    label: str, size: Limits, tmp_path: Path
) -> None:
    rows = [*NORTH, f"North,{label},127.5,169", *SOUTH, f"South,{label},130,40", f"All,{label},257.5,209"]
    assert totals_of("region,name,income,score", rows, tmp_path, size) == [3, 6, 7]


@pytest.mark.parametrize(
    "row", ["North,Total,60,70", "North,Total,127.5,20", "North,Total Energies,127.5,168", "FR,Total,90,50"]
)
def test_a_customer_called_total_in_the_second_column_has_numbers_of_its_own(row: str, tmp_path: Path) -> None:
    assert totals_of("region,name,income,score", [*NORTH, row], tmp_path) == []
    assert totals_of("id,name,income,score", [*(f"C-{row}" for row in NORTH), f"C-{row}"], tmp_path) == []


def test_a_name_that_only_holds_the_word_is_a_customers_even_if_its_numbers_add_up(tmp_path: Path) -> None:
    assert totals_of("region,name,income,score", [*NORTH, "North,Total Energies,127.5,169"], tmp_path) == []


def test_a_row_without_the_id_that_others_have_is_a_total_whatever_its_numbers(tmp_path: Path) -> None:
    rows = ["North,C-1,Ann,60,70", "North,C-2,Bob,26.5,79", "North,,Total,55,66", "North,C-3,Total,55,66"]
    assert totals_of("region,id,name,income,score", rows, tmp_path) == [2]
    assert totals_of("region,name,income,score,id", ["a,Ann,6,7,1", "a,Total,55,66,", "a,Total,9,9,2"], tmp_path) == [1]
    # Texts of somebody's own make it a customer whose id was forgotten.
    assert totals_of("region,id,name,city,income,score", ["North,,Total,Paris,55,66"], tmp_path) == []


def test_a_label_that_nobody_has_for_an_id_settles_it(tmp_path: Path) -> None:
    rows = ["North,C-1,60,70", "North,Grand Total,55,66", "North,Total,55,66"]
    assert totals_of("region,id,income,score", rows, tmp_path) == [1]


def test_a_total_with_the_number_of_its_row_or_a_constant_id_is_known_by_its_sums(tmp_path: Path) -> None:
    rows = ["1,Ann,60,70", "2,Bob,26.5,79", "3,Total,86.5,149", "4,Total,60,50"]
    assert totals_of("row,name,income,score", rows, tmp_path) == [2]
    assert totals_of("id,name,income,score", [f"7{row[1:]}" for row in rows], tmp_path) == [2]


def test_kinds_of_customers_that_are_called_average_are_customers(tmp_path: Path) -> None:
    rows = ["a,average,50,50", "b,average,50,50", "c,average,50,50", "d,mean,50,50", "e,top,40,60", "f,average,45,55"]
    assert totals_of("name,tier,income,score", rows, tmp_path) == []
    # Decimals that are the rows' average to the last digit are so beyond chance.
    rows = ["North,a,60.25,70.5", "North,b,26.5,79.25", "North,average,43.375,74.875"]
    assert totals_of("region,name,income,score", rows, tmp_path) == [2]


def test_a_label_in_very_many_rows_is_a_kind_of_customer(tmp_path: Path) -> None:
    rows = [f"c{at},total,{20.25 + at % 37},{10.5 + at % 29}" for at in range(600)]
    rows[2] = "c2,total,41.5,22.0"  # the sum of the two above
    assert totals_of("name,cover,income,score", rows, tmp_path) == []
    assert totals_of("name,cover,income,score", rows[:400], tmp_path) == [2]


def test_a_model_is_not_trained_on_them(tmp_path: Path) -> None:
    source = tmp_path / "train.csv"
    rows = [row.replace("70", "10").replace("79", "20") for row in NORTH]
    source.write_text("\n".join(["region,name,income,score", *rows, "North,Total,127.5,50", ""]))
    assert gather_file(source, MODEL.schema).rows == 3


@pytest.mark.parametrize("size", [Limits(), Limits(block_bytes=32, block_rows=2)], ids=["whole", "in blocks"])
def test_a_label_in_the_place_of_a_number_is_a_totals_if_the_others_add_up(size: Limits, tmp_path: Path) -> None:
    for north in ("North", '"North"'):  # a quote has the rows read record by record
        rows = [f"{north},31,60,70", f"{north},32,26.5,79", f"{north},Total,86.5,149", "South,33,41,20"]
        assert totals_of("region,age,income,score", [*rows, "All,Sum (3),127.5,169"], tmp_path, size) == [2, 4]


def test_a_label_in_the_place_of_a_number_is_a_totals_if_the_row_lacks_an_id(tmp_path: Path) -> None:
    rows = ["North,C-1,31,60,70", "North,C-2,32,26.5,79", "North,,Average,55,66"]
    assert totals_of("region,id,age,income,score", rows, tmp_path) == [2]


def test_a_label_in_the_place_of_a_number_alone_is_a_bad_cell(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("id,age,income,score\nC-1,31,60,70\nC-2,32,26,79\nC-3,Total,60,70\n")
    report = score_file(source, tmp_path / "out.csv", MODEL)
    assert (report.rows, report.scored, report.rejected) == (3, 2, 1)
    assert not report.other_rows
    assert "Age is not a plain number: “Total”" in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
