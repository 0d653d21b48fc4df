"""Connections to the PostgreSQL database that replicas share; they give up on a vanished server within seconds."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

# Held for a change of the schema `segbot` or of the registry; any number nobody else takes will do.
REGISTRY_LOCK: Final = 0x5E6B07
# libpq's own defaults wait for minutes. Settings in the address override these.
# Keepalives notice a vanished server after 5 + 3 * 2 seconds while nothing is sent; data sent and not confirmed stop
# them, and for those there is tcp_user_timeout, in milliseconds.
_DEFAULTS: Final = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "application_name": "segbot",
}
# A session that stops inside a transaction would keep its locks, and all replicas would wait for them.
_PATIENCE: Final = "SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'"


def connect(address: str) -> psycopg.Connection:
    """Open a connection on which each statement is its own transaction unless one is begun.

    Raises
    ------
    psycopg.Error
        When there is no such database, or it does not answer within seconds.
    """
    unset = {name: value for name, value in _DEFAULTS.items() if name not in conninfo_to_dict(address)}
    connection = psycopg.connect(make_conninfo(address, **unset), autocommit=True)
    connection.execute(_PATIENCE)
    return connection
