"""Many at once, over real HTTP, against several worker processes."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import httpx2
import pytest
from support.kit.requests import CLIENT, post, refresh, request_block, revoke
from support.waiting import wait_until

REDIRECT_URI = "https://app.kit.com/apps/install"
REINSTALL = ["The connection to your Kit account has ended. Reinstall the app to restore it."]


@pytest.fixture
def server(serve: Any, strict_kit: Any, database: dict[str, str]) -> Any:
    """A server with two workers whose Kit is the strict one."""
    return serve(**database, **strict_kit.variables())


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    """Call a function so many times at the same moment."""
    barrier = Barrier(count)

    def wait_and_call(number: int) -> Any:
        barrier.wait()
        return call(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(wait_and_call, range(count)))


def test_of_twenty_exchanges_of_one_code_exactly_one_succeeds(
    server: Any, make_creator: Any
) -> None:
    code = make_creator(server).authorize().params["code"]
    body = {
        **CLIENT,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
    }
    responses = at_once(20, lambda _: post(server, "/oauth/token", body))
    assert Counter(response.status_code for response in responses) == {200: 1, 400: 19}
    refusals = {response.json()["error"] for response in responses if response.status_code == 400}
    assert refusals == {"invalid_grant"}
    # The others were replays: what the first began has ended (RFC 6749, 4.1.2).
    token = next(response for response in responses if response.status_code == 200).json()
    assert request_block(server, token["access_token"]).status_code == 401


def test_twenty_refreshes_of_one_token_leave_one_family_and_no_dead_token(
    server: Any, make_creator: Any
) -> None:
    token = make_creator(server).tokens()
    responses = at_once(20, lambda _: refresh(server, token))
    assert {response.status_code for response in responses} == {200}
    pairs = {(a.json()["access_token"], a.json()["refresh_token"]) for a in responses}
    assert len(pairs) == 1
    access, following = pairs.pop()
    assert request_block(server, access).json()["code"] == 200
    assert refresh(server, {"refresh_token": following}).status_code == 200


def test_a_refresh_beside_a_revocation_leaves_nothing_alive(server: Any, make_creator: Any) -> None:
    token = make_creator(server).tokens()

    def revoke_or_refresh(number: int) -> httpx2.Response:
        if number == 0:
            return revoke(server, token["access_token"])
        return refresh(server, token)

    responses = at_once(8, revoke_or_refresh)
    issued = {a.json()["access_token"] for a in responses[1:] if a.status_code == 200}
    for access in {token["access_token"], *issued}:
        assert request_block(server, access).status_code == 401


def test_fifty_requests_on_an_expired_kit_token_make_one_refresh(
    server: Any, strict_kit: Any, make_creator: Any
) -> None:
    strict_kit.lifetime = 1
    token = make_creator(server).tokens()["access_token"]
    strict_kit.lifetime = 7200
    responses = at_once(50, lambda _: request_block(server, token))
    assert {response.json()["code"] for response in responses} == {200}
    assert strict_kit.refreshes == 1
    assert strict_kit.refusals == []


def test_a_refresh_whose_response_is_lost_is_repeated_with_the_same_token(
    server: Any, strict_kit: Any, make_creator: Any
) -> None:
    strict_kit.lifetime = 1
    token = make_creator(server).tokens()["access_token"]
    strict_kit.lifetime, strict_kit.lose_response, strict_kit.repeat_response = 7200, True, True
    assert request_block(server, token).json()["code"] == 200
    assert strict_kit.refreshes == 2


def test_a_lost_response_that_kit_does_not_repeat_is_shown_to_the_creator(
    server: Any, strict_kit: Any, make_creator: Any
) -> None:
    strict_kit.lifetime = 1
    creator = make_creator(server)
    token = creator.tokens()["access_token"]
    strict_kit.lifetime, strict_kit.lose_response = 7200, True
    response = request_block(server, token)
    assert (response.status_code, response.json()["errors"]) == (200, REINSTALL)
    strict_kit.generation += 1
    assert request_block(server, creator.tokens()["access_token"]).json()["code"] == 200


def test_a_refresh_that_ends_after_an_uninstall_brings_nothing_back(
    server: Any, strict_kit: Any, make_creator: Any
) -> None:
    strict_kit.lifetime = 1
    token = make_creator(server).tokens()["access_token"]
    rotated, revoked = Event(), Event()

    def hold_the_response() -> None:
        rotated.set()
        revoked.wait(20)

    strict_kit.before_response = hold_the_response
    with ThreadPoolExecutor(1) as threads:
        held = threads.submit(request_block, server, token)
        assert rotated.wait(20)
        revoke(server, token)
        revoked.set()
        assert held.result(20).json()["errors"] == REINSTALL
    assert server.count("connections") == 0


DEADLINE = 8  # seconds, of every request of the editor


def test_a_response_in_drips_is_given_up_in_time(
    server: Any, strict_kit: Any, make_creator: Any
) -> None:
    strict_kit.lifetime = 1
    token = make_creator(server).tokens()["access_token"]
    strict_kit.drip, strict_kit.repeat_response = 0.5, True
    response = request_block(server, token)
    assert response.status_code == 503
    assert response.elapsed.total_seconds() < DEADLINE + 2
    strict_kit.drip, strict_kit.lifetime = 0, 7200
    wait_until(lambda: request_block(server, token).json()["code"] == 200)
