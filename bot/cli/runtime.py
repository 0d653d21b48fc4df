"""What the commands share: settings, registry, schema, the model in service; each made when it is first asked for."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bot.cli.text.prose import say
from bot.logs import configure_logging
from bot.settings import Settings, load_settings, read_environment
from segmentation.model import SegmentModel
from segmentation.registry.registry import Registry
from segmentation.schema import Schema
from segmentation.schema_data import load_schema

if TYPE_CHECKING:
    from bot.timings import Timings

DOTENV: Final = Path(".env")
as_json_option: Final = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
note_option: Final = click.option("--note", default="", help="A note for the audit log.")


@dataclass(frozen=True)
class Runtime:
    """What a command works with.

    Parameters
    ----------
    environ
        The environment's variables; `.env` in the working folder fills in what they leave out.
    start_logging
        Sends this process's logs to stderr at a level; only commands that serve need it.
    own_timings
        How long a bot waits for things; by default as in service. Tests are in a hurry.
    interactive
        Tells whether somebody at a terminal can be asked.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    start_logging: Callable[[str], None] = configure_logging
    own_timings: Timings | None = None
    interactive: Callable[[], bool] = sys.stdin.isatty

    @cached_property
    def variables(self) -> dict[str, str]:
        """Our variables, from the environment and `.env`."""
        return read_environment(self.environ, DOTENV)

    @cached_property
    def settings(self) -> Settings:
        """The settings; BadSetting names a variable that is wrong."""
        settings = load_settings(self.variables)
        if "SEGBOT_KERNEL" in self.variables:
            # Scoring reads the process's environment, which a line of `.env` is not in.
            os.environ["SEGBOT_KERNEL"] = settings.kernel
        return settings

    @cached_property
    def registry(self) -> Registry:
        """The registry in use: in the shared database if the settings name one, else the models folder."""
        settings = self.settings
        return Registry.open(settings.models_dir, settings.state_dir, settings.signing_key, settings.database_address)

    @cached_property
    def folder_registry(self) -> Registry:
        """The registry in the models folder, whether or not there is a shared database."""
        return Registry.open(self.settings.models_dir, self.settings.state_dir, self.settings.signing_key)

    @cached_property
    def timings(self) -> Timings:
        """How long a bot waits for things."""
        from bot.timings import DEFAULT_TIMINGS  # noqa: PLC0415 - most commands end without a bot

        return self.own_timings or DEFAULT_TIMINGS

    @cached_property
    def schema(self) -> Schema:
        """The schema a training starts from."""
        return load_schema(self.settings.schema_path)

    @cached_property
    def actor(self) -> str:
        """Who runs the command, as the audit log has it."""
        try:
            return f"cli:{getpass.getuser()}"
        except (OSError, KeyError):  # a container's user id may have no name
            return f"cli:uid{os.getuid()}"

    def model_in_service(self) -> SegmentModel:
        """Load the model the bot would answer with too; a warning on stderr when it is not the current version."""
        serving = self.registry.load_serving()
        if serving.problem is not None:
            say(f"Warning: {serving.problem.sentence} Answering with {serving.model.version}.", err=True)
        return serving.model


# Made when a command asks for it, so that `--help` reads no settings; tests hand in their own.
pass_runtime: Final = click.make_pass_decorator(Runtime, ensure=True)


def echo_json(data: Mapping[str, Any]) -> None:
    """Print one JSON object on one line, in the letters people wrote."""
    click.echo(json.dumps(data, ensure_ascii=False))
