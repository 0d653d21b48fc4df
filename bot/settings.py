"""Settings from the environment and `.env`, validated at start; an error names the variable, never its value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bot.variables import SLACK_API, VARIABLES
from segmentation.errors import BadInput
from segmentation.evaluation.thresholds import Thresholds
from segmentation.registry.states import KEEP_VERSIONS
from segmentation.warehouse.address import Address

RESULTS: Final = ("thread", "direct")
KERNEL: Final = ("auto", "off", "always")
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
# More than a year, so that a month can be compared with the same one a year before.
DAYS_REMEMBERED: Final = 400
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
# As Slack writes them; it says that they may grow longer.
_USER_ID: Final = re.compile(r"[UW][A-Z0-9]{2,30}")
_TOKEN: Final = re.compile(r"[!-~]+")
_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_FRACTION: Final = re.compile(r"-?[0-9]{0,3}\.?[0-9]{1,15}")
_ON: Final = frozenset({"1", "true", "yes", "on"})
_OFF: Final = frozenset({"0", "false", "no", "off"})
_SHORTEST_KEY: Final = 32
_POSTGRES: Final = frozenset({"postgresql", "postgresql+psycopg"})
# A comma belongs to an address unless a name and an equals sign come after it.
_TABLE_NAME: Final = re.compile(r"(?:^|,)\s*(?P<name>[a-z][a-z0-9_-]{0,31})=")


def is_user_id(text: str) -> bool:
    """Say whether a text has the form of a Slack user id."""
    return _USER_ID.fullmatch(text) is not None


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
class McpSettings:
    """Who may ask `segbot mcp`: clients with the token, and Slack, if there is a secret. Both stay unshown."""

    token: str = field(repr=False)
    signing_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FileWays:
    """How files are answered.

    Parameters
    ----------
    offers_setup
        Whether admins may set up segments from a file of other columns; not where SEGBOT_SCHEMA states the columns.
    direct
        Whether results go to the person who uploaded the file, in a direct message, in any channel.
    """

    offers_setup: bool = True
    direct: bool = False


USUAL_WAYS: Final = FileWays()


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything but Slack: enough for the command line."""

    models_dir: Path
    state_dir: Path
    database_url: str = field(repr=False)
    signing_key: str = field(repr=False)
    schema_path: Path | None
    admins: frozenset[str]
    log_level: str
    thresholds: Thresholds
    allow_unsafe: bool
    keep_versions: int
    tables: Mapping[str, Address]
    days_remembered: int
    direct_results: bool = False
    kernel: str = KERNEL[0]

    @property
    def ways(self) -> FileWays:
        """How files are answered."""
        return FileWays(offers_setup=self.schema_path is None, direct=self.direct_results)

    @property
    def database_address(self) -> str:
        """The database that replicas share, as libpq takes it; empty if everything is on this machine."""
        scheme, _, rest = self.database_url.partition("://")
        return f"postgresql://{rest}" if scheme in _POSTGRES else ""

    def environment(self) -> dict[str, str]:
        """Return the variables that give these settings, for a process of our own; blank stands for the default."""
        return {
            "SEGBOT_MODELS_DIR": str(self.models_dir),
            "SEGBOT_STATE_DIR": str(self.state_dir),
            "SEGBOT_DATABASE_URL": self.database_url,
            "SEGBOT_SIGNING_KEY": self.signing_key,
            "SEGBOT_SCHEMA": str(self.schema_path or ""),
            "SEGBOT_ADMINS": ",".join(sorted(self.admins)),
            "SEGBOT_LOG_LEVEL": self.log_level,
            "SEGBOT_MIN_ROWS": str(self.thresholds.rows),
            # Written with `.15f`, since `_FRACTION` takes no exponent and at most 15 decimals.
            "SEGBOT_MIN_SEGMENT_SHARE": f"{self.thresholds.share:.15f}",
            "SEGBOT_MIN_SEGMENT_CUSTOMERS": str(self.thresholds.customers),
            "SEGBOT_MIN_SILHOUETTE": f"{self.thresholds.silhouette:.15f}",
            "SEGBOT_MIN_STABILITY": f"{self.thresholds.stability:.15f}",
            "SEGBOT_MIN_FIDELITY": f"{self.thresholds.fidelity:.15f}",
            "SEGBOT_MIN_USED_SHARE": f"{self.thresholds.used:.15f}",
            "SEGBOT_WARN_USED_SHARE": f"{self.thresholds.warn_used:.15f}",
            "SEGBOT_ALLOW_UNSAFE": str(int(self.allow_unsafe)),
            "SEGBOT_KEEP_VERSIONS": str(self.keep_versions),
            "SEGBOT_REMEMBER": str(self.days_remembered),
            "SEGBOT_TABLES": ",".join(f"{name}={one.url}#{one.table}" for name, one in self.tables.items()),
            "SEGBOT_RESULTS": RESULTS[self.direct_results],
            "SEGBOT_KERNEL": self.kernel,
        }


