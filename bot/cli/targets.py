"""Files that a command writes: none that exists is replaced unless the person says so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

from segmentation.errors import BadInput

force_option: Final = click.option("--force", is_flag=True, help="Replace the output file if it exists.")


def check_target(target: Path, source: Path, *, force: bool) -> None:
    """Refuse a target that would destroy something, before any work is done.

    Parameters
    ----------
    target
        The file that will be written.
    source
        The file that is read: never a target, not even with `force`, since a mistake there could not be undone.
    force
        Whether an existing target may be replaced.

    Raises
    ------
    BadInput
        With what to do instead.
    """
    if not target.parent.is_dir():
        raise BadInput(f"There is no folder {target.parent}. Create it, or choose another output file.")
    if not os.path.lexists(target):
        return
    if target.exists() and source.exists() and target.samefile(source):
        raise BadInput(f"{target} is the input file itself, which is never replaced. Choose another output file.")
    if not force:
        raise BadInput(f"{target} already exists. Choose another output file, or replace it with --force.")
