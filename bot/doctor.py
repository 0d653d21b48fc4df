"""Looks a whole installation over: settings, folders, database, model, Slack's token and scopes, the clock.

Each look ends in findings: what is well, or what is wrong and what to do about it.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import psycopg
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.slack.client import slack_client
from bot.slack.scopes import SCOPES
from bot.slack.transfers.files import error_word
from segmentation.databases.connection import connect
from segmentation.errors import NoModel, SegbotError
from segmentation.registry.registry import Registry
from segmentation.scoring.kernel.use import load

if TYPE_CHECKING:
    from pathlib import Path

    from bot.settings import Settings, SlackSettings

# Slack's requests are refused if the clocks are five minutes apart.
_SECONDS_APART: Final = 300
_NOTICEABLE: Final = 30
_SLACK_SECONDS: Final = 20.0


class Health(StrEnum):
    """How a part of the installation is."""

    WELL = "well"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part.

    Parameters
    ----------
    sentence
        What was found.
    way_out
        What to do about it; empty if nothing.
    """

    part: str
    health: Health
    sentence: str
    way_out: str = ""


def look_over(settings: Settings, slack: SlackSettings | None, now: float | None = None) -> list[Finding]:
    """Look at everything but the settings themselves.

    Parameters
    ----------
    slack
        How to talk to Slack; None if the settings do not say.
    now
        This machine's time, in seconds since the epoch.
    """
    found = [*_folders(settings), _database(settings), *_model(settings), _kernel(load())]
    if slack is not None:
        found += asyncio.run(_slack(slack, time.time() if now is None else now))
    found.append(_admins(settings))
    return found


def _folders(settings: Settings) -> Iterator[Finding]:
    for name, folder in (("SEGBOT_STATE_DIR", settings.state_dir), ("SEGBOT_MODELS_DIR", settings.models_dir)):
        if name == "SEGBOT_MODELS_DIR" and settings.database_address:
            continue  # versions are in the database
        nearest = _nearest(folder)
        if os.access(nearest, os.W_OK | os.X_OK):
            there = "can be written to" if folder.exists() else "is not there yet; it will be made on first use"
            yield Finding("Folders", Health.WELL, f"{folder} {there}.")
        else:
            way = f"Give this user write access to {nearest}, or set {name} to another folder."
            yield Finding("Folders", Health.WRONG, f"{folder} can't be written to.", way)


