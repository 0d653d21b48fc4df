"""In the long run every test of scoring runs with the compiled kernel, too, whatever the size of its files."""

from __future__ import annotations

import pytest
from campaigns import campaign


@pytest.fixture(autouse=True, params=["auto", "always"][: campaign(1, 2)])
def kernel_wanted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Score small files with the kernel, which are scored without otherwise."""
    if request.param == "always":
        monkeypatch.setenv("SEGBOT_KERNEL", "always")
