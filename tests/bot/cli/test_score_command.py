"""`segbot score`: the scored file and its summary."""

from __future__ import annotations

import csv
from pathlib import Path

from command_line import CommandLine, one_object, refused, said
from harness import Harness


def test_scores_a_file(run: CommandLine, home: Harness, customers: Path) -> None:
    data = one_object(run("score", str(customers), "out.csv", "--json"))
    assert (data["rows"], data["scored"], data["rejected"]) == (200, 200, 0)
    assert sum(data["segments"].values()) == 200
    assert data["model_version"] == home.versions[0]
    with Path("out.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["id", "age", "income", "score", "segment", "confidence", "note"]
    assert len(rows) == 201
    text = said(run("score", str(customers), "again.csv"))
    assert "200 rows scored. Result: again.csv" in text
    assert Path("again.csv").read_bytes() == Path("out.csv").read_bytes()


def test_refuses_to_score_what_it_cannot_read(run: CommandLine) -> None:
    Path("page.csv").write_text("<!DOCTYPE html><html><body>Sign in</body></html>\n")
    assert refused(run("score", "page.csv", "out.csv"))
    assert refused(run("score", "absent.csv", "out.csv"))
    assert not Path("out.csv").exists()
