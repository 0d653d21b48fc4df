"""`segbot serve` and `segbot worker`: the bot itself, until it is told to stop."""

from __future__ import annotations

from functools import partial
from typing import Final

import click
import uvloop

from bot import serving
from bot.app import Bot
from bot.cli.runtime import Runtime, pass_runtime
from bot.cli.text.prose import say
from bot.settings import BadSetting, load_slack_settings
from segmentation.errors import SegbotError

_PORT: Final = click.IntRange(0, 65535)
_host_option: Final = click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")


@click.command()
@_host_option
@click.option("--port", type=_PORT, default=3000, show_default=True, help="The port to listen on.")
@click.option("--no-worker", is_flag=True, help="Leave background jobs to `segbot worker`; needs PostgreSQL.")
@pass_runtime
def serve(runtime: Runtime, host: str, port: int, no_worker: bool) -> None:
    """Serve Slack over HTTP, or in Socket Mode when SLACK_APP_TOKEN is set, and process background jobs."""
    _run_bot(runtime, host, port, works=not no_worker)


@click.command()
@_host_option
@click.option("--port", type=_PORT, default=3001, show_default=True, help="The port of the health pages.")
@pass_runtime
def worker(runtime: Runtime, host: str, port: int) -> None:
    """Process background jobs only, beside `segbot serve --no-worker`; needs PostgreSQL."""
    _run_bot(runtime, host, port, listens=False)


def _run_bot(runtime: Runtime, host: str, port: int, *, works: bool = True, listens: bool = True) -> None:
    settings = runtime.settings
    if not (works and listens) and not settings.database_address:
        # Two processes on one SQLite file would each sweep away the jobs of the other.
        raise BadSetting("SEGBOT_DATABASE_URL", "must name a PostgreSQL database to serve and work in two processes")
    runtime.start_logging(settings.log_level)
    _sweep(runtime)
    slack = load_slack_settings(runtime.variables, listens=listens)
    bot = Bot(settings, slack, works=works, listens=listens, timings=runtime.timings)
    uvloop.run(serving.serve(bot, host, port, told=partial(serving.end_in_time, bot.timings.serving.last)))


def _sweep(runtime: Runtime) -> None:
    """Remove what a crash left in the models folder; on a folder it may not write to, the bot serves all the same."""
    try:
        runtime.registry.sweep()
    except SegbotError as error:
        say(f"Warning: {error.sentence}", err=True)