def read_environment(environ: Mapping[str, str], dotenv: Path | None = None) -> dict[str, str]:
    """Merge `.env` under the environment; only our variables, values stripped, blank ones dropped.

    Raises
    ------
    BadInput
        When `.env` is not UTF-8 text.
    """
    try:
        from_file = _in_file(dotenv) if dotenv is not None and dotenv.is_file() else {}
    except UnicodeDecodeError:
        # `from None`: the error carries the whole file, secrets included.
        raise BadInput(f"{dotenv} is not UTF-8 text. Save it as UTF-8.") from None
    names = {variable.name for variable in VARIABLES}
    merged = {**from_file, **environ}
    return {name: value.strip() for name, value in merged.items() if name in names and value and value.strip()}


def _in_file(dotenv: Path) -> Mapping[str, str | None]:
    from dotenv import dotenv_values  # noqa: PLC0415 - an installation without a `.env` does without

    return dotenv_values(dotenv)


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
    if not all(is_user_id(admin) for admin in admins):
        raise BadSetting("SEGBOT_ADMINS", "must hold Slack user ids such as U012AB3CD, separated by commas")
    state_dir = Path(values.get("SEGBOT_STATE_DIR", "var"))
    schema = values.get("SEGBOT_SCHEMA")
    settings = Settings(
        models_dir=Path(values.get("SEGBOT_MODELS_DIR", "models")),
        state_dir=state_dir,
        database_url=values.get("SEGBOT_DATABASE_URL", f"sqlite:///{state_dir / 'jobs.sqlite'}"),
        signing_key=key,
        schema_path=Path(schema) if schema else None,
        admins=admins,
        log_level=level,
        thresholds=_thresholds(values),
        allow_unsafe=_switch(values, "SEGBOT_ALLOW_UNSAFE"),
        tables=read_tables(values.get("SEGBOT_TABLES", "")),
        keep_versions=_whole(values, "SEGBOT_KEEP_VERSIONS", KEEP_VERSIONS, least=2),
        days_remembered=_whole(values, "SEGBOT_REMEMBER", DAYS_REMEMBERED, least=0),
        direct_results=_one_of(values, "SEGBOT_RESULTS", RESULTS) == RESULTS[1],
        kernel=_one_of(values, "SEGBOT_KERNEL", KERNEL),
    )
    _check_database(settings)
    return settings


def read_tables(text: str) -> dict[str, Address]:
    """Read ``name=URL#table, …``: the tables an admin may name, by name; the table is left out for Parquet files.

    Raises
    ------
    BadSetting
        When it does not have that form; nothing of it is repeated, since an address may hold a password.
    """
    if not text.strip():
        return {}
    starts = list(_TABLE_NAME.finditer(text))
    if not starts or starts[0].start():
        raise BadSetting("SEGBOT_TABLES", "must hold name=URL#table, separated by commas, with names in lower case")
    found: dict[str, Address] = {}
    ends = [match.start() for match in starts[1:]] + [len(text)]
    for match, end in zip(starts, ends, strict=True):
        url, _, table = text[match.end() : end].strip().partition("#")
        if not url:
            raise BadSetting("SEGBOT_TABLES", f"gives no address for {match['name']}")
        if match["name"] in found:
            raise BadSetting("SEGBOT_TABLES", f"names {match['name']} twice")
        if ("@" in table and url.startswith("postgres")) or not Address(url, table).regular:
            raise BadSetting(
                "SEGBOT_TABLES",
                f"holds @, /, ? or # in the user or password of {match['name']}: write %40, %2F, %3F, %23",
            )
        found[match["name"]] = Address(url, table)
    return found


