"""A PostgreSQL cluster of the tests' own on loopback, and an empty database in it for each test that asks."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
import pytest

from benchmarks.traffic.ports import free_port

SUPERUSER: Final = "segbot"
_DEBIAN: Final = Path("/usr/lib/postgresql")
_SERVER_ACCOUNT: Final = "postgres"
# What makes a server quick that has nothing to lose.
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "log_min_messages": "fatal",
}


def binaries() -> Path | None:
    """Where PostgreSQL's programs are; None where it is not installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(_DEBIAN.glob("*/bin"), key=lambda path: int(path.parent.name)) if _DEBIAN.is_dir() else []
    return versions[-1] if versions else None


@contextmanager
def database(address: str) -> Iterator[psycopg.Connection]:
    """A database, to look into or to change by hand."""
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


class PostgresCluster:
    """One server on a free port of 127.0.0.1. Root may not run one, so then it runs as the package's own account."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._data = folder / "data"
        self._programs = programs
        self._account = _SERVER_ACCOUNT if os.geteuid() == 0 else None
        if self._account is not None:
            owner = pwd.getpwnam(self._account)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        self.port = free_port()
        self._run("initdb", "--username", SUPERUSER, "--auth", "trust", "--no-sync", "--encoding", "UTF8")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = " ".join(f"-c {name}='{value}'" for name, value in (_SETTINGS | {"port": str(self.port)}).items())
        self._run("pg_ctl", "start", "--wait", "--silent", "--log", str(self._data / "log"), "--options", options)

    def stop(self) -> None:
        """Stop the server at once, as a failing machine would; what was committed is there at the next start."""
        self._run("pg_ctl", "stop", "--wait", "--silent", "--mode", "immediate")

    def address(self, database: str) -> str:
        """The database's address for libpq."""
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and return its name."""
        name = f"test_{secrets.token_hex(6)}"
        with database(self.address("postgres")) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return name

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "--pgdata", str(self._data), *arguments]
        # To a file, not a pipe: the server keeps its output open for as long as it lives.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                command, user=self._account, stdout=said, stderr=said, cwd="/", timeout=120, check=False
            )
            said.seek(0)
            assert done.returncode == 0, said.read().decode(errors="replace")


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """A running server; a test that stops it starts it again."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    # Not below pytest's own folders: the server's account must be able to reach it.
    with tempfile.TemporaryDirectory(prefix="segbot-postgres-") as folder:
        cluster = PostgresCluster(Path(folder), programs)
        cluster.start()
        yield cluster
        cluster.stop()


@pytest.fixture
def postgres_address(postgres_cluster: PostgresCluster) -> str:
    """The address of an empty database, as ``postgresql://…``."""
    return postgres_cluster.address(postgres_cluster.new_database())


@pytest.fixture
def postgres_url(postgres_address: str) -> str:
    """The same as ``SEGBOT_DATABASE_URL`` takes it."""
    return postgres_address.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def new_postgres_address(postgres_cluster: PostgresCluster) -> Callable[[], str]:
    """Make more databases than one."""
    return lambda: postgres_cluster.address(postgres_cluster.new_database())
