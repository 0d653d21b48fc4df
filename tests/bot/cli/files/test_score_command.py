"""`segbot score`: the scored file and its summary."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import python_calamine
from command_line import CommandLine, one_object, refused, said
from harness import Harness
from workbooks import Value, write_xlsx


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


def test_says_why_rows_could_not_be_scored_and_where_to_read_what_to_write(run: CommandLine) -> None:
    rows = [f"{20 + i},{30 + i},{40 + i}" for i in range(20)]
    Path("in.csv").write_text("\n".join(["age,income,score", *rows, "35,€60,70", "35,,70"]) + "\n")
    text = said(run("score", "in.csv", "out.csv"))
    assert "Rows that couldn't be scored:\n" in text
    assert "- 1 row: Annual income is not a plain number but an amount in € (line 22)\n" in text
    assert "- 1 row: Annual income is missing (line 23)\n" in text
    assert "- The notes in the result file quote each such cell, with what to write instead" in text
    assert "€60" not in text
    assert "Annual income is in k$, not in €: “€60”; write 60" in Path("out.csv").read_text()


def test_refuses_to_score_what_it_cannot_read(run: CommandLine) -> None:
    Path("page.csv").write_text("<!DOCTYPE html><html><body>Sign in</body></html>\n")
    assert refused(run("score", "page.csv", "out.csv"))
    assert refused(run("score", "absent.csv", "out.csv"))
    assert not Path("out.csv").exists()


def test_scores_the_sheet_that_is_named(run: CommandLine) -> None:
    rows: list[list[Value]] = [["id", "age", "income", "score"], ["a", 35.0, 60.0, 70.0]]
    write_xlsx(Path("book.xlsx"), {"May": rows, "June": [*rows, ["b", 20.0, 15.0, 80.0]]})
    message = refused(run("score", "book.xlsx", "out.xlsx"))
    assert "2 sheets of this workbook could be meant: “May”, “June”" in message
    assert "Name it with --sheet." in message
    data = one_object(run("score", "book.xlsx", "out.xlsx", "--sheet", "June", "--json"))
    assert (data["rows"], data["suffix"]) == (2, ".xlsx")
    assert python_calamine.load_workbook("out.xlsx").get_sheet_by_name("June").height == 3


def test_replaces_an_existing_file_only_when_forced(run: CommandLine, customers: Path) -> None:
    Path("out.csv").write_text("precious\n")
    assert "out.csv already exists" in (sentence := refused(run("score", str(customers), "out.csv")))
    assert "--force" in sentence
    assert Path("out.csv").read_text() == "precious\n"
    said(run("score", str(customers), "out.csv", "--force"))
    assert Path("out.csv").read_text().startswith("id,age,income,score,segment")


def test_does_not_replace_a_link_that_leads_nowhere(run: CommandLine, customers: Path) -> None:
    Path("out.csv").symlink_to("absent.csv")
    assert "already exists" in refused(run("score", str(customers), "out.csv"))
    assert Path("out.csv").is_symlink()


@pytest.mark.parametrize("target", ["customers.csv", "../here/customers.csv", "link.csv", "hard.csv"])
@pytest.mark.parametrize("force", [[], ["--force"]])
def test_never_replaces_its_own_input(run: CommandLine, customers: Path, target: str, force: list[str]) -> None:
    Path("link.csv").symlink_to(customers)
    Path("hard.csv").hardlink_to(customers)
    before = customers.read_bytes()
    assert "is the input file itself" in refused(run("score", str(customers), target, *force))
    assert customers.read_bytes() == before


def test_names_the_folder_that_is_missing_and_no_temporary_file(run: CommandLine, customers: Path) -> None:
    sentence = refused(run("score", str(customers), "absent/out.csv"))
    assert "no folder absent" in sentence
    assert ".part" not in sentence
