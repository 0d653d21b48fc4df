"""The reference data: 200 Mall Customers, which don't belong to the project and are read from beside it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FILE: Final = Path(__file__).parents[3] / "shared" / "data" / "Mall_Customers.csv"


def reference_values() -> NDArray[np.float64] | None:
    """Return the customers (age in years, income in k$, score in points), (200, 3); None if the file is not there."""
    if not _FILE.exists():
        return None
    with _FILE.open(newline="") as file:
        return np.array([[float(cell) for cell in row[2:]] for row in list(csv.reader(file))[1:]])
