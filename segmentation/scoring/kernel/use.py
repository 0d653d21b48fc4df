"""The kernel to score files with, if there is one and it is wanted."""

from __future__ import annotations

import logging
from functools import cache

from segmentation.compiled import is_wanted, library_path
from segmentation.scoring.kernel.library import Kernel

_log = logging.getLogger(__name__)


def wanted_kernel() -> Kernel | None:
    """Return the kernel; None without one, or if `SEGBOT_KERNEL` in the environment says "off"."""
    return _kernel() if is_wanted() else None


def load() -> Kernel | str:
    """Return the kernel, or why there is none."""
    path = library_path()
    if not path.exists():
        return "it is not built"
    try:
        return Kernel(path)
    except OSError as error:
        return f"it can't be loaded ({error})"


@cache
def _kernel() -> Kernel | None:
    """Return the kernel; None without one, which the log says once."""
    found = load()
    if isinstance(found, str):
        _log.info("files are scored without the compiled kernel (segbot doctor says how to build it): %s", found)
        return None
    return found
