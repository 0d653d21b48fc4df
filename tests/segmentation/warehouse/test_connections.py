"""Opening a warehouse: which addresses are refused, and that no message repeats a password."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest
from warehouse_tables import MODEL

from segmentation.errors import BadInput, NotReady
from segmentation.warehouse.address import Address
from segmentation.warehouse.connections import ENGINES, Engine, load, open_warehouse
from segmentation.warehouse.engine import Warehouse
from segmentation.warehouse.score import score_table


@pytest.mark.parametrize(
    ("address", "into", "said"),
    [
        (
            Address("mysql://x/y", "t"),
            None,
            "mysql://x/y#t is not a supported table address. Use duckdb://path",
        ),
        (Address(""), None, "An empty text is not a supported"),
        (Address("nowhere.parquet"), None, "There is no file nowhere.parquet"),
        (Address("duckdb://nowhere.duckdb", "t"), None, "There is no DuckDB file duckdb://nowhere.duckdb#t"),
    ],
)
def test_refuses_an_address_that_leads_nowhere(address: Address, into: str | None, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        score_table(address, MODEL, into)


def test_a_password_is_never_shown() -> None:
    address = Address("postgresql://ann:s3cret%21@127.0.0.1:1/shop?options=-chidden", "customers")
    assert address.shown == "postgresql://127.0.0.1:1/shop#customers"
    assert "s3cret" not in repr(address)
    with pytest.raises(NotReady) as caught, open_warehouse(address):
        pass
    assert caught.value.sentence.startswith("postgresql://127.0.0.1:1/shop#customers can't be reached: ")
    for secret in ("s3cret", "ann:", "hidden"):
        assert secret not in caught.value.sentence


@pytest.mark.parametrize(
    "url",
    ["postgresql://ann:s3c?ret@127.0.0.1:1/shop", "postgresql://ann:s3c@ret@h/d", "postgresql://ann:s3c#ret@h/d",
     "postgresql://h/d?user=ann&password=s3c@ret"],
)  # fmt: skip
def test_a_password_that_could_be_taken_for_something_else_is_refused_unseen(url: str) -> None:
    with pytest.raises(BadInput) as caught, open_warehouse(Address(url, "t")):
        pass
    assert caught.value.sentence.startswith("In postgresql://…#t the user or password has ")
    assert not {"s3c", "ret", "ann"} & set(caught.value.sentence.replace("@", " ").split())
    assert "s3c" not in caught.value.sentence


@pytest.mark.parametrize(
    ("table", "shown"),
    [
        ("s3a://AKIA:s3cret@bucket/customers", "s3a://bucket/customers"),
        ("s3a://AKIA:s3c/ret@bucket/customers", "s3a://…"),
        ("hdfs://ann@name:8020/customers", "hdfs://name:8020/customers"),
        ("abfss://box@account/customers?sig=s3cret", "abfss://account/customers"),
        ("/data/a@b", "/data/a@b"),
        ("sales.customers", "sales.customers"),
    ],
)
def test_a_password_in_a_path_is_never_shown_either(table: str, shown: str) -> None:
    address = Address("spark://h:7077", table)
    assert address.shown == f"spark://h:7077#{shown}"
    assert "s3cret" in address.secrets or "s3cret" not in table


def test_what_an_engine_repeats_of_the_query_is_taken_out() -> None:
    address = Address("postgresql://127.0.0.1:1/shop?user=ann&passfile=h1dden", "t")
    assert {"ann", "h1dden"} <= set(address.secrets)
    assert address.shown == "postgresql://127.0.0.1:1/shop#t"


def test_a_missing_driver_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "segmentation.warehouse.postgres_engine", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with (
        pytest.raises(BadInput, match=r"PostgreSQL needs a driver .*\.\[postgres\]"),
        open_warehouse(Address("postgresql://127.0.0.1/shop", "t")),
    ):
        pass


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.title)
def test_every_listed_engine_is_there_and_its_extra_can_be_installed(engine: Engine) -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert issubclass(load(engine), Warehouse)
    assert not engine.extra or engine.extra in project["optional-dependencies"]


def test_an_import_error_of_an_engine_without_extra_is_not_called_a_missing_driver() -> None:
    with pytest.raises(ImportError, match="misspelt_engine"):
        load(Engine("Misspelt", ("misspelt://",), "misspelt://x", "misspelt_engine", "Misspelt"))
