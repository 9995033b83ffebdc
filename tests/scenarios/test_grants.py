"""What Kit says of a creator's grant, and what it is notified of: the sandbox as Kit, over real HTTP.

Whatever is odd or temporary about it, the connection lives; and when a creator goes, Kit knows.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx2
import pytest
from support.browser.creator import Creator
from support.kit.faulty_kit import LARGE, OLDEST_POST, Editor, FaultyKit, is_good, sign_in
from support.kit.requests import revoke
from support.servers.logs_and_metrics import log_lines
from support.servers.processes import Server, running_server
from support.servers.sandbox import running_sandbox
from support.waiting import wait_until

from plugin_server.sandbox.kit.accounts import NO_ACCESS

WITHHELD = [
    "Kit does not give apps access to this account at present. Check your plan and its payment in Kit; "
    "the block works again once they are in order. An app with an API key may need another key."
]
REINSTALL = "Reinstall the app to restore it."


@dataclass(frozen=True)
class World:
    """A Kit, a server with two workers, and a creator of the large account in ever new browsers."""

    kit: FaultyKit
    server: Server
    open_browser: Callable[[Server], Creator]
    posts: Iterator[int]

    def creator(self) -> Creator:
        """Return the creator in a browser in which they are signed in at Kit only."""
        creator = self.open_browser(self.server)
        creator.browser.post(f"{self.kit.url}/session", data={"account": LARGE})
        return creator

    def install(self, *rules: dict[str, Any]) -> Editor:
        with self.kit.misbehaving(*rules):
            return Editor(self.server, sign_in(self.creator(), self.kit, LARGE))

    def request_block(self, editor: Editor) -> httpx2.Response:
        """Request a block that no worker has read yet."""
        return editor.block(next(self.posts))

    def expire(self) -> None:
        """Let the access tokens of the creator end at Kit."""
        response = self.creator().browser.post(f"{self.kit.url}/apps/1/end-tokens")
        assert response.status_code == 303

    def requests(self, resource: str) -> int:
        return int(self.kit.requests()["by_resource"].get(resource, 0))

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in log_lines(self.server.log) if line["event"] == name]


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory,
    free_ports: Callable[[int], list[int]],
    make_creator: Callable[[Server], Creator],
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("grants")
    with ExitStack() as stack:
        kit = FaultyKit(stack.enter_context(running_sandbox(folder, rate_limits=False)))
        # The other of Kit's two pairs: consent and tokens need not be at one address.
        variables = {
            **kit.variables(),
            "KIT_OAUTH_URL": f"{kit.url}/oauth",
            "KIT_AUTHORIZE_URL": f"{kit.url}/v4/oauth/authorize",
        }
        server = stack.enter_context(running_server(folder, free_ports(1)[0], **variables))
        kit.admit(server)
        yield World(kit, server, make_creator, count(OLDEST_POST + 10))


@pytest.fixture(autouse=True)
def reset_counts(world: World) -> None:
    world.kit.reset_counts()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        # Kit's own words reach the creator, and those of something in front of it do not.
        ("access_withheld", [f"Kit says: {NO_ACCESS}"]),
        ("unreadable_401", []),
    ],
)
def test_an_account_without_access_gets_a_message_and_works_again_by_itself(
    world: World, fault: str, said: list[str]
) -> None:
    editor = world.install()
    assert is_good(world.request_block(editor))
    world.kit.reset_counts()
    with world.kit.misbehaving({"fault": fault}):
        for _ in range(3):
            response = world.request_block(editor)
            assert (response.status_code, response.json()["code"]) == (200, 403)
            assert response.json()["errors"] == [*WITHHELD, *said]
    assert world.requests("oauth/token") == 0
    assert is_good(world.request_block(editor))
    assert world.requests("oauth/token") == 0


def test_who_signs_in_without_access_gets_a_message_on_the_page(world: World) -> None:
    creator = world.creator()
    with world.kit.misbehaving({"fault": "access_withheld"}):
        page = creator.press(creator.visit(creator.authorize_url()), "kit-approve")
    assert page.status_code == 403
    assert "does not give apps access" in page.text


def test_an_expired_token_costs_one_refresh(world: World) -> None:
    editor = world.install()
    world.expire()
    world.kit.reset_counts()
    assert is_good(world.request_block(editor))
    assert is_good(world.request_block(editor))
    assert world.requests("oauth/token") == 1


def test_a_revoked_token_ends_the_connection_after_one_refused_refresh(world: World) -> None:
    editor = world.install()
    world.kit.reset_counts()
    with world.kit.misbehaving({"fault": "revoked_token", "times": 1}):
        for _ in range(2):
            assert REINSTALL in world.request_block(editor).json()["errors"][0]
    assert world.requests("oauth/token") == 1


@pytest.mark.parametrize("fault", ["null_members", "odd_members"])
def test_odd_members_in_a_token_response_cost_nothing(world: World, fault: str) -> None:
    odd = {"resource": "oauth/token", "fault": fault}
    editor = world.install(odd)
    for _ in range(2):
        world.expire()
        with world.kit.misbehaving(odd):
            assert is_good(world.request_block(editor))
    world.expire()
    assert is_good(world.request_block(editor))


def test_without_a_refresh_token_the_connection_lives_until_its_access_token_ends(
    world: World,
) -> None:
    editor = world.install({"resource": "oauth/token", "fault": "bare_tokens"})
    assert is_good(world.request_block(editor))
    assert world.events("connection_without_refresh_token")
    world.expire()
    world.kit.reset_counts()
    assert REINSTALL in world.request_block(editor).json()["errors"][0]
    assert world.requests("oauth/token") == 0


def test_kit_is_notified_of_the_last_installation_that_goes(world: World) -> None:
    editor = world.install()
    before = len(world.events("revoked_at_kit"))
    assert revoke(world.server, editor.token).status_code == 200
    wait_until(lambda: len(world.events("revoked_at_kit")) > before)
    assert revoke(world.server, editor.token).status_code == 200
    assert world.requests("oauth/revoke") == 1
    # The sandbox knows of no account any more whose tokens these were.
    assert world.kit.requests()["by_status"] == {"200": world.kit.requests()["total"]}
    installed = world.creator().browser.get(f"{world.kit.url}/apps/1").text
    assert 'data-testid="uninstall"' not in installed


def test_nobody_waits_when_kit_cannot_be_notified_and_the_audit_log_says_so(world: World) -> None:
    editor = world.install()
    before = len(world.events("revocation_at_kit_failed"))
    broken = {"resource": "oauth/revoke", "fault": "server_error"}
    with world.kit.misbehaving(broken):
        assert revoke(world.server, editor.token).status_code == 200
        assert editor.search().status_code == 401
        wait_until(lambda: len(world.events("revocation_at_kit_failed")) > before)
    line = world.events("revocation_at_kit_failed")[-1]
    assert (line["account"], line["reason"]) == (str(LARGE), "http_500")
    assert world.requests("oauth/revoke") == 1


def test_a_revocation_under_way_is_finished_before_the_server_stops(
    world: World, tmp_path: Any, free_ports: Callable[[int], list[int]], make_creator: Any
) -> None:
    ports = free_ports(1)
    slow = {"resource": "oauth/revoke", "fault": "latency", "seconds": 1.5}
    variables = {**world.kit.variables(), "SHUTDOWN_DELAY": "0"}
    with running_server(tmp_path, ports[0], **variables) as server:
        world.kit.admit(server)
        token = sign_in(make_creator(server), world.kit, LARGE)
        rule = httpx2.post(f"{world.kit.url}/faults.json", json=slow)
        assert rule.status_code == 201
        assert revoke(server, token).status_code == 200
        wait_until(lambda: world.requests("oauth/revoke") == 1)
    httpx2.delete(f"{world.kit.url}/faults.json")
    world.kit.admit(world.server)
    events = [line["event"] for line in log_lines(server.log)]
    assert events.count("revoked_at_kit") == 1
