"""A real PgBouncer in front of a real PostgreSQL, which lends connections for a transaction each."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from support.databases.postgres import PostgresServer
from support.waiting import wait_until

# Only a name: that of its socket in PostgreSQL's folder. It listens on no port.
_NUMBER = 6432
_SETTINGS = """
[databases]
* = host={folder} user=postgres
[pgbouncer]
listen_addr =
listen_port = {number}
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 1000
# Seconds that a caller waits for PostgreSQL; by default two minutes.
query_wait_timeout = 2
server_login_retry = 1
"""


def find() -> str | None:
    """Return where the program is; Debian keeps it out of the PATH of most users."""
    return shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


@contextmanager
def running_pgbouncer(postgres: PostgresServer, size: int) -> Iterator[int]:
    """Run one with so many connections to each database, until the block ends; yields its process id."""
    program = find()
    assert program, "pgbouncer is missing; `make test` installs it"
    settings = postgres.folder / "pgbouncer.ini"
    settings.write_text(_SETTINGS.format(folder=postgres.folder, number=_NUMBER, size=size))
    command = [*postgres.as_its_user, program, "--quiet", str(settings)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _responds(pooled(postgres.url("postgres"))))
        yield process.pid
    finally:
        # Newer versions would wait for clients that are still connected.
        process.kill()
        process.wait(30)


def pooled(url: str) -> str:
    """Return the way to a database through the PgBouncer in front of it."""
    return f"{url}&port={_NUMBER}"


def _responds(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
