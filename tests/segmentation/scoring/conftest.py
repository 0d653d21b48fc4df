"""In the long run every test of scoring runs without the compiled kernel, too."""

from __future__ import annotations

import pytest
from campaigns import campaign


@pytest.fixture(autouse=True, params=["auto", "off"][: campaign(1, 2)])
def kernel_wanted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Score files without the kernel, too, as on a machine on which it is not built."""
    if request.param == "off":
        monkeypatch.setenv("SEGBOT_KERNEL", "off")
