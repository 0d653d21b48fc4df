"""Whether a file is scored with the kernel: decided before anything that only the kernel needs is imported."""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import TYPE_CHECKING, Final

from segmentation.scoring.kernel.build import library_path

if TYPE_CHECKING:
    from segmentation.scoring.kernel.library import Kernel

_log = logging.getLogger(__name__)

# In bytes: making the kernel's tables takes some hundredths of a second.
PAYS_OFF_FROM: Final = 1 << 19


def kernel_for(size: int) -> Kernel | None:
    """Return the kernel for a file of so many bytes; None without one, or if it would not pay off.

    `SEGBOT_KERNEL` in the environment may say "off", or "always" for files of any size.
    """
    wanted = os.environ.get("SEGBOT_KERNEL", "")
    return _kernel() if wanted == "always" or (wanted != "off" and size >= PAYS_OFF_FROM) else None


def load() -> Kernel | str:
    """Return the kernel, or why there is none."""
    from segmentation.scoring.kernel.library import Kernel  # noqa: PLC0415 - small files are scored without numpy

    path = library_path()
    if not path.exists():
        return "it is not built"
    try:
        return Kernel(path)
    except OSError as error:
        return f"it cannot be loaded ({error})"


@cache
def _kernel() -> Kernel | None:
    """Return the kernel; None without one, which the log says once."""
    found = load()
    if isinstance(found, str):
        _log.info("large files are scored without the compiled kernel (segbot doctor says how to build it): %s", found)
        return None
    return found
