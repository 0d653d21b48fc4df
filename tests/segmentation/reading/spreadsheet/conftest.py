"""Tests of what is read in bulk run with the compiled kernel and without it: both read the same cells."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["auto", "off"])
def either_kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read sheets with the kernel, and without it as on a machine on which it is not built."""
    monkeypatch.setenv("SEGBOT_KERNEL", request.param)
