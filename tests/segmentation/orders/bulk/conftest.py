"""The kernel as it reads orders."""

from __future__ import annotations

import pytest

from segmentation.orders.bulk.library import OrderKernel
from segmentation.scoring.kernel.build import NotBuilt, build
from segmentation.scoring.kernel.library import Kernel


@pytest.fixture(scope="session")
def order_kernel() -> OrderKernel:
    """Return the kernel of the present source."""
    try:
        return OrderKernel(Kernel(build()))
    except NotBuilt as reason:
        pytest.skip(f"the kernel cannot be built here: {reason}")
