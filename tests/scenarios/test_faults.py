"""Kit fails in every way that the sandbox knows, over real HTTP, against several worker processes.

Whatever it is: what was served before is served on, what was not gets a block or a clear error in time,
nothing is lost, and the server recovers by itself.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple

import httpx2
import pytest
import redis
from support.browser.creator import Creator
from support.databases.redis_server import running_redis
from support.kit.faulty_kit import (
    LARGE,
    OLDEST_POST,
    Editor,
    FaultyKit,
    is_good,
    is_stale,
    sign_in,
    write_smaller_account,
)
from support.servers.processes import Server, is_up, running_server
from support.servers.sandbox import running_sandbox
from support.waiting import wait_until

DEADLINE = 2  # seconds
# Far more than what the server itself needs.
LATEST = DEADLINE + 5
UNAVAILABLE = ["Kit is not responding. Try again in a minute."]
RATE_LIMITED = ["Kit is receiving too many requests. Try again in a minute."]
UNREADABLE = ["Kit sent a response that could not be read. Try again in a minute."]
REINSTALL = ["The connection to your Kit account has ended. Reinstall the app to restore it."]


class Case(NamedTuple):
    """What goes wrong, and what the response is for something that was not served before.

    ``retry_after`` is the least that it may be; 0 where there is none.
    """

    rules: list[dict[str, Any]]
    status: int = 200
    errors: list[str] | None = None
    retry_after: int = 0


EXPIRED = {"fault": "expired_token"}
PASSING = {
    "a short delay": Case([{"fault": "latency", "seconds": 0.3}]),
    "a long delay": Case([{"fault": "latency", "seconds": 3}], 503, UNAVAILABLE, 30),
    "one refusal for a second": Case([{"fault": "rate_limited", "retry_after": 1, "times": 1}]),
    "refusals for some seconds": Case(
        [{"fault": "rate_limited", "retry_after": 2}], 429, RATE_LIMITED, 1
    ),
    "refusals in plain text alone": Case([{"fault": "rate_limited"}], 429, RATE_LIMITED, 1),
    "server errors": Case([{"fault": "server_error"}], 503, UNAVAILABLE, 30),
    "error pages in HTML": Case([{"fault": "html_error"}], 503, UNAVAILABLE, 30),
    "truncated responses": Case([{"fault": "truncated"}], 503, UNAVAILABLE, 30),
    "half a JSON document": Case([{"fault": "bad_json"}], 502, UNREADABLE),
    "dropped connections": Case([{"fault": "dropped"}], 503, UNAVAILABLE, 30),
    "expired tokens": Case([EXPIRED]),
    "expired tokens and no token endpoint": Case(
        [EXPIRED, {"fault": "server_error", "resource": "oauth/token"}], 503, UNAVAILABLE, 30
    ),
}
FINAL = {
    "revoked tokens": [{"fault": "revoked_token"}],
    "a new token that never arrives": [
        EXPIRED,
        {"fault": "lost_response", "resource": "oauth/token", "times": 1},
    ],
}
each_passing = pytest.mark.parametrize("case", PASSING.values(), ids=PASSING.keys())


@dataclass(frozen=True)
class World:
    """A Kit, a server with two workers that share a Redis, and a creator of the large account."""

    kit: FaultyKit
    server: Server
    redis: "redis.Redis"
    creator: Creator
    posts: Iterator[int]

    def install(self) -> Editor:
        return Editor(self.server, sign_in(self.creator, self.kit, LARGE))

    def renew_workers(self) -> None:
        """Replace the workers by new ones, which know what Redis knows."""
        before = self.server.workers()
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        wait_until(lambda: len(set(self.server.workers()) - set(before)) == len(before))
        # Each has a listener of its own, at which requests would wait until it has started.
        for _ in range(16):
            wait_until(lambda: is_up(self.server.server))

    def forget(self) -> None:
        """Have nothing of Kit's kept anywhere."""
        self.renew_workers()
        # Last, for until they died the old ones may have saved what they had begun to read.
        self.redis.flushall()

    def grow_old(self) -> None:
        """Let what is kept be a minute older."""
        for account in self.redis.keys("plugin-server:*:kit:*"):
            if self.redis.type(account) == b"hash":
                fields = self.redis.hgetall(account).items()
                older = {name: float(at) - 60 for name, at in fields if name.endswith(b" at")}
                self.redis.hset(account, mapping=older)
        self.renew_workers()


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory,
    free_ports: Callable[[int], list[int]],
    make_creator: Callable[[Server], Creator],
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("faults")
    ports = free_ports(2)
    with ExitStack() as stack:
        # More posts than one page of Kit's has, but all are read again in each test.
        accounts = write_smaller_account(folder / "accounts.json", posts=1_200)
        sandbox = running_sandbox(folder, rate_limits=False, accounts=accounts)
        kit = FaultyKit(stack.enter_context(sandbox))
        shared = stack.enter_context(running_redis(folder, ports[0]))
        variables = {"EDITOR_DEADLINE": str(DEADLINE), "REDIS_URL": shared.url, **kit.variables()}
        server = stack.enter_context(running_server(folder, ports[1], **variables))
        kit.admit(server)
        client = stack.enter_context(redis.Redis.from_url(shared.url))
        yield World(kit, server, client, make_creator(server), count(OLDEST_POST + 10))


