"""`segbot playground`: the local workspace and the real bot side by side, talking over signed HTTP on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
import polars as pl
import uvloop

from bot.app import Bot
from bot.cli.runtime import Runtime, pass_runtime
from bot.cli.service.newcomer import Offers, first_minute_of
from bot.commands import LISTED
from bot.playground.block_kit.render import render_message
from bot.playground.page.first_minute import FirstMinute
from bot.playground.server import Playground
from bot.playground.workspace.keep import CannotKeep, Keep
from bot.server import EVENTS_PATH
from bot.serving import Server, uvicorn_config
from bot.settings import Settings, load_slack_settings
from bot.shortcuts import LISTED as SHORTCUTS
from segmentation.errors import NoModel, SegbotError
from segmentation.registry.registry import Registry
from segmentation.schema import Schema
from segmentation.schema_data import default_schema
from segmentation.training.samples.mall import sample_customers
from segmentation.warehouse.address import Address

HOST: Final = "127.0.0.1"
KEPT_IN: Final = "playground.sqlite"
SAMPLE_TABLE: Final = "synthetic-customers.parquet"
_ACTOR: Final = "segbot playground"


class NotAnswered(SegbotError):
    """The bot did not answer the example."""


class NotKept(SegbotError):
    """The workspace's file cannot be used."""


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="The port of the workspace's page, on 127.0.0.1.",
)
@click.option("--once", is_flag=True, help="Answer the example, print it, and exit.")
@click.option("--keep", is_flag=True, help="Keep the workspace in the state folder, and continue where it ended.")
@pass_runtime
def playground(runtime: Runtime, port: int, once: bool, keep: bool) -> None:
    """Run a local workspace with the whole bot in it: no Slack account needed."""
    settings = runtime.settings
    # The page tells what happens; lines of the log between its own would only hide them.
    runtime.start_logging("WARNING" if settings.log_level == "INFO" else settings.log_level)
    uvloop.run(run(settings, runtime.schema, port=0 if once else port, once=once, echo=click.echo, keep=keep))


@asynccontextmanager
async def bot_on_loopback(bot: Bot) -> AsyncIterator[tuple[str, Server]]:
    """Serve a bot on a free port; yield its request URL and the server."""
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        server = Server(uvicorn_config(bot, HOST, port))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        ready = asyncio.create_task(server.ready.wait())
        try:
            # For the first of the two: a server that cannot start ends without ever being ready.
            await asyncio.wait([ready, serving], return_when=asyncio.FIRST_COMPLETED)
            if server.ready.is_set():
                yield f"http://{HOST}:{port}{EVENTS_PATH}", server
        finally:
            ready.cancel()
            server.stop()
            await serving


async def run(
    settings: Settings, schema: Schema, *, port: int, once: bool, echo: Callable[[str], None], keep: bool = False
) -> None:
    """Start workspace and bot, answer the example, print it; keep both running unless `once`.

    Parameters
    ----------
    settings, schema
        As for serving; a model is trained on synthetic sample customers if there is none.
    port
        Where the workspace's page is served, 0 for a free port.
    echo
        Prints a line.
    keep
        Whether the workspace is kept in the state folder and goes on where it ended.

    Raises
    ------
    NotAnswered
        When the example gets no answer.
    NotKept
        When the file in the state folder cannot be used.
    """
    registry = Registry.open(settings.models_dir, settings.state_dir, settings.signing_key, settings.database_address)
    await asyncio.to_thread(ensure_model, registry, schema, echo)
    first_minute = await asyncio.to_thread(first_minute_of, schema)
    async with _workspace(port, first_minute, settings.state_dir / KEPT_IN if keep else None) as playground:
        with_table = settings if once else await asyncio.to_thread(with_sample_table, settings)
        bot = Bot(with_table, load_slack_settings(playground.settings_env()))
        async with bot_on_loopback(bot) as (request_url, server):
            playground.deliver.request_url = request_url
            playground.register_shortcuts(SHORTCUTS)
            live = bot.dependencies.live
            playground.offer(Offers(live.get, table=next(iter(with_table.tables), "")))
            example = live.get().schema.example
            workspace = playground.workspace
            echo(f"> /segment {example}\n")
            reply = await playground.deliver.command(
                "/segment", example, user=workspace.analyst, channel=workspace.general
            )
            if reply.message is None or not reply.message.blocks:
                raise NotAnswered(f"The bot did not answer the example (HTTP {reply.status}).")
            echo(render_message(reply.message))
            if once:
                return
            echo(f"\nThe playground is at {playground.url} – Ctrl+C ends it.")
            server.stop_on_signals()
            await server.stopping.wait()


@asynccontextmanager
async def _workspace(port: int, first_minute: FirstMinute, path: Path | None) -> AsyncIterator[Playground]:
    """Open the workspace; with a path, the one kept there."""
    if path is None:
        async with Playground(port=port, commands=LISTED, first_minute=first_minute) as playground:
            yield playground
        return
    try:
        kept = Keep(path)
    except CannotKeep as error:
        raise NotKept(str(error)) from error
    with contextlib.closing(kept):
        playground = Playground(port=port, commands=LISTED, first_minute=first_minute, seed=kept.seed)
        playground.keep_in(kept)
        async with playground:
            yield playground


def with_sample_table(settings: Settings) -> Settings:
    """Return the settings with a table `customers` to train on and watch, made in the state folder, if they name none.

    It holds the synthetic sample customers.
    """
    if settings.tables:
        return settings
    path = settings.state_dir / SAMPLE_TABLE
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(sample_customers(), schema=["age", "income", "score"], orient="row").write_parquet(path)
    return replace(settings, tables={"customers": Address(str(path.resolve()))})


def ensure_model(registry: Registry, schema: Schema, echo: Callable[[str], None]) -> None:
    """Train and promote a model on synthetic sample customers if no model was ever promoted.

    Raises
    ------
    NoModel
        When the schema is not the shipped one: there are no sample customers for it. A candidate that waits is named.
    """
    if registry.current() is not None:
        return
    from segmentation.training.train import train  # noqa: PLC0415 - loads scikit-learn, needed once per checkout

    missing = registry.no_model()
    if schema.names != default_schema().names:
        if missing.candidate is not None:
            raise missing
        raise NoModel("There is no model, and no sample for your schema: train with `segbot train FILE.csv --promote`.")
    if missing.candidate is not None:
        echo(missing.sentence)
    echo("No model yet: training one on synthetic sample customers…")
    trained = train(sample_customers(), schema, synthetic=True)
    version = registry.save(trained, actor=_ACTOR, source="200 synthetic sample customers")
    registry.promote(version, actor=_ACTOR)
