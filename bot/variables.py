"""Every environment variable segbot reads: its name, its default and what it is for, as README's table has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SLACK_API: Final = "https://slack.com/api/"


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
        "Slack user ids, separated by commas: who may change the model with /retrain",
    ),
    Variable("SEGBOT_MODELS_DIR", "models", "The folder of model versions"),
    Variable("SEGBOT_STATE_DIR", "var", "Jobs database, signing key and scratch files"),
    Variable(
        "SEGBOT_DATABASE_URL",
        "SQLite in the state folder",
        "`postgresql+psycopg://…`: jobs and model versions in a database that replicas share",
    ),
    Variable("SEGBOT_SIGNING_KEY", "made in the state folder", "Signs model versions; at least 32 characters"),
    Variable("SEGBOT_SCHEMA", "the shipped one", "A TOML file with features and segment rules"),
    Variable("SEGBOT_MIN_ROWS", "50", "A candidate is unsafe when fewer rows could be used"),
    Variable("SEGBOT_MIN_SEGMENT_SHARE", "0.01", "… when a segment holds a smaller share of all customers, 0 to 1"),
    Variable("SEGBOT_MIN_SEGMENT_CUSTOMERS", "5", "… or fewer customers"),
    Variable("SEGBOT_MIN_SILHOUETTE", "0.2", "… when the silhouette is lower, -1 to 1"),
    Variable("SEGBOT_MIN_STABILITY", "0.7", "… when the bootstrap stability is lower, 0 to 1"),
    Variable("SEGBOT_MIN_FIDELITY", "0.85", "… when the tree's fidelity is lower, 0 to 1"),
    Variable("SEGBOT_MIN_USED_SHARE", "0.8", "… when a smaller share of the rows could be used, 0 to 1"),
    Variable("SEGBOT_WARN_USED_SHARE", "0.95", "A report begins with a warning when a smaller share could be used"),
    Variable("SEGBOT_ALLOW_UNSAFE", "0", "1 lets an unsafe candidate be put in service"),
    Variable("SEGBOT_KEEP_VERSIONS", "20", "How many model versions to keep; older ones are removed after a training"),
    Variable(
        "SEGBOT_TABLES",
        "none",
        "Warehouse tables an admin may train on or have watched, as name=URL#table separated by commas; URLs as for "
        "`segbot warehouse`",
    ),
    Variable(
        "SEGBOT_REMEMBER",
        "400",
        "How many days segbot remembers which segment a file's customers were in, by keyed hashes of their ids, to say "
        "who moved; 0 turns it off",
    ),
    Variable(
        "SEGBOT_RESULTS",
        "thread",
        "thread: segbot answers a dropped file in its thread; direct: in a direct message to the person who dropped it",
    ),
    Variable(
        "SEGBOT_KERNEL",
        "auto",
        "off: files are read and scored without the compiled kernel, to the same result but slower; always: as auto",
    ),
    Variable(
        "SEGBOT_MCP_TOKEN",
        "none",
        "What assistants must send to `segbot mcp`; at least 32 characters. Without it, none can ask over HTTP",
    ),
    Variable("SEGBOT_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR"),
)
