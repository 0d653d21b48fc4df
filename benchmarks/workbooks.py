"""A workbook of 200,000 customers: read and scored, against calamine's own reading of it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import python_calamine
import xlsxwriter

from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.trained_sample import TrainedSample
from benchmarks.turns import timed
from segmentation.reading.spreadsheet.xlsx import opened_xlsx
from segmentation.scoring.score import score_file
from segmentation.training.sample import sample_customers

_ROWS: Final = 200_000
_QUICK_ROWS: Final = 20_000
_SHEET: Final = "Customers"


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Time reading alone and scoring, xlsx in and xlsx out."""
    rows = _QUICK_ROWS if quick else _ROWS
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name, "customers.xlsx"), Path(name, "scored.xlsx")
        _write(source, rows)
        seconds = timed(
            {
                "calamine": lambda: _read_by_calamine(source),
                "reading": lambda: _read(source),
                "scoring": lambda: score_file(source, target, sample.trained.model),
            },
            rounds=2 if quick else 3,
        )
    best = {name: min(times) for name, times in seconds.items()}
    return Section(
        f"workbooks: {rows:,} customers in an xlsx workbook of five columns, against calamine",
        f"Best of {len(seconds['calamine'])} rounds in turns.",
        tuple(Measurement(name, {"s": value}) for name, value in best.items()),
        (
            Figure(
                "reading rows with formats / calamine's reading",
                best["reading"] / best["calamine"],
                "×",
                Goal.most(1.5),
            ),
            Figure("scoring, xlsx in and xlsx out / calamine's reading", best["scoring"] / best["calamine"], "×"),
        ),
    )


def _read(source: Path) -> int:
    with opened_xlsx(source) as workbook:
        return sum(len(row.cells) for row in workbook.rows(_SHEET))


def _read_by_calamine(source: Path) -> int:
    with python_calamine.load_workbook(source) as workbook:
        return sum(map(len, workbook.get_sheet_by_name(_SHEET).iter_rows()))


def _write(target: Path, rows: int) -> None:
    customers = sample_customers()
    with xlsxwriter.Workbook(str(target), {"constant_memory": True}) as book:
        sheet = book.add_worksheet(_SHEET)
        sheet.write_row(0, 0, ["id", "name", "age", "income", "score"])
        for row in range(1, rows + 1):
            sheet.write_row(row, 0, [f"C{row}", f"Customer {row}", *customers[row % len(customers)].tolist()])
