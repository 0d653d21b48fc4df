"""The compiled kernel, built once if it is not there."""

from __future__ import annotations

import pytest

from segmentation.scoring.kernel.build import NotBuilt, build
from segmentation.scoring.kernel.library import Kernel


@pytest.fixture(scope="session")
def kernel() -> Kernel:
    """Return the kernel of the present source."""
    try:
        return Kernel(build())
    except NotBuilt as reason:
        pytest.skip(f"the kernel cannot be built here: {reason}")


@pytest.fixture
def kernel_wanted() -> None:
    """Take the place of the fixture that runs every test twice: these tests say themselves what they score with."""
