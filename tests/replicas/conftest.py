"""What the scenarios share is of use with replicas too."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in ("scenarios", "bot"):
    sys.path.insert(0, str(Path(__file__).parents[1] / folder))
