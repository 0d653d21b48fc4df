"""Settings: every variable, wrong, missing or blank, is named, and its value is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import (
    SLACK_API,
    VARIABLES,
    BadSetting,
    load_settings,
    load_slack_settings,
    read_environment,
)
from segmentation.errors import BadInput

SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s3cret"}


def test_needs_nothing_but_slacks_secrets() -> None:
    settings = load_settings({})
    assert (settings.models_dir, settings.state_dir) == (Path("models"), Path("var"))
    assert settings.database_url == f"sqlite:///{Path('var/jobs.sqlite')}"
    assert (settings.schema_path, settings.admins, settings.log_level) == (None, frozenset(), "INFO")
    slack = load_slack_settings(SLACK)
    assert (slack.bot_token, slack.signing_secret, slack.app_token, slack.api_url) == (
        "xoxb-1",
        "s3cret",
        "",
        SLACK_API,
    )


def test_takes_every_variable() -> None:
    settings = load_settings(
        {
            "SEGBOT_ADMINS": "U012AB3CD, W0000ZZ99\nU1A",
            "SEGBOT_MODELS_DIR": "/m",
            "SEGBOT_STATE_DIR": "/v",
            "SEGBOT_DATABASE_URL": "postgresql://db/jobs",
            "SEGBOT_SIGNING_KEY": "k" * 32,
            "SEGBOT_SCHEMA": "/s.toml",
            "SEGBOT_LOG_LEVEL": "debug",
        }
    )
    assert settings.admins == {"U012AB3CD", "W0000ZZ99", "U1A"}
    assert (settings.models_dir, settings.state_dir, settings.schema_path) == (Path("/m"), Path("/v"), Path("/s.toml"))
    assert (settings.database_url, settings.signing_key) == ("postgresql://db/jobs", "k" * 32)
    assert settings.log_level == "DEBUG"
    assert load_settings({"SEGBOT_STATE_DIR": "/v"}).database_url == "sqlite:////v/jobs.sqlite"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEGBOT_LOG_LEVEL", "chatty"),
        ("SEGBOT_SIGNING_KEY", "short-but-secret"),
        ("SEGBOT_ADMINS", "U012AB3CD, somebody@example.com"),
        ("SEGBOT_ADMINS", "<@U012AB3CD>"),
    ],
)
def test_names_the_wrong_variable_and_hides_its_value(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"^{name} must ") as caught:
        load_settings({name: value})
    assert caught.value.name == name
    assert value not in caught.value.sentence
    assert ".env" in caught.value.sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", ""),
        ("SLACK_BOT_TOKEN", "xoxp-a-users-token"),
        ("SLACK_BOT_TOKEN", "xoxb-two\nlines"),
        ("SLACK_BOT_TOKEN", "xoxb-ünsent"),
        ("SLACK_SIGNING_SECRET", ""),
        ("SLACK_APP_TOKEN", "xoxb-1-is-no-app-token"),
        ("SLACK_APP_TOKEN", "xapp-a b"),
        ("SLACK_API_URL", "http://slack.example/api/"),
        ("SLACK_API_URL", "slack.example"),
        ("SLACK_API_URL", "file:///etc/passwd"),
        ("SLACK_API_URL", "https://[bad"),
        ("SLACK_API_URL", "https://"),
        ("SLACK_API_URL", "http://localhost.example/"),
    ],
)
def test_names_the_wrong_slack_variable_and_hides_its_value(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"^{name} (must be|is missing)") as caught:
        load_slack_settings({**SLACK, name: value})
    assert not value or value not in caught.value.sentence


def test_needs_no_signing_secret_in_socket_mode() -> None:
    slack = load_slack_settings({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"})
    assert (slack.signing_secret, slack.app_token) == ("", "xapp-1")


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost", "[::1]:80"])
def test_takes_plain_http_on_this_machine_only(host: str) -> None:
    assert load_slack_settings({**SLACK, "SLACK_API_URL": f"http://{host}/api"}).api_url == f"http://{host}/api/"


def test_no_secret_is_in_a_representation() -> None:
    shown = repr(load_slack_settings({**SLACK, "SLACK_APP_TOKEN": "xapp-9"})) + repr(
        load_settings({"SEGBOT_SIGNING_KEY": "k" * 32})
    )
    for secret in ("xoxb-1", "s3cret", "xapp-9", "k" * 32):
        assert secret not in shown


def test_the_environment_stands_over_the_file(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        '# comment\nSLACK_BOT_TOKEN="xoxb-file"\nSLACK_SIGNING_SECRET=file \nSEGBOT_LOG_LEVEL=ERROR\nHOME=/x\n',
        encoding="utf-8",
    )
    found = read_environment({"SLACK_BOT_TOKEN": " xoxb-env ", "SEGBOT_LOG_LEVEL": "  ", "PATH": "/bin"}, dotenv)
    assert found == {"SLACK_BOT_TOKEN": "xoxb-env", "SLACK_SIGNING_SECRET": "file"}  # a blank one counts as not set


def test_does_without_a_file(tmp_path: Path) -> None:
    assert read_environment({"SEGBOT_ADMINS": "U1A"}, tmp_path / ".env") == {"SEGBOT_ADMINS": "U1A"}
    assert read_environment({"SEGBOT_ADMINS": "U1A"}, tmp_path) == {"SEGBOT_ADMINS": "U1A"}  # a folder is no file


def test_refuses_a_file_that_is_not_text(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_bytes(b"SLACK_BOT_TOKEN=xoxb-\xff\xfe")
    with pytest.raises(BadInput, match=r"\.env is not UTF-8 text"):
        read_environment({}, dotenv)


def test_every_variable_is_described() -> None:
    names = [variable.name for variable in VARIABLES]
    assert len(set(names)) == len(names)
    assert all(variable.default and variable.purpose for variable in VARIABLES)
