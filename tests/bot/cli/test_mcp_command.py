"""`segbot mcp` before it serves: what it needs, and what it says if that is missing."""

from __future__ import annotations

import importlib.util

import pytest
from command_line import CommandLine
from harness import Harness


@pytest.fixture
def segbot(harness: Harness) -> CommandLine:
    return CommandLine(harness.env)


def test_does_not_start_without_a_token(segbot: CommandLine) -> None:
    result = segbot("mcp")
    assert result.exit_code == 2
    assert "SEGBOT_MCP_TOKEN is missing or blank, so nobody may ask." in result.stderr


@pytest.mark.parametrize("token", ["short", "x" * 31, "x" * 31 + " x", "é" * 40])
def test_does_not_start_with_a_token_that_is_easily_guessed_or_cannot_be_sent(segbot: CommandLine, token: str) -> None:
    segbot.variables["SEGBOT_MCP_TOKEN"] = token
    result = segbot("mcp")
    assert result.exit_code == 2
    assert "SEGBOT_MCP_TOKEN must have at least 32 characters, without spaces." in result.stderr
    assert token not in result.stderr


def test_says_how_to_install_the_package_it_needs(segbot: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr("bot.cli.service.mcp.find_spec", lambda _name: None)
    result = segbot("mcp", "--stdio")
    assert result.exit_code == 2
    assert "pip install '.[mcp]'" in result.stderr
