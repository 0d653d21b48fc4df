"""The `segbot` command line, one module a group of commands."""

from bot.cli.main import main

__all__ = ["main"]
