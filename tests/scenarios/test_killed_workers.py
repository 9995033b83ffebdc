"""Workers that die while they renew what they need at Kit, over real HTTP."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import httpx2
import pytest
from support.kit.requests import request_block
from support.waiting import wait_until

from plugin_server.kit.connect.connections import LEASE_LIFETIME

REINSTALL = ["The connection to your Kit account has ended. Reinstall the app to restore it."]


@pytest.fixture
def server(serve: Any, strict_kit: Any, database: dict[str, str]) -> Any:
    """A server with two workers whose Kit is the strict one."""
    return serve(**database, **strict_kit.variables())


@pytest.mark.parametrize("is_repeated", [True, False], ids=["recovers", "is honestly marked"])
def test_a_connection_whose_worker_was_killed_during_its_refresh(
    server: Any, strict_kit: Any, make_creator: Any, is_repeated: bool
) -> None:
    strict_kit.lifetime = 1
    token = make_creator(server).tokens()["access_token"]
    strict_kit.lifetime, strict_kit.repeat_response = 7200, is_repeated
    rotated, killed = Event(), Event()

    def hold_the_first_response() -> None:
        if not rotated.is_set():
            rotated.set()
            killed.wait(20)

    strict_kit.before_response = hold_the_first_response
    with ThreadPoolExecutor(1) as threads:
        lost = threads.submit(request_block, server, token)
        assert rotated.wait(20)
        before = server.workers()
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        assert isinstance(lost.exception(20), httpx2.TransportError)
    killed.set()
    wait_until(lambda: len(set(server.workers()) - set(before)) >= 2)

    # Nobody else may refresh until the lease of the killed worker ends, which has its time here.
    assert server.count("refresh_leases") == 1
    server.execute(f"UPDATE refresh_leases SET expires_at = expires_at - {LEASE_LIFETIME}")

    responses: list[httpx2.Response] = []

    def has_settled() -> bool:
        responses.append(request_block(server, token))
        return responses[-1].status_code != 503

    wait_until(has_settled)
    assert {response.status_code for response in responses[:-1]} <= {503}
    if is_repeated:
        assert responses[-1].json()["code"] == 200
    else:
        assert responses[-1].json()["errors"] == REINSTALL
    assert "A worker died while refreshing" in server.log.read_text()
