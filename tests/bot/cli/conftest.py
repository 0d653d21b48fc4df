"""Fixtures of the command line's tests."""

from __future__ import annotations

from command_line import customers, home, run

__all__ = ["customers", "home", "run"]
