"""The `segbot` command: its subcommands by name, each module imported only when its command is run.

`segbot predict` answers in a fraction of the time scikit-learn takes to load, and `segbot --help` loads nothing at all.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import click

from bot.cli.postponed import postpone
from bot.cli.text.prose import say
from segmentation.errors import BadInput, SegbotError

BAD_INPUT: Final = 2
FAILED: Final = 1


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A command that is not imported yet: where it is, as ``module:name``, and its line in the list of commands.

    The `postponed` libraries are loaded when the command first uses them.
    """

    target: str
    summary: str
    postponed: tuple[str, ...] = ()

    def load(self) -> click.Command:
        """Import the command."""
        postpone(*self.postponed)
        module, _, name = self.target.partition(":")
        collecting = gc.isenabled()
        # Importing makes many objects and hardly any garbage: looking for some would take a tenth of the time.
        gc.disable()
        try:
            command = getattr(import_module(module), name)
        finally:
            if collecting:
                gc.enable()
        assert isinstance(command, click.Command)  # noqa: S101 - getattr's result, told to the type checker
        return command


SUBCOMMANDS: Final = {
    "predict": Subcommand("bot.cli.predict:predict", "Say which segment one customer is in."),
    "score": Subcommand("bot.cli.score:score", "Score every row of a file.", ("numpy", "polars")),
    "list": Subcommand("bot.cli.list_command:list_command", "List the customers of some segments of a scored file."),
    "schema": Subcommand("bot.cli.schema:schema", "Say what a file's columns are, and propose a schema for it."),
    "rfm": Subcommand("bot.cli.rfm:rfm", "Turn orders into customers: recency, frequency, money."),
    "train": Subcommand("bot.cli.training:train", "Train a candidate on a file."),
    "models": Subcommand("bot.cli.models:models", "List, promote, roll back and verify model versions."),
    "doctor": Subcommand(
        "bot.cli.service.doctor:doctor", "Check the installation, and say what to do about what is wrong."
    ),
    "serve": Subcommand("bot.cli.service.serve:serve", "Serve Slack and process background jobs."),
    "worker": Subcommand("bot.cli.service.serve:worker", "Process background jobs only."),
    "mcp": Subcommand("bot.cli.service.mcp:mcp", "Let assistants ask about customers and segments (MCP)."),
    "warehouse": Subcommand("bot.cli.warehouse:warehouse", "Score and train in a data warehouse, or print SQL."),
    "playground": Subcommand(
        "bot.cli.service.playground:playground", "Run a local workspace with the whole bot in it."
    ),
}


class LazyGroup(click.Group):
    """A group whose subcommands are imported when they are run, and which reports expected errors for all of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table, which is that of README."""
        del ctx  # click's signature
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of that name; None when there is none."""
        del ctx  # click's signature
        subcommand = SUBCOMMANDS.get(cmd_name)
        return None if subcommand is None else subcommand.load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by their summaries: click's own way would import them all."""
        del ctx  # click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, subcommand.summary) for name, subcommand in SUBCOMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a mistyped one is refused with the nearest names, which click takes from what is loaded."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=list(SUBCOMMANDS), ctx=ctx) from None

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run the command; turn an expected error into its sentence on stderr and the exit code scripts rely on."""
        try:
            return super().invoke(ctx)
        except SegbotError as error:
            say(error.sentence, err=True)
            ctx.exit(BAD_INPUT if isinstance(error, BadInput) else FAILED)
        except OSError as error:
            click.echo(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "), err=True)
            ctx.exit(FAILED)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="segbot")
def main() -> None:
    """Tell which customer segment somebody is in, why, and what would change it."""
