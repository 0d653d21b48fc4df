"""A team with columns of its own: trained on with consent, answered from then on by the model's own schema."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from command_line import CommandLine, one_object, refused, said, unbroken
from customer_files import trade_file
from harness import Harness

from bot.cli.main import main
from bot.cli.runtime import Runtime


@pytest.fixture
def telecom() -> Path:
    return trade_file("telecom", Path(), rows=150)


def at_a_terminal(run: CommandLine, *arguments: str, answer: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, arguments, input=answer, obj=Runtime(run.variables, interactive=lambda: True))
    return result.exit_code, result.stdout, result.stderr


def test_other_columns_are_refused_with_what_to_type(run: CommandLine, home: Harness, telecom: Path) -> None:
    said_to = refused(run("train", str(telecom), "--k", "3", "--note", "our own", "--promote"))
    assert said_to.startswith("I can't find income or score in the file's header")
    assert "from tenure, monthly_charges, total_charges, described by gender, " in unbroken(said_to)
    assert "\n  segbot train telecom.csv --k 3 --promote --note 'our own' --yes\n" in said_to
    assert "\n  segbot schema telecom.csv > schema.toml\n" in said_to
    assert "\n  SEGBOT_SCHEMA=schema.toml segbot train telecom.csv\n" in said_to
    assert [info.version for info in home.registry.versions()] == list(home.versions)


@pytest.mark.usefixtures("home")
def test_a_file_to_score_that_nobody_can_read_is_refused_with_the_training_that_would(
    run: CommandLine, telecom: Path
) -> None:
    named = telecom.rename("our customers.csv")
    said_to = refused(run("score", str(named), "out.csv"))
    assert said_to.startswith("I can't find income or score in the file's header")
    assert "If they have other names there, rename them." in unbroken(said_to)
    typed = shlex.split(next(line for line in said_to.splitlines() if line.startswith("  segbot")))
    assert typed == ["segbot", "train", "our customers.csv"]
    assert "Its own columns can make segments" in refused(run(*typed[1:]))


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_columns_in_another_encoding_make_segments_too(run: CommandLine, telecom: Path, encoding: str) -> None:
    text = telecom.read_text(encoding="utf-8").replace("MonthlyCharges", "Gebühr (€)", 1)
    telecom.write_bytes(text.encode(encoding))
    said_to = refused(run("train", str(telecom)))
    assert said_to.startswith("I can't find income or score in the file's header")
    assert "from tenure, gebuhr, total_charges, described by" in unbroken(said_to)


def test_what_is_to_be_typed_works_for_other_options_too(run: CommandLine, telecom: Path) -> None:
    named = telecom.rename("our customers.csv")
    said_to = refused(run("train", str(named), "--json", "--decimal", ".", "--seed", "7"))
    words = shlex.split(next(line for line in said_to.splitlines() if line.startswith("  segbot")))
    assert words[:3] == ["segbot", "train", "our customers.csv"]
    assert sorted(words[3:]) == sorted(["--json", "--decimal", ".", "--seed", "7", "--yes"])


def test_a_person_at_a_terminal_sees_the_proposal_and_may_decline(
    run: CommandLine, home: Harness, telecom: Path
) -> None:
    code, out, err = at_a_terminal(run, "train", str(telecom), answer="n\n")
    assert (code, out) == (2, "")
    for column in ("customerID", "MonthlyCharges", "Churn"):
        assert column in err
    assert "Train with that?" in err
    assert "Nothing was trained. To change the proposal first:\n  segbot schema telecom.csv" in err
    assert [info.version for info in home.registry.versions()] == list(home.versions)


def test_a_file_that_makes_no_segments_either_is_refused_with_both_reasons(run: CommandLine) -> None:
    Path("plans.csv").write_text("plan,since\n" + "Pro,2024-01-02\nTeam,2023-05-06\n" * 20)
    said_to = refused(run("train", "plans.csv", "--yes"))
    assert "I can't find income" in said_to
    assert "I found no column of numbers" in said_to


def test_a_schema_that_somebody_set_is_not_replaced(run: CommandLine, telecom: Path, tmp_path: Path) -> None:
    schema = tmp_path / "visits.toml"
    schema.write_text('name = "x"\n[[features]]\nname = "visits"\nminimum = 0\nmaximum = 9\nrole = "cluster"\n')
    run.variables["SEGBOT_SCHEMA"] = str(schema)
    said_to = refused(run("train", str(telecom), "--yes"))
    assert "I can't find visits" in said_to
    assert "--yes" not in said_to


def test_a_model_of_other_columns_answers_by_its_own_schema(
    run: CommandLine, home: Harness, telecom: Path, customers: Path
) -> None:
    before = home.registry.current()
    code, out, err = at_a_terminal(run, "train", str(telecom), "--k", "3", "--promote", "--json", answer="y\n")
    assert code == 0, err
    assert '"proposal": {"schema": {"name": "telecom"' in out
    version = home.registry.current()
    assert version != before

    answer = one_object(run("predict", "tenure=30", "MonthlyCharges=25", "total charges=740", "--json"))
    assert answer["model_version"] == version
    scored = one_object(run("score", str(telecom), "scored.csv", "--json"))
    assert scored["rejected"] < 20
    shown = one_object(run("models", "show", str(version), "--json"))
    features = {feature["name"]: feature["kind"] for feature in shown["schema"]["features"]}
    assert [name for name, kind in features.items() if kind == "number"] == [
        "tenure",
        "monthly_charges",
        "total_charges",
    ]
    assert features["contract"] == features["gender"] == "category"
    text = said(run("models", "show", str(version)))
    assert (
        "Segments are made of: tenure (0 to 150); monthly_charges (0 to 250); total_charges (0 to 15000)"
        in unbroken(text)
    )

    # The same columns again need no consent: they are those of the version in service.
    again = one_object(run("train", str(telecom), "--k", "3", "--json"))
    assert "proposal" not in again
    assert {segment["name"] for segment in again["segments"]} == set(scored["segments"])

    old = refused(run("score", str(customers), "old.csv"))
    assert f"Version {before}, which was in service before, reads these columns." in unbroken(old)
    said(run(*shlex.split(unbroken(old).rpartition("To use it: segbot ")[2])))
    assert one_object(run("score", str(customers), "old.csv", "--json"))["model_version"] == before


@pytest.mark.parametrize("break_it", [Harness.break_version, Harness.break_manifest])
def test_columns_that_no_version_reads_are_refused_as_before(
    run: CommandLine, home: Harness, telecom: Path, break_it: Callable[[Harness, str], None]
) -> None:
    others = [version for version in home.versions if version != home.registry.current()]
    for version in others:
        break_it(home, version)
    assert "reads these columns" not in refused(run("score", str(telecom), "scored.csv"))
