"""A running server's folder in memory: it outlives workers, and goes with the server."""

import os
import signal
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.kit.faulty_kit import Editor, FaultyKit, is_good
from support.servers.installing import YEAR, install_directly
from support.servers.processes import SECRETS, Server
from support.servers.sandbox import running_sandbox
from support.waiting import wait_until

from plugin_server.kit.cache.shared_folder import is_in_memory
from plugin_server.observe.workers import shared_memory_folder
from plugin_server.sandbox.store import Store as SandboxStore
from plugin_server.store.encryption import Cipher
from plugin_server.store.schema import make_engine
from plugin_server.store.sql import SqlStore

pytestmark = pytest.mark.skipif(
    not shared_memory_folder() or not is_in_memory(Path(shared_memory_folder() or "/")),
    reason="no files in memory here",
)


@pytest.fixture(scope="module")
def kit_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kit")


@pytest.fixture(scope="module")
def kit(kit_folder: Path) -> Iterator[FaultyKit]:
    with running_sandbox(kit_folder, rate_limits=False) as url:
        yield FaultyKit(url)


def install(server: Server, kit_folder: Path) -> Editor:
    SandboxStore(kit_folder, time.time).save_tokens(
        "kit-token", "r", 2601, time.time() + YEAR, "app"
    )
    engine = make_engine(server.database_url)
    store = SqlStore(engine, Cipher([urlsafe_b64decode(SECRETS["ENCRYPTION_KEYS"])]))
    tokens = install_directly(store, "2601", "kit-token")
    engine.dispose()
    return Editor(server, tokens["access_token"])


def folder_of(server: Server) -> Path:
    """Return the folder that a server holds."""
    links = [os.readlink(each) for each in Path(f"/proc/{server.pid}/fd").iterdir()]
    (held,) = (Path(link) for link in links if "plugin-server-" in link and "-kit-" in link)
    return held


def test_what_workers_know_outlives_them_and_goes_with_the_server(
    kit: FaultyKit,
    kit_folder: Path,
    serve: Callable[..., Server],
) -> None:
    server = serve(**kit.variables())
    folder = folder_of(server)
    editor = install(server, kit_folder)
    post = editor.search().json()["data"][0]["value"]
    assert is_good(editor.block(post))
    requests = kit.requests()["total"]
    old = server.workers()
    for worker in old:
        os.kill(worker, signal.SIGKILL)
    wait_until(lambda: len(server.workers()) == len(old) and not {*old} & {*server.workers()})
    for _ in range(10):
        assert is_good(editor.block(post))
    assert kit.requests()["total"] == requests
    os.kill(server.pid, signal.SIGINT)
    wait_until(lambda: not folder.exists())


def test_the_folder_of_a_server_that_was_killed_goes_with_the_next(
    serve: Callable[..., Server], kit: FaultyKit
) -> None:
    server = serve(**kit.variables())
    folder, workers = folder_of(server), server.workers()
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: not any(Path(f"/proc/{each}/fd/0").exists() for each in workers))
    serve(**kit.variables())
    wait_until(lambda: not folder.exists())
