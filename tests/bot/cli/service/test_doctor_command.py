"""`segbot doctor`: each thing that can be wrong with an installation is named, with what to do."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import CommandLine, one_object, said
from harness import Harness

from bot.doctor import Finding, Health, look_over
from bot.playground.server import Playground
from bot.settings import Settings, SlackSettings, load_settings, load_slack_settings
from bot.slack.scopes import SCOPES


class Slack:
    """A workspace that answers from a thread of its own, as the command runs an event loop itself."""

    def __init__(self) -> None:
        self._started, self._stop = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._started.wait(60)

    async def _serve(self) -> None:
        async with Playground() as pg:
            self.pg, self._loop = pg, asyncio.get_running_loop()
            pg.workspace.change_install(scopes=frozenset(SCOPES))
            self._started.set()
            await self._stop.wait()

    @property
    def settings(self) -> SlackSettings:
        return load_slack_settings(self.pg.settings_env())

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


@pytest.fixture(scope="module")
def slack() -> Iterator[Slack]:
    served = Slack()
    yield served
    served.end()


def of(part: str, found: list[Finding]) -> Finding:
    (one,) = [finding for finding in found if finding.part == part]
    return one


@pytest.fixture
def settings(harness: Harness, tmp_path: Path) -> Settings:
    return harness.copy(tmp_path).settings


def test_a_sound_installation_is_well(run: CommandLine, slack: Slack) -> None:
    run.variables.update(slack.pg.settings_env())
    text = said(run("doctor"))
    assert "wrong" not in text
    assert text.endswith("All is well.\n")
    assert "The token has all permissions" in text
    assert "clock agrees" in text
    data = one_object(run("doctor", "--json"))
    assert data["well"] is True
    assert {"part", "health", "sentence", "way_out"} == set(data["findings"][0])


def test_what_is_wrong_makes_it_fail_and_says_what_to_do(run: CommandLine, tmp_path: Path) -> None:
    run.variables["SEGBOT_MODELS_DIR"] = str(tmp_path / "none")
    text = said(run("doctor"), code=1)
    assert "wrong  Settings: SLACK_BOT_TOKEN is missing or blank." in text
    assert "wrong  Model: " in text
    assert "→ Train one: segbot train customers.csv --promote" in text
    assert text.endswith("2 things are wrong.\n")
    run.variables["SEGBOT_MIN_ROWS"] = "many"
    text = said(run("doctor"), code=1)
    assert text.startswith("wrong  Settings: SEGBOT_MIN_ROWS must be")
    assert text.endswith("1 thing is wrong.\n")


def test_a_refused_token_missing_scopes_and_no_network_are_told_apart(settings: Settings, slack: Slack) -> None:
    slack.pg.workspace.change_install(scopes=frozenset(SCOPES) - {"files:read", "im:write"})
    assert of("Scopes", look_over(settings, slack.settings)).sentence == "The token lacks files:read, im:write."
    slack.pg.workspace.change_install(scopes=frozenset(SCOPES), revoked=True)
    refused = of("Slack", look_over(settings, slack.settings))
    assert "refuses the bot token: token_revoked" in refused.sentence
    slack.pg.workspace.change_install(revoked=False)
    away = SlackSettings("xoxb-1", "s", "", "http://127.0.0.1:1/api/")
    assert "can't be reached" in of("Slack", look_over(settings, away)).sentence


@pytest.mark.parametrize(
    ("apart", "health", "words"),
    [
        (-3_600, Health.WRONG, "seconds behind Slack's: Slack's requests will be refused"),
        (3_600, Health.WRONG, "seconds ahead of Slack's"),
        (120, Health.NOTE, "seconds ahead of Slack's."),
    ],
)
def test_a_clock_that_is_off_is_noticed(
    settings: Settings, slack: Slack, apart: int, health: Health, words: str
) -> None:
    clock = of("Clock", look_over(settings, slack.settings, now=time.time() + apart))
    assert clock.health is health
    assert words in clock.sentence


def test_databases_that_cannot_be_used_are_named(settings: Settings) -> None:
    assert of("Database", look_over(settings, None)).health is Health.WELL
    jobs = settings.state_dir / "jobs.sqlite"
    jobs.parent.mkdir(parents=True, exist_ok=True)
    jobs.write_text("this is no database" * 100)
    broken = of("Database", look_over(settings, None))
    assert (broken.health, "can't be read" in broken.sentence) == (Health.WRONG, True)
    jobs.unlink()
    away = {"SEGBOT_DATABASE_URL": "postgresql://127.0.0.1:1/none", "SEGBOT_SIGNING_KEY": "k" * 32}
    assert "shared database can't be used" in of("Database", look_over(load_settings(away), None)).sentence


def test_a_shared_database_that_answers_is_well(postgres_address: str) -> None:
    url = postgres_address.replace("postgresql://", "postgresql+psycopg://", 1)
    found = look_over(load_settings({"SEGBOT_DATABASE_URL": url, "SEGBOT_SIGNING_KEY": "k" * 32}), None)
    assert of("Database", found).sentence == "The shared database answers."
    assert of("Model", found).health is Health.WRONG
    assert len([one for one in found if one.part == "Folders"]) == 1


def test_folders_that_cannot_be_written_to_are_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may write anywhere, so what the system says is stated here.
    monkeypatch.setattr("os.access", lambda *_: False)
    folders = [one for one in look_over(settings, None) if one.part == "Folders"]
    assert [one.health for one in folders] == [Health.WRONG] * 2
    assert "SEGBOT_STATE_DIR" in folders[0].way_out


def test_a_damaged_model_is_named_with_the_one_that_answers(settings: Settings, harness: Harness) -> None:
    version = harness.versions[0]
    (settings.models_dir / version / "model.json").write_text("{}")
    model = of("Model", look_over(settings, None))
    assert model.health is Health.WRONG
    assert "segbot models" in model.way_out


def test_a_model_of_sample_customers_is_noted_and_admins_are_counted(settings: Settings) -> None:
    found = look_over(settings, None)
    assert of("Model", found).health is Health.NOTE
    assert "admins and owners" in of("Admins", found).sentence
    named = load_settings({"SEGBOT_ADMINS": "U012AB3CD,U012AB3CE", "SEGBOT_STATE_DIR": str(settings.state_dir)})
    assert "names 2 people" in of("Admins", look_over(named, None)).sentence


@pytest.mark.parametrize(("found", "health"), [("it is not built", Health.NOTE), (object(), Health.WELL)])
def test_the_compiled_kernel_is_there_or_the_way_to_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, found: object, health: Health
) -> None:
    monkeypatch.setattr("bot.doctor.load", lambda: found)
    scoring = of("Scoring", look_over(settings, None))
    assert scoring.health is health
    assert ("kernel.build" in scoring.way_out) == (health is Health.NOTE)
