"""Where the package's compiled C library is, and whether it is wanted; rooms load the functions they need from it.

Its sources stand beside the scorer of files, which most of them are for.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).parent / "scoring" / "kernel" / "kernel.c"
# Neither reordered nor fused: every float must come out as Python's and Polars' do. The baseline of the processor's
# family, since an image that is built on one machine runs on others.
FLAGS: Final = (
    "-std=c11", "-O3", "-mcpu=baseline", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math",
    "-fno-sanitize=undefined", "-fvisibility=hidden", "-fPIC", "-shared", "-s", "-Wall", "-Wextra", "-Werror",
)  # fmt: skip


def library_path() -> Path:
    """Return where the library of the present source is, or will be: another source or flag makes another name."""
    digest = hashlib.sha256(" ".join(FLAGS).encode())
    for source in (SOURCE, *sorted(SOURCE.parent.glob("*.h"))):
        digest.update(source.read_bytes())
    return SOURCE.with_name(f"kernel-{digest.hexdigest()[:16]}.so")


def is_wanted() -> bool:
    """Tell whether the library may be used: not if `SEGBOT_KERNEL` in the environment says "off"."""
    return os.environ.get("SEGBOT_KERNEL", "") != "off"
