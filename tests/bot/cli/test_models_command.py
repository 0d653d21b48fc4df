"""`segbot models`: versions listed, shown, promoted, rolled back, discarded, copied and verified."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import CommandLine, one_object, refused, said, unbroken
from harness import EXAMPLE, Harness

from bot.cli.text.models import history_text
from segmentation.registry.audit import PROMOTED, AuditEntry
from segmentation.training.train import Trained

ASK = EXAMPLE.split()


def test_lists_shows_promotes_rolls_back_and_discards(run: CommandLine, home: Harness, trained: Trained) -> None:
    first = home.versions[0]
    second = home.registry.save(trained, actor="tests", source="again", note="for spring")
    third = home.registry.save(trained, actor="tests", source="once more")

    listed = one_object(run("models", "list", "--json"))["versions"]
    assert {info["version"]: info["state"] for info in listed} == {
        first: "current", second: "candidate", third: "candidate"
    }  # fmt: skip
    assert all(version in said(run("models", "list")) for version in (first, second, third))

    text = said(run("models", "show", second, "--rules"))
    assert "Note: for spring" in text
    assert "Target" in text
    assert "annual income up to" in text
    shown = one_object(run("models", "show", second, "--rules", "--json"))
    assert (shown["version"], len(shown["segments"])) == (second, 5)
    assert "→" in shown["rules"]
    assert "rules" not in one_object(run("models", "show", second, "--json"))

    assert one_object(run("models", "promote", second, "--json")) == {"version": second, "previous": first}
    assert "is the current version already" in refused(run("models", "promote", second), 1)
    told = unbroken(said(run("models", "rollback")))
    assert told == f"{first} is in service again. It replaces {second}. To undo: segbot models rollback {second}"
    assert one_object(run("models", "rollback", second, "--json")) == {"version": second, "previous": first}
    assert "never in service" in refused(run("models", "rollback", third), 1)
    assert said(run("models", "discard", third)) == f"{third} is discarded.\n"
    assert "not a candidate" in refused(run("models", "discard", third, "--json"), 1)
    fourth = home.registry.save(trained, actor="tests", source="last")
    assert one_object(run("models", "discard", fourth, "--json")) == {"version": fourth, "state": "discarded"}
    assert "was discarded" in refused(run("models", "promote", fourth), 1)


def test_names_the_segments_of_the_version_in_service(run: CommandLine, home: Harness) -> None:
    first = home.versions[0]
    suggested = said(run("models", "name", first))
    assert f'segbot models name {first} "Target=Higher income, higher spending"' in suggested
    assert one_object(run("models", "name", first, "--json"))["suggested"]["Miser"] == "Higher income, lower spending"
    told = said(
        run("models", "name", first, "miser=Savers", "--action", "Savers=Thank them.", "--meaning", "Target=VIP.")
    )
    version = home.registry.current()
    assert unbroken(told) == (
        f"{version} is now in service: Miser → Savers; another meaning or action for Target. No customer changes "
        f"segment. To undo: segbot models rollback {first}"
    )
    model = home.registry.load_current()
    assert (model.segment("Savers").action, model.segment("Target").meaning) == ("Thank them.", "VIP.")
    assert model.segment("Savers").named_by.startswith("cli:")
    assert "no longer in service" in refused(run("models", "name", first, "Miser=Thrifty"), 1)
    assert "renamed" in said(run("models", "history"))
    assert said(run("models", "rollback")).startswith(f"{first} is in service again.")


def test_names_the_segments_of_a_candidate(run: CommandLine, home: Harness, trained: Trained) -> None:
    candidate = home.registry.save(trained, actor="tests", source="again")
    data = one_object(run("models", "name", candidate, "Miser=Savers", "--json"))
    assert (data["parent"], data["in_service"], data["changes"]) == (candidate, False, "Miser → Savers")
    assert "Savers" in data["segments"]
    listed = {info["version"]: info["state"] for info in one_object(run("models", "list", "--json"))["versions"]}
    assert (listed[candidate], listed[data["version"]]) == ("superseded", "candidate")
    told = said(run("models", "name", data["version"], "Savers=Thrifty"))
    assert f"is a candidate in place of {data['version']}: Savers → Thrifty." in unbroken(told)
    assert "were renamed: promote" in refused(run("models", "promote", candidate), 1)
    shown = one_object(run("models", "show", data["version"], "--json"))
    assert (shown["parent"], shown["renamed_by"][:4]) == (candidate, "cli:")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["Savers"], "“Savers” is not NAME=TEXT"),
        (["Nobody=Savers"], "There is no segment “Nobody”. The version has Target, Miser"),
        (["Miser="], "Every segment needs a name"),
        (["Miser=Target"], "Two segments are called “Target”"),
        (["Miser=target"], "differ only in capitals"),
        (["Miser=Miser"], "Nothing was changed"),
        (["--action", "Miser=" + "x" * 301], "300 is the limit"),
    ],
)
def test_refuses_names_that_cannot_be_used(run: CommandLine, home: Harness, arguments: list[str], told: str) -> None:
    assert told in refused(run("models", "name", home.versions[0], *arguments))
    assert home.registry.current() == home.versions[0]


def test_a_name_that_holds_an_equals_sign_is_found(run: CommandLine, home: Harness) -> None:
    said(run("models", "name", home.versions[0], "Miser=a=b"))
    said(run("models", "name", str(home.registry.current()), "a=b=Savers"))
    assert "Savers" in home.registry.load_current().names


def test_tells_the_verdict_in_lists_and_details(run: CommandLine, customers: Path) -> None:
    version = one_object(run("train", str(customers), "--json"))["version"]
    (listed,) = [info for info in one_object(run("models", "list", "--json"))["versions"] if info["version"] == version]
    assert (listed["verdict"], listed["unsafe"]) == ("first", False)
    assert "first" in said(run("models", "list"))
    assert "Verdict: first model" in said(run("models", "show", version))
    assert one_object(run("models", "show", version, "--json"))["comparison"]["verdict"] == "first"


def test_tells_the_history(run: CommandLine, home: Harness, trained: Trained, tmp_path: Path) -> None:
    second = home.registry.save(trained, actor="tests", source="again")
    run("models", "promote", second, "--note", "for spring")
    entries = one_object(run("models", "history", "--json"))["history"]
    assert [entry["event"] for entry in entries] == ["saved", "promoted", "saved", "promoted"]
    assert (entries[-1]["version"], entries[-1]["previous"], entries[-1]["note"]) == (
        second, home.versions[0], "for spring"
    )  # fmt: skip
    assert entries[-1]["details"]["data"] == trained.report.data_fingerprint
    text = said(run("models", "history"))
    assert "for spring" in text
    run.variables["SEGBOT_MODELS_DIR"] = str(tmp_path / "none")
    assert "Nothing has happened" in said(run("models", "history"))
    assert one_object(run("models", "history", "--json")) == {"history": []}


def test_an_empty_registry_says_what_to_do(run: CommandLine, tmp_path: Path) -> None:
    run.variables["SEGBOT_MODELS_DIR"] = str(tmp_path / "none")
    assert "segbot train" in said(run("models", "list"))
    assert one_object(run("models", "list", "--json")) == {"versions": []}
    assert said(run("models", "verify")) == "There is no model version to verify.\n"
    assert "no earlier version" in refused(run("models", "rollback"), 1)


@pytest.mark.parametrize("version", ["unknown", "../../etc", "current", "x" * 65, ""])
def test_a_version_that_is_not_there_is_no_crash(run: CommandLine, version: str) -> None:
    for command in ("show", "promote", "discard", "verify"):
        refused(run("models", command, version), 1)


def test_verifies_and_fails_with_exit_code_1(run: CommandLine, home: Harness) -> None:
    version = home.versions[0]
    assert one_object(run("models", "verify", "--json"))["ok"] is True
    assert said(run("models", "verify", version)).count("  ok ") == 2
    home.break_version(version)
    (home.folder / "models" / "current").write_text("not a/version")
    data = one_object(run("models", "verify", "--json"), 1)
    assert data["ok"] is False
    assert "holds no version id" in data["pointer_problem"]
    text = said(run("models", "verify"), 1)
    assert "FAILED pointer" in text
    assert "FAILED signature" in text
    assert version in said(run("models", "list"))  # a broken one is listed, with its problem


def test_push_and_pull_say_what_became_of_each_version(
    run: CommandLine, home: Harness, postgres_url: str, tmp_path: Path
) -> None:
    (version,) = home.versions
    for command in ("push", "pull"):
        assert "SEGBOT_DATABASE_URL must name the PostgreSQL database" in refused(run("models", command))
    run.variables["SEGBOT_DATABASE_URL"] = postgres_url
    assert said(run("models", "pull")) == "There is nothing to copy.\n"
    assert said(run("models", "push")) == f"{version} is a candidate in the database now.\n"
    assert one_object(run("models", "push", version, "--json")) == {
        "to": "database",
        "versions": [{"version": version, "new": False, "problem": ""}],
    }
    assert said(run("models", "push")) == f"{version} is already there.\n"
    # From here on the database is the registry.
    assert f"segbot models promote {version}" in refused(run("predict", *ASK), 1)
    said(run("models", "promote", version))
    assert json.loads(said(run("predict", *ASK, "--json")))["model_version"] == version
    run.variables["SEGBOT_MODELS_DIR"] = str(tmp_path / "elsewhere")
    assert said(run("models", "pull", version)) == f"{version} is a candidate in the folder now.\n"
    assert "There is no model version v9" in refused(run("models", "pull", "v9"), 1)


def test_a_broken_version_is_not_copied(run: CommandLine, home: Harness, postgres_url: str) -> None:
    (version,) = home.versions
    home.break_version(version)
    run.variables["SEGBOT_DATABASE_URL"] = postgres_url
    text = unbroken(said(run("models", "push"), 1))
    assert text.startswith(f"{version} was not copied. Model version {version} was not used: model.json")


def test_a_history_tells_who_changed_what_when() -> None:
    assert "Nothing has happened" in history_text([])
    text = history_text([AuditEntry("2026-01-02T03:04:05+00:00", PROMOTED, "U1", "v2", "v1", "spring")])
    assert all(part in text for part in ("2026-01-02 03:04", "promoted", "v2", "v1", "U1", "spring"))
