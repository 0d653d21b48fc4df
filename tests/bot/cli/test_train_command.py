"""`segbot train`: the report, the verdict, and what keeps a version out of service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine, one_object, refused, said, unbroken
from harness import Harness
from workbooks import Value, write_xlsx

from segmentation.registry.registry import Registry
from segmentation.training.train import Trained


@pytest.fixture
def few(customers: Path) -> Path:
    """A training file with too few customers for a safe model."""
    path = Path("few.csv")
    path.write_text("".join(customers.read_text().splitlines(keepends=True)[:50]))
    return path


def test_trains_promotes_and_reports_in_json(run: CommandLine, home: Harness, customers: Path) -> None:
    data = one_object(run("train", str(customers), "--promote", "--json", "--note", "spring"))
    assert data.keys() >= {"version", "k", "rows", "metrics", "segments"}
    assert (data["k"], data["rows"], data["promoted"]) == (5, 200, True)
    assert {segment["name"] for segment in data["segments"]} == {"Target", "Miser", "Spender", "Careful", "Standard"}
    assert home.registry.current() == data["version"]
    assert home.registry.history()[-1].note == "spring"
    assert home.registry.history()[-1].actor.startswith("cli:")


def test_trains_on_a_workbooks_sheet_as_on_the_same_csv(run: CommandLine, home: Harness, customers: Path) -> None:
    header, *lines = (line.split(",") for line in customers.read_text().splitlines())
    rows: list[list[Value]] = [[*header]]
    rows += [[row[0], *map(float, row[1:])] for row in lines]
    write_xlsx(Path("book.xlsx"), {"Old": rows, "New": rows})
    assert "“Old”, “New”" in refused(run("train", "book.xlsx"))
    data = one_object(run("train", "book.xlsx", "--sheet", "new", "--json"))
    expected = one_object(run("train", str(customers), "--json"))
    assert data["metrics"] == expected["metrics"]
    assert data["segments"] == expected["segments"]
    assert "The sheet “New” was read; the workbook's other sheets were left out." in data["notes"]


def test_trains_a_candidate_and_reports_in_words(run: CommandLine, home: Harness, customers: Path) -> None:
    text = said(run("train", str(customers), "--k", "4"))
    version = text.split()[1]
    assert f"is a candidate. To promote it: segbot models promote {version}" in unbroken(text)
    assert "Rows: 200, used 200" in text
    assert "Quality: " in text
    assert home.registry.current() == home.versions[0]


def test_a_training_gives_a_verdict_with_its_reasons(run: CommandLine, home: Harness, customers: Path) -> None:
    text = said(run("train", str(customers)))
    assert (
        "Verdict: first model of real customers.\n  The version in service was trained on generated sample customers"
        in text
    )
    said(run("train", str(customers), "--promote"))
    data = one_object(run("train", str(customers), "--seed", "1", "--json"))
    assert (data["verdict"], data["objections"]) == ("similar", [])
    assert data["comparison"]["against"] == home.registry.current()
    assert any("would change segment" in reason for reason in data["reasons"])
    assert sum(map(sum, data["comparison"]["moves"]["counts"])) == 200
    text = said(run("train", str(customers), "--k", "3"))
    assert f"Verdict: different from {home.registry.current()} – look first." in text
    assert "Customers of this file: from" in text


def test_a_candidate_that_differs_much_is_promoted_only_with_yes(run: CommandLine, customers: Path) -> None:
    before = one_object(run("train", str(customers), "--promote", "--json"))["version"]
    result = run("train", str(customers), "--k", "3", "--promote", "--json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert (data["promoted"], data["verdict"]) == (False, "different")
    told = (
        f"{data['version']} differs much from {before} and was not put in service. {data['reasons'][0]} If it is right"
    )
    assert told in unbroken(result.stderr)
    assert f"segbot models promote {data['version']}" in result.stderr
    listed = {line["version"]: line["state"] for line in one_object(run("models", "list", "--json"))["versions"]}
    assert (listed[before], listed[data["version"]]) == ("current", "candidate")
    assert "different – look first" in said(run("models", "list"))
    text = said(run("train", str(customers), "--k", "3", "--promote", "--yes"))
    assert "is now in service.\nVerdict: different from " in text


def test_an_unsafe_candidate_is_reported_and_not_promoted(run: CommandLine, home: Harness, few: Path) -> None:
    result = run("train", str(few), "--promote")
    assert result.exit_code == 1
    assert "is a candidate that is unsafe to promote.\nVerdict: unsafe." in result.stdout
    assert "Verdict: unsafe.\n  Only 49 rows could be used." in result.stdout
    assert "Warning: Only 49 rows" not in result.stdout
    assert "is unsafe and was not put in service. Only 49 rows could be used." in unbroken(result.stderr)
    result = run("train", str(few), "--promote", "--json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert (data["promoted"], data["verdict"]) == (False, "unsafe")
    assert data["objections"][0].startswith("Only 49 rows")
    assert "SEGBOT_ALLOW_UNSAFE=1" in refused(run("models", "promote", data["version"]), 1)
    assert home.registry.current() == home.versions[0]
    last = home.registry.history()[-1]
    assert (last.event, last.note) == ("refused", f"promote {data['version']}, which is unsafe")


def test_an_unsafe_candidate_is_promoted_where_that_is_allowed(run: CommandLine, home: Harness, few: Path) -> None:
    version = one_object(run("train", str(few), "--json"))["version"]
    run.variables["SEGBOT_ALLOW_UNSAFE"] = "1"
    assert one_object(run("models", "promote", version, "--json"))["version"] == version
    assert one_object(run("train", str(few), "--promote", "--json"))["promoted"] is True
    assert home.registry.history()[-1].details["unsafe"] is True


def test_thresholds_and_retention_are_settings(run: CommandLine, home: Harness, customers: Path) -> None:
    run.variables["SEGBOT_MIN_ROWS"] = "201"
    run.variables["SEGBOT_KEEP_VERSIONS"] = "2"
    versions = []
    for k in "345":
        data = one_object(run("train", str(customers), "--k", k, "--json"))
        assert data["objections"][0].startswith("Only 200 rows could be used. With fewer than 201,")
        versions.append(data["version"])
    assert [info.version for info in home.registry.versions()] == [home.versions[0], *versions[1:]]


def test_a_promotion_that_somebody_forestalled_says_what_is_current_now(
    run: CommandLine, home: Harness, trained: Trained, customers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = home.registry.save(trained, actor="tests", source="meanwhile")
    save = Registry.save

    def saved_late(registry: Registry, *args: Any, **named: Any) -> str:
        version = save(registry, *args, **named)
        home.registry.promote(other, actor="tests")
        return version

    monkeypatch.setattr(Registry, "save", saved_late)
    result = run("train", str(customers), "--promote", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["promoted"] is False
    assert f"The current version is now {other}, not {home.versions[0]}" in unbroken(result.stderr)


@pytest.mark.parametrize("k", ["many", "-3", "2.5", "٣", "1", "16", ""])
def test_refuses_an_impossible_number_of_segments(run: CommandLine, customers: Path, k: str) -> None:
    assert "2 to 15" in refused(run("train", str(customers), f"--k={k}"))


def test_refuses_what_is_no_training_file(run: CommandLine) -> None:
    Path("empty.csv").write_text("")
    Path("other.csv").write_text("a,b\n1,2\n")
    for name in ("empty.csv", "other.csv", "absent.csv"):
        assert refused(run("train", name))


@pytest.mark.parametrize("k", ["1", "0", "16", "-1", "2.5", "five", "9" * 5000])
@pytest.mark.parametrize("command", [("train",), ("warehouse", "train", "--url")])
def test_a_k_that_cannot_be_is_refused_before_any_work(
    run: CommandLine, tmp_path: Path, k: str, command: tuple[str, ...]
) -> None:
    # Nothing that could be trained on: whoever reads it first complains of that.
    nonsense = tmp_path / "nonsense.parquet"
    nonsense.write_bytes(b"\x7fELF")
    sentence = unbroken(refused(run(*command, str(nonsense), "--k", k)))
    assert sentence == f'--k must be "auto" or a whole number from 2 to 15, not "{k}".'
