"""Two servers on ports of their own, behind one database: whichever is called, the response is the same."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from threading import Barrier
from typing import Any, NamedTuple

import httpx2
import pytest
import redis
from support.browser.creator import Creator
from support.databases.postgres import PostgresServer
from support.databases.redis_server import running_redis
from support.kit.requests import CLIENT, post, refresh, refresh_body, request_block, revoke
from support.kit.strict_kit import StrictKit, running_strict_kit
from support.servers.processes import Server, running_server

REDIRECT_URI = "https://app.kit.com/apps/install"


class Twins(NamedTuple):
    """Two servers, and a creator whose browser knows the first."""

    one: Server
    other: Server
    creator: Creator


@pytest.fixture(scope="module", params=["sqlite", "postgresql and redis"])
def shared(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    free_ports: Callable[[int], list[int]],
) -> Iterator[dict[str, str]]:
    """What both have in common: a file, or servers that other machines could reach as well."""
    if request.param == "sqlite":
        yield {}
        return
    database: PostgresServer = request.getfixturevalue("postgres")
    with running_redis(tmp_path_factory.mktemp("redis"), free_ports(1)[0]) as cache:
        yield {"DATABASE_URL": database.create(), "REDIS_URL": cache.url}


@pytest.fixture(scope="module")
def servers(
    tmp_path_factory: pytest.TempPathFactory,
    free_ports: Callable[[int], list[int]],
    shared: dict[str, str],
) -> Iterator[tuple[Server, Server]]:
    folder = tmp_path_factory.mktemp("servers")
    with ExitStack() as stack:
        kit = stack.enter_context(running_strict_kit())
        one, other = (
            stack.enter_context(running_server(folder, port, **shared, **kit.variables()))
            for port in free_ports(2)
        )
        yield one, other


@pytest.fixture
def twins(servers: tuple[Server, Server], make_creator: Callable[[Server], Creator]) -> Twins:
    return Twins(*servers, make_creator(servers[0]))


def on_both_at_once(twins: Twins, count: int, path: str, body: Any) -> list[httpx2.Response]:
    """Send a request so many times at the same moment, to both servers in turn."""
    barrier = Barrier(count)

    def send(server: Server) -> httpx2.Response:
        barrier.wait()
        return post(server, path, body)

    servers = cycle((twins.one, twins.other))
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(send, (next(servers) for _ in range(count))))


def test_a_token_of_one_is_good_at_the_other(twins: Twins) -> None:
    token = twins.creator.tokens()
    assert request_block(twins.other, token["access_token"]).json()["code"] == 200
    renewed = refresh(twins.other, token).json()
    assert request_block(twins.one, renewed["access_token"]).json()["code"] == 200


def test_a_code_of_one_is_exchanged_once_by_either(twins: Twins) -> None:
    body = {
        **CLIENT,
        "grant_type": "authorization_code",
        "code": twins.creator.authorize().params["code"],
        "redirect_uri": REDIRECT_URI,
    }
    responses = on_both_at_once(twins, 10, "/oauth/token", body)
    assert sorted(response.status_code for response in responses) == [200] + [400] * 9


def test_a_race_of_refreshes_at_both_leaves_one_family(twins: Twins) -> None:
    before = twins.one.count("token_families")
    body = refresh_body(twins.creator.tokens())
    responses = on_both_at_once(twins, 20, "/oauth/refresh", body)
    assert {response.status_code for response in responses} == {200}
    assert len({response.json()["refresh_token"] for response in responses}) == 1
    kept = responses[0].json()
    for server in (twins.one, twins.other):
        assert request_block(server, kept["access_token"]).json()["code"] == 200
    assert refresh(twins.other, kept).status_code == 200
    assert twins.one.count("token_families") == before + 1


def test_a_revocation_at_one_is_seen_by_the_other_at_once(twins: Twins) -> None:
    token = twins.creator.tokens()
    assert request_block(twins.other, token["access_token"]).json()["code"] == 200
    assert revoke(twins.one, token["access_token"]).status_code == 200
    assert request_block(twins.other, token["access_token"]).status_code == 401
    assert refresh(twins.other, token).status_code == 400


@pytest.mark.parametrize("shared", ["postgresql and redis"], indirect=True)
def test_an_uninstall_at_one_empties_what_both_share(
    serve: Callable[..., Server],
    make_creator: Callable[[Server], Creator],
    strict_kit: StrictKit,
    shared: dict[str, str],
) -> None:
    one, other = (serve(**shared, **strict_kit.variables()) for _ in range(2))
    with redis.Redis.from_url(shared["REDIS_URL"]) as cache:
        cache.flushall()
        token = make_creator(one).tokens()["access_token"]
        assert request_block(other, token).json()["code"] == 200
        assert cache.keys("plugin-server:*:kit:*:26") != []
        revoke(one, token)
        assert cache.keys("plugin-server:*:kit:*:26") == []
        assert request_block(other, token).status_code == 401


def test_kits_tokens_are_refreshed_once_for_both(
    serve: Callable[..., Server],
    make_creator: Callable[[Server], Creator],
    strict_kit: StrictKit,
    database: dict[str, str],
) -> None:
    one, other = (serve(**database, **strict_kit.variables()) for _ in range(2))
    strict_kit.lifetime = 1
    token = make_creator(one).tokens()["access_token"]
    strict_kit.lifetime = 7200
    servers = (one, other) * 10
    with ThreadPoolExecutor(len(servers)) as threads:
        responses = list(threads.map(lambda server: request_block(server, token), servers))
    assert {response.json()["code"] for response in responses} == {200}
    assert (strict_kit.refreshes, strict_kit.refusals) == (1, [])
