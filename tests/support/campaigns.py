"""How far a test goes: a short form in `make test`, the full campaign in `make test-all` (`pytest --long`).

A campaign repeats one question until chance has had its say: kills at random instants, generated files, failing disks.
A few repetitions already catch a plain mistake; the full number is for what is rare.
"""

from __future__ import annotations

import os
from typing import Final

FULL: Final = "SEGBOT_FULL_CAMPAIGNS"
"""Set by `--long`; a variable, so that a test's own processes see it too."""


def campaign(short: int, full: int) -> int:
    """How often to repeat: `full` under `pytest --long`, otherwise `short`."""
    return full if os.environ.get(FULL) else short
