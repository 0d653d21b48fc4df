"""`segbot serve` and `segbot worker`: what they need, and what they hand over to be served."""

from __future__ import annotations

from functools import partial

import pytest
from command_line import CommandLine, refused, said
from harness import Harness

from bot.app import Bot
from bot.serving import end_in_time


@pytest.fixture
def served(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was handed over to be served."""
    seen: list[object] = []

    async def serve(bot: Bot, host: str, port: int, *, told: object) -> None:
        assert isinstance(told, partial)
        assert (told.func, told.args) == (end_in_time, (24.0,))
        seen.extend([bot.listens, bot.dependencies.jobs.works, host, port])

    run.variables["SLACK_BOT_TOKEN"] = "xoxb-1"
    run.variables["SLACK_SIGNING_SECRET"] = "s"
    monkeypatch.setattr("bot.serving.serve", serve)
    return seen


@pytest.mark.parametrize("missing", ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"])
def test_serve_names_what_is_missing(run: CommandLine, missing: str) -> None:
    for name, value in {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}.items():
        run.variables[name] = " " if name == missing else value
    assert refused(run("serve")).startswith(f"{missing} is missing or blank.")


@pytest.mark.parametrize("command", ["serve", "playground"])
@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_refuses_an_impossible_port(run: CommandLine, command: str, port: str) -> None:
    assert "--port" in refused(run(command, f"--port={port}"))


def test_serve_hands_over_what_was_asked(run: CommandLine, served: list[object]) -> None:
    said(run("serve", "--host", "0.0.0.0", "--port", "8123"))  # noqa: S104 - only handed over
    assert run.log_levels == ["INFO"]
    assert served == [True, True, "0.0.0.0", 8123]  # noqa: S104 - only handed over


def test_serving_and_working_are_split_on_a_shared_database(run: CommandLine, served: list[object]) -> None:
    run.variables["SEGBOT_DATABASE_URL"] = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    # The database is away, and the bot starts all the same.
    result = run("serve", "--no-worker")
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: The shared database can't be used just now")
    assert served == [True, False, "127.0.0.1", 3000]
    served.clear()
    del run.variables["SLACK_SIGNING_SECRET"]
    assert run("worker", "--port", "9000").exit_code == 0
    assert served == [False, True, "127.0.0.1", 9000]


@pytest.mark.parametrize("arguments", [["serve", "--no-worker"], ["worker"]])
def test_on_sqlite_one_process_serves_and_works(run: CommandLine, served: list[object], arguments: list[str]) -> None:
    assert "SEGBOT_DATABASE_URL must name a PostgreSQL database to serve and work" in refused(run(*arguments))
    assert served == []


def test_serve_sweeps_what_a_crash_left_and_does_without_where_it_may_not(
    run: CommandLine, home: Harness, served: list[object]
) -> None:
    models = home.folder / "models"
    (models / ".tmp-half").mkdir()
    said(run("serve"))
    assert not list(models.glob(".tmp-*"))
    (models / ".lock").unlink()
    (models / ".lock").mkdir()
    result = run("serve")
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: The models folder\n")
    assert served == [True, True, "127.0.0.1", 3000] * 2
