"""The files that benchmarks draw are scored whole, and processes are measured by themselves."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from reference import sample_trained

from benchmarks.files.drawn import KINDS, draw
from benchmarks.files.processes import Program, Taken, in_turns, middle
from segmentation.scoring.score import score_file

ROWS = 400


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_file_is_scored_without_a_question(name: str, tmp_path: Path) -> None:
    kind, source = KINDS[name], tmp_path / "customers.csv"
    draw(kind, ROWS, source)
    assert source.read_bytes().count(kind.line_end.encode()) == ROWS + 1
    report = score_file(source, tmp_path / "scored.csv", sample_trained().model)
    assert report.rows == ROWS
    assert report.scored >= ROWS - 3
    assert report.rejected > 0 or not kind.ragged_every
    assert report.rejected == 0 or kind.ragged_every or kind.missing


def test_each_process_is_measured_by_its_own_time_and_memory(tmp_path: Path) -> None:
    ballast = bytearray(80 << 20)  # what this process has in memory is not the program's
    ballast[::4096] = bytes(len(ballast) // 4096)
    programs = {
        "small": Program([sys.executable, "-I", "-S", "-c", "print('small')"]),
        "large": Program([sys.executable, "-I", "-S", "-c", "x = b'1' * (60 << 20); print(len(x))"]),
    }
    taken = in_turns(programs, 2, tmp_path)
    assert [len(runs) for runs in taken.values()] == [2, 2]
    assert (tmp_path / "small").read_text() == "small\n"
    assert all(run.peak > 60 for run in taken["large"])
    assert all(run.peak < 60 for run in taken["small"])
    assert all(run.cpu > 0 for runs in taken.values() for run in runs)


def test_a_program_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 3: before"):
        Program([sys.executable, "-I", "-S", "-c", "print('before'); raise SystemExit(3)"]).run(tmp_path / "output")


def test_medians_are_taken_of_times_and_the_highest_of_peaks() -> None:
    assert middle([Taken(1, 4, 10), Taken(3, 2, 30), Taken(2, 3, 20)]) == Taken(2, 3, 30)
