"""Customers on which engines easily disagree, and the model's own answer to each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from segmentation.model import SegmentModel
from segmentation.registry.artifact import model_bytes
from segmentation.schema import Feature
from segmentation.schema_data import default_schema
from segmentation.writing.plain import format_number

Value = float | None
Row = tuple[Value, ...]
ODD: tuple[Value, ...] = (None, math.nan, math.inf, -math.inf, -0.0, 5e-324, -5e-324, 1e-200, 1e300, -1e300)


@dataclass(frozen=True)
class Known:
    """The model's answer to a customer."""

    segment: str | None
    confidence: float | None
    note: str | None


def hard_customers(model: SegmentModel, rows: int, seed: int = 7) -> list[Row]:
    """Return customers in schema order: at every edge of the model, at random, missing and impossible."""
    key = model_bytes(model), rows, seed
    if key not in _CUSTOMERS:
        _CUSTOMERS[key] = _hard_customers(model, rows, seed)
    return list(_CUSTOMERS[key])


def _hard_customers(model: SegmentModel, rows: int, seed: int) -> list[Row]:
    rng = np.random.default_rng(seed)
    edges = [_edges(model, i) for i in range(len(model.schema.features))]
    found: list[Row] = [tuple(row) for row in product(*(odd_and_plain(f) for f in model.schema.features))]
    found += [
        tuple(_raw(model, place, share))
        for place in product(range(len(model.centroids)), repeat=2)
        for share in (0, _half(model), 1)
    ]
    while len(found) < rows:
        row: list[Value] = []
        for i, feature in enumerate(model.schema.features):
            kind = rng.random()
            if kind < 0.4:
                row.append(float(rng.choice(edges[i])))
            elif kind < 0.7:
                row.append(float(rng.uniform(feature.minimum, feature.maximum)))
            elif kind < 0.97:
                row.append(float(rng.integers(math.ceil(feature.minimum), math.floor(feature.maximum) + 1)))
            else:
                row.append(ODD[int(rng.integers(len(ODD)))])
        found.append(tuple(row))
    return found[:rows]


def odd_and_plain(feature: Feature) -> list[Value]:
    """Return every odd value that a column may hold, and one plain value."""
    return [*ODD, feature.example, 60000.0]


def _edges(model: SegmentModel, index: int) -> list[float]:
    feature = model.schema.features[index]
    points = [*model.tree.cuts.get(index, ()), feature.minimum, feature.maximum, feature.unscaled(model.mean[index])]
    return [
        value
        for point in points
        for value in (math.nextafter(point, -math.inf), point, math.nextafter(point, math.inf))
    ]


def _half(model: SegmentModel) -> float:
    """Return where two centroids are equally near; beside it if engines may round a logarithm either way there."""
    return 0.49 if any(feature.is_log for feature in model.schema.features) else 0.5


def _raw(model: SegmentModel, places: tuple[int, ...], share: float) -> list[float]:
    """Return a point between two centroids, on the features' scales; halfway both are equally near."""
    values = list(model.fill)
    one, other = (model.centroids[place] for place in places)
    for i, a, b in zip(model.schema.cluster_indices, one, other, strict=True):
        values[i] = model.schema.features[i].unscaled((a + (b - a) * share) / model.factor[i] + model.mean[i])
    return values


def known_answer(model: SegmentModel, row: Row) -> Known:
    """Ask the model itself about a customer, and write the note by the documented rules."""
    said: list[str] = []
    customer: dict[str, float | None] = {}
    refused = False
    for i, (feature, value) in enumerate(zip(model.schema.features, row, strict=True)):
        if value is None:
            refused |= i in model.schema.cluster_indices
        elif feature.minimum <= value <= feature.maximum:
            customer[feature.name] = value
        else:
            refused = True
    if not refused:
        prediction = model.predict(customer)
        said += [f"borderline, next nearest: {prediction.runner_up}"] if prediction.borderline else []
    for i, (feature, value) in enumerate(zip(model.schema.features, row, strict=True)):
        if value is None and i in model.schema.cluster_indices:
            said.append(f"{feature.label} is missing")
        elif value is None and not refused:
            taken = f"{format_number(model.fill[i], feature.decimals + 1)} {feature.unit}".rstrip()
            said.append(f"{feature.label} is not given{f', {taken} assumed' if i in model.tree.cuts else ''}")
        elif value is not None and not feature.minimum <= value <= feature.maximum:
            bounds = f"{format_number(feature.minimum)} to {format_number(feature.maximum)} {feature.unit}".rstrip()
            factor = feature.base_unit_factor
            fits = factor != 1 and feature.minimum * factor < value <= feature.maximum * factor
            meant = f"; divided by {format_number(factor)} it fits: the unit is {feature.unit}" if fits else ""
            said.append(f"{feature.label} is outside {bounds}{meant}")
    for (i, low, high), (_, least, most) in zip(model.learned, model.near, strict=True):
        value, feature = row[i], model.schema.features[i]
        if not refused and value is not None and not least <= value <= most:
            shown = f"{format_number(low)} to {format_number(high)} {feature.unit}".rstrip()
            said.append(f"{feature.label} is far outside what I learned from ({shown})")
    note = "; ".join(said) or None
    return Known(None, None, note) if refused else Known(prediction.segment, prediction.confidence, note)


