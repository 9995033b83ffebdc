"""A real PostgreSQL server, with a database of its own for each test that needs one."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from support.waiting import wait_until

# Debian keeps the programs of each version apart, out of PATH.
_PROGRAMS = max(
    Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=None
)
# Nothing of a test needs to survive a power cut.
_OPTIONS = ("fsync=off", "listen_addresses=", "max_connections=300", "log_min_messages=fatal")


def is_installed() -> bool:
    """Return whether a PostgreSQL server is installed."""
    return _PROGRAMS is not None or shutil.which("postgres") is not None


class PostgresServer:
    """A server that listens on a socket in a folder of its own, and can be stopped and started.

    Attributes:
        folder: its own.
        as_its_user: what a command begins with that is to be run by its user, and to end with this process.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)
        # PostgreSQL refuses to run as root; Debian's package has made a user for it.
        self.as_its_user = ["setpriv", "--pdeathsig=INT"]
        if os.geteuid() == 0:
            self.as_its_user += ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
            shutil.chown(folder, "postgres", "postgres")
        self._run("initdb", "--auth=trust", "--username=postgres", "--no-sync")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = [each for option in _OPTIONS for each in ("-c", option)]
        command = [*self._command("postgres"), "-k", str(self.folder), *options]
        self._process = subprocess.Popen(command, cwd=self.folder, stderr=subprocess.DEVNULL)
        wait_until(self._responds)

    def stop(self) -> None:
        """End at once, breaking every connection off."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None

    @property
    def pid(self) -> int:
        """The process whose children serve the connections."""
        assert self._process, "it does not run"
        return self._process.pid

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def create(self) -> str:
        """Create an empty database; return its URL as platforms give it."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def _responds(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _command(self, program: str) -> list[str]:
        path = shutil.which(program, path=f"{_PROGRAMS}:{os.environ['PATH']}")
        assert path, f"{program} is missing; `make test` installs PostgreSQL"
        return [*self.as_its_user, path, "-D", str(self.folder / "data")]

    def _run(self, program: str, *options: str) -> None:
        command = [*self._command(program), *options]
        subprocess.run(command, cwd=self.folder, stdout=subprocess.DEVNULL, check=True)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Run a PostgreSQL until the block ends."""
    # Not in pytest's folder, which only the user who runs the tests may enter.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        server = PostgresServer(folder)
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests; each makes its own databases."""
    with running_postgres() as server:
        yield server


def for_sqlalchemy(url: str) -> str:
    """Return a URL with the driver that the configuration chooses."""
    return url.replace("postgresql://", "postgresql+psycopg://")
