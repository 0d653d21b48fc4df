"""The tables of the shared PostgreSQL database: one schema, `segbot`, with a version, brought up to date on first use.

All tables are here, the registry's and the bot's, since a database has one version. A migration only adds, for replicas
of the release before go on using the database while those of the next one start. Never change a migration that was
released: append another.
"""

from __future__ import annotations

from typing import Final

import psycopg

from segmentation.databases.connection import REGISTRY_LOCK

# Everything in the first is conditional: segbot 0.1.0 made these tables one by one where it used them, and kept no
# version, so any of them may be there already. They are taken over as they are.
MIGRATIONS: Final = (
    """
    CREATE TABLE IF NOT EXISTS segbot.versions (
        version text PRIMARY KEY,
        added timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE TABLE IF NOT EXISTS segbot.files (
        version text NOT NULL REFERENCES segbot.versions ON DELETE CASCADE,
        name text NOT NULL,
        sha256 text NOT NULL,
        content bytea NOT NULL,
        PRIMARY KEY (version, name)
    );
    CREATE TABLE IF NOT EXISTS segbot.pointer (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        version text NOT NULL REFERENCES segbot.versions
    );
    DO $do$ BEGIN
        IF to_regclass('segbot.log') IS NULL THEN
            CREATE TABLE segbot.log (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                entry json NOT NULL
            );
            CREATE FUNCTION segbot.refuse() RETURNS trigger LANGUAGE plpgsql AS $refuse$
            BEGIN
                RAISE EXCEPTION 'the log is append-only';
            END $refuse$;
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON segbot.log
                FOR EACH STATEMENT EXECUTE FUNCTION segbot.refuse();
        END IF;
    END $do$;
    CREATE TABLE IF NOT EXISTS segbot.replicas (
        name text PRIMARY KEY,
        started timestamptz NOT NULL DEFAULT clock_timestamp(),
        beat timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE TABLE IF NOT EXISTS segbot.presses (
        press text PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    """,
    """
    CREATE TABLE IF NOT EXISTS segbot.snapshots (
        id text PRIMARY KEY,
        team text NOT NULL,
        taken double precision NOT NULL,
        about text NOT NULL
    );
    CREATE INDEX IF NOT EXISTS snapshots_of_team ON segbot.snapshots (team, taken);
    CREATE TABLE IF NOT EXISTS segbot.snapshot_pieces (
        id text NOT NULL REFERENCES segbot.snapshots ON DELETE CASCADE,
        number integer NOT NULL,
        content bytea NOT NULL,
        PRIMARY KEY (id, number)
    );
    """,
    """
    CREATE TABLE IF NOT EXISTS segbot.watches (
        team text NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        about text NOT NULL,
        ran double precision NOT NULL,
        seen text NOT NULL,
        checked double precision NOT NULL,
        PRIMARY KEY (team, kind, name)
    );
    """,
)


def migrate(connection: psycopg.Connection) -> None:
    """Bring the schema up to date; two small queries if it is. One newer than this release is left as it is.

    Raises
    ------
    psycopg.Error
        When the database cannot be used; nothing was changed then.
    """
    if schema_version(connection) >= len(MIGRATIONS):
        return
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (REGISTRY_LOCK,))
        # IF NOT EXISTS alone is not enough: two replicas that create the same at once still collide in the catalogue.
        connection.execute("CREATE SCHEMA IF NOT EXISTS segbot")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS segbot.schema_version ("
            "single boolean PRIMARY KEY DEFAULT true CHECK (single), version integer NOT NULL)"
        )
        # Asked again under the lock: another replica may have been faster.
        for migration in MIGRATIONS[schema_version(connection) :]:
            connection.execute(migration)
        connection.execute(
            "INSERT INTO segbot.schema_version (version) VALUES (%s)"
            " ON CONFLICT (single) DO UPDATE SET version = greatest(schema_version.version, excluded.version)",
            (len(MIGRATIONS),),
        )


def schema_version(connection: psycopg.Connection) -> int:
    """Return how many migrations the database has had; 0 for one without the schema, or from before it had versions."""
    # `to_regclass` answers NULL; asking a table that is not there would be an error.
    if connection.execute("SELECT to_regclass('segbot.schema_version')").fetchone() == (None,):
        return 0
    row = connection.execute("SELECT version FROM segbot.schema_version").fetchone()
    return 0 if row is None else int(row[0])
