"""Tables of customers whose categories are spelt in every way, and what is said of each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl
from campaigns import campaign
from category_cases import HEADER, category_schema

from segmentation.categories import SPELT_OUT, code_of, codes_by_key, fold_category
from segmentation.schema import Feature
from segmentation.warehouse.expressions.category_codes import folding_characters

PLAN, COUNTRY = category_schema().features[2:]
TEXTS = campaign(2_000, 20_000)


def texts_of(feature: Feature, count: int = TEXTS) -> list[str | None]:
    """Return the categories in many spellings, with characters beside and instead that fold into theirs or not."""
    rng = np.random.default_rng(11)
    alike: dict[str, list[str]] = {}
    for character, letter in folding_characters().items():
        alike.setdefault(letter, []).append(character)
    others = [*alike[""], *SPELT_OUT, *"ﬁ㎏½日x'\"\\%_`$", "\U0001d400", "\u0130", "\u0131"]
    found: list[str | None] = [None, "", " ", "\u200b", *feature.codes, "it's", "ß", "strasse"]
    names = [*codes_by_key(feature)]
    while len(found) < count:
        name = list(names[int(rng.integers(len(names)))])
        for at, letter in enumerate(name):
            if rng.random() < 0.4 and letter in alike:
                name[at] = str(rng.choice(alike[letter]))
        if rng.random() < 0.4:
            name.insert(int(rng.integers(len(name) + 1)), str(rng.choice(others)))
        found.append("".join(name))
    return found


def expected(feature: Feature, text: str | None) -> float | None:
    code = None if text is None else code_of(feature, text)
    return None if code is None else float(code)


def table_of(rows: Iterable[tuple[str | None, ...]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict.fromkeys(HEADER, pl.String), orient="row").with_columns(
        pl.col("spend", "visits").cast(pl.Float64)
    )


def customers(count: int = TEXTS) -> pl.DataFrame:
    """Return customers with every text, in an order of their own for each category."""
    plans, countries = texts_of(PLAN, count), texts_of(COUNTRY, count)[::-1]
    return table_of((f"c{i}", "100", "20", *pair) for i, pair in enumerate(zip(plans, countries, strict=True)))


def note_of(feature: Feature, text: str | None) -> list[str]:
    if not text or not fold_category(text):
        return [f"{feature.label} is not given"]
    if code_of(feature, text) is None:
        return [f"{feature.label} is not one of those known ({feature.range_text})"]
    return []


def check_notes(rows: list[tuple[Any, ...]], answer: Any) -> None:
    """Check what an engine says of each of `customers`: id, spend, visits, plan, country, segment, confidence, note."""
    assert len(rows) == TEXTS
    for _id, _spend, _visits, plan, country, segment, _confidence, note in rows:
        assert segment == answer.segment
        assert (note or "").split("; ") == (note_of(PLAN, plan) + note_of(COUNTRY, country) or [""]), (plan, country)
