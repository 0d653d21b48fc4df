"""What the playground offers a newcomer: customers to ask about, files to drop, things an admin does."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

from bot.playground.page.first_minute import FirstMinute, Sample, Suggestion
from segmentation.model import SegmentModel
from segmentation.schema import Schema
from segmentation.schema_data import default_schema
from segmentation.training.samples.mall import sample_customers
from segmentation.training.samples.shop import SHOP_COLUMNS, shop_rows

# How many customers are tried on the way from one segment's middle to another's.
_STEPS: Final = 20


def first_minute_of(schema: Schema, model: SegmentModel | None = None, table: str = "") -> FirstMinute:
    """Return what the page offers a newcomer.

    The sample file is of the columns in service; the suggestion to set up segments from other columns needs a schema
    that does not know those.

    Parameters
    ----------
    model
        The model in service, which says who is a close call; none is offered without it.
    table
        The name of a warehouse table with the default schema's columns; empty if there is none to watch.
    """
    suggestions = [
        Suggestion(
            "Ask about a customer", "Segment, confidence, reasons, what would change it", f"/segment {schema.example}"
        )
    ]
    if model is not None and (command := close_call(model)):
        suggestions.append(
            Suggestion("A close call", "Between two segments: it says so, and what would settle it", command)
        )
    suggestions += [
        Suggestion("Score the sample file", "A CSV of synthetic customers comes back scored; cut lists from it"),
        Suggestion(
            "Retrain as an admin",
            "A new model from the latest file, to compare and promote",
            "/retrain latest",
            "admin",
            needs_file=True,
        ),
    ]
    if schema.names != default_schema().names:
        return FirstMinute(tuple(suggestions), shop_file() if _knows_shop(schema) else None)
    if table:
        suggestions.append(
            Suggestion(
                "Watch a table",
                "Every Monday segbot looks at it, and says something only if there is news",
                f"/segments watch table={table} every monday 9:00",
                "admin",
            )
        )
    other = "Drops a shop's customers; an admin sets up segments from them"
    suggestions.append(Suggestion("Other columns", other, file=shop_file()))
    return FirstMinute(tuple(suggestions), sample_file())


class Offers:
    """What is offered while a model is in service; worked out once for each model.

    Parameters
    ----------
    live
        Returns the model in service.
    table
        As for `first_minute_of`.
    """

    def __init__(self, live: Callable[[], SegmentModel], *, table: str) -> None:
        self._live = live
        self._table = table
        self._last: tuple[SegmentModel, FirstMinute] | None = None

    def __call__(self) -> FirstMinute:
        """Return `first_minute_of` the model in service, which changes with every promotion."""
        model = self._live()
        if self._last is None or self._last[0] is not model:
            self._last = model, first_minute_of(model.schema, model, self._table)
        return self._last[1]


def close_call(model: SegmentModel) -> str:
    """Return a command about a customer between two segments; empty if none of those tried is a close call."""
    for values in _from_the_example(model):
        if model.predict(dict(zip(model.schema.names, values, strict=True))).borderline:
            features = zip(model.schema.features, values, strict=True)
            asked = replace(model.schema, features=tuple(replace(one, example=value) for one, value in features))
            return f"/segment {asked.example}"
    return ""


def _from_the_example(model: SegmentModel) -> Iterator[list[float]]:
    """Yield customers on the straight way from the middle of the example's segment to the others', the nearest first.

    What does not make distances is as in the example.
    """
    features = model.schema.features
    example = [one.example for one in features]
    answer = model.predict(dict(zip(model.schema.names, example, strict=True)))
    home, deciding = model.segment(answer.segment), model.schema.cluster_indices
    for other in sorted(model.segments, key=lambda one: one.name != answer.runner_up):
        for step in range(1, _STEPS):
            customer = list(example)
            for i in deciding:
                start, end = home.mean[i], other.mean[i]
                if start is not None and end is not None:
                    customer[i] = round(start + (end - start) * step / _STEPS, features[i].decimals)
            yield customer


def sample_file() -> Sample:
    """Return synthetic customers as a CSV, said to be so in its name and in every row."""
    rows = [
        f"synthetic-{number:03},{age:.0f},{income:.0f},{score:.0f}"
        for number, (age, income, score) in enumerate(sample_customers().tolist(), 1)
    ]
    data = "\n".join(["customer,age,income,score", *rows, ""]).encode()
    return Sample("synthetic-customers.csv", data, f"{len(rows)} synthetic customers, generated here")


@lru_cache(maxsize=1)
def shop_file() -> Sample:
    """Return synthetic customers of a shop, whose columns the shipped schema does not know, as a CSV."""
    text = io.StringIO(newline="")
    rows = shop_rows()
    csv.writer(text).writerows([SHOP_COLUMNS, *rows])
    return Sample(
        "synthetic-shop.csv", text.getvalue().encode(), f"{len(rows)} synthetic customers of a shop, generated here"
    )


def _knows_shop(schema: Schema) -> bool:
    """Say whether a schema was set up from the shop's columns."""
    known = {feature.name for column in SHOP_COLUMNS if (feature := schema.find(column)) is not None}
    return all(schema.names[i] in known for i in schema.cluster_indices)
