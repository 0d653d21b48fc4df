"""Workbooks of 200,000 customers: read as text tables and scored, against calamine's own reading of them.

Calamine's own reading is python-calamine's `to_python`, every cell as a Python value, in the same process. One workbook
has its texts in the cells, as xlsxwriter writes row by row; the other in the table of texts, as Excel does, and dates.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import process_time
from typing import Final

import python_calamine
import xlsxwriter

from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.trained_sample import TrainedSample
from benchmarks.turns import timed
from segmentation.reading.source import opened_source
from segmentation.reading.table import DEFAULT_LIMITS
from segmentation.schema import Schema
from segmentation.scoring.score import score_file
from segmentation.training.samples.mall import sample_customers

_ROWS: Final = 200_000
_QUICK_ROWS: Final = 20_000
_SEED: Final = 20_261_127
_SHEET: Final = "Customers"


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Time reading both workbooks, and scoring one, xlsx in and xlsx out."""
    rows, rounds = (_QUICK_ROWS, 1) if quick else (_ROWS, 3)
    schema = sample.trained.model.schema
    with tempfile.TemporaryDirectory() as name:
        inline, shared, target = (Path(name, f"{kind}.xlsx") for kind in ("inline", "shared", "scored"))
        _write(inline, rows, shared=False)
        _write(shared, rows, shared=True)
        taken = timed(
            {
                "calamine, texts in cells": lambda: _read_by_calamine(inline),
                "segbot, texts in cells": lambda: _read(inline, schema),
                "calamine, a table of texts": lambda: _read_by_calamine(shared),
                "segbot, a table of texts": lambda: _read(shared, schema),
            },
            rounds=rounds,
            clock=process_time,
        )
        started = process_time()
        score_file(inline, target, sample.trained.model)
        taken["scoring, xlsx in and out"] = [process_time() - started]
    best = {name: min(times) for name, times in taken.items()}
    return Section(
        f"workbooks: {rows:,} customers in an xlsx workbook of 5 columns, against calamine's reading of every cell",
        f"CPU time, best of {rounds} rounds in turns, in one process; scoring once.",
        tuple(Measurement(name, {"CPU s": value}) for name, value in best.items()),
        (
            *(
                Figure(
                    f"{rows:,} rows, {form}: a sheet to a text table, formats and errors included / calamine's reading",
                    best[f"segbot, {form}"] / best[f"calamine, {form}"],
                    "×",
                    Goal.most(1.5),
                )
                for form in ("texts in cells", "a table of texts")
            ),
            Figure(
                "scoring, xlsx in and out / calamine's reading",
                best["scoring, xlsx in and out"] / best["calamine, texts in cells"],
                "×",
            ),
        ),
    )


def _read(source: Path, schema: Schema) -> int:
    with opened_source(source, schema, limits=DEFAULT_LIMITS) as opened:
        return opened.text.stat().st_size


def _read_by_calamine(source: Path) -> int:
    with python_calamine.load_workbook(source) as workbook:
        return len(workbook.get_sheet_by_name(_SHEET).to_python())


def _write(target: Path, rows: int, *, shared: bool) -> None:
    customers = sample_customers(seed=_SEED)
    with xlsxwriter.Workbook(str(target), {"constant_memory": not shared}) as book:
        sheet, dates = book.add_worksheet(_SHEET), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["id", "joined" if shared else "name", "age", "income", "score"])
        for row in range(1, rows + 1):
            age, income, score = customers[row % len(customers)].tolist()
            sheet.write_string(row, 0, f"C{row}")
            if shared:
                sheet.write_number(row, 1, 45_000 + row % 900, dates)
            else:
                sheet.write_string(row, 1, f"Customer {row}")
            sheet.write_row(row, 2, [age, income + row % 10 / 10, score])
