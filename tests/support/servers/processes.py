"""Both servers as ``make run`` starts them, as processes of their own on free ports."""

import compileall
import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from random import randrange

import httpx2
import pytest
from sqlalchemy import text
from support.databases.postgres import for_sqlalchemy
from support.databases.sqlite import upgrade_quickly
from support.servers import commands
from support.waiting import wait_until

from plugin_server.resources.paths import PACKAGE, SETTINGS_JSON, STATIC, TEMPLATES
from plugin_server.store.schema import make_engine


def _own_ports() -> Iterator[int]:
    """Yield ports that hardly anybody takes between their being found and their being listened on.

    They lie below those that Linux gives to whoever asks for any, each process of a run has its
    share of them, and comes back to one only after all others.
    """
    size = 16_000 // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    first = 16_000 + size * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    # Another run on the same machine hardly begins at the same place.
    yield from islice(cycle(range(first, first + size)), randrange(size), None)


_PORTS = _own_ports()


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    return True


def find_free_ports(count: int) -> list[int]:
    """Return so many ports that nothing listens on."""
    return list(islice(filter(_is_free, _PORTS), count))


@pytest.fixture(scope="session")
def free_ports() -> Callable[[int], list[int]]:
    """The function that returns so many ports that nothing listens on."""
    return find_free_ports


def copied_project(folder: Path) -> Path:
    """Copy what runs of this project into a folder, where it may be edited, and return the folder.

    It is compiled, as this checkout is: otherwise each command in a copy would take seconds to start.
    """
    for each in (PACKAGE, TEMPLATES, STATIC, SETTINGS_JSON):
        shutil.copytree(each, folder / each.relative_to(PACKAGE.parent))
    compileall.compile_dir(folder / PACKAGE.name, quiet=1)
    return folder


# What a command begins with whose code is edited faster than Python notices: two versions of a file may have
# one size and one time, by which it knows what it compiled.
NOT_COMPILING = ["env", "PYTHONDONTWRITEBYTECODE=1"]


@dataclass(frozen=True)
class Preview:
    """Both servers as ``make run`` starts them, each a process of its own."""

    server: str
    sandbox: str
    data_dir: Path
    log: Path


@contextmanager
def announced(
    begin: Callable[
        [dict[str, str], commands.Streams], "commands.Command | subprocess.Popen[bytes]"
    ],
    variables: Mapping[str, str],
    folder: Path,
) -> Iterator[Path]:
    """Run a command that says that Ctrl-C stops it, until the block ends; give the file of its log.

    Args:
        begin: starts it with these variables, and files for its standard streams.
        variables: besides those of this process.
        folder: where these files are.
    """
    said, log = folder / "said", folder / "log"
    said.write_text("")
    log.write_text("")
    process = begin({**os.environ, **variables}, {1: said, 2: log})
    try:
        wait_until(lambda: process.poll() is not None or "Ctrl-C" in said.read_text())
        if process.poll() is not None:
            pytest.fail("The command did not start:\n" + log.read_text())
        yield log
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()


@contextmanager
def running_preview(
    folder: Path,
    ports: list[int],
    *,
    command: list[str] | None = None,
    project: Path | None = None,
    **variables: str,
) -> Iterator[Preview]:
    """Run ``plugin-server preview`` until the block ends.

    Args:
        folder: of its data and its log.
        ports: of the plugin server and of the sandbox.
        command: starts it as another installation does; a fork of what this one has imported by default.
            Of either, both servers are new processes, which import all they need.
        project: a copy of the project that is run instead of this one.
        variables: more of them.
    """

    def begin(
        environment: dict[str, str], streams: commands.Streams
    ) -> commands.Command | subprocess.Popen[bytes]:
        if command is None:
            where = {"project": project} if project else {"folder": folder}
            return commands.start(["preview"], environment, streams, **where)
        with streams[1].open("w") as output, streams[2].open("w") as errors:
            return subprocess.Popen(
                [*command, "preview"], cwd=folder, env=environment, stdout=output, stderr=errors
            )

    own = {"PORT": str(ports[0]), "SANDBOX_PORT": str(ports[1]), "DATA_DIR": str(folder / "data")}
    with announced(begin, {"LOG_LEVEL": "DEBUG", **own, **variables}, folder) as log:
        server, sandbox = (f"http://127.0.0.1:{port}" for port in ports)
        yield Preview(server, sandbox, folder / "data", log)


