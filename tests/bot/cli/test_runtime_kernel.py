"""A line of `.env` reaches the scoring, which reads the environment of its process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.cli.runtime import Runtime


@pytest.mark.parametrize(("line", "told"), [("SEGBOT_KERNEL=OFF\n", "off"), ("", None)])
def test_what_is_said_of_the_kernel_in_dotenv_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, told: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(line, encoding="utf-8")
    monkeypatch.setenv("SEGBOT_KERNEL", "auto")
    monkeypatch.delenv("SEGBOT_KERNEL")
    assert Runtime(environ={}).settings.kernel == (told or "auto")
    assert os.environ.get("SEGBOT_KERNEL") == told
