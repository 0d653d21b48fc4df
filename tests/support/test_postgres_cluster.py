"""The tests' own PostgreSQL keeps what was committed, through a stop that gives it no time."""

from __future__ import annotations

import psycopg
import pytest
from postgres_cluster import PostgresCluster


def test_a_committed_row_survives_a_stop(postgres_cluster: PostgresCluster, postgres_address: str) -> None:
    with psycopg.connect(postgres_address) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    postgres_cluster.stop()
    try:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(postgres_address)
    finally:
        postgres_cluster.start()
    with psycopg.connect(postgres_address) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]