@pytest.fixture(scope="session")
def preview(
    tmp_path_factory: pytest.TempPathFactory, free_ports: Callable[[int], list[int]]
) -> Iterator[Preview]:
    with running_preview(tmp_path_factory.mktemp("preview"), free_ports(2)) as preview:
        yield preview


@pytest.fixture
def preview_of(
    tmp_path: Path, free_ports: Callable[[int], list[int]]
) -> Iterator[Callable[[list[str]], Preview]]:
    """A function that runs the preview of another installation for the length of a test."""
    with ExitStack() as stack:
        yield lambda command: stack.enter_context(
            running_preview(tmp_path, free_ports(2), command=command)
        )


SECRETS = {
    "SECRET_KEY": "s" * 40,
    "ENCRYPTION_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "PLUGIN_CLIENT_ID": "sandbox-app",
    "PLUGIN_CLIENT_SECRET": "sandbox-secret",
    "KIT_CLIENT_ID": "us",
    "KIT_CLIENT_SECRET": "kit-client-secret",
    "WEB_CONCURRENCY": "2",
    "LOG_LEVEL": "DEBUG",
}


@dataclass(frozen=True)
class Server:
    """The plugin server alone, as in production."""

    server: str
    data_dir: Path
    log: Path
    pid: int
    database_url: str

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        engine = make_engine(self.database_url)
        with engine.connect() as db:
            rows: int = db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
        engine.dispose()
        return rows

    def execute(self, statement: str) -> None:
        """Change what the database holds, beside the running server."""
        engine = make_engine(self.database_url)
        with engine.execution_options(write=True).begin() as db:
            db.execute(text(statement))
        engine.dispose()

    def workers(self) -> list[int]:
        """Return the worker processes."""
        try:
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        except (FileNotFoundError, ProcessLookupError):  # it has ended, and they before it
            return []
        return [int(child) for child in children.split()]


def launch(variables: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start ``plugin-server serve`` as an operator does: a process that imports all it needs."""
    command = [sys.executable, "-m", "plugin_server.cli", "serve"]
    with log.open("a") as output:
        return subprocess.Popen(command, env=variables, stderr=output)


def fork(variables: dict[str, str], log: Path) -> commands.Command:
    """Start ``plugin-server serve`` in a second less."""
    return commands.start(["serve"], variables, {2: log})


@contextmanager
def running_server(
    folder: Path,
    port: int,
    begin: Callable[[dict[str, str], Path], commands.Command | subprocess.Popen[bytes]] = fork,
    **variables: str,
) -> Iterator[Server]:
    """Run ``plugin-server serve`` with its data in a folder, until the block ends."""
    url = f"http://127.0.0.1:{port}"
    given = {"DATA_DIR": str(folder), "PORT": str(port), "BASE_URL": url, **variables}
    environment = {**os.environ, **SECRETS, **given}
    database = for_sqlalchemy(
        variables.get("DATABASE_URL", f"sqlite:///{folder / 'plugin-server.db'}")
    )
    # Not by ``plugin-server db upgrade``: a process more for each of some hundred servers.
    engine = make_engine(database)
    upgrade_quickly(engine)
    engine.dispose()
    log = folder / "log"
    process = begin(environment, log)
    try:
        wait_until(lambda: process.poll() is not None or is_up(url))
        assert process.poll() is None, log.read_text()
        yield Server(url, folder, log, process.pid, database)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@pytest.fixture
def serve(
    tmp_path: Path, free_ports: Callable[[int], list[int]]
) -> Iterator[Callable[..., Server]]:
    """A function from variables to a running ``plugin-server serve``."""

    def start(**variables: str) -> Server:
        port = int(variables.get("PORT") or free_ports(1)[0])
        return stack.enter_context(running_server(tmp_path, port, **variables))

    with ExitStack() as stack:
        yield start


def is_up(url: str) -> bool:
    """Return whether a server responds that it is ready."""
    try:
        return httpx2.get(f"{url}/readyz").status_code == 200
    except httpx2.TransportError:
        return False
