"""`segbot mcp`: lets assistants ask about customers and segments, until it is told to stop."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import Final

import click

from bot.cli.runtime import Runtime, pass_runtime
from bot.live_model import LiveModel
from bot.settings import load_mcp_settings
from segmentation.errors import BadInput

NO_PACKAGE: Final = "segbot mcp needs a package that is not installed: .venv/bin/python -m pip install '.[mcp]'."


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=3002, show_default=True, help="The port to listen on.")
@click.option(
    "--name", "names", multiple=True, metavar="HOST", help="A name under which a proxy passes requests on, if any."
)
@click.option("--stdio", is_flag=True, help="Serve the program that started this one, without a token.")
@pass_runtime
def mcp(runtime: Runtime, host: str, port: int, names: tuple[str, ...], *, stdio: bool) -> None:
    """Let assistants ask, over the Model Context Protocol: which segment a customer is in, why, which there are.

    Read-only, at http://HOST:PORT/mcp. It takes the token in SEGBOT_MCP_TOKEN, without which it does not start.
    """
    if find_spec("mcp") is None:
        raise BadInput(NO_PACKAGE)
    settings = None if stdio else load_mcp_settings(runtime.variables)
    runtime.start_logging(runtime.settings.log_level)
    live = LiveModel(runtime.registry)
    from bot.mcp import serving  # noqa: PLC0415 - needs the package that may be missing

    if settings is None:
        asyncio.run(serving.serve_stdio(live))
        return
    server = serving.http_server(live, settings, host, port, runtime.timings.serving, names)
    asyncio.run(serving.serve_http(live, server))