def _nearest(folder: Path) -> Path:
    """Return the folder itself, or the nearest one above it that exists."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _database(settings: Settings) -> Finding:
    if settings.database_address:
        try:
            connect(settings.database_address).close()
        except psycopg.Error as error:
            way = "Start it, or correct SEGBOT_DATABASE_URL (host, port, user, password, database)."
            what = f"The shared database can't be used: {type(error).__name__}."
            return Finding("Database", Health.WRONG, what, way)
        return Finding("Database", Health.WELL, "The shared database answers.")
    path = settings.state_dir / "jobs.sqlite"
    if not path.exists():
        return Finding("Database", Health.WELL, "There are no jobs yet; the database is made on first use.")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        way = "Restore it from a backup; or move it away: jobs under way are lost then, models are not."
        return Finding("Database", Health.WRONG, f"The jobs database {path} can't be read.", way)
    return Finding("Database", Health.WELL, f"The jobs database {path} can be read.")


def _model(settings: Settings) -> Iterator[Finding]:
    try:
        registry = Registry.open(
            settings.models_dir, settings.state_dir, settings.signing_key, settings.database_address
        )
        serving = registry.load_serving()
    except NoModel as error:
        yield Finding("Model", Health.WRONG, error.sentence, "Train one: segbot train customers.csv --promote")
        return
    except SegbotError as error:
        way = "`segbot models verify` says which versions are sound; `segbot models rollback` goes back to one."
        yield Finding("Model", Health.WRONG, error.sentence, way)
        return
    if serving.problem is not None:
        way = "Promote or roll back to a sound version; `segbot models verify` lists them."
        yield Finding(
            "Model", Health.WRONG, f"{serving.problem.sentence} {serving.model.version} answers instead.", way
        )
        return
    segments = f"{len(serving.model.segments)} segments"
    if serving.model.synthetic:
        what = f"{serving.model.version} is in service ({segments}), trained on sample customers."
        yield Finding("Model", Health.NOTE, what, "Train one on yours: segbot train customers.csv")
    else:
        yield Finding("Model", Health.WELL, f"{serving.model.version} is in service ({segments}).")


def _kernel(found: object) -> Finding:
    """Say whether files are scored by the compiled kernel; `found` is that, or why there is none."""
    if not isinstance(found, str):
        return Finding("Scoring", Health.WELL, "Files are scored by the compiled kernel.")
    what = f"Files are scored without the compiled kernel, to the same result but more slowly: {found}."
    return Finding("Scoring", Health.NOTE, what, "Build it: `python -m segmentation.scoring.kernel.build`")


async def _slack(slack: SlackSettings, now: float) -> list[Finding]:
    client = slack_client(slack, token=slack.bot_token)
    client.retry_handlers = []
    try:
        async with asyncio.timeout(_SLACK_SECONDS):
            answer = await client.auth_test()
    except SlackApiError as error:
        way = "Copy the bot token (xoxb-…) of OAuth & Permissions into SLACK_BOT_TOKEN, or reinstall the app."
        return [Finding("Slack", Health.WRONG, f"Slack refuses the bot token: {error_word(error)}.", way)]
    except (ClientError, TimeoutError, OSError) as error:
        way = f"See whether this machine may reach {slack.api_url}: network, proxy, firewall."
        return [Finding("Slack", Health.WRONG, f"Slack can't be reached: {type(error).__name__}.", way)]
    found = [Finding("Slack", Health.WELL, f"I am {answer.get('user')} in {answer.get('team')}.")]
    headers = {name.casefold(): value for name, value in answer.headers.items()}
    return [*found, _scopes(headers), *_clock(headers, now)]


def _scopes(headers: Mapping[str, Any]) -> Finding:
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",") if scope.strip()}
    if not granted:
        return Finding("Scopes", Health.NOTE, "Slack didn't say which permissions the token has.")
    missing = [scope for scope in SCOPES if scope not in granted]
    if missing:
        way = "Paste manifest.yml at api.slack.com/apps → App Manifest, then reinstall the app to the workspace."
        return Finding("Scopes", Health.WRONG, f"The token lacks {', '.join(missing)}.", way)
    return Finding("Scopes", Health.WELL, "The token has all permissions of manifest.yml.")


def _clock(headers: Mapping[str, Any], now: float) -> Iterator[Finding]:
    try:
        apart = now - parsedate_to_datetime(str(headers.get("date", ""))).timestamp()
    except (TypeError, ValueError):
        return
    ahead = f"{abs(apart):,.0f} seconds {'ahead of' if apart > 0 else 'behind'} Slack's"
    way = "Set the clock, best by NTP."
    if abs(apart) >= _SECONDS_APART:
        what = f"This machine's clock is {ahead}: Slack's requests will be refused as too old."
        yield Finding("Clock", Health.WRONG, what, way)
    elif abs(apart) >= _NOTICEABLE:
        yield Finding("Clock", Health.NOTE, f"This machine's clock is {ahead}.", way)
    else:
        yield Finding("Clock", Health.WELL, "This machine's clock agrees with Slack's.")


def _admins(settings: Settings) -> Finding:
    if settings.admins:
        count = len(settings.admins)
        who = "1 person" if count == 1 else f"{count} people"
        return Finding("Admins", Health.WELL, f"SEGBOT_ADMINS names {who} who may change the model.")
    return Finding("Admins", Health.WELL, "Workspace admins and owners may change the model; SEGBOT_ADMINS is not set.")