def load_slack_settings(values: Mapping[str, str], *, listens: bool = True) -> SlackSettings:
    """Build the Slack settings from `read_environment`'s result.

    Parameters
    ----------
    listens
        Whether Slack's requests will be answered, which takes the signing secret.

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
    if listens and not secret and not app_token:
        raise BadSetting("SLACK_SIGNING_SECRET", "is missing or blank")
    return SlackSettings(token, secret, app_token, _api_url(values.get("SLACK_API_URL", SLACK_API)))


def load_mcp_settings(values: Mapping[str, str]) -> McpSettings:
    """Build the settings of `segbot mcp` from `read_environment`'s result.

    Raises
    ------
    BadSetting
        When the token is missing, short, or could not be sent in a header.
    """
    token = values.get("SEGBOT_MCP_TOKEN", "")
    if not token:
        raise BadSetting("SEGBOT_MCP_TOKEN", "is missing or blank, so nobody may ask")
    if len(token) < _SHORTEST_KEY or not _TOKEN.fullmatch(token):
        raise BadSetting("SEGBOT_MCP_TOKEN", f"must have at least {_SHORTEST_KEY} characters, without spaces")
    return McpSettings(token, values.get("SLACK_SIGNING_SECRET", ""))


def _thresholds(values: Mapping[str, str]) -> Thresholds:
    default = Thresholds()
    return Thresholds(
        rows=_whole(values, "SEGBOT_MIN_ROWS", default.rows),
        share=_fraction(values, "SEGBOT_MIN_SEGMENT_SHARE", default.share),
        customers=_whole(values, "SEGBOT_MIN_SEGMENT_CUSTOMERS", default.customers),
        silhouette=_fraction(values, "SEGBOT_MIN_SILHOUETTE", default.silhouette, least=-1.0),
        stability=_fraction(values, "SEGBOT_MIN_STABILITY", default.stability),
        fidelity=_fraction(values, "SEGBOT_MIN_FIDELITY", default.fidelity),
        used=_fraction(values, "SEGBOT_MIN_USED_SHARE", default.used),
        warn_used=_fraction(values, "SEGBOT_WARN_USED_SHARE", default.warn_used),
    )


def _whole(values: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    text = values.get(name, str(default))
    if not _WHOLE.fullmatch(text) or int(text) < least:
        raise BadSetting(name, f"must be a whole number from {least} to 999999999")
    return int(text)


def _fraction(values: Mapping[str, str], name: str, default: float, least: float = 0.0) -> float:
    text = values.get(name, str(default))
    if not _FRACTION.fullmatch(text) or not least <= float(text) <= 1:
        raise BadSetting(name, f"must be a number from {least:g} to 1, such as {default:g}")
    return float(text)


def _one_of(values: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    """Return the variable's word, the first one if it is not set."""
    text = values.get(name, known[0]).lower()
    if text not in known:
        raise BadSetting(name, f"must be one of {', '.join(known)}")
    return text


def _switch(values: Mapping[str, str], name: str) -> bool:
    text = values.get(name, "0").lower()
    if text not in _ON | _OFF:
        raise BadSetting(name, "must be 1 or 0")
    return text in _ON


def _check_database(settings: Settings) -> None:
    wrong = BadSetting(
        "SEGBOT_DATABASE_URL", "must be postgresql+psycopg://user:password@host/database, or sqlite:///file"
    )
    if settings.database_url.startswith("sqlite:///"):
        return
    try:
        parts = urlsplit(settings.database_address)
    except ValueError:
        raise wrong from None
    if not settings.database_address or not parts.path.strip("/"):
        raise wrong
    if not settings.signing_key:
        # One made in this replica's own state folder would make every other replica's versions unreadable.
        raise BadSetting("SEGBOT_SIGNING_KEY", "is missing, and replicas that share a database must share it")


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
