"""Settings from the environment and `.env`, validated at start; a refusal names the variable, never its value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dotenv import dotenv_values

from segmentation.errors import BadInput

SLACK_API: Final = "https://slack.com/api/"
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_USER_ID: Final = re.compile(r"[UW][A-Z0-9]{2,20}")
_TOKEN: Final = re.compile(r"[!-~]+")
_SHORTEST_KEY: Final = 32


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its name, its default in words, and what it is for. README's table is checked by it."""

    name: str
    default: str
    purpose: str


VARIABLES: Final = (
    Variable("SLACK_BOT_TOKEN", "none, required to serve", "The bot token (xoxb-…) of the installed app"),
    Variable("SLACK_SIGNING_SECRET", "none, required over HTTP", "Verifies that requests come from Slack"),
    Variable("SLACK_APP_TOKEN", "none", "An app-level token (xapp-…); when set, segbot uses Socket Mode"),
    Variable("SLACK_API_URL", SLACK_API, "Where the Slack Web API is; the playground sets its own"),
    Variable(
        "SEGBOT_ADMINS",
        "workspace admins and owners",
        "Slack user ids, separated by commas: for changing the model from Slack, which is not there yet",
    ),
    Variable("SEGBOT_MODELS_DIR", "models", "The folder of model versions"),
    Variable("SEGBOT_STATE_DIR", "var", "Jobs database, signing key and scratch files"),
    Variable("SEGBOT_DATABASE_URL", "SQLite in the state folder", "The jobs database"),
    Variable("SEGBOT_SIGNING_KEY", "made in the state folder", "Signs model versions; at least 32 characters"),
    Variable("SEGBOT_SCHEMA", "the shipped one", "A TOML file with features and segment rules"),
    Variable("SEGBOT_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR"),
)


class BadSetting(BadInput):
    """A variable is missing or wrong; the sentence names it."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} {reason}. Set it in the environment or in .env (see .env.example).")
        self.name = name


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """How to talk to Slack. Secrets are kept out of the representation."""

    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    app_token: str = field(repr=False)
    api_url: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything but Slack: enough for the command line."""

    models_dir: Path
    state_dir: Path
    database_url: str
    signing_key: str = field(repr=False)
    schema_path: Path | None
    admins: frozenset[str]
    log_level: str


def read_environment(environ: Mapping[str, str], dotenv: Path | None = None) -> dict[str, str]:
    """Merge `.env` under the environment; only our variables, values stripped, blank ones dropped.

    Raises
    ------
    BadInput
        When `.env` is not UTF-8 text.
    """
    try:
        from_file = dotenv_values(dotenv) if dotenv is not None and dotenv.is_file() else {}
    except UnicodeDecodeError:
        raise BadInput(f"{dotenv} is not UTF-8 text. Save it as UTF-8.") from None
    names = {variable.name for variable in VARIABLES}
    merged = {**from_file, **environ}
    return {name: value.strip() for name, value in merged.items() if name in names and value and value.strip()}


def load_settings(values: Mapping[str, str]) -> Settings:
    """Build the settings from `read_environment`'s result.

    Raises
    ------
    BadSetting
        Naming the first variable that is wrong.
    """
    level = values.get("SEGBOT_LOG_LEVEL", "INFO").upper()
    if level not in LOG_LEVELS:
        raise BadSetting("SEGBOT_LOG_LEVEL", f"must be one of {', '.join(LOG_LEVELS)}")
    key = values.get("SEGBOT_SIGNING_KEY", "")
    if key and len(key) < _SHORTEST_KEY:
        raise BadSetting("SEGBOT_SIGNING_KEY", f"must have at least {_SHORTEST_KEY} characters")
    admins = frozenset(filter(None, re.split(r"[\s,]+", values.get("SEGBOT_ADMINS", ""))))
    if not all(_USER_ID.fullmatch(admin) for admin in admins):
        raise BadSetting("SEGBOT_ADMINS", "must hold Slack user ids such as U012AB3CD, separated by commas")
    state_dir = Path(values.get("SEGBOT_STATE_DIR", "var"))
    schema = values.get("SEGBOT_SCHEMA")
    return Settings(
        models_dir=Path(values.get("SEGBOT_MODELS_DIR", "models")),
        state_dir=state_dir,
        database_url=values.get("SEGBOT_DATABASE_URL", f"sqlite:///{state_dir / 'jobs.sqlite'}"),
        signing_key=key,
        schema_path=Path(schema) if schema else None,
        admins=admins,
        log_level=level,
    )


def load_slack_settings(values: Mapping[str, str]) -> SlackSettings:
    """Build the Slack settings from `read_environment`'s result.

    Raises
    ------
    BadSetting
        Naming the first variable that is missing, blank or wrong.
    """
    app_token = values.get("SLACK_APP_TOKEN", "")
    if app_token and not (app_token.startswith("xapp-") and _TOKEN.fullmatch(app_token)):
        raise BadSetting("SLACK_APP_TOKEN", "must be an app-level token, which starts with xapp-")
    token = values.get("SLACK_BOT_TOKEN", "")
    if not token:
        raise BadSetting("SLACK_BOT_TOKEN", "is missing or blank")
    if not (token.startswith("xoxb-") and _TOKEN.fullmatch(token)):
        raise BadSetting("SLACK_BOT_TOKEN", "must be a bot token, which starts with xoxb-")
    secret = values.get("SLACK_SIGNING_SECRET", "")
    if not secret and not app_token:
        raise BadSetting("SLACK_SIGNING_SECRET", "is missing or blank")
    return SlackSettings(token, secret, app_token, _api_url(values.get("SLACK_API_URL", SLACK_API)))


def _api_url(text: str) -> str:
    wrong = BadSetting("SLACK_API_URL", "must be an https address (http only on this machine)")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise wrong from None
    plain_loopback = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or plain_loopback):
        raise wrong
    return text if text.endswith("/") else f"{text}/"
