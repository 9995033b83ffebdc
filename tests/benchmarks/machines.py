"""The servers that are measured: ours as shipped, its peers, and a small Kit that they read."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socket import socket

import httpx2
from support.servers.processes import launch, running_server
from support.waiting import wait_until

from benchmarks.creators import PEERS_DATABASE
from benchmarks.load import CannotMeasure, Tree, require_tools

_TOOLS = ("wrk", "node", "npm")
_PEERS = Path(__file__).with_name("peers")
KIT, OURS, CONSTANT = "Kit", "plugin-server", "Express, constant response"
PEER, PEER_CACHED = "Express, same work", "Express, same work, cached"


@dataclass(frozen=True)
class Machine:
    """A running server."""

    url: str
    tree: Tree


def has_peers() -> bool:
    """Return whether all is there that the peers and the load need."""
    tools = all(map(shutil.which, _TOOLS))
    return tools and (_PEERS / "node_modules" / "sanitize-html").exists()


def _install_peers() -> None:
    """Have npm fetch what the peers need, where it is not there yet.

    Raises:
        CannotMeasure: a tool is missing, or npm failed; the text is its own.
    """
    require_tools(*_TOOLS)
    if has_peers():
        return
    _say("Installing the peers; better-sqlite3 may be compiled, which takes some minutes …")
    installed = subprocess.run(
        ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"],
        cwd=_PEERS,
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        shutil.rmtree(_PEERS / "node_modules", ignore_errors=True)
        raise CannotMeasure(f"npm install failed: {installed.stderr}")


@contextmanager
def running(folder: Path, *names: str, kit_latency: int = 0) -> Iterator[dict[str, Machine]]:
    """Run those servers that are named and ``KIT``, a small Kit that they read, until the block ends.

    Args:
        folder: where the accounts are installed, and logs are written.
        names: of servers.
        kit_latency: milliseconds that Kit takes for every response; single posts take 200 at least.

    Raises:
        CannotMeasure: one of them does not start, or a tool is missing.
    """
    _install_peers()
    tokens = str(folder / PEERS_DATABASE)
    with ExitStack() as stack:
        kit = stack.enter_context(_peer("kit.js", folder, LATENCY=str(kit_latency)))
        work = {"TOKENS": tokens, "KIT_API_URL": kit.url}
        make: dict[str, Callable[[], AbstractContextManager[Machine]]] = {
            CONSTANT: partial(_peer, "constant.js", folder),
            OURS: partial(_ours, folder, kit.url),
            PEER: partial(_peer, "same_work.js", folder, **work),
            PEER_CACHED: partial(_peer, "same_work.js", folder, **work, CACHE="1"),
        }
        yield {KIT: kit, **{name: stack.enter_context(make[name]()) for name in names}}


def kit_requests(servers: Mapping[str, Machine]) -> int:
    """Return how many requests the small Kit has had."""
    return int(httpx2.get(f"{servers[KIT].url}/requests").json()["requests"])


@contextmanager
def _peer(script: str, folder: Path, **variables: str) -> Iterator[Machine]:
    """Run one of the peers on a free port, until the block ends; its log is a file, as ours is."""
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "NODE_ENV": "production", **variables}
    with (folder / f"{port}.log").open("w") as log:
        process = subprocess.Popen(["node", script], cwd=_PEERS, env=environment, stdout=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: process.poll() is not None or _responds(url))
        if process.poll() is not None:
            raise CannotMeasure(f"{script} did not start; its message is above.")
        yield Machine(url, Tree(process.pid))
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def _ours(folder: Path, kit_url: str) -> Iterator[Machine]:
    """Run ``plugin-server serve`` as shipped, on two processes, with its data in a folder."""
    variables = {
        "KIT_API_URL": kit_url,
        "KIT_OAUTH_URL": f"{kit_url}/v4/oauth",
        "WEB_CONCURRENCY": "2",
        # One creator may not send requests as often as a benchmark does.
        "EDITOR_RATE_LIMIT": "1000000000",
        "LOG_LEVEL": "INFO",
    }
    with running_server(folder, free_port(), launch, **variables) as server:
        yield Machine(server.server, Tree(server.pid))


def seconds_to_preview(folder: Path) -> float:
    """Return the seconds from ``make run``'s command until it invites to open a browser."""
    variables = {"DATA_DIR": str(folder), "PORT": str(free_port())}
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "plugin_server.cli", "preview"],
        env={**os.environ, **variables, "SANDBOX_PORT": str(free_port())},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        if not any("Ctrl-C" in line for line in process.stdout):
            raise CannotMeasure("plugin-server preview did not start.")
        return time.monotonic() - begun
    finally:
        process.terminate()
        process.stdout.close()
        process.wait(30)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket() as each:
        each.bind(("127.0.0.1", 0))
        return int(each.getsockname()[1])


def _responds(url: str) -> bool:
    try:
        httpx2.get(url)
    except httpx2.TransportError:
        return False
    return True


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command's output
