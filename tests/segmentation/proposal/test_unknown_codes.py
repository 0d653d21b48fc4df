"""Numbers that stand for "not known" are told from those that measure, and the way out is said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from customer_files import as_csv

from segmentation.proposal.columns.unknown_codes import UnknownCode, unknown_code
from segmentation.proposal.look import look_at
from segmentation.proposal.propose import Choice, Use, propose

SCALE = [float(i % 11) for i in range(190)]
SPENT = [float(i * i % 987) / 10 for i in range(190)]


@pytest.mark.parametrize("code", [99.0, 999.0, 99999.0, -1.0, -9.0, -99.0, -999.0])
def test_a_code_out_of_the_others_reach_stands_for_not_known(code: float) -> None:
    assert unknown_code(pl.Series([None, *SCALE, *[code] * 10])) == UnknownCode(code, 0.05)


@pytest.mark.parametrize(
    "values",
    [
        SCALE,
        [*SCALE, 999.0],
        [*SCALE, *[999.0] * 4],
        # Several, but hardly any of so many customers.
        [*SCALE * 10, *[999.0] * 10],
        # No code is written like this.
        [*SCALE, *[1000.0] * 10],
        [*SCALE, *[-2.0] * 10],
        # Others are as far apart, or negative as well.
        [*SPENT, *[99.0] * 10],
        [*SPENT, 600.0, *[999.0] * 10],
        [*SCALE, -0.5, *[-1.0] * 10],
        [*SCALE, -7.0, *[99.0] * 10],
        [999.0] * 20,
        [-1.0] * 20,
        [],
        [None, None],
    ],
)
def test_other_numbers_measure(values: Sequence[float | None]) -> None:
    assert unknown_code(pl.Series(values, dtype=pl.Float64)) is None


def choices(folder: Path, code: str, times: int = 50) -> dict[str, Choice]:
    path = folder / "file.csv"
    nps = [code if i < times else str(i % 11) for i in range(200)]
    path.write_text(as_csv({"id": range(200), "spent": [f"{1 + i * i % 97}.50" for i in range(200)], "NPS": nps}))
    return {choice.column.name: choice for choice in propose(look_at(path), "shop").choices}


@pytest.mark.parametrize("code", ["999", "-1", "999.0"])
def test_a_column_with_such_a_code_is_left_out_and_the_way_to_use_it_said(code: str, tmp_path: Path) -> None:
    found = choices(tmp_path, code)
    assert found["spent"].use is Use.CLUSTER
    assert found["NPS"].use is Use.LEFT_OUT
    assert found["NPS"].reason == (
        f"25% of its cells hold {float(code):g}, which seems to stand for “not known”; empty these cells to use it"
    )


def test_a_column_with_empty_cells_instead_is_used(tmp_path: Path) -> None:
    assert choices(tmp_path, "")["NPS"].use is Use.PROFILE


def test_a_column_that_is_mostly_the_code_describes_and_the_code_is_said(tmp_path: Path) -> None:
    nps = choices(tmp_path, "-1", times=160)["NPS"]
    assert nps.use is Use.PROFILE
    said = "80% of its cells hold the same value; 80% of its cells hold -1, which seems to stand for “not known”"
    assert said in nps.reason
