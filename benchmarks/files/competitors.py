"""The processes that `segbot score` is compared with: `python -m benchmarks.files.competitors NAME SOURCE TARGET …`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final


def polars(source: str, target: str, delimiter: str) -> None:
    """Copy a CSV with a constant column added; rows with too many fields lose them."""
    import polars as pl  # noqa: PLC0415 - keeps it out of other competitors' processes

    scan = pl.scan_csv(source, infer_schema=False, separator=delimiter, truncate_ragged_lines=True)
    scan.with_columns(pl.lit("Standard").alias("segment")).sink_csv(target, separator=delimiter)


def pandas(source: str, target: str, folder: str) -> None:
    """Score as scripts usually do, with pandas and the scikit-learn pipelines the model was made from."""
    import joblib  # noqa: PLC0415 - keeps it out of other competitors' processes
    import numpy as np  # noqa: PLC0415 - keeps it out of other competitors' processes
    import pandas as pd  # noqa: PLC0415 - keeps it out of other competitors' processes

    pipelines = joblib.load(Path(folder, "pipelines.joblib"))
    names = np.array([segment["name"] for segment in json.loads(Path(folder, "model.json").read_text())["segments"]])
    customers = pd.read_csv(source)
    features = customers.iloc[:, 1:4].set_axis(["age", "income", "score"], axis=1)
    customers["segment"] = names[pipelines["classifier"].predict(features)]
    distances = np.sort(pipelines["clusterer"].transform(features), axis=1)
    customers["confidence"] = (1 - distances[:, 0] / distances[:, 1]).round(6)
    customers["note"] = np.where(customers["confidence"] < 0.3, "borderline", "")
    customers.to_csv(target, index=False)


def exact(source: str, target: str, folder: str) -> None:
    """Score with every row read by the exact path."""
    from segmentation.model_data import model_from_data  # noqa: PLC0415 - keeps it out of other competitors' processes
    from segmentation.reading.table import open_table  # noqa: PLC0415 - keeps it out of other competitors' processes
    from segmentation.scoring.answer_table import answer_table  # noqa: PLC0415 - keeps it out of other competitors' processes
    from segmentation.scoring.score import score_table  # noqa: PLC0415 - keeps it out of other competitors' processes

    model = model_from_data(json.loads(Path(folder, "model.json").read_text()))
    # `score_file` looks at the beginning alone, too, if its numbers are plain.
    table = open_table(Path(source), model.schema, exact=True, all_cells=False)
    score_table(table, Path(target), model, answers=answer_table(model))


def look(source: str) -> None:
    """Look at a file whose columns nobody knows, and propose a schema."""
    from segmentation.proposal.look import look_at  # noqa: PLC0415 - keeps it out of other competitors' processes
    from segmentation.proposal.propose import propose  # noqa: PLC0415 - keeps it out of other competitors' processes

    propose(look_at(Path(source)), "customers")


_COMPETITORS: Final[Mapping[str, Callable[..., None]]] = {
    "polars": polars,
    "pandas": pandas,
    "exact": exact,
    "look": look,
}

if __name__ == "__main__":
    _COMPETITORS[sys.argv[1]](*sys.argv[2:])
