"""Runs `segbot` in this process, and reads what it printed."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from click.testing import CliRunner, Result
from harness import Harness

from bot.cli.main import main
from bot.cli.runtime import Runtime
from segmentation.training.samples.mall import sample_customers

SEGBOT: Final = [sys.executable, "-c", "from bot.cli import main; main()"]


class CommandLine:
    """Runs the command with variables of its own.

    Attributes
    ----------
    variables
        Stands for the environment; tests change it before a run.
    log_levels
        The levels at which logging was started, in order. Nothing is logged: a run must not change the test's logging.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = dict(variables)
        self.log_levels: list[str] = []

    def __call__(self, *arguments: str, runtime: Runtime | None = None) -> Result:
        """Run the command, with a runtime of the test's own if it needs one."""
        runtime = runtime or Runtime(dict(self.variables), self.log_levels.append)
        return CliRunner().invoke(main, arguments, obj=runtime)


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


def unbroken(text: str) -> str:
    """What a run printed as one line: without the breaks that fit prose to a terminal."""
    return " ".join(text.split())


@pytest.fixture
def home(harness: Harness, tmp_path: Path) -> Harness:
    """A harness to change at will."""
    return harness.copy(tmp_path / "home")


@pytest.fixture
def run(home: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Run the command in an empty folder, with nothing but the bot's variables set."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return CommandLine(home.env)


@pytest.fixture
def customers(run: CommandLine) -> Path:
    """A training file in the working folder; a year older than the sample, which segbot would know."""
    del run  # made the folder
    path = Path("customers.csv")
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "age", "income", "score"])
        writer.writerows([i, *map(int, row)] for i, row in enumerate(np.add(sample_customers(), (1, 0, 0)), start=1))
    return path