# Computed once, since several engines are checked against the same.
_CUSTOMERS: Final[dict[tuple[bytes, int, int], list[Row]]] = {}
_ANSWERS: Final[dict[tuple[bytes, tuple[Row, ...]], list[Known]]] = {}


def known_answers(model: SegmentModel, rows: list[Row]) -> list[Known]:
    """Ask the model about every customer."""
    key = model_bytes(model), tuple(rows)
    if key not in _ANSWERS:
        _ANSWERS[key] = [known_answer(model, row) for row in rows]
    return _ANSWERS[key]


def typed_query(kinds: Sequence[str]) -> str:
    """Write a query, in any SQL, of customers with ids: one for each odd value of a type, and some plain ones."""
    features = default_schema().features
    plain = [format_number(feature.example) for feature in features]
    rows: list[list[str]] = [plain]
    for i, kind in enumerate(kinds):
        for text in _odd_texts(kind):
            rows.append([*plain[:i], text, *plain[i + 1 :]])
    draw = np.random.default_rng(6)
    for _ in range(100):
        rows.append([str(_drawn(draw, kind)) for kind in kinds])
    values = ", ".join(f"({number}, {', '.join(map(_quoted, row))})" for number, row in enumerate(rows))
    names = [feature.name for feature in features]
    columns = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in zip(names, kinds, strict=True))
    return f"SELECT id, {columns} FROM (VALUES {values}) AS raw(id, {', '.join(names)})"  # noqa: S608 - our own


def _quoted(text: str) -> str:
    return text if text == "NULL" else f"'{text}'"


def _drawn(draw: np.random.Generator, kind: str) -> float:
    value = draw.uniform(0, 100)
    return value if _is_exact(kind) or _is_float(kind) else int(value)


def _odd_texts(kind: str) -> list[str]:
    texts = ["NULL", "0", "100", "101", "120", "121"]
    if not kind.startswith("U"):
        texts.append("-1")
    if kind not in {"TINYINT", "UTINYINT", "DECIMAL(38, 34)"}:
        texts += ["1000", "1001", "30000"]
    if _is_exact(kind) or _is_float(kind):
        texts += ["0.001", "-0.001", "99.999", "100.001", "120.001"]
    if _is_float(kind) or kind == "NUMERIC":
        texts += ["NaN", "Infinity", "-Infinity"]
    if kind in {"DOUBLE PRECISION", "DOUBLE"}:
        texts += ["5e-324", "-5e-324", "1.7e308"]
    if kind in {"NUMERIC", "NUMERIC(1000, 400)"}:
        texts += ["1e400", "-1e400", "1e-400", "-1e-400", "2e-324", "3e-324", f"100.{'0' * 40}1", f"-0.{'0' * 330}1"]
    return texts


def _is_exact(kind: str) -> bool:
    return kind.startswith(("DECIMAL", "NUMERIC"))


def _is_float(kind: str) -> bool:
    return kind in {"FLOAT", "REAL", "DOUBLE", "DOUBLE PRECISION"}


def as_doubles(kinds: Sequence[str], stored: Iterable[Sequence[Any]]) -> list[Row]:
    """Return stored values as doubles; single floats at full length, since some drivers shorten them."""
    return [tuple(_as_double(kind, value) for kind, value in zip(kinds, row, strict=True)) for row in stored]


def _as_double(kind: str, value: float | Decimal | None) -> float | None:
    if value is None:
        return None
    return float(np.float32(value)) if kind in {"FLOAT", "REAL"} else float(value)


def write_as_csv(rows: list[Row], path: Path) -> None:
    """Write customers as a file, with a number out of bounds for each value that no file can hold."""
    with path.open("w") as file:
        file.write("age,income,score\n")
        for row in rows:
            texts = ["" if value is None else repr(value) if math.isfinite(value) else "1e300" for value in row]
            file.write(f"{','.join(texts)}\n")


def frame(model: SegmentModel, rows: list[Row]) -> pl.DataFrame:
    """Return customers as a frame with ids; its columns have the names that people give them."""
    names = {name: name for name in model.schema.names} | {"income": "Annual Income (k$)", "age": "AGE"}
    columns = {
        names[name]: pl.Series([row[i] for row in rows], dtype=pl.Float64) for i, name in enumerate(model.schema.names)
    }
    return pl.DataFrame({"id": pl.Series(range(len(rows)), dtype=pl.Int64)} | columns)


def check_answers(
    model: SegmentModel, rows: list[Row], found: list[tuple[int, str | None, float | None, str | None]]
) -> None:
    """Check an engine's (id, segment, confidence, note) against the model."""
    assert len(found) == len(rows)
    worst, answers = 0.0, known_answers(model, rows)
    for number, segment, confidence, note in found:
        known = answers[number]
        assert (segment, note) == (known.segment, known.note), rows[number]
        assert (confidence is None) == (known.confidence is None), rows[number]
        if confidence is not None and known.confidence is not None:
            worst = max(worst, abs(confidence - known.confidence))
    assert worst <= 1e-6
