"""`segbot list`: what it prints, what it refuses, and that every option reaches the list."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from command_line import CommandLine, one_object, refused, said, unbroken

SCORED = (
    "id,email,segment,confidence,note\n"
    '1,ann@shop.example,Target,0.990000,\n2,,Target,0.700000,"borderline, next nearest: Miser"\n'
    "3,bo@shop.example,Miser,0.900000,\n4,cy@shop.example,,,income is missing\n"
)


@pytest.fixture
def scored(run: CommandLine) -> str:
    del run  # made the folder
    Path("scored.csv").write_text(SCORED)
    return "scored.csv"


def listed() -> list[list[str]]:
    with Path("out.csv").open(newline="") as file:
        return list(csv.reader(file))


def test_lists_what_was_just_scored(run: CommandLine, customers: Path) -> None:
    counts = one_object(run("score", str(customers), "scored.csv", "--json"))["segments"]
    name = max(counts, key=counts.get)
    data = one_object(run("list", "scored.csv", "out.csv", "--segment", name, "--json"))
    assert (data["rows"], data["of"], data["segments"]) == (counts[name], 200, {name: counts[name]})
    assert data["columns"] == ["id", "age", "income", "score", "segment", "confidence", "note"]
    assert {row[4] for row in listed()[1:]} == {name}


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--segment", "target", "--segment", "Miser"], ["1", "2", "3"]),
        (["--segment", "Target", "--min-confidence", "0.8"], ["1"]),
        (["--segment", "Target", "--borderline"], ["2"]),
        (["--segment", "Target", "--no-borderline"], ["1"]),
        (["--unsegmented"], ["4"]),
    ],
)
def test_every_option_reaches_the_list(run: CommandLine, scored: str, options: list[str], ids: list[str]) -> None:
    said(run("list", scored, "out.csv", *options))
    assert [row[0] for row in listed()[1:]] == ids


def test_hashes_addresses_and_says_whom_it_left_out(run: CommandLine, scored: str) -> None:
    options = ["--segment", "Target", "--unsegmented", "--hashed-email", "email", "--columns", "id, segment"]
    assert said(run("list", scored, "out.csv", *options)) == (
        "2 of 4 rows listed: Target 1, without a segment 1. List: out.csv\n"
        "1 row was left out, having no e-mail address.\n"
    )
    assert listed()[0] == ["Email", "id", "segment"]
    assert [row[1:] for row in listed()[1:]] == [["1", "Target"], ["4", ""]]
    assert "@" not in Path("out.csv").read_text()


def test_says_what_to_do_about_a_file_that_was_not_scored(run: CommandLine, customers: Path) -> None:
    message = refused(run("list", str(customers), "out.csv", "--segment", "Target"))
    assert "not a file that segbot scored" in message
    assert "Score it first" in message


def test_names_the_segments_there_are(run: CommandLine, scored: str) -> None:
    assert "Its segments are “Target”, “Miser”." in unbroken(
        refused(run("list", scored, "out.csv", "--segment", "Targt"))
    )
    assert "Choose at least one segment" in refused(run("list", scored, "out.csv"))
    assert not Path("out.csv").exists()


def test_replaces_a_list_only_when_forced_and_never_its_input(run: CommandLine, scored: str) -> None:
    said(run("list", scored, "out.csv", "--segment", "Miser"))
    assert "--force" in refused(run("list", scored, "out.csv", "--segment", "Target"))
    said(run("list", scored, "out.csv", "--segment", "Target", "--force"))
    assert len(listed()) == 3
    assert "input file itself" in refused(run("list", scored, scored, "--segment", "Target", "--force"))
