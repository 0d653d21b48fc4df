"""Compiles the kernel: `python -m segmentation.scoring.kernel.build`, once at installation.

The compiler is a wheel, `ziglang`, which is locked with everything else. If there is none for a platform, or the folder
cannot be written to, files are scored without the kernel.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from pathlib import Path

from segmentation.compiled import FLAGS, SOURCE, library_path
from segmentation.scoring.kernel.labels import store_labels


class NotBuilt(Exception):
    """Why the kernel could not be compiled."""


def build() -> Path:
    """Compile the kernel unless that is done, remove libraries of earlier sources, and return its path.

    Raises
    ------
    NotBuilt
        With the reason.
    """
    library = library_path()
    if library.exists():
        return library
    if importlib.util.find_spec("ziglang") is None:
        raise NotBuilt("the compiler, ziglang, is not installed")
    try:
        with tempfile.TemporaryDirectory(prefix=".build-", dir=library.parent) as folder:
            made = Path(folder, "kernel.so")
            compile_to(made, Path(folder))
            # In one step: a process that starts meanwhile finds the whole library or none.
            made.replace(library)
    except OSError as error:
        raise NotBuilt(f"{library.parent} can't be written to ({error.strerror})") from error
    for other in library.parent.glob("kernel-*.so"):
        if other != library:
            other.unlink(missing_ok=True)
    return library


def compile_to(target: Path, cache: Path, *options: str) -> None:
    """Compile the kernel into `target`.

    Parameters
    ----------
    cache
        Where the compiler may keep what it makes on the way.
    options
        Such as `-target` with another platform.

    Raises
    ------
    NotBuilt
        With the compiler's own words.
    """
    import subprocess  # noqa: PLC0415 - who scores compiles nothing

    command = [sys.executable, "-m", "ziglang", "cc", *FLAGS, *options, "-o", str(target), str(SOURCE), "-lm"]
    environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(cache), "ZIG_LOCAL_CACHE_DIR": str(cache)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise NotBuilt(f"the compiler failed: {done.stderr.strip()}")


def main() -> None:
    """Build, and say what came of it; a failure leaves everything as usable as before."""
    try:
        build()
    except NotBuilt as reason:
        print(f"The kernel of bulk scoring was not built: {reason}. Files take longer without it.")
        return
    try:
        store_labels()
    except OSError as error:
        print(f"The kernel's tables can't be kept ({error.strerror}). Each file takes a moment longer.")


if __name__ == "__main__":
    main()
