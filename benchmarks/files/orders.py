"""An export of order lines turned into customers by `derive_customers`, beside Polars' own group-by on the same file.

Each runs in a process of its own, imports included, in turns with the other. CPU times are compared, which other work
on the machine changes less than the clock's. Polars is told the columns and their types, reads only those, and asks
nothing: it does not look for repeated lines, doubtful dates or refunds.

`python -m benchmarks.files.orders LINES` takes another size. With `--spark LINES …`, Spark on this machine alone
derives customers from Parquet files of so many lines, and a line is printed for each.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.figures import Figure, Goal, Measurement, Section
from benchmarks.files.processes import Program, in_turns, middle
from benchmarks.turns import median_ratio

if TYPE_CHECKING:
    import polars as pl

    from benchmarks.trained_sample import TrainedSample

_HERE: Final = str(Path(__file__).resolve().parents[2])
_LINES: Final = 10_000_000
_QUICK_LINES: Final = 200_000
_ROUNDS: Final = 3
# On average an order has two lines, and a customer five orders.
_AN_ORDER: Final = 2
_A_CUSTOMER: Final = 10
_DAYS: Final = 1000
_SUBJECTS: Final = {"segbot": "derive_customers", "polars": "Polars scan_csv → group_by → sort → write_csv"}


def measure(sample: TrainedSample, *, quick: bool) -> Section:
    """Run both in turns on one generated file."""
    del sample
    with tempfile.TemporaryDirectory() as folder:
        return _measure(Path(folder), _QUICK_LINES if quick else _LINES, 1 if quick else _ROUNDS)


def _measure(folder: Path, lines: int, rounds: int) -> Section:
    source = folder / "orders.csv"
    generate(lines).sink_csv(source)
    command = [sys.executable, "-m", "benchmarks.files.orders", "--competitor"]
    programs = {name: Program([*command, name, str(source)], {**os.environ, "PYTHONPATH": _HERE}) for name in _SUBJECTS}
    runs = in_turns(programs, rounds, folder)
    seconds = {name: [taken.cpu for taken in own] for name, own in runs.items()}
    taken = {name: middle(own) for name, own in runs.items()}
    return Section(
        f"orders: {lines:,} lines of {lines // _A_CUSTOMER:,} customers from CSV to customers",
        f"Medians of {rounds} rounds in turns, imports included.",
        tuple(
            Measurement(_SUBJECTS[name], {"lines": lines, "s": one.seconds, "CPU s": one.cpu, "peak MB": one.peak})
            for name, one in taken.items()
        ),
        (
            Figure(
                "derive_customers / Polars' own group-by, CPU time",
                median_ratio(seconds["segbot"], seconds["polars"]),
                "×",
                Goal.most(1.5),
            ),
            Figure("derive_customers' peak memory", taken["segbot"].peak, "MB", Goal.most(1536)),
        ),
    )


def generate(lines: int) -> pl.LazyFrame:
    """Make order lines, those of one order together: order_id, customer_id, order_date, amount, sku."""
    import polars as pl  # noqa: PLC0415 - keeps it out of the other competitor's start

    order = pl.int_range(lines, dtype=pl.UInt64) // _AN_ORDER
    made = pl.select(order.alias("order")).lazy()
    customer, day, line = pl.col("order").hash(1), pl.col("order").hash(2), pl.int_range(pl.len(), dtype=pl.UInt64)
    cents = line.hash(3) % 20_000 + 100
    return made.select(
        (pl.col("order") + 100_000).alias("order_id"),
        (customer % max(1, lines // _A_CUSTOMER) + 1_000_000).alias("customer_id"),
        (pl.date(2022, 1, 1) + pl.duration(days=day % _DAYS)).alias("order_date"),
        (cents.cast(pl.Float64) / 100).cast(pl.Decimal(18, 2)).alias("amount"),
        pl.concat_str(pl.lit("SKU-"), line.hash(4) % 5000).alias("sku"),
    )


def _segbot(source: Path, target: Path) -> Callable[[], object]:
    from segmentation.orders.answers import OrderAnswers  # noqa: PLC0415 - keeps it out of the other competitor's process
    from segmentation.orders.rfm import derive_customers  # noqa: PLC0415 - keeps it out of the other competitor's process

    answers = OrderAnswers.parse(["amounts-per=line", "repeats=keep"])
    return lambda: derive_customers(source, target, answers=answers)


def _polars(source: Path, target: Path) -> Callable[[], object]:
    import polars as pl  # noqa: PLC0415 - keeps it out of the other competitor's process

    types = {"order_id": pl.String, "customer_id": pl.String, "order_date": pl.Date, "amount": pl.Float64}
    customers = (
        pl.scan_csv(source, schema_overrides=types)
        .group_by("customer_id")
        .agg(
            pl.col("order_date").max().alias("last_order"),
            pl.col("order_date").min().alias("first_order"),
            pl.col("order_id").n_unique().alias("frequency"),
            pl.col("amount").sum().alias("monetary"),
        )
        .sort("customer_id")
    )
    return lambda: customers.collect(engine="streaming").write_csv(target)


_COMPETITORS: Final[Mapping[str, Callable[[Path, Path], Callable[[], object]]]] = {"segbot": _segbot, "polars": _polars}


def _on_spark(lines: int, folder: Path) -> dict[str, float]:
    """Let Spark derive customers from a Parquet file of lines and count them."""
    from segmentation.orders.answers import OrderAnswers  # noqa: PLC0415 - loads Ibis
    from segmentation.warehouse.address import Address  # noqa: PLC0415 - loads Ibis
    from segmentation.warehouse.connections import open_warehouse  # noqa: PLC0415 - loads Ibis
    from segmentation.warehouse.rfm.counts import read_orders  # noqa: PLC0415 - loads Ibis
    from segmentation.warehouse.rfm.customers import customers_query  # noqa: PLC0415 - loads Ibis

    source = folder / f"orders-{lines}.parquet"
    generate(lines).sink_parquet(source)
    with open_warehouse(Address("spark://local", str(source))) as warehouse:
        table = warehouse.table(str(source))
        began = time.perf_counter()
        answers = OrderAnswers.parse(["amounts-per=line", "repeats=keep"])
        customers = int(customers_query(table, read_orders(table, answers).how).count().execute())
        seconds = time.perf_counter() - began
    source.unlink()
    return {"lines": lines, "customers": customers, "s": seconds}


def main(arguments: list[str] | None = None) -> None:
    """Act as one competitor, run Spark's curve, or measure another size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.files.orders")
    parser.add_argument("lines", nargs="*", type=int, default=[_QUICK_LINES])
    parser.add_argument("--competitor", nargs=2, metavar=("NAME", "FILE"))
    parser.add_argument("--spark", action="store_true", help="Let Spark derive customers of so many lines.")
    given = parser.parse_args(arguments)
    if given.competitor is not None:
        name, source = given.competitor[0], Path(given.competitor[1])
        _COMPETITORS[name](source, source.with_name(f"{name}-customers.csv"))()
        return
    with tempfile.TemporaryDirectory() as folder:
        for lines in given.lines:
            found = _on_spark(lines, Path(folder)) if given.spark else None
            print(json.dumps(found) if found else _measure(Path(folder), lines, _ROUNDS).to_text(), flush=True)


if __name__ == "__main__":
    main()