@pytest.fixture(scope="module")
def connected(world: World) -> Editor:
    """The editor of a creator who has installed once and for all."""
    return world.install()


@pytest.fixture
def editor(connected: Editor) -> Editor:
    # Tests that end the connection reinstall, and so the token of the first installation is good.
    return connected


def assert_is(case: Case, response: httpx2.Response) -> None:
    assert response.elapsed.total_seconds() < LATEST
    body = response.json()
    assert (response.status_code, body["code"]) == (case.status, case.status)
    assert body.get("errors") == case.errors
    assert int(response.headers.get("Retry-After", 0)) >= case.retry_after


@each_passing
def test_what_was_never_served_gets_a_response_in_time(
    world: World, editor: Editor, case: Case
) -> None:
    world.forget()
    post = next(world.posts)
    with world.kit.misbehaving(*case.rules):
        assert_is(case, editor.search())
        assert_is(case, editor.block(post))
    wait_until(lambda: is_good(editor.search()))
    wait_until(lambda: is_good(editor.block(post)))


@each_passing
def test_what_was_served_is_served_on(world: World, editor: Editor, case: Case) -> None:
    world.forget()
    post = next(world.posts)
    found, block = editor.search(), editor.block(post)
    assert is_good(found)
    assert is_good(block)
    world.grow_old()
    with world.kit.misbehaving(*case.rules):
        # A block waits for Kit; a search does not, and Kit might respond to another request before it
        # goes wrong for that one.
        for before, now in [(block, editor.block(post)), (found, editor.search())]:
            assert now.json() == before.json()
            assert now.elapsed.total_seconds() < LATEST
            if is_stale(now):
                assert int(now.headers["Age"]) >= 60
            else:
                assert case.status == 200
    wait_until(lambda: is_good(editor.block(next(world.posts))))


def test_what_is_old_is_renewed_once_kit_is_back(world: World, editor: Editor) -> None:
    world.forget()
    post = next(world.posts)
    editor.block(post)
    world.grow_old()
    with world.kit.misbehaving({"fault": "server_error"}):
        assert is_stale(editor.block(post))
    wait_until(lambda: not is_stale(editor.block(post)))


def test_workers_that_die_while_loading_hold_nobody_up_for_long(
    world: World, editor: Editor
) -> None:
    world.forget()
    with world.kit.misbehaving({"fault": "latency", "seconds": 3}):
        assert editor.search().status_code == 503
        world.renew_workers()
    wait_until(lambda: is_good(editor.search()))


@pytest.mark.parametrize("rules", FINAL.values(), ids=FINAL.keys())
def test_a_connection_that_is_over_is_reported_and_fixed_by_a_reinstallation(
    world: World, rules: list[dict[str, Any]]
) -> None:
    world.forget()
    editor, post = world.install(), next(world.posts)
    editor.block(post)
    world.grow_old()
    with world.kit.misbehaving(*rules):
        for response in [editor.block(post), editor.block(next(world.posts)), editor.search()]:
            assert (response.status_code, response.json()["code"]) == (200, 403)
            assert response.json()["errors"] == REINSTALL
            assert response.elapsed.total_seconds() < LATEST
    assert editor.block(post).json()["errors"] == REINSTALL
    assert is_good(world.install().block(post))
