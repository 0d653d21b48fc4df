"""Settings: every variable, wrong, missing or blank, is named, and its value is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import (
    BadSetting,
    load_settings,
    load_slack_settings,
    read_environment,
)
from bot.slack.access import actor_of, user_of
from bot.variables import SLACK_API, VARIABLES
from segmentation.errors import BadInput
from segmentation.evaluation.thresholds import Thresholds

SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s3cret"}


def test_needs_nothing_but_slacks_secrets() -> None:
    settings = load_settings({})
    assert (settings.models_dir, settings.state_dir) == (Path("models"), Path("var"))
    assert settings.database_url == f"sqlite:///{Path('var/jobs.sqlite')}"
    assert (settings.schema_path, settings.admins, settings.log_level) == (None, frozenset(), "INFO")
    assert (settings.thresholds, settings.allow_unsafe, settings.keep_versions) == (Thresholds(), False, 20)
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


def test_takes_the_gate_s_thresholds() -> None:
    settings = load_settings(
        {
            "SEGBOT_MIN_ROWS": "30",
            "SEGBOT_MIN_SEGMENT_SHARE": ".05",
            "SEGBOT_MIN_SEGMENT_CUSTOMERS": "3",
            "SEGBOT_MIN_SILHOUETTE": "-0.5",
            "SEGBOT_MIN_STABILITY": "0",
            "SEGBOT_MIN_FIDELITY": "1",
            "SEGBOT_MIN_USED_SHARE": "0.5",
            "SEGBOT_WARN_USED_SHARE": "1",
            "SEGBOT_KEEP_VERSIONS": "7",
        }
    )
    assert settings.thresholds == Thresholds(30, 0.05, 3, -0.5, 0.0, 1.0, 0.5, 1.0)
    assert settings.keep_versions == 7


@pytest.mark.parametrize(
    ("text", "allowed"), [("1", True), ("true", True), ("YES", True), ("0", False), ("off", False), ("", False)]
)
def test_unsafe_candidates_are_let_in_only_when_that_is_said(text: str, allowed: bool) -> None:
    assert load_settings(read_environment({"SEGBOT_ALLOW_UNSAFE": text})).allow_unsafe is allowed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEGBOT_MIN_ROWS", "0"),
        ("SEGBOT_MIN_ROWS", "fifty"),
        ("SEGBOT_MIN_ROWS", "٣"),
        ("SEGBOT_MIN_ROWS", "9999999999"),
        ("SEGBOT_MIN_SEGMENT_CUSTOMERS", "2.5"),
        ("SEGBOT_MIN_SEGMENT_SHARE", "5%"),
        ("SEGBOT_MIN_SEGMENT_SHARE", "nan"),
        ("SEGBOT_MIN_SILHOUETTE", "1.1"),
        ("SEGBOT_MIN_SILHOUETTE", "-1.1"),
        ("SEGBOT_MIN_STABILITY", "-0.1"),
        ("SEGBOT_MIN_FIDELITY", "inf"),
        ("SEGBOT_MIN_USED_SHARE", "80%"),
        ("SEGBOT_WARN_USED_SHARE", "1.01"),
        ("SEGBOT_ALLOW_UNSAFE", "maybe"),
        ("SEGBOT_RESULTS", "channel"),
        ("SEGBOT_KERNEL", "fast"),
        ("SEGBOT_KEEP_VERSIONS", "1"),
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


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_a_shared_database_takes_a_shared_key(scheme: str) -> None:
    url = f"{scheme}://segbot:p4ss@db:5432/segbot?sslmode=require"
    settings = load_settings({"SEGBOT_DATABASE_URL": url, "SEGBOT_SIGNING_KEY": "k" * 32})
    assert settings.database_url == url
    assert settings.database_address == "postgresql://segbot:p4ss@db:5432/segbot?sslmode=require"
    assert "p4ss" not in repr(settings)
    with pytest.raises(BadSetting, match=r"^SEGBOT_SIGNING_KEY is missing, and replicas .* must share it") as caught:
        load_settings({"SEGBOT_DATABASE_URL": url})
    assert "p4ss" not in caught.value.sentence
    assert load_settings({}).database_address == ""


@pytest.mark.parametrize(
    "url", ["mysql://db/x", "postgresql://", "postgresql+psycopg://host/", "postgresql://[x/db", "db"]
)
def test_a_database_nobody_can_use_is_refused(url: str) -> None:
    with pytest.raises(BadSetting, match=r"^SEGBOT_DATABASE_URL must be ") as caught:
        load_settings({"SEGBOT_DATABASE_URL": url, "SEGBOT_SIGNING_KEY": "k" * 32})
    assert url not in caught.value.sentence or url == "db"


def test_a_worker_needs_no_signing_secret() -> None:
    assert load_slack_settings({"SLACK_BOT_TOKEN": "xoxb-1"}, listens=False).signing_secret == ""


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


@pytest.mark.parametrize(
    "values",
    [
        {},
        {
            "SEGBOT_ADMINS": "U012AB3CD,W0000ZZ99",
            "SEGBOT_MODELS_DIR": "/m",
            "SEGBOT_STATE_DIR": "/v",
            "SEGBOT_DATABASE_URL": "postgresql://db/jobs",
            "SEGBOT_SIGNING_KEY": "k" * 32,
            "SEGBOT_SCHEMA": "/s.toml",
            "SEGBOT_LOG_LEVEL": "debug",
            "SEGBOT_MIN_ROWS": "7",
            "SEGBOT_MIN_SEGMENT_SHARE": "0.00001",
            "SEGBOT_MIN_SEGMENT_CUSTOMERS": "8",
            "SEGBOT_MIN_SILHOUETTE": "-0.25",
            "SEGBOT_MIN_STABILITY": "0.1",
            "SEGBOT_MIN_FIDELITY": "1",
            "SEGBOT_MIN_USED_SHARE": "0.6",
            "SEGBOT_WARN_USED_SHARE": "0.7",
            "SEGBOT_ALLOW_UNSAFE": "1",
            "SEGBOT_KEEP_VERSIONS": "9",
            "SEGBOT_REMEMBER": "0",
            "SEGBOT_RESULTS": "direct",
            "SEGBOT_KERNEL": "off",
            "SEGBOT_TABLES": "a=/x.parquet, b=postgresql://u:p@h/d#s.t",
        },
    ],
    ids=["defaults", "everything"],
)
def test_a_process_of_our_own_gets_the_same_settings(values: dict[str, str]) -> None:
    settings = load_settings(values)
    assert load_settings(read_environment(settings.environment())) == settings
    if values:
        ours = {variable.name for variable in VARIABLES if variable.name.startswith("SEGBOT_")}
        # Whoever adds one adds it here and in `environment`; the assistants' token is `segbot mcp`'s own.
        assert set(values) == ours - {"SEGBOT_MCP_TOKEN"}


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:p#w@h/d", "postgresql://u:p?w@h/d#t", "postgresql://u:p/w@h/d#t", "postgresql://u:p@w@h/d#t"],
)
def test_a_table_whose_address_could_be_misread_stops_the_start_and_is_not_repeated(url: str) -> None:
    with pytest.raises(BadSetting) as caught:
        load_settings({"SEGBOT_TABLES": f"customers={url}"})
    assert "SEGBOT_TABLES holds @, /, ? or # in the user or password of customers" in caught.value.sentence
    assert "u:p" not in caught.value.sentence


def test_a_path_of_an_object_store_may_hold_an_at_sign() -> None:
    text = "customers=spark://m:7077#abfss://box@account.example/customers"
    assert load_settings({"SEGBOT_TABLES": text}).tables["customers"].table.startswith("abfss://box@")


@pytest.mark.parametrize("user", ["U1A", "W" + "9" * 30])
def test_an_admin_may_have_any_user_id_that_access_knows(user: str) -> None:
    assert load_settings({"SEGBOT_ADMINS": user}).admins == {user}
    assert user_of(actor_of(user)) == user
