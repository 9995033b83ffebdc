"""Faults under load: nothing is lost, and nobody gets what is another's.

A few clients request blocks of four accounts, over connections that they keep, before, during and after
each fault. Only where it cannot be helped may a response be a refusal, in Kit's envelope.
"""

import os
import signal
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.databases.postgres import running_postgres
from support.databases.redis_server import running_redis
from support.kit.faulty_kit import FaultyKit
from support.kit.requests import refresh, request_block
from support.servers.block_load import BlockRequest, under_load
from support.servers.full_disk import full_disk
from support.servers.installing import YEAR, install_directly
from support.servers.processes import SECRETS, Server
from support.servers.sandbox import running_sandbox
from support.waiting import wait_until

from plugin_server.sandbox.kit.account_files import load_accounts
from plugin_server.sandbox.store import Store as SandboxStore
from plugin_server.store.encryption import Cipher
from plugin_server.store.schema import make_engine
from plugin_server.store.sql import SqlStore

ACCOUNTS = (2601, 2610, 2650, 2660)
POSTS = 60
# Responses before a fault, and after it.
SOME = 60


@dataclass(frozen=True)
class World:
    """A Kit that holds no rate limits, and a function that runs a server for it."""

    kit: FaultyKit
    folder: Path
    serve: Callable[..., Server]

    def start(self, **variables: str) -> Server:
        # The clients are as fast as they can be, and the log must not fill a disk before the database does.
        patient = {"EDITOR_RATE_LIMIT": "1000000", "EDITOR_DEADLINE": "2", "LOG_LEVEL": "WARNING"}
        return self.serve(**{**self.kit.variables(), **patient, "SHUTDOWN_DELAY": "1", **variables})

    def install(self, server: Server) -> dict[int, dict[str, Any]]:
        """Install the app for all accounts; return their token responses."""
        kit = SandboxStore(self.folder, time.time)
        engine = make_engine(server.database_url)
        store = SqlStore(engine, Cipher([urlsafe_b64decode(SECRETS["ENCRYPTION_KEYS"])]))
        tokens = {}
        for account in ACCOUNTS:
            kit_token = os.urandom(16).hex()
            kit.save_tokens(kit_token, f"refresh-{kit_token}", account, time.time() + YEAR, "app")
            tokens[account] = install_directly(store, str(account), kit_token)
        engine.dispose()
        return tokens

    def requests(self, tokens: dict[int, dict[str, Any]]) -> list[BlockRequest]:
        """Return the blocks of each account's posts, all accounts in turn."""
        accounts = load_accounts(self.kit.url)
        posts = {}
        for account in ACCOUNTS:
            # What the list of the newest knows of a post is shown when Kit fails; of older ones, nothing.
            oldest = (accounts[account].posts or [])[-2 * POSTS :]
            posts[account] = [each for each in oldest if each["public_url"]]
        return [
            BlockRequest(tokens[account]["access_token"], post["id"], post["public_url"])
            for number in range(POSTS)
            for account in ACCOUNTS
            for post in posts[account][number : number + 1]
        ]


@pytest.fixture
def world(tmp_path: Path, serve: Callable[..., Server]) -> Iterator[World]:
    with running_sandbox(tmp_path / "kit", rate_limits=False) as url:
        yield World(FaultyKit(url), tmp_path / "kit", serve)


def wait_for_new_workers(server: Server, gone: list[int]) -> None:
    def are_there() -> bool:
        workers = server.workers()
        return len(workers) == 2 and not set(workers) & set(gone)

    wait_until(are_there)


def test_a_worker_that_is_killed(world: World) -> None:
    """A request that a killed worker was serving gets no response from anyone.

    So these clients send it again when their connection breaks, as every client may for a block.
    """
    server = world.start()
    with under_load([server.server], world.requests(world.install(server)), retries=True) as load:
        for count in (1, 2):
            load.wait_for_right(SOME)
            killed = server.workers()[:count]
            for worker in killed:
                os.kill(worker, signal.SIGKILL)
            wait_for_new_workers(server, killed)
        load.wait_for_right(SOME)
    assert load.refused == {}


def test_a_reload(world: World) -> None:
    server = world.start()
    with under_load([server.server], world.requests(world.install(server))) as load:
        for _ in range(2):
            load.wait_for_right(SOME)
            before = server.workers()
            os.kill(server.pid, signal.SIGHUP)
            wait_for_new_workers(server, before)
        load.wait_for_right(SOME)
    assert load.refused == {}


def test_a_server_that_is_stopped_while_another_takes_over(world: World) -> None:
    """As in a rolling restart: requests go to the first server whose /readyz is well."""
    old = world.start()
    with under_load([old.server], world.requests(world.install(old))) as load:
        load.wait_for_right(SOME)
        new = world.start()
        load.servers.append(new.server)
        load.wait_for_right(SOME)
        os.kill(old.pid, signal.SIGTERM)
        wait_until(lambda: old.workers() == [])
        load.servers.remove(old.server)
        load.wait_for_right(SOME)
    assert load.refused == {}


def test_a_database_that_is_down_for_a_while(world: World) -> None:
    with running_postgres() as database:
        server = world.start(DATABASE_URL=database.create())
        with under_load([server.server], world.requests(world.install(server))) as load:
            load.wait_for_right(SOME)
            database.stop()
            load.wait_for_refused(SOME)
            database.start()
            load.wait_for_right(SOME)
    assert set(load.refused) == {503}


def test_a_redis_that_is_down_for_a_while(
    world: World, tmp_path: Path, free_ports: Callable[[int], list[int]]
) -> None:
    (port,) = free_ports(1)
    with ExitStack() as stack:
        cache = stack.enter_context(running_redis(tmp_path, port))
        server = world.start(REDIS_URL=cache.url)
        with under_load([server.server], world.requests(world.install(server))) as load:
            load.wait_for_right(SOME)
            cache.stop()
            load.wait_for_right(SOME)
            stack.enter_context(running_redis(tmp_path, port))
            load.wait_for_right(SOME)
    assert load.refused == {}


@pytest.mark.parametrize(
    ("fault", "refusals"),
    [
        ({"fault": "latency", "seconds": 3}, {503}),
        ({"fault": "dropped"}, {503}),
        ({"fault": "rate_limited", "retry_after": 1}, {429, 503}),
    ],
    ids=["slow", "down", "429"],
)
def test_a_kit_that_is(world: World, fault: dict[str, Any], refusals: set[int]) -> None:
    server = world.start()
    with under_load([server.server], world.requests(world.install(server))) as load:
        load.wait_for_right(SOME)
        with world.kit.misbehaving(fault):
            load.wait_for_refused(10)
        load.wait_for_right(SOME)
    assert set(load.refused) <= refusals


def test_a_disk_that_is_full_for_a_while(world: World) -> None:
    server = world.start()
    tokens = world.install(server)
    with under_load([server.server], world.requests(tokens)) as load:
        load.wait_for_right(SOME)
        with full_disk(server):
            assert {refresh(server, token).status_code for token in tokens.values()} == {503}
            load.wait_for_right(SOME)
        load.wait_for_right(SOME)
    assert load.refused == {}
    for token in tokens.values():
        wait_until(lambda token=token: refresh(server, token).status_code == 200)  # type: ignore[misc]
        renewed = refresh(server, token).json()
        assert request_block(server, renewed["access_token"]).status_code == 200
