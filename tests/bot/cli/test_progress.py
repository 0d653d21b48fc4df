"""Progress on a terminal, and silence elsewhere."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from bot.cli.progress import Pace, lines_in, progress, steps


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_is_silent_where_nobody_watches() -> None:
    stream = io.StringIO()
    with progress("Scoring", stream) as advance:
        advance("Reading")
        advance(1_000_000)
    assert stream.getvalue() == ""


def test_shows_what_is_going_on_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm")  # rich moves no cursor about on a terminal that cannot
    with progress("Scoring", stream) as advance:
        advance(1_000_000)
        advance("Reading")
    assert "Scoring" in stream.getvalue()


def test_says_share_speed_and_time_left() -> None:
    now = [100.0]
    pace = Pace(4_000_000, lambda: now[0])
    assert pace.text(0) == "0 rows"
    # Too early for a speed.
    assert pace.text(40_000) == "1% · 40,000 rows"
    now[0] = 104.0
    assert pace.text(1_000_000) == "25% · 1,000,000 rows · 250,000 rows/s · about 12 s left"
    now[0] = 500.0
    assert pace.text(2_000_000) == "50% · 2,000,000 rows · 5,000 rows/s · about 7 min left"
    # The total is a guess: nothing is finished before it is finished.
    assert pace.text(5_000_000) == "99% · 5,000,000 rows · 12,000 rows/s · about 4 s left"


def test_without_a_total_it_says_rows_and_speed() -> None:
    now = [0.0]
    pace = Pace(None, lambda: now[0])
    now[0] = 2.0
    assert pace.text(9) == "9 rows · 4 rows/s"


def test_guesses_the_rows_of_a_large_file_and_counts_a_small_one(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_text("a,b\n1,2\n3,4\n")
    # Lines grow along the file, as ids do.
    large.write_text("id,x\n" + "".join(f"{i},{'7' * (1 + i // 20_000)}\n" for i in range(200_000)))
    assert lines_in(small) == 2
    guess = lines_in(large)
    assert guess is not None
    assert abs(guess / 200_000 - 1) < 0.05


@pytest.mark.parametrize("data", [b"", b"no line end", gzip.compress(b"a\n1\n", mtime=0), b"PK\x03\x04\n\n"])
def test_guesses_nothing_of_what_is_no_text_of_lines(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(data)
    assert lines_in(file) is None


def test_shows_the_share_of_the_files_rows_at_a_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stream, source = Terminal(), tmp_path / "some.csv"
    source.write_text("a\n" * 11)
    monkeypatch.setenv("TERM", "xterm")
    with progress("Scoring", stream, source=source) as advance:
        advance(5)
        # Leaving prints the last state once more.
    assert "50% · 5 rows" in stream.getvalue()


def test_shows_a_trainings_step_and_how_far_it_has_come() -> None:
    shown: list[object] = []
    told = steps(shown.append)
    told("Choosing k")
    told.come("k = 7 of 15")
    told("Clustering")
    assert shown == ["Choosing k", "Choosing k, k = 7 of 15", "Clustering"]
