"""What the server requests of Kit, over real HTTP: how often, for whom, and through what."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
import redis
from support.browser.creator import Creator
from support.databases.redis_server import RedisServer, running_redis
from support.kit.faulty_kit import (
    LARGE,
    LARGE_KEY,
    OLDEST_POST,
    Editor,
    FaultyKit,
    is_stale,
    sign_in,
    titles,
)
from support.servers.processes import Server
from support.servers.sandbox import running_sandbox
from support.servers.threads import serving
from support.waiting import wait_for, wait_until

KEY = {"PLUGIN_AUTH": "none", "KIT_API_KEY": LARGE_KEY}
# Kit's own limit for an API key is 120 requests a minute.
API_KEY_BUDGET = 108

Serve = Callable[..., Server]


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FaultyKit]:
    """A Kit that holds its limits."""
    with running_sandbox(tmp_path / "sandbox") as url:
        yield FaultyKit(url)


def at_once(count: int, call: Callable[[int], httpx2.Response]) -> list[httpx2.Response]:
    with ThreadPoolExecutor(32) as threads:
        return list(threads.map(call, range(count)))


def first_pages(kit: FaultyKit) -> int:
    """Return how often the beginning of the list of posts was requested."""
    return sum("per_page=100&" in f"{each['path_and_query']}&" for each in kit.requests()["log"])


def test_a_server_driven_hard_stays_within_kits_limit(
    serve: Serve, kit: FaultyKit, redis_server: RedisServer
) -> None:
    editor = Editor(serve(KIT_API_URL=kit.url, REDIS_URL=redis_server.url, **KEY))
    responses = at_once(250, lambda number: editor.block(OLDEST_POST + number))
    assert kit.requests()["by_status"] == {"200": kit.requests()["total"]}
    statuses = Counter(response.status_code for response in responses)
    assert set(statuses) == {200, 429}
    assert 0.8 * API_KEY_BUDGET < statuses[200] <= API_KEY_BUDGET
    for number, response in enumerate(responses):
        if response.status_code == 429:
            assert 0 < int(response.headers["Retry-After"]) <= 60
            assert "too many requests" in response.json()["errors"][0]
        else:
            assert editor.block(OLDEST_POST + number).json() == response.json()


@pytest.mark.parametrize(
    ("workers", "shares"), [("1", False), ("3", True)], ids=["one process", "three that share"]
)
def test_many_first_requests_are_one_to_kit(
    serve: Serve, kit: FaultyKit, redis_server: RedisServer, workers: str, shares: bool
) -> None:
    shared = {"REDIS_URL": redis_server.url} if shares else {}
    editor = Editor(serve(KIT_API_URL=kit.url, WEB_CONCURRENCY=workers, **KEY, **shared))
    with kit.misbehaving({"fault": "latency", "seconds": 0.5}):
        responses = at_once(32, lambda _: editor.search())
    assert {response.status_code for response in responses} == {200}
    assert len({response.text for response in responses}) == 1
    assert first_pages(kit) == 1


def test_a_very_large_account_is_searched_at_once_and_then_without_kit(
    serve: Serve, kit: FaultyKit
) -> None:
    editor = Editor(serve(KIT_API_URL=kit.url, WEB_CONCURRENCY="1", **KEY))
    oldest = httpx2.get(
        f"{kit.url}/v4/posts/{OLDEST_POST}", headers={"X-Kit-Api-Key": LARGE_KEY}
    ).json()["post"]["title"]
    kit.reset_counts()
    # The first response comes at once; those after it take longer than any stall of this machine.
    newest, others = ({"fault": "latency", "seconds": seconds} for seconds in (0.01, 5))
    with kit.misbehaving({**newest, "times": 1}, others):
        assert len(titles(editor.search())) > 1
        # The others are on their way, and nobody has waited for them.
        assert kit.requests()["by_status"]["200"] == 1
    wait_until(lambda: oldest in titles(editor.search(oldest)))
    # The newest are read again after half a minute, which may be over on a slow machine.
    wait_until(lambda: not is_stale(editor.search()))
    kit.reset_counts()
    for text in ("", "a", oldest, oldest[:5], "no such title"):
        editor.search(text)
    assert kit.requests()["total"] == 0


# Posts of the evening, or of the morning, by their account's calendar: New York, Kiritimati, Kolkata,
# and Kathmandu, of which Kit says the offset only.
DATED = {
    2603: ("broadcast-521", "December 9, 2024"),
    2660: (600062, "August 7, 2026"),
    2610: (1009998, "August 28, 2026"),
    2650: (5049997, "August 31, 2026"),
}


def test_each_account_shows_the_days_of_its_own_zone(
    serve: Serve, kit: FaultyKit, make_creator: Callable[[Server], Creator]
) -> None:
    server = serve(**kit.variables())
    kit.admit(server)
    editors = {each: Editor(server, sign_in(make_creator(server), kit, each)) for each in DATED}
    for account, (post, date) in DATED.items():
        for _ in "12":
            assert date in editors[account].block(post).json()["html"]


# Not a 429, which stops the requests for posts as well.
@pytest.mark.parametrize("fault", ["server_error", "dropped", "bad_json"])
def test_an_account_that_cannot_be_read_costs_a_block_its_zone_only(
    serve: Serve, kit: FaultyKit, fault: str
) -> None:
    editor = Editor(serve(KIT_API_URL=kit.url, WEB_CONCURRENCY="1", **KEY))
    with kit.misbehaving({"resource": "account", "fault": fault}):
        response = editor.block(1009998)
        assert (response.status_code, "August 27, 2026" in response.text) == (200, True)
    wait_until(lambda: "August 28, 2026" in editor.block(1009998).text)


def accounts_in(redis_server: RedisServer) -> set[str]:
    """Return the accounts of which Redis has anything."""
    with redis.Redis.from_url(redis_server.url) as client:
        keys = client.scan_iter("plugin-server:*:kit:*", _type="hash")
        return {key.decode().split(":")[-1] for key in keys}


def uninstall(server: Server, token: str) -> None:
    client = {"client_id": "sandbox-app", "client_secret": "sandbox-secret"}
    httpx2.post(f"{server.server}/oauth/revoke", json={**client, "token": token})


def test_an_uninstallation_leaves_nothing_of_the_account(
    serve: Serve,
    kit: FaultyKit,
    redis_server: RedisServer,
    make_creator: Callable[[Server], Creator],
) -> None:
    server = serve(REDIS_URL=redis_server.url, **kit.variables())
    kit.admit(server)
    tokens = [sign_in(make_creator(server), kit, account) for account in (LARGE, 2660)]
    for token in tokens:
        Editor(server, token).search()
    wait_for(lambda: accounts_in(redis_server), {str(LARGE), "2660"})
    uninstall(server, tokens[0])
    wait_for(lambda: accounts_in(redis_server), {"2660"})
    assert Editor(server, tokens[0]).search().status_code == 401
    assert Editor(server, tokens[1]).search().status_code == 200


def test_what_a_private_app_reads_while_it_is_uninstalled_elsewhere_is_not_kept(
    serve: Serve,
    kit: FaultyKit,
    redis_server: RedisServer,
    make_creator: Callable[[Server], Creator],
) -> None:
    passphrase = "a long enough passphrase"
    private = {"KIT_API_KEY": LARGE_KEY, "OWNER_PASSPHRASE": passphrase, "WEB_CONCURRENCY": "1"}
    given = {**private, "KIT_API_URL": kit.url, "REDIS_URL": redis_server.url}
    here, elsewhere = serve(**given), serve(**given)
    creator = make_creator(here)
    page = creator.visit(creator.authorize_url(), stop_at="https://app.kit.com")
    creator.press(page, "sign-in", passphrase=passphrase)
    token = creator.tokens()["access_token"]
    with kit.misbehaving({"fault": "latency", "seconds": 3}), ThreadPoolExecutor(1) as thread:
        kit.reset_counts()
        search = thread.submit(Editor(here, token).search)
        wait_until(lambda: kit.requests()["total"] >= 1)
        uninstall(elsewhere, token)
        assert search.result().status_code == 200
    assert accounts_in(redis_server) == set()


def values(response: httpx2.Response) -> list[str]:
    return [option["value"] for option in response.json()["data"]]


def test_a_redis_that_goes_and_comes_back_is_hardly_noticed(
    serve: Serve,
    kit: FaultyKit,
    redis_server: RedisServer,
    make_creator: Callable[[Server], Creator],
    tmp_path: Path,
) -> None:
    server = serve(REDIS_URL=redis_server.url, **kit.variables())
    kit.admit(server)
    editor = Editor(server, sign_in(make_creator(server), kit, LARGE))
    found, block = values(editor.search()), editor.block(OLDEST_POST)
    posts = count(OLDEST_POST + 1)
    redis_server.stop()
    for _ in range(4):
        assert values(editor.search()) == found
        assert editor.block(OLDEST_POST).json() == block.json()
        assert editor.block(next(posts)).status_code == 200
    with running_redis(tmp_path, int(redis_server.url.rsplit(":")[-1])) as again:
        wait_until(lambda: editor.block(next(posts)).is_success and bool(accounts_in(again)))


def test_a_key_that_kit_does_not_know_is_reported(serve: Serve, kit: FaultyKit) -> None:
    unknown = {**KEY, "KIT_API_KEY": "kit_nobodys"}
    response = Editor(serve(KIT_API_URL=kit.url, **unknown)).search()
    assert (response.status_code, response.json()["code"]) == (502, 502)
    assert "did not accept the connection" in response.json()["errors"][0]


def test_an_account_of_an_api_key_survives_failures_too(serve: Serve, kit: FaultyKit) -> None:
    editor = Editor(serve(KIT_API_URL=kit.url, EDITOR_DEADLINE="1", **KEY))
    # A refusal comes last: Kit is left alone after one.
    expected = {"html_error": 503, "bad_json": 502, "dropped": 503, "rate_limited": 429}
    for post, (fault, status) in enumerate(expected.items(), OLDEST_POST):
        with kit.misbehaving({"fault": fault, "credential": "api_key"}):
            response = editor.block(post)
        assert (fault, response.status_code, response.json()["code"]) == (fault, status, status)
        wait_until(lambda post=post: editor.block(post).status_code == 200)


class Gateway(BaseHTTPRequestHandler):
    """Takes a key of its own and calls Kit with another, below a path of its own."""

    kit = ""

    def do_GET(self) -> None:
        if self.headers["Authorization"] != "Bearer gateway-key":
            self.send_error(401)
            return
        path = self.path.removeprefix("/gateways/kit")
        assert path != self.path
        response = httpx2.get(self.kit + path, headers={"X-Kit-Api-Key": LARGE_KEY})
        self.send_response(response.status_code)
        self.send_header("Content-Type", response.headers["Content-Type"])
        self.end_headers()
        self.wfile.write(response.content)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def gateway(kit: FaultyKit) -> Iterator[str]:
    handler = type("Handler", (Gateway,), {"kit": kit.url})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}/gateways/kit"


@pytest.mark.parametrize(("key", "status"), [("gateway-key", 200), ("another", 502)])
def test_a_gateway_stands_in_for_kit(serve: Serve, gateway: str, key: str, status: int) -> None:
    server = serve(
        KIT_API_URL=gateway,
        PLUGIN_AUTH="none",
        KIT_API_KEY=key,
        KIT_API_KEY_HEADER="Authorization",
    )
    response = Editor(server).block(OLDEST_POST)
    assert (response.status_code, response.json()["code"]) == (status, status)
    assert ("html" in response.json()) == (status == 200)
