"""The `segbot` command as a whole: its help, its exit codes, and what it does not load."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from command_line import SEGBOT, CommandLine, refused, said
from harness import EXAMPLE, Harness

from bot.cli.main import SUBCOMMANDS, main
from bot.cli.runtime import Runtime
from segmentation.registry.registry import Registry
from segmentation.scoring.kernel.build import NotBuilt, build
from segmentation.scoring.kernel.labels import store_labels
from segmentation.training.train import Trained

ASK = EXAMPLE.split()


def commands_of(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    """All groups and commands below a group, itself included, with the words that call them."""
    found: list[tuple[tuple[str, ...], click.Command]] = [(path, group)]
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        below = commands_of(command, (*path, name)) if isinstance(command, click.Group) else [((*path, name), command)]
        found += below
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
        for name in command.list_commands(click.Context(command)):
            assert f"  {name} " in text


@pytest.mark.parametrize(("path", "command"), commands_of(main))
def test_help_fits_a_terminal_of_eighty_columns_uncut(path: tuple[str, ...], command: click.Command) -> None:
    lines = CliRunner().invoke(main, [*path, "--help"], terminal_width=80).stdout.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    # Click ends what it cuts with three dots; the usage has some of its own.
    cut = [line for line in lines if line.endswith("...") and not line.startswith("Usage:")]
    assert cut == [], command.name


def in_a_shell(**variables: str) -> str:
    """What the command prints when a shell asks it, by variables, what to complete."""
    return CliRunner().invoke(main, [], prog_name="segbot", env=variables).stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_prints_what_a_shell_needs_to_complete_commands(shell: str) -> None:
    assert f"_SEGBOT_COMPLETE={shell}_complete" in in_a_shell(_SEGBOT_COMPLETE=f"{shell}_source")


@pytest.mark.parametrize(
    ("typed", "completed"),
    [("segbot mo", "models"), ("segbot models pro", "promote"), ("segbot train --pro", "--promote")],
)
def test_completes_commands_and_options_in_a_shell(typed: str, completed: str) -> None:
    word = str(len(typed.split()) - 1)
    said = in_a_shell(_SEGBOT_COMPLETE="bash_complete", COMP_WORDS=typed, COMP_CWORD=word)
    assert said.splitlines() == [f"plain,{completed}"]


def test_the_list_of_commands_gives_each_a_summary() -> None:
    text = CliRunner().invoke(main, ["--help"]).stdout
    for name, subcommand in SUBCOMMANDS.items():
        assert re.search(rf"  {name} +{re.escape(subcommand.summary)}\n", text)
        assert subcommand.load().name == name


def test_a_mistyped_command_is_refused_with_the_nearest_one() -> None:
    result = CliRunner().invoke(main, ["predikt"])
    assert result.exit_code == 2
    assert "No such command 'predikt'" in result.stderr
    assert "predict" in result.stderr.split("predikt", 1)[1]


def test_the_documented_commands_are_there() -> None:
    names = {" ".join(path) for path, _ in commands_of(main)}
    assert names >= {
        "predict", "score", "train", "serve", "worker", "playground",
        "models list", "models show", "models history", "models promote", "models rollback", "models discard",
        "models verify", "models push", "models pull", "warehouse score", "warehouse train", "warehouse sql",
    }  # fmt: skip


def test_the_version_is_the_packages() -> None:
    assert "segbot, version 0." in CliRunner().invoke(main, ["--version"], prog_name="segbot").stdout


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SEGBOT_LOG_LEVEL", "loud", "SEGBOT_LOG_LEVEL must be one of"),
        ("SEGBOT_SIGNING_KEY", "short", "SEGBOT_SIGNING_KEY must have at least 32 characters"),
    ],
)
def test_a_wrong_variable_is_named(run: CommandLine, name: str, value: str, told: str) -> None:
    run.variables[name] = value
    assert told in refused(run("predict", *ASK))


def test_the_file_beside_it_is_read_too(run: CommandLine) -> None:
    Path(".env").write_text("SEGBOT_LOG_LEVEL=loud\n")
    assert "SEGBOT_LOG_LEVEL" in refused(run("predict", *ASK))


@dataclass(frozen=True)
class WithoutRegistry(Runtime):
    """A runtime whose registry cannot be opened."""

    failure: OSError = field(kw_only=True)

    @cached_property
    def registry(self) -> Registry:
        raise self.failure


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (PermissionError(13, "Permission denied", "/somewhere"), "Permission denied: /somewhere\n"),
        (NotADirectoryError(20, "Not a directory"), "Not a directory\n"),
        (OSError("the disk is gone"), "the disk is gone\n"),
    ],
)
def test_what_the_system_refuses_is_told_in_its_words(run: CommandLine, failure: OSError, told: str) -> None:
    assert refused(run("predict", *ASK, runtime=WithoutRegistry(run.variables, failure=failure)), 1) == told


def test_a_database_that_is_away_is_a_plain_sentence(run: CommandLine) -> None:
    run.variables["SEGBOT_DATABASE_URL"] = "postgresql+psycopg://nobody:p4ss@127.0.0.1:1/none"
    told = refused(run("predict", *ASK), 1)
    assert told.startswith("The shared database can't be used just now (OperationalError).")
    assert "p4ss" not in told


HEAVY = ["sklearn", "pandas", "numpy", "scipy", "polars", "matplotlib", "ibis", "slack_bolt", "slack_sdk", "dbos"]


@pytest.mark.parametrize(
    ("arguments", "unloaded"),
    [
        (["predict", *ASK, "--json"], [*HEAVY, "rich"]),
        (["predict", *ASK], HEAVY),
        (["--help"], [*HEAVY, "rich", "dotenv"]),
        (["train", "--help"], ["sklearn"]),
        (["warehouse", "sql", "--dialect", "duckdb", "--table", "t"], ["sklearn", "slack_bolt"]),
    ],
)
def test_a_command_loads_only_what_it_needs(
    home: Harness, tmp_path: Path, arguments: list[str], unloaded: list[str]
) -> None:
    program = (
        "import sys\nfrom bot.cli import main\n"
        f"main({arguments!r}, standalone_mode=False)\n"
        f"print(sorted(set({unloaded!r}) & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={**os.environ, **home.env}, capture_output=True, check=True
    )
    assert done.stderr == b"[]\n"
    assert done.stdout


def test_a_plain_file_is_scored_without_polars_and_numpy(home: Harness, tmp_path: Path) -> None:
    try:
        build()
    except NotBuilt as reason:
        pytest.skip(f"the kernel cannot be built here: {reason}")
    store_labels()
    (tmp_path / "in.csv").write_text("id,age,income,score\nA-1,30,60,70\nA-2,40,20.5,70\n")
    # A process of its own: what is loaded here is loaded for good.
    program = (
        "import sys\nfrom types import ModuleType\nfrom bot.cli import main\n"
        "main(['score', 'in.csv', 'out.csv'], standalone_mode=False)\n"
        # A library whose loading was postponed is a module of another type until it is loaded.
        "print([name for name in ('numpy', 'polars', 'sklearn', 'dotenv')"
        " if type(sys.modules.get(name)) is ModuleType], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={**os.environ, **home.env}, capture_output=True, check=True
    )
    assert done.stderr == b"[]\n"
    assert (tmp_path / "out.csv").read_text().count("\n") == 3


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


def test_an_actor_without_a_name_is_known_by_number(
    run: CommandLine, home: Harness, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nameless() -> str:
        raise OSError("no such user")

    monkeypatch.setattr("getpass.getuser", nameless)
    said(run("models", "promote", home.registry.save(trained, actor="tests", source="again")))
    assert home.registry.history()[-1].actor == f"cli:uid{os.getuid()}"
