"""The `segbot` command: what it prints where, and the exit codes scripts rely on."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result
from harness import EXAMPLE, Harness

from bot.app import Bot
from bot.cli.main import main
from bot.serving import end_in_time
from segmentation.registry.registry import Registry
from segmentation.training.sample import sample_customers
from segmentation.training.train import Trained

Run = Callable[..., Result]
ASK = EXAMPLE.split()
# The package exports the function of the same name.
cli = import_module("bot.cli.main")
SEGBOT = [sys.executable, "-c", "from bot.cli import main; main()"]


@pytest.fixture
def home(harness: Harness, tmp_path: Path) -> Harness:
    """A harness to change at will."""
    return harness.copy(tmp_path / "home")


@pytest.fixture
def run(home: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in an empty folder, with nothing but the bot's variables set."""
    for name in os.environ:
        if name.startswith(("SLACK_", "SEGBOT_")):
            monkeypatch.delenv(name)
    for name, value in home.env.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return lambda *arguments, **more: CliRunner().invoke(main, arguments, **more)


@pytest.fixture
def customers() -> Path:
    """A training file in the working folder; a year older than the sample, which segbot would know."""
    path = Path("customers.csv")
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "age", "income", "score"])
        writer.writerows([i, *map(int, row)] for i, row in enumerate(np.add(sample_customers(), (1, 0, 0)), start=1))
    return path


def said(result: Result, code: int = 0) -> str:
    """What a run printed on stdout, its exit code checked, and stderr empty where all went well."""
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    if code == 0:
        assert result.stderr == ""
    return result.stdout


def one_object(result: Result, code: int = 0) -> dict[str, Any]:
    """The one JSON object a run printed."""
    text = said(result, code)
    assert text.count("\n") == 1
    data = json.loads(text)
    assert isinstance(data, dict)
    return data


def refused(result: Result, code: int = 2) -> str:
    """What a failed run said on stderr, with nothing on stdout."""
    assert said(result, code) == ""
    assert "Traceback" not in result.stderr
    return result.stderr


# Help


def commands_of(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found: list[tuple[tuple[str, ...], click.Command]] = [(path, group)]
    for name, command in group.commands.items():
        found += commands_of(command, (*path, name)) if isinstance(command, click.Group) else [((*path, name), command)]
    return found


@pytest.mark.parametrize(("path", "command"), commands_of(main))
def test_every_command_and_option_is_explained(path: tuple[str, ...], command: click.Command) -> None:
    text = CliRunner().invoke(main, [*path, "--help"]).stdout
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in text
            assert parameter.help, f"{path} {parameter.opts}"
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            assert f"  {name} " in text
            assert child.get_short_help_str(10) in text or child.help


def test_the_documented_commands_are_there() -> None:
    names = {" ".join(path) for path, _ in commands_of(main)}
    assert names >= {
        "predict", "score", "train", "serve", "playground",
        "models list", "models show", "models history", "models promote", "models rollback", "models discard",
        "models verify",
    }  # fmt: skip


def test_the_version_is_the_packages() -> None:
    assert "segbot, version 0." in CliRunner().invoke(main, ["--version"], prog_name="segbot").stdout


# predict


def test_predict_answers_in_words(run: Run) -> None:
    text = said(run("predict", *ASK))
    for part in ("Confidence: low", "borderline, next nearest", "This customer", "Why: ", "What would change it:",
                 "Suggested action: ", "trained on synthetic sample customers"):  # fmt: skip
        assert part in text


def test_predict_answers_in_json(run: Run, home: Harness) -> None:
    data = one_object(run("predict", *ASK, "--json"))
    assert data.keys() >= {
        "segment", "confidence", "runner_up", "borderline", "why", "profile", "changes", "model_version"
    }  # fmt: skip
    assert data["values"] == {"age": 35.0, "income": 60.0, "score": 70.0}
    assert data["model_version"] == home.versions[0]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["age=35"], "Missing: income (annual income, 0 to 1000 k$), score"),
        (["age=35", "income=$60,000", "score=70"], "Try: segbot predict age=35 income=60 score=70"),
        (["35", "60", "70"], "Say which number is which."),
        (["a=1", "b=1", "c=1", "d=1", "e=1", "f=1"], "And 2 more."),
        (["age=\udcff"], "Age is not a plain number"),
    ],
)
def test_predict_refuses_with_exit_code_2(run: Run, arguments: list[str], told: str) -> None:
    assert told in refused(run("predict", *arguments))
    assert told in refused(run("predict", *arguments, "--json"))


