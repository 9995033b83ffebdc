"""One read of Kit's API: what is tried again, for how long, and what it costs."""

import logging
import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from plugin_server.errors import (
    AccessWithheld,
    BudgetSpent,
    KitError,
    KitForbidden,
    KitNotFound,
    KitRateLimited,
    KitRejected,
    KitUnavailable,
    KitUnreadable,
)
from plugin_server.kit.api.budget import Budget, Credential
from plugin_server.kit.api.reader import KitReader
from plugin_server.kit.api.requests import RetryPolicy
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.connect.credentials import BearerAuth

# They wait, for retries and timeouts.
pytestmark = pytest.mark.slow

ADA = Credential.of_token("26")
GOOD = httpx2.Response(200, json={"posts": []})

Outcome = httpx2.Response | Exception


class Kit(httpx2.BaseTransport):
    """Returns or raises one outcome after the other, the last one again and again."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.responses = list(outcomes)
        self.requests: list[httpx2.Request] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        response = self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]
        if isinstance(response, Exception):
            raise response
        return response


Read = Callable[..., dict[str, Any]]


def reader(kit: Kit, **changes: Any) -> KitReader:
    given = {
        "http": make_http_client(kit),
        "base_url": "https://gateway.example/kit",
        "auth": BearerAuth(SecretStr("token")),
        "credential": ADA,
        "budget": Budget(),
        "retry_policy": RetryPolicy(seconds=8),
    }
    return KitReader(**{**given, **changes})


def test_a_path_follows_the_base_url() -> None:
    kit = Kit(GOOD)
    assert reader(kit).get("/v4/posts", {"per_page": "2"}) == {"posts": []}
    assert str(kit.requests[0].url) == "https://gateway.example/kit/v4/posts?per_page=2"
    assert kit.requests[0].method == "GET"
    assert kit.requests[0].headers["Authorization"] == "Bearer token"


@pytest.mark.parametrize(
    "failure",
    [
        httpx2.Response(500),
        httpx2.Response(502, html="<h1>Bad gateway</h1>"),
        httpx2.Response(503, text="down"),
        httpx2.Response(429, text="Retry later", headers={"Retry-After": "0"}),
        httpx2.Response(200, text='{"posts": ['),
        httpx2.Response(200, html="<h1>Maintenance</h1>"),
        httpx2.Response(200, content=iter([b"{}"]), headers={"Content-Encoding": "gzip"}),
        httpx2.ConnectError("refused"),
        httpx2.ReadError("dropped"),
        httpx2.RemoteProtocolError("cut"),
    ],
    ids=str,
)
def test_what_may_pass_is_tried_again(failure: Outcome) -> None:
    kit = Kit(failure, GOOD)
    assert reader(kit).get("/v4/posts") == {"posts": []}
    assert len(kit.requests) == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, AccessWithheld), (403, KitForbidden), (404, KitNotFound), (422, KitRejected)],
)
def test_what_would_not_change_is_not(status: int, error: type[Exception]) -> None:
    kit = Kit(httpx2.Response(status, json={"errors": ["no"]}))
    with pytest.raises(error):
        reader(kit).get("/v4/posts")
    assert len(kit.requests) == 1


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx2.Response(500), KitUnavailable),
        (httpx2.ReadTimeout("slow"), KitUnavailable),
        (httpx2.Response(200, text="["), KitUnreadable),
    ],
)
def test_in_the_end_it_gives_up(response: Outcome, error: type[Exception]) -> None:
    kit = Kit(response)
    with pytest.raises(error):
        reader(kit).get("/v4/posts")
    assert len(kit.requests) == 4


def test_a_wait_that_kit_requests_is_observed() -> None:
    kit = Kit(httpx2.Response(429, text="Retry later", headers={"Retry-After": "1"}), GOOD)
    assert reader(kit).get("/v4/posts") == {"posts": []}


@pytest.mark.parametrize(("status", "kind"), [(429, KitRateLimited), (503, KitUnavailable)])
def test_a_wait_beyond_the_deadline_is_handed_on_at_once(status: int, kind: type[KitError]) -> None:
    kit = Kit(httpx2.Response(status, headers={"Retry-After": "30"}))
    with pytest.raises(kind) as error:
        reader(kit).get("/v4/posts")
    assert error.value.headers["Retry-After"] == "30"
    assert len(kit.requests) == 1


def test_a_short_deadline_leaves_room_for_a_second_attempt() -> None:
    kit = Kit(httpx2.ReadError("dropped"), GOOD)
    assert reader(kit, retry_policy=RetryPolicy(seconds=2)).get("/v4/posts") == {"posts": []}


def test_a_deadline_leaves_no_room_for_another_attempt() -> None:
    kit = Kit(httpx2.Response(500))
    with pytest.raises(KitUnavailable):
        reader(kit, retry_policy=RetryPolicy(seconds=1)).get("/v4/posts")
    assert len(kit.requests) == 1


def test_every_attempt_counts() -> None:
    budget = Budget()
    small = Credential("small", 3)
    with pytest.raises(BudgetSpent):
        reader(Kit(httpx2.Response(500)), budget=budget, credential=small).get("/v4/posts")


def test_a_spent_budget_is_reported_at_once_without_a_request() -> None:
    kit, budget = Kit(GOOD), Budget()
    small = Credential("small", 1)
    read = reader(kit, budget=budget, credential=small).get
    read("/v4/posts")
    with pytest.raises(BudgetSpent):
        read("/v4/posts")
    assert len(kit.requests) == 1


def test_a_response_that_is_far_too_large_is_refused() -> None:
    kit = Kit(httpx2.Response(200, content=(b" " * 1024 * 1024 for _ in range(70))))
    with pytest.raises(KitRejected):
        reader(kit).get("/v4/posts")


def test_a_repeat_leaves_one_quiet_line_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="plugin_server")
    secret = httpx2.Response(500, text="a reader's email address")
    reader(Kit(secret, GOOD)).get("/v4/posts", {"after": "cursor"})
    [record] = [each for each in caplog.records if not each.name.startswith("http")]
    assert (record.levelno, record.name) == (logging.DEBUG, "plugin_server.kit.api.requests")
    assert re.fullmatch(
        r"Request to Kit is retried in \d\.\d s \(KitUnavailable\)", record.getMessage()
    )
