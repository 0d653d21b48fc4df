"""The schema of the shared database: made once, taken over from before it had a version, and never turned back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Final

import psycopg
import pytest
from postgres_cluster import database
from psycopg import sql

from segmentation.databases.connection import connect
from segmentation.databases.migrations import MIGRATIONS, migrate, schema_version

# As segbot 0.1.0 made them, each part when it was first needed.
REGISTRY: Final = """
CREATE SCHEMA IF NOT EXISTS segbot;
CREATE TABLE segbot.versions (
    version text PRIMARY KEY,
    added timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE segbot.files (
    version text NOT NULL REFERENCES segbot.versions ON DELETE CASCADE,
    name text NOT NULL,
    sha256 text NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (version, name)
);
CREATE TABLE segbot.pointer (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    version text NOT NULL REFERENCES segbot.versions
);
CREATE TABLE segbot.log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry json NOT NULL
);
CREATE FUNCTION segbot.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON segbot.log
    FOR EACH STATEMENT EXECUTE FUNCTION segbot.refuse();
INSERT INTO segbot.versions (version) VALUES ('v1');
INSERT INTO segbot.files (version, name, sha256, content) VALUES ('v1', 'model.json', 'ab', 'cd');
INSERT INTO segbot.pointer (version) VALUES ('v1');
INSERT INTO segbot.log (entry) VALUES ('{"event": "saved"}');
"""
REPLICAS: Final = """
CREATE SCHEMA IF NOT EXISTS segbot;
CREATE TABLE IF NOT EXISTS segbot.replicas (
    name text PRIMARY KEY,
    started timestamptz NOT NULL DEFAULT clock_timestamp(),
    beat timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO segbot.replicas (name) VALUES ('v1');
"""
CLICKS: Final = """
CREATE SCHEMA IF NOT EXISTS segbot;
CREATE TABLE IF NOT EXISTS segbot.presses (
    press text PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO segbot.presses (press) VALUES ('v1');
"""
COLUMNS: Final = (
    "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
    " WHERE table_schema = 'segbot' ORDER BY table_name, ordinal_position"
)
KEPT: Final = {
    REGISTRY: ("versions", "files", "pointer", "log"),
    REPLICAS: ("replicas",),
    CLICKS: ("presses",),
}


@pytest.mark.parametrize(
    "parts",
    [(), (REGISTRY,), (REPLICAS, CLICKS), (REGISTRY, REPLICAS, CLICKS)],
    ids=["nothing", "a registry", "the bot's", "everything"],
)
def test_a_database_of_the_first_release_is_taken_over_as_it_is(postgres_address: str, parts: tuple[str, ...]) -> None:
    with connect(postgres_address) as connection:
        for part in parts:
            connection.execute(part.encode())
        assert schema_version(connection) == 0
        migrate(connection)
        assert schema_version(connection) == len(MIGRATIONS)
        for table in (table for part in parts for table in KEPT[part]):
            assert connection.execute(
                sql.SQL("SELECT count(*) FROM segbot.{}").format(sql.Identifier(table))
            ).fetchone() == (1,)
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            connection.execute("DELETE FROM segbot.log")


def test_old_and_new_databases_end_up_with_the_same_tables(new_postgres_address: Callable[[], str]) -> None:
    found = []
    for parts in ((), (CLICKS, REPLICAS, REGISTRY)):
        with connect(new_postgres_address()) as connection:
            for part in parts:
                connection.execute(part.encode())
            migrate(connection)
            found.append(connection.execute(COLUMNS).fetchall())
    assert found[0] == found[1]
    assert {row[0] for row in found[0]} == {
        "files",
        "log",
        "pointer",
        "presses",
        "replicas",
        "schema_version",
        "snapshot_pieces",
        "snapshots",
        "versions",
        "watches",
    }


def test_replicas_that_start_at_once_migrate_once(postgres_address: str) -> None:
    start = Barrier(6)

    def run(_number: int) -> int:
        with connect(postgres_address) as connection:
            start.wait()
            migrate(connection)
            return schema_version(connection)

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(run, range(6))) == [len(MIGRATIONS)] * 6


def test_a_database_of_a_later_release_is_left_as_it_is(postgres_address: str) -> None:
    with database(postgres_address) as connection:
        migrate(connection)
        connection.execute("UPDATE segbot.schema_version SET version = version + 5")
        # With a table missing, running the migrations again would show.
        connection.execute("DROP TABLE segbot.presses")
        migrate(connection)
        assert schema_version(connection) == len(MIGRATIONS) + 5
        assert connection.execute("SELECT to_regclass('segbot.presses')").fetchone() == (None,)