def test_a_refusal_never_says_the_word_a_score_does(run: Run) -> None:
    assert "confidence" not in refused(run("predict", "Confidence=1", *ASK)).lower()


def test_predict_explains_itself(run: Run) -> None:
    assert said(run("predict", "help")) == f"Usage: segbot predict {EXAMPLE}\n"
    assert "Usage: " in refused(run("predict", "help", "--json"))  # no object to print
    assert "Missing argument" in refused(run("predict"))


def test_predict_without_a_model_says_how_to_get_one(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGBOT_MODELS_DIR", str(tmp_path / "none"))
    assert "segbot train" in refused(run("predict", *ASK), 1)


def test_predict_warns_when_the_current_version_is_broken(run: Run, home: Harness, trained: Trained) -> None:
    version = home.registry.save(trained, actor="tests", source="again")
    home.registry.promote(version, actor="tests")
    home.break_version(version)
    result = run("predict", *ASK, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["model_version"] == home.versions[0]
    assert result.stderr.startswith("Warning: ")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SEGBOT_LOG_LEVEL", "loud", "SEGBOT_LOG_LEVEL must be one of"),
        ("SEGBOT_SIGNING_KEY", "short", "SEGBOT_SIGNING_KEY must have at least 32 characters"),
    ],
)
def test_a_wrong_variable_is_named(run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv(name, value)
    assert told in refused(run("predict", *ASK))


def test_the_file_beside_it_is_read_too(run: Run) -> None:
    Path(".env").write_text("SEGBOT_LOG_LEVEL=loud\n")
    assert "SEGBOT_LOG_LEVEL" in refused(run("predict", *ASK))


def test_a_file_that_cannot_be_used_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise PermissionError(13, "Permission denied", "/somewhere")

    monkeypatch.setattr(cli, "_registry", fail)
    assert refused(run("predict", *ASK), 1) == "Permission denied: /somewhere\n"
    monkeypatch.setattr(cli, "_registry", lambda: open(os.devnull + "/x"))  # noqa: PTH123, SIM115 - fails at once
    assert "Not a directory" in refused(run("predict", *ASK), 1)


def test_predict_loads_nothing_heavy(home: Harness, tmp_path: Path) -> None:
    program = (
        "import sys\nfrom bot.cli import main\n"
        f"main(['predict', *{ASK!r}, '--json'], standalone_mode=False)\n"
        "heavy = 'sklearn pandas numpy scipy polars matplotlib slack_bolt slack_sdk rich dbos'.split()\n"
        "print(sorted(set(heavy) & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={**os.environ, **home.env}, capture_output=True, check=True
    )
    assert done.stderr == b"[]\n"
    assert json.loads(done.stdout)["segment"]


def test_a_process_keeps_its_streams_apart(home: Harness, tmp_path: Path) -> None:
    runs = {("predict", *ASK, "--json"): 0, ("predict", "age=\udcff"): 2, ("models", "show", "x"): 1}
    for arguments, code in runs.items():
        done = subprocess.run(
            [*SEGBOT, *arguments], cwd=tmp_path, env={**os.environ, **home.env}, capture_output=True, check=False
        )
        assert done.returncode == code
        assert bool(done.stdout) == (code == 0)
        assert bool(done.stderr) == (code != 0)
        assert b"Traceback" not in done.stderr


# train and score


def test_trains_promotes_and_reports_in_json(run: Run, home: Harness, customers: Path) -> None:
    data = one_object(run("train", str(customers), "--promote", "--json", "--note", "spring"))
    assert data.keys() >= {"version", "k", "rows", "metrics", "segments"}
    assert (data["k"], data["rows"], data["promoted"]) == (5, 200, True)
    assert {segment["name"] for segment in data["segments"]} == {"Target", "Miser", "Spender", "Careful", "Standard"}
    assert home.registry.current() == data["version"]
    assert home.registry.history()[-1].note == "spring"
    assert home.registry.history()[-1].actor.startswith("cli:")


def test_trains_a_candidate_and_reports_in_words(run: Run, home: Harness, customers: Path) -> None:
    text = said(run("train", str(customers), "--k", "4"))
    version = text.split()[1]
    assert f"is a candidate: segbot models promote {version}" in text
    assert "Rows: 200, used 200" in text
    assert "Quality: " in text
    assert home.registry.current() == home.versions[0]


def test_a_training_gives_a_verdict_with_its_reasons(run: Run, home: Harness, customers: Path) -> None:
    text = said(run("train", str(customers)))
    assert "Verdict: first.\n  The version in service was trained on generated sample customers" in text
    said(run("train", str(customers), "--promote"))
    data = one_object(run("train", str(customers), "--seed", "1", "--json"))
    assert (data["verdict"], data["objections"]) == ("similar", [])
    assert data["comparison"]["against"] == home.registry.current()
    assert any("would change segment" in reason for reason in data["reasons"])
    assert sum(map(sum, data["comparison"]["moves"]["counts"])) == 200
    text = said(run("train", str(customers), "--k", "3"))
    assert f"Verdict: worse than {home.registry.current()}." in text
    assert "Customers of this file: from" in text


@pytest.fixture
def few(customers: Path) -> Path:
    """A training file with too few customers for a safe model."""
    path = Path("few.csv")
    path.write_text("".join(customers.read_text().splitlines(keepends=True)[:50]))
    return path


def test_an_unsafe_candidate_is_reported_and_not_promoted(run: Run, home: Harness, few: Path) -> None:
    result = run("train", str(few), "--promote")
    assert result.exit_code == 1
    assert "is a candidate: segbot models promote" in result.stdout
    assert "Verdict: unsafe.\n  Only 49 rows could be used." in result.stdout
    assert "Warning: Only 49 rows" not in result.stdout
    assert "is unsafe and was not put in service. Only 49 rows could be used." in result.stderr
    result = run("train", str(few), "--promote", "--json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert (data["promoted"], data["verdict"]) == (False, "unsafe")
    assert data["objections"][0].startswith("Only 49 rows")
    assert "SEGBOT_ALLOW_UNSAFE=1" in refused(run("models", "promote", data["version"]), 1)
    assert home.registry.current() == home.versions[0]
    last = home.registry.history()[-1]
    assert (last.event, last.note) == ("refused", f"promote {data['version']}, which is unsafe")


def test_an_unsafe_candidate_is_promoted_where_that_is_allowed(
    run: Run, home: Harness, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = one_object(run("train", str(few), "--json"))["version"]
    monkeypatch.setenv("SEGBOT_ALLOW_UNSAFE", "1")
    assert one_object(run("models", "promote", version, "--json"))["version"] == version
    assert one_object(run("train", str(few), "--promote", "--json"))["promoted"] is True
    assert home.registry.history()[-1].details["unsafe"] is True


def test_thresholds_and_retention_are_settings(
    run: Run, home: Harness, customers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGBOT_MIN_ROWS", "201")
    monkeypatch.setenv("SEGBOT_KEEP_VERSIONS", "2")
    versions = []
    for k in "345":
        data = one_object(run("train", str(customers), "--k", k, "--json"))
        assert data["objections"][0].startswith("Only 200 rows could be used. With fewer than 201,")
        versions.append(data["version"])
    assert [info.version for info in home.registry.versions()] == [home.versions[0], *versions[1:]]


def test_a_promotion_that_somebody_forestalled_says_what_is_current_now(
    run: Run, home: Harness, trained: Trained, customers: Path, monkeypatch: pytest.MonkeyPatch
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
    assert f"The current version is now {other}, not {home.versions[0]}" in result.stderr


@pytest.mark.parametrize("k", ["many", "-3", "2.5", "٣", "1", "11", ""])
def test_refuses_an_impossible_number_of_segments(run: Run, customers: Path, k: str) -> None:
    assert "2 to 10" in refused(run("train", str(customers), f"--k={k}"))


def test_refuses_what_is_no_training_file(run: Run) -> None:
    Path("empty.csv").write_text("")
    Path("other.csv").write_text("a,b\n1,2\n")
    for name in ("empty.csv", "other.csv", "absent.csv"):
        assert refused(run("train", name))


def test_scores_a_file(run: Run, home: Harness, customers: Path) -> None:
    data = one_object(run("score", str(customers), "out.csv", "--json"))
    assert (data["rows"], data["scored"], data["rejected"]) == (200, 200, 0)
    assert sum(data["segments"].values()) == 200
    assert data["model_version"] == home.versions[0]
    with Path("out.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["id", "age", "income", "score", "segment", "confidence", "note"]
    assert len(rows) == 201
    text = said(run("score", str(customers), "again.csv"))
    assert "200 rows: 200 scored, 0 not. Result: again.csv" in text
    assert Path("again.csv").read_bytes() == Path("out.csv").read_bytes()


def test_refuses_to_score_what_it_cannot_read(run: Run) -> None:
    Path("page.csv").write_text("<!DOCTYPE html><html><body>Sign in</body></html>\n")
    assert refused(run("score", "page.csv", "out.csv"))
    assert refused(run("score", "absent.csv", "out.csv"))
    assert not Path("out.csv").exists()


# models


def test_lists_shows_promotes_rolls_back_and_discards(run: Run, home: Harness, trained: Trained) -> None:
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
    assert "annual income at most" in text
    shown = one_object(run("models", "show", second, "--rules", "--json"))
    assert (shown["version"], len(shown["segments"])) == (second, 5)
    assert "→" in shown["rules"]
    assert "rules" not in one_object(run("models", "show", second, "--json"))

    assert one_object(run("models", "promote", second, "--json")) == {"version": second, "previous": first}
    assert "is the current version already" in refused(run("models", "promote", second), 1)
    assert said(run("models", "rollback")) == f"{first} is in service again. Before: {second}.\n"
    assert one_object(run("models", "rollback", second, "--json")) == {"version": second, "previous": first}
    assert "never in service" in refused(run("models", "rollback", third), 1)
    assert said(run("models", "discard", third)) == f"{third} is discarded.\n"
    assert "not a candidate" in refused(run("models", "discard", third, "--json"), 1)
    fourth = home.registry.save(trained, actor="tests", source="last")
    assert one_object(run("models", "discard", fourth, "--json")) == {"version": fourth, "state": "discarded"}
    assert "was discarded" in refused(run("models", "promote", fourth), 1)


def test_tells_the_verdict_in_lists_and_details(run: Run, customers: Path) -> None:
    version = one_object(run("train", str(customers), "--json"))["version"]
    (listed,) = [info for info in one_object(run("models", "list", "--json"))["versions"] if info["version"] == version]
    assert (listed["verdict"], listed["unsafe"]) == ("first", False)
    assert "first" in said(run("models", "list"))
    assert "Verdict: first." in said(run("models", "show", version))
    assert one_object(run("models", "show", version, "--json"))["comparison"]["verdict"] == "first"


def test_tells_the_history(
    run: Run, home: Harness, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    monkeypatch.setenv("SEGBOT_MODELS_DIR", str(tmp_path / "none"))
    assert "Nothing has happened" in said(run("models", "history"))
    assert one_object(run("models", "history", "--json")) == {"history": []}


def test_an_empty_registry_says_what_to_do(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGBOT_MODELS_DIR", str(tmp_path / "none"))
    assert "segbot train" in said(run("models", "list"))
    assert one_object(run("models", "list", "--json")) == {"versions": []}
    assert said(run("models", "verify")) == "There is no model version to verify.\n"
    assert "no earlier version" in refused(run("models", "rollback"), 1)


@pytest.mark.parametrize("version", ["unknown", "../../etc", "current", "x" * 65, ""])
def test_a_version_that_is_not_there_is_no_crash(run: Run, version: str) -> None:
    for command in ("show", "promote", "discard", "verify"):
        refused(run("models", command, version), 1)


def test_verifies_and_fails_with_exit_code_1(run: Run, home: Harness) -> None:
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


# serve and playground


@pytest.mark.parametrize("missing", ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"])
def test_serve_names_what_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    for name, value in {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}.items():
        monkeypatch.setenv(name, " " if name == missing else value)
    monkeypatch.setattr("bot.logs.configure_logging", lambda _level: None)
    assert refused(run("serve")).startswith(f"{missing} is missing or blank.")


@pytest.mark.parametrize("command", ["serve", "playground"])
@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_refuses_an_impossible_port(run: Run, command: str, port: str) -> None:
    assert "--port" in refused(run(command, f"--port={port}"))


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was handed over to be served."""
    seen: list[object] = []

    async def serve(bot: Bot, host: str, port: int, *, told: object) -> None:
        assert told is end_in_time
        seen.extend([bot.listens, bot.dependencies.jobs.works, host, port])

    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "s")
    monkeypatch.setattr("bot.serving.serve", serve)
    monkeypatch.setattr("bot.logs.configure_logging", lambda _level: None)
    return seen


def test_serve_hands_over_what_was_asked(run: Run, served: list[object]) -> None:
    said(run("serve", "--host", "0.0.0.0", "--port", "8123"))  # noqa: S104 - only handed over
    assert served == [True, True, "0.0.0.0", 8123]  # noqa: S104 - only handed over


def test_serving_and_working_are_split_on_a_shared_database(
    run: Run, served: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGBOT_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    # The database is away, and the bot starts all the same.
    result = run("serve", "--no-worker")
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: The shared database cannot be used just now")
    assert served == [True, False, "127.0.0.1", 3000]
    served.clear()
    monkeypatch.delenv("SLACK_SIGNING_SECRET")
    assert run("worker", "--port", "9000").exit_code == 0
    assert served == [False, True, "127.0.0.1", 9000]


@pytest.mark.parametrize("arguments", [["serve", "--no-worker"], ["worker"]])
def test_on_sqlite_one_process_serves_and_works(run: Run, served: list[object], arguments: list[str]) -> None:
    assert "SEGBOT_DATABASE_URL must name a PostgreSQL database to serve and work" in refused(run(*arguments))
    assert served == []


# Copies between the models folder and the shared database


def test_push_and_pull_say_what_became_of_each_version(
    run: Run, home: Harness, postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (version,) = home.versions
    for command in ("push", "pull"):
        assert "SEGBOT_DATABASE_URL must name the PostgreSQL database" in refused(run("models", command))
    monkeypatch.setenv("SEGBOT_DATABASE_URL", postgres_url)
    assert said(run("models", "pull")) == "There is nothing to copy.\n"
    assert said(run("models", "push")) == f"{version} is a candidate in the database now.\n"
    assert one_object(run("models", "push", version, "--json")) == {
        "to": "database",
        "versions": [{"version": version, "new": False, "problem": ""}],
    }
    assert said(run("models", "push")) == f"{version} is there already.\n"
    # From here on the database is the registry.
    assert "segbot train" in refused(run("predict", *ASK), 1)
    said(run("models", "promote", version))
    assert json.loads(said(run("predict", *ASK, "--json")))["model_version"] == version
    monkeypatch.setenv("SEGBOT_MODELS_DIR", str(tmp_path / "elsewhere"))
    assert said(run("models", "pull", version)) == f"{version} is a candidate in the folder now.\n"
    assert "There is no model version v9" in refused(run("models", "pull", "v9"), 1)


def test_a_broken_version_is_not_copied(
    run: Run, home: Harness, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (version,) = home.versions
    home.break_version(version)
    monkeypatch.setenv("SEGBOT_DATABASE_URL", postgres_url)
    text = said(run("models", "push"), 1)
    assert text.startswith(f"{version} was not copied. Model version {version} was not used: model.json")


def test_a_database_that_is_away_is_a_plain_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGBOT_DATABASE_URL", "postgresql+psycopg://nobody:p4ss@127.0.0.1:1/none")
    told = refused(run("predict", *ASK), 1)
    assert told.startswith("The shared database cannot be used just now (OperationalError).")
    assert "p4ss" not in told


def test_serve_sweeps_what_a_crash_left_and_does_without_where_it_may_not(
    run: Run, home: Harness, served: list[object]
) -> None:
    models = home.folder / "models"
    (models / ".tmp-half").mkdir()
    said(run("serve"))
    assert not list(models.glob(".tmp-*"))
    (models / ".lock").unlink()
    (models / ".lock").mkdir()
    result = run("serve")
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: The models folder ")
    assert served == [True, True, "127.0.0.1", 3000] * 2


@pytest.mark.usefixtures("without_jobs")
def test_the_playground_answers_the_example_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.logs.configure_logging", lambda _level: None)
    text = said(run("playground", "--once"))
    assert text.startswith(f"> /segment {EXAMPLE}\n")
    assert "Confidence: " in text
    assert "This customer" in text


def test_an_actor_without_a_name_is_known_by_number(run: Run, monkeypatch: pytest.MonkeyPatch, home: Harness) -> None:
    def nameless() -> str:
        raise OSError("no such user")

    monkeypatch.setattr("getpass.getuser", nameless)
    run("models", "rollback")
    assert cli._actor() == f"cli:uid{os.getuid()}"
